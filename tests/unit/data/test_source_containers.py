"""Packed files, archives, bad rows by policy, and tables whose columns are not what they were."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.errors import DataError
from tunewright.core.types import Example
from tunewright.data.source_options import ColumnMap, SourceOptions
from tunewright.data.sources import Malformed, container_of, detect_form, read_source

ROWS = [{"id": f"r{n}", "prompt": f"what is {n}, please?", "completion": f"it is {n}"} for n in range(5)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
COLUMNS = ColumnMap(prompt="prompt", reply="completion", id="id")


def table(separator: str) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, ["id", "prompt", "completion"], delimiter=separator)
    writer.writeheader()
    writer.writerows(ROWS)
    return stream.getvalue().encode()


@pytest.mark.parametrize(
    "name, data",
    [
        ("a.jsonl", LINES),
        ("a.json", json.dumps(ROWS).encode()),
        ("a.csv", table(",")),
        ("a.tsv", table("\t")),
    ],
)
def test_a_packed_file_reads_as_the_file_in_it(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / (name + ".gz")).write_bytes(gzip.compress(data))
    found = []
    for file in (name, name + ".gz"):
        detected = detect_form(tmp_path / file)
        options = SourceOptions(path=file, form=detected.form, columns=detected.columns)
        found.append([row.messages for row in read_source(tmp_path / file, options, name="same")])
    assert found[0] == found[1]
    assert len(found[0]) == 5
    assert container_of("A.JSONL.GZ") == "jsonl"
    assert container_of("a.parquet.gz") is None


def test_several_gzip_members_one_after_the_other(tmp_path: Path) -> None:
    half = len(LINES) // 2
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(LINES[:half]) + gzip.compress(LINES[half:]))
    rows = read_source(tmp_path / "a.jsonl.gz", SourceOptions(path="a.jsonl.gz", form="prompt_completion"))
    assert len(list(rows)) == 5


@pytest.mark.parametrize("data", [gzip.compress(LINES)[:-12], b"\x1f\x8b\x08\x00junk", LINES])
def test_a_damaged_gzip_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(data)
    with pytest.raises(DataError, match=r"a\.jsonl\.gz is not a readable gzip file"):
        list(read_source(tmp_path / "a.jsonl.gz", SourceOptions(path="a.jsonl.gz", form="prompt_completion")))


@pytest.mark.parametrize("prefix", ["", "My export/"])
def test_a_slack_exports_zip_reads_as_its_folder(tmp_path: Path, prefix: str) -> None:
    day = [
        {"type": "message", "user": "U1", "text": "who?", "ts": "1751483638.1", "thread_ts": "1751483638.1"},
        {"type": "message", "user": "U2", "text": "me", "ts": "1751483640.1", "thread_ts": "1751483638.1"},
    ]
    files = {"channels.json": "[]", "users.json": "[]", "support/2026-01-05.json": json.dumps(day)}
    folder = tmp_path / "export"
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(prefix + name, text)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    found = []
    for path in (folder, tmp_path / "export.zip"):
        assert detect_form(path).form == "slack"
        rows = read_source(path, SourceOptions(path=path.name, form="slack"), name="slack")
        found.append([(row.origin.locator, row.messages) for row in rows])
    assert found[0] == found[1]
    assert [m.content for m in found[0][0][1]] == ["who?", "me"]


BAD = {
    "a.jsonl": (LINES.replace(b'{"id": "r2"', b'{"id" "r2"'), "a.jsonl:3: row 3", "invalid_json"),
    "b.jsonl": (
        LINES.replace(b'"completion": "it is 2"', b'"other": 1'),
        "b.jsonl:3: row 3",
        "missing_reply",
    ),
    "c.jsonl": (LINES.replace(b"it is 2", b"\xff"), "c.jsonl:3: row 3", "invalid_utf8"),
    "d.jsonl": (LINES.replace(b"it is 2", b"\\ud800"), "d.jsonl:3: row 3", "lone_surrogate"),
    "e.csv": (table(",").replace(b",it is 2", b""), "e.csv:4: row 3", "wrong_number_of_columns"),
    "f.csv": (table(",").replace(b'"what is 2, please?"', b'"what"is 2'), "f.csv:4: row 3", "invalid_csv"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_row_is_quarantined_or_stops(tmp_path: Path, name: str) -> None:
    data, place, reason = BAD[name]
    (tmp_path / name).write_bytes(data)
    form: dict[str, Any] = {"form": "prompt_completion"}
    if name.endswith("csv"):
        form = {"form": "columns", "columns": COLUMNS}
    rows = list(read_source(tmp_path / name, SourceOptions(path=name, **form)))
    assert [isinstance(row, Example) for row in rows] == [True, True, False, True, True]
    assert isinstance(rows[2], Malformed)
    assert rows[2].reason == reason
    with pytest.raises(DataError) as caught:
        list(read_source(tmp_path / name, SourceOptions(path=name, on_bad_row="stop", **form)))
    assert caught.value.what == f"{place} cannot be read: {reason}"
    assert (caught.value.facts["row"], caught.value.facts["reason"]) == (3, reason)
    assert "on_bad_row: quarantine" in caught.value.hint


def test_rows_that_are_merely_no_pair_do_not_stop(tmp_path: Path) -> None:
    message = {"type": "message", "user": "U1", "text": "alone", "ts": "1751483638.1"}
    (tmp_path / "s.json").write_text(json.dumps([message]))
    options = SourceOptions(path="s.json", form="slack", on_bad_row="stop")
    assert [
        row.reason for row in read_source(tmp_path / "s.json", options) if isinstance(row, Malformed)
    ] == ["no_reply"]


def test_a_quoted_newline_in_csv_moves_the_lines_and_not_the_rows(tmp_path: Path) -> None:
    text = 'prompt,completion\n"one\ntwo\nthree",a\nx,b\ny\n'
    (tmp_path / "t.csv").write_text(text)
    columns = ColumnMap(prompt="prompt", reply="completion")
    rows = list(read_source(tmp_path / "t.csv", SourceOptions(path="t.csv", form="columns", columns=columns)))
    assert [row.origin.locator for row in rows] == ["1", "2", "3"]
    assert rows[0].messages[0].content == "one\ntwo\nthree"
    with pytest.raises(DataError, match=r"t\.csv:6: row 3 cannot be read: wrong_number_of_columns"):
        list(
            read_source(
                tmp_path / "t.csv",
                SourceOptions(path="t.csv", form="columns", columns=columns, on_bad_row="stop"),
            )
        )


def parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_a_renamed_column_is_named_with_what_it_may_be_called_now(tmp_path: Path) -> None:
    rows = [{"prompt_text": row["prompt"], "completion": row["completion"], "id": row["id"]} for row in ROWS]
    path = parquet(tmp_path / "t.parquet", rows)
    with pytest.raises(DataError, match="there is no column 'prompt'") as caught:
        list(read_source(path, SourceOptions(path=path.name, form="columns", columns=COLUMNS)))
    assert "`prompt` may be `prompt_text` now" in caught.value.hint
    assert "its columns are prompt_text, completion, id" in caught.value.hint


@pytest.mark.parametrize("value", [b"bytes", 3, 2.5, ["list"]])
def test_a_prompt_column_of_another_type_is_refused(tmp_path: Path, value: Any) -> None:
    path = parquet(tmp_path / "t.parquet", [{**row, "prompt": value} for row in ROWS])
    with pytest.raises(DataError, match=rf"column 'prompt' \(prompt\) holds {type(value).__name__}"):
        list(read_source(path, SourceOptions(path=path.name, form="columns", columns=COLUMNS)))


def test_a_bad_first_row_does_not_hide_a_missing_column(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("question,completion\nonly one\na,b\n")
    columns = ColumnMap(prompt="prompt", reply="completion")
    with pytest.raises(DataError, match="no column 'prompt'"):
        list(read_source(tmp_path / "t.csv", SourceOptions(path="t.csv", form="columns", columns=columns)))


def test_the_column_that_names_the_person(tmp_path: Path) -> None:
    rows = [{**row, "who": f"p{at}"} for at, row in enumerate(ROWS)]
    path = parquet(tmp_path / "t.parquet", rows)
    options = SourceOptions(path=path.name, form="prompt_completion", subject="who")
    assert [row.origin.subject for row in read_source(path, options)] == ["p0", "p1", "p2", "p3", "p4"]
    with pytest.raises(DataError, match="no column 'whom'"):
        list(read_source(path, options.model_copy(update={"subject": "whom"})))
