"""The generator without a model."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.types import Message
from tunewright.engines.generate.echo import EchoGenerator


def test_answers_it_was_given_come_back() -> None:
    generator = EchoGenerator({"which team?": '{"team": "cards"}'})
    asked, unknown = (Message("user", "which team?"),), (Message("user", "and you?"),)
    answers = generator.generate([asked, unknown], max_new_tokens=50)
    assert [answer.text for answer in answers] == ['{"team": "cards"}', "and you?"]
    assert answers[0].finish_reason == "stop"


@given(st.text(max_size=60), st.integers(1, 20))
def test_the_echo_is_a_prefix_and_says_when_it_is_cut(text: str, limit: int) -> None:
    answer = EchoGenerator().generate([(Message("user", text),)], max_new_tokens=limit)[0]
    assert text.startswith(answer.text)
    assert (answer.text == text) == (answer.finish_reason == "stop")
