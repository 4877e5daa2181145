"""``tunewright redteam``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.core.types import Score
    from tunewright.flows.redteam import RedteamReport

_MEANING = {
    "membership_auc": "training examples told from others; 0.5 is chance, 1 is always",
    "membership_auc_base": "control, the base alone: must hold 0.5",
    "membership_tpr_at_fpr_1pct": "members found at 1 % false alarms",
    "canary_exposure": "planted secrets trained on once or four times, bits; 1.44 is chance",
    "canary_extracted:1x": "planted secrets in one training row that are said word for word",
    "canary_exposure_base": "control, the base alone: about 1.44",
}


@command(click.argument("model", default="", metavar="[MODEL[@VERSION]]"))
def redteam(session: Session, model: str) -> None:
    """Attack a model version (the newest by default): membership inference and canaries; recorded as evidence."""
    from tunewright.flows.redteam import redteam as run

    found = run(session.workspace(), model, progress=session.progress)
    session.emit(found, lambda console: print_attacks(console, found))


def print_attacks(console: Console, found: RedteamReport) -> None:
    """The result for a person."""
    from rich.table import Table

    told = f"Attacks on {found.model}, trained on {found.snapshot} ({found.wall_s:.1f} s)"
    console.print(told, style="bold", markup=False)
    shown = Table(box=None, pad_edge=False)
    for title in ("score", "value", "95 % interval", "n", ""):
        shown.add_column(title, justify="left" if title in ("score", "") else "right")
    for score in found.scores:
        shown.add_row(score.metric, *_figures(score), str(score.n), _MEANING.get(score.metric, ""))
    console.print(shown)
    for note in found.notes:
        console.print(note, markup=False)
    console.print(f"Recorded as {found.run}. Page: {found.report_html}", markup=False, soft_wrap=True)


def _figures(score: Score) -> tuple[str, str]:
    if score.metric == "membership_tpr_at_fpr_1pct" or score.metric.startswith("canary_extracted"):
        return f"{100 * score.value:.1f} %", f"{100 * score.low:.1f} .. {100 * score.high:.1f} %"
    digits = 2 if score.metric.startswith("canary") else 3
    return f"{score.value:.{digits}f}", f"{score.low:.{digits}f} .. {score.high:.{digits}f}"
