"""Where one set of points is thinner than another: neighbourhood counts with an exact test.

Around every point of a reference lies the ball that just reaches its k-th nearest reference point. If the other set
followed the same density, the points of it inside that ball would be negative binomial: before the k-th reference
point, each point met is of the reference with probability n_r / (n_r + n_o). Few of them is a gap. Radii adapt to how
dense the reference is, so small tight regions are found that a clustering of everything merges with their neighbours. (The
counting is that of nearest-neighbour two-sample tests: Schilling 1986, "Multivariate two-sample tests based on nearest
neighbors"; the distribution follows from exchangeability.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewright.core.errors import UsageError
from tunewright.metrics.special import beta_cdf

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_DIGITS = 5
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Balls:
    """The balls of a reference's points. Similarities are cosines of rows of length 1."""

    sizes: tuple[int, ...]
    """the k of each ball, ascending; empty when the reference is too small for any"""
    reach: F64
    """shape (points, balls): similarity of the k-th nearest other reference point"""
    members: I64
    """shape (points, largest k): the nearest other reference points, nearest first"""


def balls_of(rows: F32, sizes: Sequence[int]) -> Balls:
    """Balls around each of ``rows`` that reach its k-th nearest other row, for each k in ``sizes`` below their number."""
    usable = tuple(sorted({size for size in sizes if 0 < size < len(rows)}))
    if not usable:
        return Balls((), np.zeros((len(rows), 0)), np.zeros((len(rows), 0), dtype=np.int64))
    reach = np.zeros((len(rows), len(usable)))
    members = np.zeros((len(rows), usable[-1]), dtype=np.int64)
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK]
        near = np.round(part @ rows.T, _DIGITS)
        near[np.arange(len(part)), np.arange(start, start + len(part))] = -2.0
        # Ties by place: a stable order whatever the numbers.
        order = np.argsort(-near, axis=1, kind="stable")[:, : usable[-1]]
        members[start : start + len(part)] = order
        sorted_ = np.take_along_axis(near, order, axis=1)
        reach[start : start + len(part)] = sorted_[:, [size - 1 for size in usable]]
    return Balls(usable, reach, members)


def thinned(rows: F32, at_least: float) -> I64:
    """Places of the rows that are left when each is taken, in order, unless one as similar as ``at_least`` was taken
    before: a question asked a hundred times is one question."""
    taken: list[int] = []
    held = np.empty_like(rows)
    for place in range(len(rows)):
        if taken and float(np.round(held[: len(taken)] @ rows[place], _DIGITS).max()) >= at_least:
            continue
        held[len(taken)] = rows[place]
        taken.append(place)
    return np.array(taken, dtype=np.int64)


def thin_probability(inside: int, size: int, others: int, reference: int) -> float:
    """P(at most ``inside`` of the others in a ball of ``size`` reference points), were both sets of one density.

    others, reference: how many points the two sets have (the point in the middle is not counted among the reference's).
    The negative binomial's distribution function I_p(k, t + 1). Raises UsageError for impossible counts.
    """
    if inside < 0 or size < 1 or others < 1 or reference < size:
        raise UsageError(
            f"{inside} of {others} in a ball of {size} of {reference} is impossible", hint="check the counts"
        )
    return beta_cdf(reference / (reference + others), size, inside + 1)


def linked(flagged: Sequence[int], members: I64, reach: int) -> list[list[int]]:
    """Groups of flagged points of which one is among the ``reach`` nearest of another (single linkage), each sorted; the
    groups in the order of their first point."""
    parent = {point: point for point in flagged}

    def root(point: int) -> int:
        while parent[point] != point:
            parent[point] = parent[parent[point]]
            point = parent[point]
        return point

    for point in flagged:
        for other in members[point, :reach].tolist():
            if other in parent:
                one, two = root(point), root(other)
                parent[max(one, two)] = min(one, two)
    groups: dict[int, list[int]] = {}
    for point in sorted(flagged):
        groups.setdefault(root(point), []).append(point)
    return [groups[key] for key in sorted(groups)]
