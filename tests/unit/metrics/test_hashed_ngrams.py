"""Hashed n-grams: counts against a count without hashing, and the same bits in any company."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.metrics.hashed_ngrams import HashedNgrams, words_of

WIDE = 1 << 16


def features(text: str, grams: tuple[int, ...] = (3, 4), word_weight: int = 2) -> Counter[str]:
    """The unhashed truth: words (twice), pairs, character n-grams of bordered words."""
    words = words_of(text)
    found: Counter[str] = Counter()
    for word in words:
        found[f"w:{word}"] += word_weight
        bordered = f" {word} "
        for size in grams:
            for at in range(len(bordered) - size + 1):
                found[f"{size}:{bordered[at : at + size]}"] += 1
    for one, other in itertools.pairwise(words):
        found[f"p:{one} {other}"] += 1
    return found


texts = st.lists(
    st.sampled_from(["card", "cards", "water", "the", "is", "wrong", "café", "漢字", "x1", "don't", "re-do"]),
    max_size=8,
).map(" ".join)


def rows(maker: HashedNgrams, asked: list[str]) -> np.ndarray:
    return np.concatenate([block for _, block in maker.blocks(asked)]) if asked else np.zeros((0, WIDE))


@settings(max_examples=40, deadline=None)
@given(one=texts, other=texts)
def test_inner_products_are_those_of_the_unhashed_features(one: str, other: str) -> None:
    """In 65,536 columns collisions among a few dozen features are rare; each shifts the product by a few counts."""
    found = rows(HashedNgrams(WIDE, grams=(3, 4)), [one, other])
    truth = [features(one), features(other)]
    expected = sum(truth[0][key] * truth[1][key] for key in truth[0])
    assert abs(float(found[0] @ found[1]) - expected) <= 8
    assert abs(float(np.abs(found[0]).sum()) - truth[0].total()) <= 8


@settings(max_examples=40, deadline=None)
@given(asked=st.lists(texts | st.text(max_size=30), max_size=6))
def test_a_row_is_the_same_in_any_company(asked: list[str]) -> None:
    maker = HashedNgrams(WIDE)
    together = rows(maker, asked)
    for at, text in enumerate(asked):
        assert (rows(HashedNgrams(WIDE), [text])[0] == together[at]).all()


def test_blocks_are_in_order_and_cover_all() -> None:
    maker = HashedNgrams(64)
    asked = [f"word{number}" for number in range(10)]
    blocks = list(maker.blocks(asked, rows=4))
    assert [start for start, _ in blocks] == [0, 4, 8]
    assert [len(block) for _, block in blocks] == [4, 4, 2]


def test_another_process_gives_the_same_bits() -> None:
    code = (
        "import hashlib, numpy; from tunewright.metrics.hashed_ngrams import HashedNgrams;"
        "block = next(HashedNgrams(512).blocks(['my card is späť 漢字', 'x']))[1];"
        "print(hashlib.sha256(block.tobytes()).hexdigest())"
    )
    answers = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(answers) == 1
