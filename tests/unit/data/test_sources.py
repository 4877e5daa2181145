"""Reading: every form in every container it comes in, ids, dates, and what is not readable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import DataError
from tunewright.core.types import Example
from tunewright.data.options import ColumnMap, SourceOptions
from tunewright.data.sources import Malformed, detect_form, read_source
from tunewright.data.sources.containers import rows
from tunewright.data.sources.turns import conversation


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path, **fields: Any) -> list[Example | Malformed]:
    found = detect_form(path)
    options = SourceOptions(path=str(path), form=found.form, columns=found.columns, **fields)
    return list(read_source(path, options))


def turns(row: Example | Malformed) -> list[tuple[str, str]]:
    assert isinstance(row, Example), row
    return [(m.role, m.content) for m in row.messages]


MESSAGES = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}]}
SHAREGPT = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yes"}]}
ALPACA = {"instruction": "Hi", "input": "", "output": "Yes"}
PAIR = {"prompt": "Hi", "completion": "Yes"}


@pytest.mark.parametrize(
    "row, form",
    [(MESSAGES, "messages"), (SHAREGPT, "sharegpt"), (ALPACA, "alpaca"), (PAIR, "prompt_completion")],
)
@pytest.mark.parametrize("container", ["jsonl", "json", "parquet"])
def test_forms_are_told_by_content_in_every_container(
    tmp_path: Path, row: dict[str, Any], form: str, container: str
) -> None:
    path = tmp_path / f"data.{container}"
    rows = [{**row, "id": f"r{number}"} for number in range(3)]
    if container == "jsonl":
        lines(path, rows)
    elif container == "json":
        path.write_text(json.dumps(rows, indent=2), encoding="utf-8")
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), path)
    assert detect_form(path).form == form
    assert "3 of the first 3 rows" in detect_form(path).because
    found = read(path)
    assert [turns(item) for item in found] == [[("user", "Hi"), ("assistant", "Yes")]] * 3
    assert [item.origin.locator for item in found] == ["r0", "r1", "r2"]


def test_the_form_does_not_depend_on_the_name(tmp_path: Path) -> None:
    assert detect_form(lines(tmp_path / "alpaca.jsonl", [SHAREGPT])).form == "sharegpt"


def test_alpaca_with_input_makes_the_instruction_the_systems(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", [{"instruction": "Triage.", "input": "No power", "output": "grid"}])
    assert turns(read(path)[0]) == [("system", "Triage."), ("user", "No power"), ("assistant", "grid")]


def test_sharegpt_system_and_role_names(tmp_path: Path) -> None:
    row = {
        "system": "Be kind.",
        "conversations": [{"from": "User", "value": "a"}, {"from": "Assistant", "value": "b"}],
    }
    assert turns(read(lines(tmp_path / "s.jsonl", [row]))[0]) == [
        ("system", "Be kind."),
        ("user", "a"),
        ("assistant", "b"),
    ]


def test_conversational_prompt_and_completion(tmp_path: Path) -> None:
    row = {
        "prompt": [{"role": "user", "content": "a"}],
        "completion": [{"role": "assistant", "content": "b"}],
    }
    assert turns(read(lines(tmp_path / "p.jsonl", [row]))[0]) == [("user", "a"), ("assistant", "b")]


def test_answers_that_are_objects_become_json_text(tmp_path: Path) -> None:
    row = {"prompt": "a", "completion": {"intent": "x", "n": 1}}
    assert turns(read(lines(tmp_path / "p.jsonl", [row]))[0])[1] == ("assistant", '{"intent": "x", "n": 1}')


TICKETS = "ticket_id,created_at,channel,customer_message,triage\n" + "".join(
    f'T{n},2026-01-0{n}T00:00:00Z,app,"Why is bill number {n} so high, again?","{{""intent"": ""bill""}}"\n'
    for n in range(1, 6)
)


def test_columns_are_proposed_by_name_and_content(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(TICKETS, encoding="utf-8")
    found = detect_form(path)
    assert found.form == "columns"
    assert found.columns == ColumnMap(
        prompt="customer_message", reply="triage", id="ticket_id", at="created_at"
    )
    row = read(path, licence="internal", purpose="support")[0]
    assert turns(row) == [
        ("user", "Why is bill number 1 so high, again?"),
        ("assistant", '{"intent": "bill"}'),
    ]
    assert (row.origin.locator, row.origin.received_at) == ("T1", "2026-01-01T00:00:00Z")
    assert (row.origin.licence, row.origin.purpose, row.origin.source) == (
        "internal",
        "support",
        "tickets.csv",
    )


def test_names_alone_make_no_column(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("message,label\n1,2\n2,3\n3,4\n", encoding="utf-8")
    with pytest.raises(DataError, match="no column looks like a prompt") as caught:
        detect_form(path)
    assert "--map t.csv:prompt=COLUMN,reply=COLUMN" in caught.value.hint


def test_quotes_and_line_ends_inside_cells(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffquestion,answer\r\n"line one\nline ""two"", here","ok, yes"\r\n'.encode())
    options = SourceOptions(
        path="t.csv", form="columns", columns=ColumnMap(prompt="question", reply="answer")
    )
    assert turns(next(read_source(path, options))) == [
        ("user", 'line one\nline "two", here'),
        ("assistant", "ok, yes"),
    ]


def test_rows_with_one_id_keep_names_of_their_own(tmp_path: Path) -> None:
    rows = [{**PAIR, "id": "T1"}, {**PAIR, "id": "T1"}, {**PAIR, "id": "T1~2"}, {**PAIR, "id": 7}]
    found = read(lines(tmp_path / "p.jsonl", rows))
    assert [item.origin.locator for item in found] == ["T1", "T1~2", "T1~2~2", "7"]
    assert len({item.id for item in found if isinstance(item, Example)}) == 4


def test_identity_follows_content_and_place(tmp_path: Path) -> None:
    one = read(lines(tmp_path / "p.jsonl", [{**PAIR, "id": "a"}]))[0]
    again = read(lines(tmp_path / "p.jsonl", [{**PAIR, "id": "a"}]), licence="other")[0]
    changed = read(lines(tmp_path / "p.jsonl", [{**PAIR, "id": "a", "completion": "No"}]))[0]
    elsewhere = read(lines(tmp_path / "q.jsonl", [{**PAIR, "id": "a"}]))[0]
    assert isinstance(one, Example)
    assert isinstance(again, Example)
    assert one.id == again.id
    assert one.origin.digest == elsewhere.origin.digest
    assert len({row.id for row in (one, changed, elsewhere) if isinstance(row, Example)}) == 3


@pytest.mark.parametrize(
    "row, reason",
    [
        ({"messages": "none"}, "missing_messages"),
        ({"messages": []}, "no_messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "unknown_role"),
        ({"messages": [{"role": "user"}]}, "missing_content"),
        ({"messages": ["x"]}, "turn_is_not_an_object"),
        ({"other": 1}, "missing_messages"),
        ({"messages": [{"role": "user", "content": "\ud83d"}]}, "lone_surrogate"),
    ],
)
def test_rows_that_do_not_fit_are_told_with_a_reason(
    tmp_path: Path, row: dict[str, Any], reason: str
) -> None:
    found = read(lines(tmp_path / "m.jsonl", [MESSAGES] * 8 + [row]))
    bad = found[-1]
    assert isinstance(bad, Malformed)
    assert (bad.reason, bad.origin.locator) == (reason, "9")
    assert all(isinstance(item, Example) for item in found[:-1])


def test_a_json_array_larger_than_the_buffer(tmp_path: Path) -> None:
    rows = [{"prompt": f"question {n} " + "word " * 400, "completion": "x" * n} for n in range(200)]
    path = tmp_path / "p.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    found = read(path)
    assert len(found) == 200
    assert [turns(item)[1][1] for item in found] == ["x" * n for n in range(200)]


def slack(path: Path, messages: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps([{"type": "message", **message} for message in messages]), encoding="utf-8")
    return path


def test_slack_threads_become_pairs(tmp_path: Path) -> None:
    path = slack(
        tmp_path / "general.json",
        [
            {
                "user": "U1",
                "text": "who has the van keys?",
                "ts": "1751483638.1",
                "thread_ts": "1751483638.1",
            },
            {"user": "U1", "text": "nobody?", "ts": "1751483639.1", "thread_ts": "1751483638.1"},
            {"user": "U2", "text": "on the printer", "ts": "1751483640.1", "thread_ts": "1751483638.1"},
            {"user": "U3", "text": "lunch?", "ts": "1751483641.1"},
            {"user": "U4", "text": "joined", "ts": "1751483642.1", "subtype": "channel_join"},
            {"user": "U5", "text": "late answer", "ts": "1751483643.1", "thread_ts": "1700000000.1"},
        ],
    )
    found = read(path)
    assert turns(found[0]) == [("user", "who has the van keys?"), ("assistant", "on the printer")]
    assert found[0].origin.received_at == "2025-07-02T19:13:58Z"
    assert found[0].origin.subject == "U1"
    told = [(row.reason, row.of) for row in found[1:] if isinstance(row, Malformed)]
    start = "1751483638.1"
    assert told == [
        ("thread_reply", start), ("thread_reply", start), ("no_reply", ""), ("not_spoken_by_a_person", ""),
        ("no_question", ""),
    ]  # fmt: skip


def test_a_whole_slack_thread_is_one_conversation(tmp_path: Path) -> None:
    said = [
        ("U1", "card?", 1),
        ("U1", "hello?", 2),
        ("U2", "blocked", 3),
        ("U1", "fee?", 4),
        ("U3", "none", 5),
        ("U1", "ok", 6),
    ]
    path = slack(
        tmp_path / "s.json",
        [{"user": user, "text": text, "ts": f"{at}.0", "thread_ts": "1.0"} for user, text, at in said],
    )
    rows = list(read_source(path, SourceOptions(path="s.json", form="slack", turns="all"), name="s"))
    assert [(m.role, m.content) for m in rows[0].messages] == [
        ("user", "card?\n\nhello?"), ("assistant", "blocked"), ("user", "fee?"), ("assistant", "none"),
    ]  # fmt: skip
    assert [getattr(row, "reason", "") for row in rows] == ["", *["thread_reply"] * 5]
    assert (
        rows[0].id != next(iter(read_source(path, SourceOptions(path="s.json", form="slack"), name="s"))).id
    )


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text("xy", min_size=1, max_size=3)), max_size=12))
def test_turns_alternate_and_end_with_an_answer(said: list[tuple[str, str]]) -> None:
    turns, used = conversation(said)
    assert [turn.role for turn in turns] == ["user", "assistant"] * (len(turns) // 2)
    assert "\n\n".join(turn.content for turn in turns) == "\n\n".join(text for _, text in said[:used])
    assert all(speaker == said[0][0] for speaker, _ in said[used:])


def test_a_slack_exports_folder(tmp_path: Path) -> None:
    for channel in ("support", "general"):
        (tmp_path / channel).mkdir()
        slack(tmp_path / channel / "2026-01-05.json", [{"user": "U1", "text": "hello", "ts": "1751483638.1"}])
    (tmp_path / "channels.json").write_text("[]", encoding="utf-8")
    assert detect_form(tmp_path).form == "slack"
    assert [row.origin.locator for row in read(tmp_path)] == ["general/1751483638.1", "support/1751483638.1"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_header_says_what_parts_the_columns(tmp_path, separator):
    path = tmp_path / "cases.csv"
    lines = [("case_no", "enquiry", "resolution"), ("C1", f'"one{separator} two"', "done, sir; truly")]
    lines[1] = tuple(f'"{cell}"' if separator in cell and cell[0] != '"' else cell for cell in lines[1])
    path.write_text("\n".join(separator.join(cells) for cells in lines) + "\n", encoding="utf-8")
    found = [row.value for row in rows(path, path.name)]
    assert found == [{"case_no": "C1", "enquiry": f"one{separator} two", "resolution": "done, sir; truly"}]


def test_a_separator_in_a_quoted_name_parts_nothing(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text('"what; who; where",reply\nhello,there\n', encoding="utf-8")
    assert [row.value for row in rows(path, path.name)] == [{"what; who; where": "hello", "reply": "there"}]
