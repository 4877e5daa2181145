"""Find examples that have nothing to do with the task: lunch plans beside bank tickets.

Two similarities of a user's text, in the space of the embedding engine: to the bulk (mean over the nearest ``topic_share``
of the corpus, so that a group of chatter smaller than that cannot vouch for itself) and to the golden set (mean over its
nearest items). Both are told as distance below the median in units of the median absolute deviation, and weighed by how
many golden items there are; a reply of the task's own kind vouches for its prompt. The rule is the k-nearest-neighbour
outlier score of Ramaswamy, Rastogi & Shim 2000 ("Efficient algorithms for mining outliers"), with robust thresholds
(Iglewicz & Hoaglin 1993).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.ports import Embedder
from tunewright.core.types import Evidence, Example, Keep, Outcome
from tunewright.data.comparison import reply_of
from tunewright.data.doubts import Action, doubted, whole_turn
from tunewright.data.steps import MeasuringStep, corpus_step

REASON = "off_topic"
VERSION = 2
_BLOCK = 1024
_NORMAL = 1.4826
"""median absolute deviation -> standard deviation, for a normal distribution"""
_LEAST_SPREAD = 0.03
"""a corpus in one cluster has no spread to measure by"""
_DIGITS = 3
_LEAST_SHARED = 5

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


class OffTopicOptions(Options):
    """How far is too far."""

    decides: ClassVar[frozenset[str]] = frozenset({"hold_from", "drop_from", "hold", "far", "vouched"})

    hold_from: float = Field(
        2.0, gt=0, description="robust deviations below the median from which on a person is asked"
    )
    drop_from: float = Field(
        4.0, gt=0, description="robust deviations below the median from which on it is dropped"
    )
    hold: Action = Field("hold", description="what happens between the two: drop, hold or mark")
    far: Action = Field("drop", description="what happens beyond `drop_from`: drop, hold or mark")
    topic_share: float = Field(
        0.01, gt=0, lt=0.5, description="what so large a share of the corpus is about is a topic of its own"
    )
    vouched: float = Field(
        1.5,
        ge=1,
        description="by what the deviation is divided where the reply is of a kind that the corpus is about",
    )
    least_rows: int = Field(100, ge=10, description="smaller corpora have no bulk: nothing is judged")
    references: int = Field(20_000, ge=100, description="at most so many examples stand for the bulk")
    golden_neighbours: int = Field(3, ge=1, description="golden items a text is compared with")
    golden_weight: int = Field(
        500,
        ge=0,
        description="with so many items the golden set counts as much as the bulk; 0: it does not count",
    )


@corpus_step("off_topic", version=VERSION)
def off_topic(options: OffTopicOptions, embedder: Embedder, golden: Sequence[Example]) -> MeasuringStep:
    """Reason ``off_topic``; the finding's note holds the similarities and the deviation.

    Measured: robust deviations below the median, similarity to the bulk, whether the reply vouches for the prompt.
    """
    found_by = f"off_topic@{VERSION}+{embedder.version}"

    def measure(batch: Sequence[Example]) -> list[Any]:
        told: list[Any] = [None] * len(batch)
        if len(batch) < options.least_rows:
            return told
        order = sorted(range(len(batch)), key=lambda at: batch[at].id)
        texts = [_text(batch[at]) for at in order]
        items = sorted({_text(item) for item in golden} - {""})
        deviation, bulk = _deviations(texts, items, embedder, options)
        vouched = _vouched([batch[at] for at in order], options.topic_share)
        for place, far, near, known in zip(
            order, deviation.tolist(), bulk.tolist(), vouched.tolist(), strict=True
        ):
            if far > 0:
                told[place] = (far, near, known)
        return told

    def decide(batch: Sequence[Example], measured: Sequence[Any]) -> list[Outcome]:
        return [
            _judge(example, seen, options, found_by) for example, seen in zip(batch, measured, strict=True)
        ]

    return MeasuringStep(measure, decide)


def _judge(example: Example, seen: Sequence[Any], options: OffTopicOptions, found_by: str) -> Outcome:
    measured, near, vouched = seen
    far = measured / options.vouched if vouched else measured
    if far < options.hold_from:
        return Keep(example)
    note = f"similarity to the bulk {near:.3f}, {far:.2f} robust deviations below the median"
    finding = whole_turn(
        example, _first_user(example), REASON, min(0.99, far / (2 * options.drop_from)), found_by, note
    )
    sure = far >= options.drop_from
    limit = options.drop_from if sure else options.hold_from
    evidence = (
        Evidence(REASON, "robust_deviations", round(far, 3), limit, detail="below the median"),
        Evidence(
            REASON, "cosine", near, detail="to the bulk" + (", reply of a known kind" if vouched else "")
        ),
    )
    return doubted(example, REASON, finding, options.far if sure else options.hold, evidence)


def _text(example: Example) -> str:
    return "\n".join(message.content for message in example.messages if message.role == "user")


def _vouched(examples: Sequence[Example], share: float) -> npt.NDArray[np.bool_]:
    """Which replies are of a kind (the fields of an object, else the very words) so large a share of the corpus has.

    Somebody who answered chatter with the labels of the task thought it was no chatter.
    """
    kinds = [_kind(reply_of(example)) for example in examples]
    counted = Counter(kinds)
    least = max(_LEAST_SHARED, share * len(examples))
    return np.array([counted[kind] >= least for kind in kinds], dtype=np.bool_)


def _kind(replies: tuple[str, ...]) -> str:
    reply = replies[-1] if replies else ""
    if reply.startswith("{"):
        try:
            value = json.loads(reply)
        except (ValueError, RecursionError):
            return reply
        return json.dumps(sorted(value)) if isinstance(value, dict) else reply
    return reply


def _first_user(example: Example) -> int:
    return next((at for at, message in enumerate(example.messages) if message.role == "user"), 0)


def _deviations(
    texts: Sequence[str], items: Sequence[str], embedder: Embedder, options: OffTopicOptions
) -> tuple[F64, F64]:
    """(robust deviations below the median, similarity to the bulk), shape (texts,). A text with nothing in it: (0, 0)."""
    spread = np.unique(
        np.linspace(0, len(texts) - 1, min(len(texts), options.references)).round().astype(np.int64)
    )
    reference = embedder.embed([texts[at] for at in spread])
    every = reference if len(spread) == len(texts) else None
    reference = reference[np.any(reference != 0, axis=1)]
    anchors = (
        embedder.embed(items)
        if items and options.golden_weight
        else np.zeros((0, reference.shape[1]), np.float32)
    )
    nearest = max(1, round(options.topic_share * len(reference)))
    bulk = np.zeros(len(texts))
    anchored = np.zeros(len(texts))
    silent = np.zeros(len(texts), dtype=np.bool_)
    for start in range(0, len(texts), _BLOCK):
        end = start + _BLOCK
        rows = embedder.embed(texts[start:end]) if every is None else every[start:end]
        part = slice(start, start + len(rows))
        silent[part] = ~np.any(rows != 0, axis=1)
        # One more than asked for: a text is usually its own nearest neighbour.
        bulk[part] = _mean_of_nearest(rows, reference, nearest + 1, leave_out=1)
        anchored[part] = _mean_of_nearest(rows, anchors, options.golden_neighbours)
    total = _below(bulk, ~silent)
    if len(anchors):
        weight = len(anchors) / (len(anchors) + options.golden_weight)
        from_golden = _below(anchored, ~silent)
        total = (1 - weight) * total + weight * from_golden
        # As near to the golden set as half of the corpus is: on topic, whatever the bulk is about.
        total[from_golden <= 0] = np.minimum(total[from_golden <= 0], 0.0)
    total[silent] = 0.0
    return np.round(total, _DIGITS), np.round(bulk, _DIGITS)


def _mean_of_nearest(rows: F32, others: F32, count: int, leave_out: int = 0) -> F64:
    """Mean cosine similarity to the ``count`` nearest of ``others`` but for the ``leave_out`` nearest of all."""
    if not len(others):
        return np.zeros(len(rows))
    count = min(count, len(others))
    near = rows @ others.T
    near.partition(len(others) - count, axis=1)
    nearest = np.sort(near[:, len(others) - count :], axis=1)[:, : max(1, count - leave_out)]
    mean: F64 = np.round(nearest.mean(axis=1, dtype=np.float64), _DIGITS)
    return mean


def _below(values: F64, counted: npt.NDArray[np.bool_]) -> F64:
    """How many robust deviations each value lies below the median of the counted ones."""
    if not counted.any():
        return np.zeros(len(values))
    middle = float(np.median(values[counted]))
    deviation = max(_LEAST_SPREAD, _NORMAL * float(np.median(np.abs(values[counted] - middle))))
    below: F64 = (middle - values) / deviation
    return below
