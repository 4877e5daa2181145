"""From a conversation to token ids, and which of them the assistant wrote.

Two ways, both through the tokenizer's own chat template. A template with ``{% generation %}`` marks says it itself. For any
other template the conversation is rendered with and without each assistant turn; what the turn adds is the assistant's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunewright.core.errors import DataError, EngineError
from tunewright.core.types import Message

_MARK = re.compile(r"\{%-?\s*generation\s*-?%\}")


@dataclass(frozen=True, slots=True)
class EncodedChat:
    """A rendered conversation."""

    input_ids: tuple[int, ...]
    assistant: tuple[bool, ...]
    """for each token, whether the assistant wrote it (the end token of its turn included)"""

    @property
    def supervised(self) -> int:
        """How many tokens the assistant wrote."""
        return sum(self.assistant)


def has_marks(tokenizer: Any) -> bool:
    """Whether the chat template marks the assistant's tokens. Raises DataError without any template."""
    return bool(_MARK.search(_template(tokenizer)))


def encode_chat(tokenizer: Any, messages: Sequence[Message]) -> EncodedChat:
    """Token ids of the conversation with its assistant mask.

    The end token of an assistant turn counts as the assistant's, also where the marks leave it out: a model that is never
    taught to stop does not stop. Raises DataError when the template refuses the conversation or cannot be split by turns.
    """
    turns = as_turns(messages)
    if has_marks(tokenizer) and tokenizer.is_fast:
        ids, mask = _marked(tokenizer, turns)
    else:
        ids, mask = _by_difference(tokenizer, turns)
    return EncodedChat(*_with_end(tokenizer, ids, mask, ends_with_assistant=messages[-1].role == "assistant"))


def encode_prompt(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """Token ids of the conversation with the opening of the assistant's answer. Raises DataError."""
    text = _render(tokenizer, as_turns(messages), answer_next=True)
    return [int(token) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]


def as_turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages in the form chat templates take. Raises DataError for an empty conversation."""
    if not messages:
        raise DataError("a conversation has no message", hint="drop it, or give it a user turn")
    return [{"role": message.role, "content": message.content} for message in messages]


def _template(tokenizer: Any) -> str:
    template = tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default")
    if not template:
        raise DataError(
            "the base model has no chat template",
            hint="use an instruction-tuned model, or put a chat_template.jinja into its folder",
        )
    return str(template)


def _render(tokenizer: Any, turns: list[dict[str, str]], *, answer_next: bool) -> str:
    from jinja2.exceptions import TemplateError

    _template(tokenizer)
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=answer_next))
    except TemplateError as error:
        raise _refused(turns) from error


def _refused(turns: list[dict[str, str]]) -> DataError:
    roles = [turn["role"] for turn in turns]
    return DataError(
        f"the base model's chat template refuses a conversation with the roles {', '.join(roles)}",
        hint="most templates want user and assistant in turn, and some no system message: change the data or the base",
        roles=roles,
    )


def _marked(tokenizer: Any, turns: list[dict[str, str]]) -> tuple[list[int], list[bool]]:
    from jinja2.exceptions import TemplateError

    try:
        encoded = tokenizer.apply_chat_template(
            turns, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
    except TemplateError as error:
        raise _refused(turns) from error
    return list(encoded["input_ids"]), [bool(flag) for flag in encoded["assistant_masks"]]


def _by_difference(tokenizer: Any, turns: list[dict[str, str]]) -> tuple[list[int], list[bool]]:
    """Render up to each assistant turn with the answer's opening, and with the turn: the difference is the turn."""
    whole = _render(tokenizer, turns, answer_next=False)
    spans = []
    for number, turn in enumerate(turns):
        if turn["role"] != "assistant":
            continue
        before = _render(tokenizer, turns[:number], answer_next=True) if number else ""
        after = _render(tokenizer, turns[: number + 1], answer_next=False)
        if not after.startswith(before) or not whole.startswith(after.rstrip()):
            # Templates that rewrite earlier turns (dropped reasoning, say) still end with the last one intact.
            if number == len(turns) - 1 and whole.startswith(before):
                spans.append((len(before), len(whole.rstrip())))
            elif number == len(turns) - 1:
                raise DataError(
                    "the base model's chat template has no {% generation %} marks and its answers cannot be told apart",
                    hint="add {% generation %}...{% endgeneration %} around the assistant's content in chat_template.jinja",
                )
            continue
        spans.append((len(before), max(len(before), len(after.rstrip()))))
    return _mask_spans(tokenizer, whole, spans)


def _mask_spans(tokenizer: Any, text: str, spans: list[tuple[int, int]]) -> tuple[list[int], list[bool]]:
    """Tokens of ``text``, and which of them reach into a span of characters."""
    if tokenizer.is_fast:
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = list(encoded["input_ids"])
        mask = [
            any(end > low and start < high for low, high in spans) for start, end in encoded["offset_mapping"]
        ]
        return ids, mask
    ids = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    mask = [False] * len(ids)
    for low, high in spans:
        first = len(tokenizer(text[:low], add_special_tokens=False)["input_ids"])
        last = len(tokenizer(text[:high], add_special_tokens=False)["input_ids"])
        mask[first:last] = [True] * (min(last, len(ids)) - first)
    return ids, mask


def _with_end(
    tokenizer: Any, ids: list[int], mask: list[bool], *, ends_with_assistant: bool
) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """Let every assistant turn own its end token; append one after the last turn where the template writes none."""
    specials = set(tokenizer.all_special_ids)
    for at in range(1, len(ids)):
        # Only the end token: another special token after a turn may be the next speaker's mark.
        if (
            mask[at - 1]
            and not mask[at]
            and ids[at] == tokenizer.eos_token_id
            and ids[at - 1] not in specials
        ):
            mask[at] = True
    if ends_with_assistant and any(mask):
        last = max(at for at, flag in enumerate(mask) if flag)
        if ids[last] not in specials:
            ids, mask = [*ids[: last + 1], tokenizer.eos_token_id], [*mask[: last + 1], True]
    if len(ids) != len(mask):
        raise EngineError(
            "the tokenizer answered a mask of another length than its tokens", hint="update transformers"
        )
    return tuple(ids), tuple(mask)
