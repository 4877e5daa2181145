"""Put text into one form without changing what it says: Unicode NFC, repaired mojibake, no invisible characters, no
white space around it. Every change is told as an edit, so later findings still point into the original text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Edit, Example, Keep, Message, Outcome
from tunewright.data.edits import composed
from tunewright.data.mojibake import repairs
from tunewright.data.steps import StepFn, step


class NormaliseOptions(Options):
    """What is put right."""

    unicode_nfc: bool = Field(True, description="compose characters (Unicode NFC)")
    mojibake: bool = Field(True, description="repair UTF-8 that was read as Windows-1252")
    invisible: bool = Field(
        True, description="remove control and zero-width characters; make odd spaces plain"
    )
    trim: bool = Field(True, description="remove white space at both ends of a turn")


_Change = tuple[int, int, str]
_INVISIBLE = re.compile(
    "\r\n|[\r\u0085\u2028\u2029\u00a0\u202f\u2007]"
    "|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u0084\u0086-\u009f\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]"
)
_LINE_ENDS = frozenset(("\r\n", "\r", "\u0085", "\u2028", "\u2029"))
_SPACES = frozenset("\u00a0\u202f\u2007")
_MAX_PASSES = 4
_LAYERS = 3
"""times in a row that mojibake is undone, before characters it needs are removed as invisible"""


@step("normalise", version=2)
def normalise(options: NormaliseOptions) -> StepFn:
    """Keep every example; reasons are ``mojibake``, ``invisible_characters``, ``unicode_form``, ``white_space``."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        return [_normalise(example, options) for example in batch]

    return run


def _normalise(example: Example, options: NormaliseOptions) -> Keep:
    messages: list[Message] = []
    reasons: dict[str, None] = {}
    edits: list[Edit] = []
    for turn, message in enumerate(example.messages):
        text, passes, why = _clean(message.content, options)
        if text == message.content:
            messages.append(message)
            continue
        messages.append(Message(message.role, text))
        reasons.update(dict.fromkeys(why))
        told: list[Edit] = []
        for changes in passes:
            told = composed(told, [Edit(turn, start, end, len(new)) for start, end, new in changes])
        edits += told
    if not reasons:
        return Keep(example)
    return Keep(replace(example, messages=tuple(messages)), reasons=tuple(reasons), edits=tuple(edits))


def _clean(text: str, options: NormaliseOptions) -> tuple[str, list[list[_Change]], list[str]]:
    """The text, the changes of every pass that changed something, and the reasons. Idempotent."""
    if text.isascii() and not _INVISIBLE.search(text) and (not options.trim or text == text.strip()):
        return text, [], []
    passes: list[list[_Change]] = []
    reasons: list[str] = []
    # One pass may uncover work for another (a repaired byte may be a no-break space): repeat until nothing changes.
    for _ in range(_MAX_PASSES):
        start = text
        for enabled, find, reason in (
            *((options.mojibake, repairs, "mojibake"),) * _LAYERS,
            (options.invisible, _invisible, "invisible_characters"),
            (options.unicode_nfc, _composed, "unicode_form"),
            (options.trim, _ends, "white_space"),
        ):
            changes = find(text) if enabled else []
            if changes:
                text = _apply(text, changes)
                passes.append(changes)
                reasons.append(reason)
        if text == start:
            break
    return text, passes, reasons


def _apply(text: str, changes: Sequence[_Change]) -> str:
    parts, at = [], 0
    for start, end, new in changes:
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def _invisible(text: str) -> list[_Change]:
    found = []
    for match in _INVISIBLE.finditer(text):
        what = match.group()
        found.append(
            (match.start(), match.end(), "\n" if what in _LINE_ENDS else " " if what in _SPACES else "")
        )
    return found


def _ends(text: str) -> list[_Change]:
    left = len(text) - len(text.lstrip())
    if left == len(text):
        return [(0, left, "")] if left else []
    right = len(text.rstrip())
    return ([(0, left, "")] if left else []) + ([(right, len(text), "")] if right < len(text) else [])


def _composed(text: str) -> list[_Change]:
    """NFC, told cluster by cluster; a text whose clusters do not compose by themselves is one change."""
    if unicodedata.is_normalized("NFC", text):
        return []
    changes, start = [], 0
    for at in range(1, len(text) + 1):
        if at < len(text) and _joins(text[at]):
            continue
        new = unicodedata.normalize("NFC", text[start:at])
        if new != text[start:at]:
            changes.append((start, at, new))
        start = at
    whole = unicodedata.normalize("NFC", text)
    return changes if _apply(text, changes) == whole else [(0, len(text), whole)]


def _joins(char: str) -> bool:
    """Whether the character may compose with what stands before it (combining marks, Hangul vowels and finals)."""
    return (
        unicodedata.combining(char) != 0
        or "\u1160" <= char <= "\u11ff"
        or unicodedata.category(char) in ("Mc", "Mn")
    )
