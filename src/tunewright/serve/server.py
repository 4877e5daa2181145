"""Runs the gateway under uvicorn: in the foreground until SIGTERM or SIGINT, or in a thread for a test, demo or notebook."""

from __future__ import annotations

import errno
import math
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from tunewright.core.errors import ConflictError, EngineError, UsageError
from tunewright.serve.gateway import Gateway
from tunewright.serve.options import ServeOptions


def bind(host: str, port: int, *, send_timeout_s: float = 30.0) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises ConflictError for a port in use, UsageError for a bad address.

    ``send_timeout_s``: the kernel drops a connection whose peer takes no bytes for so long. Giving up on the answer alone
    would leave its bytes in the buffer, and the connection, for as long as the peer likes.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(
            f"{host!r} is not an address of this machine", hint="set serve.host, such as 127.0.0.1"
        ) from error
    # asyncio turns Nagle's algorithm off only for sockets that name their protocol; with it every answer waits 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Accepted sockets inherit it: tcp(7).
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, math.ceil(send_timeout_s * 1000))
        sock.bind((host, port))
        sock.listen(2048)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(
                f"port {port} on {host} is in use",
                hint="stop the program that holds it, or choose another with --port N (0 takes a free one)",
                port=port,
                host=host,
            ) from error
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            hint="choose an address of this machine and a port above 1023",
            port=port,
            host=host,
        ) from error
    return sock


def address(sock: socket.socket) -> str:
    """``http://host:port`` of a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server(gateway: Gateway, options: ServeOptions) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            gateway,
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=options.max_connections,
            timeout_keep_alive=65,
            timeout_graceful_shutdown=math.ceil(options.drain_s),
        )
    )


def run_foreground(gateway: Gateway, sock: socket.socket, options: ServeOptions) -> None:
    """Serve until SIGTERM or SIGINT; running answers end first. Raises EngineError when the gateway cannot start."""
    server = _server(gateway, options)
    # uvicorn raises the signals it caught again when it is done; by then they have had their effect.
    before = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[sock])
    except SystemExit as error:
        raise _not_started() from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if not server.started:
        raise _not_started()


def _ignore(number: int, frame: FrameType | None) -> None:
    return None


def _not_started() -> EngineError:
    return EngineError(
        "the gateway did not start",
        hint="see the messages above; `tunewright audit verify` checks the database",
    )


@contextmanager
def run_background(
    gateway: Gateway, sock: socket.socket, options: ServeOptions, *, start_timeout_s: float = 120.0
) -> Iterator[str]:
    """Serve from a thread; gives the address once everything promoted is loaded or refused. Raises EngineError."""
    server = _server(gateway, options)
    thread = threading.Thread(target=_run, args=(server, sock), name="gateway", daemon=True)
    thread.start()
    deadline = time.perf_counter() + start_timeout_s
    while not (server.started and gateway.settled.is_set()):
        if not thread.is_alive() or time.perf_counter() > deadline:
            server.should_exit = True
            raise _not_started()
        time.sleep(0.01)
    try:
        yield address(sock)
    finally:
        server.should_exit = True
        thread.join(options.drain_s + 10)


def _run(server: uvicorn.Server, sock: socket.socket) -> None:
    try:
        server.run(sockets=[sock])
    except SystemExit:
        # run_background sees the ended thread and says so.
        return
