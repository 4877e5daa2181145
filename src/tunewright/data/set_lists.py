"""Inverted lists of a set join: which sets hold a key, by key and by size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewright.data.shingles import U64

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
AnyArray = npt.NDArray[np.generic]

_ROUND = 1e-9
_MOST_BITS = 24
_CLASSES = 1.0
"""size classes between a size and the least that can be near it: more would mean fewer candidates, but more to look up"""
_EXPANDED = 1 << 15
"""candidates that are looked at together: their arrays stay in the processor's second-level cache"""
_BEGIN, _COUNT = (0, 2), (1, 3)
_ITEM, _REST, _SLACK = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(48)
_FULL_REST, _FULL_SLACK = 0xFFFF, 0xFF
Records = npt.NDArray[np.complex128]
"""16 bytes a set that can be found: a complex number has that size, so one is read and written in one go"""


@dataclass(frozen=True, slots=True)
class Entries:
    """Keys of the long prefixes of some sets, set by set, or sorted by key."""

    item: I64
    rest: I64
    """keys of the set from this one on: as many as it can share at most, if this is the first"""
    inner: Bools
    """whether the key is in the short prefix"""
    key: U64

    def where(self, mask: Bools | I64) -> Entries:
        """Some of them, or all in another order."""
        return Entries(self.item[mask], self.rest[mask], self.inner[mask], self.key[mask])


class Traits:
    """What of every set is looked at before the set itself is."""

    def __init__(self, sizes: I64, lone: I64, sketches: U64, threshold: float) -> None:
        # Two sets at the threshold differ in at most (1 - t) / (1 + t) of their keys; each lone one is a difference.
        allowed = (1 - threshold) / (1 + threshold) * sizes * (1 + _ROUND) - lone
        # In halves of a key, rounded up; sketches differ in 64 bits at most, so 64 keys stand for any more.
        self._slack = np.ceil(2 * allowed + _ROUND).clip(0, _FULL_SLACK).astype(np.uint64) << _SLACK
        self._sketches = sketches

    def records(self, entries: Entries) -> Records:
        """One an entry."""
        found = np.empty((len(entries.item), 2), dtype=np.uint64)
        found[:, 0] = self._sketches[entries.item]
        rest = np.minimum(entries.rest, _FULL_REST).astype(np.uint64)
        found[:, 1] = entries.item.astype(np.uint64) | (rest << _REST) | self._slack[entries.item]
        return found.view(np.complex128).ravel()


def possible(mine: Records, theirs: Records) -> tuple[Bools, I64, I64]:
    """Whether sketches leave a pair possible; their item and rest of those that are. A full rest means no limit."""
    one, other = mine.view(np.uint64).reshape(-1, 2), theirs.view(np.uint64).reshape(-1, 2)
    differ = np.bitwise_count(one[:, 0] ^ other[:, 0])
    left = (differ << np.uint8(1)) <= ((one[:, 1] >> _SLACK) + (other[:, 1] >> _SLACK))
    told = other[:, 1][left]
    rest = ((told >> _REST) & np.uint64(_FULL_REST)).astype(np.int64)
    rest[rest == _FULL_REST] = np.iinfo(np.int64).max
    return left, (told & _ITEM).astype(np.int64), rest


class SizeClasses:
    """Sizes of sets, on a logarithmic scale; near sets are at most some classes apart."""

    def __init__(self, sizes: I64, threshold: float) -> None:
        self._threshold = threshold
        self._share = threshold / (1 + threshold)
        self._scale = _CLASSES / max(-float(np.log(threshold)), 0.01)
        self.of: I64 = self._class(sizes)
        self.least: I64 = self._class(np.maximum(threshold * sizes * (1 - _ROUND), 1))
        self._sizes = sizes

    def most(self, item: I64, rest: I64) -> I64:
        """The largest class a set can have whose first common key with ``item`` has ``rest`` keys left there."""
        return self._class(np.maximum(rest / self._share * (1 + _ROUND) - self._sizes[item], 1))

    def _class(self, sizes: npt.NDArray[np.generic]) -> I64:
        found: I64 = np.floor(np.log(sizes.astype(np.float64)) * self._scale).astype(np.int64)
        return found


