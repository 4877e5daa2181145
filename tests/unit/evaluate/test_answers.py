"""Answering items: nothing asked twice, nothing lost by stopping, order kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fixtures.conversations import conversations
from tunewright.core.errors import UsageError
from tunewright.core.ports import Generation, SilentProgress
from tunewright.core.types import Example, Message
from tunewright.engines.generate.echo import EchoGenerator
from tunewright.evaluate.answers import Answered, AnswerFile, answer_items, item_digest


class Counting(EchoGenerator):
    """An echo that counts what it is asked and can be stopped after some batches."""

    def __init__(self, stop_after: int = 10**9) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.batches = 0
        self.stop_after = stop_after

    def generate(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Generation]:
        if self.batches == self.stop_after:
            raise KeyboardInterrupt
        self.batches += 1
        self.asked += [conversation[-1].content for conversation in conversations]
        return super().generate(conversations, max_new_tokens=max_new_tokens)


def items(count: int) -> list[Example]:
    return [
        Example(e.id, e.messages[:1], e.origin, reference=e.messages[1].content) for e in conversations(count)
    ]


def ask(
    generator: EchoGenerator,
    asked: Sequence[Example],
    path: Path,
    known: dict[str, Generation] | None = None,
) -> Answered:
    return answer_items(
        lambda: generator,
        asked,
        known=known or {},
        file=AnswerFile(path),
        max_new_tokens=50,
        batch_size=8,
        progress=SilentProgress(),
        name="echo",
    )


def test_answers_come_in_the_items_order(tmp_path: Path) -> None:
    asked = items(30)
    found = ask(EchoGenerator(), asked, tmp_path / "a.jsonl")
    assert [answer.text for answer in found.answers] == [item.messages[0].content for item in asked]
    assert found.generated == 30


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    asked = items(30)
    stopped = Counting(stop_after=2)
    with pytest.raises(KeyboardInterrupt):
        ask(stopped, asked, tmp_path / "a.jsonl")
    rest = Counting()
    found = ask(rest, asked, tmp_path / "a.jsonl")
    assert len(stopped.asked) == 16
    assert len(rest.asked) == found.generated == 14
    assert not set(stopped.asked) & set(rest.asked)
    assert found.answers == ask(EchoGenerator(), asked, tmp_path / "b.jsonl").answers


def test_a_torn_line_is_asked_again(tmp_path: Path) -> None:
    asked = items(8)
    path = tmp_path / "a.jsonl"
    whole = ask(EchoGenerator(), asked, path).answers
    path.write_bytes(path.read_bytes()[:-20])
    again = Counting()
    assert ask(again, asked, path).answers == whole
    assert len(again.asked) == 1
    assert len(path.read_bytes().splitlines()) == 8
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_what_is_known_is_not_asked_and_no_model_is_loaded(tmp_path: Path) -> None:
    asked = items(5)
    known = {item_digest(item): Generation("known", "stop", 1, 1) for item in asked}

    def never() -> EchoGenerator:
        raise AssertionError("nothing is missing, so no model is needed")

    found = answer_items(
        never,
        asked,
        known=known,
        file=AnswerFile(tmp_path / "a.jsonl"),
        max_new_tokens=5,
        batch_size=2,
        progress=SilentProgress(),
        name="x",
    )
    assert (found.generated, {answer.text for answer in found.answers}) == (0, {"known"})


def test_the_same_question_twice_is_asked_once(tmp_path: Path) -> None:
    asked = items(3)
    counting = Counting()
    found = ask(counting, [*asked, *asked], tmp_path / "a.jsonl")
    assert len(counting.asked) == 3
    assert found.answers[:3] == found.answers[3:]


def test_the_item_that_does_not_fit_is_named(tmp_path: Path) -> None:
    class Small(EchoGenerator):
        def generate(self, conversations, *, max_new_tokens, temperature=0.0, seed=0):  # type: ignore[no-untyped-def]
            raise UsageError("the conversation has 900 tokens", hint="shorten it", index=1)

    with pytest.raises(UsageError, match=r"golden item \d+ of tests.jsonl: the conversation has 900 tokens"):
        ask(Small(), items(3), tmp_path / "a.jsonl")


def test_the_reference_is_no_part_of_what_is_asked() -> None:
    first = items(1)[0]
    other = Example("0" * 64, first.messages, first.origin, reference="another")
    assert item_digest(first) == item_digest(other)
