"""Planted gaps in a snapshot: found or not, false alarms, and the time and memory of coverage at a million examples.

    python benchmarks/coverage.py DATA [--embed hashed minilm] [--rounds 77] [--scale 1000000] [--out benchmarks/results]

DATA holds ``intents/``. Every world is banking77's training file parted at random (seeded): ``golden`` items are set aside
as reference, the rest is the snapshot, from which one intent is taken out whole. So but for the plant both sides follow one
distribution, and whatever else is reported is a false alarm. Worlds without a plant are measured too. Compared are, on the
same embeddings:

* ``gaps``: the neighbourhood counts of ``tunewright data coverage``;
* ``clusters``: its clusters with the verdict missing or under;
* ``peer``: by the book, the k-means of scikit-learn (k = 77) on the union with a chi-square test a cluster and
  Bonferroni's correction, what a data scientist would write in a notebook.

A plant is found when something is reported of whose reference items at least half belong to the intent.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import random
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tunewright import engines
from tunewright.data.coverage import measure
from tunewright.data.coverage_types import MISSING, UNDER, Coverage, CoverageOptions, Item
from tunewright.metrics.intervals import wilson

SEED = 5


class Remembered:
    """An embedder that embeds each text once: the worlds share their texts."""

    def __init__(self, name: str, texts: Sequence[str], cache: Path | None) -> None:
        self._engine = engines.load("embed", name)
        kept = cache / f"emb_{name}.npy" if cache else None
        rows = np.load(kept) if kept and kept.is_file() else self._engine.embed(texts)
        if kept:
            np.save(kept, rows)
        self._known: dict[str, Any] = dict(zip(texts, rows, strict=True))

    @property
    def version(self) -> str:
        return str(self._engine.version)

    def embed(self, texts: Sequence[str]) -> Any:
        return np.stack([self._known[text] for text in texts])


def load(folder: Path) -> tuple[list[Item], dict[str, str]]:
    """Items, and item id -> intent."""
    with (folder / "intents" / "banking77-train.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    draw = random.Random(SEED)
    keys = [f"{draw.getrandbits(128):032x}" for _ in rows]
    items = [Item(key, row["text"], str(at)) for at, (key, row) in enumerate(zip(keys, rows, strict=True))]
    return items, {key: row["category"] for key, row in zip(keys, rows, strict=True)}


Reported = list[list[str]]
"""ids of the reference items of each thing that is reported"""


def of_gaps(found: Coverage) -> Reported:
    return [list(gap.ids) for gap in found.gaps]


def of_clusters(found: Coverage) -> Reported:
    wanted = {r.number for r in found.clusters if r.compared["golden"].verdict in (MISSING, UNDER)}
    members: dict[int, list[str]] = {number: [] for number in wanted}
    for item, label in zip(found.items["golden"], found.labels["golden"], strict=True):
        if label in wanted:
            members[label].append(item.id)
    return list(members.values())


def of_peer(train: Sequence[Item], golden: Sequence[Item], embedder: Remembered) -> Reported:
    from scipy.stats import chi2_contingency
    from sklearn.cluster import KMeans

    rows = embedder.embed([item.text for item in [*train, *golden]])
    labels = KMeans(77, n_init=1, random_state=0).fit_predict(rows)
    mine, theirs = labels[: len(train)], labels[len(train) :]
    found = []
    for at in range(77):
        a, b = int((mine == at).sum()), int((theirs == at).sum())
        table = [[a, len(train) - a], [b, len(golden) - b]]
        if a + b and chi2_contingency(table).pvalue <= 0.05 / 77 and a / len(train) < b / len(golden):
            found.append([golden[place].id for place in np.flatnonzero(theirs == at)])
    return found


def judge(reported: Reported, intent: dict[str, str], gone: str) -> tuple[bool, int]:
    """(the plant was found, false alarms)."""
    right = [sum(intent[key] == gone for key in ids) >= 0.5 * len(ids) for ids in reported]
    return any(right), len(right) - sum(right)


def worlds(
    items: Sequence[Item], intent: dict[str, str], golden: int, rounds: int
) -> Iterable[tuple[str, list[Item], list[Item]]]:
    """(intent that is gone, or empty; snapshot; reference)."""
    names = sorted(set(intent.values()))
    for number in range(rounds):
        draw = random.Random(SEED + number)
        order = draw.sample(list(items), len(items))
        gone = names[number % len(names)]
        yield gone, [item for item in order[golden:] if intent[item.id] != gone], order[:golden]
        if number % 4 == 0:
            yield "", order[golden:], order[:golden]


def quality(
    items: list[Item], intent: dict[str, str], embedder: Remembered, golden: int, rounds: int, peer: int
) -> dict[str, Any]:
    kinds = ("gaps", "clusters", "peer")
    found = dict.fromkeys(kinds, 0)
    false = dict.fromkeys(kinds, 0)
    alarms = dict.fromkeys(kinds, 0)
    seen = dict.fromkeys(kinds, 0)
    plants = dict.fromkeys(kinds, 0)
    quiet = dict.fromkeys(kinds, 0)
    missed: list[tuple[str, int]] = []
    bands = {band: [0, 0] for band in ("under 10", "10 to 19", "20 and more")}
    spent = {"ours": 0.0, "peer": 0.0}
    for number, (gone, train, reference) in enumerate(worlds(items, intent, golden, rounds)):
        started = time.process_time()
        coverage = measure(train, {"golden": reference}, embedder, CoverageOptions())
        spent["ours"] += time.process_time() - started
        reports = {"gaps": of_gaps(coverage), "clusters": of_clusters(coverage)}
        if number < peer:
            started = time.process_time()
            reports["peer"] = of_peer(train, reference, embedder)
            spent["peer"] += time.process_time() - started
        for kind, reported in reports.items():
            hit, wrong = judge(reported, intent, gone)
            seen[kind] += 1
            if gone:
                plants[kind] += 1
                found[kind] += hit
                false[kind] += wrong
                size = sum(intent[item.id] == gone for item in reference)
                band = "20 and more" if size >= 20 else "10 to 19" if size >= 10 else "under 10"
                if kind == "gaps":
                    bands[band][0] += hit
                    bands[band][1] += 1
                    missed += [] if hit else [(gone, size)]
            else:
                quiet[kind] += 1
                alarms[kind] += len(reported)
    answer: dict[str, Any] = {}
    for kind in kinds:
        if plants[kind]:
            recall = wilson(found[kind], plants[kind])
            answer[kind] = {
                "plants": plants[kind], "found": found[kind], "recall": round(recall.value, 3),
                "low": round(recall.low, 3), "high": round(recall.high, 3), "false_alarms_beside_plants": false[kind],
                "worlds_without_plant": quiet[kind], "false_alarms_without_plant": alarms[kind],
                "cpu_s_a_world": round(spent["peer" if kind == "peer" else "ours"] / seen[kind], 2),
            }  # fmt: skip
    answer["found_by_golden_items_of_the_intent"] = bands
    answer["missed"] = sorted(missed, key=lambda pair: pair[1])
    return answer


def scale(count: int) -> dict[str, Any]:
    """Generated questions, 40 subjects, one of them not trained on; the hashed embedder."""
    draw = random.Random(SEED)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(3, 9))) for _ in range(4_000)]
    subjects = [draw.sample(words, 60) for _ in range(40)]

    def made(number: int, subject: int) -> Item:
        return Item(
            f"{draw.getrandbits(128):032x}", " ".join(draw.choices(subjects[subject], k=10)), str(number)
        )

    train = [made(n, 1 + n % 39) for n in range(count)]
    golden = [made(n, n % 40) for n in range(1_500)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, cpu = time.perf_counter(), time.process_time()
    found = measure(train, {"golden": golden}, engines.load("embed", "hashed"), CoverageOptions())
    where = {item.id: item.where for item in golden}
    hit = [gap for gap in found.gaps if all(int(where[key]) % 40 == 0 for key in gap.ids)]
    return {
        "examples": count, "golden": len(golden), "wall_s": round(time.perf_counter() - started, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
        "memory_mb_above_the_texts": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024,
        "gaps": len(found.gaps), "gaps_of_the_plant": len(hit),
        "items_of_the_plant_in_gaps": sum(gap.items for gap in hit), "items_of_the_plant": 1_500 // 40 + 1,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--embed", nargs="*", default=["hashed"])
    parser.add_argument("--golden", nargs="*", type=int, default=[1_500, 3_000])
    parser.add_argument("--rounds", type=int, default=77)
    parser.add_argument("--peer", type=int, default=20, help="worlds the peer is measured on")
    parser.add_argument("--scale", nargs="*", type=int, default=[])
    parser.add_argument("--cache", type=Path, help="folder where embeddings are kept for another run")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    path = arguments.out / "coverage.json"
    answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    answer["machine"] = f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}"
    items, intent = load(arguments.data)
    jobs: list[tuple[str, Callable[[], dict[str, Any]]]] = []
    for name in arguments.embed:
        for golden in arguments.golden:
            given = (name, [item.text for item in items], arguments.cache)
            rest = (golden, arguments.rounds, arguments.peer)
            jobs.append(
                (
                    f"{name}, {golden} golden items",
                    lambda g=given, r=rest: quality(items, intent, Remembered(*g), *r),
                )
            )
    jobs += [(f"{count} examples", lambda c=count: scale(c)) for count in arguments.scale]
    for name, job in jobs:
        answer[name] = job()
        print(name, json.dumps(answer[name], indent=1))
        path.write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
