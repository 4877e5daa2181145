"""How long reviewers' pages and decisions take with 100,000 open findings.

    python benchmarks/review_queue.py [FINDINGS] [--out FILE]

The rows go through the product: a JSON Lines source whose messages hold a doubtful telephone number, a tenth of them a
number shared by many messages; `data build` with normalise, malformed and pii. Then pages of the queue, one finding in its
context, decisions on one and on whole clusters, with nothing and with half decided. A page in a fresh process opens the
index and reads all votes. The baseline, in the same run, is what `review list` did before: read all outcomes and sources.
Target: a page <= 300 ms.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tunewright.core.types import Example
from tunewright.data.outcomes import read_outcomes
from tunewright.data.review_index import write_index
from tunewright.data.snapshot import OUTCOMES
from tunewright.engines import load
from tunewright.flows import review_board
from tunewright.flows.prepare import prepare
from tunewright.flows.review import (
    claim_findings,
    decide_finding,
    finding_detail,
    review_queue,
    undo_decision,
)
from tunewright.flows.review_progress import publication, review_progress
from tunewright.flows.snapshots import find_snapshot
from tunewright.flows.sources import rows_of, sources_of
from tunewright.flows.workspace import Workspace
from tunewright.store.project import Project

CONFIGURATION = """
model: {name: bench}
data:
  sources: [{path: chats.jsonl, form: messages}]
  steps: [{use: normalise}, {use: malformed}, {use: pii}]
"""
WORDS = [
    "garden",
    "river",
    "window",
    "morning",
    "yellow",
    "letter",
    "summer",
    "paper",
    "kitchen",
    "music",
    "winter",
    "basket",
    "forest",
    "market",
]
REPEATS = 12
CHILD = """
import sys, time
from tunewright.flows.workspace import Workspace
from tunewright.flows.review import review_queue
with Workspace.open(sys.argv[1], actor="cold") as ws:
    started, cpu = time.perf_counter(), time.process_time()
    page = review_queue(ws, page_size=50)
    print((time.perf_counter() - started) * 1000, (time.process_time() - cpu) * 1000)
    assert len(page.items) == 50
