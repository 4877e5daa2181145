"""A messy export end to end: `tunewright data build` beside data-juicer's `dj-process` and ForgeLM's `audit`.

    python benchmarks/data.py FOLDER [--juicer VENV] [--forgelm VENV] [--rounds 3]

FOLDER holds source files, ``golden.jsonl`` and ``TRUTH.jsonl``. Each tool is a whole process on one core, alternating; every
one gets the same rows (data-juicer as text, ForgeLM as chat messages). A venv that is not given is made under
``~/.cache/tunewright-peers``. What counts:

* CPU and wall seconds of the process, its start included, and peak memory;
* planted personal data that is still readable in what the tool hands on (ForgeLM's audit hands nothing on: what it counts
  is compared with what was planted);
* planted exact copies and near-copies of which both members are still there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tunewright.core.types import Example
from tunewright.data.sources import read_source
from tunewright.flows.init import init
from tunewright.flows.workspace import Workspace

CACHE = Path.home() / ".cache" / "tunewright-peers"
PEERS = {
    "juicer": ["torch==2.13.0", "py-data-juicer==1.6.1", "aiohttp"],
    "forgelm": ["forgelm==0.11.1"],
}
SAME_STEPS = ("normalise", "malformed", "exact_duplicates", "pii", "near_duplicates", "split")
"""the steps for which data-juicer has a counterpart (and the split, without which there is no snapshot)"""
JUICER = [
    {"fix_unicode_mapper": None},
    {"pii_redaction_mapper": None},
    {"clean_email_mapper": None},
    {"clean_ip_mapper": None},
    {"alphanumeric_filter": {"min_ratio": 0.25}},
    {"character_repetition_filter": {"rep_len": 10, "max_ratio": 0.5}},
    {"special_characters_filter": {"max_ratio": 0.5}},
    {"text_length_filter": {"min_len": 10}},
    {"document_deduplicator": None},
    {
        "document_minhash_deduplicator": {
            "tokenization": "character",
            "window_size": 5,
            "jaccard_threshold": 0.8,
        }
    },
]


def venv(name: str, given: Path | None) -> Path:
    """The peer's environment; made once where it is not given."""
    folder = given or CACHE / name
    if not (folder / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", *PEERS[name]], check=True)
    return folder


def measured(command: list[str], where: Path) -> dict[str, float]:
    """CPU seconds, wall seconds and peak memory of one whole process on one core. Raises RuntimeError when it fails."""
    core = str(min(os.sched_getaffinity(0)))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "RAYON_NUM_THREADS": "1"}
    started = time.perf_counter()
    with (where / "log").open("wb") as log:
        child = subprocess.Popen(
            ["taskset", "-c", core, *command], cwd=where, env=environment, stdout=log, stderr=log
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command[0]} failed: {(where / 'log').read_text(errors='replace')[-2000:]}")
    return {
        "wall_s": time.perf_counter() - started,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_rss_mb": usage.ru_maxrss / 1024,
    }


def prepared(folder: Path, scratch: Path) -> dict[str, Any]:
    """The rows in the form of each tool, and two workspaces: the steps that the peers have too, and all of them."""
    init(scratch / "all", sources=[folder], golden=[folder / "golden.jsonl"])
    rows: list[Example] = []
    with Workspace.open(scratch / "all") as ws:
        for source in ws.configuration.data.sources:
            path = (ws.root / source.path).resolve()
            rows += [e for e in read_source(path, source) if isinstance(e, Example)]
    shutil.copytree(scratch / "all", scratch / "same")
    path = scratch / "same" / "tunewright.yaml"
    configuration = yaml.safe_load(path.read_text(encoding="utf-8"))
    configuration["data"]["steps"] = [{"use": name} for name in SAME_STEPS]
    path.write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")
    with (scratch / "text.jsonl").open("w") as text, (scratch / "messages.jsonl").open("w") as chat:
        for row in rows:
            text.write(json.dumps({"text": "\n".join(m.content for m in row.messages)}) + "\n")
            turns = [{"role": m.role, "content": m.content} for m in row.messages]
            chat.write(json.dumps({"messages": turns}) + "\n")
    juicer = {
        "project_name": "peer", "dataset_path": str(scratch / "text.jsonl"), "np": 1, "open_tracer": False,
        "export_path": str(scratch / "juicer" / "out.jsonl"), "use_cache": False, "process": JUICER,
    }  # fmt: skip
    (scratch / "juicer.yaml").write_text(yaml.safe_dump(juicer, sort_keys=False), encoding="utf-8")
    return {"rows": len(rows)}


