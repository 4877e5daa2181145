"""Take out texts that give orders to the model instead of asking it something: prompt injection and jailbreaks.

A model trained on such a prompt with a normal answer learns little; trained on one that was obeyed, it learns to
obey. Rules and
limits: ``tunewright.data.injection``. System turns are the owner's and are not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Evidence, Example, Outcome
from tunewright.data.doubts import judged, turn_finding
from tunewright.data.injection import injection
from tunewright.data.steps import MeasuringStep, step

_VERSION = 1
_FOUND_BY = f"prompt_injection@{_VERSION}"


class PromptInjectionOptions(Options):
    """How sure one must be, and which turns are read."""

    decides: ClassVar[frozenset[str]] = frozenset({"drop_from", "hold_from"})

    replies: bool = Field(False, description="read replies too (where the data holds answers of models)")
    drop_from: float = Field(0.8, ge=0, le=1, description="drop at this confidence")
    hold_from: float = Field(0.6, ge=0, le=1, description="between the two, ask a person")


@step("prompt_injection", version=_VERSION)
def prompt_injection(options: PromptInjectionOptions, decisions: Mapping[str, str]) -> MeasuringStep:
    """Reason ``prompt_injection``: dropped from ``drop_from`` on, held from ``hold_from`` on.

    The note names the families of evidence (override, control_token, fake_turn, role, unbound, to_the_model,
    extraction,
    forced_answer, tool, hidden, exfiltration; ``payload`` where it was encoded).
    """
    roles = ("user", "assistant") if options.replies else ("user",)

    def measure(batch: Sequence[Example]) -> list[Any]:
        return [_worst(example, roles) for example in batch]

    def decide(batch: Sequence[Example], measured: Sequence[Any]) -> list[Outcome]:
        return [
            _judge(example, seen, options, decisions) for example, seen in zip(batch, measured, strict=True)
        ]

    return MeasuringStep(measure, decide)


def _worst(example: Example, roles: Sequence[str]) -> tuple[int, float, str] | None:
    """Turn, confidence and families of the turn that gives orders most surely."""
    worst: tuple[int, float, str] | None = None
    for turn, message in enumerate(example.messages):
        if message.role not in roles:
            continue
        seen = injection(message.content)
        if seen is not None and (worst is None or seen.confidence > worst[1]):
            worst = (turn, seen.confidence, "+".join(("payload",) * seen.payload + seen.families))
    return worst


def _judge(
    example: Example, seen: Sequence[Any], options: PromptInjectionOptions, decisions: Mapping[str, str]
) -> Outcome:
    turn, confidence, told = seen
    note = f"{told} {confidence:.2f}, drop from {options.drop_from:g}"
    finding = turn_finding(example, turn, "prompt_injection", confidence, _FOUND_BY, note)
    return judged(
        example,
        "prompt_injection",
        finding,
        decisions,
        drop_from=options.drop_from,
        hold_from=options.hold_from,
        seen=(Evidence("prompt_injection", "families", detail=told, finding=0),),
    )
