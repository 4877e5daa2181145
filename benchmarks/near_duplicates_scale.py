"""Near-duplicate search as the corpus grows, and on corpora that make a search quadratic.

    python benchmarks/near_duplicates_scale.py [--most 2000000] [--out benchmarks/results]

Measured is the CPU time of one core a row, from a text file read line by line to the kept rows (greedy, Jaccard 0.8),
and the process's peak memory. Corpora are generated (seeded):

* plain: messages of 5 to 20 words, Zipf-distributed over 8,000 made-up words; 15 % are a recent one with one word
  changed, 5 % a repetition. 50,000 rows and more: the curve.
* long: as plain, 30 % of the rows twice as long. boilerplate: as long, but what is added is one template.
* documents: 50 to 400 words; boilerplate_documents: 30 % of them begin with one template of 60 words.
* one_cluster: any two rows are near. copies: one row, ten million times.

Exit status 1 when the largest plain run takes more than 1.3 x the time a row of the 50,000 run, or more than 4 GB, or a
boilerplate run more than 2 x the time of its plain one.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from near_duplicates_peers import peak_mb

THRESHOLD = 0.8
SHARE = 0.3


def words(rng: random.Random) -> Iterator[str]:
    """Zipf-distributed words without end."""
    vocabulary = ["".join(rng.choices("etaoinshrdlucmfwypvbgk", k=rng.randint(2, 9))) for _ in range(8_000)]
    weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(vocabulary))))
    while True:
        yield from rng.choices(vocabulary, cum_weights=weights, k=1 << 16)


def messages(count: int, extra: str) -> Iterator[str]:
    """extra: ``plain``, ``long`` or ``boilerplate``."""
    rng = random.Random(11)
    stream = words(rng)
    template = list(itertools.islice(stream, 12))
    recent: list[list[str]] = []
    for at in range(count):
        draw = rng.random()
        if draw < 0.2 and recent:
            text = list(rng.choice(recent))
            if draw < 0.15:
                text[rng.randrange(len(text))] = next(stream)
        else:
            text = list(itertools.islice(stream, rng.randint(5, 20)))
            if rng.random() < SHARE and extra != "plain":
                text = [*(template if extra == "boilerplate" else itertools.islice(stream, 12)), *text]
            # Copies are made of originals only: families do not grow with the corpus.
            recent[at % 50_000 : at % 50_000 + 1] = [text]
        yield " ".join(text)


def documents(count: int, extra: str) -> Iterator[str]:
    rng = random.Random(12)
    stream = words(rng)
    template = list(itertools.islice(stream, 60))
    recent: list[list[str]] = []
    for _ in range(count):
        if rng.random() < 0.2 and recent:
            text = list(rng.choice(recent))
            for _ in range(rng.randrange(4)):
                text[rng.randrange(len(text))] = next(stream)
        else:
            text = list(itertools.islice(stream, rng.randint(50, 400)))
            if extra == "boilerplate" and rng.random() < SHARE:
                text = [*template, *text[: max(20, len(text) - 60)]]
            recent = [*recent[-2000:], text]
        yield " ".join(text)


def corpus(kind: str, count: int) -> Iterator[str]:
    """Rows of one kind."""
    if kind in ("plain", "long", "boilerplate"):
        return messages(count, kind)
    if kind in ("documents", "boilerplate_documents"):
        return documents(count, kind.partition("_")[0])
    body = "dear customer your parcel is waiting at the branch please bring the code and a document with you to the desk"
    if kind == "one_cluster":
        return (f"{body} {at * 7919 % 1_000_003:06d}" for at in range(count))
    return itertools.repeat(body, count)


def lines(path: Path) -> Iterator[str]:
    with path.open(encoding="ascii") as stream:
        for line in stream:
            yield line[:-1]


def search(rows: Iterator[str]) -> dict[str, object]:
    """One timed run."""
    import numpy as np

    from tunewright.data.near import NearTexts

    started, clock = time.process_time(), time.perf_counter()
    near = NearTexts(rows, THRESHOLD)
    read = time.process_time() - started
    join = near.join(np.arange(near.nodes))
    gone = join.thin(lambda pairs: np.ones(len(pairs), dtype=np.bool_))
    used = time.process_time() - started
    count = len(near.node_of)
    return {
        "rows": count,
        "cpu_s": round(used, 2),
        "wall_s": round(time.perf_counter() - clock, 2),
        "us_a_row": round(used / count * 1e6, 2),
        "shingling_us_a_row": round(read / count * 1e6, 2),
        "kept": near.nodes - len(gone),
        "candidates_a_row": round(join.looked_at / count, 2),
        "compared_a_row": round(join.compared / count, 3),
        "peak_rss_mb": round(peak_mb()),
    }


def run(kind: str, count: int) -> dict[str, object]:
    """One run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.txt")
        with path.open("w", encoding="ascii") as stream:
            stream.writelines(f"{row}\n" for row in corpus(kind, count))
        command = [sys.executable, __file__, "--worker", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, object] = {"kind": kind, **json.loads(done.stdout)}
    print(answer, flush=True)
    return answer


