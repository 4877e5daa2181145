"""Passwords: scrypt (RFC 7914) with the parameters written beside every hash, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from functools import lru_cache

from tunewright.core.errors import UsageError

LEAST, MOST = 12, 1000
"""characters of a password"""

COST, BLOCK, PARALLEL = 2**15, 8, 3
"""N, r, p: 32 MiB and about a quarter of a second; OWASP's password storage cheat sheet names this triple."""

_FORM = re.compile(r"scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([0-9a-f]{32})\$([0-9a-f]{64})")


def new_password() -> str:
    """120 random bits, 20 characters."""
    return secrets.token_urlsafe(15)


def check_strength(password: str, name: str) -> str:
    """The password. Raises UsageError for one that is too short or long, of few different characters, or the name."""
    if not LEAST <= len(password) <= MOST:
        raise UsageError(
            f"the password has {len(password)} characters",
            hint=f"use {LEAST} to {MOST}; several words are easier to keep than signs",
        )
    if len(set(password)) < 5 or name.casefold() in password.casefold():
        raise UsageError(
            "the password is easy to guess: it repeats few characters or holds the name",
            hint="use several words that do not belong together",
        )
    return password


def hash_password(password: str) -> str:
    """``scrypt$N$r$p$salt$hash``, salt and hash in hexadecimal."""
    salt = secrets.token_bytes(16)
    found = _scrypt(password, salt, COST, BLOCK, PARALLEL)
    return f"scrypt${COST}${BLOCK}${PARALLEL}${salt.hex()}${found.hex()}"


def matches(password: str, stored: str | None) -> bool:
    """Whether it is the password; without ``stored`` the same work is done, so that time tells nothing."""
    form = _FORM.fullmatch(stored if stored is not None else _decoy())
    if form is None:
        return False
    cost, block, parallel = (int(form[at]) for at in (1, 2, 3))
    found = _scrypt(password[: MOST + 1], bytes.fromhex(form[4]), cost, block, parallel)
    return hmac.compare_digest(found, bytes.fromhex(form[5])) and stored is not None and len(password) <= MOST


@lru_cache(maxsize=1)
def _decoy() -> str:
    return hash_password(new_password())


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    # The same characters typed on another keyboard are the same password; a lone surrogate is none.
    typed = unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
    return hashlib.scrypt(
        typed, salt=salt, n=cost, r=block, p=parallel, maxmem=256 * cost * block + 2**20, dklen=32
    )
