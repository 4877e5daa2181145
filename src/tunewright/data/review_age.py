"""How long ago a person last looked at each example of a snapshot, and what share of it is due to be looked at again.

Somebody has looked at an example when they decided one of its findings, or approved (corrected, rated) the whole example;
the newest of these counts. A child (``child-of:<id>``) was looked at when its parent was. What nobody ever looked at is as
old as its arrival: the row's own date, else the day its source was received; with neither it is due. Planted canaries are
nobody's to look at.

The clock is the caller's. An age is never part of a snapshot, its report or its recipe: the same inputs give the same
snapshot on any day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tunewright.core.erased import LABEL
from tunewright.core.errors import DataError
from tunewright.data.dates import day_of
from tunewright.data.re_review_options import ReReview
from tunewright.data.review_votes import UNDONE
from tunewright.metrics.intervals import wilson

if TYPE_CHECKING:
    from tunewright.core.types import Example
    from tunewright.data.runner import PipelineResult
    from tunewright.store.project import Project

DECISION, APPROVAL, NEVER = "decision", "approval", "never"
_CHILD, _CANARY = "child-of:", "canary:"
_COLUMNS = ("id", "source", "locator", "received_at", "labels", "findings")


@dataclass(frozen=True, slots=True)
class Asked:
    """One example, as far as its review age needs it."""

    example: str
    source: str
    locator: str
    received_at: str
    """as the row states it"""
    finding_keys: tuple[str, ...] = ()
    parent: str = ""
    """id of the example it was made from; empty for a source row's own"""


@dataclass(frozen=True, slots=True)
class Looks:
    """When people looked: RFC 3339 in UTC."""

    decisions: Mapping[str, str] = field(default_factory=dict)
    """finding key -> time of the decision"""
    approvals: Mapping[str, str] = field(default_factory=dict)
    """example id -> time of the newest approval, correction or rating of the whole example"""


@dataclass(frozen=True, slots=True)
class ReviewAge:
    """The answer for one example."""

    example: str
    source: str
    locator: str
    how: str
    """decision, approval or never"""
    at: str
    """when somebody looked (RFC 3339); for ``never`` the day it arrived (YYYY-MM-DD), empty when nobody knows"""
    age_days: int | None
    """whole days since ``at``; None when nobody knows"""
    due: bool


@dataclass(frozen=True, slots=True)
class ReviewShare:
    """The answer for a snapshot: what share nobody has looked at in ``months`` months, with Wilson's 95 % interval."""

    examples: int
    due: int
    never: int
    """examples nobody has ever looked at, whether due or not"""
    share: float
    low: float
    high: float
    months: int
    limit: float
    """the share that the policy allows"""
    sources: tuple[tuple[str, int, int], ...]
    """(source, examples, due), most due first"""

    @property
    def breached(self) -> bool:
        """Whether more is due than the policy allows."""
        return self.share > self.limit

    def sentence(self) -> str:
        """What a person is told."""
        worst = ", ".join(f"{name} {due} of {rows}" for name, rows, due in self.sources[:3] if due)
        return (
            f"{self.due} of {self.examples} examples ({100 * self.share:.1f} %) were not looked at by a person in "
            f"{self.months} months ({self.never} never); data.re_review allows {100 * self.limit:.1f} %"
            + (f": {worst}" if worst else "")
        )


def looks_of(project: Project, asked: Sequence[Asked] | None = None) -> Looks:
    """Every vote people gave and every judgement of a whole example that was not taken back, the newest of each.

    asked: only those on these few examples (and their parents); None: all.
    """
    from sqlalchemy import select

    from tunewright.store.review_tables import judgements, votes

    decisions: dict[str, str] = {}
    approvals: dict[str, str] = {}
    with project.reader() as connection:
        columns = (votes.c.id, votes.c.finding_key, votes.c.decision, votes.c.undoes, votes.c.at)
        told = (judgements.c.example, judgements.c.verdict, judgements.c.at)
        of_votes, of_examples = select(*columns), select(*told)
        if asked is not None:
            keys = [key for item in asked for key in item.finding_keys]
            of_votes = of_votes.where(votes.c.finding_key.in_(keys))
            ids = [key for item in asked for key in (item.example, item.parent) if key]
            of_examples = of_examples.where(judgements.c.example.in_(ids))
        voted = connection.execute(of_votes.order_by(votes.c.id)).all()
        judged = connection.execute(of_examples.order_by(judgements.c.id)).all()
    taken_back = {row.undoes for row in voted}
    for row in voted:
        if row.decision != UNDONE and row.id not in taken_back:
            decisions[row.finding_key] = row.at
    for judgement in judged:
        if judgement.verdict == UNDONE:
            approvals.pop(judgement.example, None)
        else:
            approvals[judgement.example] = judgement.at
    return Looks(decisions, approvals)


def asked_of_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[Asked]:
    """The examples of a snapshot (rows of ``examples.parquet``) that somebody can look at."""
    for row in rows:
        if not _planted(row["labels"]):
            keys = tuple(span["key"] for span in row["findings"] or ())
            yield Asked(
                row["id"], row["source"], row["locator"], row["received_at"], keys, _parent(row["labels"])
            )


def asked_of_build(result: PipelineResult) -> Iterator[Asked]:
    """The same of a build that is not yet written."""
    keys = {row.example: tuple(span.key for span in row.findings) for row in result.outcomes if row.findings}
    for example in result.kept:
        if not _planted(example.labels):
            origin = example.origin
            yield Asked(
                example.id, origin.source, origin.locator, origin.received_at, keys.get(example.id, ()),
                _parent(example.labels),
            )  # fmt: skip


