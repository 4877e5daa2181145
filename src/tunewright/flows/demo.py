"""``tunewright demo``: a generated company's raw export through the whole job, then what a bad day needs.

After the first version is in production: a person decides what the pipeline held, the data changes, a second version is made
and promoted; a third, worse one is refused by the gate; production is rolled back while a gateway serves it.
The persons are fictional and named so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.builtin.example import write_example
from tunewright.core.errors import ConflictError
from tunewright.core.ports import Progress, SilentProgress
from tunewright.data.diff import SnapshotDiff
from tunewright.flows.evaluate import EvaluateReport, evaluate
from tunewright.flows.init import init
from tunewright.flows.prepare import prepare
from tunewright.flows.redteam import RedteamReport, redteam
from tunewright.flows.review import review_decide, review_list
from tunewright.flows.rollback import rollback
from tunewright.flows.run import (
    Answer,
    Phase,
    Release,
    RunReport,
    Stopwatch,
    as_person,
    ask,
    first_question,
    release_version,
    run,
    temporary_key,
    version_of,
    wait_for_version,
)
from tunewright.flows.serve import running_gateway
from tunewright.flows.snapshots import diff
from tunewright.flows.train import train

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

TRAINER, REVIEWER, APPROVER = "demo-trainer", "demo-reviewer", "demo-approver"
# The first version is trained briefly, so that the second one, on better data, has something to improve.
BRIEF = ("train.num_train_epochs=1.5",)
WORSE = ("train.num_train_epochs=0.05", "train.learning_rate=0.00001")


@dataclass(frozen=True, slots=True)
class SecondVersion:
    """What changed after a person's review, and what came of it."""

    decided: int
    """findings a person decided"""
    changes: SnapshotDiff
    model: str
    evaluation: EvaluateReport
    attacks: RedteamReport
    release: Release


@dataclass(frozen=True, slots=True)
class Refusal:
    """A worse version, and the gate's no."""

    model: str
    evaluation: EvaluateReport
    verdict: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TimedRollback:
    """Production, pointed back while a gateway serves it."""

    before: Answer
    after: Answer
    moved_ms: float
    """until the environment pointed at the old version"""
    answered_s: float
    """from before the command until the gateway answered with the old version; the tracker's mirror is inside it"""


@dataclass(frozen=True, slots=True)
class DemoReport:
    """The whole demo."""

    root: Path
    first: RunReport
    second: SecondVersion
    worse: Refusal
    rollback: TimedRollback | None
    """None when fewer than two versions came to production: nothing to go back to"""
    phases: tuple[Phase, ...]
    wall_s: float


def demo(root: Path, *, rows: int = 2000, progress: Progress | None = None) -> DemoReport:
    """Make ``root`` and do the whole job in it.

    Raises ConflictError when ``root`` holds something already; every flow's own errors.
    """
    from tunewright.flows.workspace import Workspace

    progress = progress or SilentProgress()
    started = time.perf_counter()
    if root.exists() and any(root.iterdir()):
        raise ConflictError(
            f"{root} is not empty", hint="name another folder, or remove this one", path=str(root)
        )
    make_workspace(root, rows)
    watch = Stopwatch(progress)
    with Workspace.open(root, overrides=BRIEF, actor=TRAINER) as ws:
        first = run(ws, approver=APPROVER, progress=progress)
    with Workspace.open(root, actor=TRAINER) as ws:
        second = second_version(ws, watch, progress)
    with Workspace.open(root, overrides=WORSE, actor=TRAINER) as ws, watch.phase("a worse version"):
        worse = refused_version(ws, progress)
    rolled_back = None
    if first.release.environment == second.release.environment == "production":
        with Workspace.open(root, actor=TRAINER) as ws, watch.phase("rollback"):
            rolled_back = timed_rollback(ws, first.release.model, progress)
    return DemoReport(
        root=root,
        first=first,
        second=second,
        worse=worse,
        rollback=rolled_back,
        phases=(*first.phases, *watch.phases),
        wall_s=round(time.perf_counter() - started, 1),
    )


def make_workspace(root: Path, rows: int) -> None:
    """Write the example company's export into ``root/raw`` and initialise ``root`` over it."""
    files = write_example(root / "raw", rows=rows)
    init(root, sources=files.sources, golden=[files.golden], name="triage", approver=APPROVER)


def second_version(ws: Workspace, watch: Stopwatch, progress: Progress) -> SecondVersion:
    """Decide what was held, build again, and bring the better version to production."""
    before = ws.project.records.latest("snapshot", ws.configuration.model.name)
    with watch.phase("review and rebuild"):
        decided = confirm_all(ws)
        snapshot = prepare(ws, progress)
        changes = diff(ws, before.ref.version if before else "1", snapshot.ref.version)
    with watch.phase("second version"):
        training = train(ws, unfinished="resume", progress=progress)
        model = version_of(training)
        evaluation = evaluate(ws, model, progress=progress)
        attacks = redteam(ws, model, progress=progress)
        release = release_version(ws, model, approver=APPROVER)
    return SecondVersion(decided, changes, model, evaluation, attacks, release)


def confirm_all(ws: Workspace) -> int:
    """A fictional reviewer confirms every open finding; answers how many."""
    with as_person(ws, REVIEWER) as reviewer:
        waiting = review_list(reviewer).findings
        for finding in waiting:
            review_decide(reviewer, finding.key, "confirmed", note="decided by the demo")
    return len(waiting)


def refused_version(ws: Workspace, progress: Progress) -> Refusal:
    """Train a version that learned nothing, measure it, and let the gate answer. Raises RuntimeError if it passes."""
    model = version_of(train(ws, unfinished="resume", progress=progress))
    evaluation = evaluate(ws, model, progress=progress)
    redteam(ws, model, progress=progress)
    release = release_version(ws, model, approver=APPROVER)
    if release.verdict is None:
        raise RuntimeError(f"the gate let {model} through, which was trained to be refused")
    return Refusal(model, evaluation, release.verdict)


def timed_rollback(ws: Workspace, expected: str, progress: Progress) -> TimedRollback:
    """Roll production back under a running gateway and time it until the old version answers."""
    name, question = ws.configuration.model.name, first_question(ws)
    with running_gateway(ws) as gateway, temporary_key(ws) as key:
        before = ask(gateway, key, name, question)
        started = time.perf_counter()
        done = rollback(ws, "production", progress=progress)
        after = wait_for_version(lambda: ask(gateway, key, name, question), expected)
        answered_s = time.perf_counter() - started
    return TimedRollback(before, after, done.moved_ms, round(answered_s, 3))
