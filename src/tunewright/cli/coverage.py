"""``tunewright data coverage``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command(
    click.option("--snapshot", "version", default="", metavar="VERSION", help="Which snapshot (default: the latest)."),
    click.option(
        "--embed", "embedder", default="", metavar="ENGINE",
        help="Which embedder places the texts, such as minilm (default: data.engines.embed).",
    ),
    click.option(
        "--clusters", default=0, type=click.IntRange(0, 500), help="How many clusters (default: by size)."
    ),
    click.option(
        "--exchanges", default=5_000, show_default=True, type=click.IntRange(0),
        help="Compare with the newest so many exchanges; 0: with none.",
    ),
    click.option("--to", "target", default="", metavar="FILE", help="Write the page there."),
)  # fmt: skip
def coverage(
    session: Session, version: str, embedder: str, clusters: int, exchanges: int, target: str
) -> None:
    """What a snapshot covers of the golden set and of production: gaps, over-represented clusters, edge cases."""
    from tunewright.data.coverage_types import CoverageOptions
    from tunewright.flows.coverage import coverage as measure

    report = measure(
        session.workspace(),
        version=version,
        embedder=embedder,
        options=CoverageOptions(clusters=clusters),
        exchanges=exchanges,
        to=Path(target) if target else None,
        progress=session.progress,
    )

    def human(console: Console) -> None:
        from tunewright.cli.coverage_view import print_coverage

        print_coverage(console, report)

    session.emit(report.as_dict(), human)
