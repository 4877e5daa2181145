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
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Evidence, Example, Keep, Outcome
from tunewright.data.doubts import judged, turn_finding
from tunewright.data.prose import prose, words
from tunewright.data.steps import MeasuringStep, step

_VERSION = 1
_FOUND_BY = f"repetition@{_VERSION}"
_FEWEST_WORDS = 6
_LONGEST_PERIOD = 40
_READ_WORDS = 20_000
_COMPRESSED_FROM = 400
_SENTENCE = re.compile(r"[.!?\n]+")


class RepetitionOptions(Options):
    """How much is too much."""

    decides: ClassVar[frozenset[str]] = frozenset(
        {"looped_share", "repeated_sentences", "compression", "drop_from", "hold_from"}
    )

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
def repetition(options: RepetitionOptions, decisions: Mapping[str, str]) -> MeasuringStep:
    """Reason ``repetitive_reply`` (``repetitive_prompt``). At a limit the confidence is 0.8, at half as much again
    0.95."""
    roles = ("user", "assistant") if options.prompts else ("assistant",)

    def measure(batch: Sequence[Example]) -> list[Any]:
        return [_measures(example, roles) for example in batch]

    def decide(batch: Sequence[Example], measured: Sequence[Any]) -> list[Outcome]:
        return [
            _judge(example, seen, options, decisions) for example, seen in zip(batch, measured, strict=True)
        ]

    return MeasuringStep(measure, decide)


def _measures(example: Example, roles: Sequence[str]) -> list[tuple[int, dict[str, float]]] | None:
    """Turn and measures of every turn that repeats something."""
    found = []
    for turn, message in enumerate(example.messages):
        if message.role in roles and len(message.content) >= 2 * _FEWEST_WORDS:
            measures = _measured(message.content)
            if any(measures.values()):
                found.append((turn, measures))
    return found or None


def _judge(
    example: Example, seen: Sequence[Any], options: RepetitionOptions, decisions: Mapping[str, str]
) -> Outcome:
    worst, told = None, Evidence("")
    for turn, measures in seen:
        confidence, name, value, limit = _compared(measures, options)
        if confidence and (worst is None or confidence > worst[1]):
            worst = (turn, confidence, f"{name} {value:.2f}, limit {limit:g}")
            told = Evidence("", name, value, limit, finding=0)
    if worst is None:
        return Keep(example)
    finding = turn_finding(example, worst[0], "repetition", worst[1], _FOUND_BY, worst[2])
    reason = "repetitive_reply" if example.messages[finding.turn].role == "assistant" else "repetitive_prompt"
    return judged(
        example,
        reason,
        finding,
        decisions,
        drop_from=options.drop_from,
        hold_from=options.hold_from,
        seen=(replace(told, reason=reason),),
    )


def _measured(text: str) -> dict[str, float]:
    """Each measure that the text is long enough for."""
    plain = prose(text)
    found = words(plain.lower())[:_READ_WORDS]
    if len(found) < _FEWEST_WORDS:
        return {}
    measures = {"looped": looped_share(found)}
    sentences = [part.strip().lower() for part in _SENTENCE.split(text) if len(part.split()) >= 3]
    if len(sentences) >= 3:
        measures["sentences"] = 1 - len(set(sentences)) / len(sentences)
    if len(plain) >= _COMPRESSED_FROM:
        data = plain.encode("utf-8", "surrogatepass")
        measures["compression"] = len(data) / len(zlib.compress(data, 6))
    return measures


def _compared(measures: Mapping[str, float], options: RepetitionOptions) -> tuple[float, str, float, float]:
    """Confidence, name, value and limit of the measure that is furthest above its limit; confidence 0.0 when none is."""
    limits = {
        "looped": options.looped_share,
        "sentences": options.repeated_sentences,
        "compression": options.compression,
    }
    name, value = max(measures.items(), key=lambda item: item[1] / limits[item[0]])
    limit = limits[name]
    if value < limit:
        return 0.0, "", value, limit
    most = 1.0 if name != "compression" else value
    above = (value - limit) / max(0.5 * limit, 1e-9) if most > limit else 1.0
    return min(0.95, 0.8 + 0.15 * above), name, value, limit


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
