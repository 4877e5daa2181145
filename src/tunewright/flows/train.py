"""``tunewright train``: from the latest snapshot and a base model to a recorded run and a registered model version.

The work folder is named after everything the weights depend on, so a stopped training finds its checkpoints again. The same
training is not done twice: its recorded run, or what of it is not yet recorded, is taken up.
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tunewright.core.canonical import digest
from tunewright.core.errors import ConflictError, DataError, EngineError, EngineMissingError
from tunewright.core.ports import Progress, SilentProgress, TrainOutput
from tunewright.core.types import Example, Record, Ref
from tunewright.data.snapshot import load_snapshot
from tunewright.data.steps.resample import with_repeats
from tunewright.flows.lineage_log import lineage_run
from tunewright.flows.review_progress import check_published
from tunewright.flows.rights import base_licence, check_training
from tunewright.registry.versions import register
from tunewright.train.early_stopping import judge_stop
from tunewright.train.history import draw, write_history
from tunewright.train.options import TrainOptions
from tunewright.train.plan import TrainPlan, make_plan, work_name
from tunewright.train.reproduce import Reproduction, compare
from tunewright.train.schedule import cosine_share

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

Unfinished = Literal["refuse", "resume", "restart"]


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a training did and what it left."""

    run: Ref
    model: Ref
    weights_digest: str
    subject_digest: str
    """digest of everything that is served: base, weights, tokenizer, chat template, quantisation"""
    reused: bool
    """True when this very training was recorded before, and nothing was trained"""
    plan: tuple[str, ...]
    history: tuple[Mapping[str, float], ...]
    best_step: int
    steps: int
    tokens: int
    wall_s: float
    stopped_early: bool
    left_out: int
    validation_loss: float | None
    folder: Path
    loss_plot: Path
    tracker_run: str
    """MLflow's id of the run; empty when tracking failed"""
    tracker_problem: str
    """why tracking failed, empty when it did not"""


@dataclass(frozen=True, slots=True)
class _Job:
    """A training, resolved: what goes in and where it works."""

    snapshot: Record
    base: Record
    base_dir: Path
    plan: TrainPlan
    recipe: Mapping[str, Any]
    work_dir: Path
    train: Sequence[Example]
    validation: Sequence[Example]


def train(
    ws: Workspace, *, unfinished: Unfinished = "refuse", progress: Progress | None = None
) -> TrainReport:
    """Train on the latest snapshot (built first when there is none), record the run, register the model version.

    ``unfinished``: what to do with a stopped training of the same recipe: ``resume``, ``restart``, or ``refuse`` to choose.
    ``restart`` also trains again what is already recorded.
    Raises ConflictError for an unfinished or running training, DataError, NotFoundError for the base, EngineMissingError.
    """
    from tunewright import engines

    progress = progress or SilentProgress()
    engines.find("train", "sft")
    with ws.project.lease("train"):
        job = _prepare(ws, progress)
        recorded = None if unfinished == "restart" else _recorded(ws, job)
        if recorded is not None:
            return _take_up(ws, job, recorded, progress)
        if unfinished == "refuse":
            _refuse_unfinished(job)
        for line in job.plan.lines():
            progress.note(line)
        with lineage_run(ws, "run.train", (job.snapshot.ref, job.base.ref), progress) as lineage:
            output = _run_engine(job, ws, job.work_dir, resume=unfinished != "restart", progress=progress)
            run = lineage.made = _commit(ws, job, output)
            report = _register(ws, job, run, output, progress)
        shutil.rmtree(job.work_dir, ignore_errors=True)
    return report


