"""``tunewright audit erase``: what holds somebody's text, and what erasing it touches. Reads, and changes nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tunewright.core.errors import NotFoundError
from tunewright.core.ports import PiiDetector, Progress, SilentProgress
from tunewright.core.types import Ref
from tunewright.flows.erase_holders import Holders, find_holders
from tunewright.flows.erase_search import (
    KEY,
    Asked,
    Found,
    PlannedRow,
    PlannedSnapshot,
    Search,
    Wanted,
)
from tunewright.registry import aliases

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """A version that learned from it. Its weights remember until it is retrained."""

    model: Ref
    snapshot: Ref
    trained_on: int
    chosen_by: int
    serves_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErasePlan:
    """Everything an erasure touches."""

    kind: str
    tag: str
    rows: tuple[PlannedRow, ...]
    snapshots: tuple[PlannedSnapshot, ...]
    models: tuple[PlannedModel, ...]
    holders: Holders
    """exchanges, golden items, recorded answers, other files"""
    by_hand: tuple[str, ...]
    """what a person must do, since it lies outside"""
    notes: tuple[str, ...]
    wall_s: float
    found: Found = field(repr=False)

    def count(self, group: str) -> int:
        """Rows of one group."""
        return sum(1 for row in self.rows if row.group == group)


def plan(
    ws: Workspace,
    wanted: Wanted,
    *,
    detector: PiiDetector | None = None,
    progress: Progress | None = None,
) -> ErasePlan:
    """Find everything.

    ``wanted.exact``: read every source as a build does, where a plan only parses rows that can be meant; ``keep``: rows
    (``source#record``) that stay although they repeat the person; ``copies``: ask, erase or keep those that are another
    person's. Raises NotFoundError when nobody of this name is there, UsageError for a wrong question.
    """
    started = time.perf_counter()
    job = Search(ws, wanted, detector, progress or SilentProgress())
    job.run()
    found = job.found
    holders = find_holders(ws, found.personal, found.names, job.sources_inside())
    if not found.rows and not holders.any:
        raise _nobody(ws, wanted.asked)
    snapshots = job.snapshots()
    return ErasePlan(
        kind=wanted.asked.kind,
        tag=job.tag,
        rows=tuple(sorted(found.rows.values(), key=lambda row: (row.group, row.row))),
        snapshots=snapshots,
        models=_models(ws, snapshots),
        holders=holders,
        by_hand=(*job.outside, *_always()),
        notes=tuple(job.notes),
        wall_s=round(time.perf_counter() - started, 3),
        found=found,
    )


def _always() -> tuple[str, ...]:
    return (
        "copies of this workspace and of its sources: backups, other machines, what was exported or mailed",
    )


def _nobody(ws: Workspace, asked: Asked) -> NotFoundError:
    tag = asked.tag(ws.project.secret_key(KEY))
    before = ws.project.records.latest("erasure", tag[:16])
    if before is not None:
        return NotFoundError(
            "nothing of that name is left: it was erased before",
            hint=f"`tunewright audit erase --show {before.ref.name}` prints the proof of {before.ref}",
            erasure=str(before.ref),
        )
    return NotFoundError(
        f"nobody of that {asked.kind} is in this workspace",
        hint="names are those of the sources' subject column; `tunewright audit impact` looks in the same way",
    )


def _models(ws: Workspace, snapshots: Sequence[PlannedSnapshot]) -> tuple[PlannedModel, ...]:
    with ws.project.reader() as connection:
        placed = aliases.all_current(connection)
    found = []
    for item in snapshots:
        learned = (item.splits.get("train", 0), item.splits.get("validation", 0))
        for ref in ws.project.records.downstream(item.snapshot):
            if ref.kind == "model" and any(learned):
                serves = tuple(alias.environment for alias in placed if alias.digest == ref.digest)
                found.append(PlannedModel(ref, item.snapshot, *learned, serves))
    return tuple(found)
