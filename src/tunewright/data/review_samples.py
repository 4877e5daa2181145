"""Samples of examples nobody was asked about, and what people found in them: how much personal data and error is left.

The population is every example of the snapshot as it will be trained on (planted canaries left out). Strata are the
sources, and within a source whether anything was noticed in the row. Each stratum is drawn with one and the same fraction,
rounded up.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import digest, utc_text
from tunewright.core.errors import NotFoundError, UsageError
from tunewright.core.seeds import derive_seed
from tunewright.core.types import Ref, Score
from tunewright.data.review import check_note
from tunewright.metrics.finite import StratumCount, stratified_share

if TYPE_CHECKING:
    from tunewright.store.project import Project

PII_METRIC, ERROR_METRIC = "residual_pii_per_1000", "residual_error_per_1000"
_FEWEST = 2
"""items drawn of a stratum at least"""


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the snapshot that is drawn from by itself."""

    source: str
    noticed: bool
    """whether anything was noticed in these rows (and redacted, or left for its low confidence)"""
    population: int
    drawn: tuple[str, ...]
    """ids of examples"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn sample."""

    id: str
    """digest of snapshot, seed and size"""
    snapshot: str
    """digest of the snapshot's ref"""
    seed: int
    size: int
    """asked for; strata are rounded up"""
    strata: tuple[Stratum, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """All drawn ids in the order of asking: random over the strata, so that whoever stops early stops anywhere."""
        ids = sorted(key for stratum in self.strata for key in stratum.drawn)
        random.Random(derive_seed(self.seed, "review-order", self.snapshot)).shuffle(ids)  # noqa: S311
        return tuple(ids)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person found in one example."""

    example: str
    pii: bool
    """it contains personal data or a secret that should have been taken out"""
    kinds: tuple[str, ...]
    """which kinds of it, as far as said"""
    error: bool
    """the answer is wrong, or the example should not be trained on"""
    actor: str
    at: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Residual:
    """The estimate."""

    scores: tuple[Score, ...]
    answered: int
    drawn: int
    pii: int
    """examples of the sample in which somebody found personal data"""
    errors: int
    disagreed: int
    """examples on which two persons said different things; the worse answer counts"""
    kinds: Mapping[str, int]
    """missed kinds -> examples of the sample"""


def draw(rows: Iterable[tuple[str, str, bool]], snapshot: str, *, size: int, seed: int) -> Sample:
    """rows: (example id, source, noticed) of the whole population. Raises UsageError without a population or size.

    The order of the rows changes nothing.
    """
    parts: dict[tuple[str, bool], list[str]] = {}
    for key, source, noticed in rows:
        parts.setdefault((source, noticed), []).append(key)
    population = sum(map(len, parts.values()))
    if not population or size < 1:
        raise UsageError(
            f"a sample of {size} of {population} examples cannot be drawn", hint="give a size of 1 or more"
        )
    fraction = min(1.0, size / population)
    strata = []
    for (source, noticed), ids in sorted(parts.items()):
        count = min(len(ids), max(_FEWEST, math.ceil(fraction * len(ids))))
        generator = random.Random(derive_seed(seed, "review-sample", snapshot, source, str(noticed)))  # noqa: S311
        strata.append(Stratum(source, noticed, len(ids), tuple(sorted(generator.sample(sorted(ids), count)))))
    return Sample(digest([snapshot, seed, size])[:32], snapshot, seed, size, tuple(strata))


def store_sample(project: Project, sample: Sample, snapshot: Ref) -> bool:
    """Keep a sample, with its audit event; answers whether it is new."""
    from sqlalchemy import insert, select

    from tunewright.store.review_tables import samples

    with project.transaction() as connection:
        if connection.scalar(select(samples.c.id).where(samples.c.id == sample.id)) is not None:
            return False
        connection.execute(
            insert(samples).values(
                id=sample.id,
                snapshot=sample.snapshot,
                seed=sample.seed,
                size=sample.size,
                body={"strata": [asdict(stratum) for stratum in sample.strata]},
                actor=project.actor,
                at=utc_text(project.now()),
            )
        )
        drawn = sum(len(stratum.drawn) for stratum in sample.strata)
        body = {"sample": sample.id, "seed": sample.seed, "examples": drawn}
        project.audit.append("review.sample", snapshot, body, connection=connection)
    return True


def load_sample(project: Project, snapshot: Ref, sample: str = "") -> Sample:
    """The sample of this id, or the newest of the snapshot. Raises NotFoundError."""
    from sqlalchemy import select

    from tunewright.store.review_tables import samples

    query = select(samples).where(samples.c.snapshot == snapshot.digest)
    if sample:
        query = query.where(samples.c.id == sample)
    with project.reader() as connection:
        row = connection.execute(query.order_by(samples.c.at.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotFoundError(
            f"{snapshot} has no sample {sample}".rstrip(),
            hint="draw one: `tunewright review sample --size 300`; a sample counts for the snapshot it was drawn from",
        )
    strata = tuple(
        Stratum(part["source"], part["noticed"], part["population"], tuple(part["drawn"]))
        for part in row.body["strata"]
    )
    return Sample(row.id, row.snapshot, row.seed, row.size, strata)


def read_answers(project: Project, sample: str) -> dict[str, list[Answer]]:
    """example id -> the last answer of each person, in order."""
    from sqlalchemy import select

    from tunewright.store.review_tables import sample_answers as answers

    with project.reader() as connection:
        rows = connection.execute(
            select(answers).where(answers.c.sample == sample).order_by(answers.c.id)
        ).all()
    last: dict[str, dict[str, Answer]] = {}
    for row in rows:
        found = Answer(row.example, row.pii, tuple(row.kinds), row.error, row.actor, row.at, row.note)
        last.setdefault(row.example, {})[row.actor] = found
    return {example: list(by_actor.values()) for example, by_actor in last.items()}


def answer(
    project: Project,
    sample: Sample,
    snapshot: Ref,
    example: str,
    *,
    pii: bool,
    error: bool,
    kinds: Sequence[str] = (),
    note: str = "",
) -> None:
    """Remember the acting person's answer; a later one of the same person supersedes it. Raises NotFoundError for an example
    that was not drawn, UsageError for kinds without personal data."""
    if not any(example in stratum.drawn for stratum in sample.strata):
        raise NotFoundError("this example is not in the sample", hint="ask for the next one", example=example)
    if kinds and not pii:
        raise UsageError(
            f"kinds {', '.join(kinds)} are named, but no personal data",
            hint="say that there is personal data",
        )
    check_note(note)
    from sqlalchemy import insert

    from tunewright.store.review_tables import sample_answers as answers

    with project.transaction() as connection:
        connection.execute(
            insert(answers).values(
                sample=sample.id, example=example, pii=pii, kinds=sorted(set(kinds)), error=error, note=note,
                actor=project.actor, at=utc_text(project.now()),
            )
        )  # fmt: skip
        body: dict[str, Any] = {"sample": sample.id, "example": example, "pii": pii, "error": error}
        project.audit.append("review.answer", snapshot, body, connection=connection)


def estimate(sample: Sample, answers: Mapping[str, Sequence[Answer]]) -> Residual:
    """Residual personal data and error per 1,000 examples of the snapshot, with 95 % intervals.

    Where persons differ the worse answer counts. Raises UsageError while an example of the sample has no answer: who may
    leave out what is hard to judge makes the estimate too good.
    """
    drawn = sum(len(stratum.drawn) for stratum in sample.strata)
    missing = sum(1 for stratum in sample.strata for key in stratum.drawn if not answers.get(key))
    if missing:
        raise UsageError(
            f"{missing} of {drawn} examples of the sample have no answer yet",
            hint="answer them all with `tunewright review sample`, or draw a smaller sample",
            missing=missing,
        )
    found = {key: answers[key] for stratum in sample.strata for key in stratum.drawn}
    pii = {key for key, said in found.items() if any(item.pii for item in said)}
    errors = {key for key, said in found.items() if any(item.error for item in said)}
    kinds: dict[str, int] = {}
    for said in found.values():
        for kind in {kind for item in said for kind in item.kinds}:
            kinds[kind] = kinds.get(kind, 0) + 1
    return Residual(
        scores=(_score(PII_METRIC, sample, pii), _score(ERROR_METRIC, sample, errors)),
        answered=drawn,
        drawn=drawn,
        pii=len(pii),
        errors=len(errors),
        disagreed=sum(len({(item.pii, item.error) for item in said}) > 1 for said in found.values()),
        kinds=dict(sorted(kinds.items())),
    )


def _score(metric: str, sample: Sample, hits: set[str]) -> Score:
    counts = [
        StratumCount(part.population, len(part.drawn), len(hits.intersection(part.drawn)))
        for part in sample.strata
    ]
    share = stratified_share(counts)
    return Score(
        metric=metric,
        value=1000 * share.value,
        low=1000 * share.low,
        high=1000 * share.high,
        n=sum(count.n for count in counts),
        signature=f"{metric}|strata:source+noticed|ci:hypergeometric95|worst_of_raters:yes|v:1",
    )
