"""Which texts have a near one, found by workers: a group-by over the hashes of rare shingles.

Two near sets share one of their first ``n - ceil(t n) + 1`` shingles in any order that is the same for all sets
(``data.set_join``). So: workers count shingles; every text goes to the groups of its rarest ones, but those that were
counted once, which nobody shares; within a group near texts are found by the exact join. Every near pair meets in at least
one group, and what a group finds was compared exactly: the answer is that of ``NearTexts(texts).neighbours()``.

Counts are kept in a table of ``2**22`` counters by hash. Shingles that share a counter pass for more frequent than they are:
that sends a text to more groups, never to fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tunewright.core.code import check_same, package_digest
from tunewright.core.frames import joined, parted
from tunewright.core.ports import Executor, Work
from tunewright.data.near import NearTexts, text_sets
from tunewright.data.shingles import U64, mixed
from tunewright.data.wire import values_bytes, values_of

I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Function = Callable[[bytes], bytes]

_BITS = 22
_ROUND = 1e-9
_PART_CHARACTERS = 1 << 20
_PART_TEXTS = 1 << 13
GROUP_TEXTS = 500_000
"""texts of a group, whose worker holds them and their shingles (about 1.4 KB a short text). So many or fewer are searched in
one process: sending every text to several groups costs more than it saves (docs/guide/big.md has the figures)"""
_REPLICAS = 12
"""groups a text goes to when there are many: as many as it has rare shingles in its prefix (measured)"""
_HERE = "tunewright.data.near_spread"


def neighbours(
    texts: Sequence[str], threshold: float, *, long_words: int, executor: Executor | None
) -> Bools:
    """For each text whether another one is near it. The workers search where one process would need too much memory."""
    if executor is None or len(texts) <= GROUP_TEXTS:
        return NearTexts(texts, threshold, long_words=long_words).neighbours()
    groups = -(-len(texts) * _REPLICAS // GROUP_TEXTS)
    return spread_neighbours(executor, texts, threshold, long_words=long_words, groups=groups)


def spread_neighbours(
    executor: Executor, texts: Sequence[str], threshold: float, *, long_words: int, groups: int
) -> Bools:
    """``NearTexts(texts, threshold).neighbours()``, found by the workers in so many groups."""
    told = values_bytes([package_digest(), threshold, long_words])
    counters = np.zeros(1 << _BITS, dtype=np.int64)
    for answer in executor.map(Work(f"{_HERE}:counting", told), _parts(texts)):
        buckets, counts = parted(answer)
        counters[np.frombuffer(buckets, dtype=np.uint32)] += np.frombuffer(counts, dtype=np.uint32)
    settings = joined([told, str(groups).encode(), _classes(counters).tobytes()])
    found = np.zeros(len(texts), dtype=np.bool_)
    spread, gather = Work(f"{_HERE}:spreading", settings), Work(f"{_HERE}:gathering", told)
    for answer in executor.group(spread, gather, _parts(texts), groups):
        found[np.frombuffer(answer, dtype=np.int64)] = True
    return found


def counting(settings: bytes) -> Function:
    """In a worker: texts -> the buckets of their shingles and how often each was counted."""
    threshold, long_words = _told(settings)

    def run(part: bytes) -> bytes:
        _, texts = values_of(part)
        values = [values for _, _, values, _ in text_sets(texts, threshold, long_words)]
        every = np.concatenate([np.empty(0, dtype=np.uint64), *values])
        buckets, counts = np.unique(_bucket(every).astype(np.uint32), return_counts=True)
        return joined([buckets.tobytes(), counts.astype(np.uint32).tobytes()])

    return run


def spreading(settings: bytes) -> Function:
    """In a worker: texts -> for each group the numbers and texts that go there."""
    told, groups_text, table = parted(settings)
    threshold, long_words = _told(told)
    groups, classes = int(groups_text), np.frombuffer(table, dtype=np.uint8)

    def run(part: bytes) -> bytes:
        first, texts = values_of(part)
        member = np.zeros((groups, len(texts)), dtype=np.bool_)
        for _, places, values, counts in text_sets(texts, threshold, long_words):
            of, group = _routes(values, counts, classes, threshold, groups)
            member[group, places[of]] = True
        blocks = []
        for row in member:
            chosen = np.flatnonzero(row).tolist()
            blocks.append(values_bytes([[first + at for at in chosen], [texts[at] for at in chosen]]))
        return joined(blocks)

    return run


def gathering(settings: bytes) -> Function:
    """In a worker: the texts of a group -> the numbers of those that have a near one among them."""
    threshold, long_words = _told(settings)

    def run(blocks: bytes) -> bytes:
        numbers: list[int] = []
        texts: list[str] = []
        for block in parted(blocks):
            more, there = values_of(block)
            numbers += more
            texts += there
        near = NearTexts(texts, threshold, long_words=long_words).neighbours()
        return np.array(numbers, dtype=np.int64)[near].tobytes()

    return run


def _routes(
    values: U64, counts: I64, classes: npt.NDArray[np.uint8], threshold: float, groups: int
) -> tuple[I64, I64]:
    """Pairs (set, group): the groups of the shingles in each set's prefix that another set may hold too."""
    owner = np.repeat(np.arange(len(counts)), counts)
    rarity = classes[_bucket(values)]
    order = np.lexsort((values, rarity, owner))
    owner, value, rarity = owner[order], values[order], rarity[order]
    new = np.ones(len(owner), dtype=np.bool_)
    new[1:] = (owner[1:] != owner[:-1]) | (value[1:] != value[:-1])
    owner, value, rarity = owner[new], value[new], rarity[new]
    sizes = np.bincount(owner, minlength=len(counts))
    place = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    prefix = (sizes - np.ceil(threshold * sizes - _ROUND).astype(np.int64) + 1).clip(1, sizes)
    used = (place < prefix[owner]) & (rarity > 0)
    group = (mixed(value[used]) % np.uint64(groups)).astype(np.int64)
    return owner[used], group


def _classes(counters: I64) -> npt.NDArray[np.uint8]:
    """Logarithmic class of a count, three a doubling: 0 for what was counted once, or never."""
    return np.round(3 * np.log2(np.maximum(counters, 1))).clip(0, 255).astype(np.uint8)


def _bucket(values: U64) -> I64:
    return (values >> np.uint64(64 - _BITS)).view(np.int64)


def _told(settings: bytes) -> tuple[float, int]:
    code, threshold, long_words = values_of(settings)
    check_same("tunewright", code, package_digest())
    return threshold, long_words


def _parts(texts: Sequence[str]) -> Iterator[bytes]:
    """Texts in order, with the number of the first."""
    first, characters = 0, 0
    for at, text in enumerate(texts):
        characters += len(text)
        if characters >= _PART_CHARACTERS or at - first + 1 >= _PART_TEXTS:
            yield values_bytes([first, texts[first : at + 1]])
            first, characters = at + 1, 0
    if first < len(texts):
        yield values_bytes([first, texts[first:]])
