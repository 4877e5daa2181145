"""How long `audit erase` takes to plan, and to execute, at 1 million examples. Target: plan <= 5 s.

    python benchmarks/erasure.py [EXAMPLES] [EXCHANGES]

A snapshot of seeded sentences in the product's own Parquet schema, the JSON Lines source they came from (in the
workspace, and recorded), exchanges in SQLite. Every person has three rows; the one erased has near-copies of a text in
other rows, planted, and found by brute force too (Jaccard of 5-grams over all rows, an independent few lines): the plan
has to name exactly these. CPU seconds are what counts: the machine is shared.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from trace_impact import sentence, write_exchanges

from tunewright.core.types import Example, FileEntry
from tunewright.data.options import SourceOptions
from tunewright.data.outcomes import RowOutcome, write_outcomes
from tunewright.data.snapshot import Manifest, _row, _schema, merkle_of
from tunewright.data.sources import read_source
from tunewright.flows.audit import verify
from tunewright.flows.erase import erase, plan_erasure
from tunewright.flows.erase_search import Asked
from tunewright.flows.workspace import Workspace
from tunewright.store.project import Project

CONFIGURATION = """model: {name: bench}
data: {sources: [{path: tickets.jsonl, form: messages}], steps: [{use: normalise}]}
"""
PERSON = "C0000007"
PLANTED = 5
OPTIONS = SourceOptions(path="tickets.jsonl", form="messages")


def rows(count: int) -> Iterator[dict[str, Any]]:
    """The source: three rows a person, and a few of others that nearly repeat the erased one."""
    random_ = random.Random(7)
    said = ""
    for at in range(count):
        text = sentence(random_)
        if at == 21:
            said = text
        if at > 100 and at % (count // PLANTED) == count // PLANTED - 1:
            text = said[:-4] + "now!"
        yield {
            "id": f"T{at:08d}",
            "customer_id": f"C{at // 3:07d}",
            "messages": [
                {"role": "user", "content": text},
                {"role": "assistant", "content": '{"team": "cards"}'},
            ],
        }


def write_snapshot_files(folder: Path, examples: list[Example]) -> None:
    """Examples, outcomes and a manifest with a true Merkle root, so that the erasure is verified for real."""
    examples.sort(key=lambda example: example.id)
    with pq.ParquetWriter(folder / "examples.parquet", _schema(), compression="zstd") as writer:
        for start in range(0, len(examples), 50_000):
            part = [_row(example, []) for example in examples[start : start + 50_000]]
            writer.write_table(pa.Table.from_pylist(part, schema=_schema()), row_group_size=50_000)
    lines = (
        RowOutcome(e.origin.source, e.origin.locator, "kept", (), "", (), e.id, "", "train") for e in examples
    )
    write_outcomes(lines, folder / "outcomes.parquet")
    manifest = Manifest(
        merkle_of(examples), {"examples": len(examples)}, {"train": len(examples)}, (), (), (), 0
    )
    told = {name: getattr(manifest, name) for name in Manifest.__dataclass_fields__}
    (folder / "manifest.json").write_text(json.dumps(told))


def make_workspace(root: Path, count: int, exchanges: int) -> None:
    """Source, snapshot, model and exchanges, recorded through the product."""
    (root / "tunewright.yaml").write_text(CONFIGURATION)
    source = root / "tickets.jsonl"
    with source.open("w") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows(count))
    Project.create(root, actor="bench").close()
    with Workspace.open(root, actor="bench") as ws:
        project = ws.project
        digest = project.blobs.put_file(source)
        entry = FileEntry(path="tickets.jsonl", digest=digest, size_bytes=source.stat().st_size)
        from tunewright.flows.sources import source_recipe

        recorded = project.records.commit(
            kind="source", name="tickets.jsonl", version=digest[:12], inputs=(), action="bench.record",
            recipe=source_recipe("tickets.jsonl", OPTIONS), files_dir=None, external_files=(entry,),
        )  # fmt: skip
        examples = [row for row in read_source(source, OPTIONS) if isinstance(row, Example)]
        with project.staging() as folder:
            write_snapshot_files(folder, examples)
            project.records.commit(
                kind="snapshot", name="bench", version="1", inputs=(recorded.ref,), recipe={}, files_dir=folder,
                action="bench.record",
            )  # fmt: skip
        del examples
        if exchanges:
            model = project.records.commit(
                kind="model", name="bench", version="1.0.0", inputs=(), files_dir=None, action="bench.record",
                recipe={"subject_digest": hashlib.sha256(b"x").hexdigest()},
            )  # fmt: skip
            write_exchanges(project, model, exchanges, "what is it")


def brute_force(root: Path, threshold: float) -> set[str]:
    """Rows of others near to a text of the person, by sets of 5-grams of the plain text."""

    def grams(text: str) -> frozenset[str]:
        flat = " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
        return frozenset(flat[at : at + 5] for at in range(len(flat) - 4))

    mine, found = [], set()
    with (root / "tickets.jsonl").open() as lines:
        for line in lines:
            row = json.loads(line)
            if row["customer_id"] == PERSON:
                mine.append(grams(row["messages"][0]["content"]))
    with (root / "tickets.jsonl").open() as lines:
        for line in lines:
            row = json.loads(line)
            if row["customer_id"] != PERSON:
                other = grams(row["messages"][0]["content"])
                if any(len(m & other) >= threshold * len(m | other) - 1e-9 for m in mine):
                    found.add(f"tickets.jsonl#{row['id']}")
    return found


def main(count: int, exchanges: int) -> None:
    """Build, plan three times, execute once, verify; one JSON line at the end."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_workspace(root, count, exchanges)
        known = brute_force(root, 0.8)
        result: dict[str, Any] = {"examples": count, "exchanges": exchanges, "plan": []}
        with Workspace.open(root, actor="bench") as ws:
            for _ in range(3):
                started, cpu = time.perf_counter(), time.process_time()
                plan = plan_erasure(ws, Asked(subject=PERSON))
                wall, cpu = time.perf_counter() - started, time.process_time() - cpu
                result["plan"].append({"wall_s": round(wall, 2), "cpu_s": round(cpu, 2)})
                print(f"plan     {wall:6.2f} s   CPU {cpu:6.2f} s   {len(plan.rows)} rows")
            assert plan.count("certain") == 3
            named = {row.row for row in plan.rows if row.group == "undecided"}
            assert named == known, (len(named), len(known))
            print(f"         near-copies named {len(named)}, by brute force {len(known)}: the same")
            result["near_copies"] = len(known)
            started, cpu = time.perf_counter(), time.process_time()
            report = erase(ws, Asked(subject=PERSON), copies="erase", rebuild=False)
            wall, cpu = time.perf_counter() - started, time.process_time() - cpu
            result["execute"] = {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2)}
            print(
                f"execute  {wall:6.2f} s   CPU {cpu:6.2f} s   {report.searched} files searched, {report.remains}"
            )
            assert not report.remains
            started, cpu = time.perf_counter(), time.process_time()
            verify(ws)
            wall, cpu = time.perf_counter() - started, time.process_time() - cpu
            result["verify"] = {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2)}
            print(f"verify   {wall:6.2f} s   CPU {cpu:6.2f} s")
        print(json.dumps(result))


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 50_000,
    )
