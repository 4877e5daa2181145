"""Drop what would let the model know the golden set: training examples that repeat an evaluation item.

Three ways to repeat one, over any user turn or all of them together: a near prompt (exact Jaccard similarity of
5-grams), a shared run of ``ngram`` words, or the whole item, if it has at least ``least_words`` words, inside a longer
text. A run that stands in more than ``common_above`` examples is a form letter, not a leak (the rule of Brown et al.
2020, "Language models are few-shot learners", appendix C).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Drop, Evidence, Example, Keep, Outcome
from tunewright.data.comparison import comparable, prompt_of
from tunewright.data.near import NearTexts
from tunewright.data.shingles import normal_form, word_shingles
from tunewright.data.steps import StepFn, corpus_step

_REASON = "contaminates_golden"
_REPEATS, _QUOTES = "the prompt is near the item's", "a run of the item's words stands in it"


class DecontaminateOptions(Options):
    """How much of a golden item a training example may hold."""

    threshold: float = Field(
        0.8, gt=0, le=1, description="Jaccard similarity from which on a prompt is the item's"
    )
    ngram: int = Field(13, ge=5, description="a shared run of so many words is a leak")
    least_words: int = Field(
        10, ge=3, description="an item of so many words is a leak when it stands inside a longer text"
    )
    common_above: int = Field(10, ge=1, description="a run found in more examples than this is a form letter")


@corpus_step("decontaminate", version=2)
def decontaminate(options: DecontaminateOptions, golden: Sequence[Example]) -> StepFn:
    """Drop reason ``contaminates_golden``, with the id of the golden item."""
    items = sorted(
        (example for example in golden if comparable(prompt_of(example))), key=lambda item: item.id
    )
    prompts = [prompt_of(item) for item in items]

    def run(batch: Sequence[Example]) -> list[Outcome]:
        if not items:
            return [Keep(example) for example in batch]
        owners, texts = _texts(batch)
        leaks = {
            text: (item, _REPEATS, "jaccard", similarity, options.threshold)
            for text, (item, similarity) in _near(prompts, texts, options.threshold).items()
        }
        for text, (item, size) in _quoted(prompts, texts, owners, options).items():
            leaks.setdefault(text, (item, _QUOTES, "shared_words", float(size), float(size)))
        found: dict[int, Evidence] = {}
        for text in sorted(leaks):
            item, detail, metric, value, limit = leaks[text]
            told = Evidence(_REASON, metric, round(value, 6), limit, items[item].id, detail)
            found.setdefault(owners[text], told)
        return [
            Drop(_REASON, found[place].of, evidence=(found[place],)) if place in found else Keep(example)
            for place, example in enumerate(batch)
        ]

    return run


def _texts(batch: Sequence[Example]) -> tuple[list[int], list[str]]:
    """What is looked at: the whole prompt and, of several user turns, each. First list: whose it is."""
    owners: list[int] = []
    texts: list[str] = []
    for place, example in enumerate(batch):
        turns = [message.content for message in example.messages if message.role == "user"]
        for text in [prompt_of(example), *(turns if len(turns) > 1 else [])]:
            if comparable(text):
                owners.append(place)
                texts.append(text)
    return owners, texts


def _near(prompts: Sequence[str], texts: Sequence[str], threshold: float) -> dict[int, tuple[int, float]]:
    """Index of the text -> index of the item it is near, and the similarity."""
    items, similarity = NearTexts([*prompts, *texts], threshold).nearest_of_first(len(prompts))
    return {text: (int(items[text]), float(similarity[text])) for text in np.flatnonzero(items >= 0).tolist()}


def _quoted(
    prompts: Sequence[str], texts: Sequence[str], owners: Sequence[int], options: DecontaminateOptions
) -> dict[int, tuple[int, int]]:
    """Index of the text -> index of the item of which it holds a run of words, and how many words."""
    forms = [normal_form(text) for text in texts]
    words = np.fromiter((form.count(" ") + 1 for form in forms), dtype=np.int64, count=len(forms))
    by_size: dict[int, list[int]] = {}
    for item, prompt in enumerate(prompts):
        size = min(normal_form(prompt).count(" ") + 1, options.ngram)
        if size >= min(options.least_words, options.ngram):
            by_size.setdefault(size, []).append(item)
    found: dict[int, tuple[int, int]] = {}
    for size, members in sorted(by_size.items(), reverse=True):
        places = np.flatnonzero(words >= size).tolist()
        theirs = word_shingles([forms[place] for place in places], size)
        own = word_shingles([normal_form(prompts[item]) for item in members], size)
        item_of: dict[int, int] = {}
        for member, start, end in zip(
            members, own.starts[:-1].tolist(), own.starts[1:].tolist(), strict=True
        ):
            for value in own.values[start:end].tolist():
                item_of.setdefault(value, member)
        hits = np.flatnonzero(np.isin(theirs.values, own.values))
        holders: dict[int, dict[int, int]] = {}
        for hit, place in zip(
            hits.tolist(), np.searchsorted(theirs.starts, hits, side="right").tolist(), strict=True
        ):
            text = places[place - 1]
            holders.setdefault(int(theirs.values[hit]), {}).setdefault(owners[text], text)
        for value in sorted(holders, key=lambda value: item_of[value]):
            if len(holders[value]) <= options.common_above:
                for text in holders[value].values():
                    found.setdefault(text, (item_of[value], size))
    return found
