"""What differs between two snapshots, and why a row that was in one is not in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.data.outcomes import read_outcomes
from tunewright.data.snapshot import OUTCOMES, load_manifest, load_snapshot

MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """One example that is not the same in both."""

    example: str
    source: str
    record: str
    what: str
    """added, removed, changed or moved (to another split)"""
    because: str
    """outcome and reasons on the side that does not have it, or the two splits"""


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """Two snapshots compared, from ``before`` to ``after``."""

    before: str
    after: str
    same: bool
    added: int
    removed: int
    changed: int
    moved: int
    reasons: Mapping[str, int]
    """reason -> rows dropped or held for it in ``after`` minus in ``before``; zero differences left out"""
    steps: tuple[str, ...]
    """steps that were added, removed, or have another version or other options"""
    listed: tuple[Difference, ...]


def compare_snapshots(before: Path, after: Path, names: tuple[str, str]) -> SnapshotDiff:
    """Compare two snapshot folders. Raises NotFoundError, IntegrityError for an unreadable one."""
    old_manifest, new_manifest = load_manifest(before), load_manifest(after)
    old = {example.id: example for example in load_snapshot(before)}
    new = {example.id: example for example in load_snapshot(after)}
    old_rows, new_rows = _outcomes(before), _outcomes(after)
    found: list[Difference] = []
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            found.append(_difference(new[key], "added", _why(old_rows.get(key), "not among the source rows")))
        elif key not in new:
            found.append(
                _difference(old[key], "removed", _why(new_rows.get(key), "not among the source rows"))
            )
        elif old[key].messages != new[key].messages:
            found.append(_difference(new[key], "changed", _why(new_rows.get(key), "")))
        elif old[key].label("split") != new[key].label("split"):
            moved = f"{old[key].label('split')} -> {new[key].label('split')}"
            found.append(_difference(new[key], "moved", moved))
    count = Counter(item.what for item in found)
    return SnapshotDiff(
        before=names[0],
        after=names[1],
        same=old_manifest.merkle_root == new_manifest.merkle_root,
        added=count["added"],
        removed=count["removed"],
        changed=count["changed"],
        moved=count["moved"],
        reasons=_reasons(old_rows, new_rows),
        steps=_steps(old_manifest.steps, new_manifest.steps),
        listed=_spread(found),
    )


def _spread(found: list[Difference]) -> tuple[Difference, ...]:
    """A few of every kind rather than many of one."""
    listed: list[Difference] = []
    for what in ("added", "removed", "changed", "moved"):
        listed += [item for item in found if item.what == what][: MAX_LISTED // 4]
    return tuple(listed)


def _difference(example: Any, what: str, because: str) -> Difference:
    return Difference(example.id, example.origin.source, example.origin.locator, what, because)


def _outcomes(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["example"]: row for row in read_outcomes(folder / OUTCOMES) if row["example"]}


def _why(row: Mapping[str, Any] | None, otherwise: str) -> str:
    if row is None:
        return otherwise
    reasons = ", ".join(row["reasons"])
    return f"{row['outcome']}{': ' + reasons if reasons else ''}"


def _reasons(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    def tally(rows: Mapping[str, Mapping[str, Any]]) -> Counter[str]:
        refused = (row for row in rows.values() if row["outcome"] in ("dropped", "held"))
        return Counter(row["reasons"][-1] for row in refused if row["reasons"])

    before, after = tally(old), tally(new)
    return {
        reason: after[reason] - before[reason]
        for reason in sorted({*before, *after})
        if after[reason] != before[reason]
    }


def _steps(old: tuple[Mapping[str, Any], ...], new: tuple[Mapping[str, Any], ...]) -> tuple[str, ...]:
    before, after = {step["name"]: step for step in old}, {step["name"]: step for step in new}
    lines = []
    for name in dict.fromkeys([*before, *after]):
        if name not in before:
            lines.append(f"{name}: new")
        elif name not in after:
            lines.append(f"{name}: gone")
        elif before[name]["version"] != after[name]["version"]:
            lines.append(f"{name}: version {before[name]['version']} -> {after[name]['version']}")
        elif before[name]["options"] != after[name]["options"]:
            lines.append(f"{name}: other options")
    return tuple(lines)
