"""General data beside the task's own: which examples are general, and which steps leave them alone.

A source with ``role: general`` brings examples against forgetting: other subjects, other answers. Steps that judge whether
an example belongs to the task would throw them out, or learn from them what the task looks like; these steps see the
task's examples only. All other steps (form, language, duplicates, personal data, golden contamination, ...) see both.
"""

from __future__ import annotations

from collections.abc import Sequence

from tunewright.core.errors import ConfigError
from tunewright.core.types import Example
from tunewright.data.options import DataOptions

GENERAL = "role:general"
"""label of an example from a general source"""
TASK_STEPS = frozenset({"off_topic", "wrong_labels", "perplexity", "stale", "split", "resample"})
"""steps that judge by what the task is like: general examples pass them unseen"""


def is_general(example: Example) -> bool:
    """Whether it comes from a source with ``role: general``."""
    return GENERAL in example.labels


def places_judged(name: str, examples: Sequence[Example]) -> Sequence[int]:
    """Places of the examples that the step ``name`` may see."""
    if name not in TASK_STEPS:
        return range(len(examples))
    return [at for at, example in enumerate(examples) if not is_general(example)]


def check_roles(options: DataOptions) -> None:
    """Raises ConfigError when a general source would be trained on without the step that bounds it, or before its time."""
    general = [source for source in options.sources if source.role == "general"]
    if not general:
        return
    steps = [step.use for step in options.steps]
    if "mix" not in steps:
        raise ConfigError(
            f"data.sources: {general[0].name or general[0].file_name} has `role: general`, but data.steps has no `mix`",
            hint="add `use: mix` with a `share` after `split`, or give the source no role",
            source=general[0].name or general[0].file_name,
        )
    late = [step for step in steps[steps.index("mix") :] if step in ("split", "resample")]
    if late or "split" not in steps:
        raise ConfigError(
            f"data.steps: `mix` stands before `{late[0] if late else 'split'}`",
            hint="the order is split, resample, mix: only then it is known what is held out and how much is trained on",
        )
