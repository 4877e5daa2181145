"""Near-duplicate search on a real export against brute force over all pairs."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from pathlib import Path

from tunewright.data.near import NearTexts
from tunewright.data.shingles import normal_form


def all_pairs(texts: list[str], threshold: float) -> set[tuple[int, int]]:
    """Exact, by prefix filtering over plain Python sets (Chaudhuri et al. 2006); shares no code with the product."""
    sets = [{text[at : at + 5] for at in range(max(1, len(text) - 4))} for text in texts]
    frequency = Counter(gram for grams in sets for gram in grams)
    holders: dict[str, list[int]] = defaultdict(list)
    pairs: set[tuple[int, int]] = set()
    for at in sorted(range(len(texts)), key=lambda place: len(sets[place])):
        grams = sorted(sets[at], key=lambda gram: (frequency[gram], gram))
        prefix = grams[: len(grams) - math.ceil(threshold * len(grams)) + 1]
        candidates = {other for gram in prefix for other in holders[gram]}
        for other in candidates:
            if len(sets[at] & sets[other]) >= threshold * len(sets[at] | sets[other]):
                pairs.add((min(at, other), max(at, other)))
        for gram in prefix:
            holders[gram].append(at)
    return pairs


def test_all_pairs_of_a_real_export(real_data: Path):
    with (real_data / "raw-bank" / "tickets.csv").open(encoding="utf-8", newline="") as stream:
        texts = [row["customer_message"] for row in csv.DictReader(stream)]
    for threshold in (0.7, 0.8):
        expected = all_pairs([normal_form(text) for text in texts], threshold)
        pairs = NearTexts(texts, threshold).pairs()
        assert len(expected) > 100
        assert set(zip(pairs.second.tolist(), pairs.first.tolist(), strict=True)) == expected
