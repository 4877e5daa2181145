"""Answers against references: exact match and structured (JSON) match. Pure functions of two strings, answering 0 or 1.

JSON is RFC 8259 read strictly: the whole answer after trimming, no ``NaN``, no duplicate keys, no code fences.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

from tunewright.core.errors import UsageError


def exact_match(answer: str, reference: str) -> float:
    """1 when the texts are equal after Unicode NFC and trimming white space; case and punctuation count."""
    return float(_trimmed(answer) == _trimmed(reference))


def json_valid(answer: str, reference: str = "") -> float:
    """1 when the answer is one JSON object or array. The reference is not looked at."""
    return float(isinstance(parse_json(answer), (dict, list)))


def json_match(answer: str, reference: str) -> float:
    """1 when both are JSON and equal as values: key order and 1 = 1.0 do not matter, list order and types do.

    Raises UsageError when the reference is not JSON.
    """
    expected = _reference(reference)
    given = parse_json(answer)
    return float(given is not INVALID and same_json(given, expected))


def json_field(answer: str, reference: str, name: str) -> float:
    """1 when the answer is a JSON object whose field ``name`` (dots go deeper) equals the reference's.

    Raises UsageError when the reference is not JSON or lacks the field.
    """
    expected = field(_reference(reference), name)
    if expected is INVALID:
        raise UsageError(
            f"a reference has no field {name!r}", hint="fix the golden set or name another field"
        )
    given = field(parse_json(answer), name)
    return float(given is not INVALID and same_json(given, expected))


class _Invalid:
    """The answer that is no JSON (``None`` is a JSON value)."""

    def __repr__(self) -> str:
        return "INVALID"


INVALID = _Invalid()


def parse_json(text: str) -> Any:
    """The JSON value of the trimmed text, or ``INVALID``."""
    try:
        return json.loads(text.strip(" \t\n\r"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return INVALID


def field(value: Any, name: str) -> Any:
    """The value at a dotted path of objects, or ``INVALID``."""
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return INVALID
        value = value[part]
    return value


def same_json(a: Any, b: Any) -> bool:
    """Equality of JSON values; unlike Python's, ``true`` is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_json(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same_json(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b
    return type(a) is type(b) and bool(a == b)


def _trimmed(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _reference(text: str) -> Any:
    value = parse_json(text)
    if value is INVALID:
        raise UsageError("a reference is not JSON", hint="use exact_match, or fix the golden set")
    return value


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