def reproduce(ws: Workspace, version: str, *, progress: Progress | None = None) -> Reproduction:
    """Train a recorded run again in a folder of its own and compare the weights; nothing is recorded.

    Raises NotFoundError for an unknown run, ConflictError when its base has changed since.
    """
    from tunewright.engines.language.model_folder import base_digest, resolve_base, weights_digest

    progress = progress or SilentProgress()
    records = ws.project.records
    run = records.get("run", "train", version)
    records.verify(run)
    snapshot, base = (_input(ws, run, kind) for kind in ("snapshot", "base"))
    base_dir = resolve_base(_located(ws, str(run.recipe["base"])))
    if base_digest(base_dir) != base.recipe["digest"]:
        raise ConflictError(
            f"the base model in {base_dir.name} is no longer the one run {version} was trained on",
            hint="put the recorded base back; `tunewright audit trace` shows its digest",
            base=str(base.ref),
        )
    recorded_options = {
        key: value for key, value in run.recipe["train"].items() if key in TrainOptions.model_fields
    }
    options = TrainOptions.model_validate(recorded_options)
    folder = records.folder(snapshot)
    examples = with_repeats(load_snapshot(folder, "train"))
    plan = make_plan(options, examples=len(examples), base_name=run.recipe["train"]["base_name"])
    work_dir = ws.project.state / "work" / f"reproduce-{version}"
    job = _Job(
        snapshot, base, base_dir, plan, run.recipe, work_dir, examples, load_snapshot(folder, "validation")
    )
    with ws.project.lease("train"):
        output = _run_engine(
            job, ws, work_dir, resume=False, progress=progress, threads=int(run.recipe["threads"])
        )
        repeated = weights_digest(output.weights_dir)
        shutil.rmtree(work_dir, ignore_errors=True)
    recorded = weights_digest(records.folder(run) / "weights")
    return compare(recorded, repeated, run.recipe["environment"], output.environment)


def _prepare(ws: Workspace, progress: Progress) -> _Job:
    """Resolve snapshot, base and plan. Raises DataError when the snapshot holds nothing to train on."""
    from tunewright.engines.language.model_folder import base_name, resolve_base

    snapshot = _snapshot(ws, progress)
    folder = ws.project.records.folder(snapshot)
    examples, held_out = with_repeats(load_snapshot(folder, "train")), load_snapshot(folder, "validation")
    base_text = ws.configuration.model.base
    base_dir = resolve_base(_located(ws, base_text))
    base = _base_record(ws, base_dir, base_name(base_text))
    check_training(ws, snapshot, base)
    options = ws.configuration.train
    plan = make_plan(options, examples=len(examples), base_name=base_name(base_text))
    if not held_out:
        raise DataError(
            f"{snapshot.ref} holds no validation examples, so nothing could say when to stop",
            hint="build the snapshot with the step `split`, with a share for validation",
            snapshot=str(snapshot.ref),
        )
    threads = ws.configuration.runtime.threads
    recipe = {
        "train": plan.recipe,
        "threads": threads,
        "base": base_text,
    }
    name = work_name(
        plan.recipe, snapshot_digest=snapshot.ref.digest, base_digest=base.ref.digest, threads=threads
    )
    return _Job(snapshot, base, base_dir, plan, recipe, ws.project.state / "work" / name, examples, held_out)


def _snapshot(ws: Workspace, progress: Progress) -> Record:
    """The latest snapshot, verified; built when there is none."""
    name = ws.configuration.model.name
    record = ws.project.records.latest("snapshot", name)
    if record is None:
        from tunewright.flows.prepare import prepare

        prepare(ws, progress)
        record = ws.project.records.get("snapshot", name)
    ws.project.records.verify(record)
    check_published(ws, record)
    return record


def _located(ws: Workspace, base: str) -> str:
    """A relative folder in the configuration is relative to the workspace."""
    inside = ws.root / base
    return str(inside) if base != "builtin" and inside.is_dir() else base


def _base_record(ws: Workspace, base_dir: Path, name: str) -> Record:
    """The record of the base model; made once for each content. The files stay where they are: their digests are kept."""
    from tunewright.engines.language.model_folder import base_digest, folder_files

    whole = base_digest(base_dir)
    label = "builtin" if name == "tunewright/builtin" else name.rpartition("/")[2].partition("@")[0]
    records = ws.project.records
    known = [record for record in records.find("base", label) if record.recipe.get("digest") == whole]
    licence = base_licence(base_dir)
    if known:
        return known[-1]
    return records.commit(
        kind="base",
        name=label,
        version=whole[:12],
        inputs=(),
        recipe={"name": name, "digest": whole, **({"licence": licence} if licence else {})},
        files_dir=None,
        external_files=folder_files(base_dir),
        action="base.record",
        body={"digest": whole},
    )


