"""``tunewright console``: listens and serves the application it is given, until it is told to stop.

The application is a parameter: flows do not know the pages that call them.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tunewright.core.errors import EngineError
from tunewright.serve.server import address, bind

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8765
HEADER_TIMEOUT_S = 10.0
"""a client that has not sent its whole request head by then is cut off"""
SEND_TIMEOUT_S = 30.0
MOST_CONNECTIONS = 200


@dataclass(frozen=True, slots=True)
class ConsoleReport:
    """A console that was stopped."""

    url: str
    wall_s: float


class ImpatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with an end to waiting for a request's head, which uvicorn itself does not have."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start waiting for the first request."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """The first byte of a request: its head has so long."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """The head is there; the body has its own time."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(HEADER_TIMEOUT_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises ConflictError for a port in use, UsageError for a bad address."""
    return bind(host, port, send_timeout_s=SEND_TIMEOUT_S)


def hosts_of(sock: socket.socket, also: tuple[str, ...] = ()) -> frozenset[str]:
    """What a ``Host`` header may say: the loopback names with the port, the address it listens on, and ``also``."""
    host, port = sock.getsockname()[:2]
    names = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
    names.add(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    if port == 80:
        names |= {name.rpartition(":")[0] for name in tuple(names)}
    return frozenset(name.lower() for name in (*names, *also))


def _server(application: Any) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            application,
            http=ImpatientProtocol,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=20,
            timeout_graceful_shutdown=10,
        )
    )


def console(
    application: Any, sock: socket.socket, *, on_listening: Callable[[str], None] = lambda url: None
) -> ConsoleReport:
    """Serve ``application`` on ``sock`` until SIGTERM or SIGINT. Raises EngineError when it cannot start."""
    started = time.perf_counter()
    url = address(sock)
    server = _server(application)
    on_listening(url)
    # uvicorn raises the signals it caught again when it is done; by then they have had their effect.
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[sock])
    except SystemExit as error:
        raise _not_started() from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if not server.started:
        raise _not_started()
    return ConsoleReport(url, round(time.perf_counter() - started, 3))


def _not_started() -> EngineError:
    return EngineError("the console did not start", hint="see the messages above")


@contextmanager
def running_console(application: Any, sock: socket.socket) -> Iterator[str]:
    """Serve from a thread of this process; gives the address. Raises EngineError when it does not start in 30 s."""
    server = _server(application)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="console", daemon=True)
    thread.start()
    deadline = time.perf_counter() + 30
    while not server.started:
        if not thread.is_alive() or time.perf_counter() > deadline:
            server.should_exit = True
            raise _not_started()
        time.sleep(0.01)
    try:
        yield address(sock)
    finally:
        server.should_exit = True
        thread.join(20)
