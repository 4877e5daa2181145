"""Python's cyclic garbage collector, while millions of plain objects are made that form no cycle."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 50_000
"""objects made between two looks at the young ones"""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for cycles among young objects only, and less often: walking all examples again and again takes a quarter of a
    build. What survives is looked at when the block is left. Reference counting frees the rest as always."""
    before = gc.get_threshold()
    if before[0] == 0 or not gc.isenabled():
        yield
        return
    gc.set_threshold(_YOUNG, 20, 1 << 30)
    try:
        yield
    finally:
        gc.set_threshold(*before)
