"""How the difference of two snapshots looks on a terminal: the causes, the outcomes before and after, some rows of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.data.diff import Difference, SnapshotDiff
    from tunewright.data.diff_inputs import Cause

_OUTCOMES = ("kept", "changed", "held", "dropped", "erased", "added", "absent")


def print_diff(console: Console, diff: SnapshotDiff) -> None:
    """What differs between two snapshots, and why."""
    from rich.text import Text

    console.print(Text(f"{diff.before} → {diff.after}", style="bold"))
    if diff.same:
        console.print("The examples are the same, byte for byte.")
    told = [
        (diff.added, "added"), (diff.removed, "removed"), (diff.changed, "changed"), (diff.moved, "in another split"),
        (diff.rehomed, "elsewhere in their source"), (diff.account, "in or out as before, for other reasons"),
    ]  # fmt: skip
    if diff.rows:
        line = ", ".join(f"{count:,} {what}" for count, what in told if count)
        console.print(Text(f"{diff.rows:,} rows differ: {line}"))
        console.print(_causes(diff))
    for reason, count in diff.reasons.items():
        console.print(Text(f"  {reason}: {count:+d} rows dropped or held"))
    if diff.rows:
        console.print(_matrix(diff))
    _rows(console, diff)


def cause_text(cause: Cause) -> str:
    """``threshold near_duplicates: threshold 0.8 -> 0.7``"""
    named = f" {cause.name[:40]}" if cause.name else ""
    return f"{cause.kind}{named}{': ' + cause.detail if cause.detail else ''}"


def _table(*columns: tuple[str, str]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, side in columns:
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=side == "right")
    return table


def _causes(diff: SnapshotDiff) -> Any:
    from rich.text import Text

    names = ("rows", "directly", "added", "removed")
    table = _table(("because of", "left"), *((name, "right") for name in names))
    for count in diff.causes:
        numbers = (count.rows, count.direct, count.added, count.removed)
        table.add_row(Text(cause_text(count.cause)), *(f"{number:,}" for number in numbers))
    return table


def _matrix(diff: SnapshotDiff) -> Any:
    counts = {(before, after): rows for before, after, rows in diff.matrix}
    rows = [name for name in _OUTCOMES if any(before == name for before, _ in counts)]
    columns = [name for name in _OUTCOMES if any(after == name for _, after in counts)]
    table = _table(("before \\ after", "left"), *((name, "right") for name in columns))
    for before in rows:
        table.add_row(before, *(f"{counts[before, c]:,}" if (before, c) in counts else "·" for c in columns))
    return table


def _rows(console: Console, diff: SnapshotDiff) -> None:
    from rich.text import Text

    last: Cause | None = None
    totals = {count.cause: count.rows for count in diff.causes}
    shown = 0
    for item in diff.listed:
        if item.cause != last:
            if last is not None:
                _more(console, totals[last] - shown)
            console.print(Text(cause_text(item.cause), style="bold"))
            last, shown = item.cause, 0
        console.print(Text(f"  {_line(item)}"))
        shown += 1
    if last is not None:
        _more(console, totals[last] - shown)


def _line(item: Difference) -> str:
    because = f" ({item.because})" if item.because else ""
    through = f", through {item.through}" if item.through else ""
    step = f", step {item.step}" if item.step and item.step != item.cause.name else ""
    return f"{item.what:<8} {item.example[:12]:<12}  {item.source}#{item.record}{because}{step}{through}"


def _more(console: Console, count: int) -> None:
    if count > 0:
        console.print(f"  and {count:,} more (--all names them)", style="dim", markup=False)