"""


def doubtful_numbers(generator: random.Random, count: int) -> list[str]:
    """Distinct numbers of which the built-in detector is unsure."""
    found: dict[str, None] = {}
    detector = load("pii", "patterns")
    while len(found) < count:
        values = [
            f"040 {generator.randint(1000, 9999)} {generator.randint(1000, 9999)}" for _ in range(20_000)
        ]
        for value, spans in zip(
            values, detector.detect([f"it said {v} on the form" for v in values]), strict=True
        ):
            if [span.kind for span in spans] == ["phone"] and 0.4 <= spans[0].confidence < 0.85:
                found[value] = None
    return list(found)[:count]


def write_source(root: Path, findings: int) -> None:
    """``findings`` rows that will be held and a tenth as many that will not."""
    generator = random.Random(7)
    numbers = doubtful_numbers(generator, findings)
    shared = numbers[: max(1, findings // 2000)]
    with (root / "chats.jsonl").open("w", encoding="utf-8") as stream:
        for number in range(findings + findings // 10):
            words = " ".join(generator.choices(WORDS, k=14))
            if number < findings:
                value = generator.choice(shared) if number % 10 == 0 else numbers[number]
                words = f"The {words}, it said {value} on the form, by the {generator.choice(WORDS)}"
            turns = [
                {"role": "user", "content": f"{words} ({number})"},
                {"role": "assistant", "content": "You find it there."},
            ]
            stream.write(json.dumps({"id": f"R{number}", "messages": turns}) + "\n")


def timed(name: str, call: Callable[[], Any], repeats: int = REPEATS) -> dict[str, Any]:
    """Median and worst of ``repeats`` calls, milliseconds, and CPU of one."""
    times, cpu = [], time.process_time()
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / repeats
    row = {
        "what": name,
        "median_ms": round(statistics.median(times), 1),
        "worst_ms": round(max(times), 1),
        "cpu_ms": round(cpu, 1),
    }
    print(
        f"{name:<56} median {row['median_ms']:8.1f} ms  worst {row['worst_ms']:8.1f} ms  CPU {row['cpu_ms']:8.1f} ms",
        flush=True,
    )
    return row


def cold(root: Path, what: str) -> dict[str, Any]:
    """The first page in a process of its own, without the start of Python and the opening of the workspace."""
    command = [sys.executable, "-c", CHILD, str(root)]
    told = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(3)
    ]
    times, cpu = ([float(pair[place]) for pair in told] for place in (0, 1))
    row = {
        "what": what,
        "median_ms": round(statistics.median(times), 1),
        "worst_ms": round(max(times), 1),
        "cpu_ms": round(statistics.median(cpu), 1),
    }
    print(row, flush=True)
    return row


def pages(ws: Workspace, label: str, total: int) -> list[dict[str, Any]]:
    """Everything a reviewer's page asks."""
    last = max(1, total // 50)
    key = review_queue(ws, page=last // 2 + 1).items[0].finding.key
    return [
        timed(f"page 1 of 50 findings{label}", lambda: review_queue(ws)),
        timed(f"page in the middle{label}", lambda: review_queue(ws, page=last // 2)),
        timed(f"page 1 of 500 findings{label}", lambda: review_queue(ws, page_size=500)),
        timed(
            f"page by kind and reason{label}", lambda: review_queue(ws, kind="phone", reason="pii_doubtful")
        ),
        timed(f"page, most doubtful first{label}", lambda: review_queue(ws, order="doubt")),
        timed(
            f"page, largest clusters, one a cluster{label}",
            lambda: review_queue(ws, order="cluster", collapse=True),
        ),
        timed(f"one finding in its context{label}", lambda: finding_detail(ws, key)),
        timed(f"progress{label}", lambda: review_progress(ws)),
        timed(
            f"claim a page of 50{label}",
            lambda: claim_findings(ws, tuple(i.finding.key for i in review_queue(ws).items)),
        ),
    ]


def decisions(ws: Workspace) -> list[dict[str, Any]]:
    """Deciding one, a large cluster, and taking both back."""
    singles = iter(
        [
            item.finding.key
            for item in review_queue(ws, page=20, page_size=100).items
            if item.finding.cluster_size == 1
        ]
    )
    done: list[str] = []

    def decide() -> None:
        done.append(next(singles))
        decide_finding(ws, done[-1], "dismissed")

    found = [timed("decide one finding", decide)]
    found.append(timed("take one decision back", lambda: undo_decision(ws, done.pop())))
    clusters = iter(
        [item.finding for item in review_queue(ws, order="cluster", collapse=True, page_size=20).items]
    )
    covered = []

    def decide_cluster() -> None:
        lead = next(clusters)
        covered.append((lead.key, decide_finding(ws, lead.key, "dismissed", scope="cluster").findings))

    row = timed("decide a cluster", decide_cluster, 5)
    found.append({**row, "findings": [count for _, count in covered]})
    keys = iter([key for key, _ in covered])
    found.append(timed("take a cluster's decision back", lambda: undo_decision(ws, next(keys)), 5))
    return found


def half_decided(ws: Workspace) -> int:
    """Decide every second finding, cluster by cluster and one by one, straight through the domain."""
    from tunewright.data import review

    record = find_snapshot(ws)
    board = review_board.board_of(ws, record)
    rows = range(0, board.index.size, 2)
    ballots = [review.Ballot(board.index.key(row), "phone", "", "dismissed") for row in rows]
    for start in range(0, len(ballots), 5000):
        review.decide(ws.project, ballots[start : start + 5000], ws.configuration.data.review, record.ref)
    return len(ballots)


def main() -> None:
    findings = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 100_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "tunewright.yaml").write_text(CONFIGURATION)
        write_source(root, findings)
        Project.create(root, actor="bench").close()
        with Workspace.open(root, actor="bench") as ws:
            started = time.perf_counter()
            prepare(ws)
            build_s = time.perf_counter() - started
            record = find_snapshot(ws)
            waiting = review_queue(ws).total
            assert waiting == findings, waiting
            size = sum(f.stat().st_size for f in review_board.index_folder(ws.project, record).iterdir())
            result: dict[str, Any] = {
                "open_findings": waiting,
                "build_s": round(build_s, 1),
                "index_mb": round(size / 1e6, 1),
            }

            def read_all() -> None:
                list(read_outcomes(ws.project.records.folder(record) / OUTCOMES))
                {
                    row.id: row
                    for row in rows_of(ws.project, sources_of(ws.project, record))
                    if isinstance(row, Example)
                }

            rows = [timed("baseline: all outcomes and sources read again", read_all, 2)]
            started = time.perf_counter()
            originals = {
                row.id: row
                for row in rows_of(ws.project, sources_of(ws.project, record))
                if isinstance(row, Example)
            }
            outcomes = list(read_outcomes(ws.project.records.folder(record) / OUTCOMES))
            read_s = time.perf_counter() - started
            with tempfile.TemporaryDirectory() as other:
                started = time.perf_counter()
                write_index(Path(other), outcomes, originals)
                result["write_index_s"] = round(time.perf_counter() - started, 2)
            result["read_sources_s"] = round(read_s, 2)
            rows.append(cold(root, "first page in a fresh process, nothing decided"))
            rows += pages(ws, "", waiting)
            rows += decisions(ws)
            started = time.perf_counter()
            result["decided"] = half_decided(ws)
            result["decide_half_s"] = round(time.perf_counter() - started, 2)
            rows.append(cold(root, "first page in a fresh process, half decided"))
            review_queue(ws)
            rows += pages(ws, ", half decided", waiting // 2)
            rows.append(timed("publication", lambda: publication(ws, record)))
        baseline = rows[0]["median_ms"]
        first = next(row for row in rows if row["what"] == "page 1 of 50 findings")
        result |= {"rows": rows, "page_times_faster_than_baseline": round(baseline / first["median_ms"], 1)}
        text = json.dumps(result, indent=1)
        print(text)
        if "--out" in sys.argv:
            Path(sys.argv[sys.argv.index("--out") + 1]).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
