"""The evaluation as one self-contained HTML page: scores, comparison, slices, the worst kinds of mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunewright.core.page import Markup, element, join, page, safe, svg, table, tiles
from tunewright.core.types import Example, Score
from tunewright.evaluate.compare import BASE, LINEAR, PRODUCTION, TUNED, Confusion

_SHOWN_CONFUSIONS = 25
_SHOWN_ITEMS = 4
_NAMES = {TUNED: "tuned", BASE: "base", PRODUCTION: "production", LINEAR: "TF-IDF + logistic regression"}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the page shows."""

    model: str
    base: str
    production: str
    """the version in production it was compared with, empty when none"""
    subject_digest: str
    goldens: tuple[str, ...]
    primary: str
    scores: tuple[Score, ...]
    notes: tuple[str, ...]
    items: Sequence[Example]
    answers: Mapping[str, Sequence[str]]
    """who -> text of the answer, an item each"""
    confusions: Sequence[Confusion]


def score_of(scores: Sequence[Score], metric: str, slice_: str = "") -> Score | None:
    """The score of this name and slice."""
    return next((score for score in scores if score.metric == metric and score.slice == slice_), None)


def render(evaluation: Evaluation) -> str:
    """The page."""
    metrics = own_metrics(evaluation.scores)
    return page(
        f"Evaluation of {evaluation.model}",
        element(
            "p",
            f"{len(evaluation.items):,} items of {', '.join(evaluation.goldens)}; compared with {evaluation.base}",
            f" and {evaluation.production}" if evaluation.production else "",
            ". Intervals are 95 %.",
            class_="soft",
        ),
        _tiles(evaluation),
        *(element("p", note) for note in evaluation.notes),
        element("h2", "Scores"),
        _scores(evaluation, metrics),
        element("h2", "By slice"),
        _slices(evaluation),
        element("h2", "Mistakes, most frequent first"),
        _mistakes(evaluation),
        element("h2", "How the figures were computed"),
        table(
            ("score", "n", "signature"),
            [(s.metric, s.n, element("code", s.signature)) for s in evaluation.scores if not s.slice],
            numbers=(1,),
        ),
        element("footer", "What was measured: ", element("code", evaluation.subject_digest)),
    )


def own_metrics(scores: Sequence[Score]) -> list[str]:
    """Metrics of the model under evaluation, in order (``exact_match``, ``json_field:intent``)."""
    prefixes = ("base.", "production.", "linear.", "difference.", "difference_production.", "mcnemar_p")
    return [s.metric for s in scores if not s.slice and not s.metric.startswith(prefixes)]


def percent(value: float) -> str:
    """``93.4 %``."""
    return f"{100 * value:.1f} %"


def points(value: float) -> str:
    """``+12.3``: percentage points with sign."""
    return f"{100 * value:+.1f}"


