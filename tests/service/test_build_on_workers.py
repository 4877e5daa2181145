"""The same build in this process, in worker processes and on Ray: one digest, whatever happens to the workers."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from tunewright.builtin.example import write_example
from tunewright.core.errors import ConflictError, EngineError, IntegrityError, NotFoundError
from tunewright.core.ports import Executor
from tunewright.data import near_spread
from tunewright.data.execution import StepWork, work_of
from tunewright.data.steps import entry
from tunewright.engines.executor.local import LocalExecutor
from tunewright.engines.executor.ray import RayExecutor
from tunewright.flows import executors, prepare
from tunewright.flows.init import init
from tunewright.flows.prepare import SnapshotSummary
from tunewright.flows.snapshots import outcomes
from tunewright.flows.step_needs import StepNeeds
from tunewright.flows.step_worker import WorkerSteps, settings_of, step_function
from tunewright.flows.workspace import Workspace

LOCAL = ("runtime.workers=2",)
RAY = ("runtime.executor=ray", "runtime.workers=2", "runtime.ray.object_store_mb=100")
ray = pytest.mark.service


@pytest.fixture(autouse=True)
def _needs_ray(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("service"):
        pytest.importorskip("ray", reason="needs ray: pip install 'tunewright[ray]'")


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with pseudonyms, so that workers need its key."""
    root = tmp_path_factory.mktemp("work") / "kestrel"
    files = write_example(root / "export", seed=7, rows=400)
    init(root, sources=[files.golden.parent], golden=[files.golden])
    path = root / "tunewright.yaml"
    told = yaml.safe_load(path.read_text())
    step = next(step for step in told["data"]["steps"] if step["use"] == "pii")
    step["options"] = {**step.get("options", {}), "redaction": "pseudonym"}
    path.write_text(yaml.safe_dump(told))
    with Workspace.open(root) as ws:
        ws.project.secret_key("pseudonyms")
    return root


@pytest.fixture
def copy(unbuilt: Path, tmp_path: Path) -> Callable[..., AbstractContextManager[Workspace]]:
    """The same workspace once more, opened with overrides."""
    count = 0

    @contextlib.contextmanager
    def make(*overrides: str) -> Iterator[Workspace]:
        nonlocal count
        count += 1
        root = tmp_path / f"copy{count}" / "kestrel"
        shutil.copytree(unbuilt, root)
        with Workspace.open(root, overrides=overrides) as ws:
            yield ws

    return make


@pytest.fixture(scope="module")
def expected(
    unbuilt: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SnapshotSummary, list[dict[str, Any]]]:
    """The build in one process."""
    root = tmp_path_factory.mktemp("expected") / "kestrel"
    shutil.copytree(unbuilt, root)
    with Workspace.open(root) as ws:
        return prepare.prepare(ws), list(outcomes(ws))


