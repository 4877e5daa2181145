"""How snapshots look on a terminal: one screen of numbers, one line and one example a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tunewright.flows.source_changes import SourceChange
    from tunewright.registry.lineage import RowFate

COLOURS = {"kept": "green", "changed": "blue", "dropped": "red", "held": "yellow"}
_BAR = 36
_EXCERPT = 92


def print_report(console: Console, title: str, report: Mapping[str, Any], *, examples: bool = True) -> None:
    """The data report: outcomes, sources, steps, reasons with an example each, findings, splits."""
    from rich.text import Text

    from tunewright.cli.coverage_view import print_balance

    counts = report["counts"]
    total = sum(counts[outcome] for outcome in COLOURS)
    console.print(Text(title, style="bold"))
    line = Text(f"{total:,} source rows: ")
    for outcome, colour in COLOURS.items():
        line.append(f"{counts[outcome]:,} {outcome}  ", style=colour)
    console.print(line)
    console.print(_bar(counts, total, 72))
    console.print(_sources(report["sources"]))
    console.print(_steps(report["steps"]))
    print_balance(console, report["steps"])
    if report["reasons"]:
        console.print(_reasons(report["reasons"], examples))
    if report["findings"]:
        told = ", ".join(f"{item['kind']} {item['findings']}" for item in report["findings"])
        console.print(Text(f"Findings: {told}"))
    if "quality" in report:
        console.print(_quality(report["quality"]))
    splits = ", ".join(f"{name} {count:,}" for name, count in report["splits"].items() if count)
    canaries = f" ({report['canaries']} planted canaries among them)" if report["canaries"] else ""
    console.print(Text(f"Examples in the snapshot: {counts['examples']:,}; {splits}{canaries}"))
    if gone := report.get("erased"):
        told = f"Erased since this build: {gone['rows']:,} rows, {gone['examples']:,} examples"
        console.print(Text(told, style="yellow"))
    console.print(Text(f"Merkle root {report['merkle_root']}", style="dim"))


def print_changes(console: Console, changes: Sequence[SourceChange]) -> None:
    """One line a source that is another than in the snapshot before."""
    from rich.text import Text

    for change in changes:
        what = "new" if not change.before else "gone" if not change.after else "changed"
        parts = [
            f"{getattr(change, name):,} {name}"
            for name in ("added", "removed", "changed", "moved", "unchanged")
        ]
        told = (
            ", ".join(part for part in parts if not part.startswith("0 "))
            or "the same rows, read in another way"
        )
        console.print(Text(f"source {change.source} is {what}: {told}"))


def _quality(quality: Mapping[str, Any]) -> Any:
    """Low quality by source: rows dropped, held or marked, and what of it is left in the snapshot."""
    table = _table(
        ("low quality of", "left"), ("rows", "right"), ("low", "right"), ("share", "right"), ("doubtful left", "right"),
        ("reasons", "left"),
    )  # fmt: skip
    for source in quality["sources"]:
        reasons = ", ".join(f"{item['reason']} {item['rows']}" for item in source["reasons"][:3])
        table.add_row(
            source["source"], f"{source['rows']:,}", f"{source['low']:,}", f"{100 * source['share']:.1f} %",
            f"{source['doubted']:,}", reasons, style="yellow" if source["warn"] else "",
        )  # fmt: skip
    left, limit = 100 * quality["remaining"], 100 * quality["limit_remaining"]
    table.caption = f"{left:.1f} % of the snapshot is doubtful, {limit:.1f} % is allowed"
    return table


def _bar(parts: Mapping[str, int], whole: int, width: int) -> Text:
    from rich.text import Text

    bar = Text()
    for outcome, colour in COLOURS.items():
        count = parts.get(outcome, 0)
        cells = max(1, round(width * count / whole)) if count and whole else 0
        bar.append("█" * cells, style=colour)
    return bar


def _table(*columns: tuple[str, str]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, side in columns:
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=side == "right")
    return table


def _sources(sources: Sequence[Mapping[str, Any]]) -> Any:
    from rich.text import Text

    numbers = ("rows", "kept", "changed", "dropped", "held")
    table = _table(("source", "left"), ("form", "left"), *((name, "right") for name in numbers))
    for source in sources:
        table.add_row(
            Text(source["source"]), Text(source["form"]), *(f"{source[name]:,}" for name in numbers)
        )
    return table


def _steps(steps: Iterable[Mapping[str, Any]]) -> Any:
    from rich.text import Text

    numbers = ("seen", "changed", "dropped", "held", "added")
    table = _table(("step", "left"), ("", "left"), *((name, "right") for name in numbers))
    for step in steps:
        parts = {**step, "kept": step["kept"] - step["changed"]}
        bar = _bar(parts, step["seen"], _BAR)
        table.add_row(
            Text(f"{step['step']}@{step['version']}"), bar, *(f"{step[name]:,}" for name in numbers)
        )
    return table


def _reasons(reasons: Iterable[Mapping[str, Any]], examples: bool) -> Any:
    from rich.text import Text

    columns = [("reason", "left"), ("", "left"), ("rows", "right")]
    table = _table(*columns, *([("an example (personal data masked)", "left")] if examples else []))
    for item in reasons:
        cells = [
            Text(item["reason"]),
            Text(item["outcome"], style=COLOURS[item["outcome"]]),
            f"{item['rows']:,}",
        ]
        if examples:
            cells.append(Text(_example(item["examples"]), style="dim", overflow="ellipsis", no_wrap=True))
        table.add_row(*cells)
    return table


def _example(examples: Sequence[Mapping[str, Any]]) -> str:
    """``source#record: what was said -> what was answered`` of the first example."""
    if not examples:
        return ""
    shown = examples[0]
    turns = [turn for turn in shown["before"] if turn["role"] != "system"]
    text = " → ".join(_short(turn["text"]) for turn in turns[-2:])
    of = f"  (of {shown['of']})" if shown["of"] else ""
    return f"{shown['source']}#{shown['record']}: {text}{of}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _EXCERPT else flat[: _EXCERPT - 1] + "…"


