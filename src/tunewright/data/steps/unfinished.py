"""Find replies that were cut off, by comparison with the other replies of their source.

``malformed`` drops what is visibly open (an object, a code block, a sentence that ends in ``the``). Here the
source itself says how
its replies end: where nearly all end with a closing mark, one that stops after a small word, in the middle of a
word that other
texts have whole, or just without a mark is not whole; where nearly all are JSON, one that is not is broken. A
source with
less than ``fewest_replies`` replies, or without a habit, says nothing.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Evidence, Example, Outcome
from tunewright.data.doubts import judged, turn_finding
from tunewright.data.languages import FUNCTION_WORDS
from tunewright.data.prose import words
from tunewright.data.steps import MeasuringStep, corpus_step

_VERSION = 2
_FOUND_BY = f"unfinished@{_VERSION}"
_CLOSED = re.compile(r"[.!?…。！？।؟)\]}>\"'”’»*`:;]\s*$|[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?\s*$")
_DATA = ("{", "[")
_SENTENCE_WORDS = 4
_JSON_LIMIT = 100_000
_SMALL = frozenset(
    word for code in ("en", "de", "fr", "es", "it", "pt", "nl") for word in FUNCTION_WORDS[code]
) - frozenset(
    [
        "not",
        "no",
        "yes",
        "it",
        "this",
        "that",
        "here",
        "there",
        "now",
        "thanks",
        "please",
        "up",
        "out",
        "off",
        "over",
        "in",
        "on",
        "again",
        "still",
        "yet",
        "also",
        "too",
        "get",
        "got",
        "need",
        "help",
        "want",
        "hello",
        "hi",
        "do",
        "done",
        "does",
        "did",
        "have",
        "has",
        "us",
        "them",
        "me",
        "him",
        "one",
        "two",
        "know",
        "see",
        "go",
        "account",
        "app",
        "money",
        "card",
        "order",
        "use",
        "day",
        "days",
        "week",
        "time",
        "way",
        "pay",
        "paid",
        "back",
        "why",
        "how",
        "where",
        "when",
        "what",
        "who",
        "la",
        "de",
        "hier",
        "nicht",
        "danke",
        "bitte",
        "wieder",
        "noch",
        "merci",
        "gracias",
        "grazie",
        "obrigado",
        "bedankt",
        "dank",
        "ja",
        "nein",
        "oui",
        "non",
        "si",
        "sim",
        "nee",
        "ok",
        "mehr",
        "aqui",
        "ahora",
        "qui",
        "ici",
        "new",
        "may",
        "will",
        "can",
        "are",
        "is",
        "was",
        "were",
        "am",
    ]
)
"""small words with which a sentence hardly ends"""


class UnfinishedOptions(Options):
    """When a source has a habit, and how sure one must be."""

    decides: ClassVar[frozenset[str]] = frozenset({"drop_from", "hold_from"})

    fewest_replies: int = Field(30, ge=5, description="replies of a source from which a habit is read")
    habit: float = Field(0.9, gt=0.5, le=1, description="share of the replies that end (or are built) alike")
    strong_habit: float = Field(
        0.97, gt=0.5, le=1, description="share from which a missing closing mark alone is enough"
    )
    drop_from: float = Field(0.85, ge=0, le=1, description="drop at this confidence")
    hold_from: float = Field(0.6, ge=0, le=1, description="between the two, ask a person")


@dataclass(frozen=True, slots=True)
class _Habit:
    closed: float
    data: float
    replies: int


@corpus_step("unfinished", version=_VERSION)
def unfinished(options: UnfinishedOptions, decisions: Mapping[str, str]) -> MeasuringStep:
    """Reason ``unfinished_reply``: dropped from ``drop_from`` on, held from ``hold_from`` on."""

    def measure(batch: Sequence[Example]) -> list[Any]:
        habits = _habits(batch, options)
        shared = (
            _shared_words(batch) if any(habit.closed >= options.habit for habit in habits.values()) else []
        )
        return [_measured(example, habits, shared, options) for example in batch]

    def decide(batch: Sequence[Example], measured: Sequence[Any]) -> list[Outcome]:
        return [
            _judge(example, seen, options, decisions) for example, seen in zip(batch, measured, strict=True)
        ]

    return MeasuringStep(measure, decide)


def _habits(batch: Sequence[Example], options: UnfinishedOptions) -> dict[str, _Habit]:
    texts: dict[str, set[str]] = defaultdict(set)
    for example in batch:
        texts[example.origin.source].update(_replies(example))
    found = {}
    for source, replies in texts.items():
        sentences = [
            text for text in replies if text[:1] not in _DATA and len(text.split()) >= _SENTENCE_WORDS
        ]
        data = sum(_is_data(text) for text in replies)
        if len(replies) < options.fewest_replies:
            continue
        enough = len(sentences) >= options.fewest_replies
        closed = (
            sum(bool(_CLOSED.search(text[-8:])) for text in sentences) / len(sentences) if enough else 0.0
        )
        found[source] = _Habit(closed, data / len(replies), len(replies))
    return found


def _replies(example: Example) -> list[str]:
    return [text for turn in example.messages if turn.role == "assistant" and (text := turn.content.strip())]


def _is_data(text: str) -> bool:
    if text[:1] not in _DATA or len(text) > _JSON_LIMIT:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _shared_words(batch: Sequence[Example]) -> list[str]:
    """Words that several turns have, sorted."""
    count: Counter[str] = Counter()
    for text in {turn.content for example in batch for turn in example.messages}:
        count.update(set(words(text.lower())))
    return sorted(word for word, texts in count.items() if texts > 1)


def _measured(
    example: Example, habits: Mapping[str, _Habit], shared: Sequence[str], options: UnfinishedOptions
) -> tuple[int, float, str, float, int] | None:
    """Turn, confidence, why, the habit's share and its replies, of the first reply that was cut off."""
    habit = habits.get(example.origin.source)
    if habit is None:
        return None
    for turn, message in enumerate(example.messages):
        text = message.content.strip()
        if message.role != "assistant" or not text:
            continue
        confidence, why = _judged(text, habit, shared, options)
        if confidence:
            return turn, confidence, why, round(max(habit.closed, habit.data), 4), habit.replies
    return None


