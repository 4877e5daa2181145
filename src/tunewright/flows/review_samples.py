"""Draw examples nobody was asked about, let people look for what the pipeline missed, record the estimate as evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tunewright.core.canonical import plain
from tunewright.core.types import Message, Ref, Score
from tunewright.data import review_samples as samples
from tunewright.data.review_lookup import population, shown_by_ids
from tunewright.data.review_samples import Answer, Residual, Sample
from tunewright.flows.snapshots import find_snapshot

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SampleItem:
    """One example of the sample."""

    id: str
    source: str
    locator: str
    split: str
    messages: tuple[Message, ...]
    """as the model would be trained on it"""
    answers: tuple[Answer, ...]
    """the last of each person"""


@dataclass(frozen=True, slots=True)
class SamplePage:
    """What is to be looked at next."""

    snapshot: Ref
    sample: str
    items: tuple[SampleItem, ...]
    drawn: int
    answered: int
    """examples with at least one answer"""
    mine: int
    """of those, how many the acting person answered"""


@dataclass(frozen=True, slots=True)
class ResidualReport:
    """A recorded estimate."""

    run: Ref | None
    """the evidence; None while it is only looked at"""
    snapshot: Ref
    sample: str
    residual: Residual
    scores: tuple[Score, ...]


def draw_sample(ws: Workspace, *, size: int = 300, seed: int = 0, version: str = "") -> Sample:
    """Draw ``size`` examples of the snapshot (rounded up by stratum); the same seed and size draw the same again."""
    record = find_snapshot(ws, version)
    rows = population(ws.project.records.folder(record))
    sample = samples.draw(rows, record.ref.digest, size=size, seed=seed)
    samples.store_sample(ws.project, sample, record.ref)
    return sample


def sample_queue(
    ws: Workspace, *, sample: str = "", page_size: int = 10, everything: bool = False, version: str = ""
) -> SamplePage:
    """The next examples nobody has answered (then, nothing). ``everything``: all of the sample, with their answers.

    Raises NotFoundError when no sample was drawn of this snapshot.
    """
    record = find_snapshot(ws, version)
    drawn = samples.load_sample(ws.project, record.ref, sample)
    answers = samples.read_answers(ws.project, drawn.id)
    order = drawn.order
    wanted = order if everything else tuple(key for key in order if key not in answers)[:page_size]
    folder = ws.project.records.folder(record)
    mine = sum(any(item.actor == ws.project.actor for item in said) for said in answers.values())
    return SamplePage(
        snapshot=record.ref,
        sample=drawn.id,
        items=tuple(
            SampleItem(
                id=shown.seen.example,
                source=shown.seen.source,
                locator=shown.seen.locator,
                split=shown.split,
                messages=shown.seen.messages,
                answers=tuple(answers.get(shown.seen.example, ())),
            )
            for shown in shown_by_ids(folder, wanted)
        ),
        drawn=len(order),
        answered=len(answers),
        mine=mine,
    )


def answer_sample(
    ws: Workspace,
    example: str,
    *,
    pii: bool,
    error: bool,
    kinds: Sequence[str] = (),
    note: str = "",
    sample: str = "",
    version: str = "",
) -> None:
    """Remember what the acting person found in an example of the sample; their later answer supersedes it.

    Raises NotFoundError for an example that was not drawn, UsageError: see ``data.review_samples.answer``.
    """
    record = find_snapshot(ws, version)
    drawn = samples.load_sample(ws.project, record.ref, sample)
    full = next((key for key in drawn.order if key.startswith(example)), example) if example else example
    samples.answer(ws.project, drawn, record.ref, full, pii=pii, error=error, kinds=kinds, note=note)


def residual(ws: Workspace, *, sample: str = "", record_it: bool = True, version: str = "") -> ResidualReport:
    """Estimate residual personal data and error per 1,000 examples from a finished sample, and (``record_it``) record it as
    evidence: a run ``review`` made from the snapshot, which counts for every model version trained on that snapshot.

    Raises NotFoundError without a sample, UsageError while examples of it have no answer.
    """
    snapshot = find_snapshot(ws, version)
    drawn = samples.load_sample(ws.project, snapshot.ref, sample)
    found = samples.estimate(drawn, samples.read_answers(ws.project, drawn.id))
    if not record_it:
        return ResidualReport(None, snapshot.ref, drawn.id, found, found.scores)
    records = ws.project.records
    strata = [
        {
            "source": part.source,
            "noticed": part.noticed,
            "population": part.population,
            "drawn": len(part.drawn),
        }
        for part in drawn.strata
    ]
    told = {key: value for key, value in asdict(found).items() if key != "scores"}
    with ws.project.staging() as folder:
        text = json.dumps({"strata": strata, **told, "scores": plain(found.scores)}, indent=1, sort_keys=True)
        (folder / "residual.json").write_text(text + "\n", encoding="utf-8")
        run = records.commit(
            kind="run",
            name="review",
            version=records.next_version("run", "review"),
            inputs=(snapshot.ref,),
            recipe={"review": {"sample": drawn.id, "seed": drawn.seed, "size": drawn.size}},
            files_dir=folder,
            scores=found.scores,
            action="run.review",
            body={"sample": drawn.id, "answered": found.answered},
        )
    return ResidualReport(run.ref, snapshot.ref, drawn.id, found, run.scores)