def print_examples(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Examples of a snapshot, one block each."""
    from rich.text import Text

    for row in rows:
        console.print(
            Text(f"{row['id'][:12]}  {row['source']}#{row['locator']}  {row['split']}", style="bold")
        )
        if row["history"]:
            console.print(Text(f"  changed by {', '.join(row['history'])}", style="dim"))
        for message in row["messages"]:
            console.print(Text(f"  {message['role']}: {message['content']}"))


def print_fate(console: Console, fate: RowFate) -> None:
    """What became of one source row, a line a reason and a line a finding."""
    from rich.text import Text

    line = Text(f"{fate.source}#{fate.record}: ")
    line.append(fate.outcome, style=COLOURS[fate.outcome])
    by = "reading the source" if fate.step == "source" else f"step {fate.step}"
    line.append(f" by {by}" if fate.step else f" in the {fate.split} split of {fate.snapshot.ref}")
    console.print(line)
    for reason in fate.reasons:
        console.print(Text(f"  {reason}"))
    if fate.of:
        console.print(Text(f"  kept instead, or looked at beside it: {fate.of}"))
    for found in fate.findings:
        place = f"turn {found['turn']}, characters {found['start']}-{found['end']}"
        note = f": {found['note']}" if found.get("note") else ""
        console.print(
            Text(
                f"  {found['kind']} ({found['state']}, {found['confidence']:.2f} by {found['found_by']}) at {place}{note}",
                style="dim",
            )
        )
    for item in fate.evidence:
        measured = f" {item['metric']} {item['value']:.4g}" if item["value"] is not None else ""
        limit = f" (limit {item['threshold']:.4g})" if item["threshold"] is not None else ""
        beside = f", beside {item['of']}" if item["of"] else ""
        told = (
            f"  {item['step']}@{item['version']} {item['action']}: {item['reason']}{measured}{limit}{beside}"
        )
        console.print(Text(told, style="dim"))
    if any(found["state"] == "open" for found in fate.findings):
        console.print("Next: `tunewright review list` shows it with its context.", markup=False)
