"""Review of findings: the queue, one finding in its context, deciding, taking back. For the terminal and the console.

The acting person is ``ws.project.actor``. Every function looks at the latest snapshot unless another is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from tunewright.core.canonical import utc_text
from tunewright.core.errors import ConflictError, UsageError
from tunewright.core.types import Record, Ref
from tunewright.data import review
from tunewright.data.findings import CONFIRMED, DISMISSED
from tunewright.data.review_index import FindingIndex, OpenFinding
from tunewright.data.review_votes import DECIDED, Standing, Vote
from tunewright.flows.review_board import STATES, Board, board_of
from tunewright.flows.snapshots import find_snapshot

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

QueueState = Literal["waiting", "open", "second", "disputed", "decided", "all"]
QueueOrder = Literal["certain", "doubt", "cluster"]
Scope = Literal["one", "cluster"]
_LARGEST_PAGE = 500
_MEMBERS_SHOWN = 20
_MEMBERS_ASKED = 200
"""decided members of a cluster a proposal is made from"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed, and why."""

    decision: str
    because: str


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One finding of the queue and where it stands."""

    finding: OpenFinding
    standing: Standing
    proposed: Proposal
    cluster_waiting: int
    """findings of its cluster that wait, this one among them"""
    claimed_by: str
    """another person who is looking at it now, else empty"""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue."""

    snapshot: Ref
    items: tuple[QueueItem, ...]
    total: int
    """findings (with ``collapse``: clusters) that match"""
    page: int
    pages: int
    page_size: int
    states: Mapping[str, int]
    """findings somebody was asked about, by where they stand"""
    kinds: Mapping[str, int]
    """findings that wait, by kind, most frequent first"""
    reasons: Mapping[str, int]
    """findings that wait, by the reason why their row is held"""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A finding's place in the turns, in code points."""

    key: str
    kind: str
    turn: int
    start: int
    end: int
    confidence: float
    state: str
    decision: str
    this: bool
    """it is the finding that was asked for"""


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """Everything there is to say about one finding."""

    snapshot: Ref
    item: QueueItem
    turns: tuple[tuple[str, str], ...]
    """(role, text as the source gave it); empty when the sources no longer have it"""
    highlights: tuple[Highlight, ...]
    """all findings in these turns"""
    effects: Mapping[str, str]
    """decision -> what the next build does"""
    members: tuple[OpenFinding, ...]
    """the first of its cluster, this one left out"""
    history: tuple[Vote, ...]
    """all votes and what was taken back, oldest first, with notes"""
    votes_needed: int
    next_key: str
    """the finding that follows in the queue, empty at its end"""