class Moment:
    """A Progress that does something once: when the first part of a step is done."""

    def __init__(self, step: str, act: Callable[[], None]) -> None:
        self._step, self._act = step, act
        self.done = False

    @contextlib.contextmanager
    def task(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        def advance(count: int) -> None:
            if name == self._step and count and not self.done:
                self.done = True
                self._act()

        yield advance

    def note(self, text: str) -> None:
        return None


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[Executor]:
    """The executors that builds used; parts are small, so that there is a middle."""
    found: list[Executor] = []
    plain = executors.executor_of

    @contextlib.contextmanager
    def watched(runtime: Any) -> Iterator[Executor | None]:
        with plain(runtime) as executor:
            if executor is not None:
                found.append(executor)
            yield executor

    monkeypatch.setattr(executors, "executor_of", watched)
    monkeypatch.setattr(executors, "BATCH", 16)
    monkeypatch.setattr(near_spread, "GROUP_TEXTS", 150)
    monkeypatch.setattr(near_spread, "_REPLICAS", 1)
    return found


def workers_of(executor: Executor) -> list[int]:
    """Processes in the middle of some work."""
    if isinstance(executor, LocalExecutor):
        return executor.processes
    assert isinstance(executor, RayExecutor)
    family = psutil.Process(executor.driver).children(recursive=True)
    named = [(child.pid, " ".join(child.cmdline())) for child in family]
    return [pid for pid, name in named if name.startswith("ray::do")]


@pytest.mark.parametrize("overrides", [LOCAL, pytest.param(RAY, marks=ray)])
def test_a_killed_worker_changes_nothing(overrides: tuple[str, ...], copy, used, expected) -> None:
    killed: list[int] = []

    def kill() -> None:
        until = time.monotonic() + 20
        while not killed and time.monotonic() < until:
            for pid in workers_of(used[0])[:1]:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    moment = Moment("toxicity", kill)
    with copy(*overrides) as ws:
        summary = prepare.prepare(ws, moment)
        assert (moment.done, len(killed), len(used)) == (True, 1, 1)
        told, rows = expected
        assert (summary.ref, summary.merkle_root) == (told.ref, told.merkle_root)
        assert list(outcomes(ws)) == rows
        assert any("pii:email" in row["reasons"] for row in rows)
        # Where it was built is no part of the recipe.
        with Workspace.open(ws.root) as again:
            assert not prepare.prepare(again).created


@ray
def test_a_driver_that_is_gone_leaves_nothing_half_done(copy, used, expected) -> None:
    moment = Moment("toxicity", lambda: os.kill(used[0].driver, signal.SIGKILL))
    with copy(*RAY) as ws:
        with pytest.raises(EngineError, match="Ray cluster went away") as caught:
            prepare.prepare(ws, moment)
        assert caught.value.retryable
        assert ws.project.records.find("snapshot") == []
        assert not list((ws.project.state / "staging").glob("*"))
        with Workspace.open(ws.root) as again:
            assert prepare.prepare(again).ref == expected[0].ref


@pytest.mark.parametrize("overrides", [LOCAL, pytest.param(RAY, marks=ray)])
def test_stopping_ends_the_workers(overrides: tuple[str, ...], copy, used, expected) -> None:
    family: list[psutil.Process] = []

    def stop() -> None:
        family.extend(psutil.Process().children(recursive=True))
        os.kill(os.getpid(), signal.SIGINT)

    with copy(*overrides) as ws:
        with pytest.raises(KeyboardInterrupt):
            prepare.prepare(ws, Moment("pii", stop))
        mine = [process for process in family if process.pid not in before_pids()]
        _, left = psutil.wait_procs(mine, timeout=10)
        assert family
        assert not [process for process in left if "tunewright" in " ".join(process.cmdline())]
        assert ws.project.records.find("snapshot") == []
        with Workspace.open(ws.root) as again:
            assert prepare.prepare(again).ref == expected[0].ref


def before_pids() -> set[int]:
    """Processes of other fixtures, such as a database server."""
    return {child.pid for child in psutil.Process().children() if "postgres" in child.name()}


def test_one_worker_of_this_machine_is_this_process(copy, used) -> None:
    with copy() as ws:
        prepare.prepare(ws)
    assert used == []


def test_an_unknown_executor_is_refused(copy) -> None:
    with copy("runtime.executor=spark") as ws, pytest.raises(NotFoundError, match="known: local, ray"):
        prepare.prepare(ws)


# What a worker refuses


@pytest.fixture
def needs(copy) -> Iterator[tuple[StepNeeds, StepWork]]:
    with copy() as ws:
        made = StepNeeds(ws, {"golden": (), "decisions": {}})
        line = entry("pii")
        options = line.options_class.model_validate({"redaction": "pseudonym"})
        yield made, work_of(line, options, "outcomes")


def told(needs: StepNeeds, work: StepWork) -> dict[str, Any]:
    import json

    return json.loads(settings_of(work, needs))[0]


def function(settings: dict[str, Any]) -> Callable[[bytes], bytes]:
    import json

    return step_function(json.dumps([settings]).encode())


def test_workers_with_another_version_of_anything_refuse(needs) -> None:
    settings = told(*needs)
    assert function(settings)
    with pytest.raises(ConflictError, match=r"a worker has tunewright .* this build has 0000"):
        function({**settings, "code": "0" * 64})
    with pytest.raises(ConflictError, match="a worker has detector patterns@"):
        function({**settings, "versions": {**settings["versions"], "detector": "patterns@999"}})
    with pytest.raises(EngineError, match="this worker knows `pii` in version"):
        function({**settings, "work": {**settings["work"], "version": 999}})


def test_a_key_never_travels_and_must_be_readable_where_it_is_used(needs, tmp_path: Path) -> None:
    settings = told(*needs)
    key = (Path(settings["names"]["root"]) / ".tunewright" / "keys" / "pseudonyms.key").read_text().strip()
    assert key not in repr(settings)
    assert bytes.fromhex(key).hex() == key
    assert settings["versions"]["pseudonyms"].startswith("hmac@1:")
    elsewhere = {**settings, "names": {**settings["names"], "root": str(tmp_path / "elsewhere")}}
    with pytest.raises(IntegrityError, match="cannot be read here"):
        function(elsewhere)
    # Another workspace's key is another version.
    other = tmp_path / "other" / ".tunewright" / "keys"
    other.mkdir(parents=True)
    (other / "pseudonyms.key").write_text("00" * 32)
    with pytest.raises(ConflictError, match="a worker has pseudonyms hmac@1"):
        function({**settings, "names": {**settings["names"], "root": str(tmp_path / "other")}})


def test_a_worker_that_refuses_ends_the_build(copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunewright.flows.step_worker.package_digest", lambda: "0" * 64)
    with copy(*LOCAL) as ws, pytest.raises(ConflictError, match="same version of tunewright"):
        prepare.prepare(ws)


def test_answers_are_those_of_this_process(needs, copy) -> None:
    from tests.fixtures.examples import example
    from tunewright.data.execution import LocalExecutor as Here

    made, work = needs
    texts = ["mail ada@example.org", "card 4111 1111 1111 1111", "\ud83d half", "plain", "é\u0000 \u2028"]
    batch = [example("x", "y", record=str(at)) for at in range(len(texts))]
    import dataclasses

    from tunewright.core.types import Message

    batch = [
        dataclasses.replace(one, messages=(Message("user", text), Message("assistant", "ok")))
        for one, text in zip(batch, texts, strict=True)
    ]
    executor = LocalExecutor(1)
    there = list(WorkerSteps(executor, made).answers(work, [batch[:2], batch[2:]]))
    here = list(Here(made).answers(work, [batch[:2], batch[2:]]))
    assert there == here
    assert there[1][1].example is batch[3]
