"""All pairs of sets with a Jaccard similarity at or above a threshold: exact, and without comparing all pairs.

Prefix filter (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007, "Scaling up all pairs similarity search"): of
two sets in one order, similar at ``t``, the larger shares one of its first ``n - ceil(t n) + 1`` keys with the first
``n - ceil(2 t / (1 + t) n) + 1`` of the smaller (Xiao et al. 2008, "Efficient similarity joins for near duplicate
detection", PPJoin: also the filter by position). The order is rarest first, so what all rows share, a template or a
signature, stands behind these prefixes: rows whose own words alone keep them below the threshold never meet.

A key of the short prefix is called *inner*, one of the rest of the long prefix *outer*. Two outer ones need not meet.

Keys are looked up in a table by hash, so a list may hold sets of several keys: false candidates, which the position
filter, a 256-bit parity bitmap (two sets differ at least in as many keys as their bitmaps in bits) or the exact
comparison takes out. What is answered was compared exactly, and nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewright.data.set_store import KEY, SetStore
from tunewright.data.shingles import U64, mixed

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ROUND = 1e-9
_BLOCK_SETS = 1 << 14
_BLOCK_KEYS = 1 << 18
_EXPANDED = 1 << 19
"""candidates that are looked at together"""
_HEAVY = 1 << 21
"""candidates inside one block from which on it is halved, so that what is dropped from the first half helps the second"""
_LEAST_BLOCK = 64
_COMPARED_KEYS = 1 << 18
_COMPARED_PAIRS = 1 << (64 - KEY)
_MOST_BITS = 24
_FEW = 1 << 12
"""candidates of a chunk from which on bitmaps are worth making"""


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


@dataclass(frozen=True, slots=True)
class _Entries:
    """Keys of the long prefixes of some items, item by item."""

    item: I64
    place: I64
    inner: Bools
    bucket: I64


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
        self._shift = np.uint64(64 - int(np.clip(int(self._long.sum()), 2, 1 << _MOST_BITS) - 1).bit_length())
        self._bitmaps: U64 | None = None
        self._lists = _Lists(self)

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
                found += self._within(entries, *_partners(entries))
                self._lists.add(entries)
        return joined_pairs(found)

    def thin(self, judge: Callable[[SetPairs], Bools], *, crowd: int | None = None) -> I64:
        """Take items in order and drop one that ``judge`` says is near an earlier one that was kept.

        judge: pairs (each with a similarity at or above the threshold) -> whether the later item goes; it may be asked
        about a pair twice, and about one whose earlier item goes itself. crowd: lists keep at most so many items.
        Answers, for each item, the most similar kept item it was dropped for, or -1.
        """
        self._lists.crowd = crowd
        of = self._thin(judge)
        for block in self.blocks():
            # Of all kept ones before it, not only of those that were listed when it was dropped.
            self._drop(block[of[self._owners[block]] >= 0], of, judge)
        return of

    def _thin(self, judge: Callable[[SetPairs], Bools]) -> I64:
        of = np.full(self.count, -1, dtype=np.int64)
        for block in self.blocks():
            self._drop(block, of, judge)
            self._settle(block[of[self._owners[block]] < 0], of, judge)
        return of

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
            entries = _Entries(
                *(np.concatenate([getattr(one, name) for one in found]) for name in ("item", "place", "inner", "bucket"))
            ) if found else None
            if entries is not None:
                self._link_part(entries, find, unite)

    def entries(self, items: I64) -> _Entries:
        """Keys of the long prefixes that may be shared."""
        lengths = (self._long[items] - self._lone[items]).clip(0)
        item = np.repeat(items, lengths)
        place = _counted(lengths)
        keys = self._keys[self._starts[item] + place]
        place += self._lone[item]
        if self._salts is not None:
            keys = keys ^ self._salts[item]
        bucket = ((keys * np.uint64(0x9E3779B97F4A7C15)) >> self._shift).view(np.int64)
        return _Entries(item, place, place < self._short[item], bucket)

    def is_indexed(self, block: I64) -> bool:
        """Whether the sets of a block can be found."""
        return int(block[0]) < self._indexed

    @property
    def all_indexed(self) -> bool:
        """Whether every set can be found."""
        return self._indexed == len(self._owners)

    @property
    def buckets(self) -> int:
        """How many lists the table has."""
        return 1 << (64 - int(self._shift))

    def _drop(self, items: I64, of: I64, judge: Callable[[SetPairs], Bools]) -> None:
        """Drop what is near an earlier item of the lists."""
        found = joined_pairs(self._probe(self.entries(items)))
        found = found.where(np.isin(found.first, self._owners[items]))
        gone = found.where(judge(found)) if len(found) else found
        order = np.lexsort((gone.second, -gone.similarity))
        of[gone.first[order[::-1]]] = gone.second[order[::-1]]

    def _settle(self, items: I64, of: I64, judge: Callable[[SetPairs], Bools]) -> None:
        """Compare items, which are near nothing in the lists, with each other; list what stays."""
        if not len(items):
            return
        entries = self.entries(items)
        sorted_entries, counts, begins = _partners(entries)
        if int(counts.sum()) > _HEAVY and len(items) > _LEAST_BLOCK:
            half = len(items) // 2
            half += int(self._owners[items[half]] == self._owners[items[half - 1]])
            self._settle(items[:half], of, judge)
            rest = items[half:]
            self._drop(rest, of, judge)
            self._settle(rest[of[self._owners[rest]] < 0], of, judge)
            return
        found = joined_pairs(self._within(entries, sorted_entries, counts, begins))
        gone = found.where(judge(found)) if len(found) else found
        best: dict[int, float] = {}
        for later, earlier, similarity in zip(
            gone.first.tolist(), gone.second.tolist(), gone.similarity.tolist(), strict=True
        ):
            if of[earlier] < 0 and similarity > best.get(later, -1.0):
                best[later] = similarity
                of[later] = earlier
        stays = of[self._owners[entries.item]] < 0
        self._lists.add(
            _Entries(entries.item[stays], entries.place[stays], entries.inner[stays], entries.bucket[stays])
        )

    def _probe(self, entries: _Entries) -> list[SetPairs]:
        """Pairs of the items with listed ones."""
        lists = self._lists
        whole = np.flatnonzero(entries.inner)
        owners = np.concatenate([np.arange(len(entries.item)), whole])
        inner_begin, inner_count = lists.inner(entries.bucket)
        outer_begin, outer_count = lists.outer(entries.bucket[whole])
        begins = np.concatenate([inner_begin, outer_begin])
        counts = np.concatenate([inner_count, outer_count])
        # One item's lists together, so that a pair that shares many keys is compared once.
        used = np.flatnonzero(counts)
        used = used[np.argsort(owners[used], kind="stable")]
        return self._checked(
            entries, owners[used], begins[used], counts[used], lists.items, lists.places
        )

    def _within(self, entries: _Entries, order: I64, counts: I64, begins: I64) -> list[SetPairs]:
        """Pairs among the items themselves."""
        used = np.flatnonzero(counts)
        return self._checked(
            entries, order[used], begins[used], counts[used], entries.item[order], entries.place[order]
        )

    def _checked(
        self, entries: _Entries, owners: I64, begins: I64, counts: I64, items: I64, places: I64
    ) -> list[SetPairs]:
        """Entry ``owners[k]`` against ``items[begins[k] : begins[k] + counts[k]]``: the pairs that are near."""
        found = []
        for entry, slot in _expanded(begins, counts):
            entry = owners[entry]
            pairs = self._candidates(entries.item[entry], entries.place[entry], items[slot], places[slot])
            if len(pairs[0]):
                found.append(self._compared(*pairs))
        return found

    def _candidates(self, first: I64, at_first: I64, second: I64, at_second: I64) -> tuple[I64, I64]:
        """Pairs, once each, that position, group and bitmaps leave possible."""
        sizes_first, sizes_second = self._sizes[first], self._sizes[second]
        share = self._threshold / (1 + self._threshold)
        needed = np.ceil(share * (sizes_first + sizes_second) - _ROUND)
        possible = np.minimum(sizes_first - at_first, sizes_second - at_second) >= needed
        # Two keys of one set may stand in one list.
        possible &= self._owners[first] != self._owners[second]
        if self._groups is not None:
            possible &= self._groups[first] == self._groups[second]
        if self._shy is not None:
            possible &= ~(self._shy[first] & self._shy[second])
        first, second = first[possible], second[possible]
        later, earlier = np.maximum(first, second), np.minimum(first, second)
        codes = np.unique((later << 32) | earlier)
        later, earlier = codes >> 32, codes & 0xFFFFFFFF
        if self._bitmaps is None and len(codes) >= _FEW:
            self._bitmaps = _bitmaps(self._keys, self._starts, self._sizes - self._lone)
        if self._bitmaps is not None and len(codes):
            sizes = self._sizes[later] + self._sizes[earlier]
            # The bitmaps know nothing of lone keys, each of which is a difference.
            most = sizes - 2 * np.ceil(share * sizes - _ROUND) - self._lone[later] - self._lone[earlier]
            differ = np.bitwise_count(self._bitmaps[later] ^ self._bitmaps[earlier]).sum(axis=1, dtype=np.int64)
            near = differ <= most
            later, earlier = later[near], earlier[near]
        return later, earlier

    def _compared(self, first: I64, second: I64) -> SetPairs:
        """Exact similarities; the pairs below the threshold are left out."""
        sizes = self._sizes[first] + self._sizes[second]
        shared = np.zeros(len(first), dtype=np.int64)
        running = np.cumsum(sizes)
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
            flat = _counted(lengths) + np.repeat(self._starts[items], lengths)
            sides.append(self._keys[flat] | np.repeat(numbers, lengths))
        keys = np.concatenate(sides)
        keys.sort()
        twice = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(KEY)
        return np.bincount(twice.view(np.int64), minlength=len(first))

    def _part(self, block: I64, part: int, parts: int) -> _Entries:
        entries = self.entries(block)
        inside = entries.bucket % parts == part
        return _Entries(entries.item[inside], entries.place[inside], entries.inner[inside], entries.bucket[inside])

    def _link_part(self, entries: _Entries, find: Callable[[I64], I64], unite: Callable[[SetPairs], None]) -> None:
        """Candidates of different groups: the lists are sorted by group, so that those of one group never meet."""
        roots = find(self._owners[entries.item])
        order = np.lexsort((roots, ~entries.inner, entries.bucket))
        bucket, root, inner = entries.bucket[order], roots[order], entries.inner[order]
        at = np.arange(len(order))
        begin = _first_of_run(bucket)
        inners = np.add.reduceat(inner, np.flatnonzero(begin == at), dtype=np.int64) if len(at) else at
        inner_count = inners[np.cumsum(begin == at) - 1] if len(at) else at
        segment = _first_of_run(bucket, root, inner)
        # An inner entry meets the inner ones of the groups before its own; an outer one all inner ones of other groups.
        counts = np.where(inner, segment - begin, inner_count)
        pure = np.zeros(len(at), dtype=np.bool_)
        if len(at):
            heads = np.flatnonzero(begin == at)
            pure_run = np.minimum.reduceat(root, heads) == np.maximum.reduceat(root, heads)
            pure = pure_run[np.cumsum(begin == at) - 1]
        used = np.flatnonzero((counts > 0) & ~pure)
        items, places = entries.item[order], entries.place[order]
        for entry, slot in _expanded(begin[used], counts[used]):
            entry = used[entry]
            apart = root[entry] != root[slot]
            entry, slot = entry[apart], slot[apart]
            first, second = self._candidates(items[entry], places[entry], items[slot], places[slot])
            apart = find(self._owners[first]) != find(self._owners[second])
            if apart.any():
                unite(self._compared(first[apart], second[apart]))


class _Lists:
    """For each bucket the items listed under it with an inner key, and behind them those with an outer one."""

    def __init__(self, join: SetJoin) -> None:
        self.crowd: int | None = None
        inner = np.zeros(join.buckets, dtype=np.int32)
        outer = np.zeros(join.buckets, dtype=np.int32)
        for block in join.blocks():
            if join.is_indexed(block):
                entries = join.entries(block)
                np.add.at(inner, entries.bucket[entries.inner], np.int32(1))
                np.add.at(outer, entries.bucket[~entries.inner], np.int32(1))
        if join.all_indexed:
            # Where nothing is inner nothing meets, and what is alone meets nothing.
            idle = (inner == 0) | (inner + outer < 2)
            inner[idle] = outer[idle] = 0
        self._room = (inner, outer)
        self._begin = np.cumsum(inner + outer, dtype=np.int64)
        total = int(self._begin[-1])
        self._begin -= inner + outer
        self._filled = (np.zeros_like(inner), np.zeros_like(outer))
        self.items = np.empty(total, dtype=np.int32)
        self.places = np.empty(total, dtype=np.int32)

    def inner(self, bucket: I64) -> tuple[I64, I64]:
        """Where the lists of inner keys begin, and how long they are."""
        return self._begin[bucket], self._filled[0][bucket].astype(np.int64)

    def outer(self, bucket: I64) -> tuple[I64, I64]:
        """The same of outer keys."""
        return self._begin[bucket] + self._room[0][bucket], self._filled[1][bucket].astype(np.int64)

    def add(self, entries: _Entries) -> None:
        """List the items of these entries."""
        for kind, (room, filled) in enumerate(zip(self._room, self._filled, strict=True)):
            wanted = np.flatnonzero((entries.inner == (kind == 0)) & (room[entries.bucket] > 0))
            wanted = wanted[np.argsort(entries.bucket[wanted], kind="stable")]
            bucket = entries.bucket[wanted]
            within = np.arange(len(bucket)) - _first_of_run(bucket) + filled[bucket]
            most = room[bucket] if self.crowd is None else np.minimum(room[bucket], self.crowd)
            fits = within < most
            wanted, bucket, within = wanted[fits], bucket[fits], within[fits]
            slot = self._begin[bucket] + within + (self._room[0][bucket] if kind else 0)
            self.items[slot] = entries.item[wanted]
            self.places[slot] = entries.place[wanted]
            np.add.at(filled, bucket, np.int32(1))


def _counted(lengths: I64) -> I64:
    """0, 1, 2, ... up to each length, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)


