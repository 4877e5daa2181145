"""What people decided about findings: an append-only history of votes, each with its audit event in one transaction.

A decision is remembered by the finding's key and applied by the next build: ``dismissed`` keeps the text as it is,
``confirmed`` lets the step act on it. Nothing is overwritten: who changes their mind votes again, and who takes a vote back
adds a row that says so.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import digest, utc_text
from tunewright.core.errors import ConflictError, DeniedError, NotFoundError, TunewrightError, UsageError
from tunewright.core.types import Ref
from tunewright.data.review_options import ReviewOptions
from tunewright.data.review_votes import (
    DECIDED,
    DISPUTED,
    NOBODY,
    UNDONE,
    Standing,
    Vote,
    by_finding,
    check_decision,
    effective,
    standing,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from tunewright.store.project import Project

_NOTE_LIMIT = 4000
_NOT_YET = 1 << 62
"""ids of votes that have none yet: after all others"""
_AT_ONCE = 500
"""keys in one question to the database"""


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one person says about one finding."""

    finding: str
    kind: str
    example: str
    decision: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    """What came of casting votes."""

    batch: str
    """names this action; ``undo`` takes back all of it"""
    voted: tuple[str, ...]
    """findings that got a vote"""
    skipped: tuple[str, ...]
    """members of the cluster that somebody had decided already: their decisions stay"""
    standings: Mapping[str, Standing]
    """of the findings voted on (and of the first one in any case), after"""


def decisions(project: Project, options: ReviewOptions | None = None) -> dict[str, str]:
    """finding key -> what counts under the present rules (without ``options``: one person decides), sorted by key."""
    return effective(read_votes(project), options or ReviewOptions())


def read_votes(project: Project, after: int = 0) -> list[Vote]:
    """Every row of the history with an id above ``after``, in order."""
    from sqlalchemy import select

    from tunewright.store.review_tables import votes

    with project.reader() as connection:
        rows = connection.execute(select(*_columns()).where(votes.c.id > after).order_by(votes.c.id)).all()
    return [Vote(*row) for row in rows]


def votes_on(connection: Connection, keys: Iterable[str]) -> dict[str, list[Vote]]:
    """Histories of these findings."""
    from sqlalchemy import select

    from tunewright.store.review_tables import votes

    found: list[Vote] = []
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        query = select(*_columns()).where(votes.c.finding_key.in_(part)).order_by(votes.c.id)
        found += [Vote(*row) for row in connection.execute(query)]
    return by_finding(found)


def _columns() -> Sequence[Any]:
    from tunewright.store.review_tables import votes

    names = "id finding_key generation kind decision undoes scope batch note actor via at"
    return [votes.c[name] for name in names.split()]


def decide(
    project: Project,
    ballots: Sequence[Ballot],
    options: ReviewOptions,
    snapshot: Ref,
    *,
    seen_generation: int | None = None,
) -> Cast:
    """Remember what the acting person says about the first ballot's finding, and alike about the others (its cluster).

    seen_generation: ``Standing.generation`` the person was looking at (None: they saw it undecided). Under the two-person
    rule the votes of two persons who did not see each other both count. Members that somebody else has decided are left
    as they are. Saying the same again changes nothing.

    Raises ConflictError, showing who decided what, when the finding has moved on; DeniedError when two persons disagree and
    somebody who is no adjudicator wants to settle it; UsageError for an unknown decision or an impossible note.
    """
    for ballot in ballots:
        check_decision(ballot.decision)
        check_note(ballot.note)
    batch = secrets.token_hex(8)
    with project.transaction() as connection:
        histories = votes_on(connection, [ballot.finding for ballot in ballots])
        chosen: list[tuple[Ballot, int]] = []
        skipped: list[str] = []
        for place, ballot in enumerate(ballots):
            found = _standing(histories, ballot.finding, options)
            refused = _refusal(found, ballot, project.actor, options, seen_generation if not place else None)
            if isinstance(refused, TunewrightError) and not place:
                raise refused
            if refused is None:
                chosen.append((ballot, found.generation + 1))
            elif isinstance(refused, TunewrightError):
                skipped.append(ballot.finding)
        scope = "cluster" if len(ballots) > 1 else "one"
        _insert(connection, project, chosen, scope, batch)
        after = votes_on(connection, [ballots[0].finding, *(ballot.finding for ballot, _ in chosen)])
        standings = {
            ballot.finding: _standing(after, ballot.finding, options)
            for ballot in (ballots[0], *(ballot for ballot, _ in chosen))
        }
        if chosen:
            project.audit.append(
                "review.decide", snapshot, _event(chosen, standings, scope, batch), connection=connection
            )
    return Cast(batch, tuple(ballot.finding for ballot, _ in chosen), tuple(skipped), standings)