def ours(scratch: Path, which: str, number: int) -> dict[str, float]:
    """One build; another seed every time, or the second would answer with the first one's snapshot."""
    program = str(Path(sys.executable).parent / "tunewright")
    where = scratch / which
    command = [program, "data", "build", "--json", "--set", f"data.seed={100 + number}"]
    found = measured(command, where)
    exported = [program, "data", "export", "--to", str(scratch / f"{which}.jsonl")]
    subprocess.run(exported, cwd=where, check=True, stdout=subprocess.DEVNULL)
    return found


def texts_of(path: Path) -> list[str]:
    """What a tool hands on, one text a row."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.append(row["text"] if "text" in row else "\n".join(m["content"] for m in row["messages"]))
    return found


def leaks(texts: list[str], folder: Path) -> dict[str, Any]:
    """Planted values that can still be read in the texts, by type: [still readable, planted]."""
    planted: dict[str, str] = {}
    for line in (folder / "TRUTH.jsonl").read_text(encoding="utf-8").splitlines():
        for span in json.loads(line)["pii"]:
            planted[span["text"]] = span["type"]
    everything = "\n".join(texts)
    table: dict[str, list[int]] = {}
    for value, kind in planted.items():
        counts = table.setdefault(kind, [0, 0])
        counts[0] += value in everything
        counts[1] += 1
    return {"rows_handed_on": len(texts), "still_readable": table}


def counted(scratch: Path, folder: Path) -> dict[str, Any]:
    """What ForgeLM's audit counted beside what was planted."""
    report = json.loads((scratch / "forgelm" / "data_audit_report.json").read_text(encoding="utf-8"))
    planted: dict[str, int] = {}
    for line in (folder / "TRUTH.jsonl").read_text(encoding="utf-8").splitlines():
        for span in json.loads(line)["pii"]:
            planted[span["type"]] = planted.get(span["type"], 0) + 1
    return {
        "pii_counted": report["pii_summary"],
        "secrets_counted": report["secrets_summary"],
        "planted": planted,
        "near_duplicate_pairs": report["near_duplicate_summary"]["pairs_per_split"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--juicer", type=Path, help="a venv with py-data-juicer")
    parser.add_argument("--forgelm", type=Path, help="a venv with forgelm")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    juicer = venv("juicer", arguments.juicer) / "bin" / "dj-process"
    forgelm = venv("forgelm", arguments.forgelm) / "bin" / "forgelm"
    folder = arguments.folder.resolve()
    with tempfile.TemporaryDirectory(prefix="tunewright-data-") as name:
        scratch = Path(name)
        result: dict[str, Any] = prepared(folder, scratch)
        audit = [
            str(forgelm),
            "audit",
            "messages.jsonl",
            "--output",
            "forgelm",
            "--allow-secrets",
            "--allow-pii",
            "-q",
        ]
        tools: dict[str, Callable[[int], dict[str, float]]] = {
            "tunewright, the same steps": lambda number: ours(scratch, "same", number),
            "tunewright, every step": lambda number: ours(scratch, "all", number),
            "data-juicer": lambda _: measured([str(juicer), "--config", "juicer.yaml"], scratch),
            "forgelm audit": lambda _: measured(audit, scratch),
        }
        runs: dict[str, list[dict[str, float]]] = {tool: [] for tool in tools}
        for number in range(arguments.rounds):
            for tool, run in tools.items():
                runs[tool].append(run(number))
        result["tools"] = {
            tool: {key: round(statistics.median(r[key] for r in rounds), 2) for key in rounds[0]}
            for tool, rounds in runs.items()
        }
        for tool, path in (
            ("tunewright, the same steps", scratch / "same.jsonl"),
            ("tunewright, every step", scratch / "all.jsonl"),
            ("data-juicer", scratch / "juicer" / "out.jsonl"),
        ):
            result["tools"][tool].update(leaks(texts_of(path), folder))
        result["tools"]["forgelm audit"].update(counted(scratch, folder))
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (arguments.out / "data.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
