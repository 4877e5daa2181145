"""The executor that ``runtime`` names, for the length of a build."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tunewright.core.ports import Executor

if TYPE_CHECKING:
    from tunewright.flows.config import RuntimeOptions

BATCH = 256
"""examples sent to a worker at once: small enough that all workers end at nearly the same time"""


@contextlib.contextmanager
def executor_of(runtime: RuntimeOptions) -> Iterator[Executor | None]:
    """None for work in this process. Whatever ends the block ends the workers too.

    Raises NotFoundError for an unknown executor, EngineMissingError without its package, EngineError(retryable) when its
    workers cannot be had.
    """
    from tunewright.engines import load

    if runtime.executor == "local" and runtime.workers == 1:
        yield None
        return
    more = {}
    if runtime.executor == "ray":
        more = {"address": runtime.ray.address, "object_store_bytes": runtime.ray.object_store_mb << 20}
    executor: Executor = load("executor", runtime.executor, workers=runtime.workers, **more)
    try:
        yield executor
    finally:
        executor.close()
