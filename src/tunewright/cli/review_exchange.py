"""``tunewright review export|import|measure``: to and from annotation tools, and what decisions say of the detectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.data.review_exchange import Imported
    from tunewright.flows.review_exchange import DetectorReport

_PATH = click.Path(dir_okay=False, path_type=Path)


@command(
    click.argument("path", type=_PATH),
    click.option(
        "--form",
        required=True,
        type=click.Choice(["labelstudio", "argilla", "ner"]),
        help="Tasks of Label Studio, records of Argilla, or decided findings as labelled text.",
    ),
    click.option("--kind", default="", help="Only findings of this kind."),
)
def export(session: Session, path: Path, form: str, kind: str) -> None:
    """Write findings for an annotation tool, or decided ones to train the next detector. The file holds personal data."""
    from tunewright.flows.review_exchange import export_reviews

    done = export_reviews(session.workspace(), path, form, kind=kind)
    session.emit(done, lambda console: console.print(f"{done.rows} rows in {done.path}", markup=False))


@command(
    click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option(
        "--form", required=True, type=click.Choice(["labelstudio", "argilla"]), help="Which tool wrote it."
    ),
)
def import_(session: Session, path: Path, form: str) -> None:
    """Take decisions from an annotation tool's JSON export; who its annotators are says data.review.annotators."""
    from tunewright.flows.review_exchange import import_reviews

    done = import_reviews(session.workspace(), path, form)
    session.emit(done, lambda console: _imported(console, done))


def _imported(console: Console, done: Imported) -> None:
    people = ", ".join(f"{person} {count}" for person, count in done.by_annotator.items())
    console.print(
        f"{done.votes} decisions on {done.findings} findings{f' ({people})' if people else ''}; "
        f"{done.undecided} undecided, {len(done.refused)} refused",
        markup=False,
    )
    for key, why in done.refused[:20]:
        console.print(f"  {key[:12]}: {why}", markup=False)
    if done.votes:
        console.print("Next: `tunewright data build`.", markup=False)


@command()
def measure(session: Session) -> None:
    """How right the detectors are, by kind: precision on what people decided, recall where a sample is finished."""
    from tunewright.flows.review_exchange import detector_report

    found = detector_report(session.workspace())
    session.emit(found, lambda console: _measured(console, found))


def _measured(console: Console, found: DetectorReport) -> None:
    for item in found.precision:
        console.print(
            f"{item.found_by} {item.kind}: {item.confirmed} of {item.decided} confirmed, "
            f"precision {item.precision:.3f} [{item.low:.3f}, {item.high:.3f}]",
            markup=False,
        )
    for kind in found.recall:
        console.print(
            f"{kind.kind}: found in {kind.found} examples, left in about {kind.missed:.1f}, "
            f"recall {kind.recall:.3f} [{kind.low:.3f}, {kind.high:.3f}]",
            markup=False,
        )
    if not found.precision:
        console.print("nothing was decided yet", markup=False)
    if not found.recall:
        console.print("no recall: finish a sample first (`tunewright review sample`)", markup=False)
