"""How long `data build` takes after one changed threshold, beside a build that measures everything; and whether both are the
same bytes.

    python benchmarks/redecide.py FOLDER [--pii patterns,ner] [--only pii,near_duplicates] [--rounds 3]

With ``--warm`` all builds are made in one process, as the console and the Python interface make them: no imports, no
models to load. Then the full build is the fresh one of the last change.

FOLDER holds source files and ``golden.jsonl``. Every build is a process of its own; counted are the CPU seconds of the
build in it (imports at first use included, the interpreter's start not). For each change: a build with the default
thresholds (so that the next one finds its measurements), the build with the change, and the same with ``--fresh``, which
measures everything again and compares every file of the snapshot, byte for byte. The figure is the second over the third;
medians of the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tunewright.data.options import DEFAULT_STEPS
from tunewright.flows.init import init
from tunewright.flows.prepare import prepare
from tunewright.flows.workspace import Workspace

CHANGES: dict[str, dict[str, dict[str, Any]]] = {
    "unfinished.drop_from .85 -> .93": {"unfinished": {"drop_from": 0.93}},
    "toxicity.drop_from .85 -> .99": {"toxicity": {"drop_from": 0.99}},
    "pii.redact_from .85 -> .95": {"pii": {"redact_from": 0.95}},
    "near_duplicates.threshold .8 -> .85": {"near_duplicates": {"threshold": 0.85}},
    "off_topic.hold_from 2 -> 1.2": {"off_topic": {"hold_from": 1.2}},
    "wrong_labels.sure_odds 100 -> 60": {"wrong_labels": {"sure_odds": 60}},
}
TARGET = 0.10


def steps(options: dict[str, dict[str, Any]]) -> str:
    """The default pipeline with some options, as an override of the configuration."""
    return "data.steps=" + json.dumps(
        [{"use": step.use, "options": options.get(step.use, {})} for step in DEFAULT_STEPS]
    )


def child(root: Path, overrides: list[str], fresh: bool) -> None:
    """One build; its figures as a line of JSON."""
    with Workspace.open(root, overrides=tuple(overrides)) as ws:
        cpu, wall = time.process_time(), time.perf_counter()
        found = prepare(ws, fresh=fresh)
        told = {
            "cpu_s": time.process_time() - cpu,
            "wall_s": time.perf_counter() - wall,
            "created": found.created,
            "measured": found.measured,
            "remembered": found.remembered,
            "root": found.merkle_root,
            "examples": found.counts["examples"],
        }
    print(json.dumps(told))


def build(root: Path, *overrides: str, fresh: bool = False) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, str(root), "--child", *(f"--set={text}" for text in overrides)]
    done = subprocess.run(
        [*command, *(["--fresh"] if fresh else [])], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def warm(root: Path, pii: str, changes: list[str]) -> dict[str, Any]:
    """All builds in this process; CPU seconds."""

    def made(options: dict[str, dict[str, Any]], fresh: bool = False) -> float:
        with Workspace.open(root, overrides=(f"data.engines.pii=[{pii}]", steps(options))) as ws:
            cpu = time.process_time()
            prepare(ws, fresh=fresh)
            return time.process_time() - cpu

    first = made({})
    table = {}
    for name in changes:
        made({})
        table[name] = made(CHANGES[name])
        print(name, round(table[name], 2), flush=True)
    full = made(CHANGES[changes[-1]], fresh=True)
    return {
        "first_build_cpu_s": round(first, 2),
        "full_cpu_s": round(full, 2),
        "changes": {
            name: {"redecide_cpu_s": round(value, 2), "share": round(value / full, 4)}
            for name, value in table.items()
        },
    }


def measured(root: Path, pii: str, changes: list[str], rounds: int) -> list[dict[str, Any]]:
    """One line a change."""
    engines = f"data.engines.pii=[{pii}]"
    table = []
    for name in changes:
        runs = []
        for _ in range(rounds):
            default = build(root, engines, steps({}))
            again = build(root, engines, steps(CHANGES[name]))
            whole = build(root, engines, steps(CHANGES[name]), fresh=True)
            # A fresh build of the recorded snapshot only comes back when every byte was the same.
            runs.append((default, again, whole))
        again_s = statistics.median(again["cpu_s"] for _, again, _ in runs)
        whole_s = statistics.median(whole["cpu_s"] for _, _, whole in runs)
        default, again, _ = runs[-1]
        line = {
            "change": name,
            "redecide_cpu_s": round(again_s, 2),
            "full_cpu_s": round(whole_s, 2),
            "share": round(again_s / whole_s, 4),
            "measured_again": again["measured"],
            "remembered": again["remembered"],
            "examples": [default["examples"], again["examples"]],
            "same_bytes": True,
        }
        table.append(line)
        print(json.dumps(line), flush=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pii", default="patterns")
    parser.add_argument("--only", default="", help="steps whose changes are measured")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm", action="store_true", help="all builds in one process")
    parser.add_argument("--name", default="redecide")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--set", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--fresh", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.folder, arguments.set, arguments.fresh)
        return
    wanted = set(filter(None, arguments.only.split(",")))
    changes = [name for name, options in CHANGES.items() if not wanted or set(options) & wanted]
    with tempfile.TemporaryDirectory(prefix="tunewright-redecide-") as name:
        root = Path(name) / "desk"
        init(root, sources=[arguments.folder], golden=[arguments.folder / "golden.jsonl"])
        if arguments.warm:
            result = warm(root, arguments.pii, changes)
        else:
            result = {
                "rounds": arguments.rounds,
                "changes": measured(root, arguments.pii, changes, arguments.rounds),
            }
    result = {
        "detectors": arguments.pii.split(","),
        "target_share": TARGET,
        **result,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (arguments.out / f"{arguments.name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
