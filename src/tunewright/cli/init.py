"""``tunewright init``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.flows.init import InitReport


@command(
    click.argument("directory_name", metavar="DIR"),
    click.option(
        "--from",
        "sources",
        multiple=True,
        metavar="PATH",
        help="A source file, a folder of them, or a Slack export. Repeatable.",
    ),
    click.option(
        "--golden", multiple=True, metavar="FILE", help="A golden set: JSONL with id, input, reference, tags."
    ),
    click.option(
        "--map",
        "maps",
        multiple=True,
        metavar="FILE:prompt=COLUMN,reply=COLUMN",
        help="Which columns of a table mean what.",
    ),
    click.option("--name", default="", help="The model's name (else the folder's)."),
    click.option("--approver", default="", metavar="NAME", help="Who may approve for production."),
    click.argument("more_sources", nargs=-1, metavar="[PATH...]"),
)
def init(
    session: Session,
    directory_name: str,
    sources: tuple[str, ...],
    golden: tuple[str, ...],
    maps: tuple[str, ...],
    name: str,
    approver: str,
    more_sources: tuple[str, ...],
) -> None:
    """Make a workspace DIR from raw exports; nothing is copied, sources are read where they lie.

    \b
    tunewright init bank --from exports/ --golden exports/golden.jsonl
    tunewright init bank --from tickets.csv --map tickets.csv:prompt=customer_message,reply=triage,id=ticket_id
    """
    from tunewright.flows.init import init as make

    report = make(
        session.directory / directory_name,
        sources=[Path(path) for path in (*sources, *more_sources)],
        golden=[Path(path) for path in golden],
        maps=maps,
        name=name,
        approver=approver,
    )
    session.emit(report, lambda console: _print(console, report))


def _print(console: Console, report: InitReport) -> None:
    console.print(f"Made the workspace [bold]{report.root}[/] for the model [bold]{report.name}[/].")
    for source in report.sources:
        console.print(f"  source  {source.path}: {source.form}, because {source.because}", markup=False)
        if source.columns:
            columns = ", ".join(f"{meaning}={column}" for meaning, column in source.columns.items())
            console.print(f"          columns {columns}", markup=False)
    for golden in report.goldens:
        console.print(f"  golden  {golden}", markup=False)
    for item in report.skipped:
        console.print(f"  skipped {item.path}: {item.because}", markup=False)
    for note in report.notes:
        console.print(f"  note    {note}", markup=False)
    console.print(f"Evaluation is led by {report.primary} ({', '.join(report.metrics)}).", markup=False)
    console.print(
        f"Next: look at {report.config}, then `cd {report.root} && tunewright run`.",
        markup=False,
        soft_wrap=True,
    )
