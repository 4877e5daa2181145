"""What a snapshot covers: its regions against the golden set and production, by clusters and by neighbourhoods.

Three questions, each with its own statistic:

* *shares*: one clustering over all sides; the share each side has in each cluster (Wilson), the ratio of the training
  share to the reference's (log interval) and Fisher's exact test, corrected over the clusters (Benjamini-Hochberg);
* *gaps*: reference items around which there are fewer training examples than their own density lets expect
  (``metrics.density``), joined into regions. Its middle must be sure after Bonferroni's correction over all items, its
  other items after Benjamini-Hochberg's. It finds what is too small for a cluster;
* *edge cases*: items whose nearest training example is farther than the snapshot's own examples mostly have theirs.

Everything is a pure function of the texts, the embedder and the options: examples are taken in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tunewright.core.errors import DataError
from tunewright.core.ports import Embedder, Progress, SilentProgress
from tunewright.data.coverage_scan import F32, F64, I64, Scan, spread, unit
from tunewright.data.coverage_types import (
    EVEN,
    MISSING,
    OVER,
    UNDER,
    ClusterRow,
    Comparison,
    Coverage,
    CoverageOptions,
    EdgeCase,
    Gap,
    Item,
    MapPoints,
    Outlying,
    Share,
)
from tunewright.metrics.clusters import (
    NOWHERE,
    Clusters,
    assign,
    cluster_count,
    principal_plane,
    spherical_kmeans,
)
from tunewright.metrics.density import Balls, balls_of, linked, thin_probability, thinned
from tunewright.metrics.intervals import wilson
from tunewright.metrics.many import benjamini_hochberg, fisher_exact, ratio_of_shares

TRAIN = "train"
_READ = 4096
_THIN_FROM = 0.995
"""reference items as near each other as so large a share of the snapshot's examples are not to theirs count once"""
_NEARLY_NONE = 0.1
"""of the expected training neighbours: at most so many is missing, more is under-represented"""
_MAP_POINTS = 1200
SIGNATURE = "shares:wilson95+fisher+bh|gaps:nn-ball-negative-binomial+bh+bonferroni|edges:nn-quantile|v:1"


def measure(
    train: Sequence[Item],
    references: Mapping[str, Sequence[Item]],
    embedder: Embedder,
    options: CoverageOptions,
    progress: Progress | None = None,
) -> Coverage:
    """Compare ``train`` with each of the ``references`` (``golden``, ``production``).

    Raises DataError when there is nothing to compare.
    """
    progress = progress or SilentProgress()
    items, sides = _bounded(train, references, options)
    if len(items) < options.least or not any(sides.values()):
        raise DataError(
            f"{len(items)} training examples and {sum(map(len, sides.values()))} golden items or exchanges are too few "
            "to compare",
            hint=f"at least {options.least} training examples and a golden set or logged exchanges are needed",
        )
    rows = {name: unit(embedder.embed([item.text for item in side])) for name, side in sides.items() if side}
    sample = spread(len(items), options.fit_on)
    with progress.task("clusters", 1) as advance:
        fitted = unit(embedder.embed([items[at].text for at in sample.tolist()]))
        clusters = _clusters(fitted, rows, options)
        advance(1)
    probes = _probes(sample, clusters.similarity[: len(sample)], options)
    taken = {name: _distinct(own, fitted) for name, own in rows.items()}
    balls = {name: balls_of(own[taken[name]], options.balls) for name, own in rows.items()}
    place_in_sample = {int(at): number for number, at in enumerate(sample)}
    scan = Scan(
        clusters.centres,
        fitted[[place_in_sample[int(at)] for at in probes]],
        probes,
        {name: (rows[name], taken[name], balls[name].reach) for name in rows},
    )
    with progress.task("coverage", len(items)) as advance:
        for block in [fitted] if len(sample) == len(items) else _blocks(items, embedder):
            scan.feed(block)
            advance(len(block))
    labels = {TRAIN: scan.labels(), **{name: assign(own, clusters.centres)[0] for name, own in rows.items()}}
    even = scan.probe_similarity[: min(len(probes), options.probes)]
    border = float(np.quantile(even, options.quantile))
    found = _Found(items, sides, rows, clusters, scan, balls, taken, labels, border)
    return _answer(found, embedder.version, options)


def _bounded(
    train: Sequence[Item], references: Mapping[str, Sequence[Item]], options: CoverageOptions
) -> tuple[list[Item], dict[str, list[Item]]]:
    """At most so many of each side, evenly from the order of ids (which are digests: a random sample)."""

    def some(items: Sequence[Item], most: int) -> list[Item]:
        ordered = sorted((item for item in items if item.text.strip()), key=lambda item: item.id)
        return [ordered[at] for at in spread(len(ordered), most).tolist()]

    return some(train, options.most_examples), {
        name: some(side, options.most_references) for name, side in references.items()
    }