def p_text(p: float) -> str:
    """``p = 0.023``, or ``p < 0.0001``."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.4f}"


def _tiles(evaluation: Evaluation) -> Markup:
    primary, scores = evaluation.primary, evaluation.scores
    shown = []
    tuned, base = score_of(scores, primary), score_of(scores, f"base.{primary}")
    if tuned is not None:
        shown.append(
            (percent(tuned.value), f"{primary}, tuned [{percent(tuned.low)} .. {percent(tuned.high)}]", "")
        )
    if base is not None:
        shown.append((percent(base.value), f"{primary}, base", ""))
    for name, words in (("difference", "base"), ("difference_production", "production")):
        found = score_of(scores, f"{name}.{primary}")
        p = score_of(scores, f"mcnemar_p{name.removeprefix('difference')}.{primary}")
        if found is not None:
            kind = "good" if found.low > 0 else "bad" if found.high < 0 else "doubt"
            told = f"points against {words} [{points(found.low)} .. {points(found.high)}]"
            shown.append((points(found.value), f"{told}, {p_text(p.value)}" if p else told, kind))
    linear = score_of(scores, f"linear.{primary}")
    if linear is not None:
        shown.append((percent(linear.value), f"{primary}, {_NAMES[LINEAR]}", ""))
    return tiles(shown)


def _scores(evaluation: Evaluation, metrics: Sequence[str]) -> Markup:
    rows = []
    for metric in metrics:
        for who in (TUNED, BASE, PRODUCTION, LINEAR):
            score = score_of(evaluation.scores, f"{who}.{metric}" if who else metric)
            if score is not None:
                rows.append(
                    (
                        metric if who == TUNED else "",
                        _NAMES[who],
                        percent(score.value),
                        _range(score),
                        score.n,
                    )
                )
        for name, words in (("difference", "tuned - base"), ("difference_production", "tuned - production")):
            score = score_of(evaluation.scores, f"{name}.{metric}")
            p = score_of(evaluation.scores, f"mcnemar_p{name.removeprefix('difference')}.{metric}")
            if score is not None:
                told = f"{points(score.low)} .. {points(score.high)}" + (f", {p_text(p.value)}" if p else "")
                rows.append(("", words, points(score.value), told, score.n))
    return table(("metric", "who", "value", "95 % interval", "n"), rows, numbers=(2, 3, 4))


def _range(score: Score) -> str:
    return f"{percent(score.low)} .. {percent(score.high)}"


def _slices(evaluation: Evaluation) -> Markup:
    primary = evaluation.primary
    own = [s for s in evaluation.scores if s.slice and s.metric == primary]
    if not own:
        return element("p", "The golden items carry no tags.", class_="soft")
    own.sort(key=lambda score: (score.value, score.slice))
    rows = []
    for score in own:
        base = score_of(evaluation.scores, f"base.{primary}", score.slice)
        difference = score_of(evaluation.scores, f"difference.{primary}", score.slice)
        rows.append(
            (
                score.slice,
                percent(score.value),
                _range(score),
                percent(base.value) if base else "",
                f"{points(difference.value)} [{points(difference.low)} .. {points(difference.high)}]"
                if difference
                else "",
                score.n,
            )
        )
    head = ("slice", primary, "95 % interval", "base", "difference", "n")
    return join([_slice_chart(own), table(head, rows, numbers=(1, 2, 3, 4, 5))])


def _slice_chart(scores: Sequence[Score]) -> Markup:
    """A dot with its interval for every slice, worst first."""
    left, right, row = 190, 740, 22
    parts: list[Markup] = []
    height = row * len(scores) + 30
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = left + (right - left) * share
        parts.append(
            Markup(f'<line class="axis" x1="{x:.1f}" y1="4" x2="{x:.1f}" y2="{height - 24}"></line>')
        )
        parts.append(Markup(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{share:.0%}</text>'))
    for i, score in enumerate(scores):
        y = row * i + 16
        low, value, high = (
            left + (right - left) * min(1, max(0, v)) for v in (score.low, score.value, score.high)
        )
        parts.append(
            Markup(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{safe(score.slice[:28])}</text>')
        )
        parts.append(Markup(f'<line class="range" x1="{low:.1f}" y1="{y}" x2="{high:.1f}" y2="{y}"></line>'))
        parts.append(Markup(f'<circle class="dot" cx="{value:.1f}" cy="{y}" r="4"></circle>'))
    return svg(760, height, *parts, label="score of every slice with its interval")


def _mistakes(evaluation: Evaluation) -> Markup:
    if not evaluation.confusions:
        return element("p", "None.", class_="good")
    wrong = sum(len(confusion.items) for confusion in evaluation.confusions)
    head = element("p", f"{wrong:,} wrong answers of {len(evaluation.confusions):,} kinds.", class_="soft")
    return join([head, *(_confusion(evaluation, c) for c in evaluation.confusions[:_SHOWN_CONFUSIONS])])


def _confusion(evaluation: Evaluation, confusion: Confusion) -> Markup:
    summary = element(
        "summary",
        element("b", f"{len(confusion.items)} x "),
        "expected ",
        element("code", _cut(confusion.expected, 120)),
        ", answered ",
        element("code", _cut(confusion.answered, 120), class_="bad"),
    )
    return element("details", summary, *(_item(evaluation, i) for i in confusion.items[:_SHOWN_ITEMS]))


def _item(evaluation: Evaluation, number: int) -> Markup:
    item = evaluation.items[number]
    turns = [
        element("div", element("em", m.role), _cut(m.content, 600), class_="turn") for m in item.messages
    ]
    turns.append(element("div", element("em", "expected"), _cut(item.reference, 600), class_="turn good"))
    for who, texts in evaluation.answers.items():
        turns.append(
            element("div", element("em", _NAMES[who]), _cut(texts[number], 600) or "(nothing)", class_="turn")
        )
    return element(
        "div",
        element("p", f"{item.origin.source}#{item.origin.locator}", class_="soft"),
        *turns,
        class_="card",
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
