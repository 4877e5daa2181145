"""A child process that speaks frames over its standard input and output."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from tunewright.core.errors import EngineError
from tunewright.core.frames import read_frame, write_frame


class LostError(Exception):
    """The child is gone: killed, crashed, or out of memory."""


class Child:
    """One Python process running a module of ours. It ends when its input does, so it never outlives its parent."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """quiet: what it prints to its error stream is thrown away. Raises EngineError(retryable) when no process can be
        started."""
        # The child imports what the parent can, and nothing from the folder the command happens to run in (-P).
        paths = os.pathsep.join(dict.fromkeys(path for path in sys.path if path))
        command = [sys.executable, "-P", "-m", module, *arguments]
        try:
            # A session of its own: Ctrl-C reaches the parent, which ends its children.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL if quiet else None,
                env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(
                f"no worker process can be started ({type(error).__name__})",
                hint="free memory or processes, or lower `runtime.workers`",
                retryable=True,
            ) from error

        if self._process.stdin is None or self._process.stdout is None:
            raise EngineError("a worker process has no pipes", hint="report this as a defect")
        self._input, self._output = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def send(self, data: bytes) -> None:
        """Raises LostError."""
        try:
            write_frame(self._input, data)
        except (OSError, ValueError) as error:
            raise LostError from error

    def receive(self) -> bytes:
        """Raises LostError."""
        try:
            found = read_frame(self._output)
        except (OSError, ValueError) as error:
            raise LostError from error
        if found is None:
            raise LostError
        return found

    def end(self, wait_s: float = 0.0) -> None:
        """Close its input, give it ``wait_s`` seconds to clean up, then kill it."""
        if wait_s:
            with contextlib.suppress(OSError, ValueError):
                self._input.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(wait_s)
        # Killed, with what it started, before its streams are closed: a thread of ours may be reading one of them.
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._input, self._output):
            with contextlib.suppress(OSError, ValueError):
                stream.close()
