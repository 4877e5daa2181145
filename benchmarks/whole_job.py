"""The whole job as one process: wall time, peak memory, and what it reached.

    python benchmarks/whole_job.py demo
    python benchmarks/whole_job.py run FOLDER [--method lora|full]

``demo`` runs ``tunewright demo``; ``run`` initialises a workspace from FOLDER (sources and ``golden.jsonl``) and runs
``tunewright run`` in it. Results go to benchmarks/results/whole_job_<name>.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def tunewright(*arguments: str, cwd: Path | None = None) -> tuple[float, dict[str, Any]]:
    """Run one command with --json; its wall seconds and its answer. Status 4 (a gate's no) is an answer too."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "tunewright", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    if done.returncode not in (0, 4):
        raise SystemExit(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return time.perf_counter() - started, json.loads(done.stdout)


def scores(report: dict[str, Any]) -> dict[str, list[float]]:
    """metric -> value, low, high, n of all items."""
    return {
        s["metric"]: [s["value"], s["low"], s["high"], s["n"]] for s in report["scores"] if not s["slice"]
    }


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "",
    )
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "load_1min_before": round(os.getloadavg()[0], 2),
    }


def demo(folder: Path) -> dict[str, Any]:
    """The demo."""
    wall, report = tunewright("demo", str(folder / "demo"))
    back = report["rollback"]
    return {
        "wall_s": round(wall, 1),
        "phases": report["first"]["phases"]
        + [p for p in report["phases"] if p not in report["first"]["phases"]],
        "first": scores(report["first"]["evaluation"]),
        "second": scores(report["second"]["evaluation"]),
        "attacks": scores(report["first"]["attacks"]),
        "rollback": {key: back[key] for key in ("moved_ms", "answered_s")} if back else None,
    }


def run(folder: Path, source: Path, method: str) -> dict[str, Any]:
    """The main job on an export."""
    root = folder / "bank"
    tunewright(
        "init",
        str(root),
        "--from",
        str(source),
        "--golden",
        str(source / "golden.jsonl"),
        "--approver",
        "bob",
    )
    wall, report = tunewright("run", "--set", f"train.method={method}", "--approver", "bob", cwd=root)
    return {
        "wall_s": round(wall, 1),
        "method": method,
        "phases": report["phases"],
        "training": {
            key: report["training"][key]
            for key in ("steps", "tokens", "wall_s", "validation_loss", "stopped_early")
        },
        "scores": scores(report["evaluation"]),
        "attacks": scores(report["attacks"]),
        "reached": [promotion["environment"] for promotion in report["release"]["promotions"]],
        "verdict": report["release"]["verdict"],
    }


def main() -> None:
    """Parse, run, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("demo", "run"), nargs="?", default="demo")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--method", choices=("lora", "full"), default="lora")
    arguments = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.what == "demo":
            name, found = "demo", demo(Path(scratch))
        else:
            if arguments.folder is None:
                parser.error("run needs FOLDER")
            name, found = (
                f"run_{arguments.method}",
                run(Path(scratch), arguments.folder.resolve(), arguments.method),
            )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    result = {"machine": before, "peak_memory_gib": round(peak, 2), **found}
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"whole_job_{name}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
