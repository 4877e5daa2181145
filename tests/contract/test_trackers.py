"""Every tracker of the catalog keeps the promises of ``Tracker``; MLflow's own client then sees what was mirrored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tunewright import engines
from tunewright.core.errors import EngineError, NotFoundError
from tunewright.core.ports import Tracker

NAMES = [name for name in engines.names("track") if not engines.missing("track", name)]


def test_at_least_the_built_in_trackers_are_examined() -> None:
    assert "none" in NAMES


def make(name: str, folder: Path) -> Tracker:
    options: dict[str, Any] = (
        {"state_dir": folder / "state", "experiment": "bank"} if name == "mlflow" else {}
    )
    tracker: Tracker = engines.load("track", name, **options)
    return tracker


def log(tracker: Tracker, folder: Path, steps: int = 3) -> str:
    weights = folder / "weights"
    weights.mkdir(exist_ok=True)
    (weights / "adapter_config.json").write_text("{}")
    (folder / "loss.png").write_bytes(b"png")
    return tracker.log_run(
        name="run/train@1",
        params={"lora.r": "32", "long": "x" * 10_000},
        history=[{"step": step, "loss": 1.0 / step} for step in range(1, steps + 1)]
        + [{"step": 2, "eval_loss": 0.5}],
        metrics={"best_validation_loss": 0.5},
        artifacts=[folder / "loss.png", weights],
        tags={"snapshot_digest": "s" * 64, "base_digest": "b" * 64},
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_run_a_version_and_an_alias(name: str, tmp_path: Path) -> None:
    tracker = make(name, tmp_path)
    run = log(tracker, tmp_path)
    assert isinstance(run, str)
    tracker.register_version(
        model="bank", version="1.0.0", run_id=run, source=tmp_path / "weights", tags={"a": "b"}
    )
    tracker.register_version(
        model="bank", version="1.0.0", run_id=run, source=tmp_path / "weights", tags={"a": "b"}
    )
    tracker.set_alias(model="bank", alias="production", version="1.0.0")


def test_mlflow_holds_what_was_mirrored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    tracker = make("mlflow", tmp_path)
    run = log(tracker, tmp_path, steps=1100)  # more than one batch of metrics
    for version in ("1.0.0", "1.1.0"):
        tracker.register_version(
            model="bank", version=version, run_id=run, source=tmp_path / "weights", tags={}
        )
    tracker.set_alias(model="bank", alias="production", version="1.0.0")
    with pytest.raises(NotFoundError, match=r"bank@9\.9\.9"):
        tracker.set_alias(model="bank", alias="production", version="9.9.9")
    # Another client on the same file, as MLflow's page is.
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path / 'state' / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    found = client.get_run(run)
    assert found.info.status == "FINISHED"
    assert found.data.params["lora.r"] == "32"
    assert found.data.tags["snapshot_digest"] == "s" * 64
    assert found.data.metrics["best_validation_loss"] == 0.5
    curve = client.get_metric_history(run, "loss")
    assert len(curve) == 1100
    assert next(point.value for point in curve if point.step == 4) == 0.25
    assert {item.path for item in client.list_artifacts(run)} == {"loss.png", "weights"}
    assert client.get_model_version_by_alias("bank", "production").tags["version"] == "1.0.0"
    assert len(client.search_model_versions("name='bank'")) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loss.png", "state", "weights"], (
        "nothing beside the state"
    )


def test_a_broken_store_is_an_engine_error(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "mlflow.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(EngineError) as caught:
        log(make("mlflow", tmp_path), tmp_path)
    assert "recorded" in caught.value.hint
