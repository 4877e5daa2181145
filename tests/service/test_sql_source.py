"""A query on a real PostgreSQL server: keyed reading, types, and a server that ends the connection in the middle."""

from __future__ import annotations

import gc
import json
import uuid
import warnings
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from tests.attack.data.conftest import sound_rows
from tunewright.core.errors import DataError, EngineError
from tunewright.data.sources import sql as sql_module
from tunewright.flows.prepare import prepare
from tunewright.flows.snapshots import outcomes
from tunewright.flows.workspace import Workspace
from tunewright.store.project import Project

pytestmark = pytest.mark.service


@pytest.fixture
def tickets(postgres: str) -> str:
    """Address of a database with 4,000 tickets."""
    name = f"s{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    engine = sa.create_engine(f"{postgres}/{name}")
    rows = [
        {"id": at, "q": f"{row['prompt']} {at}", "a": row["completion"]}
        for at, row in enumerate(sound_rows(40) * 100, start=1)
    ]
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create table tickets (id bigint primary key, question text, answer jsonb, cost numeric(9,2) default 1.5, "
            "key uuid default gen_random_uuid(), at timestamptz default '2026-01-05 10:00:00+00')"
        )
        connection.execute(
            sa.text("insert into tickets (id, question, answer) values (:id, :q, cast(:a as jsonb))"), rows
        )
    engine.dispose()
    return f"{postgres}/{name}"


def workspace(root: Path, **sql: Any) -> Workspace:
    root.mkdir()
    source = {
        "name": "tickets",
        "form": "columns",
        "columns": {"prompt": "question", "reply": "answer", "at": "at"},
        "sql": {"url": {"env": "TICKETS_URL"}, **sql},
    }
    configuration = {"model": {"name": "m"}, "data": {"sources": [source], "steps": [{"use": "normalise"}]}}
    (root / "tunewright.yaml").write_text(yaml.safe_dump(configuration))
    Project.create(root, actor="tester").close()
    return Workspace.open(root, actor="tester")


def test_rows_and_types_of_postgresql(tickets: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS_URL", tickets.replace("+psycopg", ""))
    with workspace(tmp_path / "w", query="select * from tickets where id::text <> ':x'", key="id") as ws:
        summary = prepare(ws)
        assert summary.counts["kept"] == 4000
        record = ws.project.records.find("source")[0]
        first = json.loads(ws.project.blobs.path(record.files[0].digest).read_bytes().splitlines()[0])
        assert (first["cost"], first["at"], first["answer"]) == (
            "1.50",
            "2026-01-05T10:00:00+00:00",
            {"intent": "i0"},
        )
        engine = sa.create_engine(tickets)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "insert into tickets (id, question, answer) values (5000, 'one more here', '{}')"
            )
        engine.dispose()
        (change,) = prepare(ws).changes
        assert (change.added, change.unchanged, change.changed) == (1, 4000, 0)
        assert [row["record"] for row in outcomes(ws)][-1] == "5000"


def test_a_server_that_ends_the_connection(
    tickets: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETS_URL", tickets)
    line = sql_module._line

    def killing(name: str, value: dict[str, Any], row: int) -> bytes:
        if row == 1500:
            engine = sa.create_engine(tickets)
            with engine.begin() as connection:
                connection.exec_driver_sql(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                )
            engine.dispose()
        return line(name, value, row)

    with workspace(tmp_path / "w", table="public.tickets", key="id") as ws:
        with monkeypatch.context() as patch:
            patch.setattr(sql_module, "_line", killing)
            with pytest.raises(EngineError, match=r"stopped answering after \d+ rows; nothing") as caught:
                prepare(ws)
        assert caught.value.retryable
        assert 1500 <= int(caught.value.facts["rows"]) < 4000  # type: ignore[arg-type]
        # A cursor of a dead connection cannot be closed; psycopg warns of it when it is collected, here and in no other test.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del caught
            gc.collect()
        assert ws.project.records.find("source") == []
        assert not list((ws.project.state / "staging").glob("*"))
        assert prepare(ws).counts["kept"] == 4000


def test_a_query_that_would_change_data_is_refused(
    tickets: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETS_URL", tickets)
    query = "with gone as (delete from tickets returning *) select * from gone"
    with workspace(tmp_path / "w", query=query) as ws, pytest.raises(DataError, match="refused the query"):
        prepare(ws)
    engine = sa.create_engine(tickets)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from tickets").scalar() == 4000
    engine.dispose()
