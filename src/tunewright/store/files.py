"""Files that are there whole or not at all: atomic writes, fsync, fixed modes, typed errors."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from tunewright.core.errors import EngineError, TunewrightError

FOLDER_MODE = 0o700
"""Whatever the umask: a workspace's state is its owner's."""
PRIVATE_MODE = 0o600
FIXED_MODE = 0o400
"""Recorded files never change."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_full(error: OSError) -> bool:
    """Whether there was no room: disk, quota or the limit on a file's size."""
    return error.errno in _FULL


def write_error(error: OSError, doing: str) -> TunewrightError:
    """The typed form of an OSError met while writing."""
    if is_full(error):
        return EngineError(
            f"the disk is full: {doing} was not done",
            hint="free space (or raise the quota), then run the same command again; nothing was half written",
            retryable=True,
            errno=error.errno,
        )
    return EngineError(
        f"the file system refused: {doing} was not done ({os.strerror(error.errno or 0)})",
        hint="check the permissions and the disk of the workspace, then run the same command again",
        retryable=False,
        errno=error.errno,
    )


@contextlib.contextmanager
def writing(doing: str) -> Iterator[None]:
    """Turn an OSError inside the block into an EngineError that says what was not done."""
    try:
        yield
    except OSError as error:
        raise write_error(error, doing) from error


def make_folder(path: Path) -> None:
    """Create ``path`` and its missing parents, each with mode 0700 whatever the umask."""
    missing: list[Path] = []
    at = path
    while not at.exists():
        missing.append(at)
        at = at.parent
    for folder in reversed(missing):
        # Another process may be making the same folder.
        folder.mkdir(exist_ok=True)
        folder.chmod(FOLDER_MODE)


def sync_folder(path: Path) -> None:
    """fsync a folder, so that names created in it survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """fsync a file's bytes."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: bytes, mode: int) -> None:
    """Write ``data`` under a temporary name, fsync, rename to ``path``, fsync the folder. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            try_lock(stream.fileno())
            os.fchmod(stream.fileno(), mode)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextlib.contextmanager
def file_lock(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold an advisory lock on ``path``; the kernel releases it when the process dies."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_MODE)
    try:
        os.fchmod(descriptor, PRIVATE_MODE)
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def folder_lock(path: Path) -> Iterator[None]:
    """Hold the exclusive lock on a folder itself, where no lock file is wanted."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Take the exclusive lock of an open file or folder if nobody holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove_tree(path: Path) -> None:
    """Delete a folder (or file) of ours, also when its files are read-only."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


TEMPORARY = ".*.tmp"
"""Pattern of the names that ``write_atomic`` gives before the rename."""


def remove_abandoned(folder: Path, pattern: str = "*") -> None:
    """Remove every entry whose lock nobody holds: its writer died. Call it under the lock that creators share."""
    if not folder.is_dir():
        return
    for leftover in list(folder.glob(pattern)):
        try:
            descriptor = os.open(leftover, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            if try_lock(descriptor):
                remove_tree(leftover)
        finally:
            os.close(descriptor)
