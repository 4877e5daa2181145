"""How coverage, balance and review ages look on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.data.review_age import ReviewShare


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
