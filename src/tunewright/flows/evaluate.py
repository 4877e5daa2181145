"""``tunewright evaluate``: a model version against its base (and production) on the golden sets, recorded as evidence.

Answers of the base are taken from the newest recorded evaluation that asked the same base the same items in the same way;
only the version under evaluation is always asked anew. A stopped run continues where it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import digest, plain
from tunewright.core.errors import ConfigError, DataError, EngineMissingError, UsageError
from tunewright.core.ports import Generation, Generator, LabelBaseline, Progress, SilentProgress
from tunewright.core.types import Example, Record, Ref, Score
from tunewright.data.mix import is_general
from tunewright.data.snapshot import load_snapshot
from tunewright.evaluate.answers import Answered, AnswerFile, answer_items, item_digest
from tunewright.evaluate.compare import (
    BASE,
    LINEAR,
    PRODUCTION,
    TUNED,
    Confusion,
    all_scores,
    confusions,
    hits_of,
)
from tunewright.evaluate.items import read_answers, write_items
from tunewright.evaluate.report import Evaluation, render
from tunewright.evaluate.suite import as_labels, limited
from tunewright.flows.lineage_log import say_recorded
from tunewright.flows.model_files import ModelFiles, model_files
from tunewright.metrics.catalog import Metric, metric
from tunewright.registry import aliases
from tunewright.registry.versions import find_model

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

ENGINE = "transformers"
DECODING = "greedy@1"
"""raised when the decoding loop could answer differently: recorded answers are then not reused"""


@dataclass(frozen=True, slots=True)
class EvaluateReport:
    """What an evaluation found."""

    run: Ref
    model: Ref
    base: Ref
    production: Ref | None
    """the version in production it was compared with, when that is another one"""
    subject_digest: str
    goldens: tuple[Ref, ...]
    items: int
    primary: str
    scores: tuple[Score, ...]
    generated: Mapping[str, int]
    """answers generated now, by who gave them; the rest was known"""
    mistakes: tuple[tuple[str, str, int], ...]
    """(expected, answered, how often), most frequent first"""
    notes: tuple[str, ...]
    folder: Path
    report_html: Path
    wall_s: float


@dataclass(frozen=True, slots=True)
class _Subject:
    """One model that is asked."""

    who: str
    ref: Ref
    base_dir: Path
    weights_dir: Path | None
    subject_digest: str


@dataclass(frozen=True, slots=True)
class _Job:
    """An evaluation, resolved."""

    model: Record
    files: ModelFiles
    subjects: tuple[_Subject, ...]
    goldens: tuple[Ref, ...]
    items: Sequence[Example]
    metrics: tuple[Metric, ...]


def evaluate(ws: Workspace, model: str = "", *, progress: Progress | None = None) -> EvaluateReport:
    """Evaluate a version (``support@1.2.0``, ``1.2.0``; the newest by default) and record the result.

    Raises ConfigError without golden sets or for a metric that does not suit them, NotFoundError for the version,
    IntegrityError when its bytes are not those registered, EngineMissingError without the train extra.
    """
    from tunewright import engines

    progress = progress or SilentProgress()
    started = time.perf_counter()
    engines.find("generate", ENGINE)
    with ws.project.lease("evaluate"):
        job = _prepare(ws, model)
        answers, generated = _ask_all(ws, job, progress)
        linear, notes = _linear(ws, job, progress)
        hits = {
            who: hits_of([a.text for a in given], job.items, job.metrics) for who, given in answers.items()
        }
        if linear is not None:
            hits[LINEAR] = hits_of(linear, job.items, job.metrics)
        primary = ws.configuration.evaluate.primary
        scores = all_scores(hits, job.items, job.metrics, primary)
        wrong = [i for i, value in enumerate(hits[TUNED][primary]) if value < 1]
        texts = {who: [answer.text for answer in given] for who, given in answers.items()}
        found = confusions(texts[TUNED], job.items, wrong, primary)
        with ws.project.staging() as folder:
            write_items(folder, job.items, answers, linear, hits)
            _write_scores(folder, scores)
            shown = _shown(job, scores, notes, texts, found, primary)
            (folder / "report.html").write_text(render(shown), encoding="utf-8")
            run = _commit(ws, job, folder, scores)
        for subject in job.subjects:
            _answer_file(ws, subject).remove()
    say_recorded(ws, run, progress)
    return _report(ws, job, run, generated, notes, found, time.perf_counter() - started)


def _prepare(ws: Workspace, model: str) -> _Job:
    from tunewright.flows.sources import golden_examples, record_goldens

    options = ws.configuration.evaluate
    if not ws.configuration.data.golden:
        raise ConfigError(
            "data.golden is empty: there is nothing to evaluate on",
            hint="name a golden set under data.golden",
        )
    names = dict.fromkeys((*options.metrics, options.primary))
    try:
        metrics = tuple(metric(name) for name in names)
    except UsageError as error:
        raise ConfigError(f"evaluate.metrics: {error.what}", hint=error.hint) from error
    record = find_model(ws.project, model, default_name=ws.configuration.model.name)
    files = model_files(ws, record)
    subjects = [
        _Subject(TUNED, record.ref, files.base_dir, files.weights_dir, files.subject_digest),
        _Subject(BASE, files.base.ref, files.base_dir, None, files.base_subject_digest),
    ]
    holder = _production(ws, record)
    if holder is not None:
        held = model_files(ws, holder)
        subjects.append(
            _Subject(PRODUCTION, holder.ref, held.base_dir, held.weights_dir, held.subject_digest)
        )
    goldens = record_goldens(ws)
    items = limited(golden_examples(ws.project, goldens), options.limit)
    return _Job(record, files, tuple(subjects), tuple(golden.ref for golden in goldens), items, metrics)


def _production(ws: Workspace, model: Record) -> Record | None:
    """The version that holds production, when it is another one than ``model``."""
    with ws.project.reader() as connection:
        alias = aliases.current(connection, model.ref.name, "production")
    if alias is None or alias.digest == model.ref.digest:
        return None
    return ws.project.records.get(alias.ref)


def _ask_all(
    ws: Workspace, job: _Job, progress: Progress
) -> tuple[dict[str, tuple[Generation, ...]], dict[str, int]]:
    """Every model's answers, an item each, and how many were generated now."""
    answers, generated = {}, {}
    for subject in job.subjects:
        known = _recorded_answers(ws, subject, job.items) if subject.who != TUNED else {}
        answered = _ask(ws, subject, job.items, known, progress)
        answers[subject.who], generated[subject.who or "tuned"] = answered.answers, answered.generated
        reused = len(job.items) - answered.generated
        if reused:
            progress.note(f"{reused} answers of {subject.ref} were known")
    return answers, generated


