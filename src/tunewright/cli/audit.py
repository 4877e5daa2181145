"""``tunewright audit verify|trace|impact``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    from tunewright.flows.audit import VerifyReport
    from tunewright.flows.impact import ImpactReport
    from tunewright.flows.neighbours import NearExample
    from tunewright.flows.trace import Link, TraceReport

_EXCERPT = 90
_MOST = 10
_LESS = ("base.", "linear.", "mcnemar_p.", "production.")
"""scores of others than the version: in --json, not on the screen"""


@command(
    click.option(
        "--against",
        type=click.Path(dir_okay=False, path_type=Path),
        default=None,
        help="A checkpoint that was kept outside the workspace.",
    ),
    click.option("--log-only", is_flag=True, help="Only the log, not the bytes of every record."),
)
def verify(session: Session, against: Path | None, log_only: bool) -> None:
    """Verify the audit log and the bytes of every record, offline."""
    from tunewright.flows.audit import verify as flow

    report = flow(session.workspace(), against=against, files=not log_only, progress=session.progress)
    session.emit(report, lambda out: _print_verified(out, report))


@command(
    click.argument("what"),
    click.option(
        "--nearest", type=click.IntRange(0, 20), default=5, show_default=True, help="Training examples shown."
    ),
)
def trace(session: Session, what: str, nearest: int) -> None:
    """From WHAT back to the source rows: an exchange id, a model (support@1.0.0), an example id or file#record."""
    from tunewright.flows.trace import trace as flow

    report = flow(session.workspace(), what, nearest=nearest)
    session.emit(report, lambda out: print_trace(out, report))


@command(click.argument("what"))
def impact(session: Session, what: str) -> None:
    """What WHAT touched: an example id, a source row (file#record), a person or a whole source."""
    from tunewright.flows.impact import impact as flow

    report = flow(session.workspace(), what)
    session.emit(report, lambda out: print_impact(out, report))


def _print_verified(out: Console, report: VerifyReport) -> None:
    log = report.log
    out.print(
        f"the audit log is whole: {log.events} events, root {log.root[:16]}, newest {log.last_at}",
        markup=False,
    )
    out.print(
        f"  {log.checkpoints} signed checkpoints fit, {log.outside} of them outside the database",
        markup=False,
    )
    if report.records:
        out.print(
            f"  {report.records} records, {report.size_bytes / 1e6:.1f} MB: every byte as recorded",
            markup=False,
        )
    if report.erasures:
        out.print(f"  {report.erasures} erasures: every proof holds", markup=False)


def print_trace(out: Console, report: TraceReport) -> None:
    """The tree, then the nearest training examples."""
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(_label(report.root, set()))
    _grow(tree, report.root, set())
    out.print(tree)
    if report.nearest_how:
        out.print(Text(f"nearest training examples ({report.nearest_how}):", style="bold"))
        for near in report.nearest:
            _print_near(out, near)
        if not report.nearest:
            out.print("  none shares a 5-gram with the prompt")
    out.print(Text(f"{report.wall_ms:.0f} ms", style="dim"))


def _print_near(out: Console, near: NearExample) -> None:
    from rich.text import Text

    person = f"  person {near.subject}" if near.subject else ""
    out.print(
        Text.assemble((f"  {near.similarity:.2f}  ", "bold"), near.row, (f"  {near.id[:12]}{person}", "dim"))
    )
    out.print(Text(f"        {_short(near.prompt)}"))
    out.print(Text(f"        → {_short(near.answer)}", style="dim"))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"


def _label(link: Link, seen: set[str]) -> Text:
    """What stands in the tree; facts of the same thing are shown once."""
    from rich.text import Text

    digest = f"  {link.digest[:12]}" if link.digest else ""
    text = Text.assemble((f"{link.kind} ", "cyan"), (link.name, "bold"), (digest, "dim"))
    if link.kind == "evidence" and link.digest in seen:
        return text.append("  (above)", style="dim")
    seen.add(link.digest)
    for name, value in link.facts:
        if value and not name.startswith(_LESS):
            text.append(f"\n{name}: ", style="dim")
            text.append(value)
    return text


def _grow(tree: Tree, link: Link, seen: set[str]) -> None:
    for part in link.made_from:
        _grow(tree.add(_label(part, seen)), part, seen)


def print_source(out: Console, report: ImpactReport) -> None:
    """What became of a whole source; nothing for other reports."""
    from rich.text import Text

    from tunewright.flows.impact_source import SourceImpact

    if not isinstance(report, SourceImpact):
        return
    for text in report.objections:
        out.print(Text(f"  may not be used today: {text}", style="red"))
    for item in report.source:
        rows = ", ".join(f"{count} {outcome}" for outcome, count in item.outcomes) or "no rows"
        facts = ", ".join(fact for fact in (item.licence, item.purpose) if fact)
        told = f" ({facts})" if facts else ""
        out.print(
            Text(f"  in {item.snapshot.name}@{item.snapshot.version}, version {item.version}{told}: {rows}")
        )
        if item.twins_elsewhere or item.stands_for:
            out.print(
                Text(
                    f"    {item.twins_elsewhere} of its rows have a kept twin elsewhere, "
                    f"{item.stands_for} rows elsewhere were dropped for one of its rows",
                    style="dim",
                )
            )


def print_impact(out: Console, report: ImpactReport) -> None:
    """Snapshots, models, environments and answers touched."""
    from rich.table import Table
    from rich.text import Text

    out.print(Text(f"{report.read_as} {report.asked}: {report.examples} example(s)", style="bold"))
    print_source(out, report)
    for fate in report.outcomes:
        twin = f", kept twin {fate.of}" if fate.of else ""
        why = f" ({', '.join(fate.reasons)})" if fate.reasons else ""
        out.print(Text(f"  in {fate.snapshot.name}@{fate.snapshot.version}: {fate.outcome}{why}{twin}"))
    for item in report.snapshots:
        splits = ", ".join(f"{count} {split}" for split, count in item.splits)
        out.print(Text(f"  snapshot {item.snapshot.name}@{item.snapshot.version}: {splits}"))
        for example in item.examples[:_MOST]:
            through = f" ({example.through})" if example.through else ""
            out.print(Text(f"    {example.id[:12]}  {example.row}  {example.split}{through}", style="dim"))
        if len(item.examples) > _MOST:
            out.print(Text(f"    and {len(item.examples) - _MOST} more (--json shows all)", style="dim"))
    if not report.models:
        out.print("  no model was made from these snapshots")
    else:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for name in ("  model", "trained on", "serves in", "answers", "newest answer"):
            table.add_column(name)
        for model in report.models:
            table.add_row(
                f"  {model.model.name}@{model.model.version}",
                str(model.trained_on),
                Text(", ".join(model.serves_in) or "-", style="green" if model.serves_in else "dim"),
                str(model.exchanges),
                Text(f"{model.newest_at[:19]} {model.newest_exchange}".strip() or "-"),
            )
        out.print(table)
    out.print(Text(f"{report.exchanges} answers given by these models; {report.wall_ms:.0f} ms", style="dim"))
