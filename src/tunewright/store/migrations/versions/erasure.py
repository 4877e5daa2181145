"""Files that an erasure replaced, and the keyed digests by which erased rows are known again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "replacements",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("record_digest", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("old_digest", sa.Text(), nullable=False),
        sa.Column("new_digest", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("erasure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("record_digest", "path", "old_digest", name="replacements_once"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_replacements_record_digest"), "replacements", ["record_digest"], unique=False)
    op.create_table(
        "erased",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("erasure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tag"),
    )
