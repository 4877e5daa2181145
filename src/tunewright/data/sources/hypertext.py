"""HTML as lines with byte ranges: a block element is a line, ``<dt>`` and ``<summary>`` are questions.

No network, no entities of a document's own, no recursion.
"""

from __future__ import annotations

import re

from tunewright.data.sources.html_tokens import Token, html_tokens
from tunewright.data.sources.lines import Document, Line, check_size, decoded

_SILENT = frozenset({"script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "button", "caption", "dd", "details", "dialog", "div", "dl",
     "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
     "html", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "td",
     "tfoot", "th", "thead", "tr", "ul"}
)  # fmt: skip
_SPACE = re.compile(r"\s+")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


def read_html(data: bytes) -> Document:
    """The blocks of a page. Raises UnreadableDocument for one that is too large or not UTF-8."""
    check_size(data)
    reader = _Blocks(decoded(data))
    return Document(tuple(reader.found()), "bytes")


class _Blocks:
    """Collects text until a block begins or ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: list[Line] = []
        self._parts: list[str] = []
        self._first = -1
        self._last = 0
        self._silent: list[str] = []
        self._level = 0
        self._mark = ""
        self._pre = 0
        self._counted = (0, 0)

    def found(self) -> list[Line]:
        """Parse everything."""
        for token in html_tokens(self._text):
            if token.kind == "text":
                self._take(token)
            elif token.kind == "start":
                self._begin(token)
            else:
                self._end(token)
        self._flush()
        return self._lines

    def _begin(self, token: Token) -> None:
        tag = token.value
        if tag == "body" and self._silent[:1] == ["head"]:
            self._silent.clear()  # a head that nobody closed
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.append(tag)
            return
        if tag == "br":
            self._parts.append("\n")
        if tag in _BLOCKS:
            self._flush()
            self._level = _HEADINGS.get(tag, 0)
            self._mark = "question" if tag in ("dt", "summary") else ""
            self._pre += tag == "pre"
        drawing = tag in ("svg", "math") and self._text[token.end - 2] == "/"
        if tag in _SILENT and not drawing:
            self._flush()
            self._silent.append(tag)

    def _end(self, token: Token) -> None:
        tag = token.value
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
            elif tag in ("body", "html") or (tag == "head" and "head" in self._silent):
                self._silent.clear()
            return
        if tag in _BLOCKS:
            self._flush()
            self._level, self._mark = 0, ""
            if tag == "pre" and self._pre:
                self._pre -= 1
            if tag in ("dl", "details"):
                byte = self._bytes_at(token.start)
                self._lines.append(Line("", byte, byte, mark="end"))

    def _take(self, token: Token) -> None:
        text = token.value
        if self._silent or (self._first < 0 and not text.strip() and not self._pre):
            return
        if self._first < 0:
            self._first = token.start
        self._parts.append(text if self._pre else _SPACE.sub(" ", text))
        self._last = token.end

    def _flush(self) -> None:
        """End the line behind the text that was met last."""
        if self._first < 0:
            self._parts.clear()
            return
        raw = "".join(self._parts)
        text = raw.strip("\n") if self._pre else _folded(raw)
        start, end = self._first, self._last
        self._parts.clear()
        self._first = -1
        if text.strip():
            place = (self._bytes_at(start), self._bytes_at(end))
            self._lines.append(Line(text, *place, self._level, self._mark, bool(self._pre)))

    def _bytes_at(self, at: int) -> int:
        """Byte offset of a character offset; offsets are asked for in rising order."""
        known, size = self._counted
        if at < known:
            known, size = 0, 0
        size += len(self._text[known:at].encode("utf-8"))
        self._counted = (at, size)
        return size


def _folded(raw: str) -> str:
    """White space as a browser shows it: one space, and line breaks only where ``<br>`` put them."""
    return "\n".join(" ".join(part.split()) for part in raw.replace("\r", " ").split("\n")).strip()
