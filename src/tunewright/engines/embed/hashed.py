"""Texts as hashed counts of words and character n-grams: near means alike in letters and words, not in meaning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tunewright.metrics.hashed_ngrams import HashedNgrams

DIMENSIONS = 512
_GRAMS = (3, 4)


class HashedEmbedder:
    """NumPy only, no training, no files. The same text gives the same bits in any company and on any machine.

    A count is damped by its square root, so that a word said five times does not drown the rest (the variance-stabilising
    transform of a count).
    """

    def __init__(self) -> None:
        self._ngrams = HashedNgrams(DIMENSIONS, grams=_GRAMS, pairs=False)

    @property
    def version(self) -> str:
        """Name and version; a change of features bumps it."""
        return "hashed@1"

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Rows of length 1, shape (texts, 512); a text without letters and digits gives a row of zeros."""
        found = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for start, counts in self._ngrams.blocks(texts):
            damped = np.sign(counts) * np.sqrt(np.abs(counts))
            # |damped|^2 is the sum of |counts|: whole numbers, so the length does not depend on the order of adding.
            length = np.sqrt(np.abs(counts).sum(axis=1, dtype=np.float64))
            length[length == 0] = 1.0
            found[start : start + len(counts)] = damped / length[:, None].astype(np.float32)
        return found
