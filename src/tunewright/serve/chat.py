"""``POST /v1/chat/completions``: route, ask, record, answer, in this order.

The outcome of every request that reached a generator is committed before its last byte is sent: a whole answer before
its first byte, a stream before its final chunk. A client that leaves, and an engine that fails, are recorded too, as
``cancelled`` and ``error``.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from tunewright.core.errors import EngineError, TunewrightError, UsageError
from tunewright.core.ports import Generation
from tunewright.core.seeds import derive_seed
from tunewright.core.types import Exchange, Ref
from tunewright.serve import openai_api
from tunewright.serve.asgi import ClientGoneError, HeaderList, Reply, Request
from tunewright.serve.batching import OverloadedError, Prompt, Streamed, as_engine_error
from tunewright.serve.exchange_log import ExchangeLog
from tunewright.serve.keys import KeyInfo
from tunewright.serve.metrics_page import Meters
from tunewright.serve.openai_api import ApiError, ChatRequest
from tunewright.serve.options import ServeOptions
from tunewright.serve.routing import Route, route
from tunewright.serve.versions import Fleet
from tunewright.store.project import Project

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ChatContext:
    """What the endpoint works with."""

    project: Project
    fleet: Fleet
    log: ExchangeLog
    meters: Meters
    options: ServeOptions


@dataclass(slots=True)
class _Draft:
    """An exchange under way."""

    id: str
    at: datetime
    started: float
    key_id: str
    route: Route
    asked: ChatRequest
    prompt: Prompt
    pieces: list[str] = field(default_factory=list)

    @property
    def created(self) -> int:
        return int(self.at.timestamp())

    @property
    def stamp(self) -> dict[str, str]:
        version = self.route.version
        return {
            "exchange": self.id,
            "version": version.version,
            "adapter": version.loaded.subject_digest,
            "environment": self.route.environment,
            "variant": self.route.variant,
        }

    def headers(self) -> HeaderList:
        """The stamp, as headers."""
        version = self.route.version
        found = {
            "x-tunewright-exchange": self.id,
            "x-tunewright-version": version.version,
            "x-tunewright-adapter": version.loaded.subject_digest,
            "openai-processing-ms": str(round((time.perf_counter() - self.started) * 1000)),
        }
        if self.route.variant:
            found["x-tunewright-variant"] = self.route.variant
        return [(name.encode("ascii"), value.encode("ascii")) for name, value in found.items()]


async def chat(context: ChatContext, request: Request, reply: Reply, key: KeyInfo) -> None:
    """Answer one request. Raises ApiError for a refusal, ClientGoneError when nobody listens any more."""
    started = time.perf_counter()
    options = context.options
    body = await request.body(max_bytes=options.max_request_bytes, timeout_s=options.body_timeout_s)
    asked = openai_api.parse_chat(body, max_new_tokens=options.max_new_tokens)
    if context.fleet.stale:
        raise ApiError(
            503,
            "the registry cannot be read, so no version may be served",
            code="registry_unreadable",
            retry_after_s=5,
        )
    chosen = route(asked.model, asked.user or key.id, context.fleet.serving, options.shares)
    identity = "ex-" + secrets.token_hex(12)
    # Without a seed of the caller's, the exchange's id gives one: a sampled answer can be repeated from its record.
    seed = asked.seed if asked.seed is not None else derive_seed(0, identity)
    draft = _Draft(
        id=identity,
        at=context.project.now(),
        started=started,
        key_id=key.id,
        route=chosen,
        asked=asked,
        prompt=Prompt(asked.messages, asked.max_new_tokens, asked.temperature, seed),
    )
    context.meters.running += 1
    try:
        if asked.stream:
            await _Stream(context, draft, request, reply).run()
        else:
            await _whole(context, draft, request, reply)
    except OverloadedError as error:
        raise ApiError(503, str(error), code="overloaded", retry_after_s=1) from error
    finally:
        context.meters.running -= 1
        which = (("model", chosen.version.model), ("version", chosen.version.version))
        context.meters.latency[which].observe(time.perf_counter() - started)


async def _whole(context: ChatContext, draft: _Draft, request: Request, reply: Reply) -> None:
    worker = draft.route.version.worker
    work = worker.answer(draft.prompt)
    try:
        answer = await _unless_gone(work.answer, request)
    except (ClientGoneError, asyncio.CancelledError):
        worker.cancel(work)
        _record_later(context, draft, "cancelled")
        raise
    except UsageError as error:
        raise _refused(error) from error
    except Exception as error:
        # Request boundary: whatever the engine raised is recorded as its failure.
        failure = as_engine_error(error)
        await _record(context, draft, Generation("", "error", 0, 0), failure)
        raise ApiError.of(failure) from error
    await _record(context, draft, answer)
    await reply.json(
        200,
        openai_api.completion(
            exchange=draft.id,
            created=draft.created,
            model=draft.route.version.name,
            text=answer.text,
            finish_reason=answer.finish_reason,
            tokens=openai_api.usage(answer.prompt_tokens, answer.completion_tokens),
            stamp=draft.stamp,
        ),
        draft.headers(),
    )


class _Stream:
    """One streamed answer."""

    def __init__(self, context: ChatContext, draft: _Draft, request: Request, reply: Reply) -> None:
        self._context = context
        self._draft = draft
        self._request = request
        self._reply = reply
        self._work: Streamed = draft.route.version.worker.stream(draft.prompt)

    async def run(self) -> None:
        """Send pieces as they come; commit; send the last chunk."""
        gone = asyncio.ensure_future(self._request.disconnected())
        try:
            await self._pump(gone)
        except (ClientGoneError, asyncio.CancelledError):
            self._draft.route.version.worker.cancel(self._work)
            _record_later(self._context, self._draft, "cancelled")
            raise
        finally:
            gone.cancel()

    async def _pump(self, gone: asyncio.Future[None]) -> None:
        pieces, last = await self._next(gone)
        # Only now is it known that the engine takes the prompt, so only now is the status known.
        if isinstance(last, UsageError):
            raise _refused(last)
        if isinstance(last, Exception) and not pieces:
            failure = as_engine_error(last)
            await _record(self._context, self._draft, Generation("", "error", 0, 0), failure)
            raise ApiError.of(failure)
        which = (("model", self._draft.route.version.model), ("version", self._draft.route.version.version))
        self._context.meters.first_token[which].observe(time.perf_counter() - self._draft.started)
        await self._reply.start_events(self._draft.headers())
        await self._reply.events(self._chunk({"role": "assistant", "content": ""}))
        while True:
            self._draft.pieces += pieces
            if pieces:
                await self._reply.events(self._chunk({"content": "".join(pieces)}))
            if last is not None:
                break
            pieces, last = await self._next(gone)
        if isinstance(last, Generation):
            await self._finish(last)
        else:
            await self._fail(as_engine_error(last))

    async def _next(self, gone: asyncio.Future[None]) -> tuple[list[str], Generation | Exception | None]:
        """The pieces that are there (at least one, or the end), and the end when it has come."""
        queue = self._work.pieces
        if queue.empty():
            waiting = asyncio.ensure_future(queue.get())
            either: set[asyncio.Future[Any]] = {waiting, gone}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                raise ClientGoneError
            piece = waiting.result()
        else:
            piece = queue.get_nowait()
        pieces: list[str] = []
        while isinstance(piece, str):
            pieces.append(piece)
            if queue.empty():
                if gone.done():
                    raise ClientGoneError
                return pieces, None
            piece = queue.get_nowait()
        return pieces, piece

    async def _finish(self, answer: Generation) -> None:
        draft = self._draft
        try:
            await _record(self._context, draft, answer)
        except ApiError as error:
            await self._broken(error)
            return
        values = [self._chunk({}, answer.finish_reason)]
        if draft.asked.include_usage:
            values.append(
                openai_api.usage_chunk(
                    exchange=draft.id,
                    created=draft.created,
                    model=draft.route.version.name,
                    tokens=openai_api.usage(answer.prompt_tokens, answer.completion_tokens),
                    stamp=draft.stamp,
                )
            )
        try:
            await self._reply.events(*values, done=True)
        except ClientGoneError:
            # Recorded with its true end already; only the last chunk did not arrive.
            return

    async def _fail(self, failure: TunewrightError) -> None:
        said = "".join(self._draft.pieces)
        try:
            await _record(
                self._context, self._draft, Generation(said, "error", 0, len(self._draft.pieces)), failure
            )
        except ApiError as error:
            await self._broken(error)
            return
        await self._broken(ApiError.of(failure))

    async def _broken(self, error: ApiError) -> None:
        """An error event and the end without ``[DONE]``. The outcome is recorded, or cannot be."""
        try:
            await self._reply.events(error.body())
            await self._reply.end()
        except ClientGoneError:
            return

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
        draft = self._draft
        return openai_api.chunk(
            exchange=draft.id,
            created=draft.created,
            model=draft.route.version.name,
            delta=delta,
            finish_reason=finish_reason,
            stamp=draft.stamp,
        )


async def _unless_gone(work: asyncio.Future[_T], request: Request) -> _T:
    """The result of ``work``. Raises ClientGoneError when the client leaves first."""
    gone = asyncio.ensure_future(request.disconnected())
    try:
        either: set[asyncio.Future[Any]] = {work, gone}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ClientGoneError
        return work.result()
    finally:
        gone.cancel()


def _refused(error: UsageError) -> ApiError:
    """The engine does not take the prompt: too long, most often."""
    code = "context_length_exceeded" if "context" in error.facts else "invalid_prompt"
    return ApiError(400, f"{error.what}; {error.hint}", param="messages", code=code)


async def _record(
    context: ChatContext, draft: _Draft, answer: Generation, failure: TunewrightError | None = None
) -> None:
    """Commit the exchange. Raises ApiError 503 when it cannot be: then it must not be answered."""
    context.meters.finished += 1
    try:
        await context.log.record(*_exchange(draft, answer, failure))
    except EngineError as error:
        raise ApiError(503, error.what, code="exchange_not_recorded", retry_after_s=5) from error
    context.meters.recorded += 1
    context.meters.exchange(
        model=draft.route.version.model,
        version=draft.route.version.version,
        finish_reason=answer.finish_reason,
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
    )


_later: set[asyncio.Future[None]] = set()


def _record_later(context: ChatContext, draft: _Draft, finish_reason: str) -> None:
    """Record an outcome nobody waits for. The log's shutdown waits for it."""
    said = Generation("".join(draft.pieces), finish_reason, 0, len(draft.pieces))
    task = asyncio.ensure_future(_quietly(_record(context, draft, said)))
    _later.add(task)
    task.add_done_callback(_later.discard)


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except ApiError:
        # Counted in the log's failures and shown by /ready; there is no client left to tell.
        return


def _exchange(
    draft: _Draft, answer: Generation, failure: TunewrightError | None
) -> tuple[Exchange, dict[str, Any]]:
    version = draft.route.version
    exchange = Exchange(
        id=draft.id,
        at=draft.at,
        key_id=draft.key_id,
        model=Ref(kind="model", name=version.model, version=version.version, digest=version.digest),
        subject_digest=version.loaded.subject_digest,
        variant=draft.route.variant,
        user=draft.asked.user,
        messages=draft.asked.messages,
        answer=answer.text,
        finish_reason=answer.finish_reason,
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        latency_ms=round((time.perf_counter() - draft.started) * 1000, 3),
        flags=("stream",) if draft.asked.stream else (),
    )
    body: dict[str, Any] = {
        "model": draft.asked.model,
        "model_digest": version.digest,
        "environment": draft.route.environment,
        "max_new_tokens": draft.prompt.max_new_tokens,
        "temperature": draft.prompt.temperature,
        "seed": str(draft.prompt.seed),
    }
    if failure is not None:
        body["failure"] = type(failure).__name__
    return exchange, body