def _first_of_run(*columns: npt.NDArray[np.generic]) -> I64:
    """For each row of sorted columns, the first row that equals it."""
    count = len(columns[0])
    new = np.zeros(count, dtype=np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    heads = np.flatnonzero(new)
    return heads[np.cumsum(new) - 1] if count else heads


def _partners(entries: _Entries) -> tuple[I64, I64, I64]:
    """Entries sorted by bucket, inner ones first; for each how many inner ones it meets, and where these begin."""
    order = np.argsort((entries.bucket << 1) | ~entries.inner, kind="stable")
    bucket, inner = entries.bucket[order], entries.inner[order]
    begins = _first_of_run(bucket)
    at = np.arange(len(order))
    running = np.cumsum(inner)
    last = np.flatnonzero(np.append(bucket[1:] != bucket[:-1], True)) if len(at) else at
    lengths = np.diff(last, prepend=-1)
    totals = np.repeat(running[last], lengths) - (running[begins] - inner[begins]) if len(at) else at
    return order, np.where(inner, at - begins, totals), begins


def _expanded(begins: I64, counts: I64) -> Iterator[tuple[I64, I64]]:
    """Pairs (k, slot) for every slot in ``begins[k] : begins[k] + counts[k]``, ``_EXPANDED`` at a time."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    for low in range(0, total, _EXPANDED):
        high = min(low + _EXPANDED, total)
        first = int(np.searchsorted(ends, low, side="right"))
        last = int(np.searchsorted(ends, high, side="left")) + 1
        lengths = np.minimum(ends[first:last], high) - np.maximum(ends[first:last] - counts[first:last], low)
        number = np.repeat(np.arange(first, last), lengths)
        yield number, np.arange(low, high) + (begins - (ends - counts))[number]


def _bitmaps(keys: U64, starts: I64, sizes: I64) -> U64:
    """256 parity bits of each set, shape (sets, 4): bit ``b`` says whether an odd number of keys hash to it."""
    found = np.empty((len(starts), 4), dtype=np.uint64)
    running = np.cumsum(sizes)
    first = 0
    while first < len(starts):
        before = int(running[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(running, before + _COMPARED_KEYS, side="right")))
        lengths = sizes[first:last]
        part = keys[_counted(lengths) + np.repeat(starts[first:last], lengths)]
        edges = np.append(0, np.cumsum(lengths))
        bits = np.uint64(1) << (part & np.uint64(63))
        word = (part >> np.uint64(6)) & np.uint64(3)
        for number in range(4):
            mine = np.append(np.uint64(0), np.where(word == number, bits, np.uint64(0)))
            running_xor = np.bitwise_xor.accumulate(mine)
            found[first:last, number] = running_xor[edges[1:]] ^ running_xor[edges[:-1]]
        first = last
    return found
