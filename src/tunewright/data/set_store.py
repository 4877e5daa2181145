"""Many sets of shingles, each in one order for all: the rarest shingle first. In memory while they are few, else in a file.

What is stored of a shingle is a 54-bit key: six bits say how often it was counted over all texts, on a logarithmic
scale, and 48 bits are of its hash. So a plain sort of a set's keys puts the rarest first. Counts are kept in a table of
``2**24`` counters by hash: two shingles may share one and pass for more frequent than they are. That costs a little
speed and never a pair, for the search needs one order for all sets and no particular one.

A shingle that was counted once stands in one set only. Such *lone* shingles are first in the order and shared with
nobody, so only their number is stored.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from tunewright.data.shingles import U64, mixed

I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]

_COUNTERS = 24
"""bits of the table of counters: 64 MB"""
_HASH = 48
KEY = _HASH + 6
"""bits of a key"""
_SORTED = 1 << 14
"""shingles sorted at once, if the sets are not larger"""
_TEXTS = 1 << (64 - KEY)
MEMORY = 1 << 28
"""bytes of shingles that stay in memory; more go to a file without a name in the folder for temporary files"""


@dataclass(frozen=True, slots=True)
class SetStore:
    """Sets of keys, sorted: ``keys[starts[i] : starts[i] + sizes[i] - lone[i]]`` are those of text ``i`` that may be
    shared."""

    keys: U64
    starts: I64
    sizes: I64
    """distinct shingles"""
    lone: I64
    """how many of them stand in no other set"""
    digests: U64
    """equal sets have equal digests, others (but for one pair in 2**64) have not"""
    sketches: U64
    """64 parity bits of the keys: bit ``b`` says whether an odd number of them hash to it"""


class SetBuilder:
    """Takes shingles in, batch by batch, and answers a ``SetStore``."""

    def __init__(self, memory_bytes: int = MEMORY) -> None:
        self._values = _Spool(memory_bytes)
        self._memory_bytes = memory_bytes
        self._counts: list[U32] = []
        self._counters = np.zeros(1 << _COUNTERS, dtype=np.uint32)

    def add(self, values: U64, counts: I64, repeated: npt.NDArray[np.bool_] | None = None) -> None:
        """values: the shingles of some texts one after the other; counts: how many each text has, none has 0; repeated:
        texts that stand for several equal ones, so that what stands in them alone is not taken for lone."""
        self._count(values)
        if repeated is not None and repeated.any():
            self._count(values[np.repeat(repeated, counts)])
        self._counts.append(counts.astype(np.uint32))
        self._values.add(values)

    def _count(self, values: U64) -> None:
        np.add.at(self._counters, (values >> np.uint64(64 - _COUNTERS)).view(np.int64), np.uint32(1))

    def finish(self) -> SetStore:
        """Sort every set. The builder is used up."""
        kept = _Spool(self._memory_bytes)
        found: list[tuple[npt.NDArray[np.generic], ...]] = []
        first = 0
        for counts_of_batch, values in zip(self._counts, self._values.parts(), strict=True):
            counts = counts_of_batch.astype(np.int64)
            for keys, *columns in _sorted_batch(values, counts, self._counters, first):
                kept.add(keys)
                found.append(tuple(columns))
            first += len(counts)
        sizes: I64 = _column(found, 0, np.int64)
        lone: I64 = _column(found, 1, np.int64)
        digests: U64 = _column(found, 2, np.uint64)
        sketches: U64 = _column(found, 3, np.uint64)
        stored = sizes - lone
        return SetStore(kept.whole(), np.cumsum(stored) - stored, sizes, lone, digests, sketches)


def _column(rows: list[tuple[npt.NDArray[np.generic], ...]], at: int, kind: type[np.generic]) -> Any:
    return np.concatenate([np.empty(0, dtype=kind), *(row[at] for row in rows)])


class _Spool:
    """Arrays one after the other, in memory up to a number of bytes, then in a file without a name."""

    def __init__(self, memory_bytes: int) -> None:
        self._left = memory_bytes
        self._held: list[U64] = []
        self._lengths: list[int] = []
        self._file: IO[bytes] | None = None

    def add(self, part: U64) -> None:
        self._lengths.append(len(part))
        self._left -= part.nbytes
        if self._left < 0 and self._file is None:
            self._file = tempfile.TemporaryFile(prefix="tunewright-sets-")  # noqa: SIM115 - lives with the arrays
            for held in self._held:
                self._file.write(held.data)
            self._held.clear()
        if self._file is None:
            self._held.append(part)
        else:
            self._file.write(part.data)

    def parts(self) -> Iterator[U64]:
        """What was added, part by part; what was read is given free."""
        if self._file is None:
            self._held.reverse()
            while self._held:
                yield self._held.pop()
            return
        self._file.seek(0)
        for length in self._lengths:
            yield np.frombuffer(self._file.read(8 * length), dtype=np.uint64)
        self._file.close()

    def whole(self) -> U64:
        """Everything as one array; of a file, as a map of it."""
        if self._file is None:
            return np.concatenate([np.empty(0, dtype=np.uint64), *self._held])
        self._file.flush()
        length = sum(self._lengths)
        # The map keeps the file, which has no name, alive.
        with self._file as file:
            return (
                np.memmap(file, dtype=np.uint64, mode="r", shape=(length,))
                if length
                else np.empty(0, np.uint64)
            )


def _classes() -> npt.NDArray[np.uint8]:
    """Logarithmic class of a count up to 65,535: 0 for once, then three a doubling."""
    counts = np.maximum(np.arange(1 << 16, dtype=np.float64), 1)
    return np.round(3 * np.log2(counts)).astype(np.uint8)


_CLASS = _classes()


def _sorted_batch(
    values: U64, counts: I64, counters: U32, first: int
) -> Iterator[tuple[U64, I64, I64, U64, U64]]:
    """Keys, sizes, numbers of lone shingles, digests and sketches of the sets of a batch, some texts at a time."""
    ends = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        before = int(ends[begin - 1]) if begin else 0
        end = int(np.searchsorted(ends, before + _SORTED, side="right"))
        end = min(max(begin + 1, end), begin + _TEXTS)
        yield _sorted_sets(values[before : ends[end - 1]], counts[begin:end], counters, first + begin)
        begin = end


def _sorted_sets(values: U64, counts: I64, counters: U32, first: int) -> tuple[U64, I64, I64, U64, U64]:
    texts = len(counts)
    found = counters[(values >> np.uint64(64 - _COUNTERS)).view(np.int64)]
    number = np.repeat(np.arange(texts), counts)
    shared = np.flatnonzero(found > 1)
    lone = counts - np.bincount(number[shared], minlength=texts)
    keys = values[shared] & np.uint64((1 << _HASH) - 1)
    keys |= _CLASS[np.minimum(found[shared], 0xFFFF)].astype(np.uint64) << np.uint64(_HASH)
    keys |= number[shared].astype(np.uint64) << np.uint64(KEY)
    keys.sort()
    new = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    keys = keys[new]
    sizes = np.bincount((keys >> np.uint64(KEY)).view(np.int64), minlength=texts)
    keys &= np.uint64((1 << KEY) - 1)
    # Sums modulo 2**64 of the mixed keys; a set with a lone shingle equals no other.
    sums = np.append(np.zeros(1, dtype=np.uint64), np.cumsum(mixed(keys), dtype=np.uint64))
    edges = np.append(0, np.cumsum(sizes))
    digests = sums[edges[1:]] - sums[edges[:-1]] + (sizes + lone).astype(np.uint64)
    own = np.arange(first, first + texts, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    digests[lone > 0] += mixed(own[lone > 0])
    bits = np.append(np.zeros(1, dtype=np.uint64), np.uint64(1) << (keys & np.uint64(63)))
    parity = np.bitwise_xor.accumulate(bits)
    return keys, sizes + lone, lone, mixed(digests), parity[edges[1:]] ^ parity[edges[:-1]]
