"""The commands the page on erasure shows run in the folder the demo made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.test_commands import GUIDE, console_lines
from tests.fixtures.demos import copy_demo
from tunewright.cli.main import main

pytestmark = [pytest.mark.slow]


def test_the_commands_of_the_page_work(
    finished_demo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(copy_demo(finished_demo, tmp_path / "demo"))
    lines = console_lines(GUIDE / "erasure.md")
    for line in lines:
        status = main(line.split()[1:])
        shown = capsys.readouterr()
        assert status == 0, f"{line}\n{shown.out}\n{shown.err}"
        assert shown.out, line
    assert len(lines) >= 3
