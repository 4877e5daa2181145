"""What the words beside a number call it.

A bare number says little; the word before it says what it is. The words near a candidate are looked up in one
vocabulary, nearest first, so ``order 4711, tel. 02293896826`` is the telephone's and ``call about order 02293896826``
the order's. The vocabulary is in ``vocabulary``; words are compared in lower case and without accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tunewright.engines.pii.vocabulary import VOCABULARY

_WORD = re.compile(r"[^\W_]+")
_BEFORE = 48
_AFTER = 24
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
"""letters that are no accented ones to Unicode"""
Names = frozenset[str]
_NONE: Names = frozenset()
_SILENT: Names = frozenset(("nothing",))


class Labels(NamedTuple):
    """Labels of the words near a span, nearest first. A phrase may have several: a personnummer is of three countries."""

    before: tuple[Names, ...]
    after: tuple[Names, ...]

    @property
    def nearest(self) -> Names:
        """The labels that decide: of the words before the span, else of the words just after it."""
        return self.before[0] if self.before else self.after[0] if self.after else _NONE

    def has(self, label: str) -> bool:
        """Whether a phrase anywhere near says so."""
        return any(label in names for names in self.before) or any(label in names for names in self.after)


NOTHING = Labels((), ())


def _compiled(
    vocabulary: Mapping[str, str],
) -> tuple[dict[str, tuple[tuple[tuple[str, ...], Names], ...]], dict[str, Names]]:
    phrases: dict[tuple[str, ...], set[str]] = {}
    stems: dict[str, set[str]] = {}
    for label, text in vocabulary.items():
        for phrase in text.split(","):
            words = tuple(phrase.split())
            if words and words[0].endswith("*"):
                stems.setdefault(words[0][:-1], set()).add(label)
            elif words:
                phrases.setdefault(words, set()).add(label)
    found: dict[str, list[tuple[tuple[str, ...], Names]]] = {}
    for words, labels in phrases.items():
        names = _SILENT if "nothing" in labels else frozenset(labels)
        found.setdefault(words[0], []).append((words[1:], names))
    longest_first = {
        word: tuple(sorted(rests, key=lambda rest: -len(rest[0]))) for word, rests in found.items()
    }
    return longest_first, {stem: frozenset(labels) for stem, labels in stems.items()}


_PHRASES, _STEMS = _compiled(VOCABULARY)
_STEM_TEXTS = tuple(_STEMS)


def _plain(text: str) -> str:
    text = text.lower()
    if text.isascii():
        return text
    text = text.translate(_LETTERS)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@lru_cache(maxsize=65536)
def _beginning(word: str) -> tuple[tuple[tuple[str, ...], Names], ...]:
    """What may begin with this word: (the words that must follow, labels), longest first."""
    found = _PHRASES.get(word, ())
    if word.startswith(_STEM_TEXTS) and not any(not rest for rest, _ in found):
        stem = max((stem for stem in _STEM_TEXTS if word.startswith(stem)), key=len)
        found += (((), _STEMS[stem]),)
    return found


def labelled(words: Sequence[str]) -> list[tuple[int, int, Names]]:
    """First word, one past the last word, and labels of every known phrase, in order, longest match first."""
    found: list[tuple[int, int, Names]] = []
    at = 0
    while at < len(words):
        for rest, labels in _beginning(words[at]):
            end = at + 1 + len(rest)
            if not rest or tuple(words[at + 1 : end]) == rest:
                if labels is not _SILENT:
                    found.append((at, end, labels))
                at = end - 1
                break
        at += 1
    return found


def labels_near(text: str, start: int, end: int) -> Labels:
    """Labels of the words in the 48 characters before and the 24 after a span, nearest first."""
    first = max(0, start - _BEFORE)
    words = _WORD.findall(_plain(text[first:start]))
    if words and first and text[first - 1].isalnum() and text[first].isalnum():
        del words[0]
    before = tuple(labels for _, _, labels in reversed(labelled(words))) if words else ()
    last = end + _AFTER
    words = _WORD.findall(_plain(text[end:last]))
    if words and last < len(text) and text[last].isalnum() and text[last - 1].isalnum():
        del words[-1]
    after = tuple(labels for _, _, labels in labelled(words)) if words else ()
    return Labels(before, after) if before or after else NOTHING


def named_places(text: str) -> list[tuple[int, int, Names]]:
    """Start, end and labels of every known phrase of a text."""
    words = list(_WORD.finditer(text))
    names = [_plain(word.group()) for word in words]
    return [(words[first].start(), words[end - 1].end(), labels) for first, end, labels in labelled(names)]
