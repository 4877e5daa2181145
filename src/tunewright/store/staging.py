"""Staging folders: where results grow before they are recorded. A dead writer's folder is removed at the next opening."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from tunewright.core.canonical import sha256_file
from tunewright.core.errors import DataError, IntegrityError
from tunewright.core.types import FileEntry
from tunewright.store.files import (
    FIXED_MODE,
    FOLDER_MODE,
    file_lock,
    is_full,
    make_folder,
    remove_abandoned,
    remove_tree,
    sync_file,
    sync_folder,
    try_lock,
    write_error,
    writing,
)
from tunewright.store.names import check_relative_path


class Staging:
    """The staging folders of one project, under ``<state>/staging``."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "staging"
        self._lock = state / "staging.lock"

    @contextlib.contextmanager
    def fresh(self) -> Iterator[Path]:
        """An empty folder of mode 0700; what is still in it when the block ends is removed."""
        with writing("making a staging folder"), file_lock(self._lock, shared=True):
            make_folder(self._folder)
            path = self._folder / secrets.token_hex(12)
            make_folder(path)
            # The lock belongs to the folder, wherever it is moved, and ends with this process.
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try_lock(descriptor)
        try:
            yield path
        except OSError as error:
            # The caller's own writing into the folder met a full disk; other errors of his are not ours to name.
            if is_full(error):
                raise write_error(error, "writing the results") from error
            raise
        finally:
            os.close(descriptor)
            if path.exists():
                with writing("removing a staging folder"):
                    remove_tree(path)

    def clean(self) -> None:
        """Remove the folders of writers that died."""
        with file_lock(self._lock):
            remove_abandoned(self._folder)


def walk_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below ``folder`` as (relative posix path, path), sorted.

    Raises DataError for a link or a device, and UsageError for a name that is not a plain one.
    """
    found: list[tuple[str, Path]] = []
    pending = [folder]
    while pending:
        for path in pending.pop().iterdir():
            mode = path.lstat().st_mode
            name = path.relative_to(folder).as_posix()
            if stat.S_ISDIR(mode):
                pending.append(path)
            elif stat.S_ISREG(mode):
                found.append((check_relative_path(name), path))
            else:
                raise DataError(
                    f"{name!a} is a link or a device, which cannot be recorded",
                    hint="copy the file itself into the folder",
                )
    yield from sorted(found)


def seal_folder(folder: Path) -> tuple[FileEntry, ...]:
    """Make every file read-only and durable, and list them with digest and size. Raises OSError."""
    entries: list[FileEntry] = []
    for name, path in walk_files(folder):
        path.chmod(FIXED_MODE)
        sync_file(path)
        entries.append(FileEntry(path=name, digest=sha256_file(path), size_bytes=path.stat().st_size))
    for inner in [*(p for p in folder.rglob("*") if p.is_dir()), folder]:
        inner.chmod(FOLDER_MODE)
        sync_folder(inner)
    return tuple(entries)


def verify_folder(folder: Path, entries: dict[str, FileEntry], record: str) -> None:
    """Compare a record's folder with its entries. Raises IntegrityError naming the first file that differs."""
    present = dict(walk_files(folder)) if folder.is_dir() else {}
    for name in sorted(present.keys() | entries.keys()):
        entry, path = entries.get(name), present.get(name)
        if entry is None:
            why = "was not recorded"
        elif path is None:
            why = "is missing"
        elif path.stat().st_size != entry.size_bytes or sha256_file(path) != entry.digest:
            why = "is not what was recorded"
        else:
            continue
        raise IntegrityError(
            f"{name} of {record} {why}",
            hint="restore this record's folder from the backup, or build it again as a new version",
            file=name,
            record=record,
            path=str(folder / name),
        )
