"""The OpenAI chat-completions dialect: what a request may say, and the shape of answers, chunks and errors.

A field is either honoured or refused: nothing is silently ignored, and nothing in a request can name another
server, header, template or credential.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from tunewright.core.errors import TunewrightError
from tunewright.core.types import Message

MAX_MESSAGES = 1000
MAX_USER_CHARS = 256
_MAX_SEED = 2**63 - 1

# Fields that are accepted only with the value that means "do nothing", because we do not do it.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "top_p": (None, 1),
    "presence_penalty": (None, 0),
    "frequency_penalty": (None, 0),
    "logprobs": (None, False),
    "logit_bias": (None, {}),
    "stop": (None, []),
    "tools": (None, []),
    "response_format": (None, {"type": "text"}),
    "stream_options": (None,),
    "store": (None, False),
}
_KNOWN = frozenset(
    {"model", "messages", "max_tokens", "max_completion_tokens", "temperature", "seed", "user", "stream"}
    | set(_NEUTRAL)
)

_TYPES = {401: "invalid_request_error", 403: "permission_error", 429: "rate_limit_error"}


class ApiError(Exception):
    """A refusal, in OpenAI's shape. The message never holds a prompt or a key."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.retry_after_s = retry_after_s

    @classmethod
    def of(cls, error: TunewrightError) -> ApiError:
        """The same error for an HTTP caller."""
        status = error.http_status
        if getattr(error, "retryable", False):
            status = 503
        return cls(status, f"{error.what}; {error.hint}", code=type(error).__name__)

    def body(self) -> dict[str, Any]:
        """``{"error": {message, type, param, code}}``."""
        kind = _TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A checked request."""

    model: str
    messages: tuple[Message, ...]
    max_new_tokens: int
    temperature: float
    """0 (greedy) unless the caller says otherwise: a governed answer should be repeatable"""
    seed: int | None
    user: str
    stream: bool
    include_usage: bool


def load_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object. Raises ApiError 400 for anything else, however deep or odd."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise ApiError(400, f"the body is not UTF-8 at byte {error.start}", code="invalid_json") from error
    except RecursionError as error:
        raise ApiError(400, "the body is nested too deeply", code="invalid_json") from error
    except json.JSONDecodeError as error:
        raise ApiError(
            400, f"the body is not JSON: {error.msg} at {error.pos}", code="invalid_json"
        ) from error
    except ValueError as error:
        raise ApiError(400, f"the body is not JSON: {error}", code="invalid_json") from error
    if not isinstance(value, dict):
        raise ApiError(400, "the body must be a JSON object", code="invalid_json")
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def parse_chat(body: bytes, *, max_new_tokens: int) -> ChatRequest:
    """Check a chat-completions request. Raises ApiError 400 naming the field."""
    raw = load_object(body)
    for name in raw:
        if name not in _KNOWN:
            raise ApiError(400, f"unknown field {name[:64]!r}", param=name[:64], code="unknown_parameter")
    stream = _boolean(raw, "stream")
    include_usage = False
    if stream and raw.get("stream_options") is not None:
        include_usage = _stream_options(raw["stream_options"])
        raw = {name: value for name, value in raw.items() if name != "stream_options"}
    _refuse_unsupported(raw)
    model = raw.get("model")
    if not isinstance(model, str) or not 0 < len(model) <= 200:
        raise ApiError(400, "model must be a name such as `support`", param="model")
    user = raw.get("user") or ""
    if not isinstance(user, str) or len(user) > MAX_USER_CHARS:
        raise ApiError(400, f"user must be a string of at most {MAX_USER_CHARS} characters", param="user")
    check_text(user, "user")
    return ChatRequest(
        model=model,
        messages=parse_messages(raw.get("messages")),
        max_new_tokens=_max_tokens(raw, max_new_tokens),
        temperature=_temperature(raw),
        seed=_seed(raw),
        user=user,
        stream=stream,
        include_usage=include_usage,
    )


def _refuse_unsupported(raw: dict[str, Any]) -> None:
    for name, neutral in _NEUTRAL.items():
        # Types are compared too: True == 1, but n=true is not n=1.
        if name in raw and not any(raw[name] == v and type(raw[name]) in _same(v) for v in neutral):
            raise ApiError(
                400,
                f"{name} is not supported: leave it out",
                param=name,
                code="unsupported_parameter",
            )


def _same(value: Any) -> tuple[type, ...]:
    return (int, float) if type(value) is int else (type(value),)


def _stream_options(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) - {"include_usage"}:
        raise ApiError(400, "stream_options takes include_usage only", param="stream_options")
    return _boolean(value, "include_usage")


def _boolean(raw: dict[str, Any], name: str) -> bool:
    value = raw.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise ApiError(400, f"{name} must be true or false", param=name)
    return value


def _max_tokens(raw: dict[str, Any], limit: int) -> int:
    """The smaller name wins nothing: both given must agree."""
    given = {
        raw[name]
        for name in ("max_tokens", "max_completion_tokens")
        if isinstance(raw.get(name), (int, float))
    }
    for name in ("max_tokens", "max_completion_tokens"):
        value = raw.get(name)
        if value is None:
            continue
        if type(value) is not int or not 1 <= value <= limit:
            raise ApiError(400, f"{name} must be an integer from 1 to {limit}", param=name)
    if len(given) > 1:
        raise ApiError(400, "max_tokens and max_completion_tokens differ", param="max_tokens")
    return int(given.pop()) if given else limit


def _temperature(raw: dict[str, Any]) -> float:
    value = raw.get("temperature")
    if value is None:
        return 0.0
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value <= 2:
        raise ApiError(400, "temperature must be a number from 0 to 2", param="temperature")
    return float(value)


def _seed(raw: dict[str, Any]) -> int | None:
    value = raw.get("seed")
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= _MAX_SEED:
        raise ApiError(400, f"seed must be an integer from 0 to {_MAX_SEED}", param="seed")
    return value


def parse_messages(value: Any) -> tuple[Message, ...]:
    """Optional system message first, then user and assistant in turn, ending with the user. Raises ApiError 400."""
    if not isinstance(value, list) or not value:
        raise ApiError(400, "messages must be a list of at least one message", param="messages")
    if len(value) > MAX_MESSAGES:
        raise ApiError(400, f"messages holds more than {MAX_MESSAGES} messages", param="messages")
    messages = tuple(_message(item, f"messages[{i}]") for i, item in enumerate(value))
    turns = messages[1:] if messages[0].role == "system" else messages
    for i, message in enumerate(turns):
        expected = "assistant" if i % 2 else "user"
        if message.role != expected:
            place = i + len(messages) - len(turns)
            raise ApiError(
                400,
                f"messages[{place}] has role {message.role} where {expected} is due: an optional system message, "
                "then user and assistant in turn",
                param=f"messages[{place}].role",
            )
    if len(turns) % 2 == 0:
        raise ApiError(400, "the last message must be the user's", param="messages")
    return messages


def _message(item: Any, where: str) -> Message:
    if not isinstance(item, dict):
        raise ApiError(400, f"{where} must be an object", param=where)
    for name in item:
        if name not in ("role", "content"):
            raise ApiError(
                400, f"{where} has the unknown field {name[:64]!r}", param=where, code="unknown_parameter"
            )
    role = item.get("role")
    role = "system" if role == "developer" else role
    if role not in ("system", "user", "assistant"):
        raise ApiError(400, f"{where}.role must be system, user or assistant", param=f"{where}.role")
    content = _content(item.get("content"), f"{where}.content")
    return Message(role, content)


def _content(value: Any, where: str) -> str:
    if isinstance(value, list):
        texts = []
        for part in value:
            if (
                not isinstance(part, dict)
                or part.get("type") != "text"
                or not isinstance(part.get("text"), str)
                or len(part) != 2
            ):
                raise ApiError(400, f"{where} takes text parts only", param=where)
            texts.append(part["text"])
        value = "".join(texts)
    if not isinstance(value, str):
        raise ApiError(400, f"{where} must be a string", param=where)
    check_text(value, where)
    return value


def check_text(text: str, where: str) -> None:
    """Raises ApiError 400 for text no database can hold: NUL characters and halves of surrogate pairs."""
    if "\x00" in text:
        raise ApiError(400, f"{where} holds a NUL character", param=where)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ApiError(400, f"{where} holds half a surrogate pair", param=where) from error


def usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    """The ``usage`` object."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def completion(
    *,
    exchange: str,
    created: int,
    model: str,
    text: str,
    finish_reason: str,
    tokens: dict[str, int],
    stamp: dict[str, str],
) -> dict[str, Any]:
    """A whole answer. ``stamp`` says which version answered."""
    return {
        "id": exchange,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": finish_reason,
                "logprobs": None,
            }
        ],
        "usage": tokens,
        "tunewright": stamp,
    }


def chunk(
    *,
    exchange: str,
    created: int,
    model: str,
    delta: dict[str, str],
    finish_reason: str | None,
    stamp: dict[str, str],
) -> dict[str, Any]:
    """One piece of a streamed answer."""
    return {
        "id": exchange,
        "object": "chat.completion.chunk",
        "created": created,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}],
        "tunewright": stamp,
    }


def usage_chunk(
    *, exchange: str, created: int, model: str, tokens: dict[str, int], stamp: dict[str, str]
) -> dict[str, Any]:
    """The chunk ``stream_options.include_usage`` asks for: no choices, only the counts."""
    return {
        "id": exchange,
        "object": "chat.completion.chunk",
        "created": created,
        "model": model,
        "choices": [],
        "usage": tokens,
        "tunewright": stamp,
    }
