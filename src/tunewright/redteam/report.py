"""The attacks as one self-contained HTML page. It names examples by id and source row, and shows none of their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.core.page import Markup, element, join, page, safe, svg, table, tiles
from tunewright.core.types import Score
from tunewright.redteam.exposure import CHANCE_BITS, CanaryResult, Exposed
from tunewright.redteam.membership import MembershipResult

_MOST_EXPOSED = 20


@dataclass(frozen=True, slots=True)
class Attacks:
    """What the page shows."""

    model: str
    base: str
    snapshot: str
    subject_digest: str
    membership: MembershipResult | None
    canaries: CanaryResult | None
    notes: tuple[str, ...]


def render(attacks: Attacks) -> str:
    """The page."""
    parts: list[Markup] = [
        element(
            "p",
            f"Trained on {attacks.snapshot}; reference model {attacks.base}. Intervals are 95 %.",
            class_="soft",
        ),
        *(element("p", note, class_="doubt") for note in attacks.notes),
    ]
    if attacks.membership is not None:
        parts += _membership(attacks.membership)
    if attacks.canaries is not None:
        parts += _canaries(attacks.canaries)
    parts.append(element("h2", "What was not tried"))
    parts.append(
        element(
            "p",
            "Shadow-model attacks, extraction by sampling, and probes for personal data are not part of this run.",
        )
    )
    parts.append(element("footer", "What was attacked: ", element("code", attacks.subject_digest)))
    return page(f"Red team: {attacks.model}", *parts)


def _membership(found: MembershipResult) -> list[Markup]:
    by_name = {score.metric: score for score in found.scores}
    auc, control, rate = (
        by_name[name] for name in ("membership_auc", "membership_auc_base", "membership_tpr_at_fpr_1pct")
    )
    ranked = sorted((c for c in found.candidates if c.member), key=lambda c: (-c.score, c.example.id))
    rows = [
        (
            f"{c.example.origin.source}#{c.example.origin.locator}",
            element("code", c.example.id[:16]),
            f"{c.base_loss:.3f}",
            f"{c.tuned_loss:.3f}",
            f"{c.score:.3f}",
        )
        for c in ranked[:_MOST_EXPOSED]
    ]
    return [
        element("h2", "Membership inference"),
        element(
            "p",
            f"Can somebody who holds an example tell whether it was trained on? {found.members:,} training examples against "
            f"{found.non_members:,} held-out ones, by how much training lowered their loss.",
        ),
        *(element("p", note, class_="bad") for note in found.notes),
        tiles(
            [
                (f"{auc.value:.3f}", f"AUC [{auc.low:.3f} .. {auc.high:.3f}]; 0.5 is chance", ""),
                (
                    f"{100 * rate.value:.1f} %",
                    f"of members found at 1 % false alarms [{100 * rate.low:.1f} .. {100 * rate.high:.1f}]",
                    "" if found.conclusive else "doubt",
                ),
                (
                    f"{control.value:.3f}",
                    f"control: AUC on the base alone [{control.low:.3f} .. {control.high:.3f}], must hold 0.5",
                    "good" if found.control_holds else "bad",
                ),
            ]
        ),
        _roc(found.roc),
        element("h2", "Training examples that show most"),
        table(("source row", "example", "loss, base", "loss, tuned", "score"), rows, numbers=(2, 3, 4)),
        _signatures(found.scores),
    ]


def _roc(points: Sequence[tuple[float, float]]) -> Markup:
    size, left, top = 260, 50, 10
    kept = points if len(points) <= 400 else [*points[:: len(points) // 400], points[-1]]
    path = " ".join(f"{left + size * x:.1f},{top + size * (1 - y):.1f}" for x, y in kept)
    return svg(
        760,
        310,
        Markup(f'<rect class="axis" x="{left}" y="{top}" width="{size}" height="{size}"></rect>'),
        Markup(f'<line class="other" x1="{left}" y1="{top + size}" x2="{left + size}" y2="{top}"></line>'),
        Markup(f'<polyline class="line" points="{path}"></polyline>'),
        Markup(f'<text x="{left + size / 2}" y="{top + size + 24}" text-anchor="middle">false alarms</text>'),
        Markup(f'<text x="{left - 8}" y="{top + 12}" text-anchor="end">found</text>'),
        Markup(f'<text x="{left - 8}" y="{top + size}" text-anchor="end">0</text>'),
        label="share of members found against share of false alarms",
    )


def _canaries(found: CanaryResult) -> list[Markup]:
    shown = []
    for score in found.scores:
        if score.metric.startswith("canary_extracted"):
            continue
        chance = score.metric == "canary_exposure_base"
        words = (
            "base model, which never saw one"
            if chance
            else score.metric.replace("canary_exposure", "exposure")
        )
        shown.append(
            (f"{score.value:.2f} bits", f"{words} [{score.low:.2f} .. {score.high:.2f}], n = {score.n}", "")
        )
    shown += [
        (
            f"{100 * score.value:.0f} %",
            f"said word for word, {score.metric.partition(':')[2]} [{100 * score.low:.0f} .. {100 * score.high:.0f}], "
            f"n = {score.n}",
            "bad" if score.value else "good",
        )
        for score in found.scores
        if score.metric.startswith("canary_extracted")
    ]
    rows = [
        (
            e.id,
            f"{e.repetitions}x",
            f"{e.bits:.2f}",
            e.rank,
            f"{e.base_bits:.2f}",
            "yes" if e.extracted else "no",
        )
        for e in found.exposed
    ]
    return [
        element("h2", "Canaries"),
        element(
            "p",
            f"Planted secrets ranked among {found.references:,} random ones. {CHANCE_BITS:.2f} bits is chance, "
            f"{found.ceiling_bits:.1f} bits the most this many can show.",
        ),
        *(element("p", note, class_="doubt") for note in found.notes),
        tiles(shown),
        _dots(found.exposed, found.ceiling_bits),
        table(
            ("canary", "trained on", "exposure, bits", "rank", "base, bits", "said"),
            rows,
            numbers=(1, 2, 3, 4),
        ),
        _signatures(found.scores),
    ]


def _dots(exposed: Sequence[Exposed], highest: float) -> Markup:
    """A dot a canary, by repetitions; the base's beside it."""
    groups = sorted({item.repetitions for item in exposed})
    left, right, row = 80, 740, 34
    height = row * len(groups) + 40
    scale = (right - left) / (highest + 1)

    def x(bits: float) -> float:
        return left + (bits + 1) * scale

    parts: list[Markup] = []
    for bits in range(0, int(highest) + 1):
        parts.append(
            Markup(
                f'<line class="axis" x1="{x(bits):.1f}" y1="6" x2="{x(bits):.1f}" y2="{height - 26}"></line>'
            )
        )
        parts.append(Markup(f'<text x="{x(bits):.1f}" y="{height - 8}" text-anchor="middle">{bits}</text>'))
    for i, repeated in enumerate(groups):
        y = row * i + 24
        parts.append(
            Markup(f'<text x="{left - 20}" y="{y + 4}" text-anchor="end">{safe(f"{repeated}x")}</text>')
        )
        for item in (e for e in exposed if e.repetitions == repeated):
            parts.append(
                Markup(f'<circle class="dot base" cx="{x(item.base_bits):.1f}" cy="{y + 8}" r="3"></circle>')
            )
            parts.append(Markup(f'<circle class="dot" cx="{x(item.bits):.1f}" cy="{y - 4}" r="5"></circle>'))
    return svg(
        760, height, *parts, label="exposure of every canary in bits; small grey dots are the base model's"
    )


def _signatures(scores: Sequence[Score]) -> Markup:
    rows = [(score.metric, score.n, element("code", score.signature)) for score in scores]
    return join(
        [
            element(
                "details",
                element("summary", "How computed"),
                table(("score", "n", "signature"), rows, numbers=(1,)),
            )
        ]
    )
