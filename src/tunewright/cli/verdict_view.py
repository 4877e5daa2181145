"""How a verdict looks on a terminal: rule by rule, with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewright.core.types import Verdict

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {"pass": "green", "fail": "red", "inconclusive": "yellow", "invalid": "magenta"}
SIGNS = {"pass": "✓", "fail": "✗", "inconclusive": "?", "invalid": "!"}


def print_verdict(out: Console, verdict: Verdict) -> None:
    """The verdict's rules as a table, then the verdict itself."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("answer", no_wrap=True)
    table.add_column("because")
    for child in verdict.children:
        colour = COLOURS[child.outcome]
        waived = " (waived)" if child.children else ""
        table.add_row(
            Text(SIGNS[child.outcome], style=colour),
            Text(child.rule),
            Text(child.outcome + waived, style=colour),
            Text(child.because),
        )
        for under in child.children:
            table.add_row("", "", Text(under.outcome, style="dim"), Text(under.because, style="dim"))
    out.print(table)
    out.print(
        Text.assemble(
            (f"{verdict.rule}: ", "bold"),
            (verdict.outcome, f"bold {COLOURS[verdict.outcome]}"),
            f", {verdict.because}",
        )
    )
