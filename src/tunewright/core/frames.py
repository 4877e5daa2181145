"""Byte strings one after the other, each with its length before it: what workers and their drivers speak."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import IO

from tunewright.core.errors import IntegrityError

_LENGTH = struct.Struct("<Q")


def joined(blocks: Iterable[bytes]) -> bytes:
    """All blocks as one byte string."""
    return b"".join(part for block in blocks for part in (_LENGTH.pack(len(block)), block))


def parted(data: bytes) -> list[bytes]:
    """The blocks of ``joined``. Raises IntegrityError where a block is cut."""
    blocks, at = [], 0
    while at < len(data):
        end = at + _LENGTH.size
        length = _LENGTH.unpack(data[at:end])[0] if end <= len(data) else 0
        if end + length > len(data):
            raise IntegrityError("a message between processes is cut", hint="run the same command again")
        blocks.append(data[end : end + length])
        at = end + length
    return blocks


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Write one block and flush. Raises OSError when the reader is gone."""
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next block; None at the end of the stream, also where a block is cut (its writer died)."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(head)[0]
    data = stream.read(length)
    return data if len(data) == length else None
