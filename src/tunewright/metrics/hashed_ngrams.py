"""Texts as counts of hashed n-grams: a fixed space of features that needs no vocabulary and no training.

Features of a text are its words, its pairs of neighbouring words and the character n-grams within its words. Each is
hashed to a column and a sign (Weinberger et al. 2009, "Feature hashing for large scale multitask learning"), so the inner
product of two rows estimates that of the full feature vectors without bias. All sums are of whole numbers below 2**24:
a row is the same bits whatever other texts are asked for with it.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

BLOCK = 512
"""texts made into dense rows at once"""
LONGEST = 4000
"""characters of a text that are read: a subject shows in its beginning"""
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_LONGEST_WORD = 32
_KNOWN_WORDS = 1 << 18
_PAIR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)


def words_of(text: str) -> list[str]:
    """Lower-cased runs of letters and digits, compatibility forms folded, long runs cut."""
    plain = text[:LONGEST]
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain)
    return [word[:_LONGEST_WORD] for word in _WORD.findall(plain.casefold())]


class HashedNgrams:
    """Maker of rows. Keeps the features of words it has met; they do not depend on anything else."""

    def __init__(
        self, dimensions: int, *, grams: tuple[int, ...] = (3, 4, 5), pairs: bool = True, word_weight: int = 2
    ) -> None:
        """dimensions: columns; grams: lengths of character n-grams, the word's borders count as characters; pairs: with
        pairs of words; word_weight: how often a whole word counts beside its n-grams."""
        self.dimensions = dimensions
        self._grams = grams
        self._pairs = pairs
        self._word_weight = word_weight
        self._known: dict[str, tuple[int, I64, I64]] = {}

    def blocks(self, texts: Sequence[str], rows: int = BLOCK) -> Iterator[tuple[int, F32]]:
        """(place of the first text, signed counts of shape (texts of the block, dimensions)), in order."""
        for start in range(0, len(texts), rows):
            yield start, self._rows(texts[start : start + rows])

    def _rows(self, texts: Sequence[str]) -> F32:
        columns: list[I64] = []
        signs: list[I64] = []
        owners: list[int] = []
        for text in texts:
            first = len(columns)
            hashes = []
            for word in words_of(text):
                known = self._known.get(word) or self._learn(word)
                hashes.append(known[0])
                columns.append(known[1])
                signs.append(known[2])
            if self._pairs and len(hashes) > 1:
                found = np.array(hashes, dtype=np.uint64)
                column, sign = self._place(found[:-1] * _PAIR + found[1:])
                columns.append(column)
                signs.append(sign)
            owners.append(sum(map(len, columns[first:])))
        if not columns:
            return np.zeros((len(texts), self.dimensions), dtype=np.float32)
        row = np.repeat(np.arange(len(texts), dtype=np.int64), owners)
        flat = row * self.dimensions + np.concatenate(columns)
        counted = np.bincount(
            flat, weights=np.concatenate(signs).astype(np.float64), minlength=len(texts) * self.dimensions
        )
        return counted.reshape(len(texts), self.dimensions).astype(np.float32)

    def _learn(self, word: str) -> tuple[int, I64, I64]:
        """Hash of the word, columns and signs of its features."""
        if len(self._known) >= _KNOWN_WORDS:
            self._known.clear()
        raw = word.encode("utf-8", "surrogatepass")
        own = zlib.crc32(raw) | zlib.crc32(raw[::-1], 7) << 32
        bordered = f" {word} "
        pieces = [own] * self._word_weight
        for size in self._grams:
            for at in range(len(bordered) - size + 1):
                piece = bordered[at : at + size].encode("utf-8", "surrogatepass")
                pieces.append(zlib.crc32(piece, size) | zlib.crc32(piece, 0x5BD1E995) << 32)
        columns, signs = self._place(np.array(pieces, dtype=np.uint64))
        self._known[word] = found = (own, columns, signs)
        return found

    def _place(self, hashes: U64) -> tuple[I64, I64]:
        """Column and sign of each 64-bit hash (its bits mixed as in MurmurHash3's finaliser)."""
        mixed = (hashes ^ (hashes >> np.uint64(33))) * _MIX
        mixed ^= mixed >> np.uint64(29)
        columns = (mixed % np.uint64(self.dimensions)).astype(np.int64)
        signs = 1 - 2 * ((mixed >> np.uint64(61)) & np.uint64(1)).astype(np.int64)
        return columns, signs
