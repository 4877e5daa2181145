"""``train`` on a workspace: what is recorded, reused, refused, mirrored, reproduced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from tests.conftest import REPOSITORY
from tests.fixtures.openlineage_client import as_event
from tests.fixtures.served_workspace import write_workspace
from tunewright.cli.main import main
from tunewright.core.canonical import digest
from tunewright.core.errors import ConflictError, NotFoundError
from tunewright.core.ports import SilentProgress
from tunewright.engines.language.model_folder import weights_digest
from tunewright.flows.lineage_log import LOG, logged_events
from tunewright.flows.train import TrainReport, reproduce, train
from tunewright.flows.workspace import Workspace

EPOCHS = ("train.num_train_epochs=2",)


class Notes(SilentProgress):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    folder = tmp_path_factory.mktemp("train") / "bank"
    write_workspace(folder, tiny_base)
    return folder


@pytest.fixture(scope="module")
def report(root: Path) -> TrainReport:
    with Workspace.open(root, overrides=EPOCHS, actor="tester") as ws:
        return train(ws)


@pytest.fixture
def ws(root: Path, report: TrainReport) -> Iterator[Workspace]:
    with Workspace.open(root, overrides=EPOCHS, actor="tester") as opened:
        yield opened


def test_a_run_and_a_model_are_recorded_with_their_lineage(ws: Workspace, report: TrainReport) -> None:
    run = ws.project.records.get(report.run)
    ws.project.records.verify(run)
    assert {ref.kind for ref in run.inputs} == {"snapshot", "base"}
    assert {entry.path for entry in run.files} >= {
        "weights/adapter_model.safetensors",
        "weights/adapter_config.json",
        "history.json",
        "loss.png",
        "recipe.json",
    }
    assert run.recipe["threads"] == 1
    assert run.recipe["environment"]["torch"]
    assert str(ws.root.parent) not in json.dumps({**run.recipe, "base": ""}), (
        "a recipe does not depend on the machine's paths"
    )
    model = ws.project.records.get(report.model)
    assert model.ref.version == "1.0.0"
    assert (
        model.recipe["served"]["weights"]
        == report.weights_digest
        == weights_digest(report.folder / "weights")
    )
    assert report.subject_digest == digest(model.recipe["served"])
    assert "run.train" in [event.action for event in ws.project.audit.events()]


def test_the_base_is_recorded_once(ws: Workspace) -> None:
    [base] = ws.project.records.find("base")
    assert {entry.path for entry in base.files} >= {"model.safetensors", "config.json", "tokenizer.json"}


def test_the_work_folder_is_gone_after_success(ws: Workspace) -> None:
    work = ws.project.state / "work"
    assert not any(work.iterdir())


def test_the_same_training_is_not_done_twice(ws: Workspace, report: TrainReport) -> None:
    notes = Notes()
    again = train(ws, progress=notes)
    assert again.reused
    assert (again.run, again.model, again.weights_digest) == (report.run, report.model, report.weights_digest)
    assert any("nothing changed" in line for line in notes.lines)


def test_mlflow_sees_the_run(ws: Workspace, report: TrainReport) -> None:
    from mlflow import MlflowClient

    uri = f"sqlite:///{ws.project.state / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    found = client.get_run(report.tracker_run)
    snapshot = ws.project.records.latest("snapshot", "support")
    assert snapshot is not None
    assert found.data.tags["snapshot_digest"] == snapshot.ref.digest
    assert found.data.tags["run_digest"] == report.run.digest
    assert found.data.params["lora.r"] == "32"
    assert {item.path for item in client.list_artifacts(report.tracker_run)} >= {"loss.png", "weights"}
    [version] = client.search_model_versions("name='support'")
    assert version.tags["version"] == "1.0.0"


def test_reproduce_gives_the_same_weights_and_records_nothing(ws: Workspace, report: TrainReport) -> None:
    before = len(ws.project.records.find("run", "train"))
    answer = reproduce(ws, report.run.version)
    assert answer.same, answer.line()
    assert len(ws.project.records.find("run", "train")) == before
    with pytest.raises(NotFoundError):
        reproduce(ws, "99")


def test_reproduce_refuses_when_the_recorded_weights_were_touched(ws: Workspace, report: TrainReport) -> None:
    from tunewright.core.errors import IntegrityError

    path = report.folder / "weights" / "adapter_model.safetensors"
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    try:
        with pytest.raises(IntegrityError):
            reproduce(ws, report.run.version)
    finally:
        path.write_bytes(data)


def test_a_failing_tracker_costs_nothing_and_is_said(
    tmp_path: Path, tiny_base: Path, report: TrainReport
) -> None:
    root = tmp_path / "bank"
    write_workspace(root, tiny_base)
    (root / ".tunewright" / "mlflow.db").write_bytes(b"this is no database" * 100)
    notes = Notes()
    with Workspace.open(root, overrides=EPOCHS, actor="tester") as ws:
        made = train(ws, progress=notes)
        assert ws.project.records.get(made.model).ref.version == "1.0.0"
    assert made.tracker_problem
    assert any("tracking it failed" in line for line in notes.lines)
    # The same data, recipe and base in another workspace: the same weights.
    assert made.weights_digest == report.weights_digest


def test_resume_and_restart_exclude_each_other(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "-C", str(root), "--resume", "--restart"]) == 2
    assert "choose one" in capsys.readouterr().err


@pytest.mark.slow
def test_a_killed_command_is_refused_then_resumed_to_the_same_digest(
    tmp_path: Path, tiny_base: Path, report: TrainReport, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "bank"
    write_workspace(root, tiny_base)
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tunewright",
        "train",
        "-C",
        str(root),
        "--set",
        EPOCHS[0],
    ]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 240
    while not list(root.glob(".tunewright/work/train-*/checkpoint-5")):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with Workspace.open(root, overrides=EPOCHS, actor="tester") as ws:
        assert not ws.project.records.find("run", "train")
        with pytest.raises(ConflictError, match="stopped before its end") as caught:
            train(ws)
        assert "--resume" in caught.value.hint
    assert main(["train", "-C", str(root), "--set", EPOCHS[0], "--resume", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["weights_digest"] == report.weights_digest
    with Workspace.open(root, actor="tester") as ws:
        ws.project.audit.verify()


def test_a_training_is_an_openlineage_run_from_snapshot_and_base_to_model(
    ws: Workspace, report: TrainReport
) -> None:
    events = [e for e in logged_events(ws.project.state / LOG) if e["job"]["name"] == "run.train"]
    start, complete = events[:2]
    assert [start["eventType"], complete["eventType"]] == ["START", "COMPLETE"]
    assert start["run"]["runId"] == complete["run"]["runId"]
    run = ws.project.records.get(report.run)
    told = [item["facets"]["version"]["datasetVersion"] for item in complete["inputs"]]
    assert told == [ref.digest for ref in run.inputs]
    (model,) = complete["outputs"]
    assert model["facets"]["version"]["datasetVersion"] == report.model.digest
    for event in (start, complete):
        as_event(event)
