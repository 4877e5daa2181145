"""What the account costs: a build that can say why of every row, beside the same steps writing only what they keep.

    python benchmarks/lineage_overhead.py FOLDER [--rounds 5] [--pii patterns]

FOLDER holds source files and ``golden.jsonl``. In one process, alternating, CPU seconds, medians:

* *with*: rows read, the default steps run, ``outcomes.parquet`` (reasons, findings, evidence), the measurements, the
  examples and the Merkle root written;
* *without*: the same rows, the same steps with the same engines over the same sets, the kept examples written to Parquet
  with the same columns. No outcome, evidence, place in the original text, digest, measurement or root is kept.

On a busy machine two builds of 16 s differ by more than the account costs. So its parts are timed too, inside one build
(``parts_cpu_s``): digests, fates, evidence, outcomes, measurements, Merkle root, over the CPU seconds of all the rest.

The record in the database, the report and the indexes for lookups and review are in neither; what all of it takes beside a
build of the steps is told as *whole build*.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tunewright.core.garbage import rare_collections
from tunewright.core.types import Example, Keep
from tunewright.data import asking, snapshot
from tunewright.data.fates import Fates
from tunewright.data.memory import Memory
from tunewright.data.runner import checked_steps, run_pipeline
from tunewright.data.snapshot import examples_table, write_snapshot
from tunewright.data.steps import MeasuringStep
from tunewright.flows.init import init
from tunewright.flows.prepare import prepare
from tunewright.flows.sources import golden_examples, record_goldens, record_sources, rows_of
from tunewright.flows.step_needs import StepNeeds
from tunewright.flows.workspace import Workspace

TARGET = 0.05
_BATCH = 1024


def without(ws: Workspace, needs: StepNeeds, rows: Sequence[Any], folder: Path) -> None:
    """The steps, and what they keep."""
    current = {row.id: row for row in rows if isinstance(row, Example)}
    current = {key: current[key] for key in sorted(current)}
    basis: list[Example] | None = None
    added: list[Example] = []
    for line, options in checked_steps(ws.configuration.data.steps):
        unused = options.unused()
        given = {name: None if name in unused else needs.get(name) for name in line.needs}
        function = line.factory(options, **given)
        examples = list(current.values())
        if line.adds:
            added += function(examples).examples
            continue
        if options.decides and basis is None:
            basis = examples
        if isinstance(function, MeasuringStep) and line.corpus:
            # The same set is measured as with the account.
            values = dict(zip((e.id for e in basis or ()), function.measure(basis or ()), strict=True))
            asked = [example for example in examples if values[example.id] is not None]
            answered = zip(
                asked, function.decide(asked, [values[example.id] for example in asked]), strict=True
            )
        else:
            size = max(1, len(examples)) if line.corpus else _BATCH
            outcomes = [
                one for at in range(0, len(examples), size) for one in function(examples[at : at + size])
            ]
            answered = zip(examples, outcomes, strict=True)
        for example, outcome in answered:
            if not isinstance(outcome, Keep):
                del current[example.id]
            elif outcome.example is not example:
                current[example.id] = outcome.example
    kept = sorted([*current.values(), *added], key=lambda example: example.id)
    pq.write_table(
        examples_table(kept, {}), folder / "kept.parquet", compression="zstd", row_group_size=1 << 13
    )


def with_account(ws: Workspace, needs: StepNeeds, rows: Sequence[Any], folder: Path) -> None:
    """The same with everything that answers why."""
    memory = Memory()
    result = run_pipeline(rows, ws.configuration.data.steps, needs=needs, memory=memory)
    write_snapshot(result, folder, steps=[], sources=[], goldens=[], memory=memory)


def timed(ws: Workspace, what: Callable[..., None], folder: Path) -> float:
    """CPU seconds, reading included."""
    folder.mkdir()
    sources, goldens = record_sources(ws), record_goldens(ws)
    needs = StepNeeds(ws, {"golden": golden_examples(ws.project, goldens), "decisions": {}})
    needs.versions()
    with rare_collections():
        started = time.process_time()
        what(ws, needs, list(rows_of(ws.project, sources)), folder)
        return time.process_time() - started


PARTS: tuple[tuple[Any, str], ...] = (
    (Fates, "begin"), (Fates, "state"), (Fates, "content"), (Fates, "apply"), (Fates, "row"), (Memory, "write"),
    (Memory, "keep_set"), (Memory, "keep_contents"), (snapshot, "merkle_of"), (snapshot, "write_outcomes"),
    (asking, "step_key"), (asking, "outcome_row"), (asking, "_text"),
)  # fmt: skip
"""what is only there for the account; none of them calls another but ``apply`` and ``row``, which call none of these"""


def parts(ws: Workspace, folder: Path) -> dict[str, float]:
    """CPU seconds of the account's parts inside one build, and of the build."""
    spent: Counter[str] = Counter()
    originals = [(owner, name, getattr(owner, name)) for owner, name in PARTS]

    def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return function(*given, **named)
            finally:
                spent[name] += time.process_time() - started

        return run

    for owner, name, function in originals:
        setattr(owner, name, watched(name, function))
    try:
        whole = timed(ws, with_account, folder)
    finally:
        for owner, name, function in originals:
            setattr(owner, name, function)
    return {**{name: round(value, 4) for name, value in spent.items()}, "whole": round(whole, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pii", default="patterns")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument(
        "--parts-only", action="store_true", help="only time the account's parts inside one build"
    )
    arguments = parser.parse_args()
    runs: dict[str, list[float]] = {"with": [], "without": [], "whole build": []}
    with tempfile.TemporaryDirectory(prefix="tunewright-overhead-") as name:
        root = Path(name) / "desk"
        init(root, sources=[arguments.folder], golden=[arguments.folder / "golden.jsonl"])
        engines = f"data.engines.pii=[{arguments.pii}]"
        with Workspace.open(root, overrides=(engines,)) as ws:
            timed(ws, without, Path(name) / "warm")
            inside = parts(ws, Path(name) / "parts")
            own = sum(value for part, value in inside.items() if part != "whole")
            inside["share"] = round(own / (inside["whole"] - own), 4)
            if arguments.parts_only:
                print(json.dumps(inside, indent=1))
                return
            for number in range(arguments.rounds):
                for label, what in (("with", with_account), ("without", without)):
                    runs[label].append(timed(ws, what, Path(name) / f"{label}{number}"))
        for number in range(arguments.rounds):
            with Workspace.open(root, overrides=(engines, f"data.seed={100 + number}")) as ws:
                started = time.process_time()
                prepare(ws, fresh=True)
                runs["whole build"].append(time.process_time() - started)
        written = {
            path.name: path.stat().st_size
            for folder in ("with0", "without0")
            for path in sorted((Path(name) / folder).iterdir())
        }
    medians = {label: statistics.median(values) for label, values in runs.items()}
    result = {
        "detectors": arguments.pii.split(","),
        "cpu_s": {label: round(value, 3) for label, value in medians.items()},
        "runs_cpu_s": {label: [round(value, 2) for value in values] for label, values in runs.items()},
        "overhead": round(medians["with"] / medians["without"] - 1, 4),
        "overhead_of_the_fastest": round(min(runs["with"]) / min(runs["without"]) - 1, 4),
        "parts_cpu_s": inside,
        "target": TARGET,
        "bytes": written,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (arguments.out / "lineage_overhead.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
