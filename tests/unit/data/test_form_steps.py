"""Replies that loop or stop short, limits of length, shared passages."""

from __future__ import annotations

import pytest

from tests.fixtures.examples import example, fate
from tunewright.core.errors import ConfigError
from tunewright.core.types import Hold, Keep
from tunewright.data.edits import OffsetMap
from tunewright.data.options import StepOptions
from tunewright.data.runner import checked_steps
from tunewright.data.steps.boilerplate import BoilerplateOptions, boilerplate
from tunewright.data.steps.length import LengthOptions, length
from tunewright.data.steps.repetition import RepetitionOptions, looped_share, repetition
from tunewright.data.steps.unfinished import UnfinishedOptions, unfinished


@pytest.mark.parametrize(
    "reply, expected",
    [
        ("I am sorry. " * 8, "repetitive_reply"),
        ("please wait " * 10, "repetitive_reply"),
        ("Your card is on its way. It will be there soon, it will be there soon, it will be there soon, it will be there soon",
         "repetitive_reply"),
        ("We checked this.\nWe checked this.\nWe checked this.\nWe checked this.", "repetitive_reply"),
        ('{"a": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}', "kept"),
        ("no no no", "kept"),
        ("Very, very good. We will send the card to the new address and tell you when it leaves.", "kept"),
        ("1. Open the app. 2. Open the settings. 3. Open the card. 4. Tap the switch.", "kept"),
    ],
)  # fmt: skip
def test_loops(reply: str, expected: str) -> None:
    assert fate(repetition(RepetitionOptions(), {})([example("why?", reply)])[0]) == expected


def test_looped_share_by_hand() -> None:
    assert looped_share(["a", "b", "a", "b", "a", "b", "a", "b"]) == 1.0
    assert looped_share(["x", "y", "z", "a", "a", "a", "a", "a", "a", "a"]) == 0.7
    assert looped_share(["a", "b", "c", "d", "e", "f", "g", "h"]) == 0.0


def test_limits_of_length() -> None:
    tight = LengthOptions(
        min_prompt_chars=5, max_prompt_chars=20, min_reply_chars=3, max_reply_chars=12, min_reply_words=2
    )
    cases = {("hi", "well then"): "prompt_too_short", ("x" * 21, "well then"): "prompt_too_long", ("hello", "ok"): "reply_too_short",
             ("hello", "onewordonly"): "reply_too_short", ("hello", "far too long this"): "reply_too_long",
             ("hello", "well then"): "kept"}  # fmt: skip
    assert [fate(length(tight)([example(*case)])[0]) for case in cases] == list(cases.values())
    assert fate(length(LengthOptions())([example("?", "k")])[0]) == "kept"
    with pytest.raises(ConfigError, match="lower it"):
        checked_steps([StepOptions(use="length", options={"min_reply_chars": 9, "max_reply_chars": 3})])


FOOTER = "This message and any attachment are confidential and may be privileged; if you are not the intended recipient please delete it."


def letters(number: int) -> str:
    return f"Dear customer, your request is done, its number is {number}."


def test_shared_passages_are_counted_stripped_or_held() -> None:
    corpus = [example("why?", f"{letters(number)}\n\n{FOOTER}") for number in range(40)]
    corpus += [example("why?", letters(number)) for number in range(40, 80)]
    told = boilerplate(BoilerplateOptions(), {})(corpus)
    assert [outcome.reasons for outcome in told if isinstance(outcome, Keep)] == [("boilerplate",)] * 40 + [
        ()
    ] * 40
    stripped = boilerplate(BoilerplateOptions(action="strip"), {})(corpus)
    for number, outcome in enumerate(stripped):
        assert isinstance(outcome, Keep)
        assert outcome.example.messages[1].content == letters(number)
    offsets = OffsetMap()
    offsets.add(stripped[0].edits)  # type: ignore[union-attr]
    assert offsets.span(1, 0, 4) == (0, 4)
    only = [*corpus, example("why?", FOOTER)]
    assert isinstance(boilerplate(BoilerplateOptions(action="hold"), {})(only)[-1], Hold)
    kept = boilerplate(BoilerplateOptions(action="strip"), {})(only)[-1]
    assert isinstance(kept, Keep)
    assert kept.example.messages[1].content == FOOTER  # nothing would be left


WHOLE = [
    f"We have sent the card number {number} to your address and you will have it in a week."
    for number in range(60)
]


@pytest.mark.parametrize(
    "reply, expected",
    [
        ("We have sent the card to your", "unfinished_reply"),
        ("We have sent the card to your addr", "unfinished_reply"),
        ("We have sent the card,", "unfinished_reply"),
        ("We have sent the card to Anna Smith", "unfinished_reply"),
        ("We have sent the card!", "kept"),
        ("Yes", "kept"),
        ("Have a look at https://example.org/cards.", "kept"),
    ],
)
def test_replies_that_stop_short_of_their_source_s_habit(reply: str, expected: str) -> None:
    corpus = [example("why?", text) for text in WHOLE]
    assert fate(unfinished(UnfinishedOptions(), {})([example("how?", reply), *corpus])[0]) == expected
    assert (
        fate(unfinished(UnfinishedOptions(), {})([example("how?", reply)])[0]) == "kept"
    )  # no habit to compare with


def test_a_source_without_full_stops_says_nothing() -> None:
    corpus = [example("why?", text.rstrip(".") if number % 2 else text) for number, text in enumerate(WHOLE)]
    assert {fate(outcome) for outcome in unfinished(UnfinishedOptions(), {})(corpus)} == {"kept"}


def test_the_one_reply_that_is_no_json() -> None:
    corpus = [example(f"why {number}?", f'{{"intent": "a{number}"}}') for number in range(60)]
    broken = example("how?", '"intent": "card')
    fates = [fate(outcome) for outcome in unfinished(UnfinishedOptions(), {})([*corpus, broken])]
    assert fates == ["kept"] * 60 + ["unfinished_reply"]
