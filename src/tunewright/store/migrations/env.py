"""What alembic runs: it migrates the connection that ``store.migrate`` hands over, inside that transaction."""

from __future__ import annotations

from alembic import context

from tunewright.store.db import metadata


def run() -> None:
    """Run the revisions on the caller's connection; the caller commits."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        # DDL is transactional on SQLite too once BEGIN was sent: a killed migration leaves the old schema.
        transactional_ddl=True,
    )
    context.run_migrations()


run()
