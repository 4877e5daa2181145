"""The steps that judge by a model or by the corpus, on a raw export, scored against its TRUTH.jsonl.

    python benchmarks/data_relevance.py DATA [--perplexity] [--embed hashed minilm] [--out benchmarks/results]

DATA holds ``raw-bank/`` and ``general/``. Every step sees what the pipeline before it leaves (up to decontamination).

* stale and wrong labels: planted rows found, rows without a planted defect held or dropped;
* off topic: the export's own chatter is dropped while reading (nobody answered it), so it is put back as pairs whose reply
  is another line of chatter, with 200 general instructions and grade-school problems beside it; with all golden items,
  with 200, 50 and none;
* perplexity (with --perplexity): the same rows, and 1,000 grade-school problems of which 50 have the answer of another and
  50 an answer of random letters.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunewright import engines
from tunewright.core.types import Drop, Example, Keep, Message, Origin, Outcome
from tunewright.data.options import StepOptions
from tunewright.data.runner import run_pipeline
from tunewright.data.sources import example_id
from tunewright.data.steps import entry
from tunewright.engines.language.base_form import BaseForm
from tunewright.engines.language.model_folder import resolve_base
from tunewright.flows.init import init
from tunewright.flows.sources import golden_examples, record_goldens, record_sources, rows_of
from tunewright.flows.step_needs import StepNeeds
from tunewright.flows.workspace import Workspace

BEFORE = ("normalise", "malformed", "exact_duplicates", "pii", "near_duplicates", "decontaminate")


def survivors(folder: Path) -> tuple[list[Example], list[Example], list[list[str]]]:
    """(examples after BEFORE, golden items, planted defects of each example)."""
    truth = {
        (t["source"], t["record"]): t["defects"]
        for t in map(json.loads, (folder / "TRUTH.jsonl").read_text(encoding="utf-8").splitlines())
    }
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "bank"
        init(root, sources=[folder], golden=[folder / "golden.jsonl"])
        with Workspace.open(root) as ws:
            sources, goldens = record_sources(ws), golden_examples(ws.project, record_goldens(ws))
            needs = StepNeeds(ws, {"golden": goldens, "decisions": {}})
            with tempfile.TemporaryDirectory() as copies:
                rows = list(rows_of(ws.project, sources, Path(copies)))
            result = run_pipeline(rows, [StepOptions(use=name) for name in BEFORE], needs=needs)
    kept = list(result.kept)
    return kept, goldens, [truth[Path(e.origin.source).stem.split("-")[0], e.origin.locator] for e in kept]


def made(source: str, number: int, prompt: str, reply: str) -> Example:
    origin = Origin(source, str(number), f"{source}-{number}")
    return Example(example_id(origin), (Message("user", prompt), Message("assistant", reply)), origin)


def fate(outcome: Outcome) -> str:
    if isinstance(outcome, Keep):
        return "marked" if outcome.reasons else "kept"
    return "dropped" if isinstance(outcome, Drop) else "held"


def run(
    name: str, examples: Sequence[Example], options: dict[str, Any], **needs: Any
) -> tuple[list[Outcome], float]:
    """Outcomes and CPU seconds of one step."""
    line = entry(name)
    started = time.process_time()
    step = line.factory(line.options_class(**options), **needs)
    return list(step(examples)), time.process_time() - started


def score(outcomes: Sequence[Outcome], defects: Sequence[Sequence[str]], wanted: str) -> dict[str, Any]:
    """How many of the wanted, of the clean and of the otherwise defective rows met which fate."""
    table: dict[str, Counter[str]] = {"planted": Counter(), "clean": Counter(), "others": Counter()}
    for outcome, found in zip(outcomes, defects, strict=True):
        table["planted" if wanted in found else "others" if found else "clean"][fate(outcome)] += 1
    return {name: dict(sorted(counted.items())) for name, counted in table.items()}


def label_curve(kept: Sequence[Example], defects: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Recall of the planted and rows flagged in all, by the odds asked for."""
    curve = []
    for odds in (4, 10, 30, 100, 300, 1000):
        outcomes, _ = run("wrong_labels", kept, {"mark_odds": odds, "sure_odds": odds})
        table = score(outcomes, defects, "bad_label")
        hit, clean = table["planted"].get("held", 0), table["clean"].get("held", 0)
        of = sum(table["planted"].values())
        curve.append(
            {
                "odds": odds,
                "recall": round(hit / of, 3),
                "planted": hit,
                "clean": clean,
                "precision": round(hit / max(1, hit + clean), 3),
            }
        )
    return curve


