"""``tunewright demo``."""

from __future__ import annotations

from pathlib import Path

import click

from tunewright.cli.render import Session, command


@command(
    click.argument("directory_name", metavar="[DIR]", default="tunewright-demo"),
    click.option(
        "--rows", default=2000, type=click.IntRange(min=240), show_default=True, help="Messages to generate."
    ),
)
def demo(session: Session, directory_name: str, rows: int) -> None:
    """Generate a company's raw export in DIR and run the whole job on it, with a refusal and a rollback."""
    from tunewright.cli.run_view import print_demo
    from tunewright.flows.demo import demo as flow

    report = flow(session.directory / Path(directory_name), rows=rows, progress=session.progress)
    session.emit(report, lambda out: print_demo(out, report))
