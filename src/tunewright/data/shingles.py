"""Texts as sets of hashed 5-grams, and MinHash signatures of those sets: vectorised, and the same on every machine.

A shingle is a 64-bit hash. Two different shingles of one comparison share a hash with a probability of about 2**-64, so
a Jaccard similarity computed on hashes is exact for every practical purpose.

The hash of a character n-gram is a linear form of its code points over the integers modulo 2**64 with odd random
coefficients; a word's is a polynomial in an odd base, taken out of prefix sums by the inverse of the base; a word
n-gram's is a linear form of its words' hashes. Each is finished by the mixer of SplitMix64 (Steele, Lea, Flood 2014).
MinHash: A. Broder, "On the resemblance and containment of documents" (1997).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
U32 = npt.NDArray[np.uint32]

SHINGLE = 5
"""characters or words of one shingle"""
PERMUTATIONS = 128
_SPACE = ord(" ")


_BATCH_CHARACTERS = 1 << 19
"""characters hashed at once: the arrays stay inside the processor's second-level cache"""
_BATCH_SHINGLES = 1 << 15
_ODD_BASE = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class ShingleSets:
    """Shingles of many texts one after the other, repetitions included (they change neither minima nor sets)."""

    values: U64
    starts: npt.NDArray[np.int64]
    """one more than texts: text ``i`` holds ``values[starts[i]:starts[i + 1]]``; never empty"""

    def set_of(self, index: int) -> frozenset[int]:
        """The distinct shingles of one text."""
        return frozenset(self.values[self.starts[index] : self.starts[index + 1]].tolist())


class _Spaced(dict[int, int]):
    """Code point -> space for punctuation (Unicode categories P*), itself for others; fills up as it is asked."""

    def __missing__(self, code: int) -> int:
        self[code] = _SPACE if unicodedata.category(chr(code)).startswith("P") else code
        return self[code]


_PUNCTUATION = _Spaced()


def normal_form(text: str) -> str:
    """What is compared: NFKC, case folded, punctuation and white space one space between words.

    A text of nothing but punctuation keeps it, so that ``???`` and ``!!!`` stay different.
    """
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.translate(_PUNCTUATION).split()) or " ".join(folded.split())


def jaccard(first: frozenset[int], second: frozenset[int]) -> float:
    """Size of the intersection over size of the union; 1.0 for two empty sets."""
    if not first and not second:
        return 1.0
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared)


def character_shingles(texts: Sequence[str], size: int = SHINGLE) -> ShingleSets:
    """Character n-grams of texts in normal form. A text shorter than ``size`` is one shingle."""
    pieces = [_character_batch(batch, size) for batch in _batches(texts)]
    return _joined(pieces)


def word_shingles(texts: Sequence[str], size: int = SHINGLE) -> ShingleSets:
    """Word n-grams of texts in normal form (words are what stands between spaces). A text of fewer words is one shingle."""
    batches = _batches(texts)
    powers = _powers(max((sum(map(len, batch)) + len(batch) for batch in batches), default=1))
    pieces = [_word_batch(batch, size, powers) for batch in batches]
    return _joined(pieces)


