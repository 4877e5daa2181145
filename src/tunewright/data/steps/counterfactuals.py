"""Add counterfactual children of training examples: the same conversation with names, gendered words or places exchanged.

So a model cannot learn that an answer depends on them. A child stands in the train split beside its parent, with the
parent's origin (source row, thread, person, licence), an id made of the parent's id and the kind of exchange, and the
labels `child-of:<id>` and `swap:<kind>`: whatever finds the source row or the person finds it. What would come near a
held-out or golden prompt, or repeats a training example, is not made. Which candidates are taken, when there are more than
the share allows, a hash of seed, id and kind says.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field

from tunewright.core.canonical import digest
from tunewright.core.options import Options
from tunewright.core.types import Example, Message
from tunewright.data.comparison import comparable, conversation_of, prompt_of
from tunewright.data.counterfactual import KINDS, NOTHING, Kind, exchanged
from tunewright.data.mix import is_general
from tunewright.data.near import NearTexts
from tunewright.data.steps import PlantFn, Planting, adding_step

NAME, VERSION = "counterfactuals", 1
CHILD = "child-of:"
_NOT_THE_CHILDS = ("repeat:", "doubt:")


class CounterfactualsOptions(Options):
    """What is exchanged, and how many children there may be."""

    kinds: tuple[Kind, ...] = Field(
        KINDS,
        min_length=1,
        description="pronouns (with gendered nouns and names), names (of another region), places",
    )
    share: float = Field(0.1, gt=0, le=1, description="children per training example of the task, at most")
    threshold: float = Field(
        0.7, gt=0, le=1, description="children as similar as this to a held-out or golden prompt are not made"
    )


@adding_step(NAME, version=VERSION)
def counterfactuals(options: CounterfactualsOptions, seed: int, golden: Sequence[Example]) -> PlantFn:
    """Answers children labelled ``child-of:<id>``, ``swap:<kind>``, ``split:train``; how often none was made, by why."""

    def run(examples: Sequence[Example]) -> Planting:
        told: Counter[str] = Counter()
        parents = [example for example in examples if _may_have_children(example)]
        made = []
        for example in parents:
            for kind in dict.fromkeys(options.kinds):
                answer = exchanged(example.messages, kind)
                if answer.reason:
                    told[f"{kind}_{answer.reason}"] += answer.reason != NOTHING
                else:
                    made.append(_child(example, kind, answer.messages))
        made.sort(key=lambda child: _position(child, seed))
        made = _unlike_held_out(made, [*examples, *golden], options.threshold, told)
        made = _new(made, examples, told)
        most = math.floor(options.share * len(parents) + 1e-9)
        told["over_share"] = max(0, len(made) - most)
        made = made[:most]
        for child in made:
            told[child.label("swap")] += 1
        return Planting(tuple(made), measured={key: told[key] for key in sorted(told) if told[key]})

    return run


def _may_have_children(example: Example) -> bool:
    return (
        example.label("split") in ("", "train")
        and not example.label("canary")
        and not example.label("child-of")
        and not is_general(example)
    )


def _child(parent: Example, kind: Kind, messages: tuple[Message, ...]) -> Example:
    labels = tuple(label for label in parent.labels if not label.startswith((*_NOT_THE_CHILDS, "split:")))
    return replace(
        parent,
        id=digest([NAME, parent.id, kind]),
        messages=messages,
        history=(*parent.history, f"{NAME}@{VERSION}"),
        labels=(*labels, "split:train", f"{CHILD}{parent.id}", f"swap:{kind}"),
    )


def _position(child: Example, seed: int) -> bytes:
    return hashlib.sha256(f"{NAME}\x1f{seed}\x1f{child.id}".encode()).digest()


def _unlike_held_out(
    made: list[Example], others: Sequence[Example], threshold: float, told: Counter[str]
) -> list[Example]:
    """Those whose prompt is not near one that is measured with."""
    held = sorted(
        {
            prompt
            for example in others
            if example.reference or example.label("split") in ("validation", "test")
            if comparable(prompt := prompt_of(example))
        }
    )
    asked = [child for child in made if comparable(prompt_of(child))]
    if not held or not asked:
        return made
    nearest, _ = NearTexts([*held, *map(prompt_of, asked)], threshold).nearest_of_first(len(held))
    near = {child.id for child, item in zip(asked, nearest.tolist(), strict=True) if item >= 0}
    told["near_held_out"] = len(near)
    return [child for child in made if child.id not in near]


def _new(made: Sequence[Example], examples: Sequence[Example], told: Counter[str]) -> list[Example]:
    """Those that say what no example and no other child says."""
    seen = {conversation_of(example) for example in examples}
    fresh = []
    for child in made:
        said = conversation_of(child)
        if said in seen:
            told["already_there"] += 1
        else:
            seen.add(said)
            fresh.append(child)
    return fresh
