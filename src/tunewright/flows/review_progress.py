"""How far review is, how fast it goes, and whether few enough findings wait for the snapshot to be published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tunewright.core.canonical import utc_text
from tunewright.core.errors import GateRefusedError
from tunewright.core.types import Record, Ref
from tunewright.data.outcomes import counts as outcome_names
from tunewright.data.review_options import ANY_KIND
from tunewright.data.review_votes import UNDONE, Vote
from tunewright.data.snapshot import load_manifest
from tunewright.flows.review_board import STATES, board_of
from tunewright.flows.snapshots import find_snapshot

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

_PAUSE = timedelta(minutes=5)
"""a longer gap between two decisions of a person is no work"""
_FIRST = timedelta(seconds=20)
"""what the first decision after a pause is taken to have cost"""
_RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast people decide, from the decisions of the last seven days."""

    actions: int
    """decisions, one on a cluster counted once"""
    findings: int
    """findings they were about"""
    active_s: float
    """seconds of work: gaps of up to five minutes between the decisions of one person"""

    @property
    def findings_per_hour(self) -> float:
        """0 while nothing was decided."""
        return 3600 * self.findings / self.active_s if self.active_s else 0.0

    @property
    def actions_per_hour(self) -> float:
        """0 while nothing was decided."""
        return 3600 * self.actions / self.active_s if self.active_s else 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where review of a snapshot stands."""

    snapshot: Ref
    asked: int
    """findings somebody was asked about"""
    states: Mapping[str, int]
    """of those: open, second, disputed, decided"""
    waiting: int
    waiting_clusters: int
    """decisions it takes when each cluster is decided at once"""
    kinds: Mapping[str, int]
    """waiting, by kind"""
    decided_today: int
    """votes since midnight UTC, of everybody"""
    mine_today: int
    by_actor: Mapping[str, int]
    """votes that were not taken back, by person"""
    pace: Pace
    hours_left: float | None
    """for one person at this pace, cluster by cluster; None while there is no pace"""


def review_progress(ws: Workspace, *, version: str = "") -> Progress:
    """Count what waits and what was decided, and how long the rest takes at the present pace."""
    record = find_snapshot(ws, version)
    board = board_of(ws, record)
    index, waiting = board.index, board.waiting
    votes = board.votes()
    taken_back = {vote.undoes for vote in votes if vote.decision == UNDONE}
    cast = [vote for vote in votes if vote.decision != UNDONE and vote.id not in taken_back]
    now = ws.project.now()
    today = utc_text(now.replace(hour=0, minute=0, second=0, microsecond=0))
    values, numbers = index.codes("kind")
    by_kind = np.bincount(numbers[waiting], minlength=len(values)).tolist() if values else []
    clusters = int(np.count_nonzero(np.bincount(index.clusters[waiting])))
    since = utc_text(now - _RECENT)
    pace = pace_of([vote for vote in cast if vote.at >= since])
    states = np.bincount(board.states[index.asked], minlength=len(STATES)).tolist()
    return Progress(
        snapshot=record.ref,
        asked=int(index.asked.sum()),
        states=dict(zip(STATES, states, strict=True)),
        waiting=int(waiting.sum()),
        waiting_clusters=clusters,
        kinds={kind: count for kind, count in zip(values, by_kind, strict=True) if count},
        decided_today=sum(vote.at >= today for vote in cast),
        mine_today=sum(vote.at >= today and vote.actor == ws.project.actor for vote in cast),
        by_actor=dict(sorted(Counter(vote.actor for vote in cast).items())),
        pace=pace,
        hours_left=round(clusters / pace.actions_per_hour, 2) if pace.actions_per_hour else None,
    )


def pace_of(votes: Sequence[Vote]) -> Pace:
    """The pace of these votes. Votes of one action (a cluster) come at one time; imported ones are no work done here."""
    worked = [vote for vote in votes if not vote.via]
    actions = {(vote.actor, vote.batch): vote.at for vote in worked}
    times: dict[str, list[datetime]] = {}
    for (actor, _), at in actions.items():
        times.setdefault(actor, []).append(datetime.fromisoformat(at))
    active = timedelta()
    for moments in times.values():
        moments.sort()
        active += _FIRST
        for before, after in pairwise(moments):
            gap = after - before
            active += gap if gap <= _PAUSE else _FIRST
    return Pace(len(actions), len(worked), active.total_seconds())


@dataclass(frozen=True, slots=True)
class Publication:
    """Whether a snapshot may be used, by how much of it waited for people when it was built."""

    snapshot: Ref
    published: bool
    rows: int
    """source rows"""
    open: int
    """findings that were open when it was built; decided since, they take effect in the next build"""
    by_kind: Mapping[str, int]
    over: tuple[str, ...]
    """one sentence for each bound that is exceeded"""


def publication(ws: Workspace, record: Record) -> Publication:
    """Judge a snapshot by ``data.review.max_open`` as it is configured now. A pure function of the snapshot and the bounds:
    nothing is stored, so a bound that is tightened applies to what was built before it."""
    bounds = ws.configuration.data.review.max_open
    rows = _rows(load_manifest(ws.project.records.folder(record)).counts)
    if not bounds:
        return Publication(record.ref, True, rows, 0, {}, ())
    index = board_of(ws, record).index
    values, numbers = index.codes("kind")
    found = np.bincount(numbers[index.asked], minlength=len(values)).tolist() if values else []
    by_kind = {kind: count for kind, count in zip(values, found, strict=True) if count}
    told = tuple(_over(kind, bound, by_kind, rows) for kind, bound in sorted(bounds.items()))
    over = tuple(line for line in told if line)
    return Publication(record.ref, not over, rows, sum(by_kind.values()), by_kind, over)


def _rows(counts: Mapping[str, int]) -> int:
    return sum(counts.get(name, 0) for name in outcome_names(()))


def _over(kind: str, bound: float, by_kind: Mapping[str, int], rows: int) -> str:
    """Why the bound is exceeded, or nothing. Below 1 a share of the source rows, from 1 on a number."""
    count = sum(by_kind.values()) if kind == ANY_KIND else by_kind.get(kind, 0)
    what = "findings" if kind == ANY_KIND else f"findings of kind {kind}"
    if 0 < bound < 1:
        share = count / rows if rows else 0.0
        return (
            f"{count} {what} wait, {100 * share:.2f} % of {rows} rows; {100 * bound:g} % may"
            if share > bound
            else ""
        )
    return f"{count} {what} wait; {bound:g} may" if count > bound else ""


def check_published(ws: Workspace, record: Record) -> None:
    """Raises GateRefusedError, with one child a bound, when more waits for people than ``data.review.max_open`` allows."""
    found = publication(ws, record)
    if found.published:
        return
    raise GateRefusedError(
        f"{record.ref} is not published: {'; '.join(found.over)} (data.review.max_open)",
        hint="decide them (`tunewright review list`), build again, then repeat this; or raise the bound",
        verdict={
            "rule": "data.review.max_open",
            "outcome": "fail",
            "because": "; ".join(found.over),
            "children": [],
        },
        snapshot=str(record.ref),
        open=found.open,
    )
