"""One worker thread a loaded version: whole answers in batches, streams a piece at a time in turn.

Only the worker thread touches the generator. The event loop hands in work and gets its results called back on the
loop; a slow reader therefore never holds up the model, and a cancelled request stops at its next piece.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tunewright.core.errors import EngineError, TunewrightError
from tunewright.core.ports import Generation, Generator
from tunewright.core.types import Message


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the generator is asked."""

    messages: tuple[Message, ...]
    max_new_tokens: int
    temperature: float
    seed: int

    def batches_with(self, other: Prompt) -> bool:
        """Greedy prompts of one length limit share a batch. A sampled one runs alone: its seed must decide its answer."""
        return self.temperature == other.temperature == 0 and self.max_new_tokens == other.max_new_tokens


@dataclass(eq=False, slots=True)
class Whole:
    """Work that answers once."""

    prompt: Prompt
    answer: asyncio.Future[Generation]
    cancelled: bool = False


@dataclass(eq=False, slots=True)
class Streamed:
    """Work that answers in pieces: text, then a ``Generation``, or an error."""

    prompt: Prompt
    pieces: asyncio.Queue[str | Generation | Exception]
    cancelled: bool = False
    iterator: Iterator[str | Generation] | None = field(default=None)


class OverloadedError(EngineError):
    """The version has no room for another request."""

    def __init__(self, what: str) -> None:
        super().__init__(what, hint="retry later", retryable=True)


