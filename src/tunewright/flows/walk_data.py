"""Source rows and examples in the walk (``flows/walk.py``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tunewright.core.types import Ref
from tunewright.flows.walk import WalkLink, example_key, exchange_key, is_digest, ref_key, unpacked
from tunewright.flows.walk_links import Facts, Thing, exchange_row, fan, ref_link, row_link, short_name
from tunewright.registry.lineage import Occurrence, RowFate, SnapshotFiles, split_row

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


def row_thing(ws: Workspace, name: str) -> Thing | None:
    """A source row, over all snapshots that read it; None for a name that is none."""
    text = unpacked(name)
    row = split_row(text) if text else None
    if text is None or row is None:
        return None
    with SnapshotFiles(ws.project, ws.project.records.find("snapshot")) as files:
        fates = files.fates(*row)
        kept = [_kept_link(item) for fate in fates for item in files.kept_for(fate)]
    if not fates:
        return None
    made_from = [
        ref_link(ref, "read from")
        for fate in fates
        for ref in fate.snapshot.inputs
        if ref.kind == "source" and ref.name == row[0]
    ]
    if any(_is_exchanges(ws, ref) for ref in _refs(fates, row[0])) and exchange_row(ws, row[1]) is not None:
        made_from.append(WalkLink(exchange_key(row[1]), "exchange", row[1], "judged answer"))
    made_into = [
        WalkLink(example_key(fate.example), "example", fate.example[:12], "made of it")
        for fate in fates
        if fate.example
    ]
    facts = [(f"in {fate.snapshot.ref.name}@{fate.snapshot.ref.version}", _told(fate)) for fate in fates]
    return Thing(text, tuple(facts), fan(made_from), fan([*made_into, *kept]))


def _kept_link(item: Occurrence) -> WalkLink:
    return WalkLink(example_key(item.id), "example", f"{item.id[:12]} {item.row}", "kept in its place")


def _refs(fates: Sequence[RowFate], source: str) -> list[Ref]:
    refs = {
        ref.digest: ref
        for fate in fates
        for ref in fate.snapshot.inputs
        if (ref.kind, ref.name) == ("source", source)
    }
    return list(refs.values())


def _is_exchanges(ws: Workspace, ref: Ref) -> bool:
    return bool(ws.project.records.get(ref).recipe.get("form") == "exchanges")


def _told(fate: RowFate) -> str:
    why = f": {', '.join(fate.reasons)}" if fate.reasons else ""
    by = f" by {fate.step}" if fate.step else ""
    return f"{fate.outcome}{by}{why}"


def example_thing(ws: Workspace, name: str) -> Thing | None:
    """An example, over all snapshots; also one that was dropped or held everywhere."""
    if not is_digest(name):
        return None
    with SnapshotFiles(ws.project, ws.project.records.find("snapshot")) as files:
        found = files.by_id(name)
        fates = files.fates_of(name)
        children = files.children(name)
        twins = [fate for item in found for fate in files.twins(item)]
        parents = [one for item in found[-1:] for one in _parents(files, item)]
    if not found and not fates:
        return None
    made_from = [row_link(f"{fate.source}#{fate.record}", "made of") for fate in fates]
    made_from += [WalkLink(example_key(one), "example", one[:12], "child of") for one in parents]
    made_from += [row_link(f"{fate.source}#{fate.record}", "dropped in its favour") for fate in twins]
    made_into = [
        WalkLink(ref_key(item.snapshot.ref), "snapshot", short_name(item.snapshot.ref), f"split {item.split}")
        for item in found
    ]
    made_into += [
        WalkLink(example_key(item.id), "example", f"{item.id[:12]} {item.row}", "child") for item in children
    ]
    return Thing(name[:12], _example_facts(found, fates), fan(made_from), fan(made_into))


def _parents(files: SnapshotFiles, item: Occurrence) -> list[str]:
    """Whole ids of the examples this one is a child of."""
    marks = [label.partition(":")[2] for label in item.labels if label.startswith("child-of:")]
    return sorted({parent.id for mark in marks for parent in files.by_id(mark)})


def _example_facts(found: Sequence[Occurrence], fates: Sequence[RowFate]) -> Facts:
    facts: list[tuple[str, str]] = []
    if found:
        newest = found[-1]
        facts = [
            ("id", newest.id),
            ("row", newest.row),
            ("received", newest.received_at),
            ("person", newest.subject),
            ("thread", newest.thread),
            ("licence", newest.licence),
            ("purpose", newest.purpose),
            ("changed by", ", ".join(newest.history)),
            ("labels", ", ".join(newest.labels)),
        ]
    facts += [(f"in {short_name(fate.snapshot.ref)}", _told(fate)) for fate in fates]
    return tuple(facts)
