"""The HTML tokenizer against the standard library's parser on whole pages, and on pages made to take long."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.data.sources.html_tokens import html_tokens
from tunewright.data.sources.hypertext import read_html

NAMES = st.sampled_from(["p", "H1", "b", "dl", "dt", "x-y", "td"])
VALUES = st.sampled_from(["", " a", ' a="1 > 2"', " a='<b>'", " a=don", ' a = "x" b', "/"])
TEXTS = st.text(st.sampled_from("ab \n.;äöü\u20ac"), min_size=1, max_size=8)
REFERENCES = st.sampled_from(["&amp;", "&lt;", "&#x41;", "&nbsp;", "&nothing;", "&#xD800;"])


@st.composite
def pages(draw: st.DrawFn) -> str:
    """Well-formed pieces: what both parsers must agree on."""
    parts = []
    for _ in range(draw(st.integers(0, 15))):
        name = draw(NAMES)
        parts.append(
            draw(
                st.one_of(
                    st.just(f"<{name}{draw(VALUES)}>"),
                    st.just(f"</{name}>"),
                    TEXTS,
                    REFERENCES,
                    st.sampled_from(
                        ["<!-- a > b -->", "<script>if (a<b) {}</script>", "<!doctype html>", "<br>"]
                    ),
                )
            )
        )
    return "".join(parts)


class Theirs(HTMLParser):
    """Events as (kind, value), neighbouring texts joined, scripts' text left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.events.append(("start", tag))

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.events.append(("start", tag))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(("end", tag))

    def handle_data(self, data: str) -> None:
        if self.events[-1:] == [("start", "script")]:
            return
        self.events.append(("text", data))


def joined(events: list[tuple[str, str]]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for kind, value in events:
        if kind == "text" and found and found[-1][0] == "text":
            found[-1] = ("text", found[-1][1] + value)
        else:
            found.append((kind, value))
    return found


@settings(max_examples=300, deadline=None)
@given(pages())
def test_tags_and_texts_are_those_of_the_standard_library(page: str) -> None:
    theirs = Theirs()
    theirs.feed(page)
    theirs.close()
    ours = [(token.kind, token.value) for token in html_tokens(page)]
    assert joined(ours) == joined(theirs.events)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("<>/!-=\"' abp&;\n"), max_size=40))
def test_places_are_in_order_and_name_the_text(page: str) -> None:
    at = 0
    for token in html_tokens(page):
        assert at <= token.start < token.end <= len(page)
        at = token.end
        piece = page[token.start : token.end]
        assert piece[0] == "<" if token.kind != "text" else "&" in piece or piece == token.value


LONG = {
    "tags": "<a ", "comments": "<!--", "declarations": "<!", "quotes": "<a b='", "double": '<a b="', "scripts": "<script></", "less": "<",
    "references": "&", "digits": "&#9", "equals": "=", "lists": "<dl><dt>a<dd>b", "blanks": "<a =   ",
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_a_megabyte_made_to_take_long_ends(name: str) -> None:
    """A quadratic reader would need hours (``html.parser`` of Python 3.11 does); this one needs less than a second."""
    page = (LONG[name] * (1_000_000 // len(LONG[name]))).encode()
    lines = read_html(page).lines
    assert all(line.end <= len(page) for line in lines)


def test_a_reference_of_thousands_of_digits_is_text() -> None:
    (line,) = read_html(("<p>&#" + "9" * 5000 + ";</p>").encode()).lines
    assert line.text.startswith("&#999")
