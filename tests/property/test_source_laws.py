"""Laws of reading: every row gives exactly one answer, in order, under a name of its own, and places point at the text."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.documents import letter, mbox_bytes
from tunewright.core.types import Example, Message, Origin
from tunewright.data.source_options import ColumnMap, DocumentOptions, SourceOptions
from tunewright.data.sources import Malformed, Member, read_source
from tunewright.flows.source_changes import RowIndex, compare_rows

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
RULES = ("qa", "headings", "thread")


def read(name: str, data: bytes, **fields: Any) -> list[Example | Malformed]:
    member = Member(name, lambda: io.BytesIO(data), len(data))
    return list(read_source([member], SourceOptions(path=name, **fields)))


def check_rows(rows: list[Example | Malformed], count: int) -> None:
    assert len(rows) == count
    locators = [row.origin.locator for row in rows]
    assert len(set(locators)) == count
    ids = [row.id for row in rows if isinstance(row, Example)]
    assert len(set(ids)) == len(ids)
    assert all(row.reason for row in rows if isinstance(row, Malformed))


json_row = st.fixed_dictionaries(
    {}, optional={"id": st.sampled_from(["a", "a~2", "1", 1, None]) | TEXT, "prompt": TEXT, "completion": TEXT | st.integers()}
)  # fmt: skip
junk = st.sampled_from(
    [b"{", b"[]", b"nul\x00l", b"x\xff", b'{"prompt": "\\ud800", "completion": "x"}', b"7"]
)
line = json_row.map(lambda row: json.dumps(row).encode()) | junk


@QUICK
@given(st.lists(line, min_size=1, max_size=25), st.sampled_from([b"\n", b"\r\n", b"\n\n"]))
def test_every_line_of_json_lines_gives_one_row_in_order(lines: list[bytes], end: bytes) -> None:
    rows = read("a.jsonl", end.join(lines) + end, form="prompt_completion")
    check_rows(rows, len(lines))
    for raw, row in zip(lines, rows, strict=True):
        if isinstance(row, Example):
            value = json.loads(raw)
            told = value["completion"]
            assert row.messages[0].content == value["prompt"]
            assert row.messages[1].content == (told if isinstance(told, str) else json.dumps(told))


cell = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12) | st.sampled_from(
    ['"', "\n", ",", "\r\n", ""]
)


@QUICK
@given(st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=20))
def test_what_the_csv_module_wrote_is_read_row_by_row(cells: list[tuple[str, str, str]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "q", "a"), *cells])
    rows = read(
        "a.csv", stream.getvalue().encode(), form="columns", columns=ColumnMap(prompt="q", reply="a", id="id")
    )
    check_rows(rows, len(cells))
    assert [tuple(m.content for m in row.messages) for row in rows] == [(q, a) for _, q, a in cells]


WORDS = st.sampled_from(
    ["# T", "## Why?", "Q: who?", "A: me", "**Question 2:** so?", "Answer: no", "Customer: hi", "Agent: hello", "---",
     "", "```", "text äöü", "> quoted", "    code", "====", "- item", "1. one", "<b>x</b>", "\u2028", "a\tb", "Agent:"]
)  # fmt: skip
MARKDOWN = st.lists(WORDS | TEXT.filter(lambda t: "\r" not in t and "\n" not in t), max_size=25).map(
    "\n".join
)


def ranges(rows: list[Example | Malformed]) -> list[tuple[int, int]]:
    places = [row.origin.locator.partition("#bytes=")[2].partition("-") for row in rows]
    return [(int(start), int(end)) for start, _, end in places]


@QUICK
@given(MARKDOWN, st.sampled_from(RULES), st.sampled_from(["a.md", "a.txt"]))
def test_pieces_of_a_text_are_ordered_apart_and_leave_nothing_out(text: str, rule: Any, name: str) -> None:
    data = text.encode()
    rows = read(name, data, form="documents", documents=DocumentOptions(rule=rule))
    if not text.strip():
        assert [getattr(row, "reason", "") for row in rows] == ["no_text"]
        return
    check_rows(rows, len(rows))
    found = ranges(rows)
    assert found == sorted(found)
    left, at = [], 0
    for (start, end), row in zip(found, rows, strict=True):
        assert at <= start < end <= len(data)
        left.append(data[at:start])
        at = end
        piece = data[start:end].decode().replace("\0", "\ufffd")  # as CommonMark has it
        for message in row.messages:
            for part in message.content.replace("\0", "\ufffd").split("\n"):
                assert part.strip() in " ".join(piece.split()) or part.strip() in piece
    left.append(data[at:])
    assert not b"".join(left).decode().strip()


HTML = st.lists(
    st.sampled_from(
        ["<h1>", "</h1>", "<h2>Why?</h2>", "<p>", "</p>", "<dl><dt>", "</dt><dd>", "</dd></dl>", "<details><summary>",
         "</summary>", "</details>", "<script>", "</script>", "<!--", "-->", "<pre>", "</pre>", "<br>", "<b>", "&amp;",
         "&#xD800;", "<td>", "Q: x", "A: y", "\n", "<", ">", "äöü", "<head>", "</head>", "<body>", "<![CDATA[", "]]>"]
    )
    | TEXT,
    max_size=25,
).map("".join)  # fmt: skip


@QUICK
@given(HTML, st.sampled_from(RULES))
def test_pieces_of_a_page_are_ordered_and_apart(text: str, rule: Any) -> None:
    data = text.encode()
    rows = read("a.html", data, form="documents", documents=DocumentOptions(rule=rule))
    check_rows(rows, len(rows))
    if [getattr(row, "reason", "") for row in rows] == ["no_text"]:
        return
    at = 0
    for start, end in ranges(rows):
        assert at <= start < end <= len(data)
        data[start:end].decode()  # a place never cuts a character
        at = end


@QUICK
@given(st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 8), TEXT), min_size=1, max_size=9))
def test_every_message_of_a_mailbox_gives_one_row_and_every_byte_is_somebodys(
    drawn: list[tuple[int, int | None, str]],
) -> None:
    letters = [
        letter(at, f"p{who}@x.example", text.replace("\r", " "), reply_to=parent, minute=at + 1)
        for at, (who, parent, text) in enumerate(drawn)
    ]
    data = mbox_bytes(letters)
    rows = read("a.mbox", data, form="mail")
    check_rows(rows, len(letters))
    starts = [row.origin.locator.partition("#bytes=")[2].partition(",")[0].split("-") for row in rows]
    places = [(int(start), int(end)) for start, end in starts]
    assert b"".join(data[start:end] for start, end in places) == data
    for at, row in enumerate(rows):
        assert f"<m{at}@example.org>".encode() in data[slice(*places[at])]
        if isinstance(row, Example):
            parent = drawn[at][1]
            assert parent is None or parent >= len(drawn) or parent == at
        elif row.of:
            assert row.of in {other.origin.locator for other in rows}


table = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("uvwxyz"), max_size=8)


def index(rows: dict[str, str]) -> RowIndex:
    found = RowIndex()
    for locator, content in rows.items():
        found.add(Example(locator, (Message("user", content),), Origin("s", locator, content)))
    return found


@QUICK
@given(table, table)
def test_changes_agree_with_a_plain_comparison(before: dict[str, str], after: dict[str, str]) -> None:
    both = before.keys() & after.keys()
    gone = Counter(before[key] for key in before.keys() - both)
    come = Counter(after[key] for key in after.keys() - both)
    moved = (gone & come).total()
    assert compare_rows(index(before), index(after)) == {
        "added": come.total() - moved,
        "removed": gone.total() - moved,
        "changed": sum(before[key] != after[key] for key in both),
        "moved": moved,
        "unchanged": sum(before[key] == after[key] for key in both),
    }


@pytest.mark.parametrize("rule", RULES)
@QUICK
@given(data=st.binary(max_size=200))
def test_any_bytes_under_any_name_are_an_answer_or_a_typed_error(rule: Any, data: bytes) -> None:
    from tunewright.core.errors import TunewrightError

    pytest.importorskip("pypdf")
    for name in ("a.md", "a.txt", "a.html", "a.docx", "a.pdf", "a.md.gz"):
        magic = {"a.docx": b"PK\x03\x04", "a.pdf": b"%PDF-1.4\n"}.get(name, b"")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(magic + data)
            options = SourceOptions(path=name, form="documents", documents=DocumentOptions(rule=rule))
            try:
                rows = list(read_source(path, options))
            except TunewrightError:
                continue
            check_rows(rows, len(rows))
            assert rows
