"""Take what people wrote about examples out of the review tables, for an erasure.

Who decided what and when stays: it names no text. Notes and corrected answers may hold a person's data, so they are emptied;
this is the one exception from the rule that these rows never change. The review index (``flows.review_board.FOLDER`` in
the state folder) holds text too: an erasure removes the whole folder, and it is made again without the person.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_AT_ONCE = 500


def erase_review_text(connection: Connection, examples: Iterable[str], findings: Iterable[str] = ()) -> int:
    """Empty notes and corrections about these examples, and notes on these findings; answers how many rows changed.

    findings: keys whose votes do not name their example, as those made before version 0002 of the tables.
    """
    import sqlalchemy as sa

    from tunewright.store.review_tables import judgements, sample_answers, votes

    ids, keys = sorted(set(examples)), sorted(set(findings))
    changed = 0
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        noted = ((votes, votes.c.note != ""), (sample_answers, sample_answers.c.note != ""))
        for table, written in noted:
            update = sa.update(table).where(table.c.example.in_(part), written).values(note="")
            changed += connection.execute(update).rowcount
        told = sa.or_(judgements.c.note != "", judgements.c.correction.is_not(None))
        update = sa.update(judgements).where(judgements.c.example.in_(part), told)
        changed += connection.execute(update.values(note="", correction=None)).rowcount
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        update = sa.update(votes).where(votes.c.finding_key.in_(part), votes.c.note != "")
        changed += connection.execute(update.values(note="")).rowcount
    return changed
