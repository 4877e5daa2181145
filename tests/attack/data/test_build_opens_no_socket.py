"""A build opens no socket, not even to look a name up: with every step of the catalog and every engine installed here."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.attack.data.conftest import write_lines
from tunewright.data.steps import STEPS
from tunewright.engines import missing
from tunewright.flows.init import init

# The audit hook (PEP 578) sees every socket that Python code makes, whatever library asks for it.
DRIVER = """
import json, sys
seen = []
def audited(event, arguments):
    if event.startswith("socket."):
        seen.append(event)
sys.addaudithook(audited)
import socket
from pathlib import Path
from tunewright.flows.prepare import prepare
from tunewright.flows.workspace import Workspace
if sys.argv[2] == "probe":
    socket.socket()
with Workspace.open(Path(sys.argv[1])) as ws:
    prepare(ws)
    steps = [line.use for line in ws.configuration.data.steps]
print(json.dumps({"seen": seen, "steps": steps}))
"""


def natural_rows(count: int) -> list[dict[str, str]]:
    """Rows that the quality steps let pass: English, no two alike."""
    draw = random.Random(5)
    who = ("the office", "our neighbour", "a plumber", "the meter reader", "my landlord", "the town hall")
    did = ("called about", "came to see", "wrote to me about", "asked again for", "could not find", "forgot")
    what = (
        "the water meter",
        "an old invoice",
        "the broken boiler",
        "my contract",
        "the second reminder",
        "a refund",
    )
    when = (
        "before the holidays",
        "after the storm",
        "while I was away",
        "in the early morning",
        "for the third time",
    )
    rows = []
    for number in range(count):
        asked = f"{draw.choice(who)} {draw.choice(did)} {draw.choice(what)} {draw.choice(when)}"
        more = f"and {draw.choice(who)} {draw.choice(did)} {draw.choice(what)}, what should I do about it?"
        reply = f'{{"intent": "i{number % 4}"}}'
        rows.append({"id": f"R{number}", "prompt": f"{asked} {more}", "completion": reply})
    return rows


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    write_lines(folder / "rows.jsonl", natural_rows(400))
    init(folder / "ws", sources=[folder / "rows.jsonl"])
    path = folder / "ws" / "tunewright.yaml"
    configuration = yaml.safe_load(path.read_text(encoding="utf-8"))
    data = configuration["data"]
    present = {line["use"] for line in data["steps"]}
    # What a plain workspace leaves out stands before the split.
    more = [{"use": name} for name in STEPS if name not in present]
    data["steps"] = [*data["steps"][:-2], *more, *data["steps"][-2:]]
    data["engines"] = {"pii": [name for name in ("patterns", "ner") if not missing("pii", name)]}
    path.write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")
    return folder / "ws"


def run(root: Path, mode: str) -> dict[str, list[str]]:
    command = [sys.executable, "-c", DRIVER, str(root), mode]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_a_build_with_every_step_and_engine_opens_no_socket(root: Path) -> None:
    answer = run(root, "build")
    assert set(answer["steps"]) == set(STEPS)
    assert answer["seen"] == []


def test_the_hook_would_see_one(root: Path) -> None:
    assert run(root, "probe")["seen"] == ["socket.__new__"]
