"""All pairs of sets with a Jaccard similarity at or above a threshold: exact, and without comparing all pairs.

Prefix filter (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007, "Scaling up all pairs similarity search"): of
two sets in one order, similar at ``t``, the larger shares one of its first ``n - ceil(t n) + 1`` keys with the first
``n - ceil(2 t / (1 + t) n) + 1`` of the smaller (Xiao et al. 2008, "Efficient similarity joins for near duplicate
detection", PPJoin: also the filter by position). The order is rarest first, so what all rows share, a template or a
signature, stands behind these prefixes: rows whose own words alone keep them below the threshold never meet.

A key of the short prefix is called *inner*, one of the rest of the long prefix *outer*. Two outer ones need not meet.

A set is listed by key and by size, and only sizes that can be near are looked up. The table of lists is one of hashes,
so a list may hold sets of several keys: false candidates. The position filter, parity bitmaps of 64 and 256 bits (two
sets differ at least in as many keys as their bitmaps in bits) or the exact comparison take them out. What is answered
was compared exactly, and nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewright.data.set_lists import (
    Entries,
    Lists,
    Records,
    SizeClasses,
    Traits,
    by_key,
    counted,
    expanded,
    first_of_run,
    partners,
    possible,
)
from tunewright.data.set_store import KEY, SetStore
from tunewright.data.shingles import U64, mixed

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ROUND = 1e-9
_BLOCK_SETS = 1 << 14
_BLOCK_KEYS = 1 << 16
_HEAVY = 1 << 17
"""candidates inside one block from which on it is halved, so that what is dropped from the first half helps the second"""
_LEAST_BLOCK = 64
_COMPARED_KEYS = 1 << 18
_COMPARED_PAIRS = 1 << (64 - KEY)


@dataclass(frozen=True, slots=True)
class SetPairs:
    """Pairs of items; ``first`` is the later item of each, ``second`` the earlier."""

    first: I64
    second: I64
    similarity: F64

    def __len__(self) -> int:
        return len(self.first)

    def where(self, mask: Bools) -> SetPairs:
        """Some of them."""
        return SetPairs(self.first[mask], self.second[mask], self.similarity[mask])


def joined_pairs(parts: list[SetPairs]) -> SetPairs:
    """All pairs once, in the order of ``first`` and ``second``."""
    first = np.concatenate([np.empty(0, dtype=np.int64), *(part.first for part in parts)])
    second = np.concatenate([np.empty(0, dtype=np.int64), *(part.second for part in parts)])
    similarity = np.concatenate([np.empty(0), *(part.similarity for part in parts)])
    order = np.lexsort((second, first))
    first, second, similarity = first[order], second[order], similarity[order]
    new = np.ones(len(first), dtype=np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    return SetPairs(first[new], second[new], similarity[new])


class SetJoin:
    """The sets of a comparison, called items, in the order in which they are looked at."""

    def __init__(
        self,
        store: SetStore,
        sets: I64,
        threshold: float,
        *,
        owners: I64 | None = None,
        groups: U64 | None = None,
        shy: Bools | None = None,
        indexed: int | None = None,
    ) -> None:
        """sets: numbers in the store. owners: the item each set is of, in rising order (default: one set an item).
        groups: only sets of one group are compared (default: all are one). shy: two such sets are not compared.
        indexed: only the first so many items can be found (default: all)."""
        self._keys = store.keys
        self._threshold = threshold
        self._starts, self._sizes, self._lone = store.starts[sets], store.sizes[sets], store.lone[sets]
        self._owners = np.arange(len(sets)) if owners is None else owners
        self.count = int(self._owners[-1]) + 1 if len(sets) else 0
        self._groups, self._shy = groups, shy
        self._salts = None if groups is None else mixed(groups)
        self._indexed = len(sets) if indexed is None else int(np.searchsorted(self._owners, indexed))
        sizes = self._sizes
        self._long = (sizes - np.ceil(threshold * sizes - _ROUND).astype(np.int64) + 1).clip(1, sizes)
        both = 2 * threshold / (1 + threshold)
        self._short = (sizes - np.ceil(both * sizes - _ROUND).astype(np.int64) + 1).clip(1, sizes)
        self._traits = Traits(sizes, self._lone, store.sketches[sets], threshold)
        self._bitmaps: U64 | None = None
        self.looked_at = 0
        """candidates that lists gave so far"""
        self.compared = 0
        """pairs compared exactly so far"""
        self._compared_keys = 0
        entries = (self.entries(block) for block in self.blocks() if self.is_indexed(block))
        classes = SizeClasses(sizes, threshold)
        self._lists = Lists(entries, classes, self._traits, int((self._long - self._lone).clip(0).sum()))

    def blocks(self) -> Iterator[I64]:
        """Sets in order, as many together as are worked on at once, those of one item together."""
        running = np.cumsum(self._long)
        first = 0
        while first < len(self._owners):
            before = int(running[first - 1]) if first else 0
            last = int(np.searchsorted(running, before + _BLOCK_KEYS, side="right"))
            last = self._whole(min(max(last, first + 1), first + _BLOCK_SETS))
            if first < self._indexed:
                last = min(last, self._indexed)
            yield np.arange(first, last)
            first = last

    def _whole(self, last: int) -> int:
        """The first set at or after this one that is another item's than the one before it."""
        if last >= len(self._owners):
            return len(self._owners)
        return int(np.searchsorted(self._owners, self._owners[last - 1], side="right"))

    def pairs(self) -> SetPairs:
        """All pairs of an item and an indexed item before it."""
        found = []
        for block in self.blocks():
            entries = self.entries(block)
            found += self._probe(entries)
            if self.is_indexed(block):
                entries = entries.where(by_key(entries))
                found += self._within(entries, *partners(entries))
                self._lists.add(entries)
        return joined_pairs(found)

    def thin(self, judge: Callable[[SetPairs], Bools], *, crowd: int | None = None) -> SetPairs:
        """Take items in order and drop one that ``judge`` says is near an earlier one that was kept.

        judge: pairs (each with a similarity at or above the threshold) -> whether the later item goes; it may be asked
        about a pair twice, and about one whose earlier item goes itself. crowd: lists keep at most so many items.
        Answers the dropped items, each with the most similar kept item before it (the earliest of several).
        """
        self._lists.crowd = crowd
        of = self._thin(judge)
        for block in self.blocks():
            # Of all kept ones before it, not only of those that were listed when it was dropped.
            self._drop(block[of[self._owners[block]] >= 0], of, judge)
        gone = np.flatnonzero(of >= 0)
        return SetPairs(gone, of[gone], self._similarity[gone])

    def _thin(self, judge: Callable[[SetPairs], Bools]) -> I64:
        of = np.full(self.count, -1, dtype=np.int64)
        self._similarity = np.zeros(self.count)
        for block in self.blocks():
            self._drop(block, of, judge)
            self._settle(block[of[self._owners[block]] < 0], of, judge)
        return of

    def neighbours(self) -> Bools:
        """Which items have another one at or above the threshold. Linear: what is near a listed one is not listed."""
        seen = np.zeros(self.count, dtype=np.bool_)

        def see(pairs: SetPairs) -> Bools:
            seen[pairs.first] = seen[pairs.second] = True
            return np.ones(len(pairs), dtype=np.bool_)

        of = self._thin(see)
        for block in self.blocks():
            # What was listed may be near one that was not, before it or after.
            for pairs in self._probe(self.entries(block[of[self._owners[block]] >= 0])):
                see(pairs)
        return seen

    def link(self, find: Callable[[I64], I64], unite: Callable[[SetPairs], None]) -> None:
        """Show ``unite`` near pairs until every near pair is in one group. find: items -> the roots of their groups."""

        def see(pairs: SetPairs) -> Bools:
            unite(pairs)
            return np.ones(len(pairs), dtype=np.bool_)

        self._thin(see)
        # What is left: near pairs of which both were dropped, for items of different groups.
        held = int(self._long.sum())
        parts = max(1, -(-held // (1 << 23)))
        for part in range(parts):
            found = [self._part(block, part, parts) for block in self.blocks()]
            entries = (
                Entries(
                    *(
                        np.concatenate([getattr(one, name) for one in found])
                        for name in ("item", "rest", "inner", "key")
                    )
                )
                if found
                else None
            )
            if entries is not None:
                self._link_part(entries, find, unite)

    def entries(self, items: I64) -> Entries:
        """Keys of the long prefixes that may be shared."""
        lengths = (self._long[items] - self._lone[items]).clip(0)
        item = np.repeat(items, lengths)
        place = counted(lengths)
        keys = self._keys[self._starts[item] + place]
        place += self._lone[item]
        rest = self._sizes[item] - place
        if self._salts is not None:
            keys = keys ^ self._salts[item]
        return Entries(item, rest, place < self._short[item], keys)

    def is_indexed(self, block: I64) -> bool:
        """Whether the sets of a block can be found."""
        return int(block[0]) < self._indexed

    def _drop(self, items: I64, of: I64, judge: Callable[[SetPairs], Bools]) -> None:
        """Drop what is near an earlier item of the lists."""
        found = joined_pairs(self._probe(self.entries(items)))
        found = found.where(np.isin(found.first, self._owners[items]))
        gone = found.where(judge(found)) if len(found) else found
        order = np.lexsort((gone.second, -gone.similarity))
        of[gone.first[order[::-1]]] = gone.second[order[::-1]]
        self._similarity[gone.first[order[::-1]]] = gone.similarity[order[::-1]]

    def _settle(self, items: I64, of: I64, judge: Callable[[SetPairs], Bools]) -> None:
        """Compare items, which are near nothing in the lists, with each other; list what stays."""
        if not len(items):
            return
        entries = self.entries(items)
        entries = entries.where(by_key(entries))
        begins, counts = partners(entries)
        if int(counts.sum()) > _HEAVY and len(items) > _LEAST_BLOCK:
            half = len(items) // 2
            half += int(self._owners[items[half]] == self._owners[items[half - 1]])
            self._settle(items[:half], of, judge)
            rest = items[half:]
            self._drop(rest, of, judge)
            self._settle(rest[of[self._owners[rest]] < 0], of, judge)
            return
        found = joined_pairs(self._within(entries, begins, counts))
        gone = found.where(judge(found)) if len(found) else found
        best: dict[int, float] = {}
        for later, earlier, similarity in zip(
            gone.first.tolist(), gone.second.tolist(), gone.similarity.tolist(), strict=True
        ):
            if of[earlier] < 0 and similarity > best.get(later, -1.0):
                best[later] = self._similarity[later] = similarity
                of[later] = earlier
        self._lists.add(entries.where(of[self._owners[entries.item]] < 0))

    def _probe(self, entries: Entries) -> list[SetPairs]:
        """Pairs of the items with listed ones."""
        return self._checked(entries, *self._lists.meeting(entries), self._lists.records)

    def _within(self, entries: Entries, begins: I64, counts: I64) -> list[SetPairs]:
        """Pairs among the items themselves; the entries are sorted by key."""
        used = np.flatnonzero(counts)
        return self._checked(entries, used, begins[used], counts[used], self._traits.records(entries))

    def _checked(
        self, entries: Entries, owners: I64, begins: I64, counts: I64, there: Records
    ) -> list[SetPairs]:
        """Entry ``owners[k]`` against the ``counts[k]`` records from ``begins[k]`` on: the pairs that are near."""
        found = []
        mine = self._traits.records(entries)
        for entry, slot in expanded(begins, counts):
            self.looked_at += len(slot)
            entry = owners[entry]
            left, item, rest = possible(mine[entry], there[slot])
            entry = entry[left]
            pairs = self._candidates(entries.item[entry], entries.rest[entry], item, rest)
            if len(pairs[0]):
                found.append(self._compared(*pairs))
        return found

    def _candidates(self, first: I64, rest: I64, second: I64, other_rest: I64) -> tuple[I64, I64]:
        """Pairs, once each, that position, group and bitmaps leave possible."""
        share = self._threshold / (1 + self._threshold)
        needed = share * (self._sizes[first] + self._sizes[second]) - _ROUND
        near = np.minimum(rest, other_rest) >= needed
        # Two keys of one set may stand in one list.
        near &= self._owners[first] != self._owners[second]
        if self._groups is not None:
            near &= self._groups[first] == self._groups[second]
        if self._shy is not None:
            near &= ~(self._shy[first] & self._shy[second])
        first, second = first[near], second[near]
        later, earlier = np.maximum(first, second), np.minimum(first, second)
        codes = np.unique((later << 32) | earlier)
        later, earlier = codes >> 32, codes & 0xFFFFFFFF
        if self._bitmaps is None and self._compared_keys > 2 * len(self._keys):
            # By now comparing has cost as much as the bitmaps do, and will again.
            self._bitmaps = _bitmaps(self._keys, self._starts, self._sizes - self._lone)
        if self._bitmaps is not None and len(codes):
            sizes = self._sizes[later] + self._sizes[earlier]
            # The bitmaps know nothing of lone keys, each of which is a difference.
            most = sizes - 2 * np.ceil(share * sizes - _ROUND) - self._lone[later] - self._lone[earlier]
            differ = np.bitwise_count(self._bitmaps[later] ^ self._bitmaps[earlier]).sum(
                axis=1, dtype=np.int64
            )
            near = differ <= most
            later, earlier = later[near], earlier[near]
        return later, earlier

    def _compared(self, first: I64, second: I64) -> SetPairs:
        """Exact similarities; the pairs below the threshold are left out."""
        self.compared += len(first)
        sizes = self._sizes[first] + self._sizes[second]
        shared = np.zeros(len(first), dtype=np.int64)
        running = np.cumsum(sizes)
        self._compared_keys += int(running[-1]) if len(first) else 0
        begin = 0
        while begin < len(first):
            before = int(running[begin - 1]) if begin else 0
            end = int(np.searchsorted(running, before + _COMPARED_KEYS, side="right"))
            end = min(max(end, begin + 1), begin + _COMPARED_PAIRS)
            shared[begin:end] = self._shared(first[begin:end], second[begin:end])
            begin = end
        similarity = shared / (sizes - shared)
        near = similarity >= self._threshold
        return SetPairs(self._owners[first[near]], self._owners[second[near]], similarity[near])

    def _shared(self, first: I64, second: I64) -> I64:
        """Sizes of the intersections of at most ``_COMPARED_PAIRS`` pairs."""
        numbers = np.arange(len(first), dtype=np.uint64) << np.uint64(KEY)
        sides = []
        for items in (first, second):
            lengths = self._sizes[items] - self._lone[items]
            flat = counted(lengths) + np.repeat(self._starts[items], lengths)
            sides.append(self._keys[flat] | np.repeat(numbers, lengths))
        keys = np.concatenate(sides)
        # Two sorted runs: the stable sort merges them.
        keys.sort(kind="stable")
        twice = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(KEY)
        return np.bincount(twice.view(np.int64), minlength=len(first))

    def _part(self, block: I64, part: int, parts: int) -> Entries:
        entries = self.entries(block)
        return entries.where(entries.key % np.uint64(parts) == part)

    def _link_part(
        self, entries: Entries, find: Callable[[I64], I64], unite: Callable[[SetPairs], None]
    ) -> None:
        """Candidates of different groups: the lists are sorted by group, so that those of one group never meet."""
        roots = find(self._owners[entries.item])
        order = np.lexsort((roots, ~entries.inner, entries.key))
        key, root, inner = entries.key[order], roots[order], entries.inner[order]
        at = np.arange(len(order))
        begin = first_of_run(key)
        inners = np.add.reduceat(inner, np.flatnonzero(begin == at), dtype=np.int64) if len(at) else at
        inner_count = inners[np.cumsum(begin == at) - 1] if len(at) else at
        segment = first_of_run(key, root, inner)
        # An inner entry meets the inner ones of the groups before its own; an outer one all inner ones of other groups.
        counts = np.where(inner, segment - begin, inner_count)
        pure = np.zeros(len(at), dtype=np.bool_)
        if len(at):
            heads = np.flatnonzero(begin == at)
            pure_run = np.minimum.reduceat(root, heads) == np.maximum.reduceat(root, heads)
            pure = pure_run[np.cumsum(begin == at) - 1]
        used = np.flatnonzero((counts > 0) & ~pure)
        items, rest = entries.item[order], entries.rest[order]
        for entry, slot in expanded(begin[used], counts[used]):
            entry = used[entry]
            apart = root[entry] != root[slot]
            entry, slot = entry[apart], slot[apart]
            first, second = self._candidates(items[entry], rest[entry], items[slot], rest[slot])
            apart = find(self._owners[first]) != find(self._owners[second])
            if apart.any():
                unite(self._compared(first[apart], second[apart]))


def _bitmaps(keys: U64, starts: I64, sizes: I64) -> U64:
    """256 parity bits of each set, shape (sets, 4): bit ``b`` says whether an odd number of keys hash to it."""
    found = np.empty((len(starts), 4), dtype=np.uint64)
    running = np.cumsum(sizes)
    first = 0
    while first < len(starts):
        before = int(running[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(running, before + _COMPARED_KEYS, side="right")))
        lengths = sizes[first:last]
        part = keys[counted(lengths) + np.repeat(starts[first:last], lengths)]
        edges = np.append(0, np.cumsum(lengths))
        bits = np.uint64(1) << (part & np.uint64(63))
        word = (part >> np.uint64(6)) & np.uint64(3)
        for number in range(4):
            mine = np.append(np.uint64(0), np.where(word == number, bits, np.uint64(0)))
            running_xor = np.bitwise_xor.accumulate(mine)
            found[first:last, number] = running_xor[edges[1:]] ^ running_xor[edges[:-1]]
        first = last
    return found
