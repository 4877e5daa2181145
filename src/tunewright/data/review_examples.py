"""Experts' judgement of whole examples: approve, rate, correct the answer, reject. An append-only history, like votes.

A judgement belongs to the row of the source with the content it had (source name and digest of the original content): it
survives rebuilds and a re-sorted export. When the row's content changes it no longer applies, and is listed as stale. An
approval is of the text the expert saw: where a later build gives another text, the approval is stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tunewright.core.canonical import digest, utc_text
from tunewright.core.errors import ConflictError, DeniedError, NotFoundError, UsageError
from tunewright.core.types import Message, Ref
from tunewright.data.review import check_note

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from tunewright.store.project import Project

APPROVED, CORRECTED, REJECTED, UNDONE = "approved", "corrected", "rejected", "undone"
ExampleVerdict = Literal["approved", "corrected", "rejected"]
VERDICTS = (APPROVED, CORRECTED, REJECTED)
RATINGS = range(1, 6)
_CORRECTION_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row of the history of an example."""

    id: int
    origin_key: str
    generation: int
    example: str
    source: str
    locator: str
    seen_digest: str
    """digest of the turns the expert saw"""
    verdict: str
    rating: int | None
    """1 to 5"""
    correction: str | None
    """the whole new answer"""
    note: str
    actor: str
    at: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the next build does with a row."""

    verdict: str
    correction: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The example an expert is looking at."""

    example: str
    source: str
    locator: str
    origin_digest: str
    messages: tuple[Message, ...]

    @property
    def origin_key(self) -> str:
        """By which a judgement finds its row again."""
        return origin_key(self.source, self.origin_digest)

    @property
    def digest(self) -> str:
        """Of the turns as they are shown."""
        return turns_digest(self.messages)


def origin_key(source: str, origin_digest: str) -> str:
    """Digest of the source's name and of the row's original content."""
    return digest([source, origin_digest])


def turns_digest(messages: Sequence[Message]) -> str:
    """Digest of roles and texts."""
    return digest([[message.role, message.content] for message in messages])


def read_judgements(project: Project) -> list[Judgement]:
    """Every row of the history, in order."""
    from sqlalchemy import select

    from tunewright.store.review_tables import judgements

    with project.reader() as connection:
        return [Judgement(*row) for row in connection.execute(select(judgements).order_by(judgements.c.id))]


def standing_judgements(history: Iterable[Judgement]) -> dict[str, Judgement]:
    """origin key -> the judgement that counts: the last one that was not taken back."""
    stacks: dict[str, list[Judgement]] = {}
    for row in history:
        stack = stacks.setdefault(row.origin_key, [])
        if row.verdict != UNDONE:
            stack.append(row)
        elif stack:
            stack.pop()
    return {key: stack[-1] for key, stack in sorted(stacks.items()) if stack}


def judged(project: Project) -> dict[str, Judged]:
    """origin key -> what a build does: rows to drop or to correct. An approval changes nothing."""
    return {
        key: Judged(row.verdict, row.correction)
        for key, row in standing_judgements(read_judgements(project)).items()
        if row.verdict in (CORRECTED, REJECTED)
    }


def judge_example(
    project: Project,
    seen: Seen,
    verdict: str,
    snapshot: Ref,
    *,
    rating: int | None = None,
    correction: str | None = None,
    note: str = "",
    seen_generation: int | None = None,
) -> Judgement:
    """Remember an expert's judgement, with its audit event, which holds neither note nor correction.

    seen_generation: how many rows the history had when the expert looked (None: nobody had judged it). Raises
    ConflictError, showing the first one's verdict, when it has moved on; UsageError for a wrong verdict, rating, correction.
    """
    _check(seen, verdict, rating, correction)
    check_note(note)
    with project.transaction() as connection:
        history = _history(connection, seen.origin_key)
        _check_unmoved(history, project.actor, seen_generation)
        found = _append(
            connection,
            project,
            seen,
            len(history) + 1,
            verdict,
            rating=rating,
            correction=correction,
            note=note,
        )
        body = {
            "example": seen.example,
            "verdict": verdict,
            "rating": rating,
            "seen": seen.digest,
            "generation": found.generation,
        }
        project.audit.append("review.example", snapshot, body, connection=connection)
    return found