def _recorded(ws: Workspace, job: _Job) -> Record | None:
    """The run made from the same inputs by the same recipe with the same library versions; one with a model first."""
    from tunewright.engines.train.precision import library_versions

    records = ws.project.records
    inputs, found = {job.snapshot.ref.digest, job.base.ref.digest}, []
    for run in records.find("run", "train"):
        environment = run.recipe.get("environment", {})
        if (
            {ref.digest for ref in run.inputs} == inputs
            and run.recipe.get("train") == job.recipe["train"]
            and run.recipe.get("threads") == job.recipe["threads"]
            and all(environment.get(name) == known for name, known in library_versions().items())
        ):
            found.append(run)
    return max(found, key=lambda run: _model_of(ws, run) is not None, default=None)


def _model_of(ws: Workspace, run: Record) -> Ref | None:
    return next((ref for ref in ws.project.records.downstream(run.ref, 1) if ref.kind == "model"), None)


def _refuse_unfinished(job: _Job) -> None:
    if any(job.work_dir.glob("checkpoint-*")):
        raise ConflictError(
            "a training of this very recipe was stopped before its end",
            hint="continue it with `tunewright train --resume`, or start over with `tunewright train --restart`",
            work_dir=str(job.work_dir),
        )


def _run_engine(
    job: _Job, ws: Workspace, work_dir: Path, *, resume: bool, progress: Progress, threads: int | None = None
) -> TrainOutput:
    from tunewright import engines

    options = job.plan.options
    trainer = engines.load(
        "train",
        "sft",
        schedule=functools.partial(
            cosine_share, warmup_steps=job.plan.warmup_steps, total_steps=job.plan.max_steps
        ),
        stopping=functools.partial(judge_stop, patience=options.early_stopping_patience),
    )
    output: TrainOutput = trainer.train(
        base_dir=job.base_dir,
        train=job.train,
        validation=job.validation,
        recipe=job.plan.recipe,
        work_dir=work_dir,
        seed=options.seed,
        threads=threads or ws.configuration.runtime.threads,
        resume=resume,
        progress=progress,
    )
    return output


