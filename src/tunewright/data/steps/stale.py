"""Find what no longer holds: rows of a bygone era, dates that have passed, replaced labels and versions, retired products.

Evidence, from strong to weak:

* a term of the policy list ``retired`` in what the model would learn to say;
* a label that another label of the corpus replaces: ``legacy_refund`` beside ``refund``;
* a text that says until when it is valid, and that day has passed; or that it is the state of a day long ago;
* the row's own date far before the corpus' (beyond Tukey's outer fence, Q1 - 3 IQR), or older than ``max_age_days``;
* words such as "old app" or "version 2" where the corpus is at version 5.

"Today" is the newest date in the corpus, so a build says the same tomorrow. "No longer" and "used to be" alone are no
evidence: most complaints say so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Evidence, Example, Finding, Keep, Message, Outcome
from tunewright.data.comparison import reply_of
from tunewright.data.dates import day_of, stated_dates
from tunewright.data.doubts import Action, doubted, whole_turn
from tunewright.data.steps import StepFn, corpus_step

REASON = "stale"
VERSION = 1
_STRONG, _MEDIUM, _WEAK = 0.95, 0.6, 0.3
_SURE = 0.7
_FENCE = 3.0
"""interquartile ranges below the first quartile: what Tukey 1977 calls far out"""
_LEAST_GAP = 365
"""days below the first quartile that are never an era of their own"""
_LEAST_DATED = 20
_NEWEST = 0.99
_OLD_WORDS = re.compile(
    r"\b(?:(?:old|older|previous|former|legacy|outdated|obsolete|deprecated|discontinued)\s(?:mobile |web |desktop )?"
    r"(?:app|application|version|release|system|platform|portal|website|site|client|software|firmware|tariff|plan|"
    r"price list|product|policy|terms)|deprecated|discontinued|end[- ]of[- ]life|"
    r"no longer (?:supported|offered|sold|maintained)|"
    r"(?:alte[nrs]?|frühere[nrs]?|veraltete[nrs]?)\s(?:app|version|tarif\w{0,2}|portal|system)|"
    r"ancienne version|versión anterior)\b",
    re.I,
)
_VERSION = re.compile(
    r"\b([a-z][\w-]{1,20}),?\s(?:version|release|v\.?)\s?([0-9]{1,4})(?:\.[0-9]{1,4}){0,3}(?![0-9])", re.I
)
_REPLACED = re.compile(
    r"^(?:legacy|old|deprecated|obsolete|retired|former|x)[_\-. :](.+)$|"
    r"^(.+)[_\-. :](?:legacy|old|deprecated|obsolete|retired)$"
)


class RetiredTerm(Options):
    """A product, name or version that is gone."""

    term: str = Field(min_length=2, description="as it is written; compared by whole words, without case")
    replacement: str = Field("", description="what stands for it now")
    since: str = Field(
        "", description="when it was retired (ISO date); later rows that name it are only marked"
    )


class StaleOptions(Options):
    """What is too old."""

    max_age_days: int = Field(
        0, ge=0, description="rows so much older than the newest are stale; 0: no such limit"
    )
    eras: bool = Field(True, description="doubt rows dated far before the others")
    state_age_days: int = Field(
        1095,
        ge=1,
        description="a text that says it is the state of so many days before the newest row is stale",
    )
    retired: tuple[RetiredTerm, ...] = Field((), description="products, names and versions that are gone")
    sure: Action = Field(
        "drop", description="what happens on strong evidence, or several kinds: drop, hold or mark"
    )
    unsure: Action = Field("hold", description="what happens on one kind of evidence: drop, hold or mark")
    weak: Action = Field("mark", description="what happens on words alone: drop, hold or mark")


@dataclass(frozen=True, slots=True)
class _Evidence:
    kind: str
    weight: float
    turn: int = -1
    start: int = 0
    end: int = 0
    """no place: the whole last user turn"""


@corpus_step("stale", version=VERSION)
def stale(options: StaleOptions) -> StepFn:
    """Reason ``stale``; the finding's note names the kinds of evidence."""
    retired = [(_term(entry.term), day_of(entry.since)) for entry in options.retired]

    def run(batch: Sequence[Example]) -> list[Outcome]:
        corpus = _Corpus(batch, options)
        return [_judge(example, corpus, options, retired) for example in batch]

    return run


def _term(term: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in term.split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.I)


class _Corpus:
    """What only the whole set can say: the newest day, where an era ends, which labels and versions there are."""

    def __init__(self, batch: Sequence[Example], options: StaleOptions) -> None:
        days = np.sort(
            np.array(
                [day for e in batch if (day := day_of(e.origin.received_at)) is not None], dtype=np.int64
            )
        )
        self.newest: int | None = None
        self.oldest = -1
        if len(days):
            self.newest = int(days[int(_NEWEST * (len(days) - 1))])
            if options.max_age_days:
                self.oldest = self.newest - options.max_age_days
        if options.eras and len(days) >= _LEAST_DATED:
            low, high = (int(days[int(share * (len(days) - 1))]) for share in (0.25, 0.75))
            self.oldest = max(self.oldest, low - max(_LEAST_GAP, round(_FENCE * (high - low))))
        self.labels = frozenset(label for example in batch for label in _labels(example))
        self.versions: dict[str, tuple[int, int, int]] = {}
        for example in batch:
            for message in example.messages:
                for name, number, _ in _versions(message.content):
                    newest, at_newest, mentions = self.versions.get(name, (0, 0, 0))
                    at_newest = at_newest * (number <= newest) + (number >= newest)
                    self.versions[name] = (max(newest, number), at_newest, mentions + 1)

    def superseded(self, name: str, number: int) -> bool:
        """Whether most mentions of the thing are of a newer version."""
        newest, at_newest, mentions = self.versions[name]
        return number < newest and at_newest * 2 > mentions


