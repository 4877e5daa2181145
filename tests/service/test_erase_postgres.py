"""An erasure with the records on PostgreSQL: the same proof; what its vacuum has to do is said."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fixtures.erasable_workspace import MAIL, PERSON, SOURCES, make_workspace, secrets, where_found
from tunewright.core.errors import NotFoundError
from tunewright.flows.audit import verify
from tunewright.flows.erase import erase, show
from tunewright.flows.erase_search import Asked
from tunewright.flows.workspace import Workspace

pytestmark = pytest.mark.service


@pytest.fixture
def database(postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"e{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    monkeypatch.setenv("TUNEWRIGHT_DATABASE_URL", f"{postgres}/{name}")
    return f"{postgres}/{name}"


def test_no_row_of_any_table_holds_it_afterwards(database: str, tmp_path: Path) -> None:
    kept = [
        source for source in SOURCES if source.get("path") in ("data/tickets.csv", "data/chats.jsonl", None)
    ]
    root = make_workspace(tmp_path / "w", sources=kept)
    for name in ("old.jsonl.gz", "forms.json", "desk.parquet", "box.mbox", "export.zip"):
        (root / "data" / name).unlink()
    (root / "data" / "slack" / "help" / "2026-01-05.json").unlink()
    (root / "data" / "slack" / "help" / "2026-01-06.json").unlink()
    with Workspace.open(root, actor="dpo") as ws:
        report = erase(ws, Asked(subject=PERSON, also=(MAIL,)), copies="erase", files="erase", rebuild=False)
        assert any("PostgreSQL" in line for line in report.proof["not_done"])
        proof = show(ws, report.erasure.name)
        assert {"erasure.finish", "erasure.sweep"} <= {line["action"] for line in proof["later"]}
        assert verify(ws).erasures == 1
        with pytest.raises(NotFoundError, match="erased before"):
            erase(ws, Asked(subject=PERSON, also=(MAIL,)), copies="erase", files="erase")
    assert where_found(root, secrets()) == {}
    engine = sa.create_engine(database)
    reflected = sa.MetaData()
    reflected.reflect(engine)
    with engine.connect() as connection:
        told = {
            table.name: repr(connection.execute(sa.select(table)).all()) for table in reflected.sorted_tables
        }
    engine.dispose()
    assert len(told) > 15
    found = {name: [text for text in secrets() if text in rows] for name, rows in told.items()}
    assert not any(found.values()), found
