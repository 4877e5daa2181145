"""``tunewright run``: the whole job, from raw sources to an answer that can be traced back to them.

Stops before production unless an approver is named (docs/adr/0004). Every part is done by its own flow, so a run that was
stopped continues: finished parts are recorded and found again.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tunewright.core.errors import ConfigError, EngineError, GateRefusedError
from tunewright.core.policy import Environment
from tunewright.core.ports import Progress, SilentProgress
from tunewright.flows.approve import approve
from tunewright.flows.evaluate import EvaluateReport, evaluate
from tunewright.flows.keys import create_key, revoke_key
from tunewright.flows.prepare import SnapshotSummary, prepare
from tunewright.flows.promote import PromoteReport, promote
from tunewright.flows.redteam import RedteamReport, redteam
from tunewright.flows.serve import RunningGateway, running_gateway
from tunewright.flows.trace import TraceReport, trace
from tunewright.flows.train import TrainReport, train

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of the job and how long it took."""

    name: str
    wall_s: float


@dataclass(frozen=True, slots=True)
class Release:
    """How far a version came."""

    model: str
    promotions: tuple[PromoteReport, ...]
    """one an environment it reached, in order"""
    refused_by: str
    """the environment whose gate said no, empty when none did"""
    verdict: dict[str, Any] | None
    """of the refusal"""

    @property
    def environment(self) -> str:
        """The highest environment it reached, empty when none."""
        return self.promotions[-1].environment if self.promotions else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the gateway."""

    question: str
    text: str
    model: str
    """the version that answered"""
    subject_digest: str
    exchange: str
    latency_ms: float


@dataclass(frozen=True, slots=True)
class RunReport:
    """The whole job."""

    snapshot: SnapshotSummary
    training: TrainReport
    evaluation: EvaluateReport
    attacks: RedteamReport
    release: Release
    answer: Answer | None
    """None when the gate refused staging: nothing is served then"""
    trace: TraceReport | None
    phases: tuple[Phase, ...]


class Stopwatch:
    """Names parts of a job and remembers how long each took."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.phases: list[Phase] = []

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Say the part's name, then time the block."""
        self._progress.note(f"── {name}")
        started = time.perf_counter()
        yield
        self.phases.append(Phase(name, round(time.perf_counter() - started, 2)))


def run(ws: Workspace, *, approver: str = "", progress: Progress | None = None) -> RunReport:
    """Build, train, evaluate, attack, promote, serve one question, trace its answer.

    ``approver``: a person present who approves for production; without one the version stops in staging.
    A gate's refusal is part of the report, not an error; every other failure raises the flow's own error.
    """
    progress = progress or SilentProgress()
    watch = Stopwatch(progress)
    check_approver(ws, approver)
    with watch.phase("data"):
        snapshot = prepare(ws, progress)
    with watch.phase("train"):
        training = train(ws, unfinished="resume", progress=progress)
    version = version_of(training)
    with watch.phase("evaluate"):
        evaluation = evaluate(ws, version, progress=progress)
    with watch.phase("red team"):
        attacks = redteam(ws, version, progress=progress)
    with watch.phase("gates"):
        release = release_version(ws, version, approver=approver)
    answer, traced = None, None
    if release.environment:
        with watch.phase("serve and trace"), running_gateway(ws) as gateway, temporary_key(ws) as key:
            answer = ask(gateway, key, served_name(ws, release), first_question(ws))
            traced = trace(ws, answer.exchange)
    return RunReport(snapshot, training, evaluation, attacks, release, answer, traced, tuple(watch.phases))


def version_of(training: TrainReport) -> str:
    """``name@version`` of what was trained."""
    return f"{training.model.name}@{training.model.version}"


def check_approver(ws: Workspace, approver: str) -> None:
    """Refuse an approver whose yes will not count, before hours are spent. Raises ConfigError."""
    if not approver:
        return
    if approver not in {name for names in ws.configuration.gates.roles.values() for name in names}:
        raise ConfigError(
            f"{approver} has no role in gates.roles",
            hint=f"write `roles: {{approver: [{approver}]}}` under `gates` in tunewright.yaml",
            actor=approver,
        )
    if approver == ws.project.actor:
        raise ConfigError(
            f"{approver} starts this run and cannot be its second pair of eyes",
            hint="name another person, or run as somebody else with `--as NAME`",
            actor=approver,
        )


def release_version(ws: Workspace, model: str, *, approver: str = "") -> Release:
    """Promote to staging and, with an approver, to production; a refusal ends it."""
    done: list[PromoteReport] = []
    environments: tuple[Environment, ...] = ("staging", "production") if approver else ("staging",)
    for environment in environments:
        try:
            if environment == "production":
                with as_person(ws, approver) as other:
                    approve(other, model, environment="production", note="named with --approver")
            done.append(promote(ws, model, environment=environment))
        except GateRefusedError as refusal:
            return Release(model, tuple(done), environment, refusal.verdict)
    return Release(model, tuple(done), "", None)


@contextmanager
def as_person(ws: Workspace, actor: str) -> Iterator[Workspace]:
    """The same workspace, opened by another person."""
    other = type(ws).open(ws.root, actor=actor)
    try:
        yield other
    finally:
        other.close()


@contextmanager
def temporary_key(ws: Workspace) -> Iterator[str]:
    """A gateway key that is revoked when the block ends."""
    stamp = ws.project.now().strftime("%Y%m%dT%H%M%S%f")
    made = create_key(ws, f"run-{stamp}")
    try:
        yield made.key
    finally:
        revoke_key(ws, made.info.id)


def served_name(ws: Workspace, release: Release) -> str:
    """The name a client asks the gateway for."""
    name = ws.configuration.model.name
    return name if release.environment == "production" else f"{name}:{release.environment}"


def first_question(ws: Workspace) -> str:
    """The first golden item's question: real, and never trained on."""
    from tunewright.flows.sources import golden_examples, record_goldens

    items = golden_examples(ws.project, record_goldens(ws))
    return items[0].messages[-1].content


def ask(gateway: RunningGateway, key: str, model: str, question: str) -> Answer:
    """One chat completion over HTTP, as any client asks it. Raises EngineError when the gateway refuses."""
    place = urlsplit(gateway.url)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=60)
    body = {"model": model, "messages": [{"role": "user", "content": question}], "max_tokens": 64}
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    started = time.perf_counter()
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body).encode(), headers)
        response = connection.getresponse()
        payload = json.loads(response.read())
    finally:
        connection.close()
    latency_ms = (time.perf_counter() - started) * 1000
    if response.status != 200:
        raise EngineError(
            f"the gateway answered {response.status}: {payload.get('error', {}).get('message', '')}",
            hint="`tunewright serve` and GET /ready say what is served and why not",
            status=response.status,
        )
    return Answer(
        question=question,
        text=payload["choices"][0]["message"]["content"],
        model=payload["model"],
        subject_digest=response.headers["x-tunewright-adapter"],
        exchange=response.headers["x-tunewright-exchange"],
        latency_ms=round(latency_ms, 1),
    )


def wait_for_version(question: Callable[[], Answer], version: str, *, timeout_s: float = 30.0) -> Answer:
    """Ask until ``version`` answers. Raises EngineError after the timeout."""
    started = time.perf_counter()
    while True:
        answer = question()
        if answer.model == version:
            return answer
        waited = time.perf_counter() - started
        if waited > timeout_s:
            raise EngineError(
                f"the gateway still answers with {answer.model}, not {version}, after {waited:.0f} s",
                hint="GET /ready says which version it serves and why",
            )
        time.sleep(0.01)
