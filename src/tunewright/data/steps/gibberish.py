"""Take out texts that say nothing: keys struck at random, random letters, one character over and over.

Words are judged by their letters (``tunewright.data.letters``) under the corpus's own letters and under English
ones, so a corpus
in any language with an alphabet of capitals and small letters teaches the step what its words look like. Never judged:
codes, numbers, JSON, addresses, abbreviations, single words that may be names, and scripts without capitals.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Evidence, Example, Keep, Outcome
from tunewright.data.doubts import judged, turn_finding
from tunewright.data.languages import FUNCTION_WORDS
from tunewright.data.letters import LetterModel, folded
from tunewright.data.prose import prose, words
from tunewright.data.steps import MeasuringStep, corpus_step

_VERSION = 2
_FOUND_BY = f"gibberish@{_VERSION}"
_KNOWN_COST = 3.0
"""bits a letter that a word counts with which several texts share, at most"""
_THRESHOLD = 4.9
"""bits a letter between words (3 to 4.5) and random letters (5.5 to 8)"""
_MARGIN = 1.5
"""bits above the lower quarter of the corpus's texts, if that is more"""
_MOST_USUAL = 4.5
"""bits a letter; a corpus above is not one to take the measure from"""
_FEWEST_LETTERS = 8
_SURE_LETTERS = 14
"""below, nobody is sure: the example is held at most"""
_READ_CHARS = 20_000
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
"йцукенгшщзхъ",
         "фывапролджэ", "ячсмитьбю")  # fmt: skip
_NEXT = frozenset(pair for row in _ROWS for a, b in pairwise(row) for pair in (a + b, b + a))
_RUN = re.compile(r"([^\W\d_])\1{4,}|([!?,;:$%&@^~])\2{4,}")
_RULE = re.compile(r"[\s\-=_*#.|+~/\\]*")


