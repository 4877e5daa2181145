"""The worker: batches, streams in turn, isolation of faults, cancellation, limits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence

import pytest

from tunewright.core.errors import EngineError, UsageError
from tunewright.core.ports import Generation, Generator
from tunewright.core.types import Message
from tunewright.engines.generate.echo import EchoGenerator
from tunewright.serve.batching import OverloadedError, Prompt, Worker


class Gated(EchoGenerator):
    """An echo that begins its first batch only when told to, refuses one text and remembers its batches."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.batches: list[list[str]] = []
        self.closed = 0

    def generate(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Generation]:
        assert self.gate.wait(10)
        texts = [conversation[-1].content for conversation in conversations]
        self.batches.append(texts)
        if "poison" in texts:
            raise UsageError("too long", hint="shorten it", index=0)
        return super().generate(conversations, max_new_tokens=max_new_tokens)

    def stream(
        self, conversation: Sequence[Message], *, max_new_tokens: int, temperature: float = 0.0, seed: int = 0
    ) -> Iterator[str | Generation]:
        try:
            yield from super().stream(conversation, max_new_tokens=max_new_tokens)
        finally:
            self.closed += 1


def prompt(text: str, *, temperature: float = 0.0, limit: int = 50) -> Prompt:
    return Prompt((Message("user", text),), limit, temperature, 0)


def worker(
    generator: Generator, *, max_waiting: int = 100, max_batch: int = 4, max_streams: int = 4
) -> Worker:
    return Worker(
        generator,
        name="t",
        max_batch=max_batch,
        batch_wait_ms=1,
        max_waiting=max_waiting,
        max_streams=max_streams,
    )


def test_overlapping_requests_share_batches_and_keep_their_answers() -> None:
    async def run() -> None:
        generator = Gated()
        works = worker(generator)
        asked = [works.answer(prompt(f"q{i}")) for i in range(9)]
        generator.gate.set()
        answers = [(await work.answer).text for work in asked]
        assert answers == [f"q{i}" for i in range(9)]
        assert [text for batch in generator.batches for text in batch] == [f"q{i}" for i in range(9)]
        assert max(len(batch) for batch in generator.batches) == 4
        works.close()

    asyncio.run(run())


def test_unlike_prompts_do_not_share_a_batch() -> None:
    async def run() -> None:
        generator = Gated()
        works = worker(generator, max_batch=8)
        first = works.answer(prompt("first"))
        await asyncio.sleep(0.05)
        asked = [
            works.answer(prompt("a")),
            works.answer(prompt("long", limit=60)),
            works.answer(prompt("hot", temperature=1.0)),
            works.answer(prompt("hot2", temperature=1.0)),
            works.answer(prompt("b")),
        ]
        generator.gate.set()
        await asyncio.gather(first.answer, *(work.answer for work in asked))
        assert generator.batches == [["first"], ["a", "b"], ["long"], ["hot"], ["hot2"]]
        works.close()

    asyncio.run(run())


def test_a_poisoned_prompt_fails_alone() -> None:
    async def run() -> None:
        generator = Gated()
        works = worker(generator)
        asked = [works.answer(prompt(text)) for text in ("first", "a", "poison", "b")]
        generator.gate.set()
        found = await asyncio.gather(*(work.answer for work in asked), return_exceptions=True)
        assert [getattr(item, "text", type(item).__name__) for item in found] == [
            "first",
            "a",
            "UsageError",
            "b",
        ]
        works.close()

    asyncio.run(run())


async def drain(queue: asyncio.Queue[str | Generation | Exception]) -> list[str | Generation | Exception]:
    found: list[str | Generation | Exception] = []
    while not found or isinstance(found[-1], str):
        found.append(await queue.get())
    return found


def test_streams_advance_in_turn() -> None:
    async def run() -> None:
        order: list[str] = []

        class Noted(EchoGenerator):
            def stream(self, conversation: Sequence[Message], **more: object) -> Iterator[str | Generation]:
                for piece in super().stream(conversation, max_new_tokens=50):
                    order.append(conversation[-1].content[0])
                    yield piece

        works = worker(Noted())
        with works._changed:  # both are there before the worker looks
            one, two = works.stream(prompt("a a a a")), works.stream(prompt("b b b b"))
        pieces = await drain(one.pieces)
        await drain(two.pieces)
        assert "".join(piece for piece in pieces if isinstance(piece, str)) == "a a a a"
        assert isinstance(pieces[-1], Generation)
        assert "".join(order) == "ab" * 5
        works.close()

    asyncio.run(run())


def test_a_cancelled_stream_stops_and_is_cleaned_up() -> None:
    async def run() -> None:
        generator = Gated()
        works = worker(generator)
        work = works.stream(prompt("x " * 200_000, limit=10**6))
        first = await work.pieces.get()
        assert first == "x"
        works.cancel(work)
        await asyncio.to_thread(works.close)
        assert generator.closed == 1
        assert not any(isinstance(item, Generation) for item in _left(work.pieces))

    asyncio.run(run())


def _left(queue: asyncio.Queue[str | Generation | Exception]) -> list[object]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


def test_an_engine_that_forgets_its_end_or_an_answer_is_an_error() -> None:
    class Forgetful(EchoGenerator):
        def generate(self, conversations: Sequence[Sequence[Message]], **more: object) -> list[Generation]:
            return []

        def stream(self, conversation: Sequence[Message], **more: object) -> Iterator[str | Generation]:
            yield "half"

    async def run() -> None:
        works = worker(Forgetful())
        pieces = await drain(works.stream(prompt("a")).pieces)
        assert pieces[0] == "half"
        assert isinstance(pieces[-1], EngineError)
        with pytest.raises(EngineError):
            await works.answer(prompt("a")).answer
        works.close()

    asyncio.run(run())


def test_too_many_waiting_are_refused_and_closing_ends_what_runs() -> None:
    async def run() -> None:
        generator = Gated()
        works = worker(generator, max_waiting=3)
        first = works.answer(prompt("first"))
        await asyncio.sleep(0.05)
        waiting = [works.answer(prompt(f"w{i}")) for i in range(3)]
        with pytest.raises(OverloadedError):
            works.answer(prompt("one too many"))
        generator.gate.set()
        await asyncio.to_thread(works.close)
        assert [(await work.answer).text for work in [first, *waiting]] == ["first", "w0", "w1", "w2"]
        with pytest.raises(EngineError):
            works.answer(prompt("late"))

    asyncio.run(run())
