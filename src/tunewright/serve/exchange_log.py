"""Writes every exchange before its last byte is answered: one thread, one commit for all that wait.

``record`` returns after the commit. With SQLite and ``synchronous=FULL`` that is an fsync, shared by everything that
arrived during the one before (group commit). A failed commit fails the answers that waited for it: an exchange that
cannot be recorded is not answered.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from tunewright.core.canonical import utc_text
from tunewright.core.errors import EngineError, TunewrightError
from tunewright.core.types import Exchange
from tunewright.store.db import exchanges
from tunewright.store.project import Project

_MAX_GROUP = 512


@dataclass(eq=False, slots=True)
class _Waiting:
    row: Mapping[str, Any]
    committed: asyncio.Future[None]


class ExchangeLog:
    """The writer. Create on the event loop's thread; ``close`` writes what is left."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._loop = asyncio.get_running_loop()
        self._changed = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._closing = False
        self.committed = 0
        self.commits = 0
        self.failed = 0
        self.last_error = ""
        self._thread = threading.Thread(target=self._run, name="exchange log", daemon=True)
        self._thread.start()

    async def record(self, exchange: Exchange, body: Mapping[str, Any]) -> None:
        """Commit one exchange; ``body`` joins messages and answer in the row. Raises EngineError when it cannot be."""
        waiting = _Waiting(exchange_row(exchange, body), self._loop.create_future())
        with self._changed:
            if self._closing:
                raise EngineError("the gateway is shutting down", hint="retry elsewhere", retryable=True)
            self._waiting.append(waiting)
            self._changed.notify()
        # Shielded: a cancelled answer is committed all the same.
        await asyncio.shield(waiting.committed)

    def close(self, timeout_s: float = 30.0) -> None:
        """Commit what waits, then end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if self._closing:
                        return
                    self._changed.wait()
                group = [self._waiting.popleft() for _ in range(min(_MAX_GROUP, len(self._waiting)))]
            self._commit(group)

    def _commit(self, group: list[_Waiting]) -> None:
        failure: EngineError | None = None
        try:
            with self._project.transaction() as connection:
                connection.execute(insert(exchanges), [waiting.row for waiting in group])
            self.committed += len(group)
            self.commits += 1
            self.last_error = ""
        except (SQLAlchemyError, TunewrightError, OSError) as error:
            self.failed += len(group)
            self.last_error = type(error).__name__
            # The driver's text can quote the row, so it is not passed on.
            failure = EngineError(
                f"the exchange could not be recorded ({type(error).__name__}), so it is not answered",
                hint="check the workspace's disk and database",
                retryable=True,
            )
        try:
            self._loop.call_soon_threadsafe(_settle, group, failure)
        except RuntimeError:
            # The loop has ended: nobody waits for the outcome, and the rows are in.
            return


def _settle(group: list[_Waiting], failure: EngineError | None) -> None:
    for waiting in group:
        if waiting.committed.done():
            continue
        if failure is None:
            waiting.committed.set_result(None)
        else:
            waiting.committed.set_exception(failure)


def exchange_row(exchange: Exchange, body: Mapping[str, Any]) -> dict[str, Any]:
    """The table row of an exchange."""
    return {
        "id": exchange.id,
        "at": utc_text(exchange.at),
        "key_id": exchange.key_id,
        "model_name": exchange.model.name,
        "version": exchange.model.version,
        "subject_digest": exchange.subject_digest,
        "variant": exchange.variant,
        "user": exchange.user,
        "body": {
            "messages": [{"role": m.role, "content": m.content} for m in exchange.messages],
            "answer": exchange.answer,
            **body,
        },
        "finish_reason": exchange.finish_reason,
        "prompt_tokens": exchange.prompt_tokens,
        "completion_tokens": exchange.completion_tokens,
        "latency_ms": exchange.latency_ms,
        "flags": list(exchange.flags),
    }
