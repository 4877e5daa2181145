"""How coverage and review ages look on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from tunewright.data.review_age import ReviewAge, ReviewShare
    from tunewright.flows.coverage import CoverageReport

_BALANCE = ("resample", "mix", "counterfactuals")
_GAPS = 12
_CLUSTERS = 10
_EXCERPT = 88
_STYLE = {"missing": "red", "under": "yellow", "over": "yellow", "even": ""}


def print_review_share(console: Console, review: ReviewShare) -> None:
    """One line: what share nobody has looked at lately."""
    from rich.text import Text

    console.print(
        Text(
            f"Not looked at by a person in {review.months} months: {review.due:,} of {review.examples:,} examples "
            f"({100 * review.share:.1f} %), {review.never:,} never",
            style="yellow" if review.breached else "",
        )
    )


def print_balance(console: Console, steps: Iterable[Mapping[str, Any]]) -> None:
    """What the steps that change the balance say of themselves, a line each."""
    from rich.text import Text

    for step in steps:
        if step["step"] in _BALANCE and step.get("measured"):
            told = ", ".join(
                f"{name.replace('_', ' ')} {value:g}" for name, value in sorted(step["measured"].items())
            )
            console.print(Text(f"{step['step']}: {told}"))


def print_due(console: Console, title: str, share: ReviewShare, late: Sequence[ReviewAge]) -> None:
    """The examples that are due, a line each."""
    from rich.text import Text

    console.print(Text(title, style="bold"))
    print_review_share(console, share)
    if not late:
        return
    table = _table(("example", "left"), ("row", "left"), ("days", "right"), ("last looked at", "left"))
    for age in late:
        seen = (
            f"{age.how}, {age.at[:10]}"
            if age.how != "never"
            else f"never; came {age.at or 'nobody knows when'}"
        )
        days = "?" if age.age_days is None else f"{age.age_days:,}"
        table.add_row(age.example[:12], Text(f"{age.source}#{age.locator}"), days, seen)
    console.print(table)
    console.print(
        "Next: `tunewright review` to decide or judge; the build warns or refuses by data.re_review.",
        markup=False,
    )


def print_coverage(console: Console, report: CoverageReport) -> None:
    """Gaps, clusters with a verdict, and how much has no neighbour."""
    from rich.text import Text

    found = report.coverage
    against = ", ".join(f"{count:,} of {name}" for name, count in found.references.items())
    console.print(
        Text(f"{report.snapshot}: {found.examples:,} training examples against {against}", style="bold")
    )
    for side in found.outlying:
        console.print(
            f"{side.count:,} of {side.n:,} {side.side} items ({100 * side.share:.1f} % [{100 * side.low:.1f} .. "
            f"{100 * side.high:.1f}]) have no training neighbour; "
            f"{100 * side.expected:.0f} % of the snapshot's own have none",
            markup=False,
        )
    if found.gaps:
        console.print(_gaps(report))
    else:
        console.print("No gaps: around every item there are as many training examples as expected.")
    flagged = [
        (row, name, told)
        for row in found.clusters
        for name, told in row.compared.items()
        if told.verdict != "even"
    ]
    if flagged:
        console.print(_clusters(flagged))
    console.print(f"Page: {report.page}", markup=False, soft_wrap=True)


def _table(*columns: tuple[str, str]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, side in columns:
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=side == "right")
    return table


def _gaps(report: CoverageReport) -> Any:
    from rich.text import Text

    table = _table(
        ("gap", "left"), ("side", "left"), ("items", "right"), ("trained", "right"), ("expected", "right"), ("p", "right"),
        ("characteristic words", "left"), ("an example (masked)", "left"),
    )  # fmt: skip
    for gap in report.coverage.gaps[:_GAPS]:
        example = " ".join(gap.examples[0].split())[:_EXCERPT] if gap.examples else ""
        table.add_row(
            Text(gap.verdict, style=_STYLE[gap.verdict]), gap.side, f"{gap.items:,}", f"{gap.neighbours:,}",
            f"{gap.expected:,.0f}", f"{gap.p:.1g}", Text(", ".join(gap.words[:4])),
            Text(example, style="dim", overflow="ellipsis", no_wrap=True),
        )  # fmt: skip
    more = len(report.coverage.gaps) - _GAPS
    if more > 0:
        table.caption = f"{more} more on the page"
    return table


def _clusters(flagged: list[Any]) -> Any:
    from rich.text import Text

    table = _table(
        ("cluster", "left"), ("against", "left"), ("training share", "right"), ("its share", "right"),
        ("ratio", "right"), ("characteristic words", "left"),
    )  # fmt: skip
    order = sorted(flagged, key=lambda item: (item[2].q, item[0].number, item[1]))
    for row, name, told in order[:_CLUSTERS]:
        mine, theirs = row.shares["train"], row.shares[name]
        table.add_row(
            Text(told.verdict, style=_STYLE[told.verdict]), name, f"{100 * mine.share:.1f} %", f"{100 * theirs.share:.1f} %",
            f"{told.ratio:.2f} [{told.low:.2f} .. {told.high:.2f}]", Text(", ".join(row.words[:4])),
        )  # fmt: skip
    return table
