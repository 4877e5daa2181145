"""Content-addressed files: a blob's name is the SHA-256 of its bytes, so equal bytes are kept once and never change."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from tunewright.core.errors import DataError, IntegrityError, NotFoundError
from tunewright.store.files import (
    FIXED_MODE,
    PRIVATE_MODE,
    file_lock,
    make_folder,
    remove_abandoned,
    sync_folder,
    try_lock,
    writing,
)
from tunewright.store.names import check_digest

_PIECE = 1 << 20


class Blobs:
    """The blobs of one project, under ``<state>/blobs/sha256/ab/cdef...``."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "blobs" / "sha256"
        self._incoming = state / "blobs" / "incoming"
        self._lock = state / "staging.lock"

    def put_bytes(self, data: bytes) -> str:
        """Keep ``data``; answers its digest. Raises EngineError when the disk is full."""
        return self._put(iter((data,)))

    def put_file(self, path: Path) -> str:
        """Keep a copy of a file's bytes; answers their digest.

        Raises DataError when the file cannot be read and EngineError when the disk is full.
        """
        try:
            stream = path.open("rb")
        except OSError as error:
            raise DataError(
                f"{path.name} cannot be read ({os.strerror(error.errno or 0)})",
                hint="check that the file exists and may be read",
                path=str(path),
            ) from error
        with stream:
            return self._put(iter(lambda: stream.read(_PIECE), b""))

    def path(self, digest: str) -> Path:
        """Where the blob lies; its bytes are not checked. Raises NotFoundError."""
        found = self._place(digest)
        if not found.is_file():
            raise NotFoundError(
                f"no blob {digest[:12]} in this workspace",
                hint="restore the workspace's .tunewright/blobs from the backup",
                digest=digest,
            )
        return found

    def has(self, digest: str) -> bool:
        """Whether the blob is there; its bytes are not checked."""
        return self._place(digest).is_file()

    def open(self, digest: str) -> BinaryIO:
        """The blob's bytes for reading, checked against the digest before the first is handed out.

        Raises NotFoundError, and IntegrityError when the bytes changed.
        """
        stream = self.path(digest).open("rb")
        # The same descriptor is hashed and read: nobody can swap the file in between.
        if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
            stream.close()
            raise IntegrityError(
                f"the bytes of blob {digest[:12]} are not those that were recorded",
                hint="restore this file from the backup",
                path=str(self._place(digest)),
                digest=digest,
            )
        stream.seek(0, io.SEEK_SET)
        return stream

    def clean(self) -> None:
        """Remove what writers that died left behind."""
        with file_lock(self._lock):
            remove_abandoned(self._incoming)

    def _place(self, digest: str) -> Path:
        check_digest(digest)
        return self._folder / digest[:2] / digest[2:]

    def _put(self, pieces: Iterable[bytes] | Iterator[bytes]) -> str:
        with writing("keeping a file in the workspace"):
            make_folder(self._incoming)
            temporary = self._incoming / secrets.token_hex(12)
            with file_lock(self._lock, shared=True):
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
                try_lock(descriptor)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    digest, size = self._write(stream, pieces)
                    place = self._place(digest)
                    if place.is_file() and place.stat().st_size == size:
                        return digest
                    make_folder(place.parent)
                    temporary.rename(place)
                    sync_folder(place.parent)
                    sync_folder(self._folder)
                    return digest
            finally:
                temporary.unlink(missing_ok=True)

    @staticmethod
    def _write(stream: BinaryIO, pieces: Iterable[bytes]) -> tuple[str, int]:
        hasher, size = hashlib.sha256(), 0
        for piece in pieces:
            hasher.update(piece)
            stream.write(piece)
            size += len(piece)
        stream.flush()
        os.fchmod(stream.fileno(), FIXED_MODE)
        os.fsync(stream.fileno())
        return hasher.hexdigest(), size
