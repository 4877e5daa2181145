"""People's votes with their history, judgements of examples, samples of what was not flagged. The old table of one decision
a finding becomes the first vote of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _number() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", number, autoincrement=True, nullable=False)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _votes() -> None:
    op.create_table(
        "review_votes",
        _number(),
        *_texts("finding_key"),
        sa.Column("generation", sa.Integer(), nullable=False),
        *_texts("kind", "example", "decision"),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        *_texts("scope", "batch", "note", "actor", "via", "at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("finding_key", "generation", name="review_votes_generation"),
        sqlite_autoincrement=True,
    )
    for name in ("example", "batch", "at"):
        op.create_index(op.f(f"ix_review_votes_{name}"), "review_votes", [name], unique=False)
    op.create_table(
        "review_claims", *_texts("finding_key", "actor", "until"), sa.PrimaryKeyConstraint("finding_key")
    )


def _judgements() -> None:
    op.create_table(
        "review_judgements",
        _number(),
        *_texts("origin_key"),
        sa.Column("generation", sa.Integer(), nullable=False),
        *_texts("example", "source", "locator", "seen_digest", "verdict"),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("correction", sa.Text(), nullable=True),
        *_texts("note", "actor", "at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("origin_key", "generation", name="review_judgements_generation"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_review_judgements_example"), "review_judgements", ["example"], unique=False)


def _samples() -> None:
    op.create_table(
        "review_samples",
        *_texts("id", "snapshot"),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        *_texts("body", "actor", "at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_review_samples_snapshot"), "review_samples", ["snapshot"], unique=False)
    op.create_table(
        "review_sample_answers",
        _number(),
        *_texts("sample", "example"),
        sa.Column("pii", sa.Boolean(), nullable=False),
        *_texts("kinds"),
        sa.Column("error", sa.Boolean(), nullable=False),
        *_texts("note", "actor", "at"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    for name in ("sample", "example"):
        op.create_index(
            op.f(f"ix_review_sample_answers_{name}"), "review_sample_answers", [name], unique=False
        )


def upgrade() -> None:
    """Create the tables and carry over what was decided."""
    _votes()
    _judgements()
    _samples()
    op.execute(
        "INSERT INTO review_votes"
        " (finding_key, generation, kind, example, decision, undoes, scope, batch, note, actor, via, at)"
        " SELECT finding_key, 1, '', '', decision, NULL, 'one', finding_key, note, actor, '', at FROM reviews ORDER BY at"
    )
    op.drop_table("reviews")
