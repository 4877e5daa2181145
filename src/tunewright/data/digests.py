"""SHA-256 of examples and of what is said in them, over canonical JSON (RFC 8785), written by hand for speed.

All values of an example are strings, for which sorting by code point is canonical as long as the field names are ASCII.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields
from json.encoder import encode_basestring as quoted
from operator import attrgetter
from typing import Any

from tunewright.core.types import Example, Message, Origin


def _writer(kind: type[Any]) -> Callable[[Any], str]:
    """The canonical JSON of a flat dataclass of strings."""
    names = sorted(field.name for field in fields(kind))
    form = "{" + ",".join(f'"{name}":%s' for name in names) + "}"
    values = attrgetter(*names)
    return lambda item: form % tuple(map(quoted, values(item)))


_origin = _writer(Origin)
_FIELDS = sorted(field.name for field in fields(Example))
if _FIELDS != ["history", "id", "labels", "messages", "origin", "reference"]:
    raise TypeError("Example has other fields than are digested here")  # pragma: no cover


def _turns(messages: Sequence[Message]) -> str:
    return ",".join([f'{{"content":{quoted(turn.content)},"role":{quoted(turn.role)}}}' for turn in messages])


def example_digest(example: Example) -> bytes:
    """SHA-256 over the canonical JSON of an example. Raises UnicodeEncodeError for half a surrogate pair."""
    history = ",".join(map(quoted, example.history))
    labels = ",".join(map(quoted, example.labels))
    text = (
        f'{{"history":[{history}],"id":{quoted(example.id)},"labels":[{labels}],'
        f'"messages":[{_turns(example.messages)}],"origin":{_origin(example.origin)},'
        f'"reference":{quoted(example.reference)}}}'
    )
    return hashlib.sha256(text.encode("utf-8")).digest()


def content_digest(messages: Sequence[Message]) -> bytes:
    """SHA-256 over the canonical JSON of the turns: what a step that judges every example by itself may look at."""
    return hashlib.sha256(f"[{_turns(messages)}]".encode("utf-8", "surrogatepass")).digest()


def state_digest(example: Example) -> bytes:
    """Like ``example_digest``, of any example: for comparing within and between builds, never for what is recorded."""
    history = ",".join(map(quoted, example.history))
    labels = ",".join(map(quoted, example.labels))
    text = f"{quoted(example.id)}[{history}][{labels}][{_turns(example.messages)}]{_origin(example.origin)}"
    return hashlib.sha256(f"{text}{quoted(example.reference)}".encode("utf-8", "surrogatepass")).digest()
