"""The console on a real PostgreSQL server: sign-in, decisions of two at once, filters and proofs of the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fixtures.consoles import RunningConsole, console_over, hostile_rows, make_workspace
from tests.web import test_audit_pages, test_review_pages, test_sign_in
from tunewright.flows.audit_log import EventFilter

pytestmark = pytest.mark.service


@pytest.fixture
def console(tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningConsole]:
    monkeypatch.setattr("tunewright.web.passwords.COST", 2**4)
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    monkeypatch.setenv("TUNEWRIGHT_DATABASE_URL", f"{postgres}/{name}")
    make_workspace(tmp_path / "work", hostile_rows())
    with console_over(tmp_path / "work") as running:
        yield running


def test_two_reviewers_at_once_lose_no_decision(console: RunningConsole) -> None:
    test_review_pages.test_two_reviewers_at_once_lose_no_decision(console)


def test_signing_in_and_out(console: RunningConsole) -> None:
    test_sign_in.test_changing_the_password_ends_every_session_of_that_person(console)
    test_sign_in.test_attempts_at_once_count_each(console)


def test_the_audit_log(console: RunningConsole, monkeypatch: pytest.MonkeyPatch) -> None:
    test_audit_pages.test_pages_go_through_the_whole_log_both_ways_without_gap(console)
    test_audit_pages.test_filters_keep_exactly_what_they_say(
        console, EventFilter(subject="thing/n1"), lambda e: e.subject.name == "n1"
    )
    test_audit_pages.test_every_event_proves_itself_like_the_log_does(console, monkeypatch)
    test_audit_pages.test_every_page_has_its_twin_in_json(console)
