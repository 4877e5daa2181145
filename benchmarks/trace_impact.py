"""How long `audit trace` and `audit impact` take, warm, on a snapshot of 12,000 examples and 50,000 exchanges.

    python benchmarks/trace_impact.py [EXAMPLES] [EXCHANGES]

The snapshot is made of seeded sentences in the product's own Parquet schema; everything around it (records, lineage,
decision, exchanges) is written through the product. Target: 200 ms each, warm, at 12,000 examples. Larger sizes show
that no step grows with the number of examples but the first trace, which derives the index once.
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from tunewright.core.canonical import utc_text
from tunewright.core.types import Record, Score
from tunewright.data.snapshot import _schema
from tunewright.flows.impact import impact
from tunewright.flows.trace import trace
from tunewright.flows.workspace import Workspace
from tunewright.registry.policy_file import parse_policy
from tunewright.registry.promote import promote
from tunewright.registry.versions import register, subject_of
from tunewright.store import db
from tunewright.store.project import Project

POLICY = b"""name: bench
version: 1
environments: {dev: {rules: [{name: e, kind: evidence, runs: [evaluate], max_age_days: 9}]}}
"""
CONFIGURATION = "model: {name: bench}\ndata: {sources: []}\n"
ASPECTS = [
    "card",
    "transfer",
    "refund",
    "balance",
    "pin",
    "limit",
    "fee",
    "cash",
    "exchange",
    "statement",
    "payment",
]
VERBS = ["lost", "blocked", "declined", "missing", "pending", "reverted", "charged", "doubled", "delayed"]
OPENERS = [
    "why was my",
    "please check the",
    "what about a",
    "i never got the",
    "how long until the",
    "can you explain a",
]
TAILS = [
    "yesterday",
    "abroad",
    "at the shop",
    "since monday",
    "in the app",
    "twice",
    "for my daughter",
    "after the update",
]
WARM = 15


def sentence(random_: random.Random) -> str:
    """A support question of some twelve words."""
    words = [random_.choice(OPENERS), random_.choice(ASPECTS), random_.choice(VERBS), random_.choice(TAILS)]
    words += [f"ref {random_.randrange(10**6)}", random_.choice(ASPECTS), random_.choice(TAILS)]
    return " ".join(words)


def write_examples(folder: Path, count: int) -> tuple[str, str, str]:
    """The Parquet files; answers the id, row and prompt of one example in the middle."""
    random_ = random.Random(7)
    identities = sorted(hashlib.sha256(str(i).encode()).hexdigest() for i in range(count))
    middle = ("", "", "")
    with pq.ParquetWriter(folder / "examples.parquet", _schema(), compression="zstd") as writer:
        for start in range(0, count, 50_000):
            rows = []
            for at in range(start, min(count, start + 50_000)):
                prompt, locator = sentence(random_), f"T{at:08d}"
                split = "train" if at % 10 else "validation"
                if at == count // 2 + 1:
                    middle = (identities[at], f"tickets.csv#{locator}", prompt)
                rows.append(
                    {
                        "id": identities[at],
                        "split": split,
                        "messages": [
                            {"role": "user", "content": prompt},
                            {"role": "assistant", "content": '{"team": "cards"}'},
                        ],
                        "source": "tickets.csv",
                        "locator": locator,
                        "origin_digest": identities[at],
                        "licence": "internal",
                        "purpose": "support",
                        "received_at": "",
                        "subject": f"C{at // 3:07d}",
                        "thread": "",
                        "history": [],
                        "labels": [f"split:{split}"],
                        "findings": [],
                    }
                )
            writer.write_table(pa.Table.from_pylist(rows, schema=_schema()), row_group_size=50_000)
    text, texts = pa.string(), pa.list_(pa.string())
    names = ("source", "record", "outcome", "example", "of", "split")
    fields = [(name, text) for name in names] + [("reasons", texts)]
    outcomes = {name: pa.array([], text) for name in names} | {"reasons": pa.array([], texts)}
    pq.write_table(pa.table(outcomes, schema=pa.schema(fields)), folder / "outcomes.parquet")
    (folder / "manifest.json").write_text(json.dumps({"merkle_root": "-", "splits": {"train": count}}))
    return middle


def make_model(project: Project, count: int) -> tuple[Record, tuple[str, str, str]]:
    """Records from source to a promoted model version."""
    commit = project.records.commit
    plain: dict[str, Any] = {"inputs": (), "files_dir": None, "action": "bench.record"}
    source = commit(kind="source", name="tickets.csv", version="1", recipe={"form": "columns"}, **plain)
    base = commit(kind="base", name="builtin", version="1", recipe={"digest": "b"}, **plain)
    with project.staging() as folder:
        middle = write_examples(folder, count)
        made: dict[str, Any] = {
            "kind": "snapshot",
            "name": "bench",
            "version": "1",
            "recipe": {},
            "action": "bench.record",
        }
        snapshot = commit(inputs=(source.ref,), files_dir=folder, **made)
    recipe = {"train": {"method": "lora"}}
    run_inputs = {**plain, "inputs": (snapshot.ref, base.ref)}
    run = commit(kind="run", name="train", version="1", recipe=recipe, **run_inputs)
    served = dict.fromkeys(("base", "weights", "tokenizer", "chat_template", "quantisation"), "x")
    model = register(project, name="bench", snapshot=snapshot, base=base, run=run, served=served)
    score = Score(metric="exact_match", value=0.9, low=0.88, high=0.92, n=900, signature="bench")
    measured: dict[str, Any] = {**plain, "inputs": (model.ref,), "scores": (score,)}
    recipe = {"subject_digest": subject_of(model)}
    commit(kind="run", name="evaluate", version="1", recipe=recipe, **measured)
    promote(project, parse_policy(POLICY), model, "dev", primary="exact_match", roles={})
    return model, middle


def write_exchanges(project: Project, model: Record, count: int, prompt: str) -> str:
    """Exchanges as the gateway writes them; answers the id of the newest."""
    random_, at = random.Random(8), utc_text(datetime(2026, 6, 1, tzinfo=UTC))
    for start in range(0, count, 10_000):
        rows = []
        for number in range(start, min(count, start + 10_000)):
            asked = prompt if number == count - 1 else sentence(random_)
            body = {"messages": [{"role": "user", "content": asked}], "answer": "{}"}
            rows.append(
                {
                    "id": f"ex-{number:024x}",
                    "at": at,
                    "key_id": "k",
                    "model_name": "bench",
                    "version": model.ref.version,
                    "subject_digest": subject_of(model),
                    "variant": "dev",
                    "user": "",
                    "body": body,
                    "finish_reason": "stop",
                    "prompt_tokens": 12,
                    "completion_tokens": 5,
                    "latency_ms": 4.0,
                    "flags": [],
                }
            )
        with project.transaction() as connection:
            connection.execute(sa.insert(db.exchanges), rows)
    return f"ex-{count - 1:024x}"


def timed(name: str, call: Callable[[], object]) -> dict[str, Any]:
    """First call, then the median and worst of the warm ones, in ms; and CPU time, which other programs do not change."""
    times, cpu_started = [], 0.0
    for number in range(WARM + 1):
        if number == 1:
            cpu_started = time.process_time()
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    cpu = (time.process_time() - cpu_started) * 1000 / WARM
    warm = times[1:]
    row = {"what": name, "first_ms": round(times[0], 1)}
    row |= {
        "median_ms": round(statistics.median(warm), 1),
        "worst_ms": round(max(warm), 1),
        "cpu_ms": round(cpu, 1),
    }
    told = (
        f"first {times[0]:9.1f} ms   warm median {row['median_ms']:7.1f} ms   worst {row['worst_ms']:7.1f} ms"
    )
    print(f"{name:<24} {told}   CPU {cpu:6.1f} ms")
    return row


def main(examples: int, exchanges: int) -> None:
    """Build, measure, print one JSON line at the end."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "tunewright.yaml").write_text(CONFIGURATION)
        Project.create(root, actor="bench").close()
        with Workspace.open(root, actor="bench") as ws:
            model, (identity, row, prompt) = make_model(ws.project, examples)
            exchange = write_exchanges(ws.project, model, exchanges, prompt)
            first = trace(ws, exchange)
            assert first.nearest[0].row == row
            assert first.nearest[0].similarity == 1
            assert impact(ws, row).exchanges == exchanges
            rows = [
                timed("trace exchange", lambda: trace(ws, exchange)),
                timed("trace model", lambda: trace(ws, "bench@1.0.0")),
                timed("trace example", lambda: trace(ws, identity)),
                timed("impact example", lambda: impact(ws, identity)),
                timed("impact source row", lambda: impact(ws, row)),
                timed("impact person", lambda: impact(ws, "C0000007")),
            ]
            result = {
                "examples": examples,
                "exchanges": exchanges,
                "index_and_first_ms": first.wall_ms,
                "rows": rows,
            }
            print(json.dumps(result))


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 12_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 50_000,
    )
