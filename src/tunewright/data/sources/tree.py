"""The files of a source: one file, a folder or a zip archive, each by name, size and a way to open it.

Archives and folders come from strangers: names that climb out, links that leave the folder, encrypted members and bombs
(by number, size or ratio) are refused before a byte of them is unpacked.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from tunewright.core.errors import DataError

MAX_MEMBERS = 200_000
MAX_RATIO = 200
"""bytes unpacked for one packed byte; exported text packs 3 to 20 times, a bomb 1,000 times"""
FREE_BYTES = 64 * 1024 * 1024
"""below this size the ratio is not looked at: short repeated text packs better than any export"""
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError, IndexError, ValueError, OverflowError, OSError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
"""what the standard library's zip reader lets through on damaged archives (found by mutation, see the attack tests)"""
_HIDDEN = (".", "__MACOSX/")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a source. ``name`` is relative and posix; ``open`` answers a seekable binary stream."""

    name: str
    open: Callable[[], IO[bytes]]
    size_bytes: int = 0


@contextlib.contextmanager
def opened_tree(path: Path, name: str) -> Iterator[tuple[Member, ...]]:
    """The files under ``path`` in order of their names; ``name`` is the source's file name (``path`` may be a stored copy).

    Raises DataError naming the file for what is missing, unreadable or hostile.
    """
    if path.is_dir():
        yield tuple(Member(inside, _opener(file), file.stat().st_size) for inside, file in walk(path, name))
    elif name.lower().endswith(".zip") and path.is_file():
        with _zip_members(path, name) as members:
            yield members
    elif path.is_file():
        yield (Member(name, _opener(path), path.stat().st_size),)
    else:
        raise DataError(f"{name} does not exist", hint="check the path under `data.sources`", file=name)


def _opener(file: Path) -> Callable[[], IO[bytes]]:
    return lambda: file.open("rb")


def walk(folder: Path, name: str) -> list[tuple[str, Path]]:
    """(relative name, file) of every file that is not hidden, sorted by name.

    A link that stays inside is left out, since what it points at is read at its own place. Raises DataError for a link
    that leaves the folder and for anything that is neither file nor folder.
    """
    root = folder.resolve()
    found: list[tuple[str, Path]] = []
    for at, folders, files in os.walk(folder):
        here = Path(at)
        for entry in [*folders, *files]:
            item = here / entry
            inside = item.relative_to(folder).as_posix()
            if entry.startswith("."):
                continue
            mode = item.lstat().st_mode
            if stat.S_ISLNK(mode):
                if not item.resolve().is_relative_to(root):
                    raise _refused(name, inside, "is a link that leaves the folder", "replace it by the file")
            elif stat.S_ISREG(mode):
                found.append((inside, item))
            elif not stat.S_ISDIR(mode):
                raise _refused(name, inside, "is neither a file nor a folder", "move it away")
        folders[:] = [entry for entry in folders if not entry.startswith(".")]
        if len(found) > MAX_MEMBERS:
            raise _refused(name, "", f"holds more than {MAX_MEMBERS} files", "give its folders one by one")
    return sorted(found)


def _refused(name: str, inside: str, what: str, hint: str) -> DataError:
    shown = f"{name}: {ascii(inside)[1:-1]}" if inside else name
    return DataError(f"{shown} {what}", hint=hint, file=name, member=ascii(inside)[1:-1])


@contextlib.contextmanager
def _zip_members(path: Path, name: str) -> Iterator[tuple[Member, ...]]:
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE as error:
        raise _damaged(name) from error
    with archive:
        infos = check_archive(archive, name)
        try:
            yield tuple(
                Member(info.filename, _member_opener(archive, info, name), info.file_size) for info in infos
            )
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _damaged(name) from error


def _damaged(name: str) -> DataError:
    return DataError(
        f"{name} is not a readable zip archive: it is damaged or cut off",
        hint="export or copy it again",
        file=name,
    )


def check_archive(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The archive's files in order of their names, hidden ones left out. Raises DataError for a hostile archive."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_MEMBERS:
        raise _refused(name, "", f"holds more than {MAX_MEMBERS} files", "split the archive")
    names: set[str] = set()
    unpacked = 0
    for info in infos:
        inside = info.filename
        parts = PurePosixPath(inside).parts
        climbs = ".." in parts or inside.startswith("/") or "\\" in inside or re.match(r"[A-Za-z]:", inside)
        if climbs or not parts or any(ord(c) < 32 for c in inside):
            raise _refused(name, inside, "has a name that leaves the archive", "do not trust this archive")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise _refused(name, inside, "is a link", "pack the file itself")
        if info.flag_bits & 1:
            raise _refused(name, inside, "is encrypted", "unpack it and give the folder")
        if inside in names:
            raise _refused(name, inside, "is in the archive twice", "pack it again")
        names.add(inside)
        unpacked += info.file_size
        packed = max(1, info.compress_size)
        if info.file_size > FREE_BYTES and info.file_size > MAX_RATIO * packed:
            raise _bomb(name, inside)
    if unpacked > FREE_BYTES and unpacked > MAX_RATIO * max(1, sum(info.compress_size for info in infos)):
        raise _bomb(name, "")
    visible = [info for info in infos if not _is_hidden(info.filename)]
    return sorted(visible, key=lambda info: info.filename)


def _is_hidden(inside: str) -> bool:
    return inside.startswith(_HIDDEN) or "/." in inside


def _bomb(name: str, inside: str) -> DataError:
    what = f"unpacks to more than {MAX_RATIO} times its size, as no export does (a bomb?)"
    return _refused(name, inside, what, "do not trust this file; unpack it by hand if you know it")


def _member_opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        try:
            return archive.open(info)
        except DAMAGE as error:
            raise _refused(name, info.filename, "cannot be unpacked", "pack it again") from error

    return opened


class _Unpacked(io.RawIOBase):
    """The bytes of a gzip file; DataError for a damaged one and for a bomb."""

    def __init__(self, packed: IO[bytes], name: str, size_bytes: int) -> None:
        import gzip

        self._stream = gzip.GzipFile(fileobj=packed)
        self._packed = packed
        self._name = name
        self._size = max(1, size_bytes)
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._stream.read1(len(buffer))
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(
                f"{self._name} is not a readable gzip file: it is damaged or cut off",
                hint="compress or copy it again",
                file=self._name,
            ) from error
        self._count += len(piece)
        if self._count > FREE_BYTES and self._count > MAX_RATIO * self._size:
            raise _bomb(self._name, "")
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        self._packed.close()
        super().close()


def unpacked(member: Member) -> Member:
    """A member named ``*.gz`` as the file inside it; every other member as it is."""
    if not member.name.lower().endswith(".gz"):
        return member

    def opened() -> IO[bytes]:
        return io.BufferedReader(_Unpacked(member.open(), member.name, member.size_bytes), 1 << 16)

    return Member(member.name[:-3], opened, 0)


def read_whole(member: Member, limit: int, name: str) -> bytes:
    """All bytes of a member that is no longer than ``limit``. Raises DataError for a longer one."""
    with member.open() as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise _refused(name, member.name, f"is longer than {limit >> 20} MiB", "split it")
    return data
