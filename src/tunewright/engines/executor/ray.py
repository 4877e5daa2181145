"""Work on a Ray cluster: one that runs already, or one of this machine that ends with the build."""

from __future__ import annotations

import json
import secrets
import shutil
import struct
import tempfile
from collections.abc import Iterable, Iterator

from tunewright.core.errors import EngineError
from tunewright.core.frames import joined
from tunewright.core.ports import Work
from tunewright.engines.executor.answers import result_of
from tunewright.engines.executor.process import Child, LostError
from tunewright.engines.executor.ray_driver import END, GROUP, MAP, PART

_AHEAD = 2
"""parts given to Ray for each worker before its answers are read"""
_ALWAYS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # no report to Ray's makers
    "RAY_gcs_rpc_server_reconnect_timeout_s": "10",  # a head that is gone is said to be so soon
}
_STOP_S = 20.0
"""seconds Ray gets to end its processes"""


class RayExecutor:
    """Implements ``Executor``. Ray itself is driven by a process of its own, see ``ray_driver``."""

    def __init__(self, workers: int = 1, address: str = "", object_store_bytes: int = 200 << 20) -> None:
        """address: of a running cluster (``host:port``, ``ray://host:port``); empty starts one that only this machine can
        reach, with ``workers`` processors. object_store_bytes: of that one; what does not fit goes to a temporary folder.

        Raises EngineError(retryable) when Ray does not start or cannot be reached.
        """
        self._workers = workers
        # Only this user may look into it: logs, and what the object store cannot hold.
        self._folder = "" if address else tempfile.mkdtemp(prefix="tw-ray-")
        options = {
            "address": address,
            "workers": workers,
            "object_store_bytes": object_store_bytes,
            "folder": self._folder,
        }
        self._child = Child(
            "tunewright.engines.executor.ray_driver",
            [json.dumps(options)],
            {**_ALWAYS, **({} if address else _of_a_private_cluster())},
            quiet=True,
        )
        self._work = 0
        try:
            result_of(self._child.receive())
        except LostError as error:
            self.close()
            raise _gone() from error
        except EngineError:
            self.close()
            raise

    @property
    def workers(self) -> int:
        """How many parts are worked on at once."""
        return self._workers

    @property
    def driver(self) -> int:
        """Id of the process that drives Ray."""
        return self._child.pid

    def map(self, work: Work, parts: Iterable[bytes]) -> Iterator[bytes]:
        """See ``Executor``."""
        yield from self._answers(MAP, [work.entry.encode(), work.settings], parts, 0)

    def group(self, spread: Work, gather: Work, parts: Iterable[bytes], groups: int) -> Iterator[bytes]:
        """See ``Executor``. The blocks stay in the cluster between the two."""
        told = [
            *(spread.entry.encode(), spread.settings, gather.entry.encode(), gather.settings),
            str(groups).encode(),
        ]
        yield from self._answers(GROUP, told, parts, groups)

    def close(self) -> None:
        """Leave the cluster; the one that was started ends."""
        self._child.end(_STOP_S)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(
        self, kind: bytes, told: list[bytes], parts: Iterable[bytes], groups: int
    ) -> Iterator[bytes]:
        """Of a map one answer a part; of a group what follows the empty answers to its parts."""
        self._work += 1
        number = struct.pack("<Q", self._work)
        try:
            self._child.send(kind + joined([number, *told]))
            waiting = 0
            for part in parts:
                self._child.send(PART + part)
                waiting += 1
                if waiting >= _AHEAD * self._workers:
                    waiting -= 1
                    answer = self._answer(number)
                    if not groups:
                        yield answer
            self._child.send(END)
            for _ in range(waiting):
                answer = self._answer(number)
                if not groups:
                    yield answer
            for _ in range(groups):
                yield self._answer(number)
        except LostError as error:
            raise _gone() from error

    def _answer(self, number: bytes) -> bytes:
        while True:
            found = self._child.receive()
            # Answers to work that was given up are passed over.
            if found[: len(number)] == number:
                return result_of(found[len(number) :])


def _of_a_private_cluster() -> dict[str, str]:
    """Env vars of a cluster nobody else can reach: loopback, and a token of its own."""
    return {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # so Ray listens at 127.0.0.1 only, on Linux too
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }


def _gone() -> EngineError:
    return EngineError(
        "the Ray cluster went away in the middle of the work",
        hint="start it again, or check `runtime.ray.address`, then run the same command again; nothing was half written",
        retryable=True,
    )
