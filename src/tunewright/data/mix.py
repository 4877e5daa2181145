"""General data beside the task's own: which examples are general, and which steps leave them alone.

A source with ``role: general`` brings examples against forgetting: other subjects, other answers. Steps that judge whether
an example belongs to the task would throw them out, or learn from them what the task looks like; these steps see the
task's examples only. All other steps (form, language, duplicates, personal data, golden contamination, ...) see both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tunewright.core.types import Example, Keep, Outcome
from tunewright.data.steps import Measured

GENERAL = "role:general"
"""label of an example from a general source"""
TASK_STEPS = frozenset(
    {"boilerplate", "off_topic", "wrong_form", "wrong_labels", "perplexity", "stale", "split", "resample"}
)
"""steps that judge by what the task is like: general examples pass them unseen"""


def is_general(example: Example) -> bool:
    """Whether it comes from a source with ``role: general``."""
    return GENERAL in example.labels


def beside_general(
    name: str, examples: Sequence[Example], ask: Callable[[Sequence[Example]], Measured]
) -> Measured:
    """The outcomes of the step ``name`` for all ``examples``, where it is asked only about those it may judge."""
    if name not in TASK_STEPS or not any(map(is_general, examples)):
        return ask(examples)
    judged = ask([example for example in examples if not is_general(example)])
    answers = iter(judged)
    outcomes: list[Outcome] = [
        Keep(example) if is_general(example) else next(answers) for example in examples
    ]
    return Measured(outcomes, judged.measured)
