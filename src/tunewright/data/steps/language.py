"""Take out texts in languages the product is not for.

``allowed`` names the languages (ISO 639-1). Left empty, the bulk of the set says it: every language in which at least
``bulk_share`` of the readable prompts is written; with fewer than 20 readable prompts nothing is judged. Every turn is read
without its code, JSON keys, addresses and identifiers; texts with nothing to tell by are kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field, field_validator

from tunewright.core.options import Options
from tunewright.core.ports import LanguageIdentifier
from tunewright.core.types import Evidence, Example, Hold, Keep, Outcome
from tunewright.data.doubts import asked, judged, turn_finding
from tunewright.data.foreign import Foreign, LanguageJudge
from tunewright.data.languages import related
from tunewright.data.prose import prose
from tunewright.data.steps import MeasuringStep, corpus_step

_READABLE_WORDS = 4
_READABLE = 0.6
"""probability from which a prompt counts towards the bulk"""
_FEWEST_READABLE = 20
_REPLY_FROM = 0.8
"""probability of both languages from which on a reply in another one is asked about"""
_ABOUT_LANGUAGES = re.compile(
    r"\b(?:translat\w*|übersetz\w*|tradu\w*|vertaal\w*|english|german|french|spanish|italian|portuguese|dutch|polish|"
    r"chinese|japanese|korean|russian|arabic|hindi|turkish|swedish|deutsch|englisch|anglais|inglés|inglese)\b",
    re.I,
)


class LanguageOptions(Options):
    """Which languages, and how sure one must be."""

    decides: ClassVar[frozenset[str]] = frozenset({"drop_from", "hold_from"})

    allowed: tuple[str, ...] = Field(
        (), description="ISO 639-1 codes, such as `en`; empty: whatever the bulk is written in"
    )
    bulk_share: float = Field(
        0.1, gt=0, le=1, description="of the readable prompts, from which on a language belongs to the bulk"
    )
    mixed: bool = Field(True, description="judge a change of language inside a turn too")
    same_language: bool = Field(
        True, description="where several languages are allowed: ask about a reply in another than the prompt"
    )
    drop_from: float = Field(0.85, ge=0, le=1, description="drop at this confidence")
    hold_from: float = Field(0.7, ge=0, le=1, description="between the two, ask a person")

    @field_validator("allowed")
    @classmethod
    def _codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [code for code in value if not re.fullmatch(r"[a-z]{2,3}", code)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no ISO 639 code; write `en`, `de`, ...")
        return value


@corpus_step("language", version=2)
def language(
    options: LanguageOptions, language: LanguageIdentifier, decisions: Mapping[str, str]
) -> MeasuringStep:
    """Reasons ``wrong_language`` (a turn is in another language) and ``mixed_language`` (a part of one is): dropped from
    ``drop_from`` on, held from ``hold_from`` on. Hold reason ``reply_language``: prompt and reply are in two allowed
    languages and no translation was asked for."""

    def measure(batch: Sequence[Example]) -> list[Any]:
        texts = {turn.content: "" for example in batch for turn in example.messages if turn.role != "system"}
        texts = {text: prose(text) for text in texts}
        allowed = options.allowed or _bulk(batch, texts, language, options.bulk_share)
        if not allowed:
            return [None] * len(batch)
        distinct = list(dict.fromkeys(text for text in texts.values() if text))
        found = dict(zip(distinct, LanguageJudge(language, allowed).judge(distinct), strict=True))
        worst = [
            _worst(example, [found.get(texts.get(turn.content, "")) for turn in example.messages], options)
            for example in batch
        ]
        pairs = (
            _other_replies(batch, texts, language)
            if len(allowed) > 1 and options.same_language
            else [[] for _ in batch]
        )
        return [[one, other] if one or other else None for one, other in zip(worst, pairs, strict=True)]

    def decide(batch: Sequence[Example], measured: Sequence[Any]) -> list[Outcome]:
        return [
            _judge(example, seen[0], seen[1], options, language.version, decisions)
            for example, seen in zip(batch, measured, strict=True)
        ]

    return MeasuringStep(measure, decide)


def bulk_languages(prompts: Sequence[str], identifier: LanguageIdentifier, share: float) -> tuple[str, ...]:
    """Languages in which at least ``share`` of the readable ``prompts`` (already ``prose``) are written, sorted.

    Empty when fewer than 20 can be read.
    """
    readable = [text for text in prompts if len(text.split()) >= _READABLE_WORDS]
    told = Counter(code for code, sure in identifier.identify(readable) if code and sure >= _READABLE)
    total = sum(told.values())
    if total < _FEWEST_READABLE:
        return ()
    return tuple(sorted(code for code, count in told.items() if count >= share * total))


def _bulk(
    batch: Sequence[Example], texts: Mapping[str, str], identifier: LanguageIdentifier, share: float
) -> tuple[str, ...]:
    prompts = [texts[turn.content] for example in batch for turn in example.messages if turn.role == "user"]
    return bulk_languages(prompts, identifier, share)


def _worst(
    example: Example, found: Sequence[Foreign | None], options: LanguageOptions
) -> tuple[int, str, float, float, bool] | None:
    """Turn, language, confidence, share and whether it is only a part, of the most foreign turn."""
    worst, at = None, 0
    for turn, seen in enumerate(found):
        if seen is None or example.messages[turn].role == "system" or (seen.mixed and not options.mixed):
            continue
        if worst is None or seen.confidence > worst.confidence:
            worst, at = seen, turn
    if worst is None or (example.messages[at].role == "assistant" and _asks_for_language(example)):
        return None
    return at, worst.language, worst.confidence, worst.share, worst.mixed


def _judge(
    example: Example,
    worst: Sequence[Any] | None,
    pairs: Sequence[Sequence[Any]],
    options: LanguageOptions,
    version: str,
    decisions: Mapping[str, str],
) -> Outcome:
    outcome: Outcome = Keep(example)
    if worst:
        turn, told, confidence, share, mixed = worst
        reason = "mixed_language" if mixed else "wrong_language"
        note = f"{told} {confidence:.2f}, share {share:.2f}, drop from {options.drop_from:g}"
        finding = turn_finding(example, turn, reason, confidence, version, note)
        outcome = judged(
            example,
            reason,
            finding,
            decisions,
            drop_from=options.drop_from,
            hold_from=options.hold_from,
            seen=(Evidence(reason, "share", round(share, 4), detail=told, finding=0),),
        )
    for turn, asked_in, given_in, sure in pairs if isinstance(outcome, Keep) else ():
        note = f"{asked_in} asked, {given_in} answered, {sure:.2f}, hold from {_REPLY_FROM:g}"
        finding = turn_finding(example, turn, "reply_language", sure, version, note)
        told = Evidence(
            "reply_language",
            "probability",
            round(sure, 4),
            _REPLY_FROM,
            detail=f"{asked_in}, {given_in}",
            finding=0,
        )
        seen = asked(example, "reply_language", finding, decisions, evidence=(told,))
        if not isinstance(seen, Keep) or seen.findings:
            outcome = seen
        if isinstance(outcome, Hold):
            break
    return outcome


def _asks_for_language(example: Example) -> bool:
    """Whether a turn before the reply speaks of languages: a translation may be the task."""
    return any(_ABOUT_LANGUAGES.search(turn.content) for turn in example.messages if turn.role != "assistant")


def _other_replies(
    batch: Sequence[Example], texts: Mapping[str, str], identifier: LanguageIdentifier
) -> list[list[tuple[int, str, str, float]]]:
    """For each example its replies in another language than the prompt before: turn, both languages, how sure."""
    readable = [text for text in dict.fromkeys(texts.values()) if len(text.split()) >= _READABLE_WORDS]
    told = dict(zip(readable, identifier.identify(readable), strict=True))
    found: list[list[tuple[int, str, str, float]]] = []
    for example in batch:
        pairs: list[tuple[int, str, str, float]] = []
        found.append(pairs)
        if _asks_for_language(example):
            continue
        for turn in range(1, len(example.messages)):
            before, after = example.messages[turn - 1], example.messages[turn]
            if (before.role, after.role) != ("user", "assistant"):
                continue
            asked_in, asked_sure = told.get(texts[before.content], ("", 0.0))
            given_in, given_sure = told.get(texts[after.content], ("", 0.0))
            sure = min(asked_sure, given_sure)
            if asked_in and given_in and sure >= _REPLY_FROM and not related(asked_in, (given_in,)):
                pairs.append((turn, asked_in, given_in, sure))
    return found
