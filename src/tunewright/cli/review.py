"""``tunewright review list|show|decide|undo|progress``: findings, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tunewright.data.review_index import OpenFinding
    from tunewright.data.review_votes import Standing
    from tunewright.flows.review import Decided, FindingDetail, QueuePage

_STATES = ("waiting", "open", "second", "disputed", "decided", "all")


@command(
    click.option("--kind", default="", help="Only findings of this kind, such as phone."),
    click.option("--reason", default="", help="Only findings whose row is held for this reason."),
    click.option(
        "--state", default="waiting", type=click.Choice(_STATES), show_default=True, help="Where they stand."
    ),
    click.option("--all", "all_findings", is_flag=True, help="Also what was redacted or decided."),
    click.option(
        "--order",
        default="certain",
        type=click.Choice(["certain", "doubt", "cluster"]),
        show_default=True,
        help="Most certain first, most doubtful first, or largest clusters first.",
    ),
    click.option("--clusters", is_flag=True, help="Only the first finding of each cluster of near-copies."),
    click.option(
        "--limit", default=50, type=click.IntRange(1, 500), show_default=True, help="How many to print."
    ),
    click.option("--page", default=1, type=click.IntRange(1), show_default=True, help="Which page of these."),
    click.option(
        "--snapshot", "version", default="", metavar="VERSION", help="Which snapshot (default: the latest)."
    ),
)
def list_findings(
    session: Session, limit: int, page: int, all_findings: bool, clusters: bool, **wanted: str
) -> None:
    """List findings that wait for a person, most certain first."""
    from tunewright.flows.review import review_queue

    if all_findings:
        wanted["state"] = "all"
    found = review_queue(
        session.workspace(),
        page=page,
        page_size=limit,
        collapse=clusters,
        **wanted,  # type: ignore[arg-type]
    )
    session.emit(found, lambda console: _print(console, found))


def _print(console: Console, found: QueuePage) -> None:
    from rich.text import Text

    told = ", ".join(f"{count} {state}" for state, count in found.states.items() if count) or "nothing waits"
    console.print(f"{found.snapshot}: {told}", markup=False)
    for item in found.items:
        console.print(
            _line(
                item.finding,
                item.standing,
                f"{item.cluster_waiting} alike" if item.cluster_waiting > 1 else "",
            )
        )
    if found.page < found.pages:
        rest = found.total - found.page * found.page_size
        console.print(Text(f"... and {rest} more (--page {found.page + 1})", style="dim"))
    if found.items:
        console.print(
            Text(
                "Decide: tunewright review decide KEY confirmed|dismissed [--cluster], then tunewright data build",
                style="dim",
            )
        )


def _line(finding: OpenFinding, standing: Standing | None = None, more: str = "") -> Text:
    from rich.text import Text

    line = Text(f"{finding.key[:12]}  ")
    line.append(f"{printable(finding.kind)} {finding.confidence:.2f}", style="yellow")
    line.append(f"  {printable(finding.source)}#{printable(finding.record)}", style="dim")
    if more:
        line.append(f"  {more}", style="cyan")
    if standing is not None and standing.votes:
        told = standing.decision or {"second": "waits for a second person"}.get(
            standing.state, standing.state
        )
        line.append(f"  {told}", style="green")
    line.append(f"\n    {printable(finding.before)}")
    line.append(printable(finding.text), style="bold reverse")
    line.append(printable(finding.after))
    return line


def printable(text: str) -> str:
    """Text of others on one line, without characters that steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


@command(
    click.argument("key"),
    click.option(
        "--snapshot", "version", default="", metavar="VERSION", help="Which snapshot (default: the latest)."
    ),
)
def show(session: Session, key: str, version: str) -> None:
    """One finding: the whole turn, why, what deciding does, its near-copies and the history of decisions."""
    from tunewright.flows.review import finding_detail

    found = finding_detail(session.workspace(), key, version=version)
    session.emit(found, lambda console: _detail(console, found))


def _detail(console: Console, found: FindingDetail) -> None:
    from rich.text import Text

    finding = found.item.finding
    console.print(_line(finding, found.item.standing))
    told = printable(finding.note)
    console.print(
        f"Held because {finding.reason}; found by {finding.found_by}{f' ({told})' if told else ''}.",
        markup=False,
    )
    for place, (role, content) in enumerate(found.turns):
        text = Text(f"\n{role}: ", style="dim")
        if place == finding.turn:
            text.append(printable(content[: finding.start]), style="none")
            text.append(printable(content[finding.start : finding.end]), style="bold reverse")
            text.append(printable(content[finding.end :]), style="none")
        else:
            text.append(printable(content), style="none")
        console.print(text)
    for decision, effect in found.effects.items():
        console.print(f"{decision}: {effect}", markup=False)
    console.print(
        f"Proposed: {found.item.proposed.decision}, because {found.item.proposed.because}.", markup=False
    )
    if finding.cluster_size > 1:
        console.print(f"{found.item.cluster_waiting} near-copies wait (--cluster decides all):", markup=False)
        for member in found.members:
            console.print(_line(member))
    for vote in found.history:
        console.print(
            f"{vote.at}  {vote.actor}: {vote.decision} {printable(vote.note)}".rstrip(), markup=False
        )


@command(
    click.argument("key"),
    click.argument("decision", type=click.Choice(["confirmed", "dismissed"])),
    click.option("--note", default="", help="Why."),
    click.option("--cluster", is_flag=True, help="Decide all of its near-copies that wait."),
    click.option(
        "--seen",
        default=None,
        type=click.IntRange(0),
        help="The generation you looked at: needed to say otherwise than somebody before you.",
    ),
)
def decide(session: Session, key: str, decision: str, note: str, cluster: bool, seen: int | None) -> None:
    """Decide a finding: confirmed (it is redacted) or dismissed (it stays). The next build applies it."""
    from tunewright.flows.review import decide_finding

    done = decide_finding(
        session.workspace(),
        key,
        decision,
        note=note,
        scope="cluster" if cluster else "one",
        seen_generation=seen,
    )
    session.emit(done, lambda console: console.print(_told(done), markup=False))


def _told(done: Decided) -> str:
    count = f" {done.findings} findings" if done.findings > 1 else ""
    state = {
        "second": " (waits for a second person)",
        "disputed": " (another person said otherwise: a third one settles it)",
    }.get(done.state, "")
    skipped = f", {done.skipped} left as others decided them" if done.skipped else ""
    return (
        f"{done.finding[:12]}{count} {done.decision}{state}{skipped}; {done.open} still open. "
        "Next: `tunewright data build`."
    )


@command(
    click.argument("key"),
    click.option("--one", is_flag=True, help="Only this finding, where the decision covered its cluster."),
)
def undo(session: Session, key: str, one: bool) -> None:
    """Take back your last decision on a finding; what counted before counts again. The history keeps both."""
    from tunewright.flows.review import undo_decision

    done = undo_decision(session.workspace(), key, scope="one" if one else "cluster")

    def human(console: Console) -> None:
        console.print(
            f"{done.finding[:12]}: {done.findings} taken back, now {done.decision or done.state}; "
            f"{done.open} still open.",
            markup=False,
        )

    session.emit(done, human)