def undo_judgement(project: Project, seen: Seen, snapshot: Ref) -> Judgement | None:
    """Take back the acting person's judgement; answers the one that counts again. Raises NotFoundError when there is none,
    DeniedError when the one that counts is another's."""
    with project.transaction() as connection:
        history = _history(connection, seen.origin_key)
        standing = standing_judgements(history).get(seen.origin_key)
        if standing is None:
            raise NotFoundError("nobody has judged this example", hint="there is nothing to take back")
        if standing.actor != project.actor:
            raise DeniedError(
                f"the judgement is {standing.actor}'s: only they take it back",
                hint="judge it yourself; the later judgement counts, and both stay in the history",
            )
        undone = _append(connection, project, seen, len(history) + 1, UNDONE)
        body = {"example": seen.example, "verdict": standing.verdict, "generation": undone.generation}
        project.audit.append("review.undo", snapshot, body, connection=connection)
        return standing_judgements([*history, undone]).get(seen.origin_key)


def _check(seen: Seen, verdict: str, rating: int | None, correction: str | None) -> None:
    if verdict not in VERDICTS:
        raise UsageError(f"{verdict!r} is not a verdict", hint=f"say {', '.join(VERDICTS)}")
    if rating is not None and rating not in RATINGS:
        raise UsageError(f"{rating} is not a rating", hint="rate from 1 to 5")
    if (correction is not None) != (verdict == CORRECTED):
        raise UsageError(
            "a correction belongs to the verdict corrected, and to no other", hint="give both or none"
        )
    if correction is None:
        return
    if not correction.strip() or len(correction) > _CORRECTION_LIMIT or "\x00" in correction:
        raise UsageError(
            f"the corrected answer is no text of up to {_CORRECTION_LIMIT} characters",
            hint="write the whole answer, or reject the example",
        )
    if not any(message.role == "assistant" for message in seen.messages):
        raise UsageError("the example has no answer to correct", hint="approve or reject it")


def _check_unmoved(history: Sequence[Judgement], actor: str, seen_generation: int | None) -> None:
    standing = next(iter(standing_judgements(history).values()), None)
    if seen_generation is None:
        moved = standing is not None and standing.actor != actor
    else:
        moved = seen_generation != len(history)
    if moved:
        told = f"{standing.actor} {standing.verdict} it at {standing.at}" if standing else "it was taken back"
        raise ConflictError(
            f"somebody was faster: {told}",
            hint="look at it again; judge with the present generation to say otherwise",
            actor=standing.actor if standing else "",
            verdict=standing.verdict if standing else "",
            generation=len(history),
        )


def _history(connection: Connection, key: str) -> list[Judgement]:
    from sqlalchemy import select

    from tunewright.store.review_tables import judgements

    query = select(judgements).where(judgements.c.origin_key == key).order_by(judgements.c.id)
    return [Judgement(*row) for row in connection.execute(query)]


def _append(
    connection: Connection,
    project: Project,
    seen: Seen,
    generation: int,
    verdict: str,
    *,
    rating: int | None = None,
    correction: str | None = None,
    note: str = "",
) -> Judgement:
    from sqlalchemy import insert

    from tunewright.store.review_tables import judgements

    row = {
        "origin_key": seen.origin_key, "generation": generation, "example": seen.example, "source": seen.source,
        "locator": seen.locator, "seen_digest": seen.digest, "verdict": verdict, "rating": rating,
        "correction": correction, "note": note, "actor": project.actor, "at": utc_text(project.now()),
    }  # fmt: skip
    done = connection.execute(insert(judgements).values(**row))
    return Judgement(id=int(done.inserted_primary_key[0]), **row)  # type: ignore[index, arg-type]


def recipe_of(found: Mapping[str, Judged]) -> dict[str, list[str | None]]:
    """What of the judgements changes a build, for the recipe's digest."""
    return {key: [item.verdict, item.correction] for key, item in sorted(found.items())}