def _judge(
    example: Example,
    corpus: _Corpus,
    options: StaleOptions,
    retired: Sequence[tuple[re.Pattern[str], int | None]],
) -> Outcome:
    own = day_of(example.origin.received_at)
    evidence = list(_by_date(own, corpus))
    evidence += _by_label(example, corpus)
    for turn, message in enumerate(example.messages):
        if message.role != "system":
            evidence += _by_text(turn, message, own, corpus, options)
            evidence += _by_policy(turn, message, own, retired)
    if not evidence:
        return Keep(example)
    doubt = 1.0
    kinds = {}
    for found in sorted(evidence, key=lambda item: -item.weight):
        if found.kind not in kinds:
            kinds[found.kind] = found
            doubt *= 1 - found.weight
    confidence = 1 - doubt
    action = options.weak
    if confidence >= _MEDIUM:
        action = options.sure if confidence > _SURE else options.unsure
    told = [Evidence(REASON, "weight", found.weight, detail=found.kind) for found in kinds.values()]
    limit = _SURE if confidence > _SURE else _MEDIUM
    told.append(Evidence(REASON, "confidence", round(confidence, 4), limit))
    return doubted(example, REASON, _finding(example, list(kinds.values()), confidence), action, tuple(told))


def _finding(example: Example, kinds: Sequence[_Evidence], confidence: float) -> Finding | None:
    note = ", ".join(found.kind for found in kinds)
    placed = next((found for found in kinds if found.end > found.start), None)
    if placed is not None:
        return Finding(
            REASON, placed.turn, placed.start, placed.end, round(confidence, 3), f"stale@{VERSION}", note=note
        )
    users = [at for at, message in enumerate(example.messages) if message.role == "user"]
    return whole_turn(example, users[-1] if users else 0, REASON, confidence, f"stale@{VERSION}", note)


def _by_date(own: int | None, corpus: _Corpus) -> Iterator[_Evidence]:
    if own is not None and own < corpus.oldest:
        yield _Evidence("old_row", _MEDIUM)


def _by_label(example: Example, corpus: _Corpus) -> Iterator[_Evidence]:
    for label in _labels(example):
        found = _REPLACED.match(label)
        if found and (found.group(1) or found.group(2)) in corpus.labels:
            yield _Evidence("replaced_label", _STRONG)
            return


def _by_text(
    turn: int, message: Message, own: int | None, corpus: _Corpus, options: StaleOptions
) -> Iterator[_Evidence]:
    """Dates and versions. What a user says of a date may be a question about it; what the reply says is taught."""
    text = message.content
    told = message.role == "assistant"
    if corpus.newest is not None:
        for found in stated_dates(text):
            limit = corpus.newest if found.expiry else corpus.newest - options.state_age_days
            if found.day < limit:
                weight = _STRONG if told and found.expiry else _MEDIUM
                yield _Evidence(
                    "passed_date" if found.expiry else "old_state", weight, turn, found.start, found.end
                )
    if match := _OLD_WORDS.search(text):
        yield _Evidence("old_words", _WEAK, turn, match.start(), match.end())
    for name, number, (start, end) in _versions(text):
        if corpus.superseded(name, number):
            yield _Evidence("old_version", _WEAK, turn, start, end)


def _by_policy(
    turn: int, message: Message, own: int | None, retired: Sequence[tuple[re.Pattern[str], int | None]]
) -> Iterator[_Evidence]:
    for pattern, since in retired:
        if match := pattern.search(message.content):
            aware = since is not None and own is not None and own > since
            weight = _WEAK if aware else _STRONG if message.role == "assistant" else _MEDIUM
            yield _Evidence("retired", weight, turn, match.start(), match.end())


def _versions(text: str) -> Iterator[tuple[str, int, tuple[int, int]]]:
    """(thing, major version, place) of every "thing version 2"."""
    if "v" in text or "V" in text or "elease" in text:
        for match in _VERSION.finditer(text):
            yield match.group(1).lower(), int(match.group(2)), match.span()


def _labels(example: Example) -> tuple[str, ...]:
    """The short values of a reply that is an object, or the short reply itself."""
    replies = reply_of(example)
    if len(replies) != 1 or len(replies[0]) > 400:
        return ()
    if not replies[0].startswith("{"):
        return (replies[0],) if len(replies[0]) <= 60 else ()
    try:
        value = json.loads(replies[0])
    except (ValueError, RecursionError):
        return ()
    found: Mapping[str, object] = value if isinstance(value, dict) else {}
    return tuple(text for text in found.values() if isinstance(text, str) and 2 <= len(text) <= 60)
