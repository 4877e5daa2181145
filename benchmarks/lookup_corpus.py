"""A workspace with snapshots of any size for ``lookup.py``: rows made by SQL, written in the product's own Parquet schema.

One source of N / 0.85 rows (JSON Lines, recorded by the product), 33 rows a person; 5 % exact copies, 5 % near copies and
2 to 5 % too short are dropped, 10 % are redacted with a finding, with evidence where the schema has it. Three snapshots: in
the second a limit moved (some 2 % of the rows differ), in the third once more. Ids and content digests are those the product
computes, so originals are found and checked as in life.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from tunewright.core.canonical import utc_text
from tunewright.core.types import Record, Score
from tunewright.data import outcomes
from tunewright.data import snapshot as snapshot_files
from tunewright.data.outcomes import row_group, write_outcomes
from tunewright.data.snapshot import _schema
from tunewright.flows.sources import record_sources
from tunewright.flows.workspace import Workspace
from tunewright.registry.policy_file import parse_policy
from tunewright.registry.promote import promote
from tunewright.registry.versions import register, subject_of
from tunewright.store import db
from tunewright.store.project import Project

SOURCE = "tickets.jsonl"
CONFIGURATION = f"""model: {{name: bench}}
data:
  sources:
  - {{path: {SOURCE}, form: columns, licence: internal,
     columns: {{prompt: question, reply: answer, id: id, subject: customer}},
     purpose: support, owner: desk, legal_basis: contract, received: 2026-01-05, retention_days: 700}}
