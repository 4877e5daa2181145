"""Write items in six formats, add rows that no reader can use, and write down the truth."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tunewright.builtin.example.messages import Item
from tunewright.builtin.example.phrases import CHATTER

INSTRUCTION = "Triage the customer's message."
_START = datetime(2026, 1, 5, tzinfo=UTC)
_FORMATS = (
    ("tickets.csv", "T", 0.38),
    ("chats.jsonl", "C", 0.20),
    ("messages.jsonl", "M", 0.15),
    ("triage.json", "A", 0.12),
    ("archive.parquet", "P", 0.12),
    ("slack", "", 1.0),
)


@dataclass(frozen=True, slots=True)
class Written:
    """One row of one file."""

    source: str
    record: str
    item: Item
    at: str
    customer: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What is wrong with one row."""

    source: str
    record: str
    defects: tuple[str, ...]
    spans: tuple[Any, ...] = ()
    of: str = ""

    def line(self) -> dict[str, Any]:
        """The line of TRUTH.jsonl."""
        pii = [{"type": s.kind, "start": s.start, "end": s.end, "text": s.text} for s in self.spans]
        return {
            "source": self.source,
            "record": self.record,
            "defects": list(self.defects),
            "pii": pii,
            "of": self.of or None,
        }


def write_golden(folder: Path, items: Sequence[Item]) -> Path:
    """``golden.jsonl``: id, input, reference, tags."""
    path = folder / "golden.jsonl"
    rows = (
        {"id": f"G{number:04d}", "input": item.prompt, "reference": item.reply, "tags": [item.tag]}
        for number, item in enumerate(items)
    )
    _write_lines(path, (json.dumps(row, ensure_ascii=False) for row in rows))
    return path


def write_files(folder: Path, items: Sequence[Item], random: Random) -> tuple[list[Path], Path, int]:
    """All sources and TRUTH.jsonl. Answers the sources, the truth file and the number of source rows."""
    rows = _dealt(items, random)
    truths = [_truth(row, rows) for row in rows]
    by_source = {name: [row for row in rows if row.source == name] for name, _, _ in _FORMATS}
    truths += _tickets(folder / "tickets.csv", by_source["tickets.csv"])
    truths += _chats(folder / "chats.jsonl", by_source["chats.jsonl"])
    truths += _messages(folder / "messages.jsonl", by_source["messages.jsonl"])
    _alpaca(folder / "triage.json", by_source["triage.json"])
    _parquet(folder / "archive.parquet", by_source["archive.parquet"])
    truths += _slack(folder / "slack", by_source["slack"], random)
    path = folder / "TRUTH.jsonl"
    _write_lines(path, (json.dumps(truth.line(), ensure_ascii=False) for truth in truths))
    return [folder / name for name, _, _ in _FORMATS], path, len(truths)


def _dealt(items: Sequence[Item], random: Random) -> list[Written]:
    """Give every item a file, an id, a time and a customer (some write more than once)."""
    rows = []
    for number, item in enumerate(items):
        at = _START + timedelta(minutes=random.randrange(60 * 24 * 300))
        source, letter = _format(random, item)
        customer = f"K{random.randrange(len(items) * 3):05d}"
        record = f"{letter}{number:05d}" if letter else f"support/{int(at.timestamp())}.{number:06d}"
        rows.append(Written(source, record, item, at.strftime("%Y-%m-%dT%H:%M:%SZ"), customer))
    return rows


def _format(random: Random, item: Item) -> tuple[str, str]:
    draw = random.random()
    for name, letter, share in _FORMATS:
        if draw < share:
            # A thread without a reply is another defect than an empty reply.
            return (
                ("chats.jsonl", "C") if name == "slack" and "empty_reply" in item.defects else (name, letter)
            )
        draw -= share
    return "slack", ""


def _truth(row: Written, rows: Sequence[Written]) -> Truth:
    of = f"{rows[row.item.of].source}#{rows[row.item.of].record}" if row.item.of >= 0 else ""
    return Truth(row.source, row.record, row.item.defects, row.item.spans, of)


def _write_lines(path: Path, lines: Iterable[str | bytes]) -> None:
    with path.open("wb") as stream:
        for line in lines:
            stream.write((line if isinstance(line, bytes) else line.encode("utf-8")) + b"\n")


def _tickets(path: Path, rows: Sequence[Written]) -> list[Truth]:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(
            ["ticket_id", "opened_at", "channel", "customer_id", "customer_message", "triage", "agent"]
        )
        for number, row in enumerate(rows):
            channel, agent = ("phone", "app", "mail")[number % 3], f"agent-{number % 17:02d}"
            writer.writerow(
                [row.record, row.at, channel, row.customer, row.item.prompt, row.item.reply, agent]
            )
        stream.write("T99990,2026-03-01T08:00:00Z,app,this row lost its columns\n")
    return [Truth("tickets.csv", str(len(rows) + 1), ("wrong_number_of_columns",))]


