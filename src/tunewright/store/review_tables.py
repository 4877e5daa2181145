"""The tables of people's reviews. Everything but claims is append-only: what was decided is superseded, never changed.

Rows hold example ids and finding keys; text that people write (notes, corrected answers) is in ``note`` and
``correction`` only, so that an erasure knows where to look.
"""

from __future__ import annotations

import sqlalchemy as sa

from tunewright.store.db import CanonicalJson, metadata


def _number() -> sa.Column[int]:
    return sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )


votes = sa.Table(
    "review_votes",
    metadata,
    _number(),
    sa.Column("finding_key", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("example", sa.Text, nullable=False, index=True),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("undoes", sa.BigInteger, nullable=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("batch", sa.Text, nullable=False, index=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False, index=True),
    sa.UniqueConstraint("finding_key", "generation", name="review_votes_generation"),
    sqlite_autoincrement=True,
)
"""decision: confirmed, dismissed, or undone (then ``undoes`` is the id of the row it takes back); generation counts the
rows of a finding 1, 2, ...; batch: one action of a person, which may cover a cluster; via: who imported it, else empty."""

claims = sa.Table(
    "review_claims",
    metadata,
    sa.Column("finding_key", sa.Text, primary_key=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("until", sa.Text, nullable=False),
)
"""Who is looking at a finding now. Forgotten at ``until``; no decision depends on it."""

judgements = sa.Table(
    "review_judgements",
    metadata,
    _number(),
    sa.Column("origin_key", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("example", sa.Text, nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("locator", sa.Text, nullable=False),
    sa.Column("seen_digest", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("rating", sa.Integer, nullable=True),
    sa.Column("correction", sa.Text, nullable=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.UniqueConstraint("origin_key", "generation", name="review_judgements_generation"),
    sqlite_autoincrement=True,
)
"""verdict: approved, rejected, corrected or undone; origin_key: digest of source name and original content."""

samples = sa.Table(
    "review_samples",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("snapshot", sa.Text, nullable=False, index=True),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("body", CanonicalJson, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)
"""snapshot: its digest; body: strata with their population and the ids that were drawn, in the order of asking."""

sample_answers = sa.Table(
    "review_sample_answers",
    metadata,
    _number(),
    sa.Column("sample", sa.Text, nullable=False, index=True),
    sa.Column("example", sa.Text, nullable=False, index=True),
    sa.Column("pii", sa.Boolean, nullable=False),
    sa.Column("kinds", CanonicalJson, nullable=False),
    sa.Column("error", sa.Boolean, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""The last answer of each person counts; kinds: which personal data the pipeline missed."""