def _commit(ws: Workspace, job: _Job, output: TrainOutput) -> Record:
    """Record the finished run. The work folder stays until the model version is registered."""
    records = ws.project.records
    recipe = {**job.recipe, "environment": dict(output.environment)}
    with ws.project.staging() as folder:
        shutil.copytree(output.weights_dir, folder / "weights")
        write_history(output.history, folder / "history.json")
        draw(
            output.history,
            folder / "loss.png",
            best_step=output.best_step,
            title=f"{ws.configuration.model.name}: train",
        )
        facts = {"best_step": output.best_step, "steps": output.steps, "tokens": output.tokens}
        facts |= {"stopped_early": output.stopped_early, "left_out": output.left_out}
        (folder / "recipe.json").write_text(
            json.dumps({"recipe": recipe, "facts": facts}, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        return records.commit(
            kind="run",
            name="train",
            version=records.next_version("run", "train"),
            inputs=(job.snapshot.ref, job.base.ref),
            recipe=recipe,
            files_dir=folder,
            seed=job.plan.options.seed,
            action="run.train",
            body={**facts, "validation_loss": _validation_loss(output.history, output.best_step)},
        )


def _register(ws: Workspace, job: _Job, run: Record, output: TrainOutput, progress: Progress) -> TrainReport:
    """Register the model version and mirror both to the tracker."""
    from tunewright.engines.language.model_folder import served_digests

    folder = ws.project.records.folder(run)
    served = served_digests(job.base_dir, folder / "weights")
    model = register(
        ws.project,
        name=ws.configuration.model.name,
        snapshot=job.snapshot,
        base=job.base,
        run=run,
        served=served,
    )
    tracker_run, problem = _track(ws, job, run, model, output, served)
    if problem:
        progress.note(f"the run is recorded, but tracking it failed: {problem}")
    return _report(ws, job, run, model, output, tracker=(tracker_run, problem), reused=False)


def _track(
    ws: Workspace, job: _Job, run: Record, model: Record, output: TrainOutput, served: Mapping[str, str]
) -> tuple[str, str]:
    """Mirror to MLflow; answers its run id and, when that failed, why. A tracker's failure never costs the result."""
    from tunewright import engines

    folder = ws.project.records.folder(run)
    tags = {
        "run": str(run.ref),
        "run_digest": run.ref.digest,
        "snapshot": str(job.snapshot.ref),
        "snapshot_digest": job.snapshot.ref.digest,
        "base": str(job.base.ref),
        "base_digest": job.base.ref.digest,
        "subject_digest": digest(dict(served)),
        "model": str(model.ref),
    }
    loss = _validation_loss(output.history, output.best_step)
    finals = {"best_step": float(output.best_step), "tokens": float(output.tokens), "wall_s": output.wall_s}
    try:
        tracker = engines.load(
            "track", "mlflow", state_dir=ws.project.state, experiment=ws.configuration.model.name
        )
        run_id: str = tracker.log_run(
            name=str(run.ref),
            params=_flat({**job.plan.recipe, **output.environment}),
            history=output.history,
            metrics={**finals, **({} if loss is None else {"best_validation_loss": loss})},
            artifacts=[
                folder / "loss.png",
                folder / "history.json",
                folder / "recipe.json",
                folder / "weights",
            ],
            tags=tags,
        )
        tracker.register_version(
            model=model.ref.name,
            version=model.ref.version,
            run_id=run_id,
            source=folder / "weights",
            tags=tags,
        )
    except (EngineError, EngineMissingError) as error:
        return "", str(error)
    return run_id, ""


def _take_up(ws: Workspace, job: _Job, run: Record, progress: Progress) -> TrainReport:
    """The training was recorded before: register its model version if that is what is missing, and report."""
    records = ws.project.records
    records.verify(run)
    folder = records.folder(run)
    facts = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))["facts"]
    history = tuple(json.loads((folder / "history.json").read_text(encoding="utf-8")))
    output = TrainOutput(
        weights_dir=folder / "weights",
        history=history,
        wall_s=0.0,
        environment=dict(run.recipe["environment"]),
        **facts,
    )
    known = _model_of(ws, run)
    if known is not None:
        progress.note(
            f"nothing changed: {run.ref} is this training, {known} its model (--restart trains again)"
        )
        shutil.rmtree(job.work_dir, ignore_errors=True)
        return _report(ws, job, run, records.get(known), output, tracker=("", ""), reused=True)
    report = _register(ws, job, run, output, progress)
    shutil.rmtree(job.work_dir, ignore_errors=True)
    return report


def _report(
    ws: Workspace,
    job: _Job,
    run: Record,
    model: Record,
    output: TrainOutput,
    *,
    tracker: tuple[str, str],
    reused: bool,
) -> TrainReport:
    from tunewright.engines.language.model_folder import weights_digest

    folder = ws.project.records.folder(run)
    return TrainReport(
        run=run.ref,
        model=model.ref,
        weights_digest=weights_digest(folder / "weights"),
        subject_digest=str(model.recipe["subject_digest"]),
        reused=reused,
        plan=tuple(job.plan.lines()),
        history=tuple(output.history),
        best_step=output.best_step,
        steps=output.steps,
        tokens=output.tokens,
        wall_s=output.wall_s,
        stopped_early=output.stopped_early,
        left_out=output.left_out,
        validation_loss=_validation_loss(output.history, output.best_step),
        folder=folder,
        loss_plot=folder / "loss.png",
        tracker_run=tracker[0],
        tracker_problem=tracker[1],
    )


def _validation_loss(history: Sequence[Mapping[str, float]], step: int) -> float | None:
    return next(
        (float(row["eval_loss"]) for row in history if row["step"] == step and "eval_loss" in row), None
    )


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested options as ``lora.r`` -> ``"32"``."""
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value if isinstance(value, str) else json.dumps(value)
    return flat


def _input(ws: Workspace, run: Record, kind: str) -> Record:
    ref = next(ref for ref in run.inputs if ref.kind == kind)
    return ws.project.records.get(ref)
