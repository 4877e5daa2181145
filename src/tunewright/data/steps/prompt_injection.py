"""Take out texts that give orders to the model instead of asking it something: prompt injection and jailbreaks.

A model trained on such a prompt with a normal answer learns little; trained on one that was obeyed, it learns to
obey. Rules and
limits: ``tunewright.data.injection``. System turns are the owner's and are not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Example, Finding, Keep, Outcome
from tunewright.data.doubts import judged, turn_finding
from tunewright.data.injection import injection
from tunewright.data.steps import StepFn, step

_VERSION = 1
_FOUND_BY = f"prompt_injection@{_VERSION}"


class PromptInjectionOptions(Options):
    """How sure one must be, and which turns are read."""

    replies: bool = Field(False, description="read replies too (where the data holds answers of models)")
    drop_from: float = Field(0.8, ge=0, le=1, description="drop at this confidence")
    hold_from: float = Field(0.6, ge=0, le=1, description="between the two, ask a person")


@step("prompt_injection", version=_VERSION)
def prompt_injection(options: PromptInjectionOptions, decisions: Mapping[str, str]) -> StepFn:
    """Reason ``prompt_injection``: dropped from ``drop_from`` on, held from ``hold_from`` on.

    The note names the families of evidence (override, control_token, fake_turn, role, unbound, to_the_model,
    extraction,
    forced_answer, tool, hidden, exfiltration; ``payload`` where it was encoded).
    """
    roles = ("user", "assistant") if options.replies else ("user",)

    def run(batch: Sequence[Example]) -> list[Outcome]:
        return [_judge(example, roles, options, decisions) for example in batch]

    return run


def _judge(
    example: Example, roles: Sequence[str], options: PromptInjectionOptions, decisions: Mapping[str, str]
) -> Outcome:
    worst: Finding | None = None
    for turn, message in enumerate(example.messages):
        if message.role not in roles:
            continue
        seen = injection(message.content)
        if seen is None or (worst is not None and seen.confidence <= worst.confidence):
            continue
        told = "+".join(("payload",) * seen.payload + seen.families)
        note = f"{told} {seen.confidence:.2f}, drop from {options.drop_from:g}"
        worst = turn_finding(example, turn, "prompt_injection", seen.confidence, _FOUND_BY, note)
    if worst is None:
        return Keep(example)
    return judged(
        example,
        "prompt_injection",
        worst,
        decisions,
        drop_from=options.drop_from,
        hold_from=options.hold_from,
    )
