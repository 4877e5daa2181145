"""What was decided before votes had a history is the first vote of each finding."""

from __future__ import annotations

from pathlib import Path

import alembic.command
import sqlalchemy as sa
from alembic.config import Config

from tunewright.data.review import decisions, read_votes
from tunewright.data.review_options import ReviewOptions
from tunewright.store import db
from tunewright.store.project import Project


def test_old_decisions_are_carried_over(tmp_path: Path) -> None:
    Project.create(tmp_path, actor="ann").close()
    path = tmp_path / ".tunewright" / "tunewright.db"
    engine = db.make_engine(sa.URL.create("sqlite", database=str(path)))
    with engine.connect().execution_options(tunewright_writes=True) as connection, connection.begin():
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        for table in reversed(db.metadata.sorted_tables):
            connection.exec_driver_sql(f"DROP TABLE {table.name}")
        configuration = Config()
        configuration.set_main_option("script_location", str(Path(db.__file__).parent / "migrations"))
        configuration.set_main_option("path_separator", "os")
        configuration.attributes["connection"] = connection
        alembic.command.upgrade(configuration, "0001")
        connection.exec_driver_sql(
            "INSERT INTO reviews VALUES ('k2', 'dismissed', 'why', 'bob', '2026-01-02'),"
            " ('k1', 'confirmed', '', 'ann', '2026-01-01')"
        )
        alembic.command.upgrade(configuration, "head")
        assert "reviews" not in sa.inspect(connection).get_table_names()
    engine.dispose()
    with Project.open(tmp_path, actor="ann") as project:
        assert decisions(project) == {"k1": "confirmed", "k2": "dismissed"}
        assert [(v.id, v.finding, v.generation, v.actor, v.note) for v in read_votes(project)] == [
            (1, "k1", 1, "ann", ""),
            (2, "k2", 1, "bob", "why"),
        ]
        # The kind was not kept then: a rule for two persons does not take back what was decided under the old one.
        assert decisions(project, ReviewOptions(two_person=("phone",))) == decisions(project)