def _standing(histories: Mapping[str, list[Vote]], key: str, options: ReviewOptions) -> Standing:
    history = histories.get(key)
    return standing(history, options.votes_needed(history[-1].kind)) if history else NOBODY


def _refusal(
    found: Standing, ballot: Ballot, actor: str, options: ReviewOptions, seen: int | None
) -> TunewrightError | str | None:
    """Why the vote is not taken; a text when it is there already; None when it is taken."""
    own = next((vote for vote in found.votes if vote.actor == actor), None)
    two = options.votes_needed(ballot.kind) > 1
    if own is not None and own.decision == ballot.decision and (two or found.votes[-1] is own):
        return "said already"
    together = two and found.state not in (DECIDED, DISPUTED)
    others = [vote for vote in found.votes if vote.actor != actor]
    unseen = (
        seen != found.generation if seen is not None else bool(others) and found.state in (DECIDED, DISPUTED)
    )
    if unseen and not together:
        return _conflict(ballot.finding, found)
    if found.state == DISPUTED and own is None and options.adjudicators and actor not in options.adjudicators:
        return DeniedError(
            f"{found.votes[0].actor} and {found.votes[1].actor} disagree on this finding",
            hint=f"{' or '.join(options.adjudicators)} settles it (data.review.adjudicators)",
            finding=ballot.finding,
        )
    return None


def _conflict(key: str, found: Standing) -> ConflictError:
    """The first one's decision, without their note: it may be about somebody's data."""
    if not found.votes:
        return ConflictError(
            "this finding was decided and taken back meanwhile", hint="look at it again", finding=key,
            generation=found.generation,
        )  # fmt: skip
    told = ", ".join(f"{vote.actor} {vote.decision} it at {vote.at}" for vote in found.votes)
    return ConflictError(
        f"somebody was faster: {told}",
        hint="look at it again; decide with the present generation to say otherwise",
        finding=key,
        actor=found.votes[-1].actor,
        decision=found.votes[-1].decision,
        at=found.votes[-1].at,
        generation=found.generation,
    )


def _insert(
    connection: Connection,
    project: Project,
    chosen: Sequence[tuple[Ballot, int]],
    scope: str,
    batch: str,
) -> None:
    at = utc_text(project.now())
    _insert_rows(
        connection,
        [_row(ballot, generation, scope, batch, at, project.actor, "") for ballot, generation in chosen],
    )


def _row(
    ballot: Ballot, generation: int, scope: str, batch: str, at: str, actor: str, via: str
) -> dict[str, Any]:
    return {
        "finding_key": ballot.finding, "generation": generation, "kind": ballot.kind, "example": ballot.example,
        "decision": ballot.decision, "undoes": None, "scope": scope, "batch": batch, "note": ballot.note,
        "actor": actor, "via": via, "at": at,
    }  # fmt: skip


