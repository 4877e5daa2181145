"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS = 4000
"""beyond this only the common beginning and end are told apart: the comparison grows with the square"""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words."""

    what: str
    """same, gone or new"""
    text: str


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces in reading order: ``same`` and ``gone`` together are ``before``, ``same`` and ``new`` are ``after``."""
    if before == after:
        return (Piece("same", before),) if before else ()
    old, new = _WORD.findall(before), _WORD.findall(after)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    found = [("same", old[:head])]
    if max(len(middle_old), len(middle_new)) > _MOST_WORDS:
        found += [("gone", middle_old), ("new", middle_new)]
    else:
        matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=False)
        for what, a, b, c, d in matcher.get_opcodes():
            if what == "equal":
                found.append(("same", middle_old[a:b]))
            else:
                found += [("gone", middle_old[a:b]), ("new", middle_new[c:d])]
    found.append(("same", old[len(old) - tail :]))
    return tuple(Piece(what, "".join(words)) for what, words in found if words)
