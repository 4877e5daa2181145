"""Brings a database to the schema this version knows; alembic is imported only when there is something to do."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tunewright.core.errors import ConflictError
from tunewright.store import review_tables  # noqa: F401 - its tables belong to the metadata
from tunewright.store.db import HEAD_REVISION


def revision(connection: Connection) -> str | None:
    """The schema's revision; None for a database without tables of ours."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def migrate(connection: Connection) -> None:
    """Upgrade to HEAD_REVISION inside the caller's transaction.

    Raises ConflictError when the database was written by a newer version of Tunewright.
    """
    found = revision(connection)
    if found == HEAD_REVISION:
        return
    import alembic.command
    import alembic.config
    from alembic.script import ScriptDirectory

    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    configuration.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(configuration).walk_revisions()}
    if found is not None and found not in known:
        raise ConflictError(
            f"the workspace's database has schema {found}, which this version of Tunewright does not know",
            hint="install the Tunewright version that last opened this workspace, or a newer one",
            found=found,
            known=HEAD_REVISION,
        )
    configuration.attributes["connection"] = connection
    alembic.command.upgrade(configuration, "head")
