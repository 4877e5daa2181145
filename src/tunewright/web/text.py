"""What is done to every text before a template shows it: signs that deceive the eye become visible.

``autoescape`` makes markup harmless. It does nothing against text that turns around what stands beside it (bidirectional
controls), that is not there (zero-width, tags), or that ends the output early (NUL): those are written as their number.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

_DECEIVING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_EMOJI_FORM = re.compile("(?<=[\u00a9-\U0001faff])\ufe0f")
"""The variation selector that asks for the coloured form of a sign: harmless where it belongs."""


def visible(value: Any) -> Any:
    """Jinja's ``finalize``: markup of our own passes, text has its deceiving signs written as ``⟨U+202E⟩``."""
    if value is None:
        return ""
    if isinstance(value, Markup | int | float):
        return value
    if not isinstance(value, str):
        # A Ref, a datetime: what a template writes of it is text too.
        value = str(value)
    if value.isascii() and value.isprintable():
        return value
    return _DECEIVING.sub(_number, _EMOJI_FORM.sub("", value.replace("\r\n", "\n")))


def _number(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"


def field_value(text: str) -> Markup:
    """A text that somebody edits: escaped, else as it is. A lone surrogate, which no page can carry, is replaced."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"))


def address(*parts: str, **query: object) -> str:
    """``/snapshots/2?split=train`` from its parts: each encoded, empty query values left out."""
    path = "/" + "/".join(quote(part.encode("utf-8", "replace"), safe="") for part in parts)
    pairs = [
        f"{quote(name)}={quote(str(value).encode('utf-8', 'replace'), safe='')}"
        for name, value in query.items()
        if value not in ("", None)
    ]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def local_path(text: str, default: str = "/") -> str:
    """A way to go on after signing in: a path of this console, or the default. Nothing that leads elsewhere."""
    ok = (
        text.startswith("/")
        and not text.startswith(("//", "/\\", "/sign-", "/api/"))
        and len(text) <= 1000
        and re.fullmatch(r"[A-Za-z0-9/_.~%?&=+:@,;!*'()-]+", text) is not None
        and "//" not in text.partition("?")[0]
    )
    return text if ok else default


def short_time(text: str) -> str:
    """``2026-11-24T18:15:53.123456Z`` as ``2026-11-24 18:15:53``."""
    return text[:19].replace("T", " ") if len(text) >= 19 else text


def thousands(number: int) -> str:
    """``12,345``."""
    return f"{number:,}"
