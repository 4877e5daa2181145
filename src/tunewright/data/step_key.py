"""Under which name a measurement is remembered: everything it depends on but the examples themselves."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunewright.core.canonical import digest
from tunewright.data.digests import state_digest
from tunewright.data.execution import StepWork

_FORMAT = 1
_PACKAGE = Path(__file__).resolve().parent.parent
_FOLDERS = ("core", "data", "metrics", "engines")
_CARDS = ("builtin/pii_ner/model.json",)
"""thresholds and scales that a shipped model is used with; its version names the weights"""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def step_key(work: StepWork, needs: Mapping[str, Any]) -> str | None:
    """SHA-256 over step, version, options, this code and what the step is given; None when one of these has no version."""
    given: dict[str, Any] = {}
    for name in work.needs:
        told = _told(needs.get(name))
        if told is None:
            return None
        given[name] = told
    return digest([_FORMAT, code_digest(), work.step, work.version, work.options, work.part, given])


def _told(need: Any) -> str | None:
    if isinstance(need, int):
        return str(need)
    if isinstance(need, (list, tuple)):
        return hashlib.sha256(b"".join(map(state_digest, need))).hexdigest()
    version = getattr(need, "version", None)
    return version if isinstance(version, str) else None


@functools.cache
def code_digest() -> str:
    """SHA-256 over the code that measures, and what the last bits of its floating-point numbers depend on.

    Engines name the version of their models and libraries themselves.
    """
    import numpy

    hasher = hashlib.sha256()
    files = [path for folder in _FOLDERS for path in sorted((_PACKAGE / folder).rglob("*.py"))]
    for path in [*files, *(_PACKAGE / name for name in _CARDS)]:
        data = path.read_bytes()
        hasher.update(f"{path.relative_to(_PACKAGE).as_posix()} {len(data)}\n".encode())
        hasher.update(data)
    machine = [platform.machine(), os.cpu_count(), *(os.environ.get(name) for name in _THREADS)]
    return digest([hasher.hexdigest(), numpy.__version__, list(sys.version_info[:3]), machine])
