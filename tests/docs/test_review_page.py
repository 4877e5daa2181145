"""The commands, the configuration and the gate rules that the page on review shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.docs.test_commands import GUIDE, console_lines
from tests.fixtures.review_workspace import acting, make_workspace
from tunewright.cli.main import main
from tunewright.flows.config import parse_configuration
from tunewright.flows.prepare import prepare
from tunewright.registry.policy_file import parse_policy

PAGE = GUIDE / "review.md"


def test_the_commands_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_workspace(tmp_path / "work")
    with acting(root, "ann") as ws:
        prepare(ws)
    monkeypatch.chdir(root)
    lines = console_lines(PAGE)
    for line in lines:
        assert main(line.split()[1:]) == 0, line
        assert capsys.readouterr().out, line
    assert len(lines) >= 5


def test_the_configuration_and_the_rules_are_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    shown = yaml.safe_load(blocks[0])["data"]
    options = parse_configuration(
        yaml.safe_dump({"model": {"name": "shown"}, "data": {"sources": [], **shown}})
    ).data.review
    assert [options.votes_needed(kind) for kind in ("person", "ssn", "phone")] == [2, 2, 1]
    rules = yaml.safe_load(blocks[1])
    policy = {"name": "shown", "version": 1, "environments": {"staging": {"rules": rules}}}
    found = parse_policy(yaml.safe_dump(policy).encode()).policy.rules_for("staging")
    assert [rule.kind for rule in found] == ["evidence", "score_at_most", "score_at_most"]