@dataclass(frozen=True, slots=True)
class ReviewList:
    """Findings of one snapshot."""

    snapshot: Ref
    findings: tuple[OpenFinding, ...]
    open: int
    decided: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was remembered."""

    finding: str
    decision: str
    open: int
    """findings that still wait"""
    state: str = DECIDED
    """``second``: it waits for another person; ``disputed``: two persons disagree"""
    generation: int = 0
    findings: int = 1
    """how many findings got this vote"""
    skipped: int = 0
    """members of the cluster that somebody had decided already"""
    batch: str = ""
    """names this action"""


def review_queue(
    ws: Workspace,
    *,
    kind: str = "",
    reason: str = "",
    source: str = "",
    state: QueueState = "waiting",
    order: QueueOrder = "certain",
    collapse: bool = False,
    page: int = 1,
    page_size: int = 50,
    version: str = "",
) -> QueuePage:
    """A page of findings. What another person is looking at, or what the acting person has voted on, comes last.

    state: ``waiting`` (for any person), one of the four states, or ``all`` (every finding of the build, also what was
    redacted without asking); order: most certain first, most doubtful first, or largest clusters first; collapse: only
    the first finding of each cluster. Raises UsageError for another word or a page out of range.
    """
    record = find_snapshot(ws, version)
    board = board_of(ws, record)
    claimed = _claimed(ws, board)
    rows = _queued(board, (kind, reason, source, state), order, collapse, claimed, ws.project.actor)
    if not 1 <= page_size <= _LARGEST_PAGE or page < 1:
        raise UsageError(
            f"page {page} of {page_size} findings cannot be shown",
            hint=f"pages count from 1 and hold 1 to {_LARGEST_PAGE}",
        )
    pages = max(1, -(-len(rows) // page_size))
    shown = rows[(page - 1) * page_size : page * page_size]
    waiting = board.waiting
    in_cluster = np.bincount(board.index.clusters[waiting], minlength=max(1, board.index.size))
    return QueuePage(
        snapshot=record.ref,
        items=tuple(_item(board, int(row), claimed, in_cluster) for row in shown),
        total=len(rows),
        page=page,
        pages=pages,
        page_size=page_size,
        states=_count_states(board),
        kinds=_counted(board.index, "kind", waiting),
        reasons=_counted(board.index, "reason", waiting),
    )


def keys_at(
    ws: Workspace,
    places: Sequence[int],
    *,
    kind: str = "",
    reason: str = "",
    source: str = "",
    state: QueueState = "waiting",
    order: QueueOrder = "certain",
    collapse: bool = False,
) -> tuple[str, ...]:
    """The findings at these places (from 0) of ``review_queue``; empty text where the queue has none. Raises UsageError."""
    board = board_of(ws, find_snapshot(ws))
    claimed = _claimed(ws, board)
    rows = _queued(board, (kind, reason, source, state), order, collapse, claimed, ws.project.actor)
    return tuple(board.index.key(int(rows[at])) if 0 <= at < len(rows) else "" for at in places)


def _queued(
    board: Board,
    filters: tuple[str, str, str, str],
    order: str,
    collapse: bool,
    claimed: Mapping[int, str],
    actor: str,
) -> npt.NDArray[np.int64]:
    """Rows of the queue in order. filters: kind, reason, source and state."""
    rows = _ordered(board, _matching(board, *filters), order, claimed, actor)
    if not collapse:
        return rows
    _, first = np.unique(board.index.clusters[rows], return_index=True)
    return rows[np.sort(first)]


def _matching(board: Board, kind: str, reason: str, source: str, state: str) -> npt.NDArray[np.bool_]:
    index = board.index
    if state == "all":
        wanted = np.ones(index.size, dtype=np.bool_)
    elif state == "waiting":
        wanted = board.waiting
    elif state in STATES:
        wanted = index.asked & (board.states == STATES.index(state))
    else:
        raise UsageError(
            f"{state!r} is no state of the queue", hint=f"say waiting, {', '.join(STATES)} or all"
        )
    for name, value in (("kind", kind), ("reason", reason), ("source", source)):
        if value:
            wanted = wanted & index.where(name, value)
    return wanted


def _ordered(
    board: Board, wanted: npt.NDArray[np.bool_], order: str, claimed: Mapping[int, str], actor: str
) -> npt.NDArray[np.int64]:
    rows = np.flatnonzero(wanted)
    if order == "doubt":
        rows = rows[np.argsort(np.abs(board.index.confidence[rows] - 0.5), kind="stable")]
    elif order == "cluster":
        clusters = board.index.clusters[rows]
        wanted_of = np.bincount(clusters, minlength=max(1, board.index.size))
        rows = rows[np.lexsort((clusters, -wanted_of[clusters]))]
    elif order != "certain":
        raise UsageError(f"{order!r} is no order of the queue", hint="say certain, doubt or cluster")
    later = board.voted_by(actor) | set(claimed)
    if not later:
        return rows
    last = np.isin(rows, np.fromiter(later, dtype=np.int64, count=len(later)))
    return np.concatenate([rows[~last], rows[last]])


def _claimed(ws: Workspace, board: Board) -> dict[int, str]:
    """Row -> who else is looking at it now."""
    from sqlalchemy import select

    from tunewright.store.review_tables import claims

    query = select(claims.c.finding_key, claims.c.actor).where(
        claims.c.until > utc_text(ws.project.now()), claims.c.actor != ws.project.actor
    )
    with ws.project.reader() as connection:
        found = connection.execute(query).all()
    rows = board.index.rows_of([row.finding_key for row in found]).tolist()
    return {row: claim.actor for row, claim in zip(rows, found, strict=True) if row >= 0}


def claim_findings(ws: Workspace, keys: tuple[str, ...]) -> None:
    """Say that the acting person is looking at these findings: for ``data.review.claim_minutes`` others get them last. It
    reserves nothing; while somebody else writes for long, it is simply left out."""
    from sqlalchemy import delete, insert

    from tunewright.store.review_tables import claims

    minutes = ws.configuration.data.review.claim_minutes
    if not keys or not minutes:
        return
    now = ws.project.now()
    until = utc_text(now + timedelta(minutes=minutes))
    try:
        with ws.project.transaction(durable=False) as connection:
            connection.execute(delete(claims).where(claims.c.until <= utc_text(now)))
            connection.execute(delete(claims).where(claims.c.finding_key.in_(keys)))
            rows = [
                {"finding_key": key, "actor": ws.project.actor, "until": until} for key in dict.fromkeys(keys)
            ]
            connection.execute(insert(claims), rows)
    except ConflictError:
        return


def _item(board: Board, row: int, claimed: Mapping[int, str], in_cluster: npt.NDArray[np.int64]) -> QueueItem:
    found = board.standing(board.index.key(row))
    finding = board.index.finding(row, found.decision)
    return QueueItem(
        finding=finding,
        standing=found,
        proposed=_proposal(board, row, finding),
        cluster_waiting=int(in_cluster[board.index.clusters[row]]),
        claimed_by=claimed.get(row, ""),
    )


def _proposal(board: Board, row: int, finding: OpenFinding) -> Proposal:
    """What was decided on the cluster before; else what the detector's confidence says."""
    if finding.cluster_size > 1:
        members = board.index.members(row)
        decided = members[board.states[members] == STATES.index(DECIDED)]
        said = Counter(
            board.standing(board.index.key(int(member))).decision for member in decided[:_MEMBERS_ASKED]
        )
        if len(said) == 1:
            decision, times = said.most_common(1)[0]
            asked = "the first " if len(decided) > times else ""
            told = f"{asked}{times} of its {finding.cluster_size} near-copies are {decision}"
            return Proposal(decision, told)
        if said:
            return Proposal(said.most_common(1)[0][0], "its near-copies were decided differently")
    likely = finding.confidence >= 0.5
    return Proposal(
        CONFIRMED if likely else DISMISSED,
        f"{finding.found_by or 'the step'} is {finding.confidence:.2f} sure",
    )


