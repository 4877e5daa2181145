"""One way to write a value down, and its SHA-256: RFC 8785 (JSON Canonicalization Scheme).

What cannot be encoded in exactly one way is refused, never ``str()``-ed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tunewright.core.errors import UsageError

_SAFE_INTEGER = 2**53 - 1


def plain(value: Any) -> Any:
    """Turn dataclasses, pydantic models, tuples and datetimes into plain JSON values.

    Raises UsageError for sets, bytes, NaN, naive datetimes and anything else without one JSON form.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, BaseModel):
        later = getattr(type(value), "later_fields", ())
        return {
            name: plain(item)
            for name in type(value).model_fields
            if (item := getattr(value, name)) is not None or name not in later
        }
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise UsageError(
                    f"a mapping key of type {type(key).__name__} has no JSON form", hint="use string keys"
                )
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Path):
        return value.as_posix()
    raise UsageError(
        f"a value of type {type(value).__name__} has no canonical JSON form",
        hint="convert it to plain data first",
    )


def utc_text(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds and ``Z``. Raises UsageError for a naive datetime."""
    if at.tzinfo is None or at.utcoffset() is None or at.utcoffset().total_seconds() != 0:  # type: ignore[union-attr]
        raise UsageError("a time without UTC zone cannot be recorded", hint="use the project's clock")
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical_json(value: Any) -> bytes:
    """RFC 8785 bytes of any value ``plain`` accepts."""
    parts: list[str] = []
    _write(plain(value), parts)
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(
            "text with half a surrogate pair has no UTF-8 form", hint="normalise the text first"
        ) from error


def _write(value: Any, parts: list[str]) -> None:
    if isinstance(value, dict):
        parts.append("{")
        # RFC 8785 section 3.2.3: keys sort by UTF-16 code units, not by code points.
        for i, key in enumerate(sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))):
            parts.append("," if i else "")
            parts.append(json.dumps(key, ensure_ascii=False))
            parts.append(":")
            _write(value[key], parts)
        parts.append("}")
    elif isinstance(value, list):
        parts.append("[")
        for i, item in enumerate(value):
            parts.append("," if i else "")
            _write(item, parts)
        parts.append("]")
    elif isinstance(value, float):
        parts.append(_number(value))
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > _SAFE_INTEGER:
            raise UsageError(f"the integer {value} is not exact in JSON", hint="write it as a string")
        parts.append(str(value))
    else:
        parts.append(json.dumps(value, ensure_ascii=False))


def _number(value: float) -> str:
    """ECMAScript Number::toString, which RFC 8785 prescribes (section 3.2.2.3)."""
    if not math.isfinite(value):
        raise UsageError(f"the number {value} has no JSON form", hint="leave it out or write it as a string")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent_text = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = (
        len(whole) + int(exponent_text or 0) - (len(whole + fraction) - len((whole + fraction).lstrip("0")))
    )
    if whole.lstrip("0"):
        point = len(whole.lstrip("0")) + int(exponent_text or 0)
    digits = digits.rstrip("0") or "0"
    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits + "0" * (point - len(digits))
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * (-point) + digits
    shown = point - 1
    head = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{head}e{'+' if shown >= 0 else '-'}{abs(shown)}"


def sha256_bytes(data: bytes) -> str:
    """Full hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Full hexadecimal SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest(value: Any) -> str:
    """Full hexadecimal SHA-256 over the canonical JSON of ``value``."""
    return sha256_bytes(canonical_json(value))
