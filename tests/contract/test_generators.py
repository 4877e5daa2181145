"""What every generator keeps, whichever engine answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tunewright import engines
from tunewright.core.errors import UsageError
from tunewright.core.ports import Generation, Generator
from tunewright.core.types import Message

CONVERSATIONS = [
    (Message("user", "what is the late transfer"),),
    (Message("user", "card"),),
    (
        Message("system", "Answer with one word."),
        Message("user", "my lost card, please help me with the refund"),
    ),
    (
        Message("user", "how can I change my address"),
        Message("assistant", "where"),
        Message("user", "at home, é ü 漢"),
    ),
    (Message("user", "card " * 60),),
    (Message("user", ""),),
]


def _make(name: str, request: pytest.FixtureRequest) -> Generator:
    if name == "echo":
        return engines.load("generate", "echo")
    if name == "transformers":
        base: Path = request.getfixturevalue("tiny_base")
        return engines.load("generate", "transformers", base_dir=base, threads=1, batch_size=4)
    raise AssertionError(f"say here how to make the generator {name}")


INSTALLED = [name for name in engines.names("generate") if not engines.missing("generate", name)]


def test_every_generator_is_looked_at() -> None:
    assert engines.names("generate") == ["echo", "transformers"]
    assert "echo" in INSTALLED


@pytest.fixture(params=INSTALLED, scope="module")
def generator(request: pytest.FixtureRequest) -> Generator:
    return _make(request.param, request)


@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_a_batch_answers_as_one_at_a_time(generator: Generator, temperature: float) -> None:
    together = generator.generate(CONVERSATIONS, max_new_tokens=12, temperature=temperature, seed=3)
    alone = [
        generator.generate([one], max_new_tokens=12, temperature=temperature, seed=3)[0]
        for one in CONVERSATIONS
    ]
    backwards = generator.generate(CONVERSATIONS[::-1], max_new_tokens=12, temperature=temperature, seed=3)[
        ::-1
    ]
    assert together == alone
    assert together == backwards


@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_a_stream_says_what_generate_says(generator: Generator, temperature: float) -> None:
    for conversation in CONVERSATIONS:
        pieces = list(generator.stream(conversation, max_new_tokens=20, temperature=temperature, seed=5))
        whole = generator.generate([conversation], max_new_tokens=20, temperature=temperature, seed=5)[0]
        assert isinstance(pieces[-1], Generation)
        assert pieces[-1] == whole
        assert all(isinstance(piece, str) and piece for piece in pieces[:-1])
        assert "".join(piece for piece in pieces if isinstance(piece, str)) == whole.text


def test_lengths_are_kept_and_said(generator: Generator) -> None:
    for limit in (1, 2, 7):
        for answer in generator.generate(CONVERSATIONS, max_new_tokens=limit):
            assert answer.completion_tokens <= limit
            assert answer.finish_reason in ("stop", "length")
            assert answer.prompt_tokens >= 0


def test_a_longer_limit_only_adds(generator: Generator) -> None:
    short = generator.generate(CONVERSATIONS, max_new_tokens=4)
    long = generator.generate(CONVERSATIONS, max_new_tokens=16)
    for a, b in zip(short, long, strict=True):
        # Half a character at the limit decodes to U+FFFD and is completed by the next token.
        assert b.text.startswith(a.text.rstrip("\ufffd"))


def test_a_stream_can_be_left(generator: Generator) -> None:
    stream: Iterator[str | Generation] = generator.stream(CONVERSATIONS[0], max_new_tokens=20)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert generator.generate(CONVERSATIONS[:1], max_new_tokens=3)


def test_nothing_asked_nothing_answered(generator: Generator) -> None:
    assert generator.generate([], max_new_tokens=3) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda generator: generator.generate([()], max_new_tokens=3),
        lambda generator: generator.generate(CONVERSATIONS, max_new_tokens=0),
        lambda generator: list(generator.stream((), max_new_tokens=3)),
    ],
)
def test_impossible_requests_are_refused(generator: Generator, call: Callable[[Generator], object]) -> None:
    with pytest.raises(UsageError):
        call(generator)
