"""Near-duplicate search over texts: exact, with bounded memory, and linear in what there is to tell.

Short texts are compared by character 5-grams, long ones by word 5-grams; a pair is long when both texts are. Texts just
above the border stand in both forms, so that a pair across it is not lost. Texts whose sets of 5-grams are equal are
one *node*; nodes are joined by ``tunewright.data.set_join``, which misses no pair at or above the threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from tunewright.core.errors import UsageError
from tunewright.data.forms import fold, normal_form
from tunewright.data.set_join import SetJoin, SetPairs
from tunewright.data.set_store import MEMORY, SetBuilder
from tunewright.data.shingles import (
    U64,
    character_shingles,
    folded_characters,
    folded_words,
    mixed,
    text_batches,
)

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LONG_WORDS = 128
"""a text of at least so many words is long"""
_READ = 1 << 13
"""texts taken from the caller at once"""


class NearTexts:
    """The texts of a comparison. They are read once and not kept."""

    def __init__(
        self,
        texts: Iterable[str],
        threshold: float,
        *,
        long_words: int = LONG_WORDS,
        memory_bytes: int = MEMORY,
    ) -> None:
        """texts: as they are (their normal form is compared); threshold: Jaccard, in (0, 1]; memory_bytes: shingles
        beyond these go to a temporary file. Raises UsageError for a threshold outside."""
        if not 0 < threshold <= 1:
            raise UsageError(f"{threshold} is no Jaccard threshold", hint="take a number above 0 and up to 1")
        self._threshold = threshold
        self._long_words = long_words
        self._builder = SetBuilder(memory_bytes)
        self._sets = 0
        self._texts = 0
        self._short: list[I64] = []
        self._long: list[I64] = []
        of_text = [self._read(batch) for batch in _batches(texts)]
        self._finish(np.concatenate([np.empty(0, dtype=np.int64), *of_text]))

    def _read(self, batch: Sequence[str]) -> I64:
        """Shingle the distinct texts of a batch; for each text the number of its distinct one."""
        distinct = dict.fromkeys(batch)
        if len(distinct) == len(batch):
            numbers = np.arange(len(batch))
        else:
            places = {text: place for place, text in enumerate(distinct)}
            numbers = np.fromiter((places[text] for text in batch), dtype=np.int64, count=len(batch))
        texts = list(distinct)
        short = np.full(len(texts), -1, dtype=np.int64)
        long = np.full(len(texts), -1, dtype=np.int64)
        repeated = np.bincount(numbers, minlength=len(texts)) > 1
        for is_long, at, values, counts in text_sets(texts, self._threshold, self._long_words):
            (long if is_long else short)[at] = self._add(values, counts, repeated[at])
        self._short.append(short)
        self._long.append(long)
        first, self._texts = self._texts, self._texts + len(texts)
        return numbers + first

    def _add(self, values: U64, counts: I64, repeated: Bools) -> I64:
        self._builder.add(values, counts, repeated)
        self._sets += len(counts)
        return np.arange(self._sets - len(counts), self._sets)

    def _finish(self, of_text: I64) -> None:
        self._store = self._builder.finish()
        del self._builder
        short = np.concatenate([np.empty(0, dtype=np.int64), *self._short])
        long = np.concatenate([np.empty(0, dtype=np.int64), *self._long])
        del self._short, self._long
        digests = np.append(self._store.digests, np.uint64(0))
        names = mixed(digests[short] + np.uint64(0x9E3779B97F4A7C15)) ^ digests[long]
        _, first, nodes = np.unique(names, return_index=True, return_inverse=True)
        self._node_short, self._node_long = short[first], long[first]
        self.node_of: I64 = nodes[of_text]
        """node of each text; texts of one node have similarity 1"""
        self.nodes = len(first)

    def join(
        self,
        nodes: I64,
        *,
        groups: U64 | None = None,
        indexed: int | None = None,
        threshold: float | None = None,
    ) -> SetJoin:
        """A join of items in order: item ``k`` is ``nodes[k]`` (a node may stand for several items).

        groups: only items of one group are compared; indexed: only the first so many can be found; threshold: another
        one, not below that of the texts.
        """
        owners = np.concatenate(
            [np.flatnonzero(self._node_short[nodes] >= 0), np.flatnonzero(self._node_long[nodes] >= 0)]
        )
        shorts = int((self._node_short[nodes] >= 0).sum())
        order = np.argsort(owners, kind="stable")
        is_short = order < shorts
        owners = owners[order]
        sets = np.where(is_short, self._node_short[nodes[owners]], self._node_long[nodes[owners]])
        # Two long texts are compared by words only.
        shy = is_short & (self._node_long[nodes[owners]] >= 0)
        return SetJoin(
            self._store,
            sets,
            threshold or self._threshold,
            owners=owners,
            groups=None if groups is None else groups[owners],
            shy=shy if shy.any() else None,
            indexed=indexed,
        )

    def neighbours(self) -> Bools:
        """For each text whether another one is near it."""
        counts = np.bincount(self.node_of, minlength=self.nodes)
        touched = self.join(np.arange(self.nodes)).neighbours() if self.nodes else np.zeros(0, dtype=np.bool_)
        found: Bools = (touched | (counts > 1))[self.node_of]
        return found

    def pairs(self) -> SetPairs:
        """All near pairs of texts: ``first`` > ``second``, in order. Equal texts make as many pairs as they can."""
        order = np.argsort(self.node_of, kind="stable")
        counts = np.bincount(self.node_of, minlength=self.nodes)
        begins = np.cumsum(counts) - counts
        found = self.join(np.arange(self.nodes)).pairs()
        same = np.flatnonzero(counts > 1)
        one, other = np.append(found.first, same), np.append(found.second, same)
        similarity = np.append(found.similarity, np.ones(len(same)))
        sizes = counts[one] * counts[other]
        number = np.repeat(np.arange(len(one)), sizes)
        within = np.arange(len(number)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        first = order[begins[one][number] + within // counts[other][number]]
        second = order[begins[other][number] + within % counts[other][number]]
        proper = (one != other)[number] | (first > second)
        later, earlier = np.maximum(first, second)[proper], np.minimum(first, second)[proper]
        by_place = np.lexsort((earlier, later))
        return SetPairs(later[by_place], earlier[by_place], similarity[number][proper][by_place])

    def clusters(self) -> I64:
        """For each text the least text of its cluster: what is near each other, directly or through others."""
        parent = np.arange(self.nodes)

        def find(items: I64) -> I64:
            roots = parent[items]
            while True:
                further = parent[roots]
                if np.array_equal(further, roots):
                    return roots
                roots = further

        def unite(pairs: SetPairs) -> None:
            for pair in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
                one, other = (_root(parent, node) for node in pair)
                parent[max(one, other)] = min(one, other)

        self.join(np.arange(self.nodes)).link(find, unite)
        roots = find(self.node_of)
        least = np.full(self.nodes, len(roots), dtype=np.int64)
        np.minimum.at(least, roots, np.arange(len(roots)))
        return least[roots]

    def nearest_of_first(self, count: int) -> tuple[I64, npt.NDArray[np.float64]]:
        """For each text after the first ``count``: the most similar of those, or -1, and the similarity."""
        known = np.unique(self.node_of[:count], return_index=True)
        asked = np.unique(self.node_of[count:], return_index=True)
        nodes = np.concatenate([known[0], asked[0]])
        of_item = np.full(len(nodes), -1, dtype=np.int64)
        similarity = np.zeros(len(nodes))
        found = self.join(nodes, indexed=len(known[0])).pairs()
        found = found.where(found.first >= len(known[0]))
        # Texts of the first part are told apart by their place in it.
        place = known[1][found.second]
        order = np.lexsort((-place, found.similarity))
        of_item[found.first[order]] = place[order]
        similarity[found.first[order]] = found.similarity[order]
        same = np.isin(asked[0], known[0])
        items = len(known[0]) + np.flatnonzero(same)
        of_item[items] = known[1][np.searchsorted(known[0], asked[0][same])]
        similarity[items] = 1.0
        items = len(known[0]) + np.searchsorted(asked[0], self.node_of[count:])
        return of_item[items], similarity[items]


def text_sets(
    texts: Sequence[str], threshold: float, long_words: int
) -> Iterator[tuple[bool, I64, U64, I64]]:
    """The sets of shingles of texts: whether of words, the places of their texts, the shingles, how many each text has."""
    ascii_ = np.fromiter(map(str.isascii, texts), dtype=np.bool_, count=len(texts))
    for part in (np.flatnonzero(ascii_), np.flatnonzero(~ascii_)):
        if len(part):
            chosen = texts if len(part) == len(texts) else [texts[at] for at in part.tolist()]
            yield from _alike_sets(chosen, part, threshold, long_words)


def _alike_sets(
    texts: Sequence[str], places: I64, threshold: float, long_words: int
) -> Iterator[tuple[bool, I64, U64, I64]]:
    """The same of texts that are all ASCII, or all not."""
    folded = fold(texts)
    words = folded.words
    bare = words == 0
    if bare.any():
        # Nothing but punctuation or white space: its form keeps it, and that is for Python to say.
        forms = [normal_form(texts[at]) for at in np.flatnonzero(bare).tolist()]
        sets = character_shingles(forms)
        yield False, places[bare], sets.values, np.diff(sets.starts)
    is_long = words >= long_words
    # A pair at the threshold differs in size by at most its inverse; one word more for the rounding.
    is_short = ~bare & (~is_long | (words <= long_words / threshold + 1))
    for mask, shingles in ((is_short, folded_characters), (is_long, folded_words)):
        if mask.any():
            chosen = folded if mask.all() else fold([texts[at] for at in np.flatnonzero(mask).tolist()])
            yield mask is is_long, places[mask], *shingles(chosen)


def _root(parent: I64, node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = int(parent[node])
    return node


def _batches(texts: Iterable[str]) -> Iterator[Sequence[str]]:
    stream = iter(texts)
    while held := list(islice(stream, _READ)):
        yield from text_batches(held)
