"""What the audit log hands out: its report and its proofs, which verify without the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunewright.core import merkle
from tunewright.core.canonical import canonical_json

GENESIS = "workspace.create"
"""Action of event 1; its body pins the verifier key, so that a swapped key pair shows."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a successful verification looked at."""

    events: int
    root: str
    """hexadecimal root over all events"""
    checkpoints: int
    """signed checkpoints that fit, each counted once"""
    outside: int
    """how many of them also lie outside the database"""
    verifier: str
    """the public key, as signed-note writes it"""
    last_at: str
    """time of the newest event"""
    ok: bool = True


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That event ``seq`` is in the log of ``size`` events with this root; hashes in hexadecimal."""

    seq: int
    leaf_hash: str
    size: int
    root: str
    path: tuple[str, ...]

    def verify(self) -> bool:
        """Whether the path leads from the leaf to the root."""
        path = [bytes.fromhex(h) for h in self.path]
        leaf, root = bytes.fromhex(self.leaf_hash), bytes.fromhex(self.root)
        return merkle.verify_inclusion(leaf, self.seq - 1, self.size, path, root)


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the log of ``second`` events extends the log of ``first`` events; hashes in hexadecimal."""

    first: int
    second: int
    first_root: str
    second_root: str
    path: tuple[str, ...]

    def verify(self) -> bool:
        """Whether both roots follow from the path."""
        path = [bytes.fromhex(h) for h in self.path]
        roots = bytes.fromhex(self.first_root), bytes.fromhex(self.second_root)
        return merkle.verify_consistency(self.first, self.second, *roots, path)


def event_leaf(content: Mapping[str, Any]) -> bytes:
    """Leaf hash of an event: over the canonical JSON of seq, at, actor, action, subject and body."""
    return merkle.leaf_hash(canonical_json(content))
