"""Which tokens the assistant wrote: by marks, and by difference for templates without marks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tunewright.core.errors import DataError
from tunewright.core.types import Message

pytest.importorskip("transformers")

from tests.fixtures.tiny_base import UNMARKED_TEMPLATE
from tunewright.engines.language.chat import encode_chat, encode_prompt, has_marks
from tunewright.engines.language.transformers_model import load_tokenizer

CONVERSATIONS = [
    [("user", "my card is lost"), ("assistant", "report_lost")],
    [
        ("system", "be short"),
        ("user", "hi"),
        ("assistant", "hello  "),
        ("user", "fee?"),
        ("assistant", "wrong_fee"),
    ],
    [("user", "naïve Ünïcode 😀"), ("assistant", '{"intent": "ünï", "n": 1}\n')],
    [("user", "a"), ("assistant", " leading and <|end|> inside")],
]
CHATML = (
    "{% for m in messages %}<|text|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|text|>assistant\n{% endif %}"
)
INST = (
    "{% for m in messages %}{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]"
    "{% elif m['role'] == 'assistant' %} {{ m['content'] | trim }}<|end|>{% else %}"
    "{{ raise_exception('no system role') }}{% endif %}{% endfor %}"
)
NO_END = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


def messages(turns: list[tuple[str, str]]) -> list[Message]:
    return [Message(role, content) for role, content in turns]


@pytest.fixture
def tokenizer(tiny_base: Path) -> Any:
    return load_tokenizer(tiny_base)


def written(tokenizer: Any, turns: list[tuple[str, str]]) -> str:
    """The supervised tokens as text."""
    chat = encode_chat(tokenizer, messages(turns))
    return str(tokenizer.decode([i for i, mine in zip(chat.input_ids, chat.assistant, strict=True) if mine]))


@pytest.mark.parametrize("turns", CONVERSATIONS)
def test_difference_gives_what_the_marks_give(tokenizer: Any, turns: list[tuple[str, str]]) -> None:
    assert has_marks(tokenizer)
    marked = encode_chat(tokenizer, messages(turns))
    tokenizer.chat_template = UNMARKED_TEMPLATE
    assert not has_marks(tokenizer)
    assert encode_chat(tokenizer, messages(turns)) == marked
    assert marked.supervised > 0


def test_marked_answers_and_their_end_are_supervised_and_nothing_else(tokenizer: Any) -> None:
    assert written(tokenizer, CONVERSATIONS[1]) == "hello  <|end|>wrong_fee<|end|>"


def test_chatml_ends_each_turn_with_the_end_token_without_the_line_break(tokenizer: Any) -> None:
    tokenizer.chat_template = CHATML
    assert written(tokenizer, [("user", "x"), ("assistant", "one"), ("user", "y"), ("assistant", "two")]) == (
        "one<|end|>two<|end|>"
    )


def test_template_that_trims_the_answer(tokenizer: Any) -> None:
    tokenizer.chat_template = INST
    assert written(tokenizer, [("user", "x"), ("assistant", "  one ")]).strip() == "one<|end|>"


def test_template_without_end_token_gets_one_after_the_last_answer(tokenizer: Any) -> None:
    tokenizer.chat_template = NO_END
    text = written(tokenizer, [("user", "x"), ("assistant", "one"), ("user", "y"), ("assistant", "two")])
    assert text.endswith("two<|end|>")
    assert "one" in text
    assert "user" not in text


def test_end_token_left_out_of_the_marks_is_supervised_all_the_same(tokenizer: Any) -> None:
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] }}{% endgeneration %}"
        "<|end|>{% else %}<|user|>{{ m['content'] }}<|assistant|>{% endif %}{% endfor %}"
    )
    assert written(tokenizer, [("user", "x"), ("assistant", "one"), ("user", "y"), ("assistant", "two")]) == (
        "one<|end|>two<|end|>"
    )


def test_next_speakers_mark_is_not_taken_for_an_end(tokenizer: Any) -> None:
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] }}{% endgeneration %}"
        "{% else %}<|user|>{{ m['content'] }}<|assistant|>{% endif %}{% endfor %}"
    )
    assert written(tokenizer, [("user", "x"), ("assistant", "one"), ("user", "y"), ("assistant", "two")]) == (
        "onetwo<|end|>"
    )


def test_prompt_is_the_beginning_of_the_conversation(tokenizer: Any) -> None:
    turns = messages(CONVERSATIONS[0])
    prompt = encode_prompt(tokenizer, turns[:1])
    chat = encode_chat(tokenizer, turns)
    assert list(chat.input_ids[: len(prompt)]) == prompt
    assert chat.assistant[len(prompt)]
    assert not any(chat.assistant[: len(prompt)])


def test_template_that_refuses_a_conversation_is_a_data_error_without_its_text(tokenizer: Any) -> None:
    tokenizer.chat_template = INST
    with pytest.raises(DataError, match="roles system, user") as caught:
        encode_chat(
            tokenizer, [Message("system", "secret-7"), Message("user", "x"), Message("assistant", "y")]
        )
    assert "secret-7" not in str(caught.value.as_json())


def test_no_template_and_no_messages(tokenizer: Any) -> None:
    with pytest.raises(DataError, match="no message"):
        encode_chat(tokenizer, [])
    tokenizer.chat_template = None
    with pytest.raises(DataError, match="no chat template"):
        encode_chat(tokenizer, messages(CONVERSATIONS[0]))


def test_conversation_without_assistant_has_nothing_to_learn(tokenizer: Any) -> None:
    assert encode_chat(tokenizer, [Message("user", "x")]).supervised == 0


def test_answers_that_cannot_be_told_apart_are_refused(tokenizer: Any) -> None:
    tokenizer.chat_template = "{{ messages | length }}{% for m in messages %}{{ m['content'] }}{% endfor %}"
    with pytest.raises(DataError, match="cannot be told apart"):
        encode_chat(tokenizer, messages(CONVERSATIONS[0]))