def off_topic_mix(
    data: Path, kept: Sequence[Example], defects: Sequence[Sequence[str]]
) -> tuple[list[Example], list[list[str]]]:
    draw = random.Random(1)
    lines = [
        item["text"]
        for item in json.loads((data / "raw-bank/slack-general.json").read_text(encoding="utf-8"))
    ]
    chatter = [made("slack", at, text, draw.choice(lines)) for at, text in enumerate(dict.fromkeys(lines))]
    pool = []
    for path in sorted((data / "general").glob("*.jsonl")):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            text = row.get("question") or row.get("instruction") or row.get("prompt")
            if text:
                pool.append(text)
    general = [
        made("general", at, text, f"The answer is {at}.") for at, text in enumerate(draw.sample(pool, 200))
    ]
    labels = [*map(list, defects), *[["chatter"]] * len(chatter), *[["general"]] * len(general)]
    return [*kept, *chatter, *general], labels


def off_topic(
    data: Path,
    kept: Sequence[Example],
    golden: Sequence[Example],
    defects: Sequence[Sequence[str]],
    names: Sequence[str],
) -> list[dict[str, Any]]:
    examples, labels = off_topic_mix(data, kept, defects)
    rows = []
    for name in names:
        embedder = engines.load("embed", name)
        for items in (len(golden), 200, 50, 0) if name == "hashed" else (len(golden),):
            outcomes, cpu_s = run(
                "off_topic",
                examples,
                {},
                embedder=embedder,
                golden=random.Random(2).sample(list(golden), items),
            )
            row: dict[str, Any] = {"embed": name, "golden": items, "cpu_s": round(cpu_s, 1)}
            for kind in ("chatter", "general"):
                found = score(outcomes, labels, kind)["planted"]
                row[kind] = f"{sum(found.values()) - found.get('kept', 0)}/{sum(found.values())}"
            row["clean"] = {
                key: n for key, n in score(outcomes, labels, "chatter")["clean"].items() if key != "kept"
            }
            rows.append(row)
    return rows


def problems(data: Path) -> tuple[list[Example], list[list[str]]]:
    draw = random.Random(4)
    rows = [
        json.loads(line)
        for line in (data / "general/gsm8k-test.jsonl").read_text(encoding="utf-8").splitlines()
    ][:1000]
    examples, labels = [], []
    for at, row in enumerate(rows):
        reply, label = row["answer"], []
        if at % 20 == 0:
            reply, label = rows[(at + 7) % len(rows)]["answer"], ["swapped"]
        elif at % 20 == 1:
            words = (
                "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(3, 9))) for _ in range(20)
            )
            reply, label = " ".join(words), ["random"]
        examples.append(made("problems", at, row["question"], reply))
        labels.append(label)
    return examples, labels


def measure(data: Path, embedders: Sequence[str], with_perplexity: bool) -> dict[str, Any]:
    kept, golden, defects = survivors(data / "raw-bank")
    form = BaseForm(resolve_base("builtin"))
    result: dict[str, Any] = {
        "rows": len(kept),
        "defects": dict(Counter(d for found in defects for d in found)),
    }
    for name, wanted, needs in (
        ("stale", "stale", {}),
        ("wrong_labels", "bad_label", {}),
        ("wrong_form", "-", {"form": form}),
    ):
        outcomes, cpu_s = run(name, kept, {}, **needs)
        result[name] = {**score(outcomes, defects, wanted), "cpu_s": round(cpu_s, 2)}
    result["wrong_labels"]["curve"] = label_curve(kept, defects)
    result["off_topic"] = off_topic(data, kept, golden, defects, embedders)
    if with_perplexity:
        scorer = engines.load("perplexity", "transformers", base_dir=resolve_base("builtin"), threads=1)
        outcomes, cpu_s = run("perplexity", kept, {}, scorer=scorer)
        by_defect = {
            wanted: score(outcomes, defects, wanted)["planted"]
            for wanted in ("bad_label", "gibberish", "wrong_language")
        }
        result["perplexity"] = {
            "cpu_s": round(cpu_s, 1),
            "clean": score(outcomes, defects, "-")["clean"],
            **by_defect,
        }
        examples, labels = problems(data)
        outcomes, cpu_s = run("perplexity", examples, {}, scorer=scorer)
        result["perplexity_on_problems"] = {
            "cpu_s": round(cpu_s, 1),
            **{wanted: score(outcomes, labels, wanted)["planted"] for wanted in ("swapped", "random")},
            "clean": score(outcomes, labels, "-")["clean"],
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with raw-bank/ and general/")
    parser.add_argument("--embed", nargs="+", default=["hashed"], help="embedding engines for off_topic")
    parser.add_argument("--perplexity", action="store_true", help="with the step perplexity (minutes)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    result = measure(arguments.data, arguments.embed, arguments.perplexity)
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (arguments.out / "data_relevance.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
