"""What is looked for when somebody is erased: names they go by, their own words, and how files write these down."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tunewright.core.erased import TEXT

LEAST_TEXT = 24
"""characters from which on a turn is somebody's own words; below it says what anybody says"""
LEAST_NAME = 4
"""characters from which on a name is looked for inside texts; a shorter one counts only where it stands alone"""
_SHOWN = 80
"""characters of a long text by which an excerpt of it is known in a page"""


class Personal:
    """Names (an id, mail addresses, account numbers, ...) and texts of one person."""

    def __init__(self, names: Iterable[str], texts: Iterable[str]) -> None:
        """names: short ones are matched only as whole values. texts: turns; those below ``LEAST_TEXT`` are left out."""
        self.names = tuple(dict.fromkeys(name for name in names if name))
        self.texts = tuple(dict.fromkeys(text for text in texts if len(text.strip()) >= LEAST_TEXT))
        self.searched = tuple(name for name in self.names if len(name) >= LEAST_NAME and not _is_word(name))
        self._words = _pattern(self.searched, bounded=True)
        self._all = _pattern((*self.searched, *self.texts), bounded=True)
        self._values = frozenset(self.names)

    def is_named(self, text: str) -> bool:
        """Whether a value is a name of theirs, or holds one as a word of its own."""
        return text in self._values or (self._words is not None and self._words.search(text) is not None)

    def named(self, text: str) -> list[str]:
        """Which names stand in a text."""
        hits = self._words.findall(text) if self._words is not None else []
        return list(dict.fromkeys([*hits, *([text] if text in self._values else [])]))

    def is_in(self, text: str) -> bool:
        """Whether a text holds a name or one of their texts."""
        return text in self._values or (self._all is not None and self._all.search(text) is not None)

    def without(self, text: str) -> str:
        """The text with names and their words taken out."""
        if text in self._values:
            return TEXT
        return self._all.sub(TEXT, text) if self._all is not None else text

    def blanked(self, value: Any) -> Any:
        """A JSON value in which every text that holds something is ``[erased]``."""
        if isinstance(value, str):
            return TEXT if self.is_in(value) else value
        if isinstance(value, list):
            return [self.blanked(item) for item in value]
        if isinstance(value, dict):
            return {(TEXT if self.is_in(key) else key): self.blanked(item) for key, item in value.items()}
        return value

    def needles(self) -> list[bytes]:
        """Every way in which a file may write a name or a text down, as bytes."""
        return list(
            dict.fromkeys(form for text in (*self.searched, *self.texts) for form in byte_forms(text))
        )

    def page_without(self, page: str) -> str:
        """An HTML page without them; excerpts that were cut are taken out up to the end of their element."""
        for text in self.texts:
            for quote in (True, False):
                escaped = html.escape(text, quote=quote)
                page = page.replace(escaped, TEXT)
                if len(text) > _SHOWN:
                    start = html.escape(text[:_SHOWN], quote=quote)
                    page = re.sub(re.escape(start) + r"[^<]*", TEXT, page)
        for name in self.searched:
            for quote in (True, False):
                page = re.sub(rf"(?<!\w){re.escape(html.escape(name, quote=quote))}(?!\w)", TEXT, page)
        return page


def _is_word(name: str) -> bool:
    """Only letters, or only few digits: it stands in texts that have nothing to do with the person."""
    return name.isalpha() or (name.isdigit() and len(name) < 6)


def _pattern(texts: Iterable[str], *, bounded: bool) -> re.Pattern[str] | None:
    parts = []
    for text in sorted(set(texts), key=len, reverse=True):
        before = r"(?<!\w)" if bounded and text[0].isalnum() else ""
        after = r"(?!\w)" if bounded and text[-1].isalnum() else ""
        parts.append(before + re.escape(text) + after)
    return re.compile("|".join(parts)) if parts else None


def byte_forms(text: str) -> Iterator[bytes]:
    """The text in UTF-8 as it stands, and inside JSON, CSV and HTML."""
    told = (
        text,
        json.dumps(text, ensure_ascii=False)[1:-1],
        json.dumps(text)[1:-1],
        text.replace('"', '""'),
        text.replace("\n", "\r\n"),
        html.escape(text),
        html.escape(text, quote=False),
    )
    yield from dict.fromkeys(form.encode("utf-8", "surrogatepass") for form in told)
