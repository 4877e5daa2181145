"""Near-duplicate search against datasketch's bulk path: documents a CPU second, and recall of the true pairs.

    python benchmarks/near_duplicates.py [--documents 50000] [--rounds 3] [--out benchmarks/results]

A generated corpus (seeded): Zipf-distributed words, 50 to 400 a document; 20 % are edited copies of another document
(0.5 to 10 % of the words replaced, deleted or inserted), 5 % exact copies. The truth is the exact Jaccard similarity
of word 5-grams of every planted pair, computed on plain Python sets.

Each tool gets the texts in memory and answers the pairs it found; timed is the CPU time of its process from texts to
pairs. Tools run in processes of their own, in turn, and the median of the rounds counts. datasketch runs as its
documentation shows (MinHash.bulk, 128 permutations, MinHashLSH with threshold 0.8), without exact verification.
Exit status 1 when recall at 0.8 is below 99.9 %, a wrong pair is answered, or datasketch is faster.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THRESHOLD = 0.8


def corpus(documents: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Texts, and the planted pairs (indices)."""
    rng = random.Random(7)
    vocabulary = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10))) for _ in range(40_000)
    ]
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    base = documents * 3 // 4
    texts = [rng.choices(vocabulary, weights, k=rng.randint(50, 400)) for _ in range(base)]
    pairs = []
    for at in range(base, documents):
        original = rng.randrange(base)
        words = list(texts[original])
        rate = rng.choice([0.005, 0.01, 0.02, 0.03, 0.05, 0.1]) if at % 5 else 0.0
        for place in range(len(words) - 1, -1, -1):
            if rng.random() < rate:
                words[place : place + 1] = rng.choice([[], [rng.choice(vocabulary)], [words[place], "also"]])
        texts.append(words)
        pairs.append((original, at))
    return [" ".join(words) for words in texts], pairs


def grams(text: str) -> frozenset[tuple[str, ...]]:
    words = text.split()
    return frozenset(tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4)))


def similarity(first: str, second: str) -> float:
    one, two = grams(first), grams(second)
    return len(one & two) / len(one | two)


def tunewright_pairs(texts: list[str]) -> list[tuple[int, int]]:
    from tunewright.data.minhash import NearIndex

    index = NearIndex(texts, THRESHOLD, long_words=1)
    found = []
    for at in range(len(texts)):
        if index.may_have_twin[at]:
            found += [(twin.index, at) for twin in index.twins(at)]
            index.add(at)
    return found


def datasketch_pairs(texts: list[str]) -> list[tuple[int, int]]:
    from datasketch import MinHash, MinHashLSH

    tokens = [[" ".join(gram).encode() for gram in grams(text)] for text in texts]
    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    found = []
    for at, minhash in enumerate(MinHash.bulk(tokens, num_perm=128)):
        found += [(int(other), at) for other in lsh.query(minhash)]
        lsh.insert(at, minhash)
    return found


TOOLS = {"tunewright": tunewright_pairs, "datasketch": datasketch_pairs}


def worker(tool: str, path: Path) -> None:
    """One timed run over the texts of a file; the answer goes to standard output."""
    texts = json.loads(path.read_text(encoding="utf-8"))
    run = TOOLS[tool]
    run(texts[:200])  # imports and look-up tables are not what is compared
    started = time.process_time()
    pairs = run(texts)
    print(json.dumps({"cpu_s": time.process_time() - started, "pairs": pairs}))


def measure(documents: int, rounds: int) -> dict[str, object]:
    texts, planted = corpus(documents)
    truth = {pair for pair in planted if similarity(texts[pair[0]], texts[pair[1]]) >= THRESHOLD}
    seconds: dict[str, list[float]] = {tool: [] for tool in TOOLS}
    found: dict[str, set[tuple[int, int]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "texts.json")
        path.write_text(json.dumps(texts), encoding="utf-8")
        for _ in range(rounds):
            for tool in TOOLS:
                command = [sys.executable, __file__, "--worker", tool, "--texts", str(path)]
                answer = json.loads(
                    subprocess.run(command, check=True, capture_output=True, text=True).stdout
                )
                seconds[tool].append(answer["cpu_s"])
                found[tool] = {(int(a), int(b)) for a, b in answer["pairs"]}
    report: dict[str, object] = {
        "documents": documents,
        "true_planted_pairs": len(truth),
        "rounds": rounds,
        "machine": f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, one core",
    }
    for tool in TOOLS:
        wrong = sum(similarity(texts[a], texts[b]) < THRESHOLD for a, b in found[tool])
        median = statistics.median(seconds[tool])
        report[tool] = {
            "documents_per_cpu_s": round(documents / median),
            "cpu_s_median": round(median, 2),
            "cpu_s": [round(value, 2) for value in seconds[tool]],
            "pairs": len(found[tool]),
            "recall": round(len(found[tool] & truth) / len(truth), 5),
            "precision": round(1 - wrong / len(found[tool]), 5),
        }
    report["speed_ratio"] = round(
        statistics.median(seconds["datasketch"]) / statistics.median(seconds["tunewright"]), 2
    )
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--worker", choices=sorted(TOOLS), help=argparse.SUPPRESS)
    parser.add_argument("--texts", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(arguments.worker, arguments.texts)
        return 0
    report = measure(arguments.documents, arguments.rounds)
    text = json.dumps(report, indent=2)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "near_duplicates.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    own = report["tunewright"]
    assert isinstance(own, dict)
    return int(own["recall"] < 0.999 or own["precision"] < 1 or float(str(report["speed_ratio"])) < 1)


if __name__ == "__main__":
    sys.exit(main())
