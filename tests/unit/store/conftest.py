"""An opened project with the fixed clock, and a way to record things in a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tunewright.store.project import Project


@pytest.fixture
def project(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Project]:
    with Project.create(tmp_path / "bank", clock=clock, actor="ada") as opened:
        yield opened