def _chats(path: Path, rows: Sequence[Written]) -> list[Truth]:
    lines: list[str | bytes] = [
        json.dumps(
            {
                "id": row.record,
                "created_at": row.at,
                "customer_id": row.customer,
                "conversations": [
                    {"from": "human", "value": row.item.prompt},
                    {"from": "gpt", "value": row.item.reply},
                ],
            },
            ensure_ascii=False,
        )
        for row in rows
    ]
    twice = {
        "id": "C99991",
        "conversations": [{"from": "human", "value": "hello?"}, {"from": "human", "value": "anybody?"}],
    }
    alien = {
        "id": "C99992",
        "conversations": [{"from": "weather", "value": "rain"}, {"from": "gpt", "value": "{}"}],
    }
    number = len(lines) + 1
    lines += [
        '{"id": "C99990", "conversations": [{"from": "human", "val',
        json.dumps(twice),
        json.dumps(alien),
    ]
    lines += [b'{"id": "C99993", "conversations": [{"from": "human", "value": "caf\xe9"}]}', "[1, 2, 3]"]
    _write_lines(path, lines)
    return [
        Truth("chats.jsonl", str(number), ("invalid_json",)),
        Truth("chats.jsonl", "C99991", ("roles_do_not_alternate",)),
        Truth("chats.jsonl", "C99992", ("unknown_role",)),
        Truth("chats.jsonl", str(number + 3), ("invalid_utf8",)),
        Truth("chats.jsonl", str(number + 4), ("not_an_object",)),
    ]


def _messages(path: Path, rows: Sequence[Written]) -> list[Truth]:
    def turns(row: Written) -> list[dict[str, str]]:
        return [
            {"role": "user", "content": row.item.prompt},
            {"role": "assistant", "content": row.item.reply},
        ]

    lines = [
        json.dumps({"id": row.record, "created_at": row.at, "messages": turns(row)}, ensure_ascii=False)
        for row in rows
    ]
    half_turns = '[{"role": "user", "content": "half \\ud83d"}, {"role": "assistant", "content": "{}"}]'
    half = f'{{"id": "M99990", "messages": {half_turns}}}'
    _write_lines(path, [*lines, half, '{"id": "M99991", "messages": []}'])
    return [
        Truth("messages.jsonl", "M99990", ("lone_surrogate",)),
        Truth("messages.jsonl", "M99991", ("no_messages",)),
    ]


def _alpaca(path: Path, rows: Sequence[Written]) -> None:
    table = [
        {
            "id": row.record,
            "created_at": row.at,
            "instruction": INSTRUCTION,
            "input": row.item.prompt,
            "output": row.item.reply,
        }
        for row in rows
    ]
    path.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def _parquet(path: Path, rows: Sequence[Written]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "case_id": [row.record for row in rows],
        "created_at": [row.at for row in rows],
        "customer_id": [row.customer for row in rows],
        "question": [row.item.prompt for row in rows],
        "category": [row.item.reply for row in rows],
    }
    pq.write_table(pa.table(columns), path)


def _slack(folder: Path, rows: Sequence[Written], random: Random) -> list[Truth]:
    """An export's folder: channel ``support`` with messages answered in threads, and ``general``, where people chat."""
    truths = []
    answered = []
    for row in sorted(rows, key=lambda row: row.record):
        ts = row.record.removeprefix("support/")
        answer = f"{int(ts.split('.')[0]) + 90}.{ts.split('.')[1]}"
        answered.append(
            {"type": "message", "user": row.customer, "text": row.item.prompt, "ts": ts, "thread_ts": ts}
        )
        answered.append(
            {"type": "message", "user": "U0TRIAGE", "text": row.item.reply, "ts": answer, "thread_ts": ts}
        )
        truths.append(Truth("slack", f"support/{answer}", ("thread_reply",), of=f"slack#{row.record}"))
    chatter = []
    for number in range(40):
        ts = f"{int((_START + timedelta(hours=7 * number)).timestamp())}.{number:06d}"
        text = random.choice(CHATTER) + random.choice(("", " :joy:", " thx", " <@U0021>"))
        chatter.append({"type": "message", "user": f"U{random.randrange(1000):04d}", "text": text, "ts": ts})
        truths.append(Truth("slack", f"general/{ts}", ("off_topic",)))
    for channel, messages in (("support", answered), ("general", chatter)):
        (folder / channel).mkdir(parents=True, exist_ok=True)
        text = json.dumps(messages, ensure_ascii=False, indent=1)
        (folder / channel / "2026-01-05.json").write_text(text + "\n", encoding="utf-8")
    channels = [{"id": "C01", "name": "support"}, {"id": "C02", "name": "general"}]
    (folder / "channels.json").write_text(json.dumps(channels) + "\n", encoding="utf-8")
    (folder / "users.json").write_text(
        json.dumps([{"id": "U0TRIAGE", "name": "triage"}]) + "\n", encoding="utf-8"
    )
    return truths
