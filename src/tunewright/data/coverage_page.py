"""The coverage page: gaps first, then the map, the shares by cluster, and the edge cases. Drawn as inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tunewright.core.page import Markup, element, join, page, svg, table, tiles
from tunewright.data.coverage import TRAIN
from tunewright.data.coverage_types import (
    EVEN,
    MISSING,
    OVER,
    UNDER,
    ClusterRow,
    Coverage,
    EdgeCase,
    Gap,
    MapPoints,
    Outlying,
)
from tunewright.data.coverage_words import EDGES

_Scale = Callable[[float], float]
_WIDE, _MAP_HIGH = 1000, 520
_ROW = 36
_SHOWN_ROWS = 24
_CARDS = 6
_NAMES_ON_MAP = 7
_NAMES = {TRAIN: "training examples", "golden": "golden set", "production": "production"}
_COLOUR = {MISSING: "bad", UNDER: "doubt", OVER: "doubt", EVEN: ""}
_SAYS = {
    MISSING: "missing",
    UNDER: "under-represented",
    OVER: "over-represented",
    EVEN: "as expected",
}


def render(title: str, coverage: Coverage) -> str:
    """The whole page as HTML."""
    return page(
        title,
        _lead(coverage),
        _tiles(coverage),
        *_gaps(coverage),
        *_map(coverage),
        *_shares(coverage),
        *_all_clusters(coverage),
        *_edges(coverage),
        _how(coverage),
    )


def ordered(coverage: Coverage) -> list[ClusterRow]:
    """Clusters, those with a verdict first, then by how different the shares are and how large they are."""

    def rank(row: ClusterRow) -> tuple[int, float, int]:
        verdicts = [found.verdict for found in row.compared.values()]
        first = min((MISSING, UNDER, OVER, EVEN).index(verdict) for verdict in verdicts)
        strength = max(
            abs(1 - min(found.ratio, 1 / max(found.ratio, 1e-9))) for found in row.compared.values()
        )
        return (
            first,
            -strength if first < 3 else -max(share.share for share in row.shares.values()),
            row.number,
        )

    return sorted(coverage.clusters, key=rank)


def _lead(coverage: Coverage) -> Markup:
    against = " and ".join(f"{count:,} {_what(name)}" for name, count in coverage.references.items())
    return element(
        "p",
        f"{coverage.examples:,} training examples against {against}, placed by the embedder {coverage.embedder}. "
        "Near means alike in what that embedder sees.",
        class_="soft",
    )


def _what(name: str) -> str:
    return {"golden": "golden items", "production": "exchanges"}.get(name, f"{name} items")


def _tiles(coverage: Coverage) -> Markup:
    missing = sum(gap.verdict == MISSING for gap in coverage.gaps)
    thin = len(coverage.gaps) - missing
    over = sum(any(c.verdict == OVER for c in row.compared.values()) for row in coverage.clusters)
    shown = [
        (str(missing), "regions missing from training", "bad" if missing else "good"),
        (str(thin), "regions under-represented", "doubt" if thin else "good"),
        (str(over), "clusters over-represented", "doubt" if over else "good"),
    ]
    return tiles([*shown, *map(_outlying_tile, coverage.outlying)])


def _outlying_tile(found: Outlying) -> tuple[str, str, str]:
    told = (
        f"of {_what(found.side)} without a training neighbour [{_percent(found.low)} .. {_percent(found.high)}]; "
        f"{_percent(found.expected)} of the snapshot's own have none"
    )
    return _percent(found.share), told, "doubt" if found.low > found.expected else "good"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _words(words: Sequence[str], most: int = 4) -> str:
    return " · ".join(words[:most]) or "(no characteristic words)"


def _gaps(coverage: Coverage) -> list[Markup]:
    head = element("h2", "Gaps: what is asked and hardly trained on")
    if not coverage.gaps:
        return [
            head,
            element(
                "p",
                "None: around every golden item and exchange there are as many training examples as expected.",
            ),
        ]
    return [
        head,
        element(
            "p",
            "Regions of the golden set or of production around which there are far fewer training examples than their own "
            "density lets expect, the surest first. Add examples there.",
            class_="soft",
        ),
        *(_gap(gap) for gap in coverage.gaps[:_CARDS]),
        *_more_gaps(coverage.gaps[_CARDS:]),
    ]


def _more_gaps(gaps: Sequence[Gap]) -> list[Markup]:
    if not gaps:
        return []
    rows = [
        (
            element("span", _SAYS[gap.verdict], class_=_COLOUR[gap.verdict]), _words(gap.words), gap.side, gap.items,
            gap.neighbours, f"{gap.expected:,.0f}", f"{gap.p:.2g}", gap.examples[0] if gap.examples else "",
        )
        for gap in gaps
    ]  # fmt: skip
    head = ("verdict", "words", "side", "items", "trained on", "expected", "p", "an example")
    told = element("summary", f"{len(gaps)} more, less sure or smaller")
    return [element("details", told, table(head, rows, numbers=(3, 4, 5, 6)))]


def _gap(gap: Gap) -> Markup:
    badge = element("b", _SAYS[gap.verdict], class_=_COLOUR[gap.verdict])
    told = (
        f"{gap.neighbours:,} training example{'' if gap.neighbours == 1 else 's'} where about {gap.expected:,.0f} would be "
        f"expected; {gap.items} {_what(gap.side)} in the region, {gap.beyond} of them without a training neighbour; "
        f"p = {gap.p:.2g}"
    )
    return element(
        "div",
        element("div", element("b", _words(gap.words, 6)), " ", badge),
        _meter(gap),
        element("p", told, class_="soft"),
        *(element("div", element("em", gap.side), text, class_="turn") for text in gap.examples),
        class_="card",
    )


def _meter(gap: Gap) -> Markup:
    """Found of expected, as one bar."""
    width = 320
    part = max(3.0, min(1.0, gap.ratio) * width)
    return svg(
        width + 8,
        12,
        _box("bar-back", 0, 2, width, 8),
        _box(f"bar-{gap.verdict}", 0, 2, part, 8),
        label=f"{gap.neighbours} of about {gap.expected:.0f} expected training examples",
        class_="chart meter",
    )


def _box(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    return element(
        "rect", class_=kind, x=f"{x:.1f}", y=f"{y:.1f}", width=f"{width:.1f}", height=f"{height:.1f}"
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return element("line", class_=kind, x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}")


def _dot(kind: str, x: float, y: float, radius: float) -> Markup:
    return element("circle", class_=kind, cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{radius:g}")


def _text(text: str, x: float, y: float, anchor: str = "start", kind: str = "") -> Markup:
    return element("text", text, class_=kind, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _map(coverage: Coverage) -> list[Markup]:
    points = coverage.points
    if not points.sides:
        return []
    gap_ids = {(gap.side, key) for gap in coverage.gaps for key in gap.ids}
    x, y = _scales(points)
    dots: list[Markup] = []
    rings: list[Markup] = []
    for side, placed in points.sides.items():
        for place, px, py in placed:
            dots.append(_dot(f"side-{side}", x(px), y(py), 2.1 if side == TRAIN else 2.7))
            if (side, coverage.items[side][place].id) in gap_ids:
                rings.append(_dot("ring", x(px), y(py), 5.5))
    flagged = [
        row
        for row in ordered(coverage)[:_NAMES_ON_MAP]
        if any(c.verdict != EVEN for c in row.compared.values())
    ]
    names = [_named(points, row, x, y) for row in flagged]
    first, second = points.variance
    return [
        element("h2", "Map"),
        _legend([*points.sides], "ring: an item in a gap"),
        svg(_WIDE, _MAP_HIGH, *dots, *rings, *names, label="two-dimensional map of all sides", class_="chart wide"),
        element(
            "p",
            f"The two directions in which the clusters differ most ({_percent(first)} and {_percent(second)} of their "
            "variance): what lies apart here is apart; what lies together may still differ in other directions.",
            class_="soft",
        ),
    ]  # fmt: skip


def _scales(points: MapPoints) -> tuple[_Scale, _Scale]:
    every = [(px, py) for placed in points.sides.values() for _, px, py in placed]
    low_x, high_x = min(p[0] for p in every), max(p[0] for p in every)
    low_y, high_y = min(p[1] for p in every), max(p[1] for p in every)
    pad = 14
    wide, high = max(high_x - low_x, 1e-9), max(high_y - low_y, 1e-9)

    def x(value: float) -> float:
        return pad + (value - low_x) / wide * (_WIDE - 2 * pad)

    def y(value: float) -> float:
        return _MAP_HIGH - pad - (value - low_y) / high * (_MAP_HIGH - 2 * pad)

    return x, y


def _named(points: MapPoints, row: ClusterRow, x: _Scale, y: _Scale) -> Markup:
    px, py = points.centres[row.number]
    return _text(_words(row.words, 2), min(max(x(px), 70), _WIDE - 70), y(py), "middle", "name")


def _legend(sides: Iterable[str], extra: str = "") -> Markup:
    named = [(f"side-{side}", _NAMES.get(side, side)) for side in sides]
    return element(
        "p",
        *(
            element("span", _key(kind), name, class_="key")
            for kind, name in [*named, *([("ring", extra)] if extra else [])]
        ),
    )


def _key(kind: str) -> Markup:
    return element("svg", _dot(kind, 5, 5, 4), class_="key", viewBox="0 0 10 10", aria_hidden="true")


def _shares(coverage: Coverage) -> list[Markup]:
    rows = ordered(coverage)
    shown = rows[:_SHOWN_ROWS]
    sides = [TRAIN, *coverage.references]
    high = max(share.high for row in shown for share in row.shares.values())
    left, right = 290, _WIDE - 140
    height = _ROW * len(shown) + 34

    def x(share: float) -> float:
        return left + share / high * (right - left)

    parts: list[Markup] = []
    for tick in _ticks(high):
        parts.append(_line("axis", x(tick), 4, x(tick), height - 26))
        parts.append(_text(_percent(tick), x(tick), height - 10, "middle"))
    for at, row in enumerate(shown):
        parts += _share_row(row, at * _ROW + 8, sides, x, left)
    rest = len(rows) - len(shown)
    return [
        element("h2", "Shares by cluster"),
        element(
            "p",
            "How much of each side lies in each cluster, with 95 % intervals: clusters with a verdict first, then the "
            "largest" + (f" ({rest} more in the table below)." if rest else "."),
            class_="soft",
        ),
        _legend(sides),
        svg(
            _WIDE,
            height,
            *parts,
            label="shares of every side by cluster with 95 % intervals",
            class_="chart wide",
        ),
    ]


def _share_row(row: ClusterRow, top: int, sides: Sequence[str], x: _Scale, left: int) -> list[Markup]:
    parts = [_text(_words(row.words, 3)[:44], left - 12, top + 15, "end", "name")]
    step = (_ROW - 12) / len(sides)
    for number, side in enumerate(sides):
        share, y = row.shares[side], top + 3 + number * step
        parts.append(_box(f"side-{side}", left, y, max(0.6, x(share.share) - left), step - 2))
        parts.append(_line("whisker", x(share.low), y + step / 2 - 1, x(share.high), y + step / 2 - 1))
    for name, found in row.compared.items():
        if found.verdict != EVEN:
            said = "none" if found.verdict == MISSING else f"× {found.ratio:.2g}"
            word = _SAYS[found.verdict].partition("-")[0]
            parts.append(_text(f"{word} {said}", _WIDE - 128, top + 13, kind=f"verdict-{found.verdict}"))
            parts.append(_text(f"vs {name}", _WIDE - 128, top + 26))
            break
    return parts


def _ticks(high: float) -> list[float]:
    step = next(step for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if high / step <= 8)
    return [step * at for at in range(int(high / step) + 1)]


def _all_clusters(coverage: Coverage) -> list[Markup]:
    names = list(coverage.references)
    head = ["words", TRAIN, *names, *(f"ratio to {name}" for name in names), "verdict"]
    rows = []
    for row in ordered(coverage):
        verdicts = {f"{_SAYS[c.verdict]} ({name})" for name, c in row.compared.items() if c.verdict != EVEN}
        ratios = [f"{c.ratio:.2f} [{c.low:.2f} .. {c.high:.2f}]" for c in row.compared.values()]
        counts = [f"{row.shares[side].count:,}" for side in (TRAIN, *names)]
        examples = [
            element("div", element("em", side), text, class_="turn")
            for side, texts in (row.examples or {}).items() for text in texts[:2]
        ]  # fmt: skip
        words = element("details", element("summary", _words(row.words)), *examples)
        rows.append([words, *counts, *ratios, ", ".join(sorted(verdicts))])
    listed = table(head, rows, numbers=range(1, 2 + 2 * len(names)))
    return [element("details", element("summary", f"All {len(rows)} clusters, with examples"), listed)]


def _edges(coverage: Coverage) -> list[Markup]:
    parts = [
        element("h2", "Edge cases"),
        element(
            "p",
            f"Far from every (other) training example: similarity below {coverage.border:.2f}, where the farthest of the "
            "snapshot's own examples begin. Among training examples they are rare cases or noise; on the other sides, "
            "questions the model has seen nothing like.",
            class_="soft",
        ),
    ]
    for side in (TRAIN, *coverage.references):
        found = [edge for edge in coverage.edges if edge.side == side]
        if found:
            more = f", the farthest {EDGES} of {len(found)}" if len(found) > EDGES else ""
            parts.append(
                element(
                    "details",
                    element("summary", f"{_NAMES.get(side, side)}{more}"),
                    _edge_table(found[:EDGES]),
                )
            )
    return parts


def _edge_table(edges: Sequence[EdgeCase]) -> Markup:
    rows = [(f"{edge.similarity:.2f}", edge.text, element("code", edge.where)) for edge in edges]
    return table(("similarity", "text (personal data masked)", "where"), rows, numbers=(0,))


def _how(coverage: Coverage) -> Markup:
    return element(
        "footer",
        join(
            [
                "Texts are the last user message, personal data masked. Shares: Wilson. Clusters: Fisher's exact test; "
                "gaps: neighbourhood counts; corrected for many looks (Benjamini-Hochberg; a gap's middle by Bonferroni). ",
                element("code", coverage.signature),
            ]
        ),
    )
