"""``tunewright evaluate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.flows.evaluate import EvaluateReport

_MISTAKES = 6
_SLICES = 12


@command(click.argument("model", default="", metavar="[MODEL[@VERSION]]"))
def evaluate(session: Session, model: str) -> None:
    """Score a model version (the newest by default) against its base on the golden sets, and record it as evidence."""
    from tunewright.flows.evaluate import evaluate as run

    found = run(session.workspace(), model, progress=session.progress)
    session.emit(found, lambda console: print_evaluation(console, found))


def print_evaluation(console: Console, found: EvaluateReport) -> None:
    """The result for a person: scores, the comparison, the weakest slices, the most frequent mistakes."""
    from rich.table import Table

    from tunewright.evaluate.report import own_metrics, p_text, percent, points, score_of

    asked = ", ".join(str(golden) for golden in found.goldens)
    console.print(
        f"{found.model} on {found.items:,} items of {asked} ({found.wall_s:.1f} s)",
        style="bold",
        markup=False,
    )
    whos = [who for who in ("", "base", "production", "linear") if _has(found, who)]
    titles = {"": "tuned", "base": "base", "production": "production", "linear": "TF-IDF + logistic"}
    scores = Table(box=None, pad_edge=False)
    scores.add_column("metric")
    for who in whos:
        scores.add_column(titles[who], justify="right")
    scores.add_column("tuned - base", justify="right")
    scores.add_column("McNemar", justify="right")
    for metric in own_metrics(found.scores):
        row = [metric]
        for who in whos:
            score = score_of(found.scores, f"{who}.{metric}" if who else metric)
            own = "" if score is None else percent(score.value)
            row.append(
                own if who or score is None else f"{own} [{100 * score.low:.1f}..{100 * score.high:.1f}]"
            )
        difference = score_of(found.scores, f"difference.{metric}")
        p = score_of(found.scores, f"mcnemar_p.{metric}")
        row.append(
            ""
            if difference is None
            else f"{points(difference.value)} [{points(difference.low)}..{points(difference.high)}]"
        )
        row.append("" if p is None else p_text(p.value))
        scores.add_row(*row)
    console.print(scores)
    _print_production(console, found)
    _print_slices(console, found)
    _print_mistakes(console, found)
    for note in found.notes:
        console.print(note, markup=False, style="dim")
    console.print(f"Recorded as {found.run}. Page: {found.report_html}", markup=False, soft_wrap=True)


def _has(found: EvaluateReport, who: str) -> bool:
    return any(score.metric == (f"{who}.{found.primary}" if who else found.primary) for score in found.scores)


def _print_production(console: Console, found: EvaluateReport) -> None:
    from tunewright.evaluate.report import p_text, points, score_of

    difference = score_of(found.scores, f"difference_production.{found.primary}")
    p = score_of(found.scores, f"mcnemar_p_production.{found.primary}")
    if difference is None or found.production is None:
        return
    told = f"{points(difference.value)} points [{points(difference.low)}..{points(difference.high)}]"
    console.print(
        f"Against {found.production} in production, {found.primary}: {told}"
        + (f", {p_text(p.value)}" if p else ""),
        markup=False,
    )


def _print_slices(console: Console, found: EvaluateReport) -> None:
    from rich.table import Table

    from tunewright.evaluate.report import percent

    slices = sorted(
        (s for s in found.scores if s.slice and s.metric == found.primary), key=lambda s: (s.value, s.slice)
    )
    if not slices:
        return
    shown = Table(box=None, pad_edge=False, title=f"Weakest slices, {found.primary}", title_justify="left")
    for title in ("slice", "tuned", "95 % interval", "n"):
        shown.add_column(title, justify="left" if title == "slice" else "right")
    for score in slices[:_SLICES]:
        shown.add_row(
            score.slice, percent(score.value), f"{percent(score.low)} .. {percent(score.high)}", str(score.n)
        )
    console.print(shown)


def _print_mistakes(console: Console, found: EvaluateReport) -> None:
    if not found.mistakes:
        return
    console.print("Most frequent mistakes:")
    for expected, answered, count in found.mistakes[:_MISTAKES]:
        console.print(f"  {count} x expected {expected[:60]}, answered {answered[:60]}", markup=False)
