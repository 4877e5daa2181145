"""The process that talks to Ray: ``python -P -m tunewright.engines.executor.ray_driver OPTIONS``.

Ray ends the process that drives it when its head is gone; so that process is this one and not the build's. It reads
frames (work to do, parts) and writes one frame an answer, in order, each with the number of its work before it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from typing import Any, BinaryIO

from tunewright.core.errors import EngineError
from tunewright.core.frames import parted, read_frame, write_frame
from tunewright.engines.executor import ray_tasks
from tunewright.engines.executor.answers import failed

MAP, GROUP, PART, END = b"M", b"G", b"P", b"E"
RETRIES = 4
"""times a task is done again when its worker died"""


def start(options: dict[str, Any]) -> None:
    """Join the cluster at ``address``, or start one on this machine.

    options: address, workers, object_store_bytes, folder (for what Ray writes: logs, and what its object store cannot hold).
    """
    import ray

    quiet = {"log_to_driver": False, "configure_logging": False}
    if options["address"]:
        ray.init(address=options["address"], **quiet)
        return
    ray.init(
        num_cpus=options["workers"],
        num_gpus=0,
        include_dashboard=False,
        object_store_memory=options["object_store_bytes"],
        _temp_dir=options["folder"],
        **quiet,
    )


def stop() -> None:
    """Leave the cluster; one that was started ends."""
    import ray

    ray.shutdown()


class Driver:
    """Hands parts to Ray as they come and writes answers as they are ready, in order."""

    def __init__(self, answers: BinaryIO) -> None:
        import ray

        self._ray = ray
        tasks = {"num_cpus": 1, "max_retries": RETRIES}
        self._do = ray.remote(**tasks)(ray_tasks.do)
        self._spread = ray.remote(**tasks)(ray_tasks.spread)
        self._gather = ray.remote(**tasks)(ray_tasks.gather)
        self._answers = answers
        self._ready: queue.Queue[tuple[bytes, Any] | None] = queue.Queue()
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def run(self, source: BinaryIO) -> None:
        """Read work and parts until the input ends."""
        while (frame := read_frame(source)) is not None:
            kind, body = frame[:1], frame[1:]
            if kind == MAP:
                self._number, entry, settings = parted(body)
                self._groups, self._entry = 0, entry.decode()
                self._settings = self._ray.put(settings)
            elif kind == GROUP:
                self._number, entry, settings, gather, gathers, groups = parted(body)
                self._groups, self._entry = int(groups), entry.decode()
                self._settings = self._ray.put(settings)
                self._then = gather.decode(), self._ray.put(gathers)
                self._blocks: list[list[Any]] = [[] for _ in range(self._groups)]
            elif kind == PART and self._groups:
                self._spread_part(body)
            elif kind == PART:
                task = self._do.remote(self._entry, self._settings, body)
                self._ready.put((self._number, task))
            elif kind == END and self._groups:
                for mine in self._blocks:
                    task = self._gather.remote(*self._then, *mine)
                    self._ready.put((self._number, task))
                self._blocks = []
        self._ready.put(None)
        self._writer.join()

    def _spread_part(self, part: bytes) -> None:
        """The blocks stay in the object stores of the cluster; an empty answer says that the part is taken."""
        task = self._spread.options(num_returns=self._groups)
        found = task.remote(self._entry, self._settings, part, self._groups)
        blocks = [found] if self._groups == 1 else found
        for mine, block in zip(self._blocks, blocks, strict=True):
            mine.append(block)
        self._ready.put((self._number, blocks[-1]))

    def _write(self) -> None:
        while (item := self._ready.get()) is not None:
            number, task = item
            try:
                answer = self._ray.get(task)
            except Exception as error:  # noqa: BLE001 - told to the build, which raises it
                answer = failed(_lost(error))
            try:
                write_frame(self._answers, number + bytes(answer))
            except OSError:
                os._exit(1)


def _lost(error: Exception) -> EngineError:
    return EngineError(
        f"Ray could not finish a part of the work ({type(error).__name__})",
        hint="look at the cluster's nodes and their memory, then run the same command again; nothing was half written",
        retryable=True,
        cause=type(error).__name__,
    )


def main() -> None:
    """Serve one build."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What Ray prints must not stand between the frames.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        start(json.loads(sys.argv[1]))
    except Exception as error:  # noqa: BLE001 - told to the build, which raises it
        cause = type(error).__name__
        told = EngineError(
            f"Ray does not start or cannot be reached ({cause})",
            hint="check `runtime.ray.address`, its token and this machine's memory, then run the same command again",
            retryable=True,
            cause=cause,
        )
        write_frame(answers, failed(told))
        return
    try:
        write_frame(answers, b"+")
        Driver(answers).run(sys.stdin.buffer)
    finally:
        with contextlib.suppress(Exception):
            stop()


if __name__ == "__main__":
    main()
