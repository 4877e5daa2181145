"""Named bad inputs. An unreadable file is refused with its place and a remedy; an unreadable row is one outcome line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.attack.data.conftest import sound_rows, write_lines
from tunewright.core.errors import ConfigError, ConflictError, DataError, IntegrityError
from tunewright.data.golden import load_golden
from tunewright.data.options import ColumnMap, SourceOptions
from tunewright.data.snapshot import EXAMPLES, verify_snapshot
from tunewright.data.sources import MAX_ROW_BYTES, detect_form, read_source
from tunewright.flows.init import init
from tunewright.flows.prepare import prepare
from tunewright.flows.snapshots import find_snapshot, outcomes
from tunewright.flows.workspace import Workspace

Make = Callable[..., Workspace]


def only(name: str, form: str, extra: str = "") -> str:
    return f"data.sources=[{{path: {name}, form: {form}{extra}}}]"


def nothing_was_made(ws: Workspace) -> None:
    assert ws.project.records.find("snapshot") == []
    assert ws.project.audit.events(action="snapshot.build") == []
    assert not list((ws.project.state / "staging").glob("*"))


def parquet_bytes() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(sound_rows(50)), stream)
    return stream.getvalue()


def lines(*rows: Any) -> bytes:
    return b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)


COLUMNS = ", columns: {prompt: question, reply: answer}"
GOOD = json.dumps({"prompt": "a b c", "completion": "d"})

FILES: dict[str, tuple[str, bytes | None, str, str, str]] = {
    # name: (file, its bytes, override, in the message, in the hint)
    "missing file": (
        "gone.jsonl",
        None,
        only("gone.jsonl", "messages"),
        "gone.jsonl does not exist",
        "tunewright.yaml",
    ),
    "truncated parquet": (
        "t.parquet",
        parquet_bytes()[:-40],
        only("t.parquet", "prompt_completion"),
        "t.parquet is not a readable Parquet",
        "again",
    ),
    "parquet without its middle": (
        "t.parquet",
        parquet_bytes()[:200] + parquet_bytes()[-400:],
        only("t.parquet", "prompt_completion"),
        "t.parquet is not a readable Parquet",
        "again",
    ),
    "csv with the wrong columns": (
        "t.csv",
        b"query,reply\na,b\n",
        only("t.csv", "columns", COLUMNS),
        "t.csv:1: there is no column 'question', 'answer'",
        "query, reply",
    ),
    "csv with a column twice": (
        "t.csv",
        b"question,question\na,b\n",
        only("t.csv", "columns", COLUMNS),
        "'question' is there more than once",
        "name",
    ),
    "csv with an open quote": (
        "t.csv",
        b'question,answer\na,"b\n',
        only("t.csv", "columns", COLUMNS),
        "t.csv:2: unreadable",
        "quotes",
    ),
    "columns without a map": (
        "t.csv",
        b"question,answer\na,b\n",
        only("t.csv", "columns"),
        "no column map",
        "question, answer",
    ),
    "utf-16": (
        "t.jsonl",
        GOOD.encode("utf-16"),
        only("t.jsonl", "prompt_completion"),
        "t.jsonl is UTF-16",
        "UTF-8",
    ),
    "gzip under a plain name": (
        "t.jsonl",
        b"\x1f\x8b\x08\x00" + b"x" * 40,
        only("t.jsonl", "prompt_completion"),
        "t.jsonl is gzip",
        "unpack",
    ),
    "unknown ending": (
        "t.xlsx",
        b"PK\x03\x04",
        only("t.xlsx", "columns", COLUMNS),
        "t.xlsx is of no known format",
        ".csv",
    ),
    "empty file": ("t.jsonl", b"", only("t.jsonl", "messages"), "t.jsonl holds no rows", "remove"),
    "a list cut off": (
        "t.json",
        b'[{"prompt": "a", "completion": "b"},\n',
        only("t.json", "prompt_completion"),
        "cut off after row 1",
        "again",
    ),
    "a bad value in a list": (
        "t.json",
        b'[{"prompt": "a"},\n{"prompt" "b"}]',
        only("t.json", "prompt_completion"),
        "t.json:2: row 2 is not valid JSON",
        "mend",
    ),
    "a json file that is no list": (
        "t.json",
        b'"hello"',
        only("t.json", "messages"),
        "is not a JSON list",
        "list",
    ),
    "all rows unusable": (
        "t.jsonl",
        lines({"prompt": "a", "completion": ""}),
        only("t.jsonl", "prompt_completion"),
        "nothing is left of 1 rows: empty_reply 1",
        "sources",
    ),
    "too few to hold out": (
        "t.jsonl",
        lines(*sound_rows(3)),
        only("t.jsonl", "prompt_completion"),
        "3 examples in 3 groups are too few",
        "step",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_refused(make_workspace: Make, name: str) -> None:
    file, content, override, message, hint = FILES[name]
    ws = make_workspace({} if content is None else {file: content}, override)
    with pytest.raises(DataError) as caught:
        prepare(ws)
    assert message in caught.value.what
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2
    nothing_was_made(ws)


ROWS: dict[str, tuple[bytes, str]] = {
    "not json": (b'{"prompt": "a", "comp', "invalid_json"),
    "nested a thousand times": (b'{"prompt": ' + b"[" * 100_000, "invalid_json"),
    "not an object": (b"[1, 2]", "not_an_object"),
    "a bare string": (b'"text"', "not_an_object"),
    "invalid utf-8": (b'{"prompt": "caf\xe9", "completion": "b"}', "invalid_utf8"),
    "an overlong number": (b'{"prompt": ' + b"9" * 5000 + b', "completion": "b"}', "invalid_number"),
    "half a surrogate pair": (b'{"prompt": "\\ud83d", "completion": "b"}', "lone_surrogate"),
    "half a pair in the id": (b'{"id": "\\udc00", "prompt": "a", "completion": "b"}', "lone_surrogate"),
    "no reply": (b'{"prompt": "a"}', "missing_reply"),
    "no prompt": (b'{"completion": "a"}', "missing_prompt"),
    "null reply": (b'{"prompt": "a", "completion": null}', "empty_reply"),
    "not a number as reply": (b'{"prompt": "a", "completion": [NaN]}', "not_text"),
    "roles that do not alternate": (
        b'{"prompt": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}], '
        b'"completion": [{"role": "assistant", "content": "c"}]}',
        "roles_do_not_alternate",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_are_dropped(make_workspace: Make, name: str) -> None:
    raw, reason = ROWS[name]
    ws = make_workspace(
        {
            "t.jsonl": lines(
                *sound_rows(30), raw, *({**row, "id": "X" + row["id"]} for row in sound_rows(31)[30:])
            )
        },
        only("t.jsonl", "prompt_completion"),
    )
    prepare(ws)
    found = list(outcomes(ws))
    assert len(found) == 32
    assert (found[30]["outcome"], found[30]["reasons"]) == ("dropped", [reason])
    assert {row["outcome"] for row in found[:30] + found[31:]} == {"kept"}


def test_nul_and_control_characters_are_removed(make_workspace: Make) -> None:
    rows = [{**row, "prompt": row["prompt"].replace(" ", "\x00 \x07", 1)} for row in sound_rows(30)]
    ws = make_workspace({"t.jsonl": lines(*rows)}, only("t.jsonl", "prompt_completion"))
    prepare(ws)
    assert {tuple(row["reasons"]) for row in outcomes(ws)} == {("invisible_characters",)}


def test_nul_in_a_csv(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"question,answer\na\x00b,c\n")
    options = SourceOptions(
        path="t.csv", form="columns", columns=ColumnMap(prompt="question", reply="answer")
    )
    row = next(read_source(tmp_path / "t.csv", options))
    assert row.messages[0].content == "a\x00b"


def test_repeated_ids_lose_nothing(make_workspace: Make) -> None:
    rows = [{**row, "id": "SAME"} for row in sound_rows(30)]
    ws = make_workspace({"t.jsonl": lines(*rows)}, only("t.jsonl", "prompt_completion"))
    assert prepare(ws).counts["kept"] == 30
    assert [row["record"] for row in outcomes(ws)] == ["SAME", *(f"SAME~{number}" for number in range(2, 31))]


_LONG_LINE = """
import resource, sys
from pathlib import Path
from tunewright.core.errors import DataError
from tunewright.data.options import SourceOptions
from tunewright.data.sources import read_source

path = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = read_source(path, SourceOptions(path=path.name, form="prompt_completion"))
try:
    for row in rows:
        pass
except DataError as error:
    print(error.what, "|", error.hint)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv"])
def test_a_line_of_100_mb_is_refused_in_bounded_memory(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"long.{ending}"
    head, tail = (
        (b"prompt,completion\n", b"\n") if ending == "csv" else (b"[" if ending == "json" else b"", b"]\n")
    )
    with path.open("wb") as stream:
        stream.write(head + (b'"' if ending == "csv" else b'{"prompt": "'))
        for _ in range(100):
            stream.write(b"x" * 1_000_000)
        stream.write((b'",b' if ending == "csv" else b'", "completion": "b"}') + tail)
    done = subprocess.run(
        [sys.executable, "-c", _LONG_LINE, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    told, grown_mb = done.stdout.strip().splitlines()
    line = 2 if ending == "csv" else 1
    assert told.startswith(
        f"long.{ending}:{line}: this row is longer than {MAX_ROW_BYTES >> 20} MiB | split or remove"
    )
    assert int(grown_mb) < 12 * (MAX_ROW_BYTES >> 20)


def test_an_endless_quoted_cell_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'prompt,completion\n"' + b"line of a cell\n" * (MAX_ROW_BYTES // 14))
    options = SourceOptions(
        path="t.csv", form="columns", columns=ColumnMap(prompt="prompt", reply="completion")
    )
    with pytest.raises(DataError, match=r"t\.csv:\d+: this row is longer"):
        list(read_source(path, options))


def test_an_empty_list_of_sources_and_the_same_twice(make_workspace: Make) -> None:
    ws = make_workspace({}, "data.sources=[]")
    with pytest.raises(ConfigError, match=r"data\.sources is empty"):
        prepare(ws)
    twice = "data.sources=[{path: a.jsonl, form: messages}, {path: a.jsonl, form: messages}]"
    with pytest.raises(ConfigError, match="twice"):
        prepare(Workspace(ws.root, _override(ws, twice), ws.project))


def _override(ws: Workspace, override: str) -> Any:
    from tunewright.flows.config import load_configuration

    return load_configuration(ws.root / "tunewright.yaml", (override,))


def test_two_files_of_one_name_stay_apart(tmp_path: Path) -> None:
    for folder, part in (("old", sound_rows(30)[:15]), ("new", sound_rows(30)[15:])):
        (tmp_path / folder).mkdir()
        write_lines(tmp_path / folder / "t.jsonl", part)
    init(tmp_path / "w", sources=[tmp_path / "old", tmp_path / "new"])
    with Workspace.open(tmp_path / "w") as ws:
        prepare(ws)
        assert {row["source"] for row in outcomes(ws)} == {"old-t.jsonl", "new-t.jsonl"}


@pytest.mark.parametrize(
    "steps, message",
    [
        ("[{use: normalize}]", "there is no data step `normalize`"),
        ("[{use: pii, options: {redact_form: 0.9}}]", "data.steps.0.options.redact_form"),
        ("[{use: normalise}, {use: split, options: {test: 2}}]", "data.steps.1.options.test"),
    ],
)
def test_wrong_steps_are_refused_before_anything_is_read(
    make_workspace: Make, steps: str, message: str
) -> None:
    ws = make_workspace({}, f"data.steps={steps}")
    with pytest.raises(ConfigError) as caught:
        prepare(ws)
    assert message in caught.value.what
    assert ws.project.records.find("source") == []


@pytest.mark.parametrize(
    "raw, message",
    [
        (b'{"id": "a", "input": "q"}', "item 1 is no golden item"),
        (
            b'{"id": "a", "input": "q", "reference": "r"}\n{"id": "a", "input": "q", "reference": "r"}',
            "item 2 has the id of item 1",
        ),
        (b'{"id": "a", "input": "\\ud800", "reference": "r"}', "item 1 is not readable text"),
        (b"[]", "item 1 is no golden item: not_an_object"),
        (b"", "holds no golden item"),
    ],
)
def test_golden_sets_are_all_or_nothing(tmp_path: Path, raw: bytes, message: str) -> None:
    (tmp_path / "g.jsonl").write_bytes(raw)
    with pytest.raises(DataError) as caught:
        load_golden(tmp_path / "g.jsonl")
    assert message in caught.value.what


def test_a_file_named_to_init_must_be_a_source(tmp_path: Path) -> None:
    write_lines(tmp_path / "numbers.jsonl", [{"a": 1, "b": 2}] * 4)
    with pytest.raises(DataError, match=r"numbers\.jsonl holds no conversation"):
        init(tmp_path / "w", sources=[tmp_path / "numbers.jsonl"])
    with pytest.raises(DataError, match="does not exist"):
        init(tmp_path / "w", sources=[tmp_path / "nowhere"])
    assert not (tmp_path / "w").exists()
    with pytest.raises(DataError):
        detect_form(tmp_path / "nothing.jsonl")


def test_another_build_at_the_same_time_is_refused(make_workspace: Make) -> None:
    ws = make_workspace()
    with ws.project.lease("data build"), pytest.raises(ConflictError):
        prepare(ws)
    assert prepare(ws).created


def test_a_tampered_snapshot_file_is_met(make_workspace: Make) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    ws = make_workspace()
    summary = prepare(ws)
    path = summary.folder / EXAMPLES
    rows = pq.read_table(path).to_pylist()
    rows[3]["messages"][-1]["content"] = "changed"
    summary.folder.chmod(0o755)
    path.chmod(0o644)
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(path)), path)
    with pytest.raises(IntegrityError, match="Merkle root"):
        verify_snapshot(summary.folder)
    with pytest.raises(IntegrityError, match=r"examples\.parquet"):
        ws.project.records.verify(find_snapshot(ws))
    with pytest.raises(IntegrityError):
        prepare(ws)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(IntegrityError):
        verify_snapshot(summary.folder)


def test_messages_of_errors_hold_no_text_of_examples(make_workspace: Make) -> None:
    secret = "ghp_" + "a1B2" * 9
    raw = f'[{{"prompt": "{secret}", "completion": "x"}},\n{{"prompt" "{secret}"}}]'.encode()
    ws = make_workspace({"t.json": raw}, only("t.json", "prompt_completion"))
    with pytest.raises(DataError) as caught:
        prepare(ws)
    assert secret not in json.dumps(caught.value.as_json())
