"""``tunewright run``."""

from __future__ import annotations

import click

from tunewright.cli.render import Session, command


@command(
    click.option(
        "--approver",
        default="",
        metavar="NAME",
        help="A person present who approves for production (gates.roles).",
    ),
)
def run(session: Session, approver: str) -> int:
    """Run the whole job on this workspace: data, training, evaluation, red team, gates, an answer and its trace."""
    from tunewright.cli.run_view import print_run
    from tunewright.flows.run import run as flow

    ws = session.workspace()
    report = flow(ws, approver=approver, progress=session.progress)
    session.emit(report, lambda out: print_run(out, ws, report))
    return 4 if report.release.verdict is not None else 0
