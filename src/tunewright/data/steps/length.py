"""Drop examples whose prompt or reply is shorter or longer than wanted. By default only what no model can be trained on."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, model_validator

from tunewright.core.options import Options
from tunewright.core.types import Drop, Example, Keep, Outcome
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
        return [Drop(reason) if (reason := _reason(example, options)) else Keep(example) for example in batch]

    return run


def _reason(example: Example, options: LengthOptions) -> str:
    prompts = [turn.content.strip() for turn in example.messages if turn.role == "user"]
    replies = [turn.content.strip() for turn in example.messages if turn.role == "assistant"]
    if prompts and len(prompts[-1]) < options.min_prompt_chars:
        return "prompt_too_short"
    if options.max_prompt_chars and any(len(text) > options.max_prompt_chars for text in prompts):
        return "prompt_too_long"
    if any(len(text) < options.min_reply_chars for text in replies):
        return "reply_too_short"
    if options.min_reply_words and any(len(text.split()) < options.min_reply_words for text in replies):
        return "reply_too_short"
    if options.max_reply_chars and any(len(text) > options.max_reply_chars for text in replies):
        return "reply_too_long"
    return ""
