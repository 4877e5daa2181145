"""The life of a snapshot: what made it, what differs from the one before, which models were made of it, where they serve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import plain
from tunewright.core.types import Event, Record, Ref
from tunewright.flows.overview import SnapshotLine, snapshot_line
from tunewright.flows.snapshots import find_snapshot
from tunewright.registry import aliases

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source the snapshot was built from."""

    ref: Ref
    form: str
    rows: int
    """rows read, from the report; 0 when it does not say"""
    terms: tuple[tuple[str, str], ...]
    """licence, purpose and the like, as the source declares them"""


@dataclass(frozen=True, slots=True)
class MadeModel:
    """A model version trained on the snapshot."""

    ref: Ref
    run: Ref | None
    made_at: str
    made_by: str
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SnapshotLife:
    """Everything around one snapshot."""

    line: SnapshotLine
    merkle_root: str
    recipe_digest: str
    steps: tuple[tuple[str, int, str], ...]
    """name, version, options as JSON"""
    sources: tuple[SourceLine, ...]
    others: tuple[Ref, ...]
    """golden sets and whatever else went in"""
    provenance: tuple[tuple[str, str], ...]
    before: Ref | None
    after: Ref | None
    """the snapshots of this name made just before and just after"""
    models: tuple[MadeModel, ...]
    events: tuple[Event, ...]


_TERMS = ("licence", "purpose", "legal_basis", "owner", "received", "retention_days", "subject")


def snapshot_list(ws: Workspace) -> tuple[SnapshotLine, ...]:
    """All snapshots of the workspace's model, newest first."""
    found = ws.project.records.find("snapshot", ws.configuration.model.name)
    return tuple(snapshot_line(ws, record) for record in reversed(found))


def snapshot_life(ws: Workspace, version: str) -> SnapshotLife:
    """The life of snapshot ``version``. Raises NotFoundError."""
    record = find_snapshot(ws, version)
    known = ws.project.records.find("snapshot", record.ref.name)
    at = [item.ref.digest for item in known].index(record.ref.digest)
    folder = ws.project.records.folder(record)
    manifest = _json(folder / "manifest.json")
    report = _json(folder / "report.json")
    made = record.provenance
    return SnapshotLife(
        line=snapshot_line(ws, record),
        merkle_root=str(manifest.get("merkle_root", "")),
        recipe_digest=record.recipe_digest,
        steps=tuple(
            (str(step["name"]), int(step["version"]), json.dumps(step["options"], ensure_ascii=False))
            for step in manifest.get("steps", ())
        ),
        sources=_sources(ws, record, report),
        others=tuple(ref for ref in record.inputs if ref.kind != "source"),
        provenance=(
            ("made", f"{plain(made.at_utc)[:19].replace('T', ' ')} UTC"),
            ("by", made.actor),
            ("code", f"{made.code_version}{' (dirty)' if made.dirty else ''}"),
            ("dependencies", made.lock_digest[:16]),
            ("on", made.hardware),
            ("command", " ".join(made.argv)),
        ),
        before=known[at - 1].ref if at else None,
        after=known[at + 1].ref if at + 1 < len(known) else None,
        models=_models(ws, record),
        events=tuple(ws.project.audit.events(subject=record.ref, limit=20)),
    )


def _json(path: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def _sources(ws: Workspace, record: Record, report: Mapping[str, Any]) -> tuple[SourceLine, ...]:
    told = {str(row["source"]): row for row in report.get("sources", ())}
    lines = []
    for ref in record.inputs:
        if ref.kind != "source":
            continue
        recipe = ws.project.records.get(ref).recipe
        row = told.get(ref.name, {})
        terms = tuple((name, str(recipe[name])) for name in _TERMS if recipe.get(name))
        form = str(row.get("form") or recipe.get("form") or "")
        lines.append(SourceLine(ref, form, int(row.get("rows", 0)), terms))
    return tuple(lines)


def _models(ws: Workspace, record: Record) -> tuple[MadeModel, ...]:
    with ws.project.reader() as connection:
        placed = aliases.all_current(connection)
    found = []
    for ref in ws.project.records.downstream(record.ref, depth=2):
        if ref.kind != "model":
            continue
        model = ws.project.records.get(ref)
        if not any(item.digest == record.ref.digest for item in model.inputs):
            continue
        found.append(
            MadeModel(
                ref=ref,
                run=next((item for item in model.inputs if item.kind == "run"), None),
                made_at=str(plain(model.provenance.at_utc)),
                made_by=model.provenance.actor,
                environments=tuple(a.environment for a in placed if a.digest == ref.digest),
            )
        )
    return tuple(sorted(found, key=lambda item: item.made_at))