class Worker:
    """Runs one generator. ``start`` on the event loop's thread, ``close`` when nothing is routed to it any more."""

    def __init__(
        self,
        generator: Generator,
        *,
        name: str,
        max_batch: int,
        batch_wait_ms: float,
        max_waiting: int,
        max_streams: int,
    ) -> None:
        self._generator = generator
        self._max_batch = max_batch
        self._batch_wait_s = batch_wait_ms / 1000
        self._max_waiting = max_waiting
        self._max_streams = max_streams
        self._loop = asyncio.get_running_loop()
        self._changed = threading.Condition()
        self._whole: deque[Whole] = deque()
        self._new_streams: deque[Streamed] = deque()
        self._streams: list[Streamed] = []
        self._closing = False
        self._overlapping = False
        self.batches = 0
        self.batched = 0
        self._thread = threading.Thread(target=self._run, name=f"worker {name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Requests handed in and not begun."""
        return len(self._whole) + len(self._new_streams)

    def answer(self, prompt: Prompt) -> Whole:
        """Hand in work. Raises OverloadedError when too many wait, EngineError when the worker has ended."""
        work = Whole(prompt, self._loop.create_future())
        with self._changed:
            self._admit()
            self._whole.append(work)
            self._changed.notify()
        return work

    def stream(self, prompt: Prompt) -> Streamed:
        """Hand in streamed work. Raises as ``answer``."""
        work = Streamed(prompt, asyncio.Queue())
        with self._changed:
            self._admit()
            self._new_streams.append(work)
            self._changed.notify()
        return work

    def _admit(self) -> None:
        if self._closing:
            raise EngineError("this version is being unloaded", hint="retry", retryable=True)
        if len(self._whole) + len(self._new_streams) >= self._max_waiting:
            raise OverloadedError(f"{self._max_waiting} requests wait already")

    def cancel(self, work: Whole | Streamed) -> None:
        """Stop as soon as possible: before it begins, or at the next piece."""
        work.cancelled = True

    def close(self, timeout_s: float = 30.0) -> None:
        """End running work, then the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            if batch is None:
                return
            if batch:
                self._generate(batch)
            self._advance_streams()

    def _next_batch(self) -> list[Whole] | None:
        """Compatible waiting work (maybe none, when streams run); None when closing and nothing is left."""
        with self._changed:
            while not (self._whole or self._new_streams or self._streams):
                if self._closing:
                    return None
                self._changed.wait()
            if self._whole and self._overlapping and not self._streams:
                self._wait_to_fill()
            while self._new_streams and len(self._streams) < self._max_streams:
                self._streams.append(self._new_streams.popleft())
            batch = self._take()
            # Waiting pays only when requests overlap: a lone caller is answered at once.
            self._overlapping = len(batch) > 1 or bool(self._whole)
            return batch

    def _wait_to_fill(self) -> None:
        deadline = time.perf_counter() + self._batch_wait_s
        while len(self._whole) < self._max_batch and not self._closing:
            left = deadline - time.perf_counter()
            if left <= 0 or not self._changed.wait(left):
                return

    def _take(self) -> list[Whole]:
        batch: list[Whole] = []
        rest: deque[Whole] = deque()
        while self._whole and len(batch) < self._max_batch:
            work = self._whole.popleft()
            if work.cancelled:
                continue
            if not batch or work.prompt.batches_with(batch[0].prompt):
                batch.append(work)
            else:
                rest.append(work)
        self._whole.extendleft(reversed(rest))
        return batch

    def _generate(self, batch: Sequence[Whole]) -> None:
        results = self._attempt(batch)
        if len(batch) > 1 and isinstance(results[0], Exception):
            # One prompt the engine refuses must not fail its neighbours.
            results = [self._attempt([work])[0] for work in batch]
        self.batches += 1
        self.batched += len(batch)
        self._post(_settle, list(zip(batch, results, strict=True)))

    def _attempt(self, batch: Sequence[Whole]) -> Sequence[Generation | Exception]:
        """The answers, or the same error for all."""
        first = batch[0].prompt
        try:
            results = self._generator.generate(
                [work.prompt.messages for work in batch],
                max_new_tokens=first.max_new_tokens,
                temperature=first.temperature,
                seed=first.seed,
            )
        except Exception as error:  # noqa: BLE001 - worker boundary: an engine's fault must reach its callers
            return [error] * len(batch)
        if len(results) != len(batch):
            wrong = EngineError(
                f"the generator gave {len(results)} answers to {len(batch)} prompts", hint="mend the engine"
            )
            return [wrong] * len(batch)
        return results

    def _advance_streams(self) -> None:
        """One piece from every stream in turn."""
        going: list[Streamed] = []
        for work in self._streams:
            if work.cancelled:
                _close(work)
                continue
            piece = self._piece(work)
            self._post(work.pieces.put_nowait, piece)
            if isinstance(piece, str):
                going.append(work)
            else:
                _close(work)
        self._streams = going

    def _piece(self, work: Streamed) -> str | Generation | Exception:
        try:
            if work.iterator is None:
                work.iterator = self._generator.stream(
                    work.prompt.messages,
                    max_new_tokens=work.prompt.max_new_tokens,
                    temperature=work.prompt.temperature,
                    seed=work.prompt.seed,
                )
            return next(work.iterator)
        except StopIteration:
            return EngineError("the generator ended a stream without its last item", hint="mend the engine")
        except Exception as error:  # noqa: BLE001 - worker boundary: an engine's fault must reach its caller
            return error

    def _post(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            # The loop has ended: nobody waits for this any more.
            with self._changed:
                self._closing = True


def _settle(results: list[tuple[Whole, Generation | Exception]]) -> None:
    for work, result in results:
        if work.answer.done():
            continue
        if isinstance(result, Exception):
            work.answer.set_exception(result)
        else:
            work.answer.set_result(result)


def _close(work: Streamed) -> None:
    """Let a generator function run its clean-up now, not at garbage collection."""
    close = getattr(work.iterator, "close", None)
    if close is not None:
        close()


def as_engine_error(error: BaseException) -> TunewrightError:
    """The caller's view of whatever an engine raised: typed errors as they are, others without their text.

    An unknown exception's text may quote the prompt, so only its class is passed on.
    """
    if isinstance(error, TunewrightError):
        return error
    return EngineError(
        f"the engine failed with {type(error).__name__}",
        hint="see the engine's log; the exchange is recorded",
    )
