"""Find probable wrong labels: replies a classifier, trained on the other examples, finds unlikely while it is sure of
another one.

Only where replies are labels: short answers or fields of an object that many examples share. The rule is confident
learning (Northcutt, Jiang & Chuang 2021, "Confident learning: estimating uncertainty in dataset labels"): an example is
doubted when another label is at least as probable as that label is, on average, for the examples that carry it; and,
beyond that paper, when the given label is far less probable than its share of the corpus, whatever the other one. Of the
doubted, those with odds of at least ``sure_odds`` to 1 against the given label are held, the others are marked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Evidence, Example, Finding, Keep, Outcome
from tunewright.data.comparison import prompt_of, reply_of
from tunewright.data.doubts import Action, doubted, whole_turn
from tunewright.data.fold_groups import groups_of
from tunewright.data.label_model import fold_of, held_out_probabilities
from tunewright.data.steps import MeasuringStep, corpus_step

REASON = "wrong_label"
VERSION = 2
_MOST_CLASSES = 500
_LONGEST_LABEL = 80
_SMALLEST = 1e-4
"""probabilities are told to so much"""


class WrongLabelsOptions(Options):
    """What is a label, and how sure is sure."""

    decides: ClassVar[frozenset[str]] = frozenset({"sure_odds", "mark_odds", "unlikely", "sure", "unsure"})

    least_rows: int = Field(5, ge=2, description="a reply is a label when so many examples share it")
    label_share: float = Field(
        0.6,
        gt=0,
        le=1,
        description="share of a source's examples that must carry a label, else none of it is judged",
    )
    least_examples: int = Field(100, ge=10, description="with fewer labelled examples nothing is judged")
    least_recall: float = Field(
        0.5,
        ge=0,
        le=1,
        description="mean recall over the labels below which the classifier is no judge of anything",
    )
    folds: int = Field(
        5, ge=2, le=20, description="each example is judged by a classifier that saw the other folds"
    )
    sure_odds: float = Field(100, ge=1, description="odds against the given label from which on it is held")
    mark_odds: float = Field(4, ge=1, description="odds against the given label from which on it is marked")
    unlikely: float = Field(
        0.05,
        ge=0,
        le=1,
        description="a label below this part of its share of the corpus is doubted, whatever the other",
    )
    sure: Action = Field("hold", description="what happens to the sure ones: drop, hold or mark")
    unsure: Action = Field("mark", description="what happens to the others: drop, hold or mark")


@corpus_step("wrong_labels", version=VERSION)
def wrong_labels(options: WrongLabelsOptions) -> MeasuringStep:
    """Reason ``wrong_label``; the finding's note holds both probabilities and an example of the likelier label, by id.

    Measured: probability of the given label and of the likeliest other one, what that label's own examples have on
    average, the given label's share of the corpus, and the other label's most typical example.
    """

    def measure(batch: Sequence[Example]) -> list[Any]:
        return _measured(batch, options)

    def decide(batch: Sequence[Example], measured: Sequence[Any]) -> list[Outcome]:
        return [_judge(example, seen, options) for example, seen in zip(batch, measured, strict=True)]

    return MeasuringStep(measure, decide)


def _measured(batch: Sequence[Example], options: WrongLabelsOptions) -> list[Any]:
    """For every example whose label is less probable than another one."""
    told: list[Any] = [None] * len(batch)
    order = sorted(range(len(batch)), key=lambda at: batch[at].id)
    labelled, names = _labelled([batch[at] for at in order], options)
    if not labelled:
        return told
    places = [order[at] for at, _ in labelled]
    examples = [batch[at] for at in places]
    given = np.array([label for _, label in labelled], dtype=np.int64)
    groups = groups_of(examples)
    fold = np.array([fold_of(group, options.folds) for group in groups], dtype=np.int64)
    # Near-copies are still in the set that is measured: of those with one label, one is learned from.
    first: dict[tuple[str, int], int] = {}
    for at, label in enumerate(given.tolist()):
        first.setdefault((groups[at], label), at)
    learn = np.fromiter(first.values(), dtype=np.int64, count=len(first))
    prompts = [prompt_of(example) for example in examples]
    found = held_out_probabilities(prompts, given, fold, len(names), options.folds, learn=learn)
    if _mean_recall(found, given) < options.least_recall:
        return told
    typical = _Typical(found, given, examples)
    for at, other, own, best in _doubts(found, given):
        if best >= max(own, _SMALLEST):
            share = typical.share[int(given[at])]
            told[places[at]] = (own, best, typical.threshold[other], share, typical.example[other])
    return told


def _judge(example: Example, seen: Sequence[Any], options: WrongLabelsOptions) -> Outcome:
    own, best, usual, share, like = seen
    odds = best / max(own, _SMALLEST)
    if odds < options.mark_odds or (best < usual and own > options.unlikely * share):
        return Keep(example)
    sure = odds >= options.sure_odds
    evidence = (
        Evidence(REASON, "odds", round(odds, 2), options.sure_odds if sure else options.mark_odds, like),
        Evidence(
            REASON, "probability", round(own, 4), round(options.unlikely * share, 6), detail="given label"
        ),
        Evidence(REASON, "probability", round(best, 4), usual, like, "other label"),
    )
    return doubted(
        example,
        REASON,
        _finding(example, own, best, like),
        options.sure if sure else options.unsure,
        evidence,
    )


def _mean_recall(found: npt.NDArray[np.float32], given: npt.NDArray[np.int64]) -> float:
    """Share of each label's examples that the classifier gets right, averaged over the labels."""
    right = np.bincount(given, weights=found.argmax(axis=1) == given, minlength=found.shape[1])
    return float((right / np.maximum(np.bincount(given, minlength=found.shape[1]), 1)).mean())


