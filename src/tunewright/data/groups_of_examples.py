"""Which group an example belongs to, for bringing groups to target shares."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from tunewright.core.ports import Embedder, LanguageIdentifier
from tunewright.core.types import Example
from tunewright.data.comparison import is_label, prompt_of, reply_of
from tunewright.metrics.clusters import NOWHERE, cluster_count, spherical_kmeans

By = Literal["label", "tag", "source", "language", "cluster"]
_LONGEST = 60


def groups_by(
    by: By,
    examples: Sequence[Example],
    *,
    field: str,
    clusters: int,
    seed: int,
    embedder: Embedder | None,
    language: LanguageIdentifier | None,
) -> list[str]:
    """The group of each example, whatever their order; empty where it has none.

    ``label``: the reply, or its ``field``, where that is a label; ``tag``: the label ``tag:...`` of the example;
    ``language``: of the prompt; ``cluster``: of the prompt, in the space of the embedder.
    """
    if by == "label":
        return [_short(_label(example, field)) for example in examples]
    if by == "tag":
        return [_short(example.label(field or "tag")) for example in examples]
    if by == "source":
        return [_short(example.origin.source) for example in examples]
    if by == "language" and language is not None:
        return [found for found, _ in language.identify([prompt_of(example) for example in examples])]
    if by == "cluster" and embedder is not None:
        return _clusters(examples, clusters, seed, embedder)
    raise ValueError(f"groups by {by} need an engine that was not given")


def _label(example: Example, field: str) -> str:
    reply = reply_of(example)
    if not field:
        return " / ".join(reply) if reply and is_label(reply) else ""
    for turn in reversed(reply):
        try:
            value = json.loads(turn) if turn[:1] == "{" else None
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and isinstance(value.get(field), (str, int, bool)):
            return str(value[field])
    return ""


def _clusters(examples: Sequence[Example], wanted: int, seed: int, embedder: Embedder) -> list[str]:
    if not examples:
        return []
    order = sorted(range(len(examples)), key=lambda at: examples[at].id)
    rows = embedder.embed([prompt_of(examples[at]) for at in order])
    if not rows.any():
        return [""] * len(examples)
    found = spherical_kmeans(rows, wanted or cluster_count(len(rows), most=60), seed=seed)
    names = [""] * len(examples)
    for place, label in zip(order, found.labels.tolist(), strict=True):
        names[place] = "" if label == NOWHERE else f"cluster-{label:02d}"
    return names


def _short(text: str) -> str:
    """One line, no control characters, not too long: it becomes part of a reason."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))[:_LONGEST]
