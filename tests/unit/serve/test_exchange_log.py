"""The exchange log: committed before acknowledged, in groups, and a full disk fails the answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tunewright.core.errors import EngineError
from tunewright.core.types import Exchange, Message, Ref
from tunewright.serve.exchange_log import ExchangeLog
from tunewright.store.db import exchanges
from tunewright.store.project import Project


def exchange(identity: str, answer: str = "report_lost") -> Exchange:
    return Exchange(
        id=identity,
        at=datetime(2026, 1, 2, tzinfo=UTC),
        key_id="k",
        model=Ref(kind="model", name="support", version="1.0.0", digest="d"),
        subject_digest="s",
        variant="",
        user="u",
        messages=(Message("user", "lost card"),),
        answer=answer,
        finish_reason="stop",
        prompt_tokens=2,
        completion_tokens=1,
        latency_ms=1.5,
        flags=(),
    )


def stored(project: Project) -> set[str]:
    with project.reader() as connection:
        return set(connection.execute(sa.select(exchanges.c.id)).scalars())


def test_what_is_acknowledged_is_committed_and_groups_share_commits(project: Project) -> None:
    async def run() -> None:
        log = ExchangeLog(project)

        async def one(number: int) -> None:
            await log.record(exchange(f"ex-{number}"), {"environment": "production"})
            # A second connection sees it at the moment of the acknowledgement.
            assert f"ex-{number}" in await asyncio.to_thread(stored, project)

        await asyncio.gather(*(one(i) for i in range(200)))
        assert log.committed == 200
        assert log.commits < 100
        await asyncio.to_thread(log.close)
        with pytest.raises(EngineError):
            await log.record(exchange("late"), {})

    asyncio.run(run())
    assert len(stored(project)) == 200


def test_the_row_holds_everything_an_exchange_has(project: Project) -> None:
    async def run() -> None:
        log = ExchangeLog(project)
        await log.record(exchange("ex-1"), {"environment": "production", "seed": "7"})
        await asyncio.to_thread(log.close)

    asyncio.run(run())
    with project.reader() as connection:
        row = connection.execute(sa.select(exchanges)).one()
    assert row.body == {
        "messages": [{"role": "user", "content": "lost card"}],
        "answer": "report_lost",
        "environment": "production",
        "seed": "7",
    }
    assert (row.at, row.model_name, row.version, row.user, row.seq) == (
        "2026-01-02T00:00:00.000000Z",
        "support",
        "1.0.0",
        "u",
        1,
    )


def test_a_full_disk_fails_the_answer_and_nothing_is_half_written(project: Project) -> None:
    async def run() -> None:
        log = ExchangeLog(project)
        await log.record(exchange("before"), {})
        # SQLite's own page limit: the same error a full disk gives, from the same place.
        limit = sa.event.listens_for(project.engine, "begin")

        @limit
        def _full(connection: sa.Connection) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

        with pytest.raises(EngineError, match="not be recorded") as caught:
            await log.record(exchange("lost", "x" * 200_000), {})
        assert caught.value.retryable
        assert "xxx" not in str(caught.value)
        assert log.last_error
        sa.event.remove(project.engine, "begin", _full)
        project.engine.dispose()
        await log.record(exchange("after"), {})
        assert not log.last_error
        await asyncio.to_thread(log.close)
        assert (log.committed, log.failed) == (2, 1)

    asyncio.run(run())
    assert stored(project) == {"before", "after"}


def test_a_cancelled_waiter_is_committed_all_the_same(project: Project) -> None:
    async def run() -> None:
        log = ExchangeLog(project)
        task = asyncio.create_task(log.record(exchange("gone"), {}))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(log.close)

    asyncio.run(run())
    assert stored(project) == {"gone"}