def _doubts(
    found: npt.NDArray[np.float32], given: npt.NDArray[np.int64]
) -> list[tuple[int, int, float, float]]:
    """(place, likeliest other label, probability of the given one, of the other) for every example."""
    rows = np.arange(len(given))
    own = found[rows, given]
    others = found.copy()
    others[rows, given] = -1
    best = others.argmax(axis=1)
    return list(zip(rows.tolist(), best.tolist(), own.tolist(), others[rows, best].tolist(), strict=True))


class _Typical:
    """For each label the mean held-out probability of the examples that carry it, their share, and the most typical one."""

    def __init__(
        self, found: npt.NDArray[np.float32], given: npt.NDArray[np.int64], examples: Sequence[Example]
    ) -> None:
        classes = found.shape[1]
        own = found[np.arange(len(given)), given].astype(np.float64)
        count = np.bincount(given, minlength=classes)
        mean = np.bincount(given, weights=own, minlength=classes) / np.maximum(count, 1)
        self.threshold = np.round(np.where(count == 0, 1.0, mean), 3).tolist()
        self.share = (count / max(1, len(given))).tolist()
        self.example = [""] * classes
        for at in np.lexsort((np.arange(len(given)), -own)).tolist():
            if not self.example[given[at]]:
                self.example[given[at]] = examples[at].id


def _finding(example: Example, own: float, best: float, like: str) -> Finding | None:
    note = f"given label {own:.3f}, other label {best:.3f}, as in example {like[:12]}"
    return whole_turn(
        example, -1, REASON, best / (best + own) if best + own else 0.0, f"wrong_labels@{VERSION}", note
    )


def _labelled(
    examples: Sequence[Example], options: WrongLabelsOptions
) -> tuple[list[tuple[int, int]], list[str]]:
    """(place, number of its label) of the examples that carry one, and the labels; nothing when replies are no labels."""
    replies = [reply_of(example) for example in examples]
    short = [at for at, reply in enumerate(replies) if len(reply) == 1]
    fields = _label_fields([replies[at][0] for at in short], options)
    texts = {at: label for at in short if (label := _label(replies[at][0], fields))}
    shared = {label for label, rows in Counter(texts.values()).items() if rows >= options.least_rows}
    # A source whose replies are free text does not keep another one's labels from being judged.
    rows_of = Counter(example.origin.source for example in examples)
    labels_of = Counter(examples[at].origin.source for at, label in texts.items() if label in shared)
    judged = {name for name, rows in labels_of.items() if rows >= options.label_share * rows_of[name]}
    texts = {at: label for at, label in texts.items() if examples[at].origin.source in judged}
    counted = Counter(label for label in texts.values() if label in shared)
    names = sorted(label for label, rows in counted.items() if rows >= options.least_rows)
    if sum(counted[label] for label in names) < options.least_examples:
        return [], []
    if not 2 <= len(names) <= _MOST_CLASSES:
        return [], []
    number = {label: at for at, label in enumerate(names)}
    return [(at, number[label]) for at, label in sorted(texts.items()) if label in number], names


def _label(reply: str, fields: frozenset[str]) -> str:
    """The label a reply is or holds; empty when it holds none."""
    value = _object(reply)
    if value is None:
        return reply if len(reply) <= _LONGEST_LABEL else ""
    chosen = {key: value[key] for key in sorted(fields & set(value))}
    return json.dumps(chosen, sort_keys=True, ensure_ascii=False) if chosen else ""


def _label_fields(replies: Sequence[str], options: WrongLabelsOptions) -> frozenset[str]:
    """Fields of reply objects whose values repeat: on average at least ``least_rows`` examples a value."""
    values: dict[str, Counter[str]] = {}
    for reply in replies:
        for key, value in (_object(reply) or {}).items():
            if isinstance(value, (str, int, bool)) and len(str(value)) <= _LONGEST_LABEL:
                values.setdefault(key, Counter())[str(value)] += 1
    return frozenset(
        key
        for key, found in values.items()
        if len(found) > 1 and found.total() >= options.least_rows * len(found)
    )


def _object(reply: str) -> Mapping[str, Any] | None:
    if not reply.startswith("{"):
        return None
    try:
        value = json.loads(reply)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
