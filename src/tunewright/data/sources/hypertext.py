"""HTML as lines with byte ranges: a block element is a line, ``<dt>`` and ``<summary>`` are questions.

The standard library's parser: no network, no entities of a document's own, no recursion.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from tunewright.data.sources.lines import Document, Line, UnreadableDocument, decoded

MAX_HTML_BYTES = 16 * 1024 * 1024
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
    if len(data) > MAX_HTML_BYTES:
        raise UnreadableDocument(
            "too_large", f"split it: an HTML page has at most {MAX_HTML_BYTES >> 20} MiB"
        )
    reader = _Blocks(decoded(data))
    return Document(tuple(reader.found()), "bytes")


class _Blocks(HTMLParser):
    """Collects text until a block begins or ends."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self._text = text
        self._starts = [0]
        for at, letter in enumerate(text):
            if letter == "\n":
                self._starts.append(at + 1)
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
        self.feed(self._text)
        self.close()
        self._flush()
        return self._lines

    def _at(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
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
        if tag in _SILENT:
            self._flush()
            self._silent.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag == "br":
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
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
                byte = self._bytes_at(self._at())
                self._lines.append(Line("", byte, byte, mark="end"))

    def handle_data(self, data: str) -> None:
        if self._silent or (not data.strip() and not self._pre and self._first < 0):
            return
        at = self._at()
        if self._first < 0:
            self._first = at
        # Where this text ends is where the next construct begins.
        self._parts.append(data if self._pre else _SPACE.sub(" ", data))
        self._last = at

    def _flush(self) -> None:
        """End the line at the present place."""
        if self._first < 0:
            self._parts.clear()
            return
        raw = "".join(self._parts)
        text = raw.strip("\n") if self._pre else _folded(raw)
        start = self._first
        end = self._at() if self._at() > self._last else len(self._text)
        self._parts.clear()
        self._first = -1
        if text.strip():
            level = self._level
            found = Line(
                text,
                self._bytes_at(start),
                self._bytes_at(end),
                level,
                self._mark,
                bool(self._pre),
            )
            self._lines.append(found)

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
