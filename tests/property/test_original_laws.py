"""Where rows begin in a line file, and what is behind a record, against the product's own readers and a plain walk."""

from __future__ import annotations

import csv
import io
import itertools
import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.data.sources.containers import rows
from tunewright.flows.originals import list_offsets

CELL = st.text(alphabet='ab,"\n é', max_size=6)


@settings(deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12), st.booleans())
def test_rows_of_a_written_csv_begin_where_the_offsets_say(cells: list[tuple[str, str]], end: bool) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["q", "a"])
    writer.writerows(cells)
    text = out.getvalue() if end else out.getvalue().removesuffix("\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(text.encode())
        offsets = [int(value) for value in list_offsets(path, quoted=True)]
        read = [row.value for row in rows(path, "t.csv")]
        data = path.read_bytes()
        found = []
        for start, stop in itertools.pairwise(offsets):
            cut = Path(folder) / "cut.csv"
            cut.write_bytes(data[: offsets[0]] + data[start:stop])
            found += [row.value for row in rows(cut, "cut.csv")]
    # A row that the reader takes for an empty line has no place of its own.
    assert [row for row in found if row] == [row for row in read if row]


@settings(deadline=None)
@given(st.lists(st.one_of(st.just(""), st.text(max_size=8)), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_rows_of_json_lines_begin_where_the_offsets_say(texts: list[str], ending: str) -> None:
    lines = [json.dumps({"q": text}) if text else "" for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.jsonl"
        path.write_bytes((ending.join(lines) + ending).encode())
        offsets = [int(value) for value in list_offsets(path, quoted=False)]
        data = path.read_bytes()
        told = [json.loads(data[a:b]) for a, b in itertools.pairwise(offsets)]
    assert told == [{"q": text} for text in texts if text]