def signatures(sets: ShingleSets, permutations: int = PERMUTATIONS) -> U32:
    """MinHash signatures, shape (texts, permutations): the minimum of each random permutation over a text's shingles."""
    texts = len(sets.starts) - 1
    found = np.empty((permutations, texts), dtype=np.uint32)
    random = np.random.Generator(np.random.PCG64(0x7E57))
    factors = random.integers(0, 1 << 31, permutations, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    offsets = random.integers(0, 1 << 32, permutations, dtype=np.uint32)
    first = 0
    while first < texts:
        last = max(
            first + 1,
            int(np.searchsorted(sets.starts, sets.starts[first] + _BATCH_SHINGLES, side="right")) - 1,
        )
        begin, end = int(sets.starts[first]), int(sets.starts[last])
        hashes = (sets.values[begin:end] >> np.uint64(32)).astype(np.uint32)
        places = sets.starts[first:last] - begin
        permuted = np.empty_like(hashes)
        for row in range(permutations):
            np.multiply(hashes, factors[row], out=permuted)
            permuted += offsets[row]
            # Odd factors leave the lowest bits weakly mixed; the fold gives every bit of the order its say.
            permuted ^= permuted >> np.uint32(15)
            np.minimum.reduceat(permuted, places, out=found[row, first:last])
        first = last
    return np.ascontiguousarray(found.T)


def _batches(texts: Sequence[str]) -> list[Sequence[str]]:
    batches: list[Sequence[str]] = []
    first, characters = 0, 0
    for at, text in enumerate(texts):
        characters += len(text)
        if characters >= _BATCH_CHARACTERS:
            batches.append(texts[first : at + 1])
            first, characters = at + 1, 0
    if first < len(texts):
        batches.append(texts[first:])
    return batches


def _joined(pieces: list[tuple[U64, npt.NDArray[np.int64]]]) -> ShingleSets:
    counts = np.concatenate([np.zeros(1, dtype=np.int64), *(count for _, count in pieces)])
    values = np.concatenate([value for value, _ in pieces]) if pieces else np.empty(0, dtype=np.uint64)
    return ShingleSets(values, np.cumsum(counts))


def _codes(texts: Sequence[str]) -> U64:
    raw = "".join(texts).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(raw, dtype=np.uint32).astype(np.uint64)


def _character_batch(texts: Sequence[str], size: int) -> tuple[U64, npt.NDArray[np.int64]]:
    # NUL, which normal text does not hold, fills up what is shorter than one shingle.
    padded = [text if len(text) >= size else text.ljust(size, "\0") for text in texts]
    lengths = np.fromiter(map(len, padded), dtype=np.int64, count=len(padded))
    return _windows(_codes(padded), lengths, size)


def _word_batch(
    texts: Sequence[str], size: int, powers: tuple[U64, U64]
) -> tuple[U64, npt.NDArray[np.int64]]:
    codes = _codes([*chain.from_iterable((text, " ") for text in texts)])
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 1
    ends_of_texts = np.cumsum(lengths)
    ends = np.flatnonzero(codes == _SPACE)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1])
    grown = (codes * powers[0][: len(codes)]).cumsum(dtype=np.uint64)
    before = np.where(starts > 0, grown[starts - 1], np.uint64(0))
    words = _mixed((grown[ends] - before) * powers[1][starts])
    counts = np.diff(
        np.concatenate([np.zeros(1, dtype=np.int64), np.searchsorted(ends, ends_of_texts - 1) + 1])
    )
    if (counts < size).any():
        words, counts = _filled(words, counts, size)
    return _windows(words, counts, size)


def _filled(words: U64, counts: npt.NDArray[np.int64], size: int) -> tuple[U64, npt.NDArray[np.int64]]:
    """Zeros after the words of every text that has fewer than ``size``."""
    grown = np.maximum(counts, size)
    filled = np.zeros(int(grown.sum()), dtype=np.uint64)
    firsts = np.repeat(np.cumsum(grown) - grown, counts)
    within = np.arange(len(words)) - np.repeat(np.cumsum(counts) - counts, counts)
    filled[firsts + within] = words
    return filled, grown


def _windows(items: U64, lengths: npt.NDArray[np.int64], size: int) -> tuple[U64, npt.NDArray[np.int64]]:
    """Hashes of all windows of ``size`` items that stay inside one text, and how many each text has."""
    total = len(items) - size + 1
    hashes = np.zeros(max(total, 0), dtype=np.uint64)
    for place, factor in enumerate(_factors(size)):
        hashes += items[place : place + len(hashes)] * factor
    inside = np.ones(len(hashes), dtype=np.bool_)
    ends = np.cumsum(lengths)[:-1]
    for back in range(1, size):
        inside[ends - back] = False
    return _mixed(hashes[inside]), lengths - size + 1


def _factors(size: int) -> U64:
    random = np.random.Generator(np.random.PCG64(0x5EED))
    return random.integers(0, 1 << 63, size, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def _powers(count: int) -> tuple[U64, U64]:
    """Powers 0, 1, 2, ... of the odd base and of its inverse modulo 2**64."""
    base = np.full(count, _ODD_BASE, dtype=np.uint64)
    inverse = np.full(count, pow(_ODD_BASE, -1, 1 << 64), dtype=np.uint64)
    base[0] = inverse[0] = 1
    return np.cumprod(base, dtype=np.uint64), np.cumprod(inverse, dtype=np.uint64)


def _mixed(values: U64) -> U64:
    """The finaliser of SplitMix64, a bijection of 64-bit integers."""
    values = values ^ (values >> np.uint64(30))
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values
