"""``tunewright review list|decide``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tunewright.data.review import OpenFinding
    from tunewright.flows.review import ReviewList


@command(
    click.option("--kind", default="", help="Only findings of this kind, such as phone."),
    click.option("--all", "all_findings", is_flag=True, help="Also what was redacted or decided."),
    click.option("--limit", default=50, type=click.IntRange(1), show_default=True, help="How many to print."),
    click.option(
        "--snapshot", "version", default="", metavar="VERSION", help="Which snapshot (default: the latest)."
    ),
)
def list_findings(session: Session, kind: str, all_findings: bool, limit: int, version: str) -> None:
    """List findings that wait for a person, most certain first."""
    from tunewright.flows.review import review_list

    found = review_list(session.workspace(), kind=kind, all_findings=all_findings, version=version)
    session.emit(found, lambda console: _print(console, found, limit))


def _print(console: Console, found: ReviewList, limit: int) -> None:
    from rich.text import Text

    console.print(
        f"{found.snapshot}: {found.open} open, {found.decided} decided in this workspace", markup=False
    )
    for finding in found.findings[:limit]:
        console.print(_line(finding))
    if len(found.findings) > limit:
        console.print(Text(f"... and {len(found.findings) - limit} more (--limit)", style="dim"))
    if found.findings:
        console.print(
            Text(
                "Decide: tunewright review decide KEY confirmed|dismissed, then tunewright data build",
                style="dim",
            )
        )


def _line(finding: OpenFinding) -> Text:
    from rich.text import Text

    line = Text(f"{finding.key[:12]}  ")
    line.append(f"{finding.kind} {finding.confidence:.2f}", style="yellow")
    line.append(f"  {finding.source}#{finding.record}", style="dim")
    if finding.decision:
        line.append(f"  {finding.decision}", style="green")
    line.append(f"\n    {_flat(finding.before)}")
    line.append(_flat(finding.text), style="bold reverse")
    line.append(_flat(finding.after))
    return line


def _flat(text: str) -> str:
    return text.replace("\n", " ")


@command(
    click.argument("key"),
    click.argument("decision", type=click.Choice(["confirmed", "dismissed"])),
    click.option("--note", default="", help="Why."),
)
def decide(session: Session, key: str, decision: str, note: str) -> None:
    """Decide a finding: confirmed (it is redacted) or dismissed (it stays). The next build applies it."""
    from tunewright.flows.review import review_decide

    done = review_decide(session.workspace(), key, decision, note=note)

    def human(console: Console) -> None:
        console.print(
            f"{done.finding[:12]} {done.decision}; {done.open} still open. Next: `tunewright data build`.",
            markup=False,
        )

    session.emit(done, human)
