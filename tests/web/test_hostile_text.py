"""Text that attacks whoever looks at it: markup, attribute breakouts, templates, bidirectional controls, long lines."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.consoles import BIDI, BREAKOUT, SCRIPT, SOURCE, RunningConsole
from tunewright.core.types import Ref
from tunewright.flows.review import review_queue
from tunewright.flows.workspace import Workspace
from tunewright.web.marked import Mark, pieces
from tunewright.web.text import address, field_value, local_path, visible

# What our own templates may hold. Anything else came out of a text.
_TAGS = (
    "a b bdi body br button code dd del details dialog div dl dt em fieldset footer form g h1 h2 head header html input ins "
    "kbd label legend li link main mark meta nav option p path pre rect script section select span summary svg table tbody "
    "td text textarea th thead title tr ul circle"
)
_ATTRIBUTES = (
    "accept aria-current aria-hidden aria-label aria-labelledby action autocomplete autofocus charset checked class colspan "
    "content cx cy d data-key data-name data-row defer fill height href id inputmode lang maxlength method minlength name "
    "placeholder preserveaspectratio r rel required role rows rx selected src stroke stroke-linecap stroke-width tabindex "
    "title type value viewbox width x y for http-equiv"
)
TAGS, ATTRIBUTES = set(_TAGS.split()), set(_ATTRIBUTES.split())


class Page(HTMLParser):
    """Every tag and attribute as a browser's parser would see them, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def check(html: str) -> Page:
    """The page holds our tags and attributes only, no inline script or style, and no sign that deceives."""
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag in TAGS, tag
        assert set(attributes) <= ATTRIBUTES, attributes
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        for name in ("href", "src", "action"):
            value = attributes.get(name, "/")
            assert value.startswith(("/", "#")), value
            assert not value.startswith("//"), value
        if tag == "script":
            assert attributes["src"].startswith("/static/console.js?v=")
    # What somebody edits stays as it is; everything else is written out.
    html = re.sub("<textarea.*?</textarea>", "", html, flags=re.DOTALL)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069\u200b\ufeff]", html)
    return page


def findings(console: RunningConsole, actor: str = "reviewer") -> list[Any]:
    ws: Workspace = console.desk.workspace(actor)
    return list(review_queue(ws, page_size=200).items)


def attacked_paths(console: RunningConsole) -> list[str]:
    """Every page that shows text of sources, persons or events."""
    project = console.desk.project
    hostile = Ref(kind="source", name=f"{SCRIPT}{BIDI}", version=BREAKOUT[:40], digest="0" * 64)
    with project.transaction() as connection:
        project.audit.append(
            "test.attack", hostile, {SCRIPT: BREAKOUT, "bidi": BIDI, "list": [SCRIPT]}, connection=connection
        )
    seq = project.audit.events(action="test.attack")[-1].seq
    items = findings(console)
    paths = [
        "/",
        "/review",
        "/review?state=all&order=cluster&collapse=yes",
        "/examples?state=all",
        "/sampling",
        "/snapshots",
    ]
    paths += [
        "/snapshots/1",
        "/snapshots/1/report",
        "/snapshots/1/diff",
        "/audit",
        f"/audit/events/{seq}",
        "/people",
        "/lineage",
    ]
    paths += [f"/review/{item.finding.key}" for item in items[:12]]
    paths += [address("examples", "life", id=item.finding.example) for item in items[:8]]
    paths += [address("why-not", row=f"{SOURCE}#{item.finding.record}") for item in items[:8]]
    for item in items[:4]:
        paths += [address("lineage", f"example.{item.finding.example}")]
    paths.append(address("lineage", what=SOURCE))
    return paths


def test_no_page_shows_markup_out_of_a_text(console: RunningConsole) -> None:
    client = console.sign_in("all")
    first = findings(console)[0].finding.key
    client.get(f"/review/{first}")
    note = f"{SCRIPT} {BREAKOUT} {BIDI}"
    assert (
        client.post(
            f"/review/{first}/decide", {"decision": "confirmed", "note": note, "generation": "0"}
        ).status_code
        == 303
    )
    seen = ""
    for path in [*attacked_paths(console), f"/review/{first}"]:
        answer = client.get(path)
        assert answer.status_code in {200, 303, 404}, path
        page = check(answer.text)
        seen += "".join(page.text)
    # The attacks are there to be read, as text.
    assert SCRIPT in seen
    assert BREAKOUT in seen
    assert SOURCE in seen
    assert "⟨U+202E⟩gnp.exe⟨U+2066⟩" in seen
    assert "{{ 7*7 }}" in seen
    assert "⟨U+0007⟩bell" in seen
    assert "<i>builder</i>" in seen