class Lists:
    """For each key and size class the sets listed with it: under an inner key, and apart those under an outer one."""

    def __init__(
        self,
        blocks: Iterator[Entries],
        classes: SizeClasses,
        traits: Traits,
        total: int,
    ) -> None:
        """blocks: all entries that will be added; total: at least how many they are."""
        self.crowd: int | None = None
        self._classes, self._traits = classes, traits
        bits = int(np.clip(total, 2, 1 << _MOST_BITS) - 1).bit_length()
        self._shift = np.uint64(64 - bits)
        room = np.zeros((1 << bits) * 2, dtype=np.int32)
        for entries in blocks:
            bucket = self._bucket(entries.key, classes.of[entries.item])
            np.add.at(room, (bucket << 1) | ~entries.inner, np.int32(1))
        ends = np.cumsum(room, dtype=np.int64)
        self._table = np.zeros((1 << bits, 4), dtype=np.int32)
        self._table[:, _BEGIN] = (ends - room).reshape(-1, 2)
        length = int(ends[-1])
        self.records = np.empty(length, dtype=np.complex128)

    def meeting(self, entries: Entries) -> tuple[I64, I64, I64]:
        """Parts of the lists that entries meet: number of the entry, begin and length of the part, entry by entry."""
        classes = self._classes
        least = classes.least[entries.item]
        counts = (classes.most(entries.item, entries.rest) - least + 1).clip(0)
        entry = np.repeat(np.arange(len(counts)), counts)
        size_class = counted(counts) + least[entry]
        # Complex numbers have the size of a row: the whole row is read at once.
        whole = self._table.view(np.complex128).ravel()
        rows = whole[self._bucket(entries.key[entry], size_class)].view(np.int32).reshape(-1, 4)
        # An outer key of theirs can only be met by an inner one of a smaller set.
        rows[~(entries.inner[entry] & (size_class >= classes.of[entries.item][entry])), _COUNT[1]] = 0
        lengths = rows[:, _COUNT].ravel()
        used = np.flatnonzero(lengths)
        return (
            entry[used >> 1],
            rows[:, _BEGIN].ravel()[used].astype(np.int64),
            lengths[used].astype(np.int64),
        )

    def add(self, entries: Entries) -> None:
        """List these."""
        bucket = (self._bucket(entries.key, self._classes.of[entries.item]) << 1) | ~entries.inner
        order = np.argsort(bucket, kind="stable")
        bucket = bucket[order]
        table = self._table.reshape(-1, 2)
        within = np.arange(len(bucket)) - first_of_run(bucket) + table[bucket, 1]
        if self.crowd is not None:
            fits = within < self.crowd
            order, bucket, within = order[fits], bucket[fits], within[fits]
        self.records[table[bucket, 0] + within] = self._traits.records(entries.where(order))
        # The last of a run says how long the list is now.
        table[bucket, 1] = within + 1

    def _bucket(self, key: U64, size_class: I64) -> I64:
        mixed = (key + size_class.astype(np.uint64) * np.uint64(0xD1342543DE82EF95)) * np.uint64(
            0x9E3779B97F4A7C15
        )
        return (mixed >> self._shift).view(np.int64)


def by_key(entries: Entries) -> I64:
    """The order of the keys, inner entries first."""
    return np.argsort((entries.key << np.uint64(1)) | ~entries.inner, kind="stable")


def partners(entries: Entries) -> tuple[I64, I64]:
    """Of entries sorted by key: where the inner ones each one meets begin, and how many they are."""
    inner = entries.inner
    at = np.arange(len(inner))
    if not len(at):
        return at, at
    begins = first_of_run(entries.key)
    running = np.cumsum(inner)
    last = np.flatnonzero(np.append(entries.key[1:] != entries.key[:-1], True))
    totals: I64 = np.repeat(running[last], np.diff(last, prepend=-1)) - (running[begins] - inner[begins])
    return begins, np.where(inner, at - begins, totals)


def expanded(begins: I64, counts: I64) -> Iterator[tuple[I64, I64]]:
    """Pairs (k, slot) for every slot in ``begins[k] : begins[k] + counts[k]``, some at a time."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    for low in range(0, total, _EXPANDED):
        high = min(low + _EXPANDED, total)
        first = int(np.searchsorted(ends, low, side="right"))
        last = int(np.searchsorted(ends, high, side="left")) + 1
        lengths = np.minimum(ends[first:last], high) - np.maximum(ends[first:last] - counts[first:last], low)
        shift = begins[first:last] - (ends[first:last] - counts[first:last])
        yield np.repeat(np.arange(first, last), lengths), np.arange(low, high) + np.repeat(shift, lengths)


def counted(lengths: I64) -> I64:
    """0, 1, 2, ... up to each length, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)


def first_of_run(*columns: AnyArray) -> I64:
    """For each row of sorted columns, the first row that equals it."""
    count = len(columns[0])
    new = np.zeros(count, dtype=np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    heads = np.flatnonzero(new)
    return heads[np.cumsum(new) - 1] if count else heads
