"""The migrations and the tables say the same, and canonical JSON survives the database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tunewright.core.errors import UsageError
from tunewright.store import db
from tunewright.store.migrate import migrate, revision
from tunewright.store.project import Project


def test_the_named_head_is_the_newest_migration() -> None:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(db.__file__).parent / "migrations"))
    configuration.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(configuration).get_heads() == [db.HEAD_REVISION]


def test_the_migrations_make_exactly_these_tables(project: Project) -> None:
    with project.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
        made = set(sa.inspect(connection).get_table_names()) - {"sqlite_sequence"}
    assert made == {*db.metadata.tables, "alembic_version"}
    assert len(made) == 25


def test_a_migration_that_is_undone_leaves_nothing(tmp_path: Path) -> None:
    engine = db.make_engine(sa.URL.create("sqlite", database=str(tmp_path / "x.db")))
    with engine.connect() as connection:
        begun = connection.begin()
        migrate(connection)
        assert revision(connection) == db.HEAD_REVISION
        begun.rollback()
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
    engine.dispose()


@pytest.mark.sqlite
def test_sqlite_is_durable_and_concurrent(project: Project) -> None:
    with project.reader() as connection:
        pragmas = {
            n: connection.exec_driver_sql(f"PRAGMA {n}").scalar() for n in ("journal_mode", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}
    with project.transaction(durable=False) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
    with project.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


@pytest.mark.parametrize(
    "value",
    [{"b": 1, "a": [1.5, None, True, "é\u0000\u2028"]}, [], "text", 0.1, {"deep": [{"x": [[]]}]}],
    ids=ascii,
)
def test_json_comes_back(project: Project, value: object) -> None:
    with project.transaction() as connection:
        connection.execute(sa.insert(db.decisions).values(digest="0" * 64, body=value))
    with project.reader() as connection:
        assert connection.scalar(sa.select(db.decisions.c.body)) == value


@pytest.mark.parametrize("value", [{1: 2}, {"x": float("nan")}, {"x": {1, 2}}, 2**60, b"x"], ids=str)
def test_what_has_no_one_json_form_is_refused(project: Project, value: object) -> None:
    with pytest.raises(UsageError), project.transaction() as connection:
        connection.execute(sa.insert(db.decisions).values(digest="0" * 64, body=value))
