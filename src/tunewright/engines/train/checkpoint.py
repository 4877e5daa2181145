"""Checkpoints that are whole or not there: written beside, sealed with a manifest of digests, then renamed into place."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunewright.core.canonical import sha256_file

_PREFIX = "checkpoint-"
_MANIFEST = "manifest.json"
_KEPT = 2


@contextmanager
def writing(work_dir: Path, step: int) -> Iterator[Path]:
    """A folder to fill; on leaving the block it becomes ``checkpoint-<step>``, durable and complete, and older ones go."""
    partial = work_dir / f".{_PREFIX}{step}.partial"
    final = work_dir / f"{_PREFIX}{step}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    digests = {path.name: sha256_file(path) for path in sorted(partial.iterdir())}
    (partial / _MANIFEST).write_text(json.dumps(digests, sort_keys=True), encoding="utf-8")
    for path in partial.iterdir():
        sync(path)
    sync(partial)
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    sync(work_dir)
    for old in _by_step(work_dir)[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def latest(work_dir: Path) -> Path | None:
    """The newest checkpoint whose files are what its manifest says; half-written or damaged ones are passed over."""
    return next((folder for folder in reversed(_by_step(work_dir)) if _is_whole(folder)), None)


def step_of(checkpoint: Path) -> int:
    """The training step a checkpoint was written after."""
    return int(checkpoint.name.removeprefix(_PREFIX))


def clear(work_dir: Path) -> None:
    """Remove everything a training left in its work folder."""
    for path in work_dir.iterdir() if work_dir.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file beside and rename it into place, durable."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    sync(partial)
    partial.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Flush a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _by_step(work_dir: Path) -> list[Path]:
    found = [
        path
        for path in work_dir.glob(f"{_PREFIX}*")
        if path.is_dir() and path.name.removeprefix(_PREFIX).isdigit()
    ]
    return sorted(found, key=step_of)


def _is_whole(folder: Path) -> bool:
    try:
        digests = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        return bool(digests) and all(sha256_file(folder / name) == known for name, known in digests.items())
    except (OSError, ValueError, AttributeError):
        return False
