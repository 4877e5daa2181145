"""What runs inside Ray's worker processes. Ray finds these functions by their names in this module."""

from __future__ import annotations

from typing import Any

from tunewright.core.errors import EngineError
from tunewright.core.frames import joined, parted
from tunewright.core.ports import Work
from tunewright.engines.executor.answers import Loaded, failed

_LOADED = Loaded()
"""the functions of this worker process: engines are loaded once"""


def do(entry: str, settings: bytes, part: bytes) -> bytes:
    """The answer to one part."""
    return _LOADED.answer(Work(entry, settings), part)


def spread(entry: str, settings: bytes, part: bytes, groups: int) -> Any:
    """One answer a group: its block, or the error that all groups are told."""
    answer = do(entry, settings, part)
    blocks = [answer[:1] + block for block in parted(answer[1:])] if answer[:1] == b"+" else [answer] * groups
    if len(blocks) != groups:
        wrong = EngineError(
            f"{entry} answered {len(blocks)} blocks for {groups} groups",
            hint="report this as a defect",
        )
        blocks = [failed(wrong)] * groups
    return blocks[0] if groups == 1 else tuple(blocks)


def gather(entry: str, settings: bytes, *blocks: bytes) -> bytes:
    """The answer to one group, or the first error among its blocks."""
    for block in blocks:
        if block[:1] != b"+":
            return block
    return do(entry, settings, joined(block[1:] for block in blocks))
