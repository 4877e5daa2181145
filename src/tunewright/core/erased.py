"""What stands where something was erased: one mark in texts, one label on examples, recognised everywhere.

A mark carries the erasure's tag, a keyed digest (HMAC-SHA-256) that says nothing to who does not hold the workspace's key.
"""

from __future__ import annotations

import hashlib
import hmac
import re

ERASED = "erased"
"""reason of a row that was erased"""
PREFIX = "tunewright:erased:"
FIELD = "tunewright_erased"
"""the key of an erased JSON row that holds its mark"""
LABEL, LEAF = "erased", "leaf"
"""keys of a tombstone's labels: the erasure's tag, and the digest of the example as it was"""
TOMBSTONE = f"(origin_digest = '' and len(list_filter(labels, lambda x: starts_with(x, '{LABEL}:'))) > 0)"
"""a tombstone of ``examples.parquet`` for DuckDB, without its texts: no example that was read has an empty digest"""
ERASED_ROW = f"(len(reasons) = 1 and reasons[1] = '{ERASED}')"
"""an erased row of ``outcomes.parquet`` for DuckDB"""
TEXT = "[erased]"
"""stands in a text from which something was taken out"""
_TAG = 16
_MARK = re.compile(re.escape(PREFIX) + r"[0-9a-f]{16}")


def tag_of(key: bytes, kind: str, text: str) -> str:
    """Keyed digest (hexadecimal HMAC-SHA-256) by which a person, row or content is known again and not told."""
    return hmac.new(key, f"{kind}\x00{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def mark(tag: str) -> str:
    """The mark of an erasure with this tag."""
    return PREFIX + tag[:_TAG]


def is_mark(text: object) -> bool:
    """Whether a text is nothing but a mark."""
    return isinstance(text, str) and text.startswith(PREFIX) and _MARK.fullmatch(text) is not None


def stand_in(text: str, tag: str) -> str:
    """What takes the place of a name (a row's id) that is itself the person's: the same name gives the same one."""
    told = hmac.new(tag.encode("ascii"), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    return f"erased-{told[:12]}"
