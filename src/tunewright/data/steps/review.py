"""What experts said about whole examples: a rejected one is dropped, a corrected one gets its new answer.

It is the first step, so that a corrected answer goes through all the others as if the source had it. A build puts it in
front by itself once there is something to apply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tunewright.core.options import Options
from tunewright.core.types import Drop, Example, Keep, Message, Outcome
from tunewright.data.review_examples import REJECTED, Judged, origin_key
from tunewright.data.steps import StepFn, step


class ReviewStepOptions(Options):
    """Nothing to choose."""


@step("review", version=1)
def review(options: ReviewStepOptions, judgements: Mapping[str, Judged]) -> StepFn:
    """Drop reason ``rejected``, reason ``corrected`` for a changed answer (the last assistant turn).

    judgements: ``review_examples.origin_key`` -> what was said. A row whose content changed has another key, so what was
    said about its old content does not touch it.
    """

    def run(batch: Sequence[Example]) -> list[Outcome]:
        return [_apply(example, judgements) for example in batch]

    return run


def _apply(example: Example, judgements: Mapping[str, Judged]) -> Outcome:
    found = judgements.get(origin_key(example.origin.source, example.origin.digest)) if judgements else None
    if found is None:
        return Keep(example)
    if found.verdict == REJECTED:
        return Drop("rejected")
    places = [place for place, message in enumerate(example.messages) if message.role == "assistant"]
    if not found.correction or not places or example.messages[places[-1]].content == found.correction:
        return Keep(example)
    messages = list(example.messages)
    messages[places[-1]] = Message("assistant", found.correction)
    return Keep(replace(example, messages=tuple(messages)), reasons=("corrected",))