class GibberishOptions(Options):
    """How sure one must be."""

    decides: ClassVar[frozenset[str]] = frozenset({"drop_from", "hold_from"})

    drop_from: float = Field(0.85, ge=0, le=1, description="drop at this confidence")
    hold_from: float = Field(0.6, ge=0, le=1, description="between the two, ask a person")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a text shows: mean cost of its letters in bits, and how many letters were judged."""

    cost: float
    letters: int
    keys: float
    """share of letter pairs that are neighbours on a keyboard"""
    single: bool
    """too few or only capitalised words: may be a name"""


@corpus_step("gibberish", version=_VERSION)
def gibberish(options: GibberishOptions, decisions: Mapping[str, str]) -> MeasuringStep:
    """Reason ``gibberish``: dropped from ``drop_from`` on, held from ``hold_from`` on. Note: bits a letter,
    threshold."""

    def measure(batch: Sequence[Example]) -> list[Any]:
        texts = {turn.content: "" for example in batch for turn in example.messages if turn.role != "system"}
        texts = {text: prose(text[:_READ_CHARS]) for text in texts}
        model, known = _learned(texts.values())
        seen = {text: _look(plain, model, known) for text, plain in texts.items()}
        usual = [look.cost for look in seen.values() if look is not None and look.letters >= _FEWEST_LETTERS]
        quarter = sorted(usual)[len(usual) // 4] if usual else 0.0
        threshold = max(_THRESHOLD, min(quarter, _MOST_USUAL) + _MARGIN)
        sure = {text: _confidence(text, look, threshold) for text, look in seen.items()}
        return [_worst(example, seen, sure, threshold) for example in batch]

    def decide(batch: Sequence[Example], measured: Sequence[Any]) -> list[Outcome]:
        return [
            _judge(example, found, options, decisions) for example, found in zip(batch, measured, strict=True)
        ]

    return MeasuringStep(measure, decide)


def _learned(texts: Iterable[str]) -> tuple[LetterModel, frozenset[str]]:
    count: Counter[str] = Counter()
    for text in texts:
        count.update({folded(word) for word in words(text)})
    shared = sorted(word for word, texts_with in count.items() if texts_with > 1)
    small = {folded(word) for vocabulary in FUNCTION_WORDS.values() for word in vocabulary if len(word) > 1}
    return LetterModel(shared), frozenset(shared) | small


def _look(text: str, model: LetterModel, known: frozenset[str]) -> _Seen | None:
    total, letters, pairs, near = 0.0, 0, 0, 0
    judged_words, capitalised = 0, 0
    for word in words(text):
        if len(word) < 2 or word.upper() == word.lower() or (word.isupper() and len(word) <= 6):
            continue
        plain = folded(word).replace("'", "").replace("’", "")
        if not plain or not all(map(model.knows, plain)):
            continue
        cost = model.cost(plain)
        total += (min(cost, _KNOWN_COST) if plain in known else cost) * len(plain)
        letters += len(plain)
        judged_words += 1
        capitalised += word[0].isupper()
        pairs += len(plain) - 1
        near += sum(plain[at : at + 2] in _NEXT for at in range(len(plain) - 1))
    if not letters:
        return None
    single = capitalised == judged_words and judged_words <= 4
    return _Seen(total / letters, letters, near / pairs if pairs else 0.0, single)


def _confidence(text: str, look: _Seen | None, threshold: float) -> float:
    by_shape = _shape(text)
    if look is None or look.letters < 5:
        return by_shape
    if look.keys >= 0.75 and look.letters >= 5 and look.cost > threshold - 0.6:
        return max(by_shape, 0.9)
    if look.letters < _FEWEST_LETTERS or look.single:
        return by_shape
    # Random letters lie 1.6 bits above the threshold, with a spread that falls with the square root of their number.
    most = 0.99 if look.letters >= _SURE_LETTERS else 0.8
    distance = (look.cost - threshold) * math.sqrt(min(look.letters, 120) / 12)
    return max(by_shape, min(most, 1 / (1 + math.exp(-1.6 * distance))))


def _shape(text: str) -> float:
    """How sure a text is nothing but one character, a short piece over and over, or symbols."""
    dense = "".join(text[:_READ_CHARS].split())
    if len(dense) < 8 or dense[0] in "[{<|" or _RULE.fullmatch(dense):
        return 0.0
    runs = sum(match.end() - match.start() for match in _RUN.finditer(dense))
    if runs >= 0.6 * len(dense):
        return 0.93
    if dense.isalpha() and len(dense) >= 10:
        lower = dense.lower()
        if any(lower[period:] == lower[:-period] for period in (1, 2, 3, 4)):
            return 0.7
    marks = [char for char in dense if char in "!@#$%^&*()_+={}|\\:;\"'<>,?/~`"]
    if len(marks) >= 0.8 * len(dense) and len(set(marks)) >= 4:
        return 0.8
    return 0.0


def _worst(
    example: Example, seen: Mapping[str, _Seen | None], sure: Mapping[str, float], threshold: float
) -> tuple[int, float, float | None, float] | None:
    """Turn, confidence, bits a letter (None: by its shape) and threshold of the worst turn; None: none is bad."""
    turns = [at for at, turn in enumerate(example.messages) if turn.role != "system" and turn.content]
    if not turns:
        return None
    worst = max(turns, key=lambda at: (sure[example.messages[at].content], -at))
    text = example.messages[worst].content
    confidence = round(sure[text], 4)
    look = seen[text]
    if not confidence:
        return None
    return worst, confidence, round(look.cost, 4) if look else None, round(threshold, 4)


def _judge(
    example: Example, found: Sequence[Any], options: GibberishOptions, decisions: Mapping[str, str]
) -> Outcome:
    turn, confidence, cost, threshold = found
    if confidence < options.hold_from - 0.001:
        # Nearly every text: not worth a finding.
        return Keep(example)
    note = f"{cost:.2f} bits a letter, threshold {threshold:.2f}" if cost is not None else "shape"
    finding = turn_finding(example, turn, "gibberish", confidence, _FOUND_BY, note)
    shown = (
        Evidence("gibberish", "bits_a_letter", cost, threshold, finding=0)
        if cost is not None
        else Evidence("gibberish", "shape", finding=0)
    )
    return judged(
        example,
        "gibberish",
        finding,
        decisions,
        drop_from=options.drop_from,
        hold_from=options.hold_from,
        seen=(shown,),
    )
