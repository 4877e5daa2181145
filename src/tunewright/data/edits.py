"""Where a span of a changed text lies in the original: the edits of every step, kept one after the other."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from tunewright.core.types import Edit, Example, Finding

_DIFF_LIMIT = 2000
"""Beyond this many characters a difference is told as one edit: an exact one would take quadratic time."""


def derived_edits(before: Example, after: Example) -> tuple[Edit, ...]:
    """Edits between two states of an example, for a step that does not say them itself. Unchanged turns give none."""
    edits: list[Edit] = []
    for turn, (old, new) in enumerate(zip(before.messages, after.messages, strict=False)):
        if old.content != new.content:
            edits += _difference(turn, old.content, new.content)
    return tuple(edits)


def _difference(turn: int, old: str, new: str) -> list[Edit]:
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if old[-1 - i] != new[-1 - i]), shorter - head)
    old_part, new_part = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(len(old_part), len(new_part)) > _DIFF_LIMIT:
        return [Edit(turn, head, len(old) - tail, len(new_part))]
    matcher = difflib.SequenceMatcher(None, old_part, new_part, autojunk=False)
    return [
        Edit(turn, head + start, head + end, last - first)
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]


def composed(first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """Two passes over one turn as one list of edits; regions that overlap or touch become one."""
    regions = [(edit.start, edit.end, edit.length - (edit.end - edit.start)) for edit in first]
    for edit in second:
        start, end = _back(first, edit.start, False), _back(first, edit.end, True)
        regions.append((min(start, end), max(start, end), edit.length - (edit.end - edit.start)))
    merged: list[tuple[int, int, int]] = []
    for start, end, growth in sorted(regions):
        if merged and start <= merged[-1][1]:
            before = merged.pop()
            merged.append((before[0], max(before[1], end), before[2] + growth))
        else:
            merged.append((start, end, growth))
    turn = first[0].turn if first else second[0].turn if second else 0
    return [Edit(turn, start, end, end - start + growth) for start, end, growth in merged]


class OffsetMap:
    """Maps spans of the current text back to the original, through all steps so far."""

    def __init__(self) -> None:
        self._steps: list[tuple[Edit, ...]] = []

    def add(self, edits: tuple[Edit, ...]) -> None:
        """Remember one step's edits: in the order of the text, without overlap, in offsets before the step."""
        if edits:
            self._steps.append(edits)

    def span(self, turn: int, start: int, end: int) -> tuple[int, int]:
        """Original start and end (code points). A span that cuts into replaced text covers all of what was replaced."""
        for edits in reversed(self._steps):
            own = [edit for edit in edits if edit.turn == turn]
            start, end = _back(own, start, False), _back(own, end, True)
        return start, max(start, end)

    def original(self, finding: Finding) -> Finding:
        """The finding with offsets in the original text."""
        start, end = self.span(finding.turn, finding.start, finding.end)
        return (
            finding
            if (start, end) == (finding.start, finding.end)
            else replace(finding, start=start, end=end)
        )


def _back(edits: Sequence[Edit], position: int, is_end: bool) -> int:
    """One position before the edits. A start inside replaced text goes to its start, an end to its end."""
    shift = 0
    for edit in edits:
        new_start = edit.start + shift
        new_end = new_start + edit.length
        if position < new_start or (is_end and position == new_start):
            break
        if position < new_end or (is_end and position == new_end and edit.length):
            return edit.end if is_end else edit.start
        shift += edit.length - (edit.end - edit.start)
    return position - shift
