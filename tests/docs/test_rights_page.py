"""The page about rights: its configuration is valid, its table is the code's, its commands work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.attack.data.conftest import sound_rows
from tests.docs.test_commands import console_lines
from tests.fixtures.registered import new_version, with_evidence
from tests.flow.test_rights import source
from tunewright.cli.main import main
from tunewright.core.licences import read_licence
from tunewright.core.policy import RightsRule
from tunewright.core.rights import RightsOptions
from tunewright.flows.config import OpenLineageOptions
from tunewright.flows.prepare import prepare
from tunewright.flows.workspace import Workspace
from tunewright.store.project import Project

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "data-rights.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_configuration_on_the_page_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks: list[Any] = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)]
    uses = [RightsOptions.model_validate(block["use"]) for block in blocks if "use" in block]
    assert [use.blocked for use in uses] == ["refuse", "drop"]
    rules = [RightsRule.model_validate(block[0]) for block in blocks if isinstance(block, list)]
    assert [rule.declared() for rule in rules] == [{}, {"commercial": True, "distribute": True}]
    (runtime,) = [block["openlineage"] for block in blocks if "openlineage" in block]
    assert OpenLineageOptions.model_validate(runtime).api_key is not None


def test_the_table_is_what_the_code_reads() -> None:
    rows = re.findall(
        r"^\| ([a-z -]+) \| (`.*?`) \| (yes|no) \| (yes|no) \| (yes|no) \| (.*?) ?\|$", TEXT, re.MULTILINE
    )
    assert len(rows) == 8
    for _, names, commercial, derivatives, distribute, duties in rows:
        for name in re.findall(r"`(.*?)`", names):
            ((terms,),) = read_licence(name).choices
            told = (terms.commercial, terms.derivatives, terms.distribute)
            assert told == tuple(word == "yes" for word in (commercial, derivatives, distribute)), name
            assert (terms.attribution, terms.share_alike) == (
                "attribution" in duties,
                "share-alike" in duties,
            ), name
            assert terms.research_only == ("research" in duties)


def test_the_commands_on_the_page_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "w"
    root.mkdir()
    given = source(root / "tickets.csv.jsonl", sound_rows(40), licence="CC-BY-4.0", name="tickets.csv")
    steps = [{"use": "normalise"}, {"use": "split"}]
    told = {"model": {"name": "support"}, "data": {"sources": [given], "steps": steps}}
    (root / "tunewright.yaml").write_text(yaml.safe_dump(told))
    Project.create(root, actor="tester").close()
    run = [line.split()[1:] for line in console_lines(PAGE)]
    monkeypatch.chdir(root)
    with Workspace.open(root, actor="tester") as ws:
        prepare(ws)
        for words in sorted(run, key=lambda words: words[0] == "model"):
            if words[0] == "model":
                (known,) = ws.project.records.find("source", "tickets.csv")
                with_evidence(ws.project, new_version(ws.project, source=known))
            assert main(words) == 0, capsys.readouterr().err
            assert capsys.readouterr().out, words
    assert len(run) == 5
    assert (tmp_path / "croissant" / "croissant.json").is_file()
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) >= 2
