"""The present state of review of one snapshot: its findings, mapped from disk, and the votes, followed as they come in.

A process keeps the boards it looked at last. Votes are append-only and their ids grow in the order of their commits (one
writer at a time), so a board is brought up to date by the rows after the last one it knows.
"""

from __future__ import annotations

import gc
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tunewright.core.errors import NotFoundError
from tunewright.core.types import Example, Record
from tunewright.data.outcomes import read_outcomes
from tunewright.data.review import read_votes, resolve_key
from tunewright.data.review_index import FORMAT, FindingIndex, write_index
from tunewright.data.review_options import ReviewOptions
from tunewright.data.review_votes import (
    DECIDED,
    DISPUTED,
    NOBODY,
    OPEN,
    SECOND,
    Standing,
    Vote,
    by_finding,
    standing,
)
from tunewright.data.snapshot import OUTCOMES
from tunewright.flows.sources import rows_of, sources_of
from tunewright.store.files import make_folder, remove_tree, writing

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace
    from tunewright.store.project import Project

FOLDER = "review"
"""in the state folder: derived from sources and snapshots, and removable at any time"""
STATES = (OPEN, SECOND, DISPUTED, DECIDED)
_KEPT = 4
_boards: OrderedDict[tuple[str, str], Board] = OrderedDict()
_lock = threading.Lock()


class Board:
    """Findings and votes of one snapshot. Threads may share one."""

    def __init__(self, index: FindingIndex, options: ReviewOptions) -> None:
        self.index = index
        self.options = options
        self.made = (0, 0)
        """which folder the index was read from"""
        self.states: npt.NDArray[np.uint8] = np.zeros(index.size, dtype=np.uint8)
        """number in ``STATES`` by row"""
        self._histories: dict[str, list[Vote]] = {}
        self._standings: dict[str, Standing] = {}
        self._votes: list[Vote] = []
        self._undecided_votes: dict[str, set[int]] = {}
        self._last = 0
        self._lock = threading.Lock()

    def follow(self, project: Project) -> None:
        """Take in the votes that came since."""
        with self._lock:
            if self._last:
                self._take_in(read_votes(project, self._last))
                return
            with _collector_paused():
                self._take_in(read_votes(project))

    def _take_in(self, new: Sequence[Vote]) -> None:
        if not new:
            return
        fresh = by_finding(new)
        rows = self.index.rows_of(list(fresh)).tolist()
        for (key, votes), row in zip(fresh.items(), rows, strict=True):
            history = self._histories.setdefault(key, [])
            history += votes
            found = standing(history, self.options.votes_needed(history[-1].kind))
            before, self._standings[key] = self._standings.get(key, NOBODY), found
            if row >= 0:
                self.states[row] = STATES.index(found.state)
                self._note_voters(row, before, found)
        self._votes = [*self._votes, *new]
        self._last = new[-1].id

    def _note_voters(self, row: int, before: Standing, now: Standing) -> None:
        for actor in before.actors:
            self._undecided_votes.get(actor, set()).discard(row)
        if now.state != DECIDED:
            for actor in now.actors:
                self._undecided_votes.setdefault(actor, set()).add(row)

    def voted_by(self, actor: str) -> frozenset[int]:
        """Rows this person has voted on that still wait for others."""
        return frozenset(self._undecided_votes.get(actor, ()))

    def standing(self, key: str) -> Standing:
        """Where a finding stands."""
        return self._standings.get(key, NOBODY)

    def history(self, key: str) -> tuple[Vote, ...]:
        """All rows of its history."""
        return tuple(self._histories.get(key, ()))

    def standings(self) -> dict[str, Standing]:
        """Where every finding stands that was ever voted on, also in builds before."""
        return dict(self._standings)

    def votes(self) -> Sequence[Vote]:
        """Every vote of the workspace, in order."""
        return self._votes

    @property
    def waiting(self) -> npt.NDArray[np.bool_]:
        """Rows that wait for a person."""
        rows: npt.NDArray[np.bool_] = self.index.asked & (self.states != STATES.index(DECIDED))
        return rows

    def row(self, prefix: str) -> int:
        """The row of the finding whose key starts so. Raises NotFoundError, also for a finding of an earlier build whose
        example has changed or gone; UsageError when there are several."""
        rows = {self.index.key(row): row for row in self.index.rows_with_prefix(prefix)}
        if not rows:
            known = sorted(key for key in self._histories if prefix and key.startswith(prefix))
            if known:
                raise NotFoundError(
                    f"the example of finding {known[0][:12]} is no longer in the last build: its row changed or is gone",
                    hint="the decisions on it are kept in the history, and count again if the same row comes back",
                    finding=known[0],
                )
        return rows[resolve_key(prefix, rows)]


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without Python's cycle collector, which looks at every object again and again while very many are made: reading the
    history of 50,000 votes takes half the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def board_of(ws: Workspace, record: Record) -> Board:
    """The board of a snapshot with all votes up to now; its index is made when it is not there."""
    options = ws.configuration.data.review
    key = (str(ws.project.state), record.ref.digest)
    folder = index_folder(ws.project, record)
    with _lock:
        board = _boards.get(key)
        # An erasure takes the index away, and another process may have made it again: the old one still holds the texts.
        if board is None or board.options != options or board.made != _made(folder):
            ensure_index(ws, record)
            board = _boards[key] = Board(FindingIndex(folder), options)
            board.made = _made(folder)
        _boards.move_to_end(key)
        while len(_boards) > _KEPT:
            _boards.popitem(last=False)
    board.follow(ws.project)
    return board


def _made(folder: Path) -> tuple[int, int]:
    """Which folder it is; (0, 0) where there is none."""
    if not folder.is_dir():
        return 0, 0
    state = folder.stat()
    return state.st_ino, state.st_mtime_ns


def index_folder(project: Project, record: Record) -> Path:
    """Where the review index of a snapshot lies."""
    return project.state / FOLDER / f"{record.ref.digest}-{FORMAT}"


def ensure_index(ws: Workspace, record: Record) -> None:
    """Make the index of a snapshot from its outcomes and its recorded sources, where it is not there."""
    if not index_folder(ws.project, record).is_dir():
        outcomes = list(read_outcomes(ws.project.records.folder(record) / OUTCOMES))
        wanted = {row["example"] for row in outcomes if row["findings"]}
        sources = rows_of(ws.project, sources_of(ws.project, record))
        originals = {row.id: row for row in sources if isinstance(row, Example) and row.id in wanted}
        store_index(ws.project, record, outcomes, originals)


def store_index(
    project: Project, record: Record, outcomes: Iterable[Mapping[str, Any]], originals: Mapping[str, Example]
) -> None:
    """Write the index of a snapshot, and remove those of the snapshots of this name before it: they hold text of examples,
    and are made again when somebody asks. A killed process leaves the index whole or not at all."""
    folder = index_folder(project, record)
    with writing("writing the review index"), project.staging() as staged:
        make_folder(folder.parent)
        write_index(staged, outcomes, originals)
        if not folder.exists():
            staged.rename(folder)
    others = [found for found in project.records.find("snapshot", record.ref.name) if found.ref != record.ref]
    for place in {index_folder(project, found) for found in others}:
        if place.exists():
            remove_tree(place)
