"""Every command on the page about lookups is run, in its order, in the workspace it speaks of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.test_commands import GUIDE, console_lines
from tests.flow.test_life import COLUMNS, as_csv, workspace
from tunewright.cli.main import main
from tunewright.flows.prepare import prepare
from tunewright.flows.workspace import Workspace


def test_the_commands_of_the_page_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = workspace(tmp_path / "w", "tickets.csv", as_csv, form="columns", columns=COLUMNS)
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
    with (root / "tickets.csv").open("a", newline="") as stream:
        stream.write("T99,C99,What does a zebra cost in the harbour of marble?,Nothing.\r\n")
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
    monkeypatch.chdir(root)
    lines = console_lines(GUIDE / "data-lookup.md")
    for line in lines:
        assert main(line.split()[1:]) == 0, line
        shown = capsys.readouterr().out
        assert shown, line
        if "--only source" in line:
            assert "tickets.csv#T99" in shown
    assert len(lines) >= 9
