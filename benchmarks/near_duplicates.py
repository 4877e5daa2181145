"""Near-duplicate search against datasketch (bulk), rensa, text-dedup and datatrove: CPU seconds, memory, found pairs.

    python benchmarks/near_duplicates.py [--documents 50000] [--rounds 3] [--out benchmarks/results]
        [--peers FOLDER]            make missing environments there, one a peer, with pip
        [--peer NAME=PYTHON ...]    use this Python for a peer

A generated corpus (seeded): bigram Markov text over 40,000 made-up words, 50 to 400 a document; 20 % are edited copies of
another document (0.5 to 10 % of the words replaced, deleted or doubled), 5 % exact copies. The truth is the exact Jaccard
similarity of word 5-grams of every pair that shares one, counted on plain Python strings by a full inverted index.

Each tool runs in a process of its own, on one core, in turn; the median of the rounds counts (slow ones run once).
Measured is the CPU time from the texts in memory to the answer. datasketch runs as its documentation shows
(MinHash.bulk, 128 permutations, MinHashLSH at threshold 0.8), without exact verification. Exit status 1 when a pair at
0.8 is missed, a wrong one answered, datasketch is not beaten by 6, or memory is above 0.6 GB.
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
import venv
from collections import Counter
from itertools import combinations
from pathlib import Path

import near_duplicates_peers as peers

THRESHOLD = 0.8
PACKAGES = {
    "datasketch": ["datasketch==2.0.0"],
    "rensa": ["rensa==0.5.0"],
    "text_dedup": ["text-dedup==0.4.0"],
    "datatrove": ["datatrove[io,processing]==0.10.1", "spacy"],
}
SLOW = ("text_dedup", "datatrove")


def corpus(documents: int) -> list[str]:
    """The texts."""
    rng = random.Random(7)
    vocabulary = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10))) for _ in range(40_000)
    ]
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    drawn = rng.choices(range(len(vocabulary)), weights, k=1 << 20)
    followers = [[drawn[rng.randrange(1 << 20)] for _ in range(12)] for _ in vocabulary]
    base = documents * 3 // 4
    texts = []
    for _ in range(base):
        word, words = drawn[rng.randrange(1 << 20)], []
        for _ in range(rng.randint(50, 400)):
            words.append(vocabulary[word])
            word = followers[word][rng.randrange(12)] if rng.random() < 0.6 else drawn[rng.randrange(1 << 20)]
        texts.append(words)
    for at in range(base, documents):
        words = list(texts[rng.randrange(base)])
        rate = rng.choice([0.005, 0.01, 0.02, 0.03, 0.05, 0.1]) if at % 5 else 0.0
        for place in range(len(words) - 1, -1, -1):
            if rng.random() < rate:
                words[place : place + 1] = rng.choice([[], [rng.choice(vocabulary)], [words[place], "also"]])
        texts.append(words)
    rng.shuffle(texts)
    return [" ".join(words) for words in texts]


def truth(texts: list[str]) -> dict[tuple[int, int], float]:
    """Every pair at or above the threshold: shared grams counted gram by gram, no filter, no hash of ours."""
    sets = [peers.grams(text) for text in texts]
    holders: dict[str, list[int]] = {}
    for at, one in enumerate(sets):
        for gram in one:
            holders.setdefault(gram, []).append(at)
    shared: Counter[tuple[int, int]] = Counter()
    for members in holders.values():
        if len(members) > 1:
            shared.update(combinations(members, 2))
    found = {}
    for (one, other), count in shared.items():
        similarity = count / (len(sets[one]) + len(sets[other]) - count)
        if similarity >= THRESHOLD:
            found[one, other] = similarity
    return found


def tunewright(texts: list[str]) -> dict[str, object]:
    from tunewright.data.near import NearTexts

    pairs = NearTexts(texts, THRESHOLD, long_words=1).pairs()
    return {"pairs": list(zip(pairs.second.tolist(), pairs.first.tolist(), strict=True))}


def scores(answer: dict[str, object], true: dict[tuple[int, int], float]) -> dict[str, float]:
    """Pair precision and recall; of a tool that removes, by pairs of which both stay and removed without a twin."""
    if "pairs" in answer:
        found = {(min(pair), max(pair)) for pair in answer["pairs"]}  # type: ignore[attr-defined]
        hits = len(found & true.keys())
        just_above = {pair for pair, similarity in true.items() if similarity < 0.85}
        return {
            "pairs": len(found),
            "precision": round(hits / len(found), 5),
            "recall": round(hits / len(true), 5),
            "recall_from_080_to_085": round(len(found & just_above) / len(just_above), 5),
        }
    removed = set(answer["removed"])  # type: ignore[call-overload]
    twins = {at for pair in true for at in pair}
    both_stay = sum(not removed & set(pair) for pair in true)
    return {
        "removed": len(removed),
        "removed_with_a_twin": round(len(removed & twins) / max(len(removed), 1), 5),
        "pairs_not_both_kept": round(1 - both_stay / len(true), 5),
    }


def environment(name: str, folder: Path) -> str:
    """The Python of a peer's environment, made when it is not there."""
    place = folder / f"peer-{name}"
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES[name]], check=True)
    return str(python)


