"""From a row to the turns of a conversation, one function a form. What does not fit raises ``Misfit`` with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tunewright.core.types import Message
from tunewright.data.source_options import ColumnMap, ExchangeOptions, SourceForm, SourceOptions

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "customer": "user",
    "client": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "agent": "assistant",
}
PROMPT_KEYS = ("prompt", "question", "query")
REPLY_KEYS = ("completion", "response", "answer", "reply")


class Misfit(Exception):
    """The row does not hold what its form promises. ``str()`` is the reason, such as ``missing_reply``.

    ``bad`` is false where nothing is wrong with the row and it is merely nothing to learn from.
    """

    def __init__(self, reason: str, *, bad: bool = True) -> None:
        super().__init__(reason)
        self.bad = bad


def text_of(value: Any, missing: str) -> str:
    """Text as it stands; objects and lists as compact JSON; null as empty. Raises Misfit(missing) when absent."""
    if value is _ABSENT:
        raise Misfit(missing)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise Misfit("not_text") from error
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    raise Misfit("not_text")


_ABSENT = object()


def _turns(
    row: Mapping[str, Any], keys: tuple[str, ...], role_keys: tuple[str, ...], text_keys: tuple[str, ...]
) -> list[Message]:
    turns = next((row[key] for key in keys if isinstance(row.get(key), list)), None)
    if turns is None:
        raise Misfit("missing_messages")
    messages = []
    for turn in turns:
        if not isinstance(turn, Mapping):
            raise Misfit("turn_is_not_an_object")
        spoken = next((turn[key] for key in role_keys if isinstance(turn.get(key), str)), "")
        role = ROLES.get(spoken.lower())
        if role is None:
            raise Misfit("unknown_role")
        messages.append(Message(role, text_of(_first(turn, text_keys), "missing_content")))
    if not messages:
        raise Misfit("no_messages")
    return messages


def _first(row: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((row[key] for key in keys if key in row), _ABSENT)


def messages(row: Mapping[str, Any], columns: ColumnMap | None) -> list[Message]:
    """``{"messages": [{"role", "content"}]}`` as OpenAI and Hugging Face write it."""
    return _turns(row, ("messages",), ("role",), ("content",))


def sharegpt(row: Mapping[str, Any], columns: ColumnMap | None) -> list[Message]:
    """``{"conversations": [{"from": "human", "value"}], "system"?}``."""
    turns = _turns(row, ("conversations", "conversation"), ("from", "role"), ("value", "content"))
    system = row.get("system")
    if isinstance(system, str) and system and turns[0].role != "system":
        return [Message("system", system), *turns]
    return turns


def alpaca(row: Mapping[str, Any], columns: ColumnMap | None) -> list[Message]:
    """``{"instruction", "input"?, "output"}``. With an input, the instruction is the system's turn and the input the
    user's, so that offsets in the user's text stay those of the row."""
    instruction = text_of(_first(row, ("instruction",)), "missing_prompt")
    given = text_of(row.get("input"), "missing_prompt")
    reply = text_of(_first(row, ("output", "response")), "missing_reply")
    turns = [Message("system", row["system"])] if isinstance(row.get("system"), str) and row["system"] else []
    if not given:
        return [*turns, Message("user", instruction), Message("assistant", reply)]
    if turns:
        instruction = turns[0].content + "\n" + instruction
    return [Message("system", instruction), Message("user", given), Message("assistant", reply)]


def prompt_completion(row: Mapping[str, Any], columns: ColumnMap | None) -> list[Message]:
    """``{"prompt", "completion"}``; either may be a list of turns, as TRL's conversational form has it."""
    prompt, reply = _first(row, PROMPT_KEYS), _first(row, REPLY_KEYS)
    if isinstance(prompt, list) and isinstance(reply, list):
        return _turns({"messages": [*prompt, *reply]}, ("messages",), ("role",), ("content",))
    return [
        Message("user", text_of(prompt, "missing_prompt")),
        Message("assistant", text_of(reply, "missing_reply")),
    ]


def columns(row: Mapping[str, Any], columns: ColumnMap | None) -> list[Message]:
    """A table whose columns a ``ColumnMap`` names."""
    if columns is None:
        raise Misfit("no_column_map")
    turns = []
    if columns.system is not None:
        system = text_of(row.get(columns.system), "missing_system")
        turns = [Message("system", system)] if system else []
    turns.append(Message("user", text_of(row.get(columns.prompt, _ABSENT), "missing_prompt")))
    turns.append(Message("assistant", text_of(row.get(columns.reply, _ABSENT), "missing_reply")))
    return turns


Reader = Callable[[Mapping[str, Any], ColumnMap | None], list[Message]]


def exchange(row: Mapping[str, Any], options: ExchangeOptions) -> list[Message]:
    """A judged answer of the gateway: its messages, and the corrected or well-rated answer."""
    turns = _turns(row, ("messages",), ("role",), ("content",))
    corrections = [text for text in row.get("corrections", ()) if isinstance(text, str) and text.strip()]
    if corrections and options.corrections:
        return [*turns, Message("assistant", corrections[-1])]
    ratings = [float(rating) for rating in row.get("ratings", ())]
    if not ratings:
        raise Misfit("not_rated", bad=False)
    if sum(ratings) / len(ratings) < options.rating_from:
        raise Misfit("rated_bad", bad=False)
    if row.get("finish_reason") != "stop":
        raise Misfit("answer_not_finished", bad=False)
    return [*turns, Message("assistant", text_of(row.get("answer"), "missing_reply"))]


def reader_of(options: SourceOptions) -> Reader | None:
    """The function that reads a row of this source; None for forms that are not read row by row."""
    if options.form == "exchanges":
        wanted = options.exchanges or ExchangeOptions()
        return lambda row, _: exchange(row, wanted)
    return FORMS.get(options.form)


FORMS: Mapping[SourceForm, Reader] = {
    "messages": messages,
    "sharegpt": sharegpt,
    "alpaca": alpaca,
    "prompt_completion": prompt_completion,
    "columns": columns,
}
