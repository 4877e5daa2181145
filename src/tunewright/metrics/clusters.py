"""Spherical k-means (Dhillon & Modha 2001, "Concept decompositions for large sparse text data using clustering"), in NumPy.

Rows of length 1 are placed with the centre they have the highest cosine similarity to; a centre is the (weighted) sum of its
rows at length 1. First centres by k-means++ (Arthur & Vassilvitskii 2007) on cosine distance, from a seed. Rows that are
all zeros belong to no cluster. The same rows, weights, k and seed in the same order give the same answer; similarities are
rounded before they are compared, so that the last bit of a sum decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewright.core.errors import UsageError
from tunewright.core.seeds import derive_seed

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

NOWHERE = -1
"""the cluster of a row of zeros"""
_BLOCK = 4096
_DIGITS = 5
_GAIN = 2e-4
"""relative rise of the objective below which further iterations are not worth their time"""
_CANCELLED = 1e-6
_STARTS = 8
"""candidates tried for each new centre; the one that lowers the distance most is taken (greedy k-means++)"""


@dataclass(frozen=True, slots=True)
class Clusters:
    """A clustering that was found."""

    centres: F32
    """shape (k, dimensions), rows of length 1"""
    labels: I64
    """cluster of each row; ``NOWHERE`` for a row of zeros"""
    similarity: F64
    """cosine similarity of each row to its centre; 0 for a row of zeros"""
    iterations: int

    @property
    def objective(self) -> float:
        """Sum of the similarities: what the iterations raise."""
        return float(self.similarity.sum())


def cluster_count(rows: int, *, least: int = 2, most: int = 100) -> int:
    """The customary first guess sqrt(n / 2), within bounds, never more than rows."""
    return max(1, min(rows, most, max(least, round(math.sqrt(rows / 2)))))


def spherical_kmeans(
    rows: F32, k: int, *, seed: int, weights: F64 | None = None, iterations: int = 40
) -> Clusters:
    """Cluster ``rows`` (shape (n, dimensions), each of length 1 or all zeros) into at most ``k`` clusters.

    weights: how much each row counts (default 1). Fewer clusters come back when fewer distinct rows are there. Raises
    UsageError for k < 1 or no row that is not zero.
    """
    told = np.flatnonzero((rows != 0).any(axis=1))
    if k < 1 or not len(told):
        raise UsageError(
            f"{k} clusters of {len(told)} texts cannot be made", hint="give texts and at least one cluster"
        )
    points = np.ascontiguousarray(rows[told], dtype=np.float32)
    mass = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=np.float64)[told]
    centres = _first_centres(points, mass, min(k, len(points)), seed)
    labels, similarity = assign(points, centres)
    done = 0
    reached = float((similarity * mass).sum())
    while done < iterations:
        done += 1
        centres = _centres(points, mass.astype(np.float32), labels, centres)
        moved, similarity = assign(points, centres)
        before, reached = reached, float((similarity * mass).sum())
        stays = np.array_equal(moved, labels)
        labels = moved
        if stays or reached - before <= _GAIN * abs(before):
            break
    used, labels = np.unique(labels, return_inverse=True)
    all_labels = np.full(len(rows), NOWHERE, dtype=np.int64)
    all_similarity = np.zeros(len(rows))
    all_labels[told], all_similarity[told] = labels, similarity
    return Clusters(centres[used], all_labels, all_similarity, done)


def assign(rows: F32, centres: F32) -> tuple[I64, F64]:
    """The nearest centre of each row and the cosine similarity to it, block by block; zeros belong to ``NOWHERE``."""
    labels = np.full(len(rows), NOWHERE, dtype=np.int64)
    similarity = np.zeros(len(rows))
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK]
        near = np.round(part @ centres.T, _DIGITS)
        best = near.argmax(axis=1)
        told = (part != 0).any(axis=1)
        labels[start : start + len(part)] = np.where(told, best, NOWHERE)
        similarity[start : start + len(part)] = np.where(told, near[np.arange(len(part)), best], 0.0)
    return labels, similarity


def _first_centres(points: F32, mass: F64, k: int, seed: int) -> F32:
    random = np.random.Generator(np.random.PCG64(derive_seed(seed, "clusters", str(k))))
    first = int(np.searchsorted(np.cumsum(mass), random.random() * mass.sum(), side="right"))
    chosen = [min(first, len(points) - 1)]
    distance = _distance(points, points[chosen[0]])
    while len(chosen) < k:
        pull = np.cumsum(distance * mass)
        if pull[-1] <= 0:
            break
        drawn = np.searchsorted(pull, random.random(_STARTS) * pull[-1], side="right")
        drawn = np.minimum(drawn, len(points) - 1)
        near = np.round(points @ points[drawn].T, _DIGITS).astype(np.float64)
        left = np.minimum(distance[:, None], np.maximum(0.0, 1.0 - near))
        best = int(np.argmin((left * mass[:, None]).sum(axis=0).round(_DIGITS)))
        chosen.append(int(drawn[best]))
        distance = left[:, best]
    return points[chosen]


def _distance(points: F32, centre: F32) -> F64:
    near: F64 = np.round(points @ centre, _DIGITS).astype(np.float64)
    return np.maximum(0.0, 1.0 - near)


def _centres(points: F32, mass: F32, labels: I64, before: F32) -> F32:
    """Weighted sums at length 1; a cluster without rows, or whose rows cancel out, keeps its centre."""
    sums = np.zeros(before.shape, dtype=np.float64)
    for start in range(0, len(points), _BLOCK):
        part = labels[start : start + _BLOCK]
        member = np.zeros((len(part), len(before)), dtype=np.float32)
        member[np.arange(len(part)), part] = mass[start : start + _BLOCK]
        sums += member.T @ points[start : start + _BLOCK]
    lengths = np.sqrt((sums * sums).sum(axis=1))
    told = lengths > _CANCELLED * max(1e-30, float(mass.max()))
    after = before.copy()
    after[told] = np.round(sums[told] / lengths[told][:, None], _DIGITS + 1).astype(np.float32)
    return after


def nearest(queries: F32, blocks: Iterable[F32], *, own: I64 | None = None) -> tuple[F64, I64]:
    """For each query the highest cosine similarity to any row of ``blocks`` and that row's place in all of them.

    own: the place of a query's own row, which is left out (-1: it has none). Without any other row the answer is (-1, -1).
    Memory: one block and its product with the queries.
    """
    best = np.full(len(queries), -1.0)
    place = np.full(len(queries), NOWHERE, dtype=np.int64)
    start = 0
    for block in _cut(blocks):
        near = np.round(queries @ block.T, _DIGITS)
        if own is not None:
            here = np.flatnonzero((own >= start) & (own < start + len(block)))
            near[here, own[here] - start] = -2.0
        at = near.argmax(axis=1)
        value = near[np.arange(len(queries)), at].astype(np.float64)
        better = value > best
        best[better], place[better] = value[better], at[better] + start
        start += len(block)
    return best, place


def _cut(blocks: Iterable[F32]) -> Iterator[F32]:
    for block in blocks:
        for start in range(0, len(block), _BLOCK):
            yield block[start : start + _BLOCK]


def principal_plane(rows: F32, *, weights: F64 | None = None) -> tuple[F64, F64, F64]:
    """The mean of the rows, the two directions of largest variance (shape (2, dimensions)) and their shares of it.

    Principal component analysis by the eigenvectors of the covariance matrix. A direction's sign is fixed: its entry of
    largest magnitude is positive. Raises UsageError for fewer than three rows.
    """
    if len(rows) < 3:
        raise UsageError(f"a map needs at least 3 texts, not {len(rows)}", hint="add examples")
    mass = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
    whole = rows.astype(np.float64)
    mean: F64 = (whole * mass[:, None]).sum(axis=0) / mass.sum()
    centred = whole - mean
    values, vectors = np.linalg.eigh((centred * mass[:, None]).T @ centred / mass.sum())
    directions = vectors[:, ::-1][:, :2].T
    largest = directions[np.arange(2), np.abs(directions).argmax(axis=1)]
    directions = directions * np.where(largest < 0, -1.0, 1.0)[:, None]
    total = max(float(values.clip(0).sum()), 1e-12)
    return mean, directions, values[::-1][:2].clip(0) / total
