"""The step that takes out what may not be used, and the day a row states."""

from __future__ import annotations

from datetime import date

import pytest

from tests.fixtures.examples import example, fate
from tunewright.core.rights import Use
from tunewright.core.types import Hold
from tunewright.data.options import SourceOptions
from tunewright.data.rights import kept_rights, row_day
from tunewright.data.steps.rights import RightsStepOptions, rights


def run(*examples: object, **options: object) -> list[str]:
    return [fate(outcome) for outcome in rights(RightsStepOptions.model_validate(options))(examples)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026-03-01T23:59:59", date(2026, 3, 1)),
        ("2026-03-01T23:30:00-05:00", date(2026, 3, 2)),
        ("2026-03-01T00:30:00+02:00", date(2026, 2, 28)),
        ("2026-03-01 00:30:00+14:00", date(2026, 2, 28)),
        ("2026-03-01T12:00:00Z", date(2026, 3, 1)),
        ("1772323200", date(2026, 3, 1)),
        ("1772323199000", date(2026, 2, 28)),
        ("1 March 2026", date(2026, 3, 1)),
        ("", None),
        ("yesterday", None),
        ("1970-01-01T00:00:00Z", None),  # what exports write for none
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", date(9999, 12, 31)),
    ],
)
def test_a_row_s_day_is_a_utc_day(stated: str, day: date | None) -> None:
    assert row_day(stated) == day


def test_licence_then_purpose_then_retention() -> None:
    rows = (
        example("a", licence="CC-BY-NC-4.0", purpose="marketing"),
        example("b", licence="MIT", purpose="marketing"),
        example("c", licence="MIT", purpose="support"),
    )
    use = Use(purpose="support")
    assert run(*rows, use=use) == ["licence:cc-by-nc-4.0", "purpose:marketing", "kept"]


def test_a_row_expires_by_its_own_day_or_its_source_s() -> None:
    at = [example(f"r{n}", received_at=f"2026-01-0{n}") for n in (1, 2, 3)]
    undated = example("r")
    told = {
        "retention_days": {"rows.jsonl": 30},
        "expires": {"rows.jsonl": "2026-03-01"},
        "day": "2026-02-01",
    }
    assert run(*at, undated, **told) == ["expired", "expired", "kept", "kept"]
    assert run(*at, undated, **{**told, "day": "2026-03-01"}) == ["expired"] * 4
    assert run(*at, undated, **{**told, "day": ""}) == ["kept"] * 4
    other = example("x", source="others.jsonl", received_at="1999-01-01")
    assert run(other, **told) == ["kept"]


def test_a_hold_shows_the_reason_and_a_row_without_text_is_dropped() -> None:
    options = RightsStepOptions(action="hold")
    held, empty = rights(options)(
        [example("a", licence="CC-BY-NC-4.0"), example("", "", licence="CC-BY-NC-4.0")]
    )
    assert isinstance(held, Hold)
    assert (held.reason, held.findings[0].kind, held.findings[0].note) == (
        "licence:cc-by-nc-4.0", "rights", "licence:cc-by-nc-4.0",
    )  # fmt: skip
    assert fate(empty) == "licence:cc-by-nc-4.0"
    assert not isinstance(empty, Hold)


def test_what_a_snapshot_keeps_of_its_sources() -> None:
    sources = {
        "rows.jsonl": SourceOptions(
            path="rows.jsonl", form="messages", received="2026-01-01", retention_days=30
        ),
        "b.jsonl": SourceOptions(path="b.jsonl", form="messages", licence="MIT"),
    }
    kept = [
        example("a", received_at="2026-01-05T00:30:00+02:00"),
        example("b", received_at="2026-01-06"),
        example("c", received_at="soon"),
        example("d", source="b.jsonl", licence="MIT", received_at="2001-01-01"),
        example("e", source="canaries", licence="none"),
    ]
    lines = [
        (line.source, line.licence, line.oldest, line.retention_days, line.examples)
        for line in kept_rights(kept, sources)
    ]
    assert lines == [("b.jsonl", "MIT", "", None, 1), ("rows.jsonl", "", "2026-01-04", 30, 3)]
