"""Words and examples for the regions of a coverage measurement, from masked texts only.

A region's words are those that its texts use more often than all texts do (class-based TF-IDF, Grootendorst 2022,
"BERTopic"): share of the region's texts with the word, times the logarithm of one over the share of all texts with it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tunewright.core.ports import PiiDetector
from tunewright.data.coverage_types import ClusterRow, Coverage, EdgeCase, Gap
from tunewright.data.masked import masked
from tunewright.metrics.hashed_ngrams import words_of

WORDS = 6
TEXTS_A_REGION = 40
"""texts of a side that are read for a region's words"""
EXAMPLES = 3
EDGES = 12
EXCERPT = 220
_MASK = re.compile("‹[^›]*›")
_STOP_WORDS = """
a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my no not of on
or our so that the their them there they this to was we were what when where which who why will with would you your any
being get got just like im ive dont cant please help need want hi hello thanks thank s t m ve d re ll am
der die das und ist nicht ich ein eine zu mit den dem le la les un une et est je de des du en el los las que y
"""
_STOP = frozenset(_STOP_WORDS.split())


def described(coverage: Coverage, detector: PiiDetector) -> Coverage:
    """The measurement with words and masked examples in its clusters, gaps and edge cases."""
    texts = _Shown(coverage, detector)
    labels = {side: np.asarray(found, dtype=np.int64) for side, found in coverage.labels.items()}
    clusters = {row.number: _members(coverage, labels, row.number) for row in coverage.clusters}
    gaps = {gap.middle: [(gap.side, key) for key in gap.around] for gap in coverage.gaps}
    edges = _first_edges(coverage.edges)
    wanted = [pair for row in clusters.values() for side in row.values() for pair in side]
    wanted += [pair for pairs in gaps.values() for pair in pairs[:TEXTS_A_REGION]]
    wanted += [(edge.side, edge.id) for edge in edges]
    texts.read(wanted)
    common = texts.shares()
    return replace(
        coverage,
        clusters=tuple(_cluster(row, clusters[row.number], texts, common) for row in coverage.clusters),
        gaps=tuple(_gap(gap, gaps[gap.middle][:TEXTS_A_REGION], texts, common) for gap in coverage.gaps),
        edges=tuple(
            replace(edge, text=texts.text[edge.side, edge.id]) if edge in edges else edge
            for edge in coverage.edges
        ),
    )


class _Shown:
    """Masked texts and their words."""

    def __init__(self, coverage: Coverage, detector: PiiDetector) -> None:
        self._items = coverage.items
        self._detector = detector
        self.text: dict[tuple[str, str], str] = {}
        self.words: dict[tuple[str, str], frozenset[str]] = {}

    def read(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Mask these texts, each once."""
        keys = dict.fromkeys(wanted)
        found = {
            key: item.text
            for side, items in self._items.items()
            for item in items
            if (key := (side, item.id)) in keys
        }
        shown = masked([found[key] for key in keys], self._detector, excerpt=EXCERPT)
        for key, text in zip(keys, shown, strict=True):
            self.text[key] = text
            self.words[key] = frozenset(
                word
                for word in words_of(_MASK.sub(" ", text))
                if word not in _STOP and len(word) > 1 and not any(letter.isdigit() for letter in word)
            )

    def shares(self) -> Mapping[str, float]:
        """Word -> share of the read texts that have it."""
        counted = Counter(word for words in self.words.values() for word in words)
        return {word: count / len(self.words) for word, count in counted.items()}

    def best_words(self, keys: Sequence[tuple[str, str]], common: Mapping[str, float]) -> tuple[str, ...]:
        """The most characteristic words of these texts; a word of one text alone characterises nothing."""
        counted = Counter(word for key in keys for word in self.words[key])
        least = 2 if len(keys) > 2 else 1
        scored = {
            word: count / len(keys) * -math.log(min(0.999, common[word]))
            for word, count in counted.items()
            if count >= least
        }
        return tuple(sorted(scored, key=lambda word: (-scored[word], word))[:WORDS])


def _members(
    coverage: Coverage, labels: Mapping[str, npt.NDArray[np.int64]], number: int
) -> dict[str, list[tuple[str, str]]]:
    """(side, id) of some texts of a cluster, evenly from each side."""
    found = {}
    for side, own in labels.items():
        places = np.flatnonzero(own == number).tolist()
        stride = max(1, len(places) // TEXTS_A_REGION)
        found[side] = [(side, coverage.items[side][at].id) for at in places[::stride][:TEXTS_A_REGION]]
    return found


def _cluster(
    row: ClusterRow, members: Mapping[str, list[tuple[str, str]]], texts: _Shown, common: Mapping[str, float]
) -> ClusterRow:
    every = [pair for side in members.values() for pair in side]
    examples = {side: tuple(texts.text[pair] for pair in pairs[:EXAMPLES]) for side, pairs in members.items()}
    return replace(row, words=texts.best_words(every, common), examples=examples)


def _gap(gap: Gap, around: list[tuple[str, str]], texts: _Shown, common: Mapping[str, float]) -> Gap:
    return replace(
        gap,
        words=texts.best_words(around, common),
        examples=tuple(texts.text[pair] for pair in around[:EXAMPLES]),
    )


def _first_edges(edges: Sequence[EdgeCase]) -> list[EdgeCase]:
    """The farthest of each side: those the page shows."""
    found: list[EdgeCase] = []
    for side in dict.fromkeys(edge.side for edge in edges):
        found += [edge for edge in edges if edge.side == side][:EDGES]
    return found