def _ask(
    ws: Workspace,
    subject: _Subject,
    items: Sequence[Example],
    known: Mapping[str, Generation],
    progress: Progress,
) -> Answered:
    from tunewright import engines

    options, threads = ws.configuration.evaluate, ws.configuration.runtime.threads

    def make() -> Generator:
        generator: Generator = engines.load(
            "generate",
            ENGINE,
            base_dir=subject.base_dir,
            weights_dir=subject.weights_dir,
            threads=threads,
            batch_size=options.batch_size,
        )
        return generator

    return answer_items(
        make,
        items,
        known=known,
        file=_answer_file(ws, subject),
        max_new_tokens=options.max_new_tokens,
        batch_size=options.batch_size,
        progress=progress,
        name=str(subject.ref),
    )


def _asked_how(ws: Workspace) -> dict[str, Any]:
    """What besides model and item decides an answer."""
    return {
        "engine": ENGINE,
        "decoding": DECODING,
        "max_new_tokens": ws.configuration.evaluate.max_new_tokens,
    }


def _answer_file(ws: Workspace, subject: _Subject) -> AnswerFile:
    key = digest({"subject": subject.subject_digest, **_asked_how(ws)})
    return AnswerFile(ws.project.state / "work" / "answers" / f"{key[:32]}.jsonl")


def _recorded_answers(ws: Workspace, subject: _Subject, items: Sequence[Example]) -> dict[str, Generation]:
    """Answers of this very subject to these items in verified records of evaluations, newest first."""
    wanted = {item_digest(item) for item in items}
    found: dict[str, Generation] = {}
    for run in reversed(ws.project.records.find("run", "evaluate")):
        if wanted <= found.keys():
            break
        if run.recipe.get("asked") != _asked_how(ws):
            continue
        asked = [who for who, known in run.recipe["subjects"].items() if known == subject.subject_digest]
        if asked:
            ws.project.records.verify(run)
            recorded = read_answers(
                ws.project.records.folder(run), TUNED if asked[0] == "tuned" else asked[0]
            )
            found = {**{key: answer for key, answer in recorded.items() if key in wanted}, **found}
    return found


