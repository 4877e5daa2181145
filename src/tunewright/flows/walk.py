"""The graph of everything recorded, one node at a time, walkable both ways: source, row, example, snapshot, run, base,
golden set, model version, decision, environment, exchange, event.

A node names what it was made from and what was made of it. Every link is seen from both of its ends (a law of the
tests), so whoever follows one can come back. A node with a million neighbours gives one page of them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunewright.core.errors import NotFoundError
from tunewright.core.types import Ref

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

PAGE = 50
MOST_PAGE = 1000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KIND = re.compile(r"[a-z][a-z_]{0,31}")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class WalkLink:
    """A neighbour of a node."""

    key: str
    """what ``node`` takes; only letters, digits and ``.-_~``, so it can stand in an address"""
    kind: str
    title: str
    relation: str
    """what the neighbour is to the node, such as ``split train`` or ``kept in its place``"""


@dataclass(frozen=True, slots=True)
class Node:
    """One thing, with one page of its neighbours on both sides."""

    key: str
    kind: str
    """source, row, example, snapshot, run, base, golden, model, decision, environment, exchange, event"""
    title: str
    facts: tuple[tuple[str, str], ...]
    """what a person wants to know of it, in reading order; never text of an example"""
    made_from: tuple[WalkLink, ...]
    made_into: tuple[WalkLink, ...]
    made_from_count: int
    """neighbours on this side in all"""
    made_into_count: int
    more_than_counted: bool
    """exchanges are counted up to 10,000 only; True when there are more"""


def node(ws: Workspace, key: str, *, from_offset: int = 0, into_offset: int = 0, limit: int = PAGE) -> Node:
    """The node of this key; ``limit`` neighbours a side, from the given offsets on.

    Raises NotFoundError for a key that names nothing here.
    """
    from tunewright.flows.walk_things import describe

    kind, _, name = key.partition(".")
    found = describe(ws, kind, name) if _KIND.fullmatch(kind) and name else None
    if found is None:
        raise missing(key)
    limit = max(1, min(limit, MOST_PAGE))
    return Node(
        key=key,
        kind=kind,
        title=found.title,
        facts=tuple((name, value) for name, value in found.facts if value),
        made_from=found.made_from.page(max(0, from_offset), limit),
        made_into=found.made_into.page(max(0, into_offset), limit),
        made_from_count=found.made_from.count,
        made_into_count=found.made_into.count,
        more_than_counted=found.made_from.capped or found.made_into.capped,
    )


def missing(key: str) -> NotFoundError:
    """What is raised for a key nobody knows."""
    return NotFoundError(
        f"nothing here has the key {key[:80]!r}",
        hint="follow the links of a node, or search by id",
        key=key[:80],
    )


def ref_key(ref: Ref) -> str:
    """The key of something recorded."""
    return f"{ref.kind}.{ref.digest}"


def example_key(identity: str) -> str:
    """The key of an example, from its whole id."""
    return f"example.{identity}"


def row_key(row: str) -> str:
    """The key of a source row, from ``source#record``."""
    return f"row.{_packed(row)}"


def exchange_key(identity: str) -> str:
    """The key of an exchange."""
    return f"exchange.{identity}" if _PLAIN.fullmatch(identity) else f"exchange.~{_packed(identity)}"


def environment_key(model: str, environment: str) -> str:
    """The key of an environment of a model."""
    return f"environment.{_packed(f'{model}:{environment}')}"


def decision_key(digest: str) -> str:
    """The key of a decision."""
    return f"decision.{digest}"


def event_key(seq: int) -> str:
    """The key of an entry of the audit log."""
    return f"event.{seq}"


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii").rstrip("=")


def unpacked(name: str) -> str | None:
    """The text behind a packed name; None when it is none."""
    if not _PLAIN.fullmatch(name):
        return None
    try:
        raw = base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True)
        text = raw.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return text if _packed(text) == name else None


def exchange_of(name: str) -> str | None:
    """The id behind an exchange's name in a key."""
    if name.startswith("~"):
        return unpacked(name[1:])
    return name if _PLAIN.fullmatch(name) else None


def is_digest(name: str) -> bool:
    """Whether it is a whole digest."""
    return bool(_DIGEST.fullmatch(name))


def find_key(ws: Workspace, text: str) -> str:
    """The key of what a person names: an example id (8 or more digits), ``source#record``, an exchange id, a model
    (``support@1.0.0``, ``support:production``), a record (``snapshot/support@2``) or the beginning of its digest.

    Raises NotFoundError when nothing has this name, ConflictError for a digest that several begin with.
    """
    from tunewright.flows.walk_things import named

    found = named(ws, text.strip())
    if found is None:
        raise NotFoundError(
            f"nothing recorded here is called {text[:80]!r}",
            hint="give an example id (8 or more digits), file#record, an exchange id, or model/support@1.0.0",
        )
    return found


def distinct(links: Sequence[WalkLink]) -> tuple[WalkLink, ...]:
    """The links, each key once, in order."""
    return tuple({link.key: link for link in reversed(links)}.values())[::-1]
