"""Reads the form of a POST: bounded in size, in time and in the number of its fields."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect

from tunewright.core.errors import TunewrightError, UsageError

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_BYTES = 256 * 1024
MOST_FIELDS = 64


class BodyTooLargeError(UsageError):
    """More bytes than any form of ours has."""

    http_status = 413


class BodyTooSlowError(UsageError):
    """The client did not send its form in time."""

    http_status = 408


class BodyKindError(UsageError):
    """Neither a form nor JSON."""

    http_status = 415


async def read_form(request: Request, timeout_s: float) -> dict[str, str]:
    """The fields of a form or of a flat JSON object; every value is text. Raises the errors above, UsageError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/x-www-form-urlencoded", "application/json"}:
        raise BodyKindError("the request is no form", hint="send a form or a flat JSON object")
    try:
        async with asyncio.timeout(timeout_s):
            data = await _read(request)
    except TimeoutError:
        raise BodyTooSlowError("the form did not arrive in time", hint="send it again") from None
    except ClientDisconnect:
        raise BodyTooSlowError("the client went away", hint="send it again") from None
    return parse_form(data) if kind == "application/x-www-form-urlencoded" else parse_json(data)


async def _read(request: Request) -> bytes:
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > MOST_BYTES:
        raise _too_large()
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MOST_BYTES:
            raise _too_large()
    return bytes(data)


def _too_large() -> TunewrightError:
    return BodyTooLargeError(
        f"the form has more than {MOST_BYTES} bytes", hint="shorten the text; the source keeps the long one"
    )


def parse_form(data: bytes) -> dict[str, str]:
    """``a=1&b=2``. Raises UsageError for text that is not UTF-8, too many fields, and a field given twice."""
    try:
        pairs = parse_qsl(
            data.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise UsageError("the form cannot be read", hint="send UTF-8 fields, URL-encoded") from error
    return _once(pairs)


def parse_json(data: bytes) -> dict[str, str]:
    """``{"a": "1"}``; numbers and booleans become their text. Raises UsageError for anything deeper."""
    try:
        value = json.loads(data, object_pairs_hook=_pairs)
    except (ValueError, RecursionError) as error:
        raise UsageError("the request's JSON cannot be read", hint="send one flat object") from error
    if not isinstance(value, _Pairs) or len(value.pairs) > MOST_FIELDS:
        raise UsageError("the request's JSON is not a flat object", hint="send one flat object")
    fields = []
    for name, item in value.pairs:
        if not isinstance(item, (str, int, bool)):
            raise UsageError(
                "a field of the request is neither text nor a number", hint="send one flat object"
            )
        fields.append((name, item if isinstance(item, str) else json.dumps(item)))
    return _once(fields)


class _Pairs:
    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        self.pairs = pairs


def _pairs(pairs: list[tuple[str, object]]) -> _Pairs:
    return _Pairs(pairs)


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise UsageError("a field of the request is given twice", hint="send every field once")
        # Half a surrogate pair has no UTF-8 form and a NUL no place in a database's text.
        fields[name] = value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
    return fields
