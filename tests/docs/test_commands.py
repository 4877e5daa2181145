"""Every command and every Python block the guide shows is run, in its order, in the folder the demo made."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.fixtures.demos import copy_demo
from tunewright.cli.main import COMMANDS, main
from tunewright.data.runner import checked_steps
from tunewright.flows.config import parse_configuration

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
pytestmark = [pytest.mark.slow]


def console_lines(page: Path) -> list[str]:
    """The command lines of a page's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def demo(finished_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the finished demo: these tests promote and roll back in it."""
    copy = tmp_path_factory.mktemp("guide") / "demo"
    return copy_demo(finished_demo, copy)


def test_the_commands_of_the_tour_work(
    demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(demo)
    monkeypatch.setenv("TUNEWRIGHT_ACTOR", "demo-trainer")
    run = 0
    for line in console_lines(GUIDE / "README.md"):
        if not line.startswith("tunewright "):
            assert line in {"make demo", "cd demo"}
            continue
        status = main(line.split()[1:])
        shown = capsys.readouterr()
        assert status == 0, f"{line}\n{shown.out}\n{shown.err}"
        assert shown.out, line
        run += 1
    assert run >= 25


def test_the_python_page_works(
    demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(demo.parent)
    blocks = re.findall(r"```python\n(.*?)```", (GUIDE / "python.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 5
    scope: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "python.md", "exec"), scope)  # noqa: S102 - our own page
    shown = capsys.readouterr().out
    assert "records verified" in shown
    assert "intent" in shown


def test_the_pages_name_only_commands_that_exist() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "README.md", *GUIDE.glob("*.md")))
    named = set(re.findall(r"`tunewright ([a-z]+(?: [a-z]+)?)", text))
    nouns = {path.split(" ")[0] for path in COMMANDS}
    unknown = {name for name in named if name not in COMMANDS and name.split(" ")[0] not in nouns}
    assert len(named) > 5
    assert not unknown


def test_the_configuration_of_the_redaction_page_is_valid() -> None:
    text = (GUIDE / "data-redaction.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 1
    shown = yaml.safe_load(blocks[0])["data"]
    given = {"model": {"name": "shown"}, "data": {"sources": [], **shown}}
    configuration = parse_configuration(yaml.safe_dump(given))
    (_, options) = checked_steps(configuration.data.steps)[0]
    assert options.redaction_of("person") == "pseudonym"
    assert options.redaction_of("ssn") == "drop"


def test_links_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert len(pages) > 5
    assert not broken


def test_the_reference_is_fresh() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "write_reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
