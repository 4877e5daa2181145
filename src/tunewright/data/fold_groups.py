"""Which examples must not be told apart by a fold: the same thread, the same prompt, nearly the same prompt.

Near prompts are found by MinHash over words and neighbouring pairs of words; only neighbours in a bucket are compared, so
ten million copies cost no more than ten million other rows. It may miss a near pair: a fold is no promise, only a guard
against an example that is judged by its own copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tunewright.core.types import Example
from tunewright.data.comparison import prompt_of
from tunewright.metrics.hashed_ngrams import words_of

_BANDS = 10
_ROWS = 3
_ALIKE = 0.6
"""Jaccard similarity of the words and pairs from which on two prompts stay together"""


def groups_of(examples: Sequence[Example]) -> list[str]:
    """The name of each example's group: the smallest id in it. The order of the examples changes nothing."""
    parent = list(range(len(examples)))

    def top(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    def join(one: int, other: int) -> None:
        low, high = sorted((top(one), top(other)))
        parent[high] = low

    first: dict[tuple[str, ...], int] = {}
    bags: dict[int, frozenset[str]] = {}
    for at, example in enumerate(examples):
        words = words_of(prompt_of(example))
        keys = [("words", *words)]
        if example.origin.thread:
            keys.append(("thread", example.origin.source, example.origin.thread))
        for key in keys:
            join(first.setdefault(key, at), at)
        if words and first[keys[0]] == at:
            bags[at] = frozenset([*words, *map(" ".join, pairwise(words))])
    for one, other in _neighbours(bags):
        if top(one) != top(other):
            shared = len(bags[one] & bags[other])
            if shared >= _ALIKE * (len(bags[one]) + len(bags[other]) - shared):
                join(one, other)
    name: dict[int, str] = {}
    for at, example in enumerate(examples):
        root = top(at)
        name[root] = min(name.get(root, example.id), example.id)
    return [name[top(at)] for at in range(len(examples))]


def _neighbours(bags: dict[int, frozenset[str]]) -> list[tuple[int, int]]:
    """Pairs of places that stand beside each other in some bucket, in the order of their texts."""
    if len(bags) < 2:
        return []
    order = sorted(bags, key=lambda at: sorted(bags[at]))
    places = np.array(order, dtype=np.int64)
    # The code of a piece of text is its rank: the same whatever the process or the order of reading.
    codes = {
        piece: rank for rank, piece in enumerate(sorted({piece for bag in bags.values() for piece in bag}))
    }
    sizes = np.array([len(bags[at]) for at in order], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    flat = np.fromiter(
        (codes[piece] for at in order for piece in bags[at]), dtype=np.uint64, count=int(sizes.sum())
    )
    found: set[tuple[int, int]] = set()
    generator = np.random.default_rng(20240)
    for _ in range(_BANDS):
        key = np.zeros(len(order), dtype=np.uint64)
        for _ in range(_ROWS):
            key = key * np.uint64(0x9E3779B97F4A7C15) + np.minimum.reduceat(
                _shuffled(flat, generator), starts
            )
        ranked = np.argsort(key, kind="stable")
        same = np.flatnonzero(key[ranked][1:] == key[ranked][:-1])
        found.update(zip(places[ranked[same]].tolist(), places[ranked[same + 1]].tolist(), strict=True))
    return sorted(found)


def _shuffled(values: npt.NDArray[np.uint64], generator: np.random.Generator) -> npt.NDArray[np.uint64]:
    """One random one-to-one map of 64-bit numbers (an odd multiplier and a shift)."""
    odd = np.uint64(int(generator.integers(0, 2**63)) * 2 + 1)
    mixed = (values + np.uint64(int(generator.integers(1, 2**62)))) * odd
    result: npt.NDArray[np.uint64] = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return result