def _count_states(board: Board) -> dict[str, int]:
    counts = np.bincount(board.states[board.index.asked], minlength=len(STATES)).tolist()
    return dict(zip(STATES, counts, strict=True))


def _counted(index: FindingIndex, name: str, wanted: npt.NDArray[np.bool_]) -> dict[str, int]:
    values, numbers = index.codes(name)
    counts = np.bincount(numbers[wanted], minlength=len(values)).tolist() if values else []
    found = {value: count for value, count in zip(values, counts, strict=True) if count}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def finding_detail(ws: Workspace, key: str, *, version: str = "") -> FindingDetail:
    """The finding whose key starts with ``key``: in its whole turns, with history, cluster and what deciding does.

    Raises NotFoundError for an unknown finding and for one whose example is gone, UsageError for an ambiguous key.
    """
    record = find_snapshot(ws, version)
    board = board_of(ws, record)
    row = board.row(key)
    index, claimed = board.index, _claimed(ws, board)
    in_cluster = np.bincount(index.clusters[board.waiting], minlength=max(1, index.size))
    item = _item(board, row, claimed, in_cluster)
    rest = _ordered(board, board.waiting, "certain", claimed, ws.project.actor)
    at = np.flatnonzero(rest == row)
    after = rest[at[0] + 1 :] if len(at) else rest[rest > row]
    return FindingDetail(
        snapshot=record.ref,
        item=item,
        turns=index.texts(row).turns,
        highlights=_highlights(board, row),
        effects=_effects(item.finding),
        members=tuple(
            index.finding(int(member), board.standing(index.key(int(member))).decision)
            for member in index.members(row)[: _MEMBERS_SHOWN + 1]
            if member != row
        )[:_MEMBERS_SHOWN],
        history=board.history(item.finding.key),
        votes_needed=board.options.votes_needed(item.finding.kind),
        next_key=index.key(int(after[0])) if len(after) else "",
    )


