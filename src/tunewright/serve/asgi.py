"""A request and its reply on bare ASGI: bounded body, JSON, server-sent events.

Rules: nothing is read beyond the limit; every send has a deadline; a client that has gone away is an exception
(``ClientGoneError``), never a silent success.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from tunewright.serve.openai_api import ApiError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HeaderList = list[tuple[bytes, bytes]]


class ClientGoneError(Exception):
    """The client closed the connection or reads nothing."""


def encode_json(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


class Request:
    """One HTTP request. Header names are lower case."""

    def __init__(self, scope: Message, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
        self._receive = receive

    def header(self, name: bytes) -> bytes | None:
        """The value, None when absent. Raises ApiError 400 when it is given twice: two readers may pick two."""
        found = [value for key, value in self._headers if key == name]
        if len(found) > 1:
            raise ApiError(400, f"the header {name.decode('ascii')} is given {len(found)} times")
        return found[0] if found else None

    async def body(self, *, max_bytes: int, timeout_s: float) -> bytes:
        """The whole body. Raises ApiError 413 above the limit, 408 when it is too slow, 415 when compressed."""
        encoding = self.header(b"content-encoding")
        if encoding not in (None, b"identity"):
            raise ApiError(415, "compressed request bodies are not accepted", code="unsupported_encoding")
        announced = self.header(b"content-length")
        if announced is not None and announced.isdigit() and int(announced[:20]) > max_bytes:
            raise _too_large(max_bytes)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._collect(max_bytes)
        except TimeoutError as error:
            raise ApiError(
                408, f"the request body took longer than {timeout_s:g} s", code="request_timeout"
            ) from error

    async def _collect(self, max_bytes: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            part = message.get("body", b"")
            size += len(part)
            if size > max_bytes:
                raise _too_large(max_bytes)
            parts.append(part)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    async def disconnected(self) -> None:
        """Returns when the client has gone away. Call after the body has been read."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return


def _too_large(max_bytes: int) -> ApiError:
    return ApiError(413, f"the request body is larger than {max_bytes} bytes", code="request_too_large")


class Reply:
    """Sends one response. ``status`` is 0 until the head has been sent."""

    def __init__(self, send: Send, *, request_id: str, timeout_s: float) -> None:
        self._send = send
        self._timeout_s = timeout_s
        self.request_id = request_id
        self.status = 0

    async def json(self, status: int, value: Any, headers: HeaderList | None = None) -> None:
        """A whole JSON response."""
        await self.whole(status, encode_json(value), b"application/json", headers)

    async def whole(
        self, status: int, body: bytes, content_type: bytes, headers: HeaderList | None = None
    ) -> None:
        """A whole response in one piece."""
        await self._start(
            status, content_type, [(b"content-length", str(len(body)).encode("ascii")), *(headers or [])]
        )
        await self._guarded({"type": "http.response.body", "body": body})

    async def start_events(self, headers: HeaderList) -> None:
        """The head of a server-sent event stream."""
        await self._start(
            200, b"text/event-stream; charset=utf-8", [(b"cache-control", b"no-cache"), *headers]
        )

    async def events(self, *values: Any, done: bool = False) -> None:
        """Server-sent events; ``done`` also ends the stream with ``[DONE]``."""
        data = b"".join(b"data: " + encode_json(value) + b"\n\n" for value in values)
        await self._guarded(
            {
                "type": "http.response.body",
                "body": data + b"data: [DONE]\n\n" if done else data,
                "more_body": not done,
            }
        )

    async def end(self) -> None:
        """End a stream without ``[DONE]``: the reader knows it is broken."""
        await self._guarded({"type": "http.response.body", "body": b"", "more_body": False})

    async def _start(self, status: int, content_type: bytes, headers: HeaderList) -> None:
        self.status = status
        await self._guarded(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", content_type),
                    (b"x-request-id", self.request_id.encode("ascii")),
                    (b"x-content-type-options", b"nosniff"),
                    *headers,
                ],
            }
        )

    async def _guarded(self, message: Message) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._send(message)
        except TimeoutError as error:
            raise ClientGoneError from error
        except OSError as error:
            raise ClientGoneError from error
