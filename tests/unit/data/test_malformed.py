"""What nothing can be learned from."""

from __future__ import annotations

import pytest

from tunewright.core.types import Drop, Example, Keep, Message, Origin
from tunewright.data.steps.malformed import MalformedOptions, malformed

LONG = "We looked into this for you and found that the payment had been booked twice by the bank. " * 3


def judge(*turns: tuple[str, str], options: MalformedOptions | None = None) -> str:
    item = Example("i", tuple(Message(role, text) for role, text in turns), Origin("s", "1", "d"))
    outcome = malformed(options or MalformedOptions())([item])[0]
    if isinstance(outcome, Keep):
        assert outcome == Keep(item)
        return ""
    assert isinstance(outcome, Drop)
    return outcome.reason


@pytest.mark.parametrize("reply", ["", "  ", "\n", "N/A", "todo", " TBD ", "null", "...", "-"])
def test_empty_replies(reply: str) -> None:
    assert judge(("user", "why?"), ("assistant", reply)) == "empty_reply"


@pytest.mark.parametrize(
    "reply",
    [
        '{"intent": "act',
        '{"intent":',
        "{",
        '["a", "b"',
        '{"a": {"b": 1}',
        "Use this:\n```\nprint(1)",
        LONG + "You should call the",
    ],
)
def test_cut_off_replies(reply: str) -> None:
    assert judge(("user", "why?"), ("assistant", reply)) == "cut_off_reply"


@pytest.mark.parametrize(
    "reply",
    [
        '{"intent": "a}"}',
        '{"a": "quote \\" inside"}',
        "[x] done",
        "{name}, hello",
        "no",
        "none",
        LONG,
        "Use:\n```\nx\n```",
        "Yes, and",
    ],
)
def test_whole_replies(reply: str) -> None:
    assert judge(("user", "why?"), ("assistant", reply)) == ""


@pytest.mark.parametrize(
    "turns, reason",
    [
        ([], "no_messages"),
        ([("system", "x")], "no_messages"),
        ([("user", "a"), ("user", "b")], "roles_do_not_alternate"),
        ([("assistant", "a"), ("user", "b")], "roles_do_not_alternate"),
        ([("user", "a"), ("assistant", "b"), ("system", "c")], "roles_do_not_alternate"),
        ([("user", "a"), ("tool", "b")], "unknown_role"),
        ([("user", "a"), ("assistant", "b"), ("user", "c")], "no_reply"),
        ([("user", " "), ("assistant", "b")], "empty_prompt"),
        ([("user", "lost \ufffd text"), ("assistant", "b")], "encoding_damage"),
        ([("user", "didnâ€™t"), ("assistant", "b")], "encoding_damage"),
        ([("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")], ""),
    ],
)
def test_turns(turns: list[tuple[str, str]], reason: str) -> None:
    assert judge(*turns) == reason


def test_options() -> None:
    options = MalformedOptions(placeholders=("pending",), cut_off=False, damage=False)
    assert judge(("user", "a"), ("assistant", "Pending"), options=options) == "empty_reply"
    assert judge(("user", "a"), ("assistant", "N/A"), options=options) == ""
    assert judge(("user", "a \ufffd"), ("assistant", '{"a'), options=options) == ""
