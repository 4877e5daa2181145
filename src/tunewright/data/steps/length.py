"""Drop examples whose prompt or reply is shorter or longer than wanted. By default only what no model can be trained on."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, model_validator

from tunewright.core.options import Options
from tunewright.core.types import Drop, Evidence, Example, Keep, Outcome
from tunewright.data.steps import StepFn, step


class LengthOptions(Options):
    """Limits in characters, white space outside not counted; 0 sets no limit."""

    min_prompt_chars: int = Field(0, ge=0, description="the last user turn")
    max_prompt_chars: int = Field(100_000, ge=0, description="any user turn; 0: no limit")
    min_reply_chars: int = Field(0, ge=0, description="any assistant turn")
    max_reply_chars: int = Field(100_000, ge=0, description="any assistant turn; 0: no limit")
    min_reply_words: int = Field(0, ge=0, description="any assistant turn")

    @model_validator(mode="after")
    def _ordered(self) -> LengthOptions:
        for what in ("prompt", "reply"):
            low, high = getattr(self, f"min_{what}_chars"), getattr(self, f"max_{what}_chars")
            if high and low > high:
                raise ValueError(f"min_{what}_chars {low} is above max_{what}_chars {high}; lower it")
        return self


@step("length", version=1)
def length(options: LengthOptions) -> StepFn:
    """Reasons ``prompt_too_short``, ``prompt_too_long``, ``reply_too_short``, ``reply_too_long``."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        return [
            Drop(told.reason, evidence=(told,)) if (told := _evidence(example, options)) else Keep(example)
            for example in batch
        ]

    return run


def _evidence(example: Example, options: LengthOptions) -> Evidence | None:
    """The first limit that a turn breaks, with its size."""
    prompts = [len(turn.content.strip()) for turn in example.messages if turn.role == "user"]
    replies = [turn.content.strip() for turn in example.messages if turn.role == "assistant"]
    sizes = [len(text) for text in replies]
    if prompts and prompts[-1] < options.min_prompt_chars:
        return _broken("prompt_too_short", "characters", prompts[-1], options.min_prompt_chars)
    if options.max_prompt_chars and prompts and max(prompts) > options.max_prompt_chars:
        return _broken("prompt_too_long", "characters", max(prompts), options.max_prompt_chars)
    if sizes and min(sizes) < options.min_reply_chars:
        return _broken("reply_too_short", "characters", min(sizes), options.min_reply_chars)
    if options.min_reply_words and replies:
        fewest = min(len(text.split()) for text in replies)
        if fewest < options.min_reply_words:
            return _broken("reply_too_short", "words", fewest, options.min_reply_words)
    if options.max_reply_chars and sizes and max(sizes) > options.max_reply_chars:
        return _broken("reply_too_long", "characters", max(sizes), options.max_reply_chars)
    return None


def _broken(reason: str, metric: str, value: int, limit: int) -> Evidence:
    return Evidence(reason, metric, float(value), float(limit))
