"""Find conversations the base model's own chat template cannot carry: roles it refuses or leaves out, control tokens that
would break the turns, and texts longer than its context."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.ports import ChatForm
from tunewright.core.types import Drop, Evidence, Example, Finding, Keep, Message, Outcome
from tunewright.data.doubts import Action, doubted
from tunewright.data.steps import StepFn, step

VERSION = 1
_TURN_BYTES = 64
"""of a template's own text around a turn; only decides which examples are counted exactly"""


class WrongFormOptions(Options):
    """What does not fit."""

    control_tokens: Action = Field(
        "hold",
        description="what happens to text that the base would read as its own control tokens: drop, hold or mark",
    )
    max_tokens: int = Field(
        0, ge=0, description="longest conversation in tokens of the base; 0: what the base reads"
    )


@step("wrong_form", version=VERSION)
def wrong_form(options: WrongFormOptions, form: ChatForm) -> StepFn:
    """Reasons: ``system_not_in_template``, ``roles_not_in_template``, ``too_long_for_base`` (dropped), ``control_token``."""
    limit = min(filter(None, (options.max_tokens, form.context)), default=0)
    tokens = form.special_tokens

    def run(batch: Sequence[Example]) -> list[Outcome]:
        return [_judge(example, form, limit, tokens, options) for example in batch]

    return run


def _judge(
    example: Example, form: ChatForm, limit: int, tokens: Sequence[str], options: WrongFormOptions
) -> Outcome:
    roles = [message.role for message in example.messages]
    if not roles:
        return Keep(example)
    if not form.expresses(roles):
        without = [role for role in roles if role != "system"]
        only_system = len(without) < len(roles) and bool(without) and form.expresses(without)
        return Drop("system_not_in_template" if only_system else "roles_not_in_template")
    if (
        limit
        and sum(len(m.content.encode("utf-8", "replace")) + _TURN_BYTES for m in example.messages) > limit
    ):
        text = form.render(example.messages)
        if text is not None and (tokens_in := form.count_tokens(text)) > limit:
            told = Evidence(
                "too_long_for_base", "tokens", float(tokens_in), float(limit), detail=form.version
            )
            return Drop("too_long_for_base", evidence=(told,))
    found = _control_token(example.messages, form, tokens)
    return (
        Keep(example) if found is None else doubted(example, "control_token", found, options.control_tokens)
    )


def _control_token(messages: Sequence[Message], form: ChatForm, tokens: Sequence[str]) -> Finding | None:
    """The first control token in a text that is still one after rendering; many templates defuse them."""
    for turn, message in enumerate(messages):
        for token in tokens:
            start = message.content.find(token)
            if start < 0:
                continue
            rest = [Message(m.role, m.content.replace(token, "")) for m in messages]
            with_it, without = form.render(messages), form.render(rest)
            if with_it is not None and without is not None and with_it.count(token) > without.count(token):
                return Finding(
                    "control_token",
                    turn,
                    start,
                    start + len(token),
                    0.95,
                    f"wrong_form@{VERSION}",
                    note="of the base",
                )
    return None
