"""What the acting person decided last: what "undo" would take back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tunewright.data.review_votes import UNDONE

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

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
