"""Drop every repetition of a whole conversation but the earliest."""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.core.options import Options
from tunewright.core.types import Drop, Evidence, Example, Keep, Outcome
from tunewright.data.comparison import conversation_of, ranked
from tunewright.data.steps import StepFn, corpus_step


class ExactDuplicatesOptions(Options):
    """Nothing to set: equal is equal."""


@corpus_step("exact_duplicates", version=1)
def exact_duplicates(options: ExactDuplicatesOptions) -> StepFn:
    """Drop reason ``exact_duplicate``, with the id of the kept twin. System turns are not compared."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        first: dict[tuple[tuple[str, str], ...], str] = {}
        outcomes: list[Outcome] = [Keep(example) for example in batch]
        for index in ranked(batch):
            example = batch[index]
            kept = first.setdefault(conversation_of(example), example.id)
            if kept != example.id:
                told = Evidence("exact_duplicate", "equal_turns", of=kept, detail="but for system turns")
                outcomes[index] = Drop("exact_duplicate", of=kept, evidence=(told,))
        return outcomes

    return run
