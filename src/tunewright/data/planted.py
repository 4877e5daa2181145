"""Near-copies planted among texts, to measure at every build how many the search finds. They never leave the search."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.data.forms import normal_form

_TRIES = 6
_SHINGLE = 5


@dataclass(frozen=True, slots=True)
class Planted:
    """One copy, at or above the threshold of what it was made of."""

    index: int
    """the text it was made of"""
    text: str


def plant(
    ids: Sequence[str], texts: Sequence[str], threshold: float, long_words: int, copies: int, seed: int
) -> list[Planted]:
    """Up to ``copies`` edited copies. Which texts and which edits depend on the seed and the ids alone.

    An edit replaces, doubles or drops a word, or swaps two letters; the first of a few ever lighter attempts that is
    at or above the threshold counts. The similarity is computed on plain strings, by other code than the search's.
    """

    def position(at: int) -> bytes:
        return hashlib.sha256(f"planted\x1f{seed}\x1f{ids[at]}".encode()).digest()

    if copies <= 0:
        return []
    chosen = sorted(range(len(ids)), key=position)[:copies]
    found = []
    for at in sorted(chosen):
        rng = random.Random(f"{seed}\x1f{ids[at]}")  # noqa: S311 - repeatable, not secret
        for attempt in range(_TRIES):
            text = _edited(texts[at], max(1, 3 - attempt), rng)
            if text != texts[at] and _similarity(texts[at], text, long_words) >= threshold:
                found.append(Planted(at, text))
                break
    return found


def _edited(text: str, edits: int, rng: random.Random) -> str:
    words = text.split(" ")
    for _ in range(edits):
        at = rng.randrange(len(words))
        word = words[at]
        kind = rng.randrange(4)
        if kind == 0:
            words[at : at + 1] = [word, word]
        elif kind == 1 and len(words) > 1:
            del words[at]
        elif kind == 2 and len(word) > 3:
            place = rng.randrange(len(word) - 1)
            words[at] = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        else:
            words.insert(at, rng.choice(("please", "now", "so", "ok")))
    return " ".join(words)


def _similarity(first: str, second: str, long_words: int) -> float:
    forms = [normal_form(first).split(" "), normal_form(second).split(" ")]
    units: list[Sequence[str]] = (
        list(forms) if all(len(form) >= long_words for form in forms) else [" ".join(form) for form in forms]
    )
    one, other = (
        {tuple(unit[at : at + _SHINGLE]) for at in range(max(1, len(unit) - _SHINGLE + 1))} for unit in units
    )
    return len(one & other) / len(one | other)
