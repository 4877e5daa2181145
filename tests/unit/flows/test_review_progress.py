"""Pace and progress from votes at known times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fixtures.review_workspace import acting, make_workspace
from tunewright.core.canonical import utc_text
from tunewright.data.review_votes import Vote
from tunewright.flows.prepare import prepare
from tunewright.flows.review import decide_finding, review_queue, undo_decision
from tunewright.flows.review_progress import pace_of, review_progress

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def vote(number: int, after_s: float, actor: str = "ann", batch: str = "", via: str = "") -> Vote:
    at = utc_text(START + timedelta(seconds=after_s))
    return Vote(
        number, f"k{number}", 1, "phone", "confirmed", None, "one", batch or f"b{number}", "", actor, via, at
    )


def test_pace_counts_work_and_no_pauses() -> None:
    assert pace_of([]).findings_per_hour == 0
    # 20 s for the first, three gaps of 60 s, a pause over lunch (20 s again), one of 40 s; a cluster of three is one action.
    times = [0, 60, 120, 180, 7200, 7240]
    votes = [vote(number, at) for number, at in enumerate(times)]
    votes += [vote(10 + number, 7240, batch="b5") for number in range(2)]
    found = pace_of([*votes, vote(99, 7241, via="eve")])
    assert (found.actions, found.findings) == (6, 8)
    assert found.active_s == 20 + 3 * 60 + 20 + 40
    assert found.findings_per_hour == pytest.approx(3600 * 8 / 260)
    # Two persons side by side work twice as long.
    both = pace_of([*votes, *(vote(50 + n, at, "bob") for n, at in enumerate(times))])
    assert (both.actions, both.active_s) == (12, 520)


def test_progress(tmp_path: Path) -> None:
    now = {"at": START}
    root = make_workspace(tmp_path / "work")
    with (
        acting(root, "ann", clock=lambda: now["at"]) as ann,
        acting(root, "bob", clock=lambda: now["at"]) as bob,
    ):
        prepare(ann)
        assert review_progress(ann).hours_left is None
        keys = [item.finding.key for item in review_queue(ann).items if item.finding.cluster_size == 1]
        for key in keys[:3]:
            now["at"] += timedelta(seconds=60)
            decide_finding(ann, key, "dismissed")
        undo_decision(ann, keys[2])
        now["at"] += timedelta(days=1)
        decide_finding(bob, keys[3], "confirmed")
        found = review_progress(bob)
        assert (found.asked, found.waiting, found.waiting_clusters) == (8, 5, 2)
        assert found.states == {"open": 5, "second": 0, "disputed": 0, "decided": 3}
        assert (found.decided_today, found.mine_today, found.by_actor) == (1, 1, {"ann": 2, "bob": 1})
        # Ann: 20 s and a gap of 60 s; Bob: 20 s. Three decisions in 100 s, two clusters to go.
        assert found.pace.active_s == 100
        assert found.hours_left == round(2 / (3600 * 3 / 100), 2)
