"""The page about coverage and balance: its commands run, its configuration is valid, its figures are the recorded ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tunewright.builtin.example import write_example
from tunewright.cli.main import main
from tunewright.data.mix import TASK_STEPS, check_roles
from tunewright.data.runner import checked_steps
from tunewright.flows.config import parse_configuration
from tunewright.flows.init import init

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guide" / "data-balance.md").read_text(encoding="utf-8")


def test_the_configuration_on_the_page_is_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        given = {"model": {"name": "shown"}, "data": {"sources": [], **yaml.safe_load(block)["data"]}}
        configuration = parse_configuration(yaml.safe_dump(given))
        checked_steps(configuration.data.steps)
        check_roles(configuration.data)
    last = parse_configuration(yaml.safe_dump(given)).data.re_review
    assert last is not None
    assert last.on_breach == "warn"


def test_the_steps_that_general_examples_pass_are_those_of_the_code() -> None:
    sentence = re.search(r"`role: general` passes (.*?) unseen", PAGE, re.DOTALL)
    assert sentence is not None
    assert set(re.findall(r"`([a-z_]+)`", sentence.group(1))) == TASK_STEPS


@pytest.mark.slow
def test_the_commands_on_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = write_example(tmp_path / "export", seed=3, rows=700)
    init(tmp_path / "bank", sources=[files.golden.parent], golden=[files.golden])
    monkeypatch.chdir(tmp_path / "bank")
    monkeypatch.setenv("TUNEWRIGHT_ACTOR", "reader")
    assert main(["data", "build", "--quiet"]) == 0
    lines = [line[2:] for line in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()]
    assert len(lines) == 2
    for line in lines:
        assert line.startswith("tunewright ")
        # The small set stands for any: what is shown is a command, not an embedder.
        arguments = [word.replace("minilm", "hashed") for word in line.split()[1:]]
        assert main(arguments) == 0, line
        assert "Page: " in capsys.readouterr().out
    assert (tmp_path / "bank" / "coverage.html").is_file()


def test_the_figures_on_the_page_are_the_recorded_ones() -> None:
    results = ROOT / "benchmarks" / "results"
    exchanged = json.loads((results / "counterfactuals.json").read_text(encoding="utf-8"))["winobias"]
    gaps = json.loads((results / "coverage.json").read_text(encoding="utf-8"))
    for engine in ("minilm", "hashed"):
        told = gaps[f"{engine}, 1500 golden items"]["gaps"]
        assert f"| gaps, `{engine}` | {told['found']} of {told['plants']} " in PAGE
    assert f"a million {gaps['1000000 examples']['cpu_s']:.0f}" in PAGE
    assert f"{exchanged['right']} of {exchanged['sentences']}" in PAGE
