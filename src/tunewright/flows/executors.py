"""The pipeline on the executor that ``runtime`` names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tunewright.core.ports import Executor, Progress
from tunewright.core.types import Example
from tunewright.data.memory import Memory
from tunewright.data.options import StepOptions
from tunewright.data.runner import PipelineResult, run_pipeline
from tunewright.data.sources import Malformed
from tunewright.flows.step_worker import WorkerSteps

if TYPE_CHECKING:
    from tunewright.flows.config import RuntimeOptions
    from tunewright.flows.step_needs import StepNeeds

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


def run_on_workers(
    runtime: RuntimeOptions,
    rows: Iterable[Example | Malformed],
    steps: Sequence[StepOptions],
    needs: StepNeeds,
    *,
    memory: Memory,
    progress: Progress,
) -> PipelineResult:
    """``run_pipeline``, with the same result wherever the work is done. Raises what it and ``executor_of`` raise."""
    with executor_of(runtime) as executor:
        if executor is None:
            return run_pipeline(rows, steps, needs=needs, progress=progress, memory=memory)
        needs.give("executor", executor)
        workers = WorkerSteps(executor, needs)
        return run_pipeline(
            rows, steps, needs=needs, progress=progress, memory=memory, batch=BATCH, executor=workers
        )