def _highlights(board: Board, row: int) -> tuple[Highlight, ...]:
    index = board.index
    found = []
    for other in index.rows_of_text(row):
        standing = board.standing(index.key(other))
        cells = {name: index.value(name, other) for name in ("kind", "turn", "start", "end", "confidence")}
        found.append(
            Highlight(
                index.key(other), **cells, state=standing.state, decision=standing.decision, this=other == row
            )
        )
    return tuple(sorted(found, key=lambda item: (item.turn, item.start, item.end)))


def _effects(finding: OpenFinding) -> dict[str, str]:
    if finding.reason.startswith("pii"):
        act = f"it is taken out as the step `pii` says, by default as [{finding.kind.upper()}]"
    else:
        act = f"the example is dropped: {finding.reason}"
    return {CONFIRMED: act, DISMISSED: "the text stays as it is, and the finding no longer holds the example"}


def decide_finding(
    ws: Workspace,
    key: str,
    decision: str,
    *,
    note: str = "",
    scope: Scope = "one",
    seen_generation: int | None = None,
) -> Decided:
    """Remember what the acting person decided about a finding, with ``scope`` cluster about all of its cluster that wait.

    The cluster is the one of the last build: a near-copy that a later source brings is asked about again, with what was
    decided as the proposal. Raises NotFoundError for an unknown finding or one whose example is gone, ConflictError when
    somebody else decided since ``seen_generation``, DeniedError, UsageError: see ``data.review.decide``.
    """
    record = find_snapshot(ws)
    board = board_of(ws, record)
    row = board.row(key)
    rows = [row]
    if scope == "cluster":
        rows += [
            int(member) for member in board.index.members(row) if member != row and board.waiting[member]
        ]
    elif scope != "one":
        raise UsageError(f"{scope!r} is no scope of a decision", hint="say one or cluster")
    ballots = [
        review.Ballot(
            finding=board.index.key(member),
            kind=str(board.index.value("kind", member)),
            example=board.index.example(member),
            decision=decision,
            note=note,
        )
        for member in rows
    ]
    cast = review.decide(
        ws.project, ballots, ws.configuration.data.review, record.ref, seen_generation=seen_generation
    )
    return _decided(ws, record, cast, ballots[0].finding, decision)


def _decided(ws: Workspace, record: Record, cast: review.Cast, key: str, decision: str) -> Decided:
    found = cast.standings[key]
    return Decided(
        finding=key,
        decision=decision,
        open=int(board_of(ws, record).waiting.sum()),
        state=found.state,
        generation=found.generation,
        findings=len(cast.voted),
        skipped=len(cast.skipped),
        batch=cast.batch,
    )


def undo_decision(ws: Workspace, key: str, *, scope: Scope = "cluster") -> Decided:
    """Take back the acting person's last decision on a finding; one that covered a cluster is taken back whole (``scope``
    one: only here). What counted before counts again. Raises NotFoundError, DeniedError when it is another's."""
    record = find_snapshot(ws)
    full = board_of(ws, record)
    key = full.index.key(full.row(key))
    cast = review.undo(
        ws.project, key, ws.configuration.data.review, record.ref, whole_batch=scope == "cluster"
    )
    return _decided(ws, record, cast, key, cast.standings[key].decision)


def review_list(
    ws: Workspace, *, kind: str = "", all_findings: bool = False, version: str = ""
) -> ReviewList:
    """All findings that wait for a person (with ``all_findings``: every finding of the build), most certain first. For
    many of them ask ``review_queue`` page by page."""
    record = find_snapshot(ws, version)
    board = board_of(ws, record)
    wanted = _matching(board, kind, "", "", "all" if all_findings else "waiting")
    findings = tuple(
        board.index.finding(int(row), board.standing(board.index.key(int(row))).decision)
        for row in np.flatnonzero(wanted)
    )
    decided = sum(1 for state in board.standings().values() if state.state == DECIDED)
    return ReviewList(record.ref, findings, int(board.waiting.sum()), decided)


def review_decide(ws: Workspace, key: str, decision: str, *, note: str = "") -> Decided:
    """``decide_finding`` for one finding that was seen undecided."""
    return decide_finding(ws, key, decision, note=note)


def waiting(ws: Workspace, version: str = "") -> int:
    """How many findings wait for a person."""
    return int(board_of(ws, find_snapshot(ws, version)).waiting.sum())
