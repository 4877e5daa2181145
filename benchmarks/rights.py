"""What rights and metadata cost: their share of a build, and `audit impact SOURCE` on large snapshots.

    python benchmarks/rights.py [ROWS] [EXAMPLES ...]

The build is the example company's export (ROWS rows, default pipeline, one thread), every source with a retention, so that
its rows are read twice; the shares are CPU seconds of the parts over those of the whole `prepare` in the same process. The
large snapshots are generated in the product's own Parquet schema: four sources, one row in ten dropped for a twin.
Targets: lineage at most 5 % of a build; impact at most 50 ms at 1 million examples, 200 ms at 10 million.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from tunewright.builtin.example import write_example
from tunewright.data.snapshot import _schema
from tunewright.flows import build_plan, rights
from tunewright.flows import prepare as build
from tunewright.flows.impact import impact
from tunewright.flows.impact_source import _counted_tally, _recorded_tally
from tunewright.flows.init import init
from tunewright.flows.workspace import Workspace
from tunewright.store.project import Project

RESULTS = Path(__file__).parent / "results" / "rights.json"
REPETITIONS = 15
SOURCES = ("tickets.csv", "chats.jsonl", "archive.parquet", "mails.mbox")
GROUP = 1_000_000


class Spent:
    """CPU seconds inside wrapped functions, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def wrap(self, module: Any, name: str) -> None:
        original: Callable[..., Any] = getattr(module, name)

        def timed(*args: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return original(*args, **named)
            finally:
                self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - started

        setattr(module, name, timed)


def share_of_build(rows: int, root: Path) -> dict[str, Any]:
    """CPU seconds of a build, and of what rights and metadata add to it."""
    from tunewright.flows import lineage_log

    files = write_example(root / "raw", seed=7, rows=rows)
    init(root / "w", sources=[files.golden.parent], golden=[files.golden], name="bench")
    path = root / "w" / "tunewright.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    for source in told["data"]["sources"]:
        source.update(licence="proprietary", purpose="support", received="2026-11-01", retention_days=36500)
    told["data"]["use"] = {"purpose": "support", "unknown": "refuse"}
    told["data"]["engines"] = {"pii": ["patterns"]}
    path.write_text(yaml.safe_dump(told), encoding="utf-8")
    spent = Spent()
    for module, name in (
        (build_plan, "check_sources"), (build_plan, "plan_rights"), (build, "write_rights"), (build, "write_croissant"),
        (lineage_log, "run_event"), (lineage_log, "recorded_event"), (lineage_log, "append_line"),
    ):  # fmt: skip
        spent.wrap(module, name)
    with Workspace.open(root / "w", actor="bench") as ws:
        started = time.process_time()
        summary = build.prepare(ws)
        whole = time.process_time() - started
        started = time.process_time()
        rights.rights_warnings(ws)
        warned = time.process_time() - started
    parts = {name: round(seconds, 3) for name, seconds in sorted(spent.seconds.items())}
    return {
        "rows": sum(summary.counts[name] for name in ("kept", "changed", "dropped", "held")),
        "build_cpu_s": round(whole, 2),
        "parts_cpu_s": parts,
        "share_percent": round(100 * sum(spent.seconds.values()) / whole, 2),
        "share_without_second_reading_percent": round(
            100 * (sum(spent.seconds.values()) - spent.seconds["plan_rights"]) / whole, 2
        ),
        "status_warnings_cpu_s": round(warned, 3),
    }


def generated(folder: Path, examples: int) -> None:
    """``examples.parquet`` and ``outcomes.parquet`` of so many examples, in row groups of a million."""
    schema = _schema()
    outcome = pa.schema(
        [(name, pa.string()) for name in ("source", "record", "outcome", "step", "example", "of", "split")]
    )
    split = np.array(["train"] * 8 + ["validation", "test"])
    with (
        pq.ParquetWriter(folder / "examples.parquet", schema, compression="zstd") as kept,
        pq.ParquetWriter(folder / "outcomes.parquet", outcome, compression="zstd") as told,
    ):
        for start in range(0, examples, GROUP):
            numbers = np.arange(start, min(start + GROUP, examples))
            ids = [hashlib.blake2b(str(n).encode(), digest_size=32).hexdigest() for n in numbers]
            sources = np.array(SOURCES)[numbers % 4]
            records = np.char.add("T", numbers.astype(str))
            columns: dict[str, Any] = {
                "id": sorted(ids), "split": split[numbers % 10], "source": sources, "locator": records,
                "licence": ["MIT"] * len(numbers), "purpose": ["support"] * len(numbers),
            }  # fmt: skip
            table = pa.table(
                [
                    pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(len(numbers), f.type)
                    for f in schema
                ],
                schema=schema,
            )
            kept.write_table(table)
            twin = numbers % 10 == 0
            of = np.where(twin, np.char.add(np.char.add(np.roll(sources, 1), "#"), records), "")
            rows = {
                "source": sources, "record": records, "outcome": np.where(twin, "dropped", "kept"),
                "step": np.where(twin, "near_duplicates", ""), "example": ids, "of": of, "split": split[numbers % 10],
            }  # fmt: skip
            told.write_table(pa.table(rows, schema=outcome))


def tallies(examples: int) -> dict[str, Any]:
    """What a build would have written into ``sources.json``."""
    numbers = np.arange(examples)
    found: dict[str, Any] = {}
    for at, name in enumerate(SOURCES):
        mine = numbers[numbers % 4 == at]
        after = numbers[numbers % 4 == (at + 1) % 4]
        dropped, stands = int((mine % 10 == 0).sum()), int((after % 10 == 0).sum())
        digits = np.bincount(mine % 10, minlength=10)
        splits = {"train": int(digits[:8].sum()), "validation": int(digits[8]), "test": int(digits[9])}
        found[name] = {
            "outcomes": {
                key: count for key, count in (("dropped", dropped), ("kept", len(mine) - dropped)) if count
            },
            "splits": {key: count for key, count in splits.items() if count},
            "twins_elsewhere": dropped,
            "stands_for": stands,
        }
    return found


def impact_at(examples: int, root: Path) -> dict[str, Any]:
    """Milliseconds of `audit impact tickets.csv`: the first, and the median of the rest."""
    root.mkdir()
    (root / "tunewright.yaml").write_text("model: {name: bench}\ndata: {sources: []}\n", encoding="utf-8")
    Project.create(root, actor="bench").close()
    with Workspace.open(root, actor="bench") as ws:
        records = ws.project.records
        sources = [
            records.commit(
                kind="source", name=name, version="1", inputs=(), recipe={"licence": "MIT", "name": name},
                files_dir=None, action="source.add",
            ).ref
            for name in SOURCES
        ]  # fmt: skip
        with ws.project.staging() as folder:
            generated(folder, examples)
            (folder / "sources.json").write_text(json.dumps(tallies(examples)), encoding="utf-8")
            snapshot = records.commit(
                kind="snapshot", name="bench", version="1", inputs=sources, recipe={}, files_dir=folder, action="s.build"
            )  # fmt: skip
        name = SOURCES[0]
        recorded, counted = _recorded_tally(ws, snapshot, name), _counted_tally(ws, snapshot, name)
        assert recorded == counted, (recorded, counted)
        return {
            "examples": examples,
            "audit_impact": _taken(lambda: impact(ws, name)),
            "of_a_snapshot_from_before_sources_json": _taken(lambda: _counted_tally(ws, snapshot, name)),
        }


def _taken(ask: Callable[[], object]) -> dict[str, float]:
    """Milliseconds: the first, the median and the slowest of the rest."""
    taken = []
    for _ in range(REPETITIONS + 1):
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    rest = taken[1:]
    return {
        "first_ms": round(taken[0], 1), "median_ms": round(statistics.median(rest), 1), "slowest_ms": round(max(rest), 1)
    }  # fmt: skip


def main() -> None:
    """Measure and write the results."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    sizes = [int(word) for word in sys.argv[2:]] or [1_000_000]
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Any] = {"build": share_of_build(rows, Path(folder) / "build"), "impact_source": []}
        print(json.dumps(found["build"], indent=1))
        for size in sizes:
            found["impact_source"].append(impact_at(size, Path(folder) / f"impact{size}"))
            print(json.dumps(found["impact_source"][-1]))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
