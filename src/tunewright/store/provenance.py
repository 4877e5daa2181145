"""Under which circumstances a record is made: code, installed packages, machine, command line."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from tunewright.core.canonical import digest
from tunewright.core.types import Provenance

_PACKAGE = Path(__file__).resolve().parent.parent


def capture(*, actor: str, at: datetime, seed: int) -> Provenance:
    """The provenance of something made now by this process."""
    version, dirty = code_version()
    return Provenance(
        code_version=version,
        dirty=dirty,
        lock_digest=lock_digest(),
        actor=actor,
        at_utc=at,
        # A file name that is not UTF-8 has no JSON form; it is written with escapes.
        argv=tuple(
            a.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for a in _told(sys.argv)
        ),
        seed=seed,
        hardware=hardware(),
    )


def _told(arguments: list[str]) -> list[str]:
    """The command line; of an erasure only what it is, since whom it erases must not be written down again."""
    return arguments[: arguments.index("erase") + 1] if "erase" in arguments[1:3] else arguments


@functools.cache
def code_version() -> tuple[str, bool]:
    """The release, with the commit (``0.1.0+g1a2b3c4d5e6f``) when run from our own git checkout; and whether it is dirty."""
    # Not `import tunewright`: the package's front imports the flows, which lie above this layer.
    release = str(sys.modules["tunewright"].__dict__["__version__"])
    checkout = _PACKAGE.parent.parent
    if not (checkout / ".git").exists() or checkout / "src" / "tunewright" != _PACKAGE:
        return release, False
    commit = _git(checkout, "rev-parse", "--short=12", "HEAD")
    changes = _git(checkout, "status", "--porcelain", "--untracked-files=no")
    if commit is None or changes is None:
        return release, False
    return f"{release}+g{commit.strip()}", bool(changes.strip())


@functools.cache
def lock_digest() -> str:
    """Digest of the sorted names and versions of the installed distributions."""
    found: set[str] = set()
    for entry in sys.path:
        folder = Path(entry or ".")
        if folder.is_dir():
            found.update(path.name.removesuffix(".dist-info") for path in folder.glob("*.dist-info"))
    return digest(sorted(found))


@functools.cache
def hardware() -> str:
    """Architecture, processor model, its logical cores, and NVIDIA devices where there are some."""
    model = platform.processor() or "unknown processor"
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                model = " ".join(line.partition(":")[2].split())
                break
    except OSError:
        pass
    parts = [platform.machine(), model, f"{os.cpu_count()} cores"]
    for information in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        text = information.read_text("utf-8", "replace")
        parts += [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("Model")]
    return ", ".join(parts)


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
