"""Texts as sets of hashed 5-grams: vectorised, and the same on every machine.

A shingle is a 64-bit hash. Two different shingles of one comparison share a hash with a probability of about 2**-64, so
a Jaccard similarity computed on hashes is exact for every practical purpose.

The hash of a character n-gram is a linear form of its code points over the integers modulo 2**64 with odd random
coefficients. A word is hashed by its UTF-8, eight bytes at a time; a word n-gram's hash is a linear form of its words'
hashes. Each is finished by the mixer of SplitMix64 (Steele, Lea, Flood 2014).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewright.data.forms import Folded, as_bytes, fold_forms, normal_form, packed

__all__ = [
    "SHINGLE",
    "ShingleSets",
    "character_shingles",
    "folded_characters",
    "folded_words",
    "jaccard",
    "mixed",
    "normal_form",
    "text_batches",
    "word_shingles",
]

U64 = npt.NDArray[np.uint64]
U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]

SHINGLE = 5
"""characters or words of one shingle"""
_FILL = 0x110000
"""fills up what is shorter than one shingle: one above the last code point, so no text is taken for a filled one"""
_BATCH_CHARACTERS = 1 << 18
"""characters hashed at once: the arrays stay inside the processor's caches"""
_BATCH_TEXTS = 1 << 14
_WORD_STEPS = 8
"""words of up to so many times eight bytes are hashed together, longer ones one by one"""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class ShingleSets:
    """Shingles of many texts one after the other, repetitions included (they do not change the sets)."""

    values: U64
    starts: I64
    """one more than texts: text ``i`` holds ``values[starts[i]:starts[i + 1]]``; never empty"""

    def set_of(self, index: int) -> frozenset[int]:
        """The distinct shingles of one text."""
        return frozenset(self.values[self.starts[index] : self.starts[index + 1]].tolist())


def jaccard(first: frozenset[int], second: frozenset[int]) -> float:
    """Size of the intersection over size of the union; 1.0 for two empty sets."""
    if not first and not second:
        return 1.0
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared)


def character_shingles(texts: Sequence[str], size: int = SHINGLE) -> ShingleSets:
    """Character n-grams of texts in normal form. A text shorter than ``size`` is one shingle."""
    return _joined([_character_batch(batch, size) for batch in text_batches(texts)])


def word_shingles(texts: Sequence[str], size: int = SHINGLE) -> ShingleSets:
    """Word n-grams of texts in normal form (words are what stands between spaces). A text of fewer words is one shingle."""
    return _joined([folded_words(fold_forms(batch), size) for batch in text_batches(texts)])


def folded_characters(folded: Folded, size: int = SHINGLE) -> tuple[U64, I64]:
    """Character n-grams of folded texts, and how many each has."""
    codes, lengths = packed(folded)
    filled, lengths = _filled(codes.astype(np.uint64), lengths, size)
    return _windows(filled, lengths, size)


def folded_words(folded: Folded, size: int = SHINGLE) -> tuple[U64, I64]:
    """Word n-grams of folded texts, and how many each has."""
    folded = as_bytes(folded)
    hashes = _word_hashes(folded.codes, folded.starts, folded.ends)
    filled, counts = _filled(hashes, folded.words, size)
    return _windows(filled, counts, size)


def text_batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts, in runs that are worked on at once."""
    first, characters = 0, 0
    for at, text in enumerate(texts):
        characters += len(text)
        if characters >= _BATCH_CHARACTERS or at - first >= _BATCH_TEXTS:
            yield texts[first : at + 1]
            first, characters = at + 1, 0
    if first < len(texts):
        yield texts[first:]


def _joined(pieces: list[tuple[U64, I64]]) -> ShingleSets:
    counts = np.concatenate([np.zeros(1, dtype=np.int64), *(count for _, count in pieces)])
    values = np.concatenate([value for value, _ in pieces]) if pieces else np.empty(0, dtype=np.uint64)
    return ShingleSets(values, np.cumsum(counts))


def _character_batch(texts: Sequence[str], size: int) -> tuple[U64, I64]:
    raw = "".join(texts).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(raw, dtype="<u4").astype(np.uint64)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    filled, lengths = _filled(codes, lengths, size)
    return _windows(filled, lengths, size)


def _word_hashes(raw: npt.NDArray[np.uint8] | U32, starts: I64, ends: I64) -> U64:
    """One 64-bit hash a word of UTF-8: its length and its bytes, eight at a time."""
    padded = np.concatenate([raw.astype(np.uint8, copy=False), np.zeros(8, dtype=np.uint8)])
    # Every eight bytes that follow one another, as one little-endian number.
    eights = np.ndarray((len(raw) + 1,), dtype="<u8", buffer=padded.data, strides=(1,))
    sizes = ends - starts
    hashes = eights[starts].astype(np.uint64, copy=False)
    hashes &= _MASKS[np.minimum(sizes, 8)]
    hashes ^= sizes.astype(np.uint64) * _MULTIPLIER
    hashes = mixed(hashes)
    longer = np.flatnonzero(sizes > 8)
    for step in range(1, _WORD_STEPS):
        if not len(longer):
            return hashes
        left = sizes[longer] - 8 * step
        piece = eights[starts[longer] + 8 * step].astype(np.uint64, copy=False) & _MASKS[np.minimum(left, 8)]
        hashes[longer] = mixed(hashes[longer] * _MULTIPLIER + piece)
        longer = longer[left > 8]
    for word in longer.tolist():
        told = hashlib.blake2b(raw[starts[word] : ends[word]].tobytes(), digest_size=8).digest()
        hashes[word] = int.from_bytes(told, "little")
    return hashes


def _filled(items: U64, counts: I64, size: int) -> tuple[U64, I64]:
    """Zeros after the items of every text that has fewer than ``size``."""
    if not len(counts) or counts.min() >= size:
        return items, counts
    grown = np.maximum(counts, size)
    shift = np.cumsum(grown - counts) - (grown - counts)
    filled = np.full(int(grown.sum()), _FILL, dtype=np.uint64)
    filled[np.arange(len(items)) + np.repeat(shift, counts)] = items
    return filled, grown


def _windows(items: U64, lengths: I64, size: int) -> tuple[U64, I64]:
    """Hashes of all windows of ``size`` items that stay inside one text, and how many each text has."""
    total = len(items) - size + 1
    hashes = np.zeros(max(total, 0), dtype=np.uint64)
    for place, factor in enumerate(_factors(size)):
        hashes += items[place : place + len(hashes)] * factor
    inside = np.ones(len(hashes), dtype=np.bool_)
    ends = np.cumsum(lengths)[:-1]
    for back in range(1, size):
        inside[ends - back] = False
    return mixed(hashes[inside]), lengths - size + 1


@functools.cache
def _factors(size: int) -> U64:
    random = np.random.Generator(np.random.PCG64(0x5EED))
    return random.integers(0, 1 << 63, size, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def mixed(values: U64) -> U64:
    """The finaliser of SplitMix64, a bijection of 64-bit integers."""
    values = values ^ (values >> np.uint64(30))
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values