"""
POLICY = b"""name: bench
version: 1
environments: {dev: {rules: [{name: e, kind: evidence, runs: [evaluate], max_age_days: 9}]}}
"""
STEPS = ("normalise", "exact_duplicates", "length", "pii", "near_duplicates", "split")
_BATCH = 1 << 16
_WORDS = [
    "card",
    "transfer",
    "refund",
    "balance",
    "pin",
    "limit",
    "fee",
    "cash",
    "exchange",
    "statement",
    "payment",
    "account",
]
_VERBS = ["lost", "blocked", "declined", "missing", "pending", "reverted", "charged", "doubled", "delayed"]


def rows_of(connection: Any, count: int) -> None:
    """View ``r``: one line a source row, every column a function of its number."""
    connection.execute("create or replace macro pick(l, h) as l[1 + (h % len(l))::bigint]")
    connection.execute(
        f"""create or replace view base as select i, 'T' || lpad(i::varchar, 9, '0') as record,
          'C' || lpad((i // 33)::varchar, 8, '0') as subject, hash(i) as h,
          case when i % 20 = 7 then i - 1 when i % 20 = 13 then i - 2 else i end as copied from range({count}) t(i)"""
    )
    connection.execute(
        f"""create or replace view said as select *,
          'why was my ' || pick({_WORDS}, hash(copied)) || ' ' || pick({_VERBS}, hash(copied) // 7) || ' for the '
          || pick({_WORDS}, hash(copied) // 91) || ' number ' || (hash(copied) % 900007)::varchar
          || case when i % 20 = 13 then ' please' else '' end
          || case when i % 10 = 4 then '. My mail is person' || i::varchar || '@example.com, answer there' else '' end
          as question,
          'Your ' || pick({_WORDS}, hash(copied)) || ' is being looked at, case ' || (hash(copied) % 100003)::varchar
          || '.' as answer
          from base"""
    )
    connection.execute(
        """create or replace view r as select *,
          sha256('["tickets.jsonl","' || record || '","' || content || '"]') as id from (select *,
          sha256('[["user","' || question || '"],["assistant","' || answer || '"]]') as content from said)"""
    )


def outcomes_query(snapshot: int) -> str:
    """Source rows with what became of them: what differs between the snapshots is which rows a limit drops."""
    short = {
        1: "i % 50 = 11",
        2: "i % 50 = 11 or i % 50 = 12",
        3: "i % 50 = 11 or i % 50 = 12 or i % 100 = 21",
    }[snapshot]
    return f"""select i, id, content, record, subject, question, answer,
      case when i % 20 = 7 then 'exact_duplicates' when {short} then 'length' when i % 20 = 13 then 'near_duplicates'
        else '' end as step, i % 10 = 4 as redacted, case when i % 8 = 0 then 'validation' else 'train' end as part,
      sha256(i::varchar || 'key') as key from r"""


_SPAN = """[{'kind': 'email', 'start': position('person' in question) - 1, 'end': position(', answer' in question) - 1,
  'turn': 0, 'confidence': 0.99, 'found_by': 'patterns@1', 'state': 'confirmed', 'note': '', 'key': key}]"""
_EVIDENCE = """case when step <> '' then [{'step': step, 'version': 1, 'action': 'dropped', 'reason': reason, 'metric':
  case when step = 'near_duplicates' then 'jaccard' else '' end, 'value': case when step = 'near_duplicates' then 0.93 end,
  'threshold': case when step = 'near_duplicates' then 0.8 end, 'of': twin, 'detail': '', 'finding': ''}]
  when redacted then [{'step': 'pii', 'version': 3, 'action': 'changed', 'reason': 'pii:email', 'metric': 'confidence',
  'value': 0.99, 'threshold': 0.85, 'of': '', 'detail': 'patterns@1', 'finding': key}] else [] end"""


def _batches(connection: Any, query: str) -> Iterator[pa.Table]:
    result = connection.execute(query)
    reader = (
        result.to_arrow_reader(_BATCH)
        if hasattr(result, "to_arrow_reader")
        else result.fetch_record_batch(_BATCH)
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])


def write_source(connection: Any, path: Path) -> None:
    """The JSON Lines file, row by row in order."""
    pairs = {"id": "record", "customer": "subject", "question": "question", "answer": "answer"}
    told = " || ', ' || ".join(f"""'"{key}": "' || {column} || '"'""" for key, column in pairs.items())
    query = f"select '{{' || {told} || '}}' as line from r order by i"
    with path.open("w", encoding="utf-8") as stream:
        for table in _batches(connection, query):
            stream.write("\n".join(table.column(0).to_pylist()) + "\n")


def write_snapshot_files(connection: Any, folder: Path, snapshot: int, rows: int) -> dict[str, int]:
    """Outcomes in the order of reading, examples in that of their ids, manifest and report. Answers the split counts."""
    told = f"""select *, case step when 'exact_duplicates' then 'exact_duplicate'
        when 'near_duplicates' then 'near_duplicate' when 'length' then 'reply_too_short' else '' end as reason,
      case step when 'exact_duplicates' then '{SOURCE}#T' || lpad((i - 1)::varchar, 9, '0')
        when 'near_duplicates' then '{SOURCE}#T' || lpad((i - 2)::varchar, 9, '0') else '' end as twin
      from ({outcomes_query(snapshot)})"""
    with tempfile.TemporaryDirectory() as scratch:
        write_outcomes([], Path(scratch) / "none.parquet")
        schema = pq.read_schema(Path(scratch) / "none.parquet")
    columns = f"""'{SOURCE}' as source, record,
      case when step <> '' then 'dropped' when redacted then 'changed' else 'kept' end as outcome,
      case when step <> '' then [reason] when redacted then ['pii:email'] else [] end as reasons, step,
      case when redacted and step in ('', 'near_duplicates') then {_SPAN} else [] end as findings,
      id as example, twin as of,
      case when step = '' then part else '' end as split"""
    if "evidence" in schema.names:
        columns += f", {_EVIDENCE} as evidence"
    _write(
        folder / "outcomes.parquet", schema, connection, f"select {columns} from ({told}) order by i", rows
    )
    kept = f"""select id, part as split, [{{'role': 'user', 'content': case when redacted then
        replace(question, 'person' || i::varchar || '@example.com', '[EMAIL]') else question end}},
        {{'role': 'assistant', 'content': answer}}] as messages, '{SOURCE}' as source, record as locator,
      content as origin_digest, 'internal' as licence, 'support' as purpose, '' as received_at, subject, '' as thread,
      case when redacted then ['pii@3'] else [] end as history, ['split:' || part] as labels,
      case when redacted then {_SPAN} else [] end as findings from ({told}) where step = '' order by id"""
    _write(folder / "examples.parquet", _schema(), connection, kept, rows)
    counts = connection.execute(
        f"select part, count(*) from ({told}) where step = '' group by part order by part"
    ).fetchall()
    splits = {str(part): int(count) for part, count in counts}
    steps = [{"name": name, "version": 1, "options": {}} for name in STEPS]
    steps[2]["options"] = {"min_reply_chars": snapshot}
    manifest = {
        "merkle_root": f"bench-{snapshot}", "counts": {}, "splits": splits, "steps": steps, "sources": [SOURCE],
        "goldens": [], "canaries": 0, "format": 1,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    reasons = {
        "exact_duplicates": "exact_duplicate",
        "length": "reply_too_short",
        "pii": "pii:email",
        "near_duplicates": "near_duplicate",
    }
    report = [
        {"step": name, "version": 1, "reasons": {reasons[name]: 1} if name in reasons else {}}
        for name in STEPS
    ]
    (folder / "report.json").write_text(json.dumps({"steps": report}))
    return splits


def _write(path: Path, schema: Any, connection: Any, query: str, rows: int) -> None:
    repeating = outcomes.REPEATING if path.name == "outcomes.parquet" else snapshot_files.REPEATING
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeating) as writer:
        for table in _batches(connection, query):
            arranged = pa.Table.from_arrays([table.column(name) for name in schema.names], names=schema.names)
            writer.write_table(arranged.cast(schema), row_group_size=row_group(rows))


def make(root: Path, examples: int, exchanges: int, snapshots: int = 3) -> None:
    """The whole workspace under ``root``: source, snapshots, two versions (one in dev), exchanges."""
    root.mkdir(parents=True)
    (root / "tunewright.yaml").write_text(CONFIGURATION)
    Project.create(root, actor="bench").close()
    connection = duckdb.connect(
        config={"memory_limit": "2GB", "temp_directory": str(root / "spill"), "threads": 1}
    )
    rows_of(connection, int(examples / 0.85))
    write_source(connection, root / SOURCE)
    with Workspace.open(root, actor="bench") as ws:
        (source,) = record_sources(ws)
        (root / SOURCE).unlink()
        records = ws.project.records
        made: list[Record] = []
        for number in range(1, snapshots + 1):
            with ws.project.staging() as folder:
                files = folder / "snapshot"
                files.mkdir()
                write_snapshot_files(connection, files, number, int(examples / 0.85))
                made.append(
                    records.commit(
                        kind="snapshot",
                        name="bench",
                        version=str(number),
                        inputs=(source.ref,),
                        files_dir=files,
                        recipe={"seed": 42, "steps": [number]},
                        action="snapshot.build",
                    )
                )
        models = [_model(ws, snapshot, number) for number, snapshot in enumerate(made[:2])]
        write_exchanges(ws.project, models[0], exchanges)
    connection.close()


def _model(ws: Workspace, snapshot: Record, number: int) -> Record:
    commit = ws.project.records.commit
    plain: dict[str, Any] = {"files_dir": None, "action": "bench.record"}
    base = commit(kind="base", name="builtin", version="1", recipe={"digest": "b"}, inputs=(), **plain)
    recipe = {"train": {"method": "lora", "learning_rate": 0.1 + number}}
    run = commit(
        kind="run",
        name="train",
        version=str(number + 1),
        recipe=recipe,
        inputs=(snapshot.ref, base.ref),
        **plain,
    )
    served = dict.fromkeys(("base", "tokenizer", "chat_template", "quantisation"), "x") | {
        "weights": str(number)
    }
    model = register(ws.project, name="bench", snapshot=snapshot, base=base, run=run, served=served)
    if number == 0:
        score = Score(metric="exact_match", value=0.9, low=0.88, high=0.92, n=900, signature="bench")
        recipe = {"subject_digest": subject_of(model)}
        commit(
            kind="run",
            name="evaluate",
            version="1",
            recipe=recipe,
            inputs=(model.ref,),
            scores=(score,),
            **plain,
        )
        promote(ws.project, parse_policy(POLICY), model, "dev", primary="exact_match", roles={})
    return model


def write_exchanges(project: Project, model: Record, count: int) -> None:
    """Exchanges as the gateway writes them."""
    at = utc_text(datetime(2026, 6, 1, tzinfo=UTC))
    for start in range(0, count, 10_000):
        rows = []
        for number in range(start, min(count, start + 10_000)):
            word, verb = _WORDS[number % len(_WORDS)], _VERBS[number % len(_VERBS)]
            asked = f"why was my {word} {verb} for the card number {number * 7919 % 900007}"
            rows.append(
                {
                    "id": f"ex-{number:024x}",
                    "at": at,
                    "key_id": "k",
                    "model_name": "bench",
                    "version": model.ref.version,
                    "subject_digest": subject_of(model),
                    "variant": "dev",
                    "user": "",
                    "body": {"messages": [{"role": "user", "content": asked}], "answer": "{}"},
                    "finish_reason": "stop",
                    "prompt_tokens": 12,
                    "completion_tokens": 5,
                    "latency_ms": 4.0,
                    "flags": [],
                }
            )
        with project.transaction() as connection:
            connection.execute(sa.insert(db.exchanges), rows)
