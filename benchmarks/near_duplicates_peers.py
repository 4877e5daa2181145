"""Other tools on the texts of a file, each run by the Python of its own environment: see ``near_duplicates.py``.

    PEER-PYTHON near_duplicates_peers.py datasketch|rensa|text_dedup|datatrove TEXTS.json

Prints one JSON line: ``cpu_s`` and ``peak_rss_mb`` from the texts in memory (for text-dedup and datatrove: with their input
file) to the answer, and the answer: ``pairs`` of indices, or, of tools that only remove, ``removed`` indices. All at Jaccard
0.8, word 5-grams, 128 permutations; nothing else is set that the tool's documentation does not set.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THRESHOLD, PERMUTATIONS = 0.8, 128


def grams(text: str) -> set[str]:
    words = text.split()
    return {" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))}


def datasketch(texts: list[str]) -> dict[str, object]:
    from datasketch import MinHash, MinHashLSH

    tokens = [[gram.encode() for gram in grams(text)] for text in texts]
    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    found = []
    for at, minhash in enumerate(MinHash.bulk(tokens, num_perm=PERMUTATIONS)):
        found += [(int(other), at) for other in lsh.query(minhash)]
        lsh.insert(at, minhash)
    return {"pairs": found, "bands_rows": [lsh.b, lsh.r]}


def rensa(texts: list[str]) -> dict[str, object]:
    from rensa import RMinHash, RMinHashLSH

    bands = 16
    minhashes = RMinHash.from_token_sets([list(grams(text)) for text in texts], PERMUTATIONS, 42)
    lsh = RMinHashLSH(THRESHOLD, PERMUTATIONS, bands)
    found = []
    for at, minhash in enumerate(minhashes):
        found += [(int(other), at) for other in lsh.query(minhash)]
        lsh.insert(at, minhash)
    return {"pairs": found, "bands_rows": [bands, PERMUTATIONS // bands]}


def text_dedup(texts: list[str]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        rows = [{"id": at, "text": text} for at, text in enumerate(texts)]
        Path(folder, "in").mkdir()
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        Path(folder, "in", "texts.jsonl").write_text(lines, encoding="utf-8")
        command = [
            *(sys.executable, "-m", "text_dedup.minhash", "--path", "json", "--data_dir", f"{folder}/in"),
            *("--split", "train", "--cache_dir", f"{folder}/cache", "--output", f"{folder}/out"),
            *("--column", "text", "--idx_column", "id", "--batch_size", "10000", "--num_proc", "1"),
            *(
                "--ngram",
                "5",
                "--num_perm",
                str(PERMUTATIONS),
                "--threshold",
                str(THRESHOLD),
                "--min_length",
                "1",
            ),
            *("--hash_func", "xxh3", "--hash_bits", "32", "--use_auth_token", "false"),
        ]
        subprocess.run(command, check=True, capture_output=True)
        from datasets import load_from_disk

        kept = set(load_from_disk(f"{folder}/out")["id"])
    return {"removed": [at for at in range(len(texts)) if at not in kept]}


def datatrove(texts: list[str]) -> dict[str, object]:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    config = MinhashConfig(n_grams=5, num_buckets=9, hashes_per_bucket=13)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in").mkdir()
        lines = "".join(json.dumps({"id": str(at), "text": text}) + "\n" for at, text in enumerate(texts))
        Path(folder, "in", "texts.jsonl").write_text(lines, encoding="utf-8")
        reader = JsonlReader(f"{folder}/in")
        stages = [
            ([reader, MinhashDedupSignature(f"{folder}/signatures", config=config)], 1),
            (
                [MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/buckets", config=config)],
                config.num_buckets,
            ),
            ([MinhashDedupCluster(f"{folder}/buckets", f"{folder}/remove", config=config)], 1),
            (
                [
                    reader,
                    MinhashDedupFilter(
                        f"{folder}/remove",
                        exclusion_writer=JsonlWriter(f"{folder}/removed", compression=None),
                    ),
                ],
                1,
            ),
        ]
        for number, (pipeline, tasks) in enumerate(stages):
            LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=f"{folder}/log{number}").run()
        removed = [
            int(json.loads(line)["id"])
            for path in sorted(Path(folder, "removed").rglob("*.jsonl"))
            for line in path.read_text(encoding="utf-8").splitlines()
        ]
    return {"removed": removed}


TOOLS = {"datasketch": datasketch, "rensa": rensa, "text_dedup": text_dedup, "datatrove": datatrove}


def cpu_s() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def peak_mb() -> float:
    """The most memory this process, or one it started, ever held. (``ru_maxrss`` begins with the parent's.)"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return max(own, used.ru_maxrss if used.ru_utime else 0) / 1024


def timed(tool: str, run: object, texts: list[str]) -> None:
    """Warm up on a few texts, then time a run over all of them and print what it answers."""
    assert callable(run)
    if tool not in ("text_dedup", "datatrove"):
        run(texts[:200])
    started, clock = cpu_s(), time.perf_counter()
    answer = run(texts)
    used, wall = cpu_s() - started, time.perf_counter() - clock
    print(json.dumps({"cpu_s": used, "wall_s": wall, "peak_rss_mb": peak_mb(), **answer}))


if __name__ == "__main__":
    timed(sys.argv[1], TOOLS[sys.argv[1]], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