def run_once(tool: str, python: str, texts: Path) -> dict[str, object]:
    script = __file__ if tool == "tunewright" else peers.__file__
    arguments = ["--worker", str(texts)] if tool == "tunewright" else [tool, str(texts)]
    done = subprocess.run([python, script, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        return {
            "failed": done.stderr.strip().splitlines()[-1][-300:] if done.stderr.strip() else "no message"
        }
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(documents: int, rounds: int, pythons: dict[str, str]) -> dict[str, object]:
    """Everything, as it is written to the results."""
    texts = corpus(documents)
    true = truth(texts)
    answers: dict[str, list[dict[str, object]]] = {tool: [] for tool in pythons}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "texts.json")
        path.write_text(json.dumps(texts), encoding="utf-8")
        for number in range(rounds):
            for tool, python in pythons.items():
                if number == 0 or tool not in SLOW:
                    answers[tool].append(run_once(tool, python, path))
                    print(
                        tool,
                        {k: v for k, v in answers[tool][-1].items() if k not in ("pairs", "removed")},
                        flush=True,
                    )
    report: dict[str, object] = {
        "documents": documents,
        "megabytes": round(sum(map(len, texts)) / 1e6, 1),
        "true_pairs": len(true),
        "rounds": rounds,
        "machine": f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, one core",
    }
    medians = {}
    for tool, runs in answers.items():
        if "failed" in runs[0]:
            report[tool] = runs[0]
            continue
        medians[tool] = statistics.median(float(str(run["cpu_s"])) for run in runs)
        report[tool] = {
            "documents_per_cpu_s": round(documents / medians[tool]),
            "cpu_s_median": round(medians[tool], 2),
            "cpu_s": [round(float(str(run["cpu_s"])), 2) for run in runs],
            "peak_rss_mb": round(max(float(str(run["peak_rss_mb"])) for run in runs)),
            **scores(runs[-1], true),
        }
    report["times_as_fast_as"] = {
        tool: round(median / medians["tunewright"], 2)
        for tool, median in medians.items()
        if tool != "tunewright"
    }
    return report


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=Path.home() / ".cache" / "tunewright-benchmarks")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--only", nargs="*", default=list(PACKAGES), choices=list(PACKAGES))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        peers.timed("tunewright", tunewright, json.loads(arguments.worker.read_text(encoding="utf-8")))
        return 0
    given = dict(pair.split("=", 1) for pair in arguments.peer)
    pythons = {"tunewright": sys.executable}
    for name in arguments.only:
        pythons[name] = given.get(name) or environment(name, arguments.peers)
    report = measure(arguments.documents, arguments.rounds, pythons)
    text = json.dumps(report, indent=2)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "near_duplicates.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    own, ratios = report["tunewright"], report["times_as_fast_as"]
    assert isinstance(own, dict)
    assert isinstance(ratios, dict)
    good = own["recall"] == own["precision"] == 1 and own["peak_rss_mb"] <= 600
    return int(not good or ratios.get("datasketch", 6) < 6)


if __name__ == "__main__":
    sys.exit(main())
