"""Exchange names, gendered words or places in a conversation, so that only that differs.

An exchange is defined only where exchanging twice gives the very text back; everything doubtful is left alone with a
reason. English, by word lists and a few rules, no model: `her` and `his` are told apart by their neighbours, and where
these do not tell, the conversation is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tunewright.core.types import Message
from tunewright.data.comparison import is_label
from tunewright.data.counterfactual_words import (
    BOUND,
    CLOSED,
    GENDERED,
    NAMES,
    NAMES_ACROSS,
    NOT_WITH_PLACES,
    PLACES,
    TAKES_TWO,
    UNPAIRED,
)

Kind = Literal["pronouns", "names", "places"]
KINDS: tuple[Kind, ...] = ("pronouns", "names", "places")

NOTHING = "nothing"
"""no word of the kind is there"""
AMBIGUOUS = "ambiguous"
"""`her` or `his` that can be read in two ways, or a spelling that would not come back"""
UNPAIRED_WORD = "unpaired"
BOUND_WORD = "bound"
"""another word ties the text to what would be exchanged"""
IN_SYSTEM = "in_system"
"""the instruction itself holds such a word"""
IN_LABEL = "in_label"
"""the answer is a label and would change"""

# Words that are part of an address, a path, a number or a compound are no words of the sentence.
_WORD = re.compile(r"(?<![\w@/\\.\-–#&+_])[^\W\d_]+(?![\w@/\\\-–#&+_]|\.\w)")
_NEXT = re.compile(r"\s*([^\W\d_]+|\S)")
_PREVIOUS = re.compile(r"([^\W\d_]+)\s*$")
_ENDING = frozenset(".,;:!?)]}\"'’”…-–—")


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The answer: the turns, or the reason why there are none."""

    messages: tuple[Message, ...]
    reason: str
    """empty when it was done"""


def exchanged(messages: Sequence[Message], kind: Kind) -> Exchanged:
    """The conversation with every word of ``kind`` exchanged, consistently over all turns."""
    found = _once(messages, kind)
    if found.reason:
        return found
    if _once(found.messages, kind).messages != tuple(messages):
        return Exchanged((), AMBIGUOUS)
    return found


def _once(messages: Sequence[Message], kind: Kind) -> Exchanged:
    texts = [message.content for message in messages]
    words = [{match.group().lower() for match in _WORD.finditer(text)} for text in texts]
    every = frozenset().union(*words)
    table, forbidden = _tables(kind)
    reason = next((name for name, these in forbidden if every & these), "")
    swapped: list[Message] = []
    for message in messages:
        text = _text(message.content, table, kind)
        if text is None:
            return Exchanged((), AMBIGUOUS)
        swapped.append(Message(message.role, text))
    changed = [at for at, message in enumerate(swapped) if message.content != messages[at].content]
    if not changed:
        return Exchanged((), NOTHING)
    if kind == "pronouns" and not every & _PRONOUNS:
        return Exchanged((), NOTHING)
    if reason:
        return Exchanged((), reason)
    for at in changed:
        if messages[at].role == "system":
            return Exchanged((), IN_SYSTEM)
        if messages[at].role == "assistant" and _is_label(messages[at].content):
            return Exchanged((), IN_LABEL)
    return Exchanged(tuple(swapped), "")


_PRONOUNS = frozenset(GENDERED) | {"him", "her", "his", "hers"}


def _tables(kind: Kind) -> tuple[Mapping[str, str], tuple[tuple[str, frozenset[str]], ...]]:
    if kind == "pronouns":
        return {**GENDERED, **NAMES_ACROSS}, ((UNPAIRED_WORD, UNPAIRED), (BOUND_WORD, BOUND))
    if kind == "names":
        return NAMES, ()
    return PLACES, ((BOUND_WORD, NOT_WITH_PLACES),)


def _is_label(text: str) -> bool:
    """An object, or a few words without the signs of a sentence."""
    short = text.strip()
    return is_label((short,)) and (short[:1] in ("{", "[") or not any(sign in short for sign in ".,!?;"))


def _text(text: str, table: Mapping[str, str], kind: Kind) -> str | None:
    """The text with its words exchanged; None where one can be read in two ways."""
    parts: list[str] = []
    at = 0
    for match in _WORD.finditer(text):
        word = match.group().lower()
        other = table.get(word)
        if kind == "pronouns" and word in _BY_PLACE:
            other = _BY_PLACE[word](text, match.start(), match.end())
            if other is None:
                return None
        if other is None:
            continue
        cased = _cased(match.group(), other)
        if cased is None:
            return None
        parts += [text[at : match.start()], cased]
        at = match.end()
    return "".join([*parts, text[at:]])


def _cased(model: str, word: str) -> str | None:
    """``word`` written as ``model`` is: lower, Title or UPPER; None for any other spelling."""
    if model.islower():
        return word
    if model[0].isupper() and (model[1:].islower() or len(model) == 1):
        return word[0].upper() + word[1:]
    return word.upper() if model.isupper() and word.upper().lower() == word else None


def _her(text: str, start: int, end: int) -> str | None:
    """``him`` for the object, ``his`` for the possessive, None when both are possible."""
    following = _NEXT.match(text, end)
    if following is None or _ends(text, end) or following.group(1).lower() in CLOSED:
        return "him"
    word = following.group(1).lower()
    if not word.isalpha() or word.endswith("ly"):
        return None
    before = _PREVIOUS.search(text, 0, start)
    if before is not None and before.group(1).lower() in TAKES_TWO:
        return None
    return "his"


def _his(text: str, _start: int, end: int) -> str | None:
    """``her`` before a noun phrase, ``hers`` where it stands alone, None when both are possible."""
    following = _NEXT.match(text, end)
    if following is None or _ends(text, end) or following.group(1).lower() in CLOSED:
        return "hers"
    word = following.group(1).lower()
    return None if word.endswith("ly") or not word.isalpha() else "her"


def _ends(text: str, end: int) -> bool:
    """Whether punctuation closes the phrase right after the word; an opening quotation mark does not."""
    following = _NEXT.match(text, end)
    if following is None:
        return True
    sign = following.group(1)
    if sign in ("'", "’", '"', "”"):
        return following.start(1) == end
    return sign in _ENDING


_BY_PLACE: Mapping[str, Callable[[str, int, int], str | None]] = {
    "her": _her,
    "his": _his,
    "him": lambda _text, _start, _end: "her",
    "hers": lambda _text, _start, _end: "his",
}
