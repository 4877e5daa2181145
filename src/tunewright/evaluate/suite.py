"""Which items are asked, and what a training row says about labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.core.canonical import canonical_json
from tunewright.core.seeds import derive_seed
from tunewright.core.types import Example
from tunewright.metrics.text import parse_json

_MOST_LABELS = 1000
_ROWS_A_LABEL = 5
"""answers are labels when there are at least this many training rows a distinct answer, on average"""


def limited(items: Sequence[Example], limit: int | None) -> list[Example]:
    """All items, or a random part chosen by each item's own id (the same part whatever the order), in order."""
    if limit is None or limit >= len(items):
        return list(items)
    drawn = sorted(range(len(items)), key=lambda i: derive_seed(0, "evaluate.limit", items[i].id))[:limit]
    return [items[i] for i in sorted(drawn)]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Training rows as a classifier sees them. A label is the text of the answer."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]


def as_labels(train: Sequence[Example], items: Sequence[Example]) -> Labelled | None:
    """Training rows whose answers are labels of the kind the items ask for, or None where answers are free text.

    Where every reference is a JSON object, only rows that answer with an object of the same keys count, and answers that
    differ only in white space or key order are one label. Labels seen once are left out.
    """
    keys = {_keys(item.reference) for item in items}
    wanted = None if None in keys else keys
    rows: list[tuple[str, str, str]] = []
    for example in train:
        answer = example.messages[-1]
        asked = next((m.content for m in reversed(example.messages) if m.role == "user"), None)
        if example.label("canary") or answer.role != "assistant" or asked is None:
            continue
        if wanted is None:
            rows.append((asked, answer.content.strip(), answer.content.strip()))
        elif _keys(answer.content) in wanted:
            name = canonical_json(parse_json(answer.content)).decode("utf-8")
            rows.append((asked, name, answer.content.strip()))
    counts = Counter(name for _, name, _ in rows)
    kept = [row for row in rows if counts[row[1]] > 1]
    distinct = len({name for _, name, _ in kept})
    if distinct < 2 or distinct > _MOST_LABELS or len(rows) < _ROWS_A_LABEL * len(counts):
        return None
    spelled = _usual_spelling(kept)
    return Labelled(tuple(asked for asked, _, _ in kept), tuple(spelled[name] for _, name, _ in kept))


def _keys(text: str) -> frozenset[str] | None:
    value = parse_json(text)
    return frozenset(value) if isinstance(value, dict) else None


def _usual_spelling(rows: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Label -> its most frequent text (first in order among equals)."""
    found: dict[str, Counter[str]] = {}
    for _, name, text in rows:
        found.setdefault(name, Counter())[text] += 1
    return {name: max(sorted(texts), key=lambda text: texts[text]) for name, texts in found.items()}
