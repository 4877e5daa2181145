"""What a person wants to know when they sit down: the newest snapshot, where models stand, what happened last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.erased import ERASED
from tunewright.core.types import Event, Ref
from tunewright.data.outcomes import OUTCOMES
from tunewright.flows.present import present_manifest
from tunewright.registry import aliases

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SnapshotLine:
    """One snapshot in a list."""

    ref: Ref
    made_at: str
    made_by: str
    counts: dict[str, int]
    """rows kept, changed, dropped, held; examples"""
    splits: dict[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an environment points."""

    environment: str
    model: str
    version: str
    since: str


@dataclass(frozen=True, slots=True)
class Overview:
    """One screen about a workspace."""

    model: str
    snapshot: SnapshotLine | None
    snapshots: int
    versions: int
    environments: tuple[Place, ...]
    events: tuple[Event, ...]
    """the newest, newest first"""


def overview(ws: Workspace) -> Overview:
    """Reads records and the newest events; reads no example."""
    name = ws.configuration.model.name
    snapshots = ws.project.records.find("snapshot", name)
    with ws.project.reader() as connection:
        places = tuple(
            Place(a.environment, a.model, a.version, str(a.at)) for a in aliases.all_current(connection, name)
        )
    newest = ws.project.audit.events(limit=8)
    return Overview(
        model=name,
        snapshot=snapshot_line(ws, snapshots[-1]) if snapshots else None,
        snapshots=len(snapshots),
        versions=len(ws.project.records.find("model", name)),
        environments=places,
        events=tuple(reversed(newest)),
    )


def snapshot_line(ws: Workspace, record: Any) -> SnapshotLine:
    """A snapshot's counts without what was erased since, from its manifest; zeros when the file is gone."""
    from tunewright.core.canonical import plain

    counts, splits, _ = present_manifest(ws.project, record)
    return SnapshotLine(
        ref=record.ref,
        made_at=str(plain(record.provenance.at_utc)),
        made_by=record.provenance.actor,
        counts={name: counts.get(name, 0) for name in (*OUTCOMES, "examples", ERASED)},
        splits=splits,
    )
