"""Usage of a version from the exchange log."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import insert

from tunewright.monitor.usage import Served, feedback_on, newest_exchanges, summarise
from tunewright.store.db import exchanges, feedback
from tunewright.store.project import Project


def row(number: int, **more: object) -> dict[str, object]:
    return {
        "id": f"ex-{number}",
        "at": f"2026-01-02T00:00:{number % 60:02d}.000000Z",
        "key_id": "k",
        "model_name": "support",
        "version": "1.0.0",
        "subject_digest": "s",
        "variant": "",
        "user": "",
        "body": {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": f"q{number}"}]},
        "finish_reason": "stop",
        "prompt_tokens": 2,
        "completion_tokens": 3,
        "latency_ms": float(number),
        "flags": [],
        **more,
    }


def fill(project: Project, rows: list[dict[str, object]]) -> list[Served]:
    with project.transaction() as connection:
        connection.execute(insert(exchanges), rows)
    return newest_exchanges(project, 10_000)


def test_counts_shares_and_percentiles(project: Project) -> None:
    reasons = {91: "error", 92: "error", 93: "cancelled", 94: "length"}
    found = fill(project, [row(i, finish_reason=reasons.get(i, "stop")) for i in range(1, 101)])
    usage = summarise(found, {})
    assert (usage.exchanges, usage.errors, usage.cancelled, usage.cut_off) == (100, 2, 1, 1)
    assert usage.error_share == 0.02
    timed = [float(i) for i in range(1, 101) if i not in (91, 92, 93)]
    assert usage.latency_p50_ms == pytest.approx(np.median(timed))
    assert usage.latency_p95_ms == pytest.approx(np.percentile(timed, 95))
    assert (usage.prompt_tokens, usage.completion_tokens) == (200, 300)
    assert (usage.first_at, usage.last_at) == (found[0].at, found[-1].at)


def test_the_window_is_the_newest_in_order_with_the_last_user_message(project: Project) -> None:
    fill(project, [row(i) for i in range(50)])
    found = newest_exchanges(project, 10)
    assert [item.id for item in found] == [f"ex-{i}" for i in range(40, 50)]
    assert found[-1].prompt == "q49"


def test_only_errors_have_no_latency(project: Project) -> None:
    usage = summarise(fill(project, [row(1, finish_reason="error")]), {})
    assert (usage.latency_p50_ms, usage.latency_p95_ms, usage.error_share) == (0.0, 0.0, 1.0)


def test_feedback_is_counted_over_more_ids_than_one_query_takes(project: Project) -> None:
    found = fill(project, [row(i) for i in range(1300)])
    bodies = [
        ("ex-0", {"rating": 1.0, "comment": "good", "correction": ""}),
        ("ex-0", {"rating": 0.0, "comment": "", "correction": "better"}),
        ("ex-1299", {"rating": 0.5, "comment": "", "correction": ""}),
        ("ex-700", {"rating": None, "comment": "hm", "correction": ""}),
        ("elsewhere", {"rating": 0.0, "comment": "", "correction": ""}),
    ]
    with project.transaction() as connection:
        connection.execute(
            insert(feedback),
            [
                {"exchange_id": e, "at": "2026-01-02T00:00:00.000000Z", "actor": "key:k", "body": b}
                for e, b in bodies
            ],
        )
    judged = feedback_on(project, [item.id for item in found])
    counted = summarise(found, judged).feedback
    assert (counted.entries, counted.good, counted.bad, counted.comments, counted.corrections) == (
        4,
        2,
        1,
        2,
        1,
    )
