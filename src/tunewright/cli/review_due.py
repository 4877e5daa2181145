"""``tunewright review due``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command(
    click.option("--limit", default=20, type=click.IntRange(1), show_default=True, help="How many at most."),
    click.option(
        "--snapshot", "version", default="", metavar="VERSION", help="Which snapshot (default: the latest)."
    ),
)
def due(session: Session, limit: int, version: str) -> None:
    """Examples that no person has looked at for as long as `data.re_review` says, the longest unseen first."""
    from tunewright.data.review_age import due_first
    from tunewright.flows.review_age import ages_of, share_of_ages
    from tunewright.flows.snapshots import find_snapshot

    ws = session.workspace()
    record = find_snapshot(ws, version)
    ages = ages_of(ws, record)
    share = share_of_ages(ws, ages)
    late = due_first(ages)[:limit]

    def human(console: Console) -> None:
        from tunewright.cli.coverage_view import print_due

        print_due(console, str(record.ref), share, late)

    session.emit({"snapshot": record.ref, "review_age": share, "due": late}, human)
