"""Seeds: every random choice derives from the recipe's seed and a name, never from a global generator."""

from __future__ import annotations

import hashlib


def derive_seed(seed: int, *names: str) -> int:
    """A 63-bit seed for the named purpose: SHA-256 of the seed and the names."""
    text = "\x1f".join([str(seed), *names])
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big") >> 1
