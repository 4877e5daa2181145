"""What a coverage measurement is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from tunewright.core.options import Options

EVEN, OVER, UNDER, MISSING = "even", "over", "under", "missing"


class CoverageOptions(Options):
    """How coverage is measured. It changes nothing in a snapshot."""

    clusters: int = Field(0, ge=0, le=500, description="how many clusters; 0: sqrt(examples / 2), at most 60")
    alpha: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="clusters: share of false alarms among what is reported; gaps: chance of any on a side",
    )
    factor: float = Field(
        2.0, gt=1, description="over- or under-represented from so many times the other side's share on"
    )
    quantile: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="share of the snapshot's examples that lie farther from their neighbours",
    )
    balls: tuple[int, ...] = Field(
        (5, 10, 20),
        min_length=1,
        description="reference neighbours whose surroundings are searched for training examples",
    )
    least: int = Field(50, ge=10, description="with fewer training examples nothing is compared")
    most_examples: int = Field(
        1_000_000, ge=100, description="at most so many training examples are looked at"
    )
    most_references: int = Field(
        5_000, ge=100, description="at most so many golden items, and so many exchanges"
    )
    fit_on: int = Field(20_000, ge=100, description="training examples that the clusters are fitted on")
    probes: int = Field(2_000, ge=100, description="training examples whose nearest neighbour is looked for")
    seed: int = Field(42, ge=0)


@dataclass(frozen=True, slots=True)
class Item:
    """One text with where it comes from."""

    id: str
    text: str
    """the last user message"""
    where: str
    """``source#record``, or an exchange's id"""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a side lies in a cluster, with Wilson's 95 % interval."""

    count: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The training share of a cluster against a reference's."""

    ratio: float
    """training share / reference share (half a count added); with its 95 % interval"""
    low: float
    high: float
    q: float
    """Fisher's exact test, Benjamini-Hochberg adjusted over the clusters"""
    verdict: str
    """even, over, under or missing (no training example at all)"""


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One cluster."""

    number: int
    shares: Mapping[str, Share]
    """by side: ``train``, ``golden``, ``production``"""
    compared: Mapping[str, Comparison]
    """by reference"""
    beyond: Mapping[str, int]
    """reference items in it without a training neighbour"""
    words: tuple[str, ...] = ()
    """characteristic words, from masked texts"""
    examples: Mapping[str, tuple[str, ...]] | None = None
    """masked texts by side"""


@dataclass(frozen=True, slots=True)
class Gap:
    """A region of a reference that training hardly knows."""

    side: str
    verdict: str
    """missing (at most a tenth of the expected training neighbours) or under"""
    items: int
    """reference items in it, repeats counted once"""
    neighbours: int
    """training examples around its middle"""
    expected: float
    """how many the reference's own density lets expect there"""
    ratio: float
    q: float
    """its middle's, Benjamini-Hochberg adjusted over all items of the reference"""
    p: float
    """chance that anything as empty is found anywhere on this side when nothing is missing (Bonferroni)"""
    beyond: int
    """of its items, how many have no training neighbour"""
    cluster: int
    """the cluster most of it lies in"""
    middle: str
    """id of the item with the emptiest surroundings"""
    ids: tuple[str, ...]
    around: tuple[str, ...]
    """its items and the neighbours of its middle, for words"""
    words: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlying:
    """How many items of a reference have no training neighbour, where ``expected`` of the snapshot's own have none."""

    side: str
    count: int
    n: int
    share: float
    low: float
    high: float
    expected: float


@dataclass(frozen=True, slots=True)
class EdgeCase:
    """An item far from every training example."""

    side: str
    id: str
    where: str
    similarity: float
    """cosine similarity to the nearest (other) training example"""
    cluster: int
    text: str = ""
    """masked"""


@dataclass(frozen=True, slots=True)
class MapPoints:
    """Places in the plane of the two largest principal components."""

    centres: tuple[tuple[float, float], ...]
    sides: Mapping[str, tuple[tuple[int, float, float], ...]]
    """(place in the side's items, x, y) of a sample"""
    variance: tuple[float, float]
    """share of the variance of the centres that each axis shows"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Everything that was found. ``labels``, ``items`` and ``points`` are for the page, not for ``--json``."""

    examples: int
    references: Mapping[str, int]
    embedder: str
    signature: str
    border: float
    """similarity below which a neighbour is none: the snapshot's own quantile"""
    clusters: tuple[ClusterRow, ...]
    gaps: tuple[Gap, ...]
    outlying: tuple[Outlying, ...]
    edges: tuple[EdgeCase, ...]
    labels: Mapping[str, list[int]]
    items: Mapping[str, list[Item]]
    points: MapPoints

    def as_dict(self, edges: int = 24) -> dict[str, Any]:
        """The numbers, with masked texts; of the edge cases the farthest ``edges`` a side."""
        from tunewright.core.canonical import plain

        shown: list[EdgeCase] = []
        for side in dict.fromkeys(edge.side for edge in self.edges):
            shown += [edge for edge in self.edges if edge.side == side][:edges]
        return {
            "examples": self.examples,
            "references": dict(self.references),
            "embedder": self.embedder,
            "signature": self.signature,
            "border": self.border,
            "clusters": plain(self.clusters),
            "gaps": plain(self.gaps),
            "outlying": plain(self.outlying),
            "edges": plain(tuple(shown)),
        }
