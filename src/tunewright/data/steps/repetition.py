"""Take out replies that loop: the same words, sentence or line over and over, as a model or a broken export writes
them.

Three measures, each over prose (JSON, code and tables repeat themselves rightly): the longest run of words that
repeats the words
just before it, the share of sentences said before, and how far the text compresses. The first and second are shares of
the text; the third counts for texts of 400 characters and more.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Example, Finding, Keep, Outcome
from tunewright.data.doubts import judged, turn_finding
from tunewright.data.prose import prose, words
from tunewright.data.steps import StepFn, step

_VERSION = 1
_FOUND_BY = f"repetition@{_VERSION}"
_FEWEST_WORDS = 6
_LONGEST_PERIOD = 40
_READ_WORDS = 20_000
_COMPRESSED_FROM = 400
_SENTENCE = re.compile(r"[.!?\n]+")


class RepetitionOptions(Options):
    """How much is too much."""

    prompts: bool = Field(False, description="judge prompts too")
    looped_share: float = Field(0.4, gt=0, le=1, description="of the words, in one run that repeats itself")
    repeated_sentences: float = Field(
        0.5, gt=0, le=1, description="of the sentences, said before word for word"
    )
    compression: float = Field(
        8.0, gt=1, description="size over compressed size, for texts of 400 characters and more"
    )
    drop_from: float = Field(0.85, ge=0, le=1, description="drop at this confidence")
    hold_from: float = Field(0.6, ge=0, le=1, description="between the two, ask a person")


@step("repetition", version=_VERSION)
def repetition(options: RepetitionOptions, decisions: Mapping[str, str]) -> StepFn:
    """Reason ``repetitive_reply`` (``repetitive_prompt``). At a limit the confidence is 0.8, at half as much again
    0.95."""
    roles = ("user", "assistant") if options.prompts else ("assistant",)

    def run(batch: Sequence[Example]) -> list[Outcome]:
        return [_judge(example, roles, options, decisions) for example in batch]

    return run


def _judge(
    example: Example, roles: Sequence[str], options: RepetitionOptions, decisions: Mapping[str, str]
) -> Outcome:
    worst: Finding | None = None
    for turn, message in enumerate(example.messages):
        if message.role not in roles or len(message.content) < 2 * _FEWEST_WORDS:
            continue
        confidence, note = _measured(message.content, options)
        if confidence and (worst is None or confidence > worst.confidence):
            worst = turn_finding(example, turn, "repetition", confidence, _FOUND_BY, note)
    if worst is None:
        return Keep(example)
    reason = "repetitive_reply" if example.messages[worst.turn].role == "assistant" else "repetitive_prompt"
    return judged(example, reason, worst, decisions, drop_from=options.drop_from, hold_from=options.hold_from)


def _measured(text: str, options: RepetitionOptions) -> tuple[float, str]:
    """Confidence and note of the measure that is furthest above its limit; 0.0 when none is."""
    plain = prose(text)
    found = words(plain.lower())[:_READ_WORDS]
    if len(found) < _FEWEST_WORDS:
        return 0.0, ""
    measures = [("looped", looped_share(found), options.looped_share)]
    sentences = [part.strip().lower() for part in _SENTENCE.split(text) if len(part.split()) >= 3]
    if len(sentences) >= 3:
        measures.append(("sentences", 1 - len(set(sentences)) / len(sentences), options.repeated_sentences))
    if len(plain) >= _COMPRESSED_FROM:
        data = plain.encode("utf-8", "surrogatepass")
        measures.append(("compression", len(data) / len(zlib.compress(data, 6)), options.compression))
    name, value, limit = max(measures, key=lambda item: item[1] / item[2])
    if value < limit:
        return 0.0, ""
    most = 1.0 if name != "compression" else value
    above = (value - limit) / max(0.5 * limit, 1e-9) if most > limit else 1.0
    return min(0.95, 0.8 + 0.15 * above), f"{name} {value:.2f}, limit {limit:g}"


def looped_share(found: Sequence[str]) -> float:
    """Share of the words that lie in the longest run which repeats the ``p`` words before it at least twice, p <=
    40."""
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(word, len(numbers)) for word in found], dtype=np.int64)
    best = 0
    for period in range(1, min(_LONGEST_PERIOD, len(codes) // 3) + 1):
        same = codes[period:] == codes[:-period]
        breaks = np.flatnonzero(~same)
        edges = np.concatenate(([-1], breaks, [len(same)]))
        run = int(np.max(np.diff(edges))) - 1
        if run >= 2 * period and run + period >= _FEWEST_WORDS - 1:
            best = max(best, run + period)
    return best / len(codes) if len(codes) else 0.0
