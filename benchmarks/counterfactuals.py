"""How often counterfactual exchanges are made, left alone, and right.

    python benchmarks/counterfactuals.py DATA [--out benchmarks/results]

DATA holds ``bias/`` (WinoBias, written in pairs that differ in the pronoun alone: an independent oracle), ``general/``
(gsm8k: people, names, prices) and ``intents/``.

* right: the exchanged sentence is the other one of the pair, to the letter; wrong: it is another one;
* left alone, by reason; of all conversations that hold a word of the kind at all.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tunewright.core.types import Message
from tunewright.data.counterfactual import KINDS, exchanged

PRONOUNS = {"he", "she", "him", "her", "his", "hers", "himself", "herself"}


def sentences(path: Path) -> list[str]:
    """WinoBias lines without number and brackets."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip().partition(" ")[2].replace("[", "").replace("]", "") for line in lines]


def pairs(folder: Path) -> dict[str, Any]:
    """Every sentence of one file against its twin in the other, both ways."""
    one, other = (sentences(folder / f"winobias-{name}-type1-dev.txt") for name in ("pro", "anti"))
    told: Counter[str] = Counter()
    for left, right in [*zip(one, other, strict=True), *zip(other, one, strict=True)]:
        found = exchanged([Message("user", left)], "pronouns")
        if found.reason:
            told[found.reason] += 1
        elif found.messages[0].content == right:
            told["right"] += 1
        else:
            # Where the file's own pair differs by more than pronouns, no exchange of these could give the twin.
            told["other" if plain(left) == plain(right) else "pair_differs_otherwise"] += 1
    return {"sentences": len(one) + len(other), **told}


def plain(sentence: str) -> list[str]:
    """Its words but for pronouns."""
    return [word for word in sentence.split() if word.strip(".,").lower() not in PRONOUNS]


def rates(conversations: list[tuple[Message, ...]]) -> dict[str, Any]:
    """By kind: how many hold such a word, made, left alone by reason; microseconds a conversation."""
    answer: dict[str, Any] = {"conversations": len(conversations)}
    for kind in KINDS:
        started = time.process_time()
        found = Counter(exchanged(turns, kind).reason or "made" for turns in conversations)
        spent = time.process_time() - started
        with_word = len(conversations) - found["nothing"]
        answer[kind] = {
            "with_such_a_word": with_word,
            **{reason: count for reason, count in sorted(found.items()) if reason != "nothing"},
            "made_share": round(found["made"] / with_word, 3) if with_word else 0.0,
            "cpu_us_each": round(1e6 * spent / len(conversations), 1),
        }
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    lines = (arguments.data / "general" / "gsm8k-train.jsonl").read_text(encoding="utf-8").splitlines()
    problems = [
        (Message("user", row["question"]), Message("assistant", row["answer"]))
        for row in map(json.loads, lines)
    ]
    with (arguments.data / "intents" / "banking77-train.csv").open(encoding="utf-8", newline="") as stream:
        tickets = [
            (Message("user", row["text"]), Message("assistant", json.dumps({"intent": row["category"]})))
            for row in csv.DictReader(stream)
        ]
    answer = {
        "winobias": pairs(arguments.data / "bias"),
        "gsm8k": rates(problems),
        "banking77": rates(tickets),
    }
    print(json.dumps(answer, indent=1))
    (arguments.out / "counterfactuals.json").write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
