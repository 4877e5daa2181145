"""One build in this process, in worker processes and on Ray; and what one record costs, step by step.

    python benchmarks/ray_scaling.py DATA [--what records groups builds] [--repeat 2] [--out benchmarks/results]

DATA is the folder with ``raw-bank/``. Three parts:

* records: CPU microseconds a record of every step, and of sending it to a worker and back, on one core in one process.
* groups: the distributed search for near texts on generated messages: CPU of its three passes a record, how many groups a
  text goes to, bytes shuffled a byte of text; against the search in one process.
* builds: raw-bank built whole (with the PII model when it is installed: ``--rows`` says how many rows of it), wall time and
  the CPU of all processes. On a machine with two cores that others use too, wall times say little: the ratio of the CPU
  times is the overhead, and the share that is mapped (records) bounds the speed-up.

The digests of all builds must be equal: exit status 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from near_duplicates_scale import messages

SOURCES = ("tickets.csv", "chats.jsonl", "alpaca.json", "messages.jsonl", "slack-general.json")
RAY = ("runtime.executor=ray", "runtime.ray.object_store_mb=200")
RUNS = {
    "this process": (),
    "2 processes": ("runtime.workers=2",),
    "ray, 1 worker": (*RAY, "runtime.workers=1"),
    "ray, 2 workers": (*RAY, "runtime.workers=2"),
}


def make(root: Path, data: Path, rows: int, detector: str) -> None:
    """A workspace over raw-bank, or the first ``rows`` tickets of it."""
    from tunewright.flows import init as init_flow

    init_flow.detectors = lambda: (detector,)  # type: ignore[assignment]
    sources = [data / "raw-bank" / name for name in SOURCES]
    if rows:
        cut = root.parent / "tickets.csv"
        with (data / "raw-bank" / "tickets.csv").open(encoding="utf-8") as stream:
            cut.write_text("".join(line for _, line in zip(range(rows), stream, strict=False)))
        sources = [cut]
    init_flow.init(root, sources=sources, golden=[data / "raw-bank" / "golden.jsonl"])


class Cpu:
    """CPU seconds of this process and everything it starts, looked at four times a second."""

    def __enter__(self) -> Cpu:
        self._seen: dict[tuple[int, float], float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join()
        self.seconds = sum(self._seen.values())

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._stop.wait(0.25):
            for process in [me, *me.children(recursive=True)]:
                try:
                    times = process.cpu_times()
                    self._seen[process.pid, process.create_time()] = times.user + times.system
                except psutil.Error:
                    continue


def build_once(root: Path, overrides: list[str]) -> dict[str, Any]:
    """One build; wall seconds, CPU seconds of all processes, peak memory of this one."""
    import resource

    from tunewright.flows.workspace import Workspace

    with Cpu() as cpu, Workspace.open(root, overrides=tuple(overrides)) as ws:
        started = time.perf_counter()
        summary = ws.build()
        wall = time.perf_counter() - started
        time.sleep(0.3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "digest": summary.ref.digest,
        "examples": summary.counts["examples"],
        "rows": sum(summary.counts.get(name, 0) for name in ("kept", "changed", "dropped", "held")),
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu.seconds, 2),
        "driver_peak_mb": round(peak),
    }


def builds(data: Path, rows: int, detector: str, repeat: int) -> dict[str, Any]:
    found: dict[str, Any] = {"detector": detector, "runs": {name: [] for name in RUNS}}
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain" / "bank"
        plain.parent.mkdir()
        make(plain, data, rows, detector)
        for _ in range(repeat):
            for name, overrides in RUNS.items():
                root = plain.parent / "run"
                shutil.rmtree(root, ignore_errors=True)
                shutil.copytree(plain, root)
                command = [sys.executable, __file__, "--one", str(root), *overrides]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found["runs"][name].append(json.loads(done.stdout.splitlines()[-1]))
                print(name, found["runs"][name][-1], flush=True)
    digests = {run["digest"] for runs in found["runs"].values() for run in runs}
    found["one_digest"] = len(digests) == 1
    return found


def records(data: Path) -> dict[str, Any]:
    """CPU microseconds a record of every step of one build, and of the wire."""
    from tunewright.core.ports import SilentProgress
    from tunewright.data import runner
    from tunewright.data.wire import examples_bytes, examples_of
    from tunewright.flows.workspace import Workspace

    steps: dict[str, dict[str, float]] = {}
    plain = runner._Run.step

    def timed(self: Any, line: Any, options: Any) -> None:
        seen, started = len(self._fates.current), time.process_time()
        plain(self, line, options)
        spent = time.process_time() - started
        steps[line.name] = {
            "records": seen,
            "us_a_record": round(1e6 * spent / max(seen, 1), 1),
            "mapped": float(not line.corpus and not line.adds),
        }

    runner._Run.step = timed  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "bank"
        make(root, data, 0, "patterns")
        with Workspace.open(root) as ws:
            started = time.process_time()
            ws.build(progress=SilentProgress())
            whole = time.process_time() - started
            from tunewright.data.snapshot import load_snapshot
            from tunewright.flows.snapshots import find_snapshot

            folder_of = ws.project.records.folder(find_snapshot(ws, ""))
            examples = list(load_snapshot(folder_of))
    runner._Run.step = plain  # type: ignore[method-assign]
    parts = [examples[at : at + 256] for at in range(0, len(examples), 256)]
    started = time.process_time()
    sent = [examples_bytes(part) for part in parts]
    there = time.process_time()
    for part in sent:
        examples_of(part)
    back = time.process_time()
    count = len(examples)
    return {
        "steps": steps,
        "whole_build_cpu_s": round(whole, 2),
        "wire": {
            "encode_us": round(1e6 * (there - started) / count, 2),
            "decode_us": round(1e6 * (back - there) / count, 2),
            "bytes_a_record": round(sum(map(len, sent)) / count),
            "text_bytes_a_record": round(
                sum(len(turn.content.encode()) for one in examples for turn in one.messages) / count
            ),
        },
    }


def groups(rows: int) -> list[dict[str, Any]]:
    """The group-by on generated messages, in one process, so that CPU time is all there is to count."""
    from tunewright.core.frames import parted
    from tunewright.data import near_spread
    from tunewright.data.near import NearTexts
    from tunewright.data.wire import values_of
    from tunewright.engines.executor.local import LocalExecutor

    texts = list(messages(rows, "plain"))
    size = sum(len(text.encode()) for text in texts)
    started = time.process_time()
    here = NearTexts(texts, 0.8).neighbours()
    alone = time.process_time() - started
    found = []
    for count in (2, 8, 32):
        seen: dict[str, float] = {}

        class Counting(LocalExecutor):
            """Counts what passes, and the time of each pass."""

            def map(self, work: Any, parts: Any) -> Iterator[bytes]:
                name = work.entry.partition(":")[2]
                began = time.process_time()
                for answer in super().map(work, parts):
                    seen[f"{name}_bytes"] = seen.get(f"{name}_bytes", 0) + len(answer)  # noqa: B023
                    if name == "spreading":
                        for block in parted(answer):
                            routed = len(values_of(block)[0])
                            seen["routed"] = seen.get("routed", 0) + routed  # noqa: B023
                    yield answer
                seen[f"{name}_s"] = time.process_time() - began  # noqa: B023

        there = near_spread.spread_neighbours(Counting(1), texts, 0.8, long_words=128, groups=count)
        found.append(
            {
                "rows": rows,
                "groups": count,
                "equal": bool((here == there).all()),
                "near_share": round(float(here.mean()), 3),
                "one_process_us": round(1e6 * alone / rows, 1),
                "counting_us": round(1e6 * seen["counting_s"] / rows, 1),
                "spreading_us": round(1e6 * seen["spreading_s"] / rows, 1),
                "gathering_us": round(1e6 * seen["gathering_s"] / rows, 1),
                "groups_a_text": round(seen["routed"] / rows, 2),
                "text_bytes_a_record": round(size / rows, 1),
                "counts_bytes_a_text_byte": round(seen["counting_bytes"] / size, 2),
                "shuffled_bytes_a_text_byte": round(seen["spreading_bytes"] / size, 2),
            }
        )
        print(found[-1], flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--what", nargs="+", default=["records", "groups", "builds"])
    parser.add_argument("--rows", type=int, default=3000, help="tickets of the build with the PII model")
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(build_once(Path(options.one[0]), options.one[1:])))
        return 0
    path = options.out / "ray_scaling.json"
    told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    told["machine"] = {"cores": os.cpu_count(), "load": os.getloadavg(), "python": platform.python_version()}
    if "records" in options.what:
        told["records"] = records(options.data)
    if "groups" in options.what:
        told["groups"] = groups(options.texts)
    if "builds" in options.what:
        told["builds"] = [builds(options.data, 0, "patterns", options.repeat)]
    if "model" in options.what:
        told["model_builds"] = [builds(options.data, options.rows, "ner", options.repeat)]
    path.write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told, indent=1))
    same = all(one["one_digest"] for one in [*told.get("builds", []), *told.get("model_builds", [])])
    return 0 if same and all(one["equal"] for one in told.get("groups", [])) else 1


if __name__ == "__main__":
    sys.exit(main())
