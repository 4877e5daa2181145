"""Review on a real PostgreSQL server: the same decisions, the same race, the old table's rows carried over."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fixtures.review_workspace import acting, make_workspace, rows
from tests.flow.test_review_race import (
    FINDINGS,
    TWO,
    check_all_count,
    check_one_each,
    in_processes,
    in_threads,
)
from tunewright.core.errors import UsageError
from tunewright.flows.prepare import prepare
from tunewright.flows.review import claim_findings, decide_finding, review_list, review_queue, undo_decision
from tunewright.flows.review_examples import example_queue, judge_example, undo_example
from tunewright.flows.review_progress import review_progress
from tunewright.flows.review_samples import answer_sample, draw_sample, residual, sample_queue

pytestmark = pytest.mark.service


@pytest.fixture
def root(tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    monkeypatch.setenv("TUNEWRIGHT_DATABASE_URL", f"{postgres}/{name}")
    root = make_workspace(tmp_path / "work", rows(60, FINDINGS))
    with acting(root, "builder") as ws:
        prepare(ws)
    return root


def test_the_race_in_threads_and_processes(root: Path) -> None:
    check_one_each(root, in_processes(root))


def test_the_race_of_two_persons(root: Path) -> None:
    check_all_count(root, in_threads(root, TWO))


def test_everything_that_writes(root: Path) -> None:
    with acting(root, "ann") as ws:
        lead = next(item.finding for item in review_queue(ws).items if item.finding.cluster_size > 4)
        claim_findings(ws, (lead.key,))
        done = decide_finding(ws, lead.key, "dismissed", scope="cluster", note="né 'quoted' <b>")
        assert done.findings == lead.cluster_size
        assert undo_decision(ws, lead.key).findings == lead.cluster_size
        with pytest.raises(UsageError):
            decide_finding(ws, lead.key, "confirmed", note="\x00")
        key = example_queue(ws).items[0].id
        judge_example(ws, key, "corrected", correction="Another answer.", rating=3)
        undo_example(ws, key)
        judge_example(ws, key, "rejected")
        draw_sample(ws, size=5)
        for item in sample_queue(ws, everything=True).items:
            answer_sample(ws, item.id, pii=True, error=False, kinds=("name", "phone"))
        assert residual(ws).scores[0].value == 1000
        assert review_progress(ws).waiting == FINDINGS == review_list(ws).open
        prepare(ws)
        ws.project.audit.verify()
