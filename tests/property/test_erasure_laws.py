"""Laws of erasing from sources and of searching for copies, on generated rows with quotes, line feeds and odd letters."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.erased import ERASED
from tunewright.core.types import Example, Message, Origin
from tunewright.data.copies import CopyScan
from tunewright.data.erasable import judged_rows, numbered, scan_rows, stub_of
from tunewright.data.personal import Personal, byte_forms
from tunewright.data.scrub import overwrite, place_spans, rewrite_rows
from tunewright.data.snapshot import examples_table
from tunewright.data.source_options import ColumnMap, SourceOptions
from tunewright.data.sources import Malformed, Member, read_source

TAG = "ab" * 32
TEXT = st.text(alphabet=st.sampled_from("abc \"',;\n\té漢😀=|"), min_size=1, max_size=24).filter(
    lambda t: t.strip()
)
ROW = st.fixed_dictionaries(
    {"id": st.integers(0, 30), "who": st.sampled_from(["p-11", "p-22", ""]), "q": TEXT, "a": TEXT}
)
ROWS = st.lists(ROW, min_size=1, max_size=12)
COLUMNS = ColumnMap(prompt="q", reply="a", id="id", subject="who")
FORMS = ("rows.csv", "rows.tsv", "rows.jsonl", "rows.jsonl.gz", "rows.json", "rows.parquet", "rows.csv.gz")


def packed(name: str, rows: list[dict[str, Any]]) -> bytes:
    """The rows as a file of this name."""
    text = io.StringIO()
    bare = name.removesuffix(".gz")
    if bare.endswith(".parquet"):
        out = io.BytesIO()
        pq.write_table(
            pa.Table.from_pylist([{**row, "id": str(row["id"])} for row in rows]), out, row_group_size=3
        )
        return out.getvalue()
    if bare.endswith(("csv", "tsv")):
        writer = csv.DictWriter(
            text, ["id", "who", "q", "a"], delimiter="\t" if bare.endswith("tsv") else ","
        )
        writer.writeheader()
        writer.writerows(rows)
    elif bare.endswith("jsonl"):
        text.write("".join(json.dumps(row, ensure_ascii=bool(row["id"] % 2)) + "\n" for row in rows))
    else:
        json.dump(rows, text, indent=1)
    data = text.getvalue().encode()
    return gzip.compress(data, mtime=0) if name.endswith(".gz") else data


def member(name: str, data: bytes) -> Member:
    return Member(name, lambda: io.BytesIO(data), len(data))


def options(name: str) -> SourceOptions:
    return SourceOptions(path=name, form="columns", columns=COLUMNS)


def read(name: str, data: bytes) -> list[Example | Malformed]:
    return list(read_source([member(name, data)], options(name)))


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=40, deadline=None)
@given(rows=ROWS, chosen=st.sets(st.integers(1, 12), max_size=6))
def test_erased_rows_become_stubs_and_all_others_stay_as_they_were(
    name: str, rows: list[dict[str, Any]], chosen: set[int]
) -> None:
    data, gone = packed(name, rows), {number for number in chosen if number <= len(rows)}
    values = numbered([member(name, data)], sorted(gone))
    stubs = {n: stub_of(value, options(name), TAG, lambda text: False) for n, value in values.items()}
    out = io.BytesIO()
    rewrite_rows(member(name, data), out, stubs)
    before, after = read(name, data), read(name, out.getvalue())
    assert len(before) == len(after)
    for number, (one, two) in enumerate(zip(before, after, strict=True), 1):
        if number in gone:
            assert isinstance(two, Malformed)
            assert (two.reason, two.messages, two.origin.subject) == (ERASED, (), "")
            # Its own id stays: the rows after it that have the same id keep their numbers.
            assert two.origin.locator == one.origin.locator
        else:
            assert two == one
    if not gone and not name.endswith(("parquet", "gz")):
        assert out.getvalue() == data


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_the_fast_scan_finds_the_rows_that_reading_everything_finds(
    name: str, rows: list[dict[str, Any]]
) -> None:
    data = packed(name, rows)

    def judge(origin: Origin, messages: Any) -> str:
        return "theirs" if origin.subject == "p-11" else ""

    exact = judged_rows(read(name, data), options(name), judge)
    fast = scan_rows(member(name, data), options(name), name, list(byte_forms("p-11")), judge)
    # The scan does not number repeated ids.
    told = [(r.origin.locator.partition("~")[0], r.origin.digest, r.messages) for r in exact]
    assert [(r.origin.locator, r.origin.digest, r.messages) for r in fast] == told


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.lists(
            st.sampled_from(["river", "stone", "apple", "cloud", "tiger", "lemon", "piano", "sugar"]),
            min_size=4,
            max_size=9,
        ),
        min_size=2,
        max_size=25,
    ),
    mine=st.integers(1, 4),
)
def test_the_scan_names_exactly_the_near_texts_that_brute_force_names(
    texts: list[list[str]], mine: int
) -> None:
    said = [" ".join(words) + " ok now" for words in texts]
    examples = [
        Example(f"{n:064x}", (Message("user", text), Message("assistant", "Fine.")), Origin("s", str(n), "d"))
        for n, text in enumerate(said)
    ]
    mine = min(mine, len(said) - 1)
    own = said[:mine]
    personal = Personal(["p-11"], own)

    def grams(text: str) -> set[str]:
        return {text[at : at + 5] for at in range(len(text) - 4)}

    def jaccard(one: str, two: str) -> float:
        return len(grams(one) & grams(two)) / len(grams(one) | grams(two))

    kept = personal.texts
    wanted = {
        e.id
        for e, text in zip(examples[mine:], said[mine:], strict=True)
        if any(jaccard(text, o) >= 0.8 - 1e-9 for o in kept)
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "examples.parquet"
        pq.write_table(examples_table(examples, {}), path, row_group_size=7)
        found = CopyScan(personal, ()).scan(path, frozenset(e.id for e in examples[:mine]))
    assert {copy.id for copy in found} == wanted


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(alphabet="ab \n", max_size=60), min_size=1, max_size=6), st.data())
def test_overwritten_mail_keeps_every_place(bodies: list[str], data: st.DataObject) -> None:
    letters = [
        f"From x Mon\nFrom: p{n}@x.org\nMessage-ID: <m{n}@x>\n\n{body}\n\n".encode()
        for n, body in enumerate(bodies)
    ]
    box = b"".join(letters)
    gone = data.draw(st.sets(st.integers(0, len(letters) - 1)))
    edges = [sum(map(len, letters[:n])) for n in range(len(letters) + 1)]
    spans = [(edges[n], edges[n + 1]) for n in gone]
    after = overwrite(box, spans, "b.mbox", "tunewright:erased:" + "0" * 16)
    assert len(after) == len(box)
    mail = SourceOptions(path="b.mbox", form="mail")
    one, two = (list(read_source([member("b.mbox", part)], mail)) for part in (box, after))
    assert [row.origin.locator for row in one] == [row.origin.locator for row in two]
    for number, (left, right) in enumerate(zip(one, two, strict=True)):
        assert right == left if number not in gone else not right.messages


def test_places_of_locators() -> None:
    assert place_spans("a/b.mbox#bytes=0-9,20-30") == {"a/b.mbox": [(0, 9), (20, 30)]}
    assert place_spans("a.eml#bytes=0-9+b.eml#bytes=3-4") == {"a.eml": [(0, 9)], "b.eml": [(3, 4)]}
    assert place_spans("x.pdf#page=3&chars=8-30") == {}


def test_names_are_words_of_their_own() -> None:
    personal = Personal(["C004", "anna", "77", "+49 170 1"], ["a text of more than twenty-four letters"])
    assert personal.is_named("C004")
    assert personal.is_named("row C004-1")
    assert not personal.is_named("C0041")
    assert not personal.is_named("anna said so")
    assert personal.is_named("anna")
    assert not personal.is_in("page 77 of 78")
    assert personal.is_in("call +49 170 1 now")
    assert personal.without("row C004 of x") == "row [erased] of x"
    assert personal.blanked({"a": ["C004", 1, "C0041"]}) == {"a": ["[erased]", 1, "C0041"]}


DOCUMENTS = {
    "a.md": (
        "headings",
        b"# One\nfirst text here\nmore\n\n# Two\nsecond text\n\nand more\n\n# Three\nthird text\n",
    ),
    "b.md": ("headings", b"# One\nfirst text here\n# Two\nsecond\n# Three\nthird text\n"),
    "c.html": (
        "headings",
        b"<html><h1>One</h1><p>first</p><h1>Two</h1><p>second</p><h1>Three</h1><p>third</p></html>",
    ),
    "d.txt": ("qa", b"Q: one?\nA: first.\n\nQ: two?\nA: second.\n\nQ: three?\nA: third.\n"),
    "e.txt": ("qa", b"Q: one?\nA: first.\nQ: two?\nA: second.\nQ: three?\nA: third.\n"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_part_of_a_document_goes_and_the_others_are_what_they_were(name: str, gone: int) -> None:
    rule, data = DOCUMENTS[name]
    told = SourceOptions.model_validate({"path": name, "form": "documents", "documents": {"rule": rule}})
    before = list(read_source([member(name, data)], told))
    assert len(before) == 3
    spans = place_spans(before[gone].origin.locator)[name]
    after = list(read_source([member(name, overwrite(data, spans, name, "mark"))], told))
    assert after == [row for number, row in enumerate(before) if number != gone]