def _blocks(items: Sequence[Item], embedder: Embedder) -> Iterator[F32]:
    for start in range(0, len(items), _READ):
        yield unit(embedder.embed([item.text for item in items[start : start + _READ]]))


def _clusters(fitted: F32, rows: Mapping[str, F32], options: CoverageOptions) -> Clusters:
    """Over all sides, each of equal weight: what only the reference has can become a cluster of its own."""
    sides = [fitted, *rows.values()]
    total = sum(map(len, sides))
    weights = np.concatenate([np.full(len(side), total / len(sides) / len(side)) for side in sides])
    k = options.clusters or cluster_count(total, least=4, most=60)
    return spherical_kmeans(np.concatenate(sides), k, seed=options.seed, weights=weights)


def _probes(sample: I64, similarity: F64, options: CoverageOptions) -> I64:
    """Places of the training examples whose own neighbour is looked for: an even sample, and the farthest from their
    centres, among which the edge cases are."""
    even = sample[spread(len(sample), options.probes)]
    far = sample[np.lexsort((np.arange(len(sample)), similarity))[: options.probes // 10]]
    return np.concatenate([even, np.setdiff1d(far, even)])


def _distinct(own: F32, fitted: F32) -> I64:
    """Places of the reference's items that count in the density: repeats count once, as in a deduplicated snapshot."""
    some = fitted[spread(len(fitted), 2000)]
    near = balls_of(some, (1,))
    level = float(np.quantile(near.reach[:, 0], _THIN_FROM)) if near.sizes else 1.0
    return thinned(own, min(level, 0.9999))


@dataclass(frozen=True, slots=True)
class _Found:
    """What the answer is made of."""

    items: Sequence[Item]
    sides: Mapping[str, Sequence[Item]]
    rows: Mapping[str, F32]
    clusters: Clusters
    scan: Scan
    balls: Mapping[str, Balls]
    taken: Mapping[str, I64]
    """places of each reference's items that count in the density"""
    labels: Mapping[str, I64]
    border: float


def _answer(found: _Found, embedder: str, options: CoverageOptions) -> Coverage:
    gaps: list[Gap] = []
    outlying = []
    edges = _own_edges(found)
    for name in found.rows:
        gaps += _gaps(name, found, options)
        beyond = found.scan.nearest[name] < found.border
        told = wilson(int(beyond.sum()), len(beyond))
        outlying.append(
            Outlying(name, int(beyond.sum()), len(beyond), told.value, told.low, told.high, options.quantile)
        )
        edges += _far(name, found)
    return Coverage(
        examples=len(found.items),
        references={name: len(found.sides[name]) for name in found.rows},
        embedder=embedder,
        signature=SIGNATURE,
        border=found.border,
        clusters=_rows(found, options),
        gaps=tuple(gaps),
        outlying=tuple(outlying),
        edges=tuple(edges),
        labels={name: own.tolist() for name, own in found.labels.items()},
        items={TRAIN: list(found.items), **{name: list(found.sides[name]) for name in found.rows}},
        points=_map(found),
    )


def _rows(found: _Found, options: CoverageOptions) -> tuple[ClusterRow, ...]:
    labels, count = found.labels, len(found.clusters.centres)
    counts = {name: np.bincount(own[own >= 0], minlength=count) for name, own in labels.items()}
    totals = {name: int(own.sum()) for name, own in counts.items()}
    compared: dict[str, list[Comparison]] = {}
    for name in labels:
        if name == TRAIN:
            continue
        pairs = [(int(counts[TRAIN][at]), int(counts[name][at])) for at in range(count)]
        tests = [fisher_exact(mine, totals[TRAIN], theirs, totals[name]) for mine, theirs in pairs]
        adjusted = benjamini_hochberg(tests)
        compared[name] = [
            _comparison(mine, totals[TRAIN], theirs, totals[name], q, options)
            for (mine, theirs), q in zip(pairs, adjusted, strict=True)
        ]
    lines = []
    for at in range(count):
        shares = {}
        for name, own in counts.items():
            told = wilson(int(own[at]), totals[name])
            shares[name] = Share(int(own[at]), totals[name], told.value, told.low, told.high)
        far = {
            name: int((found.scan.nearest[name][labels[name] == at] < found.border).sum())
            for name in compared
        }
        lines.append(ClusterRow(at, shares, {name: own[at] for name, own in compared.items()}, far))
    return tuple(lines)


def _comparison(
    mine: int, all_mine: int, theirs: int, all_theirs: int, q: float, options: CoverageOptions
) -> Comparison:
    """Over or under only where it is both surely different and different enough to matter."""
    ratio = ratio_of_shares(mine, all_mine, theirs, all_theirs)
    verdict = EVEN
    if q <= options.alpha:
        if mine == 0:
            verdict = MISSING
        elif ratio.value <= 1 / options.factor:
            verdict = UNDER
        elif ratio.value >= options.factor:
            verdict = OVER
    return Comparison(ratio.value, ratio.low, ratio.high, q, verdict)


def _gaps(name: str, found: _Found, options: CoverageOptions) -> list[Gap]:
    """Regions of this reference with fewer training examples than expected, the surest first."""
    balls, taken, inside = found.balls[name], found.taken[name], found.scan.inside[name]
    if not balls.sizes:
        return []
    total, others = len(found.items), len(taken) - 1
    known: dict[tuple[int, int], float] = {}
    values = np.ones(len(taken))
    which = np.zeros(len(taken), dtype=np.int64)
    for ball, size in enumerate(balls.sizes):
        for at, count in enumerate(inside[:, ball].tolist()):
            key = (size, count)
            if key not in known:
                known[key] = thin_probability(count, size, total, others)
            # The best of several balls: as many looks.
            p = min(1.0, known[key] * len(balls.sizes))
            if p < values[at]:
                values[at], which[at] = p, ball
    adjusted = np.array(benjamini_hochberg(values.tolist()))
    sizes = np.array(balls.sizes)[which]
    expected = sizes * total / others
    counted = inside[np.arange(len(taken)), which]
    thin = (adjusted <= options.alpha) & (counted * options.factor <= expected)
    gaps = []
    for group in linked(np.flatnonzero(thin).tolist(), balls.members, balls.sizes[0]):
        best = min(group, key=lambda at: (values[at], at))
        p = min(1.0, float(values[best]) * len(taken))
        if p > options.alpha:
            # Among many sure items a few unsure ones pass Benjamini-Hochberg; alone they are no region.
            continue
        numbers = (int(counted[best]), float(expected[best]), float(adjusted[best]), p)
        around = [*group, *balls.members[best, : int(sizes[best])].tolist()]
        gaps.append(_gap(name, found, numbers, [best, *group], list(dict.fromkeys(around))))
    return sorted(gaps, key=lambda gap: (gap.verdict != MISSING, gap.p, -gap.items, gap.middle))


def _gap(
    name: str, found: _Found, numbers: tuple[int, float, float, float], group: list[int], around: list[int]
) -> Gap:
    """numbers: neighbours, expected, q and p of the middle; group: the middle, then all of it, among the distinct items."""
    side, taken = found.sides[name], found.taken[name]
    places = [int(taken[at]) for at in group[1:]]
    neighbours, expected, q, p = numbers
    return Gap(
        side=name,
        verdict=MISSING if neighbours <= _NEARLY_NONE * expected else UNDER,
        items=len(places),
        neighbours=neighbours,
        expected=expected,
        ratio=neighbours / expected,
        q=q,
        p=p,
        beyond=int((found.scan.nearest[name][places] < found.border).sum()),
        cluster=int(np.bincount(found.labels[name][places]).argmax()),
        middle=side[int(taken[group[0]])].id,
        ids=tuple(side[place].id for place in places),
        around=tuple(side[int(taken[at])].id for at in around),
    )


def _own_edges(found: _Found) -> list[EdgeCase]:
    """The training examples farthest from every other one."""
    scan, labels = found.scan, found.labels[TRAIN]
    edges = []
    for at in np.lexsort((scan.probes, scan.probe_similarity)).tolist():
        place, near = int(scan.probes[at]), float(scan.probe_similarity[at])
        if near < found.border and labels[place] != NOWHERE:
            item = found.items[place]
            edges.append(EdgeCase(TRAIN, item.id, item.where, near, int(labels[place])))
    return edges


def _far(name: str, found: _Found) -> list[EdgeCase]:
    """Reference items without a training neighbour, the farthest first."""
    side, near, labels = found.sides[name], found.scan.nearest[name], found.labels[name]
    return [
        EdgeCase(name, side[at].id, side[at].where, float(near[at]), int(labels[at]))
        for at in np.lexsort((np.arange(len(side)), near)).tolist()
        if near[at] < found.border and labels[at] != NOWHERE
    ]


def _map(found: _Found) -> MapPoints:
    """Two principal components of the cluster centres (so that no side pulls the axes), and a sample of every side."""
    centres = found.clusters.centres
    if len(centres) < 3:
        return MapPoints((), {}, (0.0, 0.0))
    mean, directions, shares = principal_plane(centres)
    placed = {TRAIN: (found.scan.probe_rows, found.scan.probes)}
    placed |= {name: (own, np.arange(len(own))) for name, own in found.rows.items()}
    sides = {}
    for name, (own, places) in placed.items():
        chosen = spread(len(own), _MAP_POINTS)
        at = (own[chosen].astype(np.float64) - mean) @ directions.T
        sides[name] = tuple(
            (int(places[place]), float(x), float(y))
            for place, (x, y) in zip(chosen, at.tolist(), strict=True)
        )
    middle = (centres.astype(np.float64) - mean) @ directions.T
    return MapPoints(
        tuple((float(x), float(y)) for x, y in middle.tolist()), sides, (float(shares[0]), float(shares[1]))
    )
