"""Names that come from outside are checked here before they become part of a path or a row."""

from __future__ import annotations

import re

from tunewright.core.errors import UsageError

MAX_NAME = 200
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PREFIX = re.compile(r"[0-9a-f]{4,64}")
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def check_name(text: str, what: str) -> str:
    """A record's name or version, a lease's name: one path component of 1 to 200 characters.

    Raises UsageError for an empty or over-long text, a slash or backslash, ``.`` or ``..``, and control characters.
    """
    _check_text(text, what)
    if "/" in text or text in {".", ".."} or text != text.strip():
        raise _refusal(text, what, "is not a plain name")
    return text


def check_relative_path(text: str, what: str = "file") -> str:
    """A file's path inside a record: relative, posix, at most 200 characters. Raises UsageError otherwise."""
    _check_text(text, what)
    if any(part in {"", ".", ".."} for part in text.split("/")) or re.match(r"[A-Za-z]:", text):
        raise _refusal(text, what, "is not a relative path inside its folder")
    return text


def check_kind(text: str) -> str:
    """A record's kind, such as ``snapshot``. Raises UsageError."""
    if not isinstance(text, str) or not _KIND.fullmatch(text):
        raise _refusal(str(text), "kind", "is not a kind")
    return text


def check_digest(text: str) -> str:
    """A full SHA-256 in lower-case hexadecimal. Raises UsageError."""
    if not isinstance(text, str) or not _DIGEST.fullmatch(text):
        raise _refusal(str(text), "digest", "is not a SHA-256 digest")
    return text


def check_digest_prefix(text: str) -> str:
    """The first 4 to 64 hexadecimal digits of a digest. Raises UsageError."""
    if not isinstance(text, str) or not _PREFIX.fullmatch(text):
        raise _refusal(str(text), "digest", "is not the beginning of a SHA-256 digest (4 digits at least)")
    return text


def check_actor(text: str) -> str:
    """Who does it: 1 to 200 characters without control characters. Raises UsageError."""
    _check_text(text, "actor")
    if not text.strip():
        raise _refusal(text, "actor", "is blank")
    return text


def _check_text(text: str, what: str) -> None:
    if not isinstance(text, str) or not text:
        raise UsageError(f"the {what} is empty", hint=f"give the {what} a name")
    if len(text) > MAX_NAME:
        raise _refusal(text, what, f"is longer than {MAX_NAME} characters")
    # str.isprintable would refuse some scripts' joiners; what must not pass is what breaks paths, logs and notes.
    if "\\" in text or any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u2028\u2029" for c in text):
        raise _refusal(text, what, "holds a backslash or a control character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _refusal(text, what, "is not valid Unicode") from error


def _refusal(text: str, what: str, why: str) -> UsageError:
    shown = ascii(text[:60])
    return UsageError(
        f"the {what} {shown} {why}",
        hint=f"use letters, digits, `.`, `_` and `-`, at most {MAX_NAME} characters",
        field=what,
    )