def _linear(ws: Workspace, job: _Job, progress: Progress) -> tuple[list[str] | None, tuple[str, ...]]:
    """Answers of the linear baseline, or None with the reason."""
    from tunewright import engines

    if not ws.configuration.evaluate.linear_baseline:
        return None, ()
    try:
        baseline: LabelBaseline = engines.load("baseline", "linear")
    except EngineMissingError as error:
        return None, (f"No linear baseline: {error.what}; {error.hint}.",)
    loaded = load_snapshot(ws.project.records.folder(job.files.snapshot), "train")
    train = [example for example in loaded if not is_general(example)]
    labelled = as_labels(train, job.items)
    if labelled is None:
        return None, ("No linear baseline: the answers of the training split are not labels.",)
    asked = [next((m.content for m in reversed(item.messages) if m.role == "user"), "") for item in job.items]
    with progress.task("linear baseline", 1) as advance:
        try:
            answers = baseline.fit_predict(labelled.texts, labelled.labels, asked)
        except DataError as error:
            return None, (f"No linear baseline: {error.what}.",)
        advance(1)
    kinds = len(set(labelled.labels))
    note = f"Linear baseline ({baseline.version}): {len(labelled.texts):,} training rows, {kinds} labels."
    return answers, (note,)


def _write_scores(folder: Path, scores: Sequence[Score]) -> None:
    text = json.dumps([plain(score) for score in scores], ensure_ascii=False, indent=1)
    (folder / "scores.json").write_text(text + "\n", encoding="utf-8")


def _shown(
    job: _Job,
    scores: Sequence[Score],
    notes: tuple[str, ...],
    texts: Mapping[str, Sequence[str]],
    found: Sequence[Confusion],
    primary: str,
) -> Evaluation:
    production = next((str(s.ref) for s in job.subjects if s.who == PRODUCTION), "")
    return Evaluation(
        model=str(job.model.ref),
        base=str(job.files.base.ref),
        production=production,
        subject_digest=job.files.subject_digest,
        goldens=tuple(str(ref) for ref in job.goldens),
        primary=primary,
        scores=tuple(scores),
        notes=notes,
        items=job.items,
        answers=texts,
        confusions=found,
    )


def _commit(ws: Workspace, job: _Job, folder: Path, scores: Sequence[Score]) -> Record:
    records = ws.project.records
    compared = [subject.ref for subject in job.subjects if subject.who == PRODUCTION]
    recipe = {
        "evaluate": plain(ws.configuration.evaluate),
        "subject_digest": job.files.subject_digest,
        "subjects": {subject.who or "tuned": subject.subject_digest for subject in job.subjects},
        "asked": _asked_how(ws),
        "threads": ws.configuration.runtime.threads,
    }
    return records.commit(
        kind="run",
        name="evaluate",
        version=records.next_version("run", "evaluate"),
        inputs=(job.model.ref, *job.goldens, job.files.base.ref, *compared),
        recipe=recipe,
        files_dir=folder,
        scores=tuple(scores),
        action="run.evaluate",
        body={"subject_digest": job.files.subject_digest, "items": len(job.items)},
    )


def _report(
    ws: Workspace,
    job: _Job,
    run: Record,
    generated: Mapping[str, int],
    notes: tuple[str, ...],
    found: Sequence[Confusion],
    wall_s: float,
) -> EvaluateReport:
    folder = ws.project.records.folder(run)
    return EvaluateReport(
        run=run.ref,
        model=job.model.ref,
        base=job.files.base.ref,
        production=next((subject.ref for subject in job.subjects if subject.who == PRODUCTION), None),
        subject_digest=job.files.subject_digest,
        goldens=job.goldens,
        items=len(job.items),
        primary=ws.configuration.evaluate.primary,
        scores=run.scores,
        generated=generated,
        mistakes=tuple((c.expected, c.answered, len(c.items)) for c in found[:50]),
        notes=notes,
        folder=folder,
        report_html=folder / "report.html",
        wall_s=round(wall_s, 3),
    )
