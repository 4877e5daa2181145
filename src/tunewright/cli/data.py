"""``tunewright data build|report|show|diff|outcomes|export``."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.flows.prepare import SnapshotSummary
    from tunewright.flows.snapshots import Written

_SNAPSHOT = click.option(
    "--snapshot", "version", default="", metavar="VERSION", help="Which snapshot (default: the latest)."
)


@command(
    click.option(
        "--fresh",
        is_flag=True,
        help="Measure everything again; an unchanged workspace proves its snapshot, byte for byte.",
    ),
)
def build(session: Session, fresh: bool) -> None:
    """Run the pipeline and write a snapshot. An unchanged workspace answers with the snapshot it has."""
    from tunewright.flows.prepare import prepare

    ws = session.workspace()
    summary = prepare(ws, session.progress, fresh=fresh)
    session.emit(summary, lambda console: _print_build(session, console, summary, fresh=fresh))


def _print_build(session: Session, console: Console, summary: SnapshotSummary, *, fresh: bool) -> None:
    from tunewright.cli.data_view import print_changes, print_report
    from tunewright.flows.snapshots import report as load_report

    record, found, page = load_report(session.workspace(), summary.ref.version)
    print_changes(console, summary.changes)
    same = f"proved: built again in {summary.wall_s:.1f} s, the same bytes" if fresh else "unchanged"
    made = f"built in {summary.wall_s:.1f} s" if summary.created else same
    print_report(console, f"{record.ref}: {made}", found)
    if summary.remembered:
        told = f"Measured {summary.measured:,}, remembered {summary.remembered:,} (from the build before)."
        console.print(told, markup=False)
    console.print(f"Page: {page}", markup=False, soft_wrap=True)
    for line in summary.unpublished:
        console.print(f"Not published (training refuses it): {line}.", markup=False)
    if summary.counts["held"]:
        console.print("Next: `tunewright review list` shows what waits for a person.", markup=False)


@command(
    _SNAPSHOT,
    click.option("--no-examples", is_flag=True, help="Numbers only."),
)
def report(session: Session, version: str, no_examples: bool) -> None:
    """What was found in the data and what was done with it; names the HTML page with everything."""
    from tunewright.flows.review_age import share_of
    from tunewright.flows.snapshots import report as load_report

    record, found, page = load_report(session.workspace(), version)
    review = share_of(session.workspace(), record)

    def human(console: Console) -> None:
        from tunewright.cli.coverage_view import print_review_share
        from tunewright.cli.data_view import print_report

        print_report(console, str(record.ref), found, examples=not no_examples)
        print_review_share(console, review)
        console.print(f"Page: {page}", markup=False, soft_wrap=True)

    session.emit({"snapshot": record.ref, "page": page, **found, "review_age": review}, human)


@command(
    click.argument("key", default="", metavar="[EXAMPLE|SOURCE#RECORD]"),
    click.option("--split", default="", help="train, validation or test."),
    click.option("--limit", default=5, type=click.IntRange(1), show_default=True, help="How many at most."),
    _SNAPSHOT,
)
def show(session: Session, key: str, split: str, limit: int, version: str) -> None:
    """The life story of an example or source row; without one, the first examples of a snapshot or of a split."""
    if key:
        from tunewright.flows.life import life

        story = life(session.workspace(), key, version)

        def tell(console: Console) -> None:
            from tunewright.cli.life_view import print_life

            print_life(console, story, limit)

        session.emit(story, tell)
        return
    from tunewright.flows.snapshots import show as find

    rows = find(session.workspace(), split=split, limit=limit, version=version)

    def human(console: Console) -> None:
        from tunewright.cli.data_view import print_examples

        print_examples(console, rows)

    session.emit(rows, human)


@command(click.argument("row", metavar="SOURCE#RECORD"), _SNAPSHOT)
def why_not(session: Session, row: str, version: str) -> None:
    """Why a source row is not in a snapshot, or what was changed in it: the step, the reasons and their evidence."""
    from tunewright.flows.snapshots import why_not as find

    fate = find(session.workspace(), row, version)
    told = {field.name: getattr(fate, field.name) for field in fields(fate)}

    def human(console: Console) -> None:
        from tunewright.cli.data_view import print_fate

        print_fate(console, fate)

    session.emit({**told, "snapshot": fate.snapshot.ref}, human)


@command(
    click.argument("before"),
    click.argument("after"),
    click.option(
        "--all", "everything", is_flag=True, help="Name every differing row, not some of each cause."
    ),
    click.option(
        "--only",
        type=click.Choice(["source", "rule", "threshold", "review", "golden", "seed", "erasure"]),
        default=None,
        help="Name rows of this kind of cause only.",
    ),
)
def diff(session: Session, before: str, after: str, everything: bool, only: str | None) -> None:
    """Compare two snapshots and say why every row differs, for example `tunewright data diff 1 2`."""
    from tunewright.data.diff import as_json
    from tunewright.flows.snapshots import diff as compare

    found = compare(session.workspace(), before, after, everything=everything, only=only or "")

    def human(console: Console) -> None:
        from tunewright.cli.diff_view import print_diff

        print_diff(console, found)

    session.emit(as_json(found), human)


@command(
    click.option(
        "--as",
        "form",
        type=click.Choice(["jsonl", "parquet"]),
        default="jsonl",
        show_default=True,
        help="Form.",
    ),
    click.option("--to", "target", default="", metavar="FILE", help="Write to a file (Parquet needs one)."),
    _SNAPSHOT,
    without_actor=True,
)
def outcomes(session: Session, form: str, target: str, version: str) -> None:
    """One line for every source row: kept, changed, dropped or held, with reasons, findings and the kept twin."""
    from tunewright.core.errors import UsageError
    from tunewright.flows.snapshots import outcomes as lines
    from tunewright.flows.snapshots import write_outcomes_to

    ws = session.workspace()
    if target:
        written = write_outcomes_to(ws, Path(target), form, version)
        session.emit(written, lambda console: _print_written(console, written))
        return
    if form == "parquet":
        raise UsageError("Parquet is not text", hint="name a file: --to outcomes.parquet")
    for line in lines(ws, version):
        click.echo(json.dumps(line, ensure_ascii=False))


@command(
    click.option(
        "--to", "target", required=True, metavar="PATH", help="The file (croissant: folder) to write."
    ),
    click.option(
        "--form",
        type=click.Choice(["messages", "croissant", "openlineage"]),
        default="messages",
        show_default=True,
        help="Chat JSON Lines; the snapshot with Croissant metadata; OpenLineage events of it and what came of it.",
    ),
    click.option("--split", default="", help="train, validation or test (default: all); of messages only."),
    _SNAPSHOT,
)
def export(session: Session, target: str, form: str, split: str, version: str) -> None:
    """Write a snapshot, or what is known of it, for other tools."""
    from tunewright.flows.lineage_export import export_croissant, export_openlineage
    from tunewright.flows.snapshots import export as write

    ws = session.workspace()
    if split and form != "messages":
        raise click.UsageError("--split belongs to --form messages")
    if form == "messages":
        written = write(ws, Path(target), split=split, version=version)
    else:
        to = export_croissant if form == "croissant" else export_openlineage
        written = to(ws, Path(target), version)
    session.emit(written, lambda console: _print_written(console, written))


def _print_written(console: Console, written: Written) -> None:
    console.print(
        f"Wrote {written.rows:,} rows ({written.form}) to {written.path}", markup=False, soft_wrap=True
    )
