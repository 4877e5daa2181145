"""Drop examples nothing can be learned from: no real reply, a reply that was cut off, turns in the wrong order,
text with
encoding damage that cannot be repaired."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Drop, Example, Keep, Message, Outcome
from tunewright.data.mojibake import LOST, repairs
from tunewright.data.steps import StepFn, step

PLACEHOLDERS = (
    "n/a",
    "n.a.",
    "na",
    "todo",
    "tbd",
    "fixme",
    "null",
    "nan",
    "undefined",
    "#n/a",
    "-",
    "--",
    "...",
    "…",
    "xxx",
    "?",
)


class MalformedOptions(Options):
    """What counts as damage."""

    placeholders: tuple[str, ...] = Field(
        PLACEHOLDERS,
        description="replies that stand for no reply (compared without case and outer white space)",
    )
    cut_off: bool = Field(
        True, description="drop replies that end in the middle of an object, a code block or a sentence"
    )
    cut_off_from_chars: int = Field(
        200, ge=20, description="plain sentences are judged only from this length on"
    )
    damage: bool = Field(
        True, description="drop text with replacement characters or mojibake that could not be repaired"
    )


_HANGS = re.compile(
    r"(?:[,;:(\[{/&+=-]|\b(?:and|or|but|the|a|an|of|to|in|with|for|that|which|because|und|oder|et|y|o))\s*$",
    re.I,
)


_SENTENCE_WORDS = 4
_NEVER_LAST = frozenset(
    [
        "the",
        "an",
        "your",
        "our",
        "their",
        "and",
        "because",
        "whose",
        "der",
        "und",
        "oder",
        "unser",
        "unsere",
        "ihre",
        "les",
        "votre",
        "vos",
        "los",
        "las",
        "nuestro",
        "nuestra",
        "gli",
        "della",
        "vostro",
        "uma",
        "een",
        "uw",
        "oraz",
        "och",
    ]
)
"""words no sentence of four words and more ends with"""


@step("malformed", version=2)
def malformed(options: MalformedOptions) -> StepFn:
    """Reasons: ``no_messages``, ``unknown_role``, ``roles_do_not_alternate``, ``no_reply``, ``empty_prompt``,
    ``empty_reply``, ``cut_off_reply``, ``encoding_damage``."""
    placeholders = frozenset(word.casefold() for word in options.placeholders)

    def run(batch: Sequence[Example]) -> list[Outcome]:
        return [_judge(example, options, placeholders) for example in batch]

    return run


def _judge(example: Example, options: MalformedOptions, placeholders: frozenset[str]) -> Outcome:
    reason = _order(example.messages)
    if not reason:
        reason = _texts(example.messages, options, placeholders)
    return Drop(reason) if reason else Keep(example)


def _order(messages: Sequence[Message]) -> str:
    """System first if at all, then user and assistant in turn, an assistant last."""
    turns = messages[1:] if messages and messages[0].role == "system" else messages
    if not turns:
        return "no_messages"
    if any(turn.role not in ("system", "user", "assistant") for turn in turns):
        return "unknown_role"
    expected = ("user", "assistant")
    if any(turn.role != expected[at % 2] for at, turn in enumerate(turns)):
        return "roles_do_not_alternate"
    return "" if turns[-1].role == "assistant" else "no_reply"


def _texts(messages: Sequence[Message], options: MalformedOptions, placeholders: frozenset[str]) -> str:
    for message in messages:
        text = message.content.strip()
        if message.role == "assistant" and (not text or text.casefold() in placeholders):
            return "empty_reply"
        if message.role == "user" and not text:
            return "empty_prompt"
    if options.damage and any(LOST.search(m.content) or repairs(m.content) for m in messages):
        return "encoding_damage"
    if options.cut_off and any(m.role == "assistant" and _cut_off(m.content, options) for m in messages):
        return "cut_off_reply"
    return ""


def _cut_off(reply: str, options: MalformedOptions) -> bool:
    text = reply.strip()
    if text[0] in "{[":
        return _unclosed(text)
    if text.count("```") % 2:
        return True
    if len(text) >= options.cut_off_from_chars and _HANGS.search(text[-200:]):
        return True
    last = text[-400:].split()
    return len(last) >= _SENTENCE_WORDS and last[-1].lower() in _NEVER_LAST


def _unclosed(text: str) -> bool:
    """Whether an object or list is still open, or a string in it, where the text ends."""
    depth, in_string, escaped = 0, False, False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
    return depth > 0 or in_string