def _judge(
    example: Example, seen: Sequence[Any], options: UnfinishedOptions, decisions: Mapping[str, str]
) -> Outcome:
    turn, confidence, why, habit, replies = seen
    note = f"{why}, habit {habit:.3f} of {replies}"
    finding = turn_finding(example, turn, "unfinished", confidence, _FOUND_BY, note)
    return judged(
        example,
        "unfinished_reply",
        finding,
        decisions,
        drop_from=options.drop_from,
        hold_from=options.hold_from,
        seen=(Evidence("unfinished_reply", "habit", habit, options.habit, detail=why, finding=0),),
    )


def _judged(text: str, habit: _Habit, shared: Sequence[str], options: UnfinishedOptions) -> tuple[float, str]:
    if text[:1] in _DATA or habit.data >= options.strong_habit:
        broken = habit.data >= options.strong_habit and not _is_data(text)
        return (0.9, "not JSON like the others") if broken else (0.0, "")
    if habit.closed < options.habit or len(text.split()) < _SENTENCE_WORDS or _CLOSED.search(text[-8:]):
        return 0.0, ""
    if text[-1] in ",-–—&(":
        return 0.95, "ends with an open mark"
    last = (words(text[-80:].lower()) or [""])[-1]
    if last in _SMALL:
        return 0.92, "ends with a small word"
    if last and _is_beginning(last, shared):
        return 0.9, "ends inside a word"
    return (0.86, "no closing mark") if habit.closed >= options.strong_habit else (0.0, "")


def _is_beginning(word: str, shared: Sequence[str]) -> bool:
    """Whether the word is no shared word, but the beginning of a longer one."""
    at = bisect_left(shared, word)
    if at == len(shared) or shared[at] == word:
        return False
    return shared[at].startswith(word) and len(word) >= 2