def test_the_experts_pages_too(console: RunningConsole) -> None:
    client = console.sign_in("all")
    client.get("/sampling")
    assert client.post("/sampling/draw", {"size": "20"}).status_code == 303
    seen = "".join(check(client.get("/sampling").text).text)
    listed = client.json("/examples?state=all")["page"]["items"]
    assert len(listed) >= 10
    for item in listed:
        seen += "".join(check(client.get(f"/examples/{item['id']}").text).text)
    assert SCRIPT in seen
    assert BREAKOUT in seen


def test_an_answer_that_is_edited_is_the_answer_itself(console: RunningConsole) -> None:
    """In a field that somebody edits, nothing is written out: what is saved must be what was there."""
    client = console.sign_in("expert")
    for item in client.json("/examples?state=all")["page"]["items"]:
        page = client.get(f"/examples/{item['id']}").text
        area = re.search(r'<textarea id="correction"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
        assert area is not None
        answer = item["messages"][-1]["content"]
        assert Page(area[1]).text == [answer] or "".join(Page(area[1]).text) == answer


@pytest.mark.parametrize(
    "query",
    [
        "/audit?actor=%3Cscript%3E&action=%22%3E&subject=%27%3E%3Cb%3E", "/review?kind=%22%3E%3Cscript%3E&reason=%27&source=%E2%80%AE",
        "/examples?source=%3Cimg+src%3Dx%3E", "/lineage?what=%3Cscript%3E", "/why-not?row=%3Cscript%3E%23%22&snapshot=", "/lineage/%3Cscript%3E",
        "/review/%3Cscript%3E", "/examples/%22%3E", "/examples/life?id=%3Cscript%3E", "/snapshots/%3Cscript%3E", "/audit/events/%3Cb%3E",
        "/audit?since=%3Cscript%3E", "/audit?actor=%00", "/review?page=%3Cb%3E", "/review?state=%3Cb%3E", "/%3Cscript%3E", "/sign-in?next=%22%3E%3Cscript%3E",
        "/audit?actor=" + "A" * 5000, "/review?kind=%ff%fe",
    ],
)  # fmt: skip
def test_what_an_address_says_is_not_believed(shared: RunningConsole, query: str) -> None:
    client = shared.sign_in("all")
    answer = client.get(query)
    assert answer.status_code in {200, 303, 400, 404}, answer.text
    check(answer.text)
    client.http.headers["accept"] = "application/json"
    assert client.http.get(query).headers["content-type"] in {"application/json", "text/html; charset=utf-8"}


def test_a_very_long_line_is_cut_and_can_be_asked_for(console: RunningConsole) -> None:
    client = console.sign_in("reviewer")
    (item,) = [i for i in client.json("/review?page=1")["page"]["items"] if i["finding"]["record"] == "R6"]
    page = client.get(f"/review/{item['finding']['key']}")
    assert len(page.text) < 20_000
    assert "more characters" in page.text
    assert len(client.get(f"/review/{item['finding']['key']}?whole=yes").text) > 60_000


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
def test_visible_leaves_nothing_that_deceives_and_keeps_the_rest(text: str) -> None:
    shown = visible(text)
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]", shown
    )
    shown.encode("utf-8")
    assert visible(shown) == shown
    if text.isalnum() and text.isascii():
        assert shown == text


@given(st.text(max_size=80))
def test_local_path_never_leads_out(text: str) -> None:
    from urllib.parse import urljoin, urlsplit

    onward = local_path(text)
    landed = urlsplit(urljoin("http://console.example/sign-in", onward))
    assert (landed.scheme, landed.netloc) == ("http", "console.example")


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_addresses_and_fields_come_back_as_they_were(text: str) -> None:
    from urllib.parse import parse_qs, unquote, urlsplit

    parts = urlsplit(address("a", text, q=text))
    assert unquote(parts.path) == f"/a/{text}"
    assert parse_qs(parts.query, keep_blank_values=True).get("q", [""])[0] == text
    page = Page(f'<input value="{field_value(text)}">')
    ((tag, attributes),) = page.tags
    assert tag == "input"
    assert attributes["value"] == text


_marks = st.lists(
    st.builds(
        lambda start, size: Mark(start, start + size, "x", this=False),
        st.integers(0, 4000),
        st.integers(1, 400),
    ),
    max_size=6,
)


@given(st.integers(0, 6000), _marks, st.booleans(), st.booleans())
def test_pieces_are_the_text_in_order(size: int, marks: list[Mark], whole: bool, own: bool) -> None:
    text = "".join(chr(97 + at % 26) for at in range(size))
    if own and size:
        marks = [*marks, Mark(size // 2, min(size, size // 2 + 5) or 1, "own", this=True)]
    found = pieces(text, marks, whole=whole)
    shown = "".join(piece.text for piece in found if piece.kind != "cut")
    assert shown in text
    if whole or size <= 2400:
        assert shown == text or any(piece.kind == "cut" for piece in found)
    if whole:
        assert shown == text
    if own and size and size // 2 < size:
        (this,) = [piece for piece in found if piece.kind == "this"]
        assert this.text == text[size // 2 : size // 2 + 5]
