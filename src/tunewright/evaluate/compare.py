"""From answers to scores: each model's own, its slices, and paired comparisons on the same items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunewright.core.types import Example, Score
from tunewright.metrics.catalog import Metric
from tunewright.metrics.paired import is_binary
from tunewright.metrics.scores import difference_score, mcnemar_score, mean_score
from tunewright.metrics.text import INVALID, field, parse_json

TUNED, BASE, PRODUCTION, LINEAR = "", "base", "production", "linear"
"""who answered; also the prefix of its score names (``base.exact_match``)"""
_COMPARED = {BASE: "difference", PRODUCTION: "difference_production"}

Hits = Mapping[str, Mapping[str, Sequence[float]]]
"""who -> metric -> one value an item"""


def hits_of(
    answers: Sequence[str], items: Sequence[Example], metrics: Sequence[Metric]
) -> dict[str, list[float]]:
    """Metric -> one value an item. Raises UsageError where a reference does not suit the metric."""
    return {
        metric.name: [
            metric.score(answer, item.reference) for answer, item in zip(answers, items, strict=True)
        ]
        for metric in metrics
    }


def all_scores(hits: Hits, items: Sequence[Example], metrics: Sequence[Metric], primary: str) -> list[Score]:
    """Every score of an evaluation, the model's own first."""
    scores: list[Score] = []
    for metric in metrics:
        for who, values in hits.items():
            name = f"{who}.{metric.name}" if who else metric.name
            scores.append(mean_score(name, metric.signature, values[metric.name]))
        for other, name in _COMPARED.items():
            if other in hits:
                scores += _against(metric, hits[TUNED][metric.name], hits[other][metric.name], name)
    for tag, chosen in slices(items).items():
        scores += _slice(hits, metrics, primary, tag, chosen)
    return scores


def _against(metric: Metric, tuned: Sequence[float], other: Sequence[float], name: str) -> list[Score]:
    found = [difference_score(f"{name}.{metric.name}", metric.signature, tuned, other)]
    if is_binary(tuned) and is_binary(other):
        p_name = "mcnemar_p" + name.removeprefix("difference")
        found.append(mcnemar_score(f"{p_name}.{metric.name}", metric.signature, tuned, other))
    return found


def slices(items: Sequence[Example]) -> dict[str, list[int]]:
    """Slice name (``tag=cards``; ``golden=...`` where there are several sets) -> item numbers."""
    found: dict[str, list[int]] = {}
    several = len({item.origin.source for item in items}) > 1
    for number, item in enumerate(items):
        tags = {mark.partition(":")[2] for mark in item.labels if mark.startswith("tag:")}
        for tag in sorted(tags):
            found.setdefault(f"tag={tag}", []).append(number)
        if several:
            found.setdefault(f"golden={item.origin.source}", []).append(number)
    return dict(sorted(found.items()))


def _slice(
    hits: Hits, metrics: Sequence[Metric], primary: str, tag: str, chosen: Sequence[int]
) -> list[Score]:
    scores = []
    for metric in metrics:
        tuned = [hits[TUNED][metric.name][i] for i in chosen]
        scores.append(mean_score(metric.name, metric.signature, tuned, slice_=tag))
        if metric.name != primary:
            continue
        for other, name in _COMPARED.items():
            if other in hits:
                values = [hits[other][metric.name][i] for i in chosen]
                scores.append(mean_score(f"{other}.{metric.name}", metric.signature, values, slice_=tag))
                scores.append(
                    difference_score(f"{name}.{metric.name}", metric.signature, tuned, values, slice_=tag)
                )
    return scores


@dataclass(frozen=True, slots=True)
class Confusion:
    """A kind of mistake: what was expected, what was answered, and the items it happened to."""

    expected: str
    answered: str
    items: tuple[int, ...]


def confusions(
    answers: Sequence[str], items: Sequence[Example], wrong: Sequence[int], primary: str
) -> list[Confusion]:
    """The wrong items grouped by (expected, answered), most frequent first.

    For a JSON field metric the two are the field's values; else the whole texts. An answer that is no JSON where JSON was
    asked is one group a reference.
    """
    groups: Counter[tuple[str, str]] = Counter()
    members: dict[tuple[str, str], list[int]] = {}
    for number in wrong:
        key = (_shown(items[number].reference, primary), _shown(answers[number], primary))
        groups[key] += 1
        members.setdefault(key, []).append(number)
    ordered = sorted(groups, key=lambda key: (-groups[key], key))
    return [
        Confusion(expected, answered, tuple(members[expected, answered])) for expected, answered in ordered
    ]


def _shown(text: str, primary: str) -> str:
    head, _, name = primary.partition(":")
    if head != "json_field":
        return text.strip() or "(nothing)"
    value = parse_json(text)
    if value is INVALID:
        return "(not JSON)"
    found = field(value, name)
    return "(no such field)" if found is INVALID else found if isinstance(found, str) else repr(found)
