"""HTML as a stream of tags and texts with their places, in time proportional to the page.

The standard library's ``HTMLParser`` tells places too, but needs quadratic time for tags that never close (100 KB of
``<a <a <a`` take minutes with Python 3.11). This follows the tokenizer of the HTML standard (section 13.2.5) as far as tags,
comments, raw text and character references go; attributes are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_OPENING = re.compile(r"<(?:(!--)|([!?])|(/?)([A-Za-z][^\s/>]{0,64}))")
# Quotes count only behind `=`; possessive, so that nothing is tried twice.
_REST_OF_TAG = re.compile(r"""(?:[^>"'=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|["'=])*+>""")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title")
}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is ``start``, ``end`` or ``text``; ``value`` the tag's name in lower case, or the text with its references
    resolved; ``[start, end)`` in characters of the page."""

    kind: str
    value: str
    start: int
    end: int


def html_tokens(page: str) -> Iterator[Token]:
    """Tags and texts in order. What a page leaves open at its end (a tag, a comment, a script) is left out."""
    at = text_from = 0
    while (found := _OPENING.search(page, at)) is not None:
        yield from _text(page, text_from, found.start())
        end = _end(page, found)
        if end < 0:
            return
        name = found[4].lower() if found[4] else ""
        if name:
            yield Token("end" if found[3] else "start", name, found.start(), end)
        if name in _RAW and not found[3]:
            closing = _RAW[name].search(page, end)
            if closing is None:
                return
            end = closing.start()
        at = text_from = end
    yield from _text(page, text_from, len(page))


def _end(page: str, found: re.Match[str]) -> int:
    """Behind the tag, comment or declaration; -1 when it never ends."""
    if found[1]:
        closed = page.find("-->", found.end())
        return closed + 3 if closed >= 0 else -1
    if found[2]:
        closed = page.find(">", found.end())
        return closed + 1 if closed >= 0 else -1
    rest = _REST_OF_TAG.match(page, found.end())
    return rest.end() if rest is not None else -1


def _text(page: str, start: int, end: int) -> Iterator[Token]:
    if start >= end:
        return
    raw = page[start:end]
    try:
        text = unescape(raw)
    except ValueError:  # a numeric reference of thousands of digits
        text = raw
    yield Token("text", text, start, end)
