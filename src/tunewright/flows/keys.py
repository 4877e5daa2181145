"""``tunewright key create|list|revoke``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunewright.serve.keys import KeyInfo
from tunewright.serve.keys import create_key as _create
from tunewright.serve.keys import list_keys as _list
from tunewright.serve.keys import revoke_key as _revoke

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

DEFAULT_SCOPES = ("chat", "feedback")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key. ``key`` is shown once and stored nowhere."""

    info: KeyInfo
    key: str

    def __repr__(self) -> str:
        return f"NewKey(info={self.info!r}, key='***')"


def create_key(ws: Workspace, name: str, scopes: Sequence[str] = DEFAULT_SCOPES) -> NewKey:
    """Make a gateway key. Raises UsageError for a bad name or scope, ConflictError for a name in use."""
    return NewKey(*_create(ws.project, name, scopes))


def list_keys(ws: Workspace) -> list[KeyInfo]:
    """All keys, revoked ones too."""
    return _list(ws.project)


def revoke_key(ws: Workspace, key: str) -> KeyInfo:
    """Revoke by id or name; running gateways refuse it within their poll. Raises NotFoundError, ConflictError."""
    return _revoke(ws.project, key)
