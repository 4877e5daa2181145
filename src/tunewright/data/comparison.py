"""What of an example is compared with another one, and which of two equals comes first.

Two examples say the same when their user turns and their assistant turns do. System turns are left out: the same
ticket exported once with and once without an instruction is the same ticket.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Sequence

from tunewright.core.canonical import canonical_json
from tunewright.core.errors import UsageError
from tunewright.core.types import Example

_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]{1,30}\]")
_NEUTRAL = "\ufffc"
"""OBJECT REPLACEMENT CHARACTER: stands for redacted text, whatever it was"""
_SERIAL = re.compile(r"[A-Za-z]{0,8}[-_#]?([0-9]{1,15}(?:\.[0-9]{1,9})?)")
"""a record number: digits, perhaps after a short prefix"""
_LEAST_TEXT = 5
"""characters beside placeholders below which a text says too little to be compared"""


_SHORT = 400
"""characters of a reply up to which its form is remembered"""
FREE_WORDS = 8
"""a reply of so many words is free text, a shorter one may be a label"""


def prompt_of(example: Example) -> str:
    """All user turns, one a line, with every redaction one neutral character.

    So personal data that differs does not hide a repetition, and a long placeholder does not make two texts alike.
    """
    text = "\n".join(message.content for message in example.messages if message.role == "user")
    return _PLACEHOLDER.sub(_NEUTRAL, text) if "[" in text else text


def comparable(prompt: str) -> bool:
    """Whether there is text to compare: some, and not only redactions."""
    if _NEUTRAL not in prompt:
        return bool(prompt.strip())
    return len(prompt.replace(_NEUTRAL, "").strip()) >= _LEAST_TEXT


def reply_of(example: Example) -> tuple[str, ...]:
    """The assistant turns in a form in which equal answers are equal: JSON canonical, else white space collapsed."""
    return tuple(
        _known_reply(text) if len(text) <= _SHORT else _reply(text)
        for text in (turn.content for turn in example.messages if turn.role == "assistant")
    )


def is_label(reply: Sequence[str]) -> bool:
    """Whether a reply repeats by nature: every turn of it is JSON or has fewer than ``FREE_WORDS`` words."""
    return all(turn[:1] in ("{", "[") or turn.count(" ") + 1 < FREE_WORDS for turn in reply)


def conversation_of(example: Example) -> tuple[tuple[str, str], ...]:
    """Role and text of every turn but the system's, white space at the ends left out."""
    return tuple((m.role, m.content.strip()) for m in example.messages if m.role != "system")


def rank_of(example: Example) -> tuple[float, bool, str, str, str, str]:
    """Order among equals: the earliest first, whatever the order of reading.

    A record number says it best, for a copy gets its number after its original, while a re-import often rewrites the
    date; then the date (undated last), source, locator, id.
    """
    origin = example.origin
    serial = _SERIAL.fullmatch(origin.locator)
    number = float(serial.group(1)) if serial else math.inf
    return (number, not origin.received_at, origin.received_at, origin.source, origin.locator, example.id)


def ranked(examples: Sequence[Example]) -> list[int]:
    """Indices of the examples, by rank."""
    return sorted(range(len(examples)), key=lambda index: rank_of(examples[index]))


@functools.lru_cache(maxsize=1 << 15)
def _known_reply(text: str) -> str:
    """Short replies repeat by nature."""
    return _reply(text)


def _reply(text: str) -> str:
    text = text.strip()
    if text[:1] in ("{", "["):
        try:
            return canonical_json(json.loads(text)).decode("utf-8")
        except (ValueError, RecursionError, UsageError):
            return " ".join(text.split())
    return " ".join(text.split())