def plot(runs: list[dict[str, object]], path: Path) -> None:
    """Time a row and memory over the number of rows. Needs matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    curve = [one for one in runs if one["kind"] == "plain"]
    rows = [one["rows"] for one in curve]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    left.plot(rows, [one["us_a_row"] for one in curve], "o-", label="whole search")
    left.plot(rows, [one["shingling_us_a_row"] for one in curve], "o--", label="of it shingling and sorting")
    left.set(xscale="log", xlabel="messages", ylabel="µs CPU a message", ylim=(0, None))
    left.legend()
    right.plot(rows, [one["peak_rss_mb"] / 1024 for one in curve], "o-")
    right.set(xscale="log", xlabel="messages", ylabel="peak memory, GB", ylim=(0, None))
    figure.savefig(path, dpi=110)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most", type=int, default=2_000_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--plot-only", action="store_true", help="draw the kept result again")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        search(iter(["one", "another"]))
        print(json.dumps(search(lines(arguments.worker))))
        return 0
    kept = arguments.out / "near_duplicates_scale.json"
    if arguments.plot_only:
        plot(json.loads(kept.read_text(encoding="utf-8"))["runs"], kept.with_suffix(".png"))
        return 0
    sizes = [size for size in (50_000, 100_000, 200_000, 500_000, 1_000_000) if size < arguments.most]
    runs = [run("plain", size) for size in [*sizes, arguments.most]]
    runs += [run(kind, 50_000) for kind in ("long", "boilerplate", "documents", "boilerplate_documents")]
    runs += [run("one_cluster", 50_000), run("one_cluster", 200_000), run("copies", 10_000_000)]
    by_kind = {one["kind"]: float(str(one["cpu_s"])) for one in runs}
    growth = float(str(runs[len(sizes)]["us_a_row"])) / float(str(runs[0]["us_a_row"]))
    report = {
        "machine": "one core",
        "time_a_row_against_the_smallest_run": round(growth, 2),
        "boilerplate_against_plain_of_one_length": round(by_kind["boilerplate"] / by_kind["long"], 2),
        "boilerplate_documents_against_plain": round(
            by_kind["boilerplate_documents"] / by_kind["documents"], 2
        ),
        "runs": runs,
    }
    kept.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in report.items() if key != "runs"}, indent=1))
    try:
        plot(runs, kept.with_suffix(".png"))
    except ImportError:
        print("no matplotlib: draw the curve elsewhere with --plot-only")
    good = growth <= 1.3 and all(float(str(one["peak_rss_mb"])) <= 4096 for one in runs)
    shares = (
        report["boilerplate_against_plain_of_one_length"],
        report["boilerplate_documents_against_plain"],
    )
    return int(not good or any(float(str(share)) > 2 for share in shares))


if __name__ == "__main__":
    sys.exit(main())
