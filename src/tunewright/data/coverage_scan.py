"""One pass over all training examples of a snapshot, block by block: clusters, neighbours and neighbourhood counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tunewright.metrics.clusters import assign

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_DIGITS = 5


def spread(count: int, most: int) -> I64:
    """At most ``most`` places of ``count``, evenly from first to last."""
    if count <= most:
        return np.arange(count, dtype=np.int64)
    return np.unique(np.floor(np.arange(most) * (count / most)).astype(np.int64))


def unit(rows: F32) -> F32:
    """Rows as the port promises them; a copy only where they are not float32."""
    return np.ascontiguousarray(rows, dtype=np.float32)


class Scan:
    """What is gathered. Memory: one block's products, the labels (int32 an example), and the queries."""

    def __init__(
        self,
        centres: F32,
        probe_rows: F32,
        probes: I64,
        references: Mapping[str, tuple[F32, I64, F64]],
    ) -> None:
        """centres: of the clusters; probe_rows, probes: training examples whose nearest other one is wanted, and their
        places; references: name -> (rows, places that count in the density, reach of their balls)."""
        self.probes = probes
        self.probe_rows = probe_rows
        self._centres = centres
        self._references = references
        self._labels: list[npt.NDArray[np.int32]] = []
        self._start = 0
        self.probe_similarity = np.full(len(probes), -1.0)
        self.nearest = {name: np.full(len(rows), -1.0) for name, (rows, _, _) in references.items()}
        """cosine similarity of each reference item to the nearest training example"""
        self.inside = {
            name: np.zeros(reach.shape, dtype=np.int64) for name, (_, _, reach) in references.items()
        }
        """training examples in each ball"""

    def feed(self, block: F32) -> None:
        """Take in the next training examples, in order."""
        labels, _ = assign(block, self._centres)
        self._labels.append(labels.astype(np.int32))
        near = np.round(self.probe_rows @ block.T, _DIGITS)
        here = np.flatnonzero((self.probes >= self._start) & (self.probes < self._start + len(block)))
        near[here, self.probes[here] - self._start] = -2.0
        np.maximum(self.probe_similarity, near.max(axis=1), out=self.probe_similarity)
        for name, (rows, taken, reach) in self._references.items():
            near = np.round(rows @ block.T, _DIGITS)
            np.maximum(self.nearest[name], near.max(axis=1), out=self.nearest[name])
            counted = near[taken]
            for ball in range(reach.shape[1]):
                self.inside[name][:, ball] += (counted >= reach[:, ball : ball + 1]).sum(axis=1)
        self._start += len(block)

    def labels(self) -> I64:
        """The cluster of every training example."""
        return np.concatenate(self._labels).astype(np.int64)
