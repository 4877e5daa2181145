"""Near-duplicate search with a stated guarantee: LSH proposes, exact Jaccard decides.

Short texts are compared by character 5-grams, long ones by word 5-grams; a pair is long when both texts are. Texts just
above the border stand in both indexes, so that a pair across it is not lost.

Bands and rows are derived from the threshold: among all splits of the signature, the one with the fewest candidates
whose probability of missing a pair AT the threshold, ``(1 - t**rows)**bands``, is at most ``MISS``.

A bucket keeps at most ``_BUCKET`` texts and a text is compared exactly with at most ``_VERIFIED`` candidates, those
with the most agreeing signatures first. So a corpus of look-alikes costs linear, not quadratic, time; below those
numbers nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewright.core.errors import UsageError
from tunewright.data.shingles import (
    PERMUTATIONS,
    U32,
    ShingleSets,
    character_shingles,
    jaccard,
    normal_form,
    signatures,
    word_shingles,
)

MISS = 2e-4
"""probability that the search overlooks a pair exactly at the threshold"""
LONG_WORDS = 128
"""a text of at least so many words is long"""

_BUCKET = 128
_VERIFIED = 32
_FEW = 8


@dataclass(frozen=True, slots=True)
class Twin:
    """A text that is near another one."""

    index: int
    similarity: float
    """exact Jaccard similarity of the shingle sets"""


def banding(threshold: float, permutations: int = PERMUTATIONS) -> tuple[int, int]:
    """Bands and rows for a similarity threshold. Raises UsageError outside (0, 1]."""
    if not 0 < threshold <= 1:
        raise UsageError(f"{threshold} is no Jaccard threshold", hint="take a number above 0 and up to 1")
    for rows in range(permutations, 0, -1):
        bands = permutations // rows
        if (1 - threshold**rows) ** bands <= MISS:
            return bands, rows
    return permutations, 1


class NearIndex:
    """All texts of a comparison, prepared at once; ``add`` makes one findable, ``twins`` looks one up."""

    def __init__(self, texts: Sequence[str], threshold: float, *, long_words: int = LONG_WORDS) -> None:
        """texts: as they are (their normal form is compared); threshold: Jaccard, in (0, 1]."""
        forms = [normal_form(text) for text in texts]
        words = np.fromiter((form.count(" ") + 1 for form in forms), dtype=np.int64, count=len(forms))
        self._long = words >= long_words
        # A pair at the threshold differs in size by at most its inverse; one word more for the rounding.
        shared = words <= long_words / threshold + 1
        self._short_index = _Index(forms, np.flatnonzero(~self._long | shared), threshold, character_shingles)
        self._long_index = _Index(forms, np.flatnonzero(self._long), threshold, word_shingles)
        self.may_have_twin = self._short_index.crowded | self._long_index.crowded

    def add(self, index: int) -> None:
        """Make a text findable."""
        self._short_index.add(index)
        self._long_index.add(index)

    def twins(self, index: int) -> list[Twin]:
        """Added texts at or above the threshold, most similar first, then in the order they were added."""
        found = self._long_index.twins(index)
        for twin in self._short_index.twins(index):
            if not (self._long[index] and self._long[twin.index]):
                found.append(twin)
        return sorted(found, key=lambda twin: -twin.similarity)


class _Index:
    """One kind of shingles over some of the texts."""

    def __init__(
        self,
        forms: Sequence[str],
        members: npt.NDArray[np.int64],
        threshold: float,
        shingles: Callable[[Sequence[str]], ShingleSets],
    ) -> None:
        self._threshold = threshold
        self._place = np.full(len(forms), -1, dtype=np.int64)
        self._place[members] = np.arange(len(members))
        self._members = members
        self._sets: ShingleSets = shingles([forms[i] for i in members])
        found = signatures(self._sets)
        self._groups = _crowded_buckets(found, *banding(threshold))
        # Eight bits of each minimum say nearly as much as all 32 (Li and Koenig 2010, "b-bit minwise hashing").
        self._signatures = found.astype(np.uint8)
        self._sequence = np.zeros(len(members), dtype=np.int64)
        self._added = 0
        self._buckets: dict[int, list[int]] = {}
        self._distinct: dict[int, frozenset[int]] = {}
        self.crowded = np.zeros(len(forms), dtype=np.bool_)
        self.crowded[members] = (self._groups >= 0).any(axis=1)

    def add(self, index: int) -> None:
        place = int(self._place[index])
        if place < 0 or not self.crowded[index]:
            return
        self._sequence[place] = self._added
        self._added += 1
        for group in self._groups[place].tolist():
            if group >= 0:
                bucket = self._buckets.setdefault(group, [])
                if len(bucket) < _BUCKET:
                    bucket.append(place)

    def twins(self, index: int) -> list[Twin]:
        place = int(self._place[index])
        if place < 0 or not self.crowded[index]:
            return []
        candidates: set[int] = set()
        for group in self._groups[place].tolist():
            if group >= 0:
                candidates.update(self._buckets.get(group, ()))
        candidates.discard(place)
        if not candidates:
            return []
        own = self._set(place)
        found = []
        for other in self._likely(place, candidates):
            theirs = self._set(other)
            if min(len(own), len(theirs)) < self._threshold * max(len(own), len(theirs)):
                continue
            similarity = jaccard(own, theirs)
            if similarity >= self._threshold:
                found.append(Twin(int(self._members[other]), similarity))
        return found

    def _likely(self, place: int, candidates: set[int]) -> list[int]:
        """The candidates worth an exact comparison, in the order in which they were added."""
        found = np.fromiter(candidates, dtype=np.int64, count=len(candidates))
        found = found[np.argsort(self._sequence[found])]
        if len(found) > _FEW:
            agreeing = np.count_nonzero(self._signatures[found] == self._signatures[place], axis=1)
            # Four standard deviations of the estimate below the threshold: a true pair falls out once in 30,000.
            slots = self._signatures.shape[1]
            spread = 4 * (self._threshold * (1 - self._threshold) * slots) ** 0.5
            best = np.argsort(-agreeing, kind="stable")[:_VERIFIED]
            found = found[np.sort(best[agreeing[best] >= self._threshold * slots - spread])]
        places: list[int] = found.tolist()
        return places

    def _set(self, place: int) -> frozenset[int]:
        known = self._distinct.get(place)
        if known is None:
            known = self._distinct[place] = self._sets.set_of(place)
        return known


def _crowded_buckets(found: U32, bands: int, rows: int) -> npt.NDArray[np.int64]:
    """Bucket number of each text in each band, shape (texts, bands); -1 where it is alone in its bucket."""
    groups = np.full((found.shape[0], bands), -1, dtype=np.int64)
    for band in range(bands):
        keys = found[:, band * rows].astype(np.uint64)
        for row in range(1, rows):
            keys = (keys ^ (keys >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + found[
                :, band * rows + row
            ]
        order = np.argsort(keys, kind="stable")
        sorted_keys = keys[order]
        same = sorted_keys[1:] == sorted_keys[:-1]
        crowded = np.zeros(len(keys), dtype=np.bool_)
        crowded[1:] |= same
        crowded[:-1] |= same
        numbers = np.cumsum(
            np.concatenate([np.zeros(1, dtype=np.int64), (~same).astype(np.int64)])[: len(keys)]
        )
        groups[order[crowded], band] = numbers[crowded] * bands + band
    return groups