def load_asked(folder: Any) -> Iterator[Asked]:
    """The same from a snapshot's folder, reading no text."""
    import pyarrow.parquet as pq

    from tunewright.data.snapshot import EXAMPLES

    with pq.ParquetFile(folder / EXAMPLES) as file:
        for batch in file.iter_batches(batch_size=1 << 15, columns=list(_COLUMNS)):
            yield from asked_of_rows(batch.to_pylist())


def parent_of(example: Example) -> str:
    """The id of the example this one was made from; empty for a source row's own."""
    return _parent(example.labels)


def _parent(labels: Iterable[str]) -> str:
    return next((label[len(_CHILD) :] for label in labels if label.startswith(_CHILD)), "")


def _planted(labels: Iterable[str]) -> bool:
    return any(label.startswith((_CANARY, f"{LABEL}:")) for label in labels)


def review_ages(
    asked: Iterable[Asked], looks: Looks, *, received: Mapping[str, str], months: int, now: datetime
) -> Iterator[ReviewAge]:
    """One age an example, in order.

    received: source -> the day it came (YYYY-MM-DD), where its options say so; months: calendar months after which an
    example is due again; now: in UTC.
    """
    border = months_before(now, months)
    border_text = border.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    days: dict[tuple[str, str], int | None] = {}
    known = list(asked)
    of_parent = {item.example: item for item in known} if any(item.parent for item in known) else {}
    for item in known:
        at, how = _last_look(item, looks, of_parent)
        if at:
            then = datetime.fromisoformat(at)
            age: int | None = max(0, (now - then).days)
            yield ReviewAge(item.example, item.source, item.locator, how, at, age, at < border_text)
            continue
        key = (item.source, item.received_at)
        if key not in days:
            days[key] = _arrived(item.received_at, received.get(item.source, ""))
        day = days[key]
        if day is None:
            yield ReviewAge(item.example, item.source, item.locator, NEVER, "", None, True)
            continue
        age = max(0, now.date().toordinal() - day)
        yield ReviewAge(
            item.example, item.source, item.locator, NEVER, date.fromordinal(day).isoformat(), age,
            day < border.date().toordinal(),
        )  # fmt: skip


def _last_look(item: Asked, looks: Looks, of_parent: Mapping[str, Asked]) -> tuple[str, str]:
    found = ("", NEVER)
    seen: Asked | None = item
    while seen is not None:
        times = (
            [(looks.decisions.get(key, ""), DECISION) for key in seen.finding_keys] if looks.decisions else []
        )
        found = max(
            found, (looks.approvals.get(seen.example, ""), APPROVAL), *times, key=lambda pair: pair[0]
        )
        if seen.parent and seen.parent not in of_parent:
            found = max(found, (looks.approvals.get(seen.parent, ""), APPROVAL), key=lambda pair: pair[0])
        # A parent is never its own descendant: ids are digests of what they are made from.
        seen = of_parent.get(seen.parent) if seen.parent else None
    return found if found[0] else ("", NEVER)


def _arrived(stated: str, received: str) -> int | None:
    day = day_of(stated) if stated else None
    return day if day is not None or not received else date.fromisoformat(received).toordinal()


def months_before(now: datetime, months: int) -> datetime:
    """The same time of day ``months`` calendar months earlier; a day that month lacks becomes its last one."""
    at = now.astimezone(UTC)
    count = at.year * 12 + at.month - 1 - months
    year, month = divmod(count, 12)
    for day in range(at.day, 0, -1):
        try:
            return at.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise ValueError(f"{months} months before {at:%Y-%m-%d} is before the calendar")


def review_share(ages: Iterable[ReviewAge], options: ReReview) -> ReviewShare:
    """Count what is due, by source."""
    rows: dict[str, list[int]] = {}
    never = 0
    for age in ages:
        counted = rows.setdefault(age.source, [0, 0])
        counted[0] += 1
        counted[1] += age.due
        never += age.how == NEVER
    total, due = (sum(counted[at] for counted in rows.values()) for at in (0, 1))
    found = wilson(due, total)
    sources = sorted(
        ((name, all_, late) for name, (all_, late) in rows.items()), key=lambda item: (-item[2], item[0])
    )
    return ReviewShare(
        total, due, never, found.value, found.low, found.high, options.months, options.share,
        tuple(sources),
    )  # fmt: skip


def check_share(share: ReviewShare, options: ReReview) -> str:
    """A warning, or empty when the policy is kept. Raises DataError when it is not and the policy says ``refuse``."""
    if not share.breached:
        return ""
    if options.on_breach == "warn":
        return share.sentence()
    raise DataError(
        share.sentence(),
        hint="look at the examples of `tunewright review due`, or change data.re_review",
        due=share.due,
        examples=share.examples,
        months=share.months,
    )


def due_first(ages: Sequence[ReviewAge]) -> list[ReviewAge]:
    """What is due, the longest unseen first (what has no date before all), then by source and row."""
    late = [age for age in ages if age.due]
    unknown = max((age.age_days or 0 for age in late), default=0) + 1
    return sorted(
        late,
        key=lambda age: (
            -(unknown if age.age_days is None else age.age_days), age.source, age.locator, age.example
        ),
    )  # fmt: skip
