"""Write src/tunewright/data/english_letters.py: how English letters follow each other, counted in this
repository's prose.

    python scripts/make_letter_table.py

Counts letter pairs over the distinct words of README, docs and docstrings, every word by the square root of its
frequency
(so that neither the commonest words nor the rare names speak alone), and keeps minus log2 of the conditional
probability in
tenths.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "src" / "tunewright" / "data" / "english_letters.py"
ALPHABET = " abcdefghijklmnopqrstuvwxyz"


def texts() -> list[str]:
    found = [
        path.read_text(encoding="utf-8") for path in sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
    ]
    for path in sorted((ROOT / "src").rglob("*.py")):
        if path == TARGET:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
                found.append(ast.get_docstring(node) or "")
            elif (
                isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count(" ") >= 4
            ):
                found.append(node.value)
    return [re.sub(r"`[^`]*`|\S*[_/.=<>(){}\[\]]\S*", " ", text) for text in found]


def main() -> None:
    words = Counter(word for text in texts() for word in re.findall(r"\b[a-z]{1,20}\b", text.lower()))
    pairs: Counter[tuple[str, str]] = Counter()
    for word, count in words.items():
        if count < 2 or not re.search("[aeiouy]", word):
            continue
        padded = f" {word} "
        for first, second in pairwise(padded):
            pairs[first, second] += math.sqrt(count)
    rows = []
    for first in ALPHABET:
        total = sum(pairs[first, second] for second in ALPHABET)
        costs = [
            min(99, round(-math.log2((pairs[first, second] + 0.3) / (total + 0.3 * len(ALPHABET))) * 10))
            for second in ALPHABET
        ]
        rows.append("    " + ", ".join(f"{cost}" for cost in costs) + ",")
    body = "\n".join(rows)
    head = (
        '"""Made by scripts/make_letter_table.py; do not edit.\n\n'
        'Cost in tenths of a bit of a letter after another in English."""\n\n'
        "from __future__ import annotations\n\n"
        f'ALPHABET = "{ALPHABET}"\n'
        '"""order of rows (the letter before) and columns (the letter after); blank: outside a word"""\n\n'
    )
    TARGET.write_text(f"{head}# fmt: off\nCOSTS = (\n{body}\n)\n# fmt: on\n", encoding="utf-8")
    print(f"{len(words)} words, {sum(pairs.values()):.0f} pairs")


if __name__ == "__main__":
    main()
