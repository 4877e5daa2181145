"""What the pages of the queue show beside the findings: one's own last decision, and the question an answer belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tunewright.data.review_votes import UNDONE
from tunewright.flows.review_board import board_of
from tunewright.flows.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tunewright.data.review_index import OpenFinding
    from tunewright.flows.workspace import Workspace

_QUESTION = 160
"""characters of a question"""

_LOOKED_AT = 2000
"""rows of one's own history; a bigger undo than that is none"""


@dataclass(frozen=True, slots=True)
class OwnVote:
    """The acting person's last action that was not taken back."""

    finding: str
    kind: str
    decision: str
    findings: int
    """how many findings it covered"""
    at: str


def last_vote(ws: Workspace) -> OwnVote | None:
    """The newest vote of ``ws.project.actor`` that counts; None when there is none."""
    from tunewright.store.review_tables import votes

    query = (
        sa.select(
            votes.c.id, votes.c.finding_key, votes.c.kind, votes.c.decision, votes.c.undoes, votes.c.batch, votes.c.at
        )
        .where(votes.c.actor == ws.project.actor)
        .order_by(votes.c.id.desc())
        .limit(_LOOKED_AT)
    )  # fmt: skip
    with ws.project.reader() as connection:
        rows = connection.execute(query).all()
        gone = {row.undoes for row in rows if row.decision == UNDONE}
        newest = next((row for row in rows if row.decision != UNDONE and row.id not in gone), None)
        if newest is None:
            return None
        batch = sa.select(sa.func.count()).where(votes.c.batch == newest.batch, votes.c.decision != UNDONE)
        count = int(connection.scalar(batch) or 1)
        # A batch is listed by its first finding: the one the person was looking at.
        lead = (
            sa.select(votes.c.finding_key).where(votes.c.batch == newest.batch).order_by(votes.c.id).limit(1)
        )
        key = str(connection.scalar(lead) or newest.finding_key)
    return OwnVote(key, newest.kind, newest.decision, count, newest.at)


def questions(ws: Workspace, findings: Iterable[OpenFinding]) -> dict[str, str]:
    """finding key -> the beginning of the turn before it, for findings that lie in an answer: a label says nothing without
    what it is the label of. Findings whose text is gone are left out."""
    board = board_of(ws, find_snapshot(ws))
    found = {}
    wanted = [finding for finding in findings if finding.role == "assistant" and finding.turn > 0]
    rows = board.index.rows_of([finding.key for finding in wanted]).tolist()
    for finding, row in zip(wanted, rows, strict=True):
        turns = board.index.texts(row).turns if row >= 0 else ()
        if finding.turn <= len(turns):
            text = turns[finding.turn - 1][1]
            found[finding.key] = text if len(text) <= _QUESTION else text[:_QUESTION] + "…"
    return found
