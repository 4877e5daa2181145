"""The catalog of engines: names, errors with a remedy, plug-ins."""

from __future__ import annotations

import socket
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.conftest import NetworkBlockedError
from tunewright import engines
from tunewright.core.errors import EngineError, EngineMissingError, NotFoundError, UsageError


def test_every_catalog_line_points_at_a_module_of_ours() -> None:
    package = Path(engines.__file__).parent
    checked = 0
    for entry in engines.CATALOG.values():
        module, _, attribute = entry.path.partition(":")
        assert module.startswith("tunewright.engines.")
        assert attribute[0].isupper()
        assert (package / Path(*module.split(".")[2:])).with_suffix(".py").is_file(), module
        checked += 1
    assert checked >= 7


def test_unknown_name_names_the_known_ones() -> None:
    with pytest.raises(NotFoundError) as caught:
        engines.find("track", "wandb")
    assert "mlflow" in caught.value.hint
    assert "none" in caught.value.hint


def test_unknown_role_names_the_known_roles() -> None:
    with pytest.raises(NotFoundError) as caught:
        engines.names("teleport")
    assert "generate" in caught.value.hint


def test_missing_package_gives_the_exact_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        engines.CATALOG,
        ("track", "absent"),
        engines.EngineEntry("tunewright.x:Y", ("no_such_package_xyz",), "train"),
    )
    with pytest.raises(EngineMissingError) as caught:
        engines.find("track", "absent")
    assert caught.value.hint == "run: pip install 'tunewright[train]'"
    assert caught.value.exit_code == 3


def test_plug_in_loads_by_role_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(
        "track.outside", "tunewright.engines.track.silent:SilentTracker", engines.ENTRY_POINT_GROUP
    )
    monkeypatch.setattr(engines, "entry_points", lambda group: [point])
    assert "outside" in engines.names("track")
    assert type(engines.load("track", "outside")).__name__ == "SilentTracker"


def test_plug_in_that_does_not_load_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("track.broken", "no_such_module_xyz:Thing", engines.ENTRY_POINT_GROUP)
    monkeypatch.setattr(engines, "entry_points", lambda group: [point])
    with pytest.raises(EngineError, match="does not load"):
        engines.find("track", "broken")


def test_plug_in_cannot_take_a_built_in_name(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("train.sft", "evil:Trainer", engines.ENTRY_POINT_GROUP)
    monkeypatch.setattr(engines, "entry_points", lambda group: [point])
    with pytest.raises(UsageError, match="claims the built-in"):
        engines.find("track", "none")


def test_catalog_imports_nothing_heavy() -> None:
    import subprocess

    script = "import sys, tunewright.engines; sys.exit(int(any(m in sys.modules for m in ('torch', 'mlflow', 'trl'))))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_network_is_blocked_in_tests() -> None:
    with socket.socket() as stream, pytest.raises(NetworkBlockedError):
        stream.connect(("192.0.2.1", 80))
