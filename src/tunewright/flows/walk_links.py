"""Links of the walk, and how a long list of them is read a page at a time (``flows/walk.py``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tunewright.core.types import Ref
from tunewright.flows.walk import (
    WalkLink,
    decision_key,
    distinct,
    environment_key,
    event_key,
    ref_key,
    row_key,
)
from tunewright.store import db

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

Facts = tuple[tuple[str, str], ...]
Part = tuple[int, Callable[[int, int], Sequence[WalkLink]]]
"""how many neighbours, and (offset, limit) -> links"""


@dataclass(frozen=True, slots=True)
class Fan:
    """The neighbours on one side, in parts that are read a page at a time."""

    parts: tuple[Part, ...] = ()
    capped: bool = False

    @property
    def count(self) -> int:
        """Neighbours in all."""
        return sum(count for count, _ in self.parts)

    def page(self, offset: int, limit: int) -> tuple[WalkLink, ...]:
        """``limit`` links from ``offset`` on."""
        found: list[WalkLink] = []
        for count, read in self.parts:
            if offset < count and len(found) < limit:
                found += read(offset, min(limit - len(found), count - offset))
            offset = max(0, offset - count)
        return tuple(found)


def fan(links: Sequence[WalkLink], *more: Part) -> Fan:
    """A list that is known, then parts that are read."""
    known = distinct(links)
    return Fan(((len(known), lambda offset, limit: known[offset : offset + limit]), *more))


@dataclass(frozen=True, slots=True)
class Thing:
    """What a node is made of."""

    title: str
    facts: Facts
    made_from: Fan = field(default_factory=Fan)
    made_into: Fan = field(default_factory=Fan)


def ref_link(ref: Ref, relation: str) -> WalkLink:
    """A link to something recorded."""
    return WalkLink(ref_key(ref), ref.kind, f"{ref.name}@{ref.version}", relation)


def row_link(row: str, relation: str) -> WalkLink:
    """A link to a source row, from ``source#record``."""
    return WalkLink(row_key(row), "row", row, relation)


def short_name(ref: Ref) -> str:
    """``support@1.0.0``"""
    return f"{ref.name}@{ref.version}"


def decision_link(digest: str, relation: str) -> WalkLink:
    """A link to a decision."""
    return WalkLink(decision_key(digest), "decision", digest[:12], relation)


def place_link(model: str, environment: str, relation: str) -> WalkLink:
    """A link to an environment of a model."""
    return WalkLink(environment_key(model, environment), "environment", f"{model}:{environment}", relation)


def event_link(seq: int, action: str, relation: str) -> WalkLink:
    """A link to an entry of the audit log."""
    return WalkLink(event_key(seq), "event", f"{seq} {action}", relation)


def exchange_row(ws: Workspace, identity: str) -> Any:
    """The exchange's row in the database, or None."""
    table = db.exchanges
    with ws.project.reader() as connection:
        return connection.execute(sa.select(table).where(table.c.id == identity)).one_or_none()


def moves_of(ws: Workspace, model: str, environment: str) -> list[Any]:
    """Every move of an environment, newest first."""
    table = db.alias_history
    mine = (table.c.model == model) & (table.c.environment == environment)
    with ws.project.reader() as connection:
        return list(connection.execute(sa.select(table).where(mine).order_by(table.c.generation.desc())))


def capped_fan(found: Fan, capped: bool) -> Fan:
    """The same neighbours; ``capped``: there are more than were counted."""
    return Fan(found.parts, capped)
