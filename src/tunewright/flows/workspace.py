"""A workspace: a folder with ``tunewright.yaml``, its recorded state, and one method for every verb."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import NotFoundError
from tunewright.flows.config import CONFIG_NAME, Configuration, load_configuration

if TYPE_CHECKING:
    from tunewright.core.policy import Environment
    from tunewright.core.ports import Progress
    from tunewright.data.diff import SnapshotDiff
    from tunewright.flows.approve import ApproveReport
    from tunewright.flows.audit import VerifyReport
    from tunewright.flows.coverage import CoverageReport
    from tunewright.flows.evaluate import EvaluateReport
    from tunewright.flows.impact import ImpactReport
    from tunewright.flows.keys import NewKey
    from tunewright.flows.models import ModelRow
    from tunewright.flows.prepare import SnapshotSummary
    from tunewright.flows.promote import PromoteReport
    from tunewright.flows.redteam import RedteamReport
    from tunewright.flows.review import Decided, ReviewList
    from tunewright.flows.rollback import RollbackReport
    from tunewright.flows.run import RunReport
    from tunewright.flows.serve import RunningGateway
    from tunewright.flows.snapshots import Written
    from tunewright.flows.status import Status
    from tunewright.flows.trace import TraceReport
    from tunewright.flows.train import TrainReport, Unfinished
    from tunewright.flows.watch import MonitorReport
    from tunewright.store.project import Project


class Workspace:
    """An opened workspace. Close it, or use it as a context manager."""

    def __init__(self, root: Path, configuration: Configuration, project: Project) -> None:
        self.root = root
        self.configuration = configuration
        self.project = project

    @classmethod
    def open(
        cls, path: str | Path = ".", *, overrides: tuple[str, ...] = (), actor: str | None = None
    ) -> Workspace:
        """Open the workspace in ``path``. Raises NotFoundError without ``tunewright.yaml``, ConfigError when it is wrong."""
        from tunewright.store.project import Project

        root = Path(path).resolve()
        if not (root / CONFIG_NAME).is_file():
            raise NotFoundError(
                f"{root} is not a workspace: it has no {CONFIG_NAME}",
                hint="run `tunewright init DIR --from FILE...`, or `cd` into a workspace",
                path=str(root),
            )
        configuration = load_configuration(root / CONFIG_NAME, overrides)
        return cls(root, configuration, Project.open(root, actor=actor))

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the database."""
        self.project.close()

    # Data

    def build(self, *, fresh: bool = False, progress: Progress | None = None) -> SnapshotSummary:
        """Run the pipeline; an unchanged workspace answers with the snapshot it has. ``fresh`` measures everything again.

        Errors: ``flows.prepare``."""
        from tunewright.flows.prepare import prepare

        return prepare(self, progress, fresh=fresh)

    def outcomes(self, snapshot: str = "") -> Iterator[dict[str, Any]]:
        """One mapping for every source row: source, record, outcome, reasons, findings, example, of."""
        from tunewright.flows.snapshots import outcomes

        return outcomes(self, snapshot)

    def diff(self, before: str, after: str) -> SnapshotDiff:
        """What differs between two snapshot versions."""
        from tunewright.flows.snapshots import diff

        return diff(self, before, after)

    def export(self, path: Path, *, split: str = "", snapshot: str = "") -> Written:
        """Write a snapshot's examples as chat JSONL."""
        from tunewright.flows.snapshots import export

        return export(self, path, split=split, version=snapshot)

    def coverage(self, *, embedder: str = "", progress: Progress | None = None) -> CoverageReport:
        """What the latest snapshot covers of the golden sets and of production."""
        from tunewright.flows.coverage import coverage

        return coverage(self, embedder=embedder, progress=progress)

    def review_list(self, *, kind: str = "", all_findings: bool = False) -> ReviewList:
        """Findings that wait for a person."""
        from tunewright.flows.review import review_list

        return review_list(self, kind=kind, all_findings=all_findings)

    def review_decide(self, finding: str, decision: str, *, note: str = "") -> Decided:
        """Decide a finding (``confirmed`` or ``dismissed``); the next build applies it."""
        from tunewright.flows.review import review_decide

        return review_decide(self, finding, decision, note=note)

    # Train, evaluate, attack

    def train(self, *, unfinished: Unfinished = "resume", progress: Progress | None = None) -> TrainReport:
        """Fine-tune on the latest snapshot and register the model version; a stopped training continues."""
        from tunewright.flows.train import train

        return train(self, unfinished=unfinished, progress=progress)

    def evaluate(self, model: str = "", *, progress: Progress | None = None) -> EvaluateReport:
        """Score a version (the newest by default) against its base on the golden sets."""
        from tunewright.flows.evaluate import evaluate

        return evaluate(self, model, progress=progress)

    def redteam(self, model: str = "", *, progress: Progress | None = None) -> RedteamReport:
        """Attack a version (the newest by default)."""
        from tunewright.flows.redteam import redteam

        return redteam(self, model, progress=progress)

    # Registry

    def models(self) -> tuple[ModelRow, ...]:
        """Every version, lowest first, with where it stands."""
        from tunewright.flows.models import models

        return models(self)

    def approve(
        self, model: str = "", *, environment: Environment = "production", note: str = ""
    ) -> ApproveReport:
        """Record the acting person's approval."""
        from tunewright.flows.approve import approve

        return approve(self, model, environment=environment, note=note)

    def promote(
        self, model: str = "", environment: Environment = "staging", *, dry_run: bool = False
    ) -> PromoteReport:
        """Judge the gate and move the environment. Raises GateRefusedError with the whole verdict."""
        from tunewright.flows.promote import promote

        return promote(self, model, environment=environment, dry_run=dry_run)

    def rollback(self, environment: Environment = "production") -> RollbackReport:
        """Point the environment back to its last good version."""
        from tunewright.flows.rollback import rollback

        return rollback(self, environment)

    def verify(self) -> VerifyReport:
        """Verify the audit log and every record's bytes. Raises IntegrityError at the first thing that does not hold."""
        from tunewright.flows.audit import verify

        return verify(self)

    def trace(self, subject: str) -> TraceReport:
        """From an exchange, a model version or an example back to the source rows."""
        from tunewright.flows.trace import trace

        return trace(self, subject)

    def impact(self, subject: str) -> ImpactReport:
        """From an example, a source row (``tickets.csv#T1``) or a person to every snapshot, model and answer."""
        from tunewright.flows.impact import impact

        return impact(self, subject)

    # Serve and watch

    def gateway(
        self, *, host: str | None = None, port: int | None = 0
    ) -> AbstractContextManager[RunningGateway]:
        """A gateway in a thread of this process, as a context manager; a free port unless set."""
        from tunewright.flows.serve import running_gateway

        return running_gateway(self, host=host, port=port)

    def create_key(self, name: str) -> NewKey:
        """Make a gateway key; it is shown once."""
        from tunewright.flows.keys import create_key

        return create_key(self, name)

    def monitor(self) -> MonitorReport:
        """Usage, feedback and drift of what is served."""
        from tunewright.flows.watch import watch

        return watch(self)

    # The whole job

    def status(self) -> Status:
        """Where the workspace stands and what to do next."""
        from tunewright.flows.status import status

        return status(self)

    def run(self, *, approver: str = "", progress: Progress | None = None) -> RunReport:
        """Data to served model; stops before production unless an approver is named."""
        from tunewright.flows.run import run

        return run(self, approver=approver, progress=progress)
