"""Texts made to stall the quality steps, and a message of 1 MB: time must grow with the length, not faster."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.fixtures.examples import example
from tunewright.data.injection import injection
from tunewright.data.mojibake import LOST, repairs
from tunewright.data.prose import prose
from tunewright.data.steps import entry
from tunewright.data.toxicity import toxicity
from tunewright.engines import load

UNITS = [
    "a", "a ", "you ", "i hope you ", "ignore ", "ignore the ", "ignore all of the ", "you are ", "you are now ", "do not ", "not the ",
    "if you are ", "never ", "<!-- ", "<!--a", "![", "![a](", "[a](http://", "display:none ", "system:", "\nuser: a", "a\nassistant: ",
    "the ", "{", "[", '{"a":', "```", "`", "A", "AAAA", "QUJD", "41 ", "a.", "a*", "i d i o t ", "f*", "*", "@", "$", "1", "é", "Ã", "Ã©", "â€",
    "а", "\u200b", "\U000e0041", "reveal ", "print your ", "reply only ", "i will kill ", "are you ", "bunch of ", "respond with the ",
    "from now on ", "to the ", "?", "!", "\n", "我", "classify this ", "call the ", "so stupid ", "-----", "new ", "your ", "what is your ",
]  # fmt: skip
SIZE = 20_000


@pytest.mark.parametrize("unit", UNITS)
def test_repetitions_take_linear_time(unit: str) -> None:
    text = (unit * (SIZE // len(unit) + 1))[:SIZE]
    for read in (toxicity, injection, prose, repairs, LOST.search):
        read(text[:500])
        started = time.process_time()
        read(text)
        # 20,000 characters of prose take some 20 ms; a quadratic pattern takes minutes.
        assert time.process_time() - started < 3.0, read


NEEDS: dict[str, Any] = {"decisions": {}, "language": load("language_id", "langid")}
STEPS = (
    "malformed",
    "unfinished",
    "length",
    "gibberish",
    "language",
    "repetition",
    "boilerplate",
    "toxicity",
    "prompt_injection",
)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("unit", ["my card is lost and ", "you are ", "ignore the ", "é ", "x"])
def test_a_message_of_a_megabyte(name: str, unit: str) -> None:
    line = entry(name)
    text = unit * (1_000_000 // len(unit))
    function = line.factory(line.options_class(), **{need: NEEDS[need] for need in line.needs})
    started = time.process_time()
    assert len(function([example(text, "ok"), example("why?", text)])) == 2
    assert time.process_time() - started < 12
