"""What each kind of node is and whom it touches: the index of the walk, and records (``flows/walk.py``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tunewright.core.canonical import plain
from tunewright.core.erased import ERASED, LABEL
from tunewright.core.errors import ConflictError, NotFoundError, TunewrightError
from tunewright.core.types import Record, Ref
from tunewright.flows.present import present_manifest
from tunewright.flows.walk import (
    WalkLink,
    environment_key,
    example_key,
    exchange_key,
    is_digest,
    ref_key,
    row_key,
)
from tunewright.flows.walk_data import example_thing, row_thing
from tunewright.flows.walk_links import (
    Facts,
    Part,
    Thing,
    capped_fan,
    decision_link,
    exchange_row,
    fan,
    moves_of,
    ref_link,
)
from tunewright.flows.walk_use import (
    by_version,
    decision_thing,
    decisions_on,
    environment_thing,
    event_thing,
    events_about,
    exchange_thing,
    exchanges_part,
    judged_on,
    places_of,
)
from tunewright.registry.lineage import Occurrence, SnapshotFiles, one_example, split_row
from tunewright.store import lineage

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


def describe(ws: Workspace, kind: str, name: str) -> Thing | None:
    """The thing of this kind and name, or None."""
    special = {
        "row": row_thing, "example": example_thing, "decision": decision_thing, "environment": environment_thing,
        "exchange": exchange_thing, "event": event_thing,
    }  # fmt: skip
    if kind in special:
        return special[kind](ws, name)
    return _record(ws, kind, name)


def named(ws: Workspace, text: str) -> str | None:
    """The key of what a person calls so, or None."""
    if exchange_row(ws, text) is not None:
        return exchange_key(text)
    row = split_row(text)
    with SnapshotFiles(ws.project, ws.project.records.find("snapshot")) as files:
        if row is not None and (files.fates(*row) or files.by_row(*row)):
            return row_key(text)
        found = files.by_id(text)
        if found:
            return example_key(one_example(found, text))
    return _named_record(ws, text)


def _named_record(ws: Workspace, text: str) -> str | None:
    name, colon, environment = text.partition(":")
    if colon and moves_of(ws, name, environment):
        return environment_key(name, environment)
    records = ws.project.records
    reads: tuple[Callable[[str], Record], ...] = (records.get, records.by_digest)
    for read, wanted in zip(reads, (text if "/" in text else f"model/{text}", text), strict=True):
        try:
            return ref_key(read(wanted).ref)
        except ConflictError:
            raise
        except TunewrightError:
            continue
    return None


def _record(ws: Workspace, kind: str, name: str) -> Thing | None:
    if not is_digest(name):
        return None
    try:
        record = ws.project.records.by_digest(name)
    except NotFoundError:
        return None
    if record.ref.kind != kind:
        return None
    with ws.project.reader() as connection:
        outputs = lineage.downstream(connection, record.ref.digest, 1)
    made_from = [ref_link(ref, "input") for ref in record.inputs]
    made_into = [ref_link(ref, "made of it") for ref in outputs]
    into: list[Part] = []
    of: list[Part] = []
    capped = False
    if kind == "snapshot":
        of.append(_examples_of(ws, record))
    elif kind == "source":
        into += _rows_of(ws, record, outputs)
    elif kind == "model":
        made_into += [decision_link(digest, "decided on") for digest in decisions_on(ws, record.ref)]
        made_into += places_of(ws, record.ref)
        part, capped = exchanges_part(ws, by_version(record.ref))
        into.append(part)
    elif kind == "run":
        made_into += judged_on(ws, record)
    into.append(events_about(ws, record.ref))
    return Thing(
        str(record.ref),
        _record_facts(ws, record),
        fan(made_from, *of),
        capped_fan(fan(made_into, *into), capped),
    )


def _record_facts(ws: Workspace, record: Record) -> Facts:
    made = record.provenance
    facts = [
        ("recorded", f"{plain(made.at_utc)} by {made.actor}"),
        ("digest", record.ref.digest),
        ("code", f"{made.code_version}{' (changed)' if made.dirty else ''}"),
    ]
    if record.ref.kind == "source":
        names = (
            "form",
            "licence",
            "purpose",
            "legal_basis",
            "owner",
            "received",
            "retention_days",
            "subject",
        )
        facts += [(name.replace("_", " "), str(record.recipe.get(name) or "")) for name in names]
    if record.ref.kind == "snapshot":
        facts += _manifest_facts(ws, record)
    if record.ref.kind == "run":
        facts += [("seed", str(made.seed)), ("on", made.hardware)]
    facts += [
        (score.metric, f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}] of {score.n}")
        for score in record.scores
        if not score.slice and "." not in score.metric
    ]
    return tuple(facts)


def _manifest_facts(ws: Workspace, record: Record) -> list[tuple[str, str]]:
    counts, splits, root = present_manifest(ws.project, record)
    if not root:
        return []
    told = [", ".join(f"{count} {name}" for name, count in each.items()) for each in (splits, counts)]
    return [("examples", told[0]), ("rows", told[1]), ("Merkle root", root)]


def _split(item: Occurrence) -> str:
    return ERASED if any(mark.startswith(f"{LABEL}:") for mark in item.labels) else f"split {item.split}"


def _examples_of(ws: Workspace, record: Record) -> Part:
    with SnapshotFiles(ws.project, [record]) as files:
        count = files.example_count()

    def read(offset: int, limit: int) -> list[WalkLink]:
        with SnapshotFiles(ws.project, [record]) as files:
            return [
                WalkLink(example_key(item.id), "example", f"{item.id[:12]} {item.row}", _split(item))
                for item in files.example_page(offset, limit)
            ]

    return count, read


def _rows_of(ws: Workspace, source: Record, outputs: Iterable[Ref]) -> list[Part]:
    """The rows of a source as its newest snapshot read them."""
    snapshots = [ref for ref in outputs if ref.kind == "snapshot"]
    if not snapshots:
        return []
    record = ws.project.records.get(snapshots[-1])
    name = source.ref.name
    with SnapshotFiles(ws.project, [record]) as files:
        count = files.row_count(name)

    def read(offset: int, limit: int) -> list[WalkLink]:
        with SnapshotFiles(ws.project, [record]) as files:
            return [
                WalkLink(row_key(f"{name}#{fate.record}"), "row", f"{name}#{fate.record}", fate.outcome)
                for fate in files.row_page(name, offset, limit)
            ]

    return [(count, read)]
