"""The store on a real PostgreSQL server: the same answers and the same proofs as on SQLite."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.fixtures.recording import commit, note
from tunewright.core.errors import ConflictError, EngineError, IntegrityError, UsageError
from tunewright.store import db
from tunewright.store.project import Project

pytestmark = pytest.mark.service
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def database(postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh database, named in TUNEWRIGHT_DATABASE_URL."""
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    monkeypatch.setenv("TUNEWRIGHT_DATABASE_URL", f"{postgres}/{name}")
    return f"{postgres}/{name}"


@pytest.fixture
def project(tmp_path: Path, database: str) -> Iterator[Project]:
    with Project.create(tmp_path / "bank", actor="ada") as opened:
        yield opened


def test_records_lineage_and_log(project: Project) -> None:
    source = commit(project, "tickets.csv", kind="source", recipe={"x": 1.0, "odd": "\u0000é\u2028"})
    snapshot = commit(project, inputs=[source.ref], files={"a": "x", "deep/b": "y"})
    assert project.records.get("source/tickets.csv") == project.records.by_digest(source.ref.digest[:8])
    assert project.records.upstream(snapshot.ref) == [source.ref]
    assert project.records.downstream(source.ref) == [snapshot.ref]
    for record in project.records.all():
        project.records.verify(record)
    report = project.audit.verify()
    assert (report.events, report.checkpoints, report.outside) == (3, 3, 3)
    assert project.audit.inclusion(2).verify()
    with pytest.raises(ConflictError, match="another recipe"):
        commit(project, version="1", recipe={"other": True})
    with Project.open(project.root) as again:
        assert again.audit.verify() == report
    assert not list(project.state.glob("tunewright.db*"))


def test_the_digests_are_those_of_sqlite(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = commit(project, files={"a": "x"})
    monkeypatch.delenv("TUNEWRIGHT_DATABASE_URL")
    with Project.create(tmp_path / "sqlite", actor="ada") as other:
        assert commit(other, files={"a": "x"}).ref == there.ref


def test_the_migrations_make_exactly_these_tables(project: Project) -> None:
    with project.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_writers_append_without_gaps(project: Project) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.fixtures.recording import note;"
        "from tunewright.store.project import Project\n"
        "with Project.open(Path(sys.argv[1])) as p:\n    [note(p, i) for i in range(20)]"
    )
    command = [sys.executable, "-c", code, str(project.root)]
    children = [subprocess.Popen(command, cwd=REPOSITORY) for _ in range(2)]
    threads = [threading.Thread(target=lambda: [note(project, i) for i in range(20)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [child.wait(120) for child in children] == [0, 0]
    assert [e.seq for e in project.audit.events()] == list(range(1, 82))
    assert project.audit.verify().events == 81


def test_a_transaction_is_all_or_nothing(project: Project) -> None:
    def fail() -> None:
        with project.transaction():
            commit_in = project.records.find("run")
            raise RuntimeError(str(len(commit_in)))

    with pytest.raises(RuntimeError):
        fail()
    with project.transaction(), pytest.raises(UsageError), project.transaction():
        pass
    note(project, 1)
    assert project.audit.verify().events == 2


def test_a_killed_writer_leaves_before_or_after(project: Project) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.fixtures.recording import commit;"
        "from tunewright.store.project import Project\n"
        "with Project.open(Path(sys.argv[1])) as p:\n"
        "    while True:\n        print(commit(p, files={'a': 'x' * 5000}).ref.digest, flush=True)"
    )
    promised: list[str] = []
    for i in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(project.root)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
        )
        assert child.stdout is not None
        promised.append(child.stdout.readline().strip())
        time.sleep(0.013 * i)
        child.send_signal(signal.SIGKILL)
        promised += child.communicate()[0].split()
        with Project.open(project.root) as opened:
            records = opened.records.all()
            for record in records:
                opened.records.verify(record)
            assert {d for d in promised if len(d) == 64} <= {r.ref.digest for r in records}
            assert opened.audit.verify().events == 1 + len(records)
            assert {p.name for p in (opened.state / "records").glob("*/*")} == {r.ref.digest for r in records}


def test_tampering_is_found(project: Project) -> None:
    for number in range(2, 7):
        note(project, number)
    with project.engine.begin() as connection:
        connection.execute(sa.update(db.events).where(db.events.c.seq == 4).values(actor="mallory"))
    with pytest.raises(IntegrityError) as caught:
        project.audit.verify()
    assert caught.value.facts["seq"] == 4


def test_a_lease_has_one_holder(project: Project) -> None:
    def take(other: Project) -> None:
        with other.lease("train"):
            pass

    with Project.open(project.root, actor="grace") as other:
        with project.lease("train"), pytest.raises(ConflictError, match="by ada"):
            take(other)
        take(other)


def test_one_workspace_a_database(project: Project, tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="belongs to another workspace"):
        Project.create(tmp_path / "second")
    assert project.audit.verify().events == 1


def test_durability_comes_back_after_a_relaxed_write(project: Project) -> None:
    with project.transaction(durable=False) as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "off"
    for _ in range(3):
        with project.transaction() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_a_server_that_is_away_is_said_so(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEWRIGHT_DATABASE_URL", "postgresql+psycopg://u:hunter2@127.0.0.1:1/none")
    with pytest.raises(EngineError, match="database did not do it") as caught:
        Project.open(project.root)
    assert "hunter2" not in str(caught.value.as_json())
