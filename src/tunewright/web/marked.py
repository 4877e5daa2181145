"""A turn cut into pieces, so that a template can mark findings in it without ever building markup from text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

AROUND, OTHERS = 1500, 1200
"""characters shown on both sides of the finding, and of turns without it, unless the whole is asked for"""
WHOLE = 200_000


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to mark, in code points."""

    start: int
    end: int
    label: str
    this: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of a turn. ``kind``: plain, this (the finding), other (another one), cut (says what is left out)."""

    kind: str
    text: str
    label: str = ""


def pieces(text: str, marks: Sequence[Mark], *, whole: bool = False) -> tuple[Piece, ...]:
    """The text in order; where marks overlap, the finding itself wins, then the one that starts first."""
    spans = _apart([mark for mark in marks if 0 <= mark.start < mark.end <= len(text)])
    own = next((mark for mark in spans if mark.this), None)
    low, high = _window(len(text), own, whole)
    out: list[Piece] = []
    if low:
        out.append(Piece("cut", f"{low:,} characters before this "))
    at = low
    for mark in spans:
        start, end = max(mark.start, low), min(mark.end, high)
        if start >= end:
            continue
        if start > at:
            out.append(Piece("plain", text[at:start]))
        out.append(Piece("this" if mark.this else "other", text[start:end], mark.label))
        at = end
    if at < high:
        out.append(Piece("plain", text[at:high]))
    if high < len(text):
        out.append(Piece("cut", f" {len(text) - high:,} more characters"))
    return tuple(out)


def _window(size: int, own: Mark | None, whole: bool) -> tuple[int, int]:
    if whole:
        return 0, min(size, WHOLE)
    if own is None:
        return 0, size if size <= 2 * OTHERS else OTHERS
    # A finding that is itself a book is shown by its beginning.
    low, high = own.start - AROUND, min(own.end, own.start + 4 * AROUND) + AROUND
    return max(0, low) if low > 200 else 0, high if size - high > 200 else size


def _apart(marks: Sequence[Mark]) -> list[Mark]:
    """Marks that do not overlap, in order."""
    chosen: list[Mark] = []
    for mark in sorted(marks, key=lambda m: (not m.this, m.start, -m.end)):
        if all(mark.end <= other.start or mark.start >= other.end for other in chosen):
            chosen.append(mark)
    return sorted(chosen, key=lambda m: m.start)
