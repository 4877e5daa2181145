"""Workspaces for the console's tests: built once, copied for every test that changes one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.consoles import RunningConsole, console_over, hostile_rows, make_workspace


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """A thousandth of the work: the strength of the parameters has its own test."""
    patch = pytest.MonkeyPatch()
    patch.setattr("tunewright.web.passwords.COST", 2**4)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("console") / "built"
    make_workspace(root, hostile_rows())
    return root


@pytest.fixture(scope="session")
def built_two_person(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("console-two") / "built"
    make_workspace(root, hostile_rows(), review={"two_person": ["phone"]})
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "workspace"
    shutil.copytree(built, copy)
    return copy


@pytest.fixture
def console(root: Path) -> Iterator[RunningConsole]:
    with console_over(root) as running:
        yield running


@pytest.fixture(scope="module")
def shared(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """One console for the tests of a module that only look."""
    copy = tmp_path_factory.mktemp("shared") / "workspace"
    shutil.copytree(built, copy)
    with console_over(copy) as running:
        yield running
