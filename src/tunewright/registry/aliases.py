"""Environments: aliases that point at a model version, moved by compare-and-swap of their generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tunewright.core.canonical import utc_text
from tunewright.core.errors import ConflictError
from tunewright.core.types import Ref
from tunewright.store import db

PROMOTE = "model.promote"
ROLLBACK = "model.rollback"


@dataclass(frozen=True, slots=True)
class Alias:
    """Where an environment points now."""

    model: str
    environment: str
    version: str
    digest: str
    """of the model record"""
    decision_digest: str
    generation: int
    at: str

    @property
    def ref(self) -> Ref:
        """The model version it points at."""
        return Ref(kind="model", name=self.model, version=self.version, digest=self.digest)


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of an environment's history."""

    generation: int
    version: str
    digest: str
    decision_digest: str
    event_seq: int
    action: str
    """model.promote or model.rollback"""
    at: str


def current(connection: Connection, model: str, environment: str) -> Alias | None:
    """Where the environment points, or None."""
    table = db.aliases
    row = connection.execute(
        sa.select(table).where(table.c.model == model, table.c.environment == environment)
    ).one_or_none()
    return Alias(**row._mapping) if row is not None else None


def all_current(connection: Connection, model: str | None = None) -> list[Alias]:
    """Every alias, or those of one model."""
    table = db.aliases
    query = sa.select(table).order_by(table.c.model, table.c.environment)
    if model is not None:
        query = query.where(table.c.model == model)
    return [Alias(**row._mapping) for row in connection.execute(query)]


def history(connection: Connection, model: str, environment: str) -> list[Move]:
    """Every move of the environment, oldest first."""
    table, events = db.alias_history, db.events
    query = (
        sa.select(
            table.c.generation,
            table.c.version,
            table.c.digest,
            table.c.decision_digest,
            table.c.event_seq,
            sa.func.coalesce(events.c.action, "").label("action"),
            table.c.at,
        )
        .select_from(table.outerjoin(events, events.c.seq == table.c.event_seq))
        .where(table.c.model == model, table.c.environment == environment)
        .order_by(table.c.generation)
    )
    return [Move(**row._mapping) for row in connection.execute(query)]


def good_versions(moves: Sequence[Move]) -> list[Move]:
    """The versions a rollback can go back through, the present one last.

    A promotion puts a version on top, a rollback takes the top off: rolling back twice goes back two versions, not
    back and forth.
    """
    stack: list[Move] = []
    for move in moves:
        if move.action == ROLLBACK:
            if stack:
                stack.pop()
            # What it points at is on top again; after a history that was cut, it is the one thing known to be good.
            if not stack or stack[-1].digest != move.digest:
                stack = [move]
        elif stack and stack[-1].digest == move.digest:
            stack[-1] = move
        else:
            stack.append(move)
    return stack


def last_rolled_back_at(moves: Sequence[Move], digest: str) -> str:
    """When this version was last taken out of the environment by a rollback; empty when never."""
    last = ""
    for before, after in pairwise(moves):
        if after.action == ROLLBACK and before.digest == digest and after.digest != digest:
            last = after.at
    return last


def was_held(moves: Sequence[Move], digest: str) -> bool:
    """Whether the version was in the environment and was not rolled back out of it since."""
    held, before = False, ""
    for step in moves:
        if step.digest == digest:
            held = True
        elif step.action == ROLLBACK and before == digest:
            held = False
        before = step.digest
    return held


def move(
    connection: Connection,
    *,
    to: Ref,
    environment: str,
    decision_digest: str,
    expected: int,
    event_seq: int,
    at: datetime,
) -> Alias:
    """Point the environment at ``to`` if its generation still is ``expected`` (0: it points nowhere yet).

    Raises ConflictError when somebody else moved it since; the caller's transaction must then be left.
    """
    alias = Alias(to.name, environment, to.version, to.digest, decision_digest, expected + 1, utc_text(at))
    values = {name: getattr(alias, name) for name in Alias.__dataclass_fields__}
    table = db.aliases
    if expected == 0:
        try:
            connection.execute(sa.insert(table).values(values))
        except sa.exc.IntegrityError as error:
            raise _lost(to, environment) from error
    else:
        result = connection.execute(
            sa.update(table)
            .where(
                table.c.model == to.name, table.c.environment == environment, table.c.generation == expected
            )
            .values(values)
        )
        if result.rowcount != 1:
            raise _lost(to, environment)
    connection.execute(sa.insert(db.alias_history).values({**values, "event_seq": event_seq}))
    return alias


def _lost(to: Ref, environment: str) -> ConflictError:
    return ConflictError(
        f"somebody else moved {environment} of {to.name} while this was being decided",
        hint="look with `tunewright model list`, then try again",
        model=to.name,
        environment=environment,
    )