def _insert_rows(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    from sqlalchemy import insert

    from tunewright.store.review_tables import votes

    if rows:
        connection.execute(insert(votes), rows)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A vote of somebody that another tool collected."""

    ballot: Ballot
    actor: str
    seen_generation: int | None


def cast_foreign(
    project: Project,
    foreign: Sequence[Foreign],
    options: ReviewOptions,
    snapshot: Ref,
    told: Mapping[str, Any],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Add votes of others, each under its person's name with the acting person as the one who imported it; all in one
    transaction with one event. Answers (finding, person) of what was added, and (finding, why) of what was refused."""
    batch = secrets.token_hex(8)
    done: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    with project.transaction() as connection:
        histories = votes_on(connection, [item.ballot.finding for item in foreign])
        at, rows = utc_text(project.now()), []
        added: Counter[str] = Counter()
        for number, item in enumerate(foreign):
            ballot, history = item.ballot, histories.setdefault(item.ballot.finding, [])
            found = _standing(histories, ballot.finding, options) if history else NOBODY
            seen = None if item.seen_generation is None else item.seen_generation + added[ballot.finding]
            why = _refusal(found, ballot, item.actor, options, seen)
            if why is not None:
                if isinstance(why, TunewrightError):
                    refused.append((ballot.finding, f"conflict: {why.what}"))
                continue
            generation = found.generation + 1
            vote = Vote(
                _NOT_YET + number, ballot.finding, generation, ballot.kind, ballot.decision, None, "one", batch,
                ballot.note, item.actor, project.actor, at,
            )  # fmt: skip
            history.append(vote)
            rows.append(_row(ballot, generation, "one", batch, at, item.actor, project.actor))
            done.append((ballot.finding, item.actor))
            added[ballot.finding] += 1
        _insert_rows(connection, rows)
        body = {**told, "votes": len(rows), "batch": batch, "conflicts": len(refused)}
        project.audit.append("review.import", snapshot, body, connection=connection)
    return done, refused


def _event(
    chosen: Sequence[tuple[Ballot, int]], standings: Mapping[str, Standing], scope: str, batch: str
) -> dict[str, Any]:
    """The note is a person's free text about somebody's data: it stays out of the audit log."""
    lead, generation = chosen[0]
    body: dict[str, Any] = {
        "finding": lead.finding,
        "decision": lead.decision,
        "generation": generation,
        "state": standings[lead.finding].state,
        "scope": scope,
    }
    if scope == "cluster":
        members = sorted(ballot.finding for ballot, _ in chosen)
        body |= {"batch": batch, "findings": len(members), "findings_digest": digest(members)}
    return body


def undo(
    project: Project, key: str, options: ReviewOptions, snapshot: Ref, *, whole_batch: bool = True
) -> Cast:
    """Take back the acting person's last vote on a finding and, with ``whole_batch``, all votes of the same action. What
    counted before counts again.

    Raises NotFoundError when nobody voted, DeniedError when only others did.
    """
    with project.transaction() as connection:
        lead = _own_vote(votes_on(connection, [key]).get(key, []), key, project.actor)
        taken = [lead, *(_rest_of_batch(connection, lead) if whole_batch else ())]
        histories = votes_on(connection, [vote.finding for vote in taken])
        rows = [
            {
                "finding_key": vote.finding, "generation": histories[vote.finding][-1].generation + 1,
                "kind": vote.kind, "example": "", "decision": UNDONE, "undoes": vote.id, "scope": vote.scope,
                "batch": vote.batch, "note": "", "actor": project.actor, "via": "", "at": utc_text(project.now()),
            }
            for vote in taken
        ]  # fmt: skip
        _insert_rows(connection, rows)
        after = votes_on(connection, [vote.finding for vote in taken])
        standings = {vote.finding: _standing(after, vote.finding, options) for vote in taken}
        body = {"finding": key, "decision": lead.decision, "findings": len(taken), "batch": lead.batch}
        project.audit.append("review.undo", snapshot, body, connection=connection)
    return Cast(lead.batch, tuple(vote.finding for vote in taken), (), standings)


def _own_vote(history: Sequence[Vote], key: str, actor: str) -> Vote:
    taken_back = {vote.undoes for vote in history if vote.decision == UNDONE}
    standing_votes = [vote for vote in history if vote.decision != UNDONE and vote.id not in taken_back]
    if not standing_votes:
        raise NotFoundError(
            "nobody has decided this finding", hint="there is nothing to take back", finding=key
        )
    own = [vote for vote in standing_votes if vote.actor == actor]
    if not own:
        raise DeniedError(
            f"the decision is {standing_votes[-1].actor}'s: only they take it back",
            hint="decide it yourself; the later decision counts, and both stay in the history",
            finding=key,
        )
    return own[-1]


def _rest_of_batch(connection: Connection, lead: Vote) -> Iterator[Vote]:
    """The other votes of this action that are not taken back yet and are still their person's last on the finding."""
    from sqlalchemy import select

    from tunewright.store.review_tables import votes

    if lead.scope != "cluster":
        return
    keys = connection.scalars(select(votes.c.finding_key).where(votes.c.batch == lead.batch)).all()
    for key, history in votes_on(connection, keys).items():
        taken_back = {vote.undoes for vote in history if vote.decision == UNDONE}
        own = [
            v for v in history if v.actor == lead.actor and v.decision != UNDONE and v.id not in taken_back
        ]
        if key != lead.finding and own and own[-1].batch == lead.batch:
            yield own[-1]


def check_note(note: str) -> str:
    """Raises UsageError for a note that is too long or holds a NUL, which PostgreSQL cannot store."""
    if len(note) > _NOTE_LIMIT or "\x00" in note:
        raise UsageError(f"the note is no text of up to {_NOTE_LIMIT} characters", hint="shorten it")
    return note


def resolve_key(prefix: str, keys: Iterable[str]) -> str:
    """The one finding whose key starts with ``prefix``. Raises NotFoundError, UsageError when there are several."""
    hits = sorted({key for key in keys if key.startswith(prefix)}) if prefix else []
    if not hits:
        raise NotFoundError(
            f"there is no finding {prefix!r} in the last build", hint="see `tunewright review list --all`"
        )
    if len(hits) > 1:
        raise UsageError(f"{prefix!r} is the beginning of {len(hits)} findings", hint="give more of the key")
    return hits[0]
