"""Find long passages that many texts share: disclaimers, signatures, footers, quoted mail headers.

A passage is a run of words all of whose 8-grams occur in at least ``min_texts`` texts and ``min_share`` of the
texts of the same
role. What to do is a choice of the owner, because shared text is often wanted (an instruction before every input,
a closing
formula the desk asks for): by default such examples are only counted, under the reason ``boilerplate``. ``action:
strip`` takes the passages
out (told as edits), but leaves a turn whole when less than ``keep_words`` words would stay; ``action: hold`` asks
a person where the passages are
``hold_share`` of a turn or more.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Edit, Evidence, Example, Finding, Keep, Message, Outcome
from tunewright.data.doubts import asked
from tunewright.data.steps import StepFn, corpus_step

_VERSION = 1
_FOUND_BY = f"boilerplate@{_VERSION}"
_GRAM = 8
_WORD = re.compile(r"\w{1,60}")
_READ_CHARS = 50_000
_Passage = tuple[int, int]


class BoilerplateOptions(Options):
    """What counts as shared, and what is done about it."""

    action: Literal["report", "strip", "hold"] = Field(
        "report", description="what to do with shared passages"
    )
    min_words: int = Field(15, ge=_GRAM, description="length of a passage")
    min_texts: int = Field(20, ge=2, description="texts that share it")
    min_share: float = Field(0.005, ge=0, le=1, description="of the texts of the same role that share it")
    hold_share: float = Field(0.8, gt=0, le=1, description="with `hold`: of a turn's characters")
    keep_words: int = Field(3, ge=1, description="with `strip`: what must stay of a turn")


@corpus_step("boilerplate", version=_VERSION)
def boilerplate(options: BoilerplateOptions, decisions: Mapping[str, str]) -> StepFn:
    """Reason ``boilerplate`` (counted, or cut out with ``strip``); hold reason ``mostly_boilerplate``."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        passages: dict[tuple[str, str], list[_Passage]] = {}
        for role in ("user", "assistant"):
            texts = sorted(
                {turn.content for example in batch for turn in example.messages if turn.role == role}
            )
            shared = _shared_grams(texts, options)
            for text in texts if shared else ():
                if found := _passages(text, shared, options.min_words):
                    passages[role, text] = found
        return [_outcome(example, passages, options, decisions) for example in batch]

    return run


def _shared_grams(texts: Sequence[str], options: BoilerplateOptions) -> frozenset[bytes]:
    """Hashes of the 8-grams of words that enough distinct texts have."""
    least = max(options.min_texts, math.ceil(options.min_share * len(texts)))
    count: Counter[bytes] = Counter()
    for text in texts:
        count.update(set(_grams([match.group().lower() for match in _WORD.finditer(text[:_READ_CHARS])])))
    return frozenset(gram for gram, texts_with in count.items() if texts_with >= least)


def _grams(found: Sequence[str]) -> list[bytes]:
    return [
        hashlib.blake2b(
            " ".join(found[at : at + _GRAM]).encode("utf-8", "surrogatepass"), digest_size=8
        ).digest()
        for at in range(len(found) - _GRAM + 1)
    ]


def _passages(text: str, shared: frozenset[bytes], min_words: int) -> list[_Passage]:
    """Start and end of every shared passage, in order."""
    matches = list(_WORD.finditer(text[:_READ_CHARS]))
    grams = _grams([match.group().lower() for match in matches])
    found: list[_Passage] = []
    at = 0
    while at < len(grams):
        if grams[at] not in shared:
            at += 1
            continue
        end = at
        while end + 1 < len(grams) and grams[end + 1] in shared:
            end += 1
        if end - at + _GRAM >= min_words:
            found.append((matches[at].start(), matches[end + _GRAM - 1].end()))
        at = end + _GRAM
    return found


def _outcome(
    example: Example,
    passages: Mapping[tuple[str, str], list[_Passage]],
    options: BoilerplateOptions,
    decisions: Mapping[str, str],
) -> Outcome:
    found = {
        turn: places
        for turn, message in enumerate(example.messages)
        if (places := passages.get((message.role, message.content)))
    }
    if not found:
        return Keep(example)
    if options.action == "strip":
        return _stripped(example, found, options)
    if options.action == "hold":
        for turn, places in found.items():
            size = len(example.messages[turn].content)
            share = sum(end - start for start, end in places) / size
            if share >= options.hold_share:
                note = f"share {share:.2f}, hold from {options.hold_share:g}"
                finding = Finding("boilerplate", turn, places[0][0], places[-1][1], 0.8, _FOUND_BY, note=note)
                told = Evidence("mostly_boilerplate", "share", round(share, 4), options.hold_share, finding=0)
                return asked(example, "mostly_boilerplate", finding, decisions, evidence=(told,))
    return Keep(example, reasons=("boilerplate",), evidence=_told(found))


def _told(found: Mapping[int, Sequence[_Passage]]) -> tuple[Evidence, ...]:
    """How many characters the shared passages have."""
    shared = sum(end - start for places in found.values() for start, end in places)
    return (Evidence("boilerplate", "shared_characters", float(shared)),)


def _stripped(example: Example, found: Mapping[int, list[_Passage]], options: BoilerplateOptions) -> Outcome:
    messages = list(example.messages)
    edits: list[Edit] = []
    for turn, places in found.items():
        text = messages[turn].content
        wider = [_with_space(text, start, end) for start, end in places]
        wider = [
            (max(start, before), end)
            for (start, end), before in zip(wider, [0, *(e for _, e in wider)], strict=False)
        ]
        parts, at = [], 0
        for start, end in wider:
            parts.append(text[at:start])
            at = end
        left = "".join([*parts, text[at:]])
        if len(left.split()) < options.keep_words:
            continue
        messages[turn] = Message(messages[turn].role, left)
        edits += [Edit(turn, start, end, 0) for start, end in wider]
    if not edits:
        return Keep(example, reasons=("boilerplate",), evidence=_told(found))
    return Keep(replace(example, messages=tuple(messages)), (), ("boilerplate",), tuple(edits), _told(found))


def _with_space(text: str, start: int, end: int) -> _Passage:
    """The passage with its own closing mark, and the white space on one side."""
    while end < len(text) and text[end] in ".!?:;,)\"'”":
        end += 1
    while end < len(text) and text[end].isspace():
        end += 1
    if end == len(text):
        while start and text[start - 1].isspace():
            start -= 1
    return start, end
