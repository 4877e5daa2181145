"""Work in this process, or in worker processes of this machine."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from tunewright.core.errors import EngineError
from tunewright.core.frames import joined, parted
from tunewright.core.ports import Work
from tunewright.engines.executor.answers import Loaded, result_of
from tunewright.engines.executor.process import Child, LostError
from tunewright.engines.executor.worker import PART, WORK

ATTEMPTS = 3
"""times one part is given to a worker before it is said to kill them"""
_AHEAD = 2
"""parts taken from the caller for each worker before its answers are read"""


class LocalExecutor:
    """Implements ``Executor``. One worker is this very process; more are processes that live until ``close``."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._loaded = Loaded()
        self._idle: list[_Worker] = []
        self._all: list[_Worker] = []
        self._lock = threading.Lock()
        self._closed = False
        self._threads = ThreadPoolExecutor(workers, "executor") if workers > 1 else None

    @property
    def workers(self) -> int:
        """How many parts are worked on at once."""
        return self._workers

    @property
    def processes(self) -> list[int]:
        """Ids of the worker processes."""
        with self._lock:
            return [pid for worker in self._all if (pid := worker.pid) is not None]

    def map(self, work: Work, parts: Iterable[bytes]) -> Iterator[bytes]:
        """See ``Executor``."""
        if self._threads is None:
            for part in parts:
                yield result_of(self._loaded.answer(work, part))
            return
        waiting: deque[Future[bytes]] = deque()
        try:
            for part in parts:
                waiting.append(self._threads.submit(self._ask, work, part))
                if len(waiting) >= _AHEAD * self._workers:
                    yield result_of(waiting.popleft().result())
            while waiting:
                yield result_of(waiting.popleft().result())
        finally:
            for future in waiting:
                future.cancel()

    def group(self, spread: Work, gather: Work, parts: Iterable[bytes], groups: int) -> Iterator[bytes]:
        """See ``Executor``. The blocks stay in this process's memory between the two."""
        blocks: list[list[bytes]] = [[] for _ in range(groups)]
        for answer in self.map(spread, parts):
            for mine, block in zip(blocks, parted(answer), strict=True):
                mine.append(block)
        blocks.reverse()
        yield from self.map(gather, (joined(blocks.pop()) for _ in range(groups)))

    def close(self) -> None:
        """End the worker processes."""
        with self._lock:
            self._closed = True
            workers, self._all, self._idle = self._all, [], []
        for worker in workers:
            worker.end()
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in workers:
            # A thread may have started one anew in between.
            worker.end()

    def _ask(self, work: Work, part: bytes) -> bytes:
        with self._worker() as worker:
            for _ in range(ATTEMPTS):
                if self._closed:
                    break
                with contextlib.suppress(LostError):
                    return worker.answer(work, part)
        raise EngineError(
            "a worker process died three times at the same part of the data",
            hint="it ran out of memory or a library crashed: lower `runtime.workers`, or build with `runtime.workers: 1`",
            retryable=True,
            attempts=ATTEMPTS,
        )

    @contextlib.contextmanager
    def _worker(self) -> Iterator[_Worker]:
        with self._lock:
            if self._idle:
                worker = self._idle.pop()
            else:
                worker = _Worker()
                self._all.append(worker)
        try:
            yield worker
        finally:
            with self._lock:
                self._idle.append(worker)


class _Worker:
    """One worker process, started at the first part and again when it is lost."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._work: Work | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    def answer(self, work: Work, part: bytes) -> bytes:
        """Raises LostError; the next call starts another process."""
        if self._child is None:
            self._child, self._work = Child("tunewright.engines.executor.worker"), None
        try:
            if self._work != work:
                self._child.send(WORK + joined([work.entry.encode(), work.settings]))
                self._work = work
            self._child.send(PART + part)
            return self._child.receive()
        except LostError:
            self.end()
            raise

    def end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()
