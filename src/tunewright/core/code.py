"""Which code this is: a worker on another machine must have the very same."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from tunewright.core.errors import ConflictError

_PACKAGE = Path(__file__).resolve().parent.parent


@functools.cache
def package_digest() -> str:
    """SHA-256 over all Python code of this package."""
    hasher = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        data = path.read_bytes()
        hasher.update(f"{path.relative_to(_PACKAGE).as_posix()} {len(data)}\n".encode())
        hasher.update(data)
    return hasher.hexdigest()


def check_same(what: str, wanted: str, found: str) -> None:
    """Raises ConflictError where a worker would answer something else than the build that asks it."""
    if wanted != found:
        raise ConflictError(
            f"a worker has {what} {found[:40]}, this build has {wanted[:40]}",
            hint="install the same version of tunewright, its models and its extras on every machine of the cluster",
            wanted=wanted,
            found=found,
        )
