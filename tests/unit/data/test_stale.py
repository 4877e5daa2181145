"""What no longer holds is found by its kind of evidence; what only sounds old is not."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest

from tests.fixtures.examples import example
from tunewright.core.types import Drop, Example, Hold, Keep
from tunewright.data.dates import day_of, stated_dates
from tunewright.data.steps.stale import RetiredTerm, StaleOptions, stale

START = date(2025, 1, 1)


def bulk(rows: int = 60) -> list[Example]:
    return [
        example(
            f"question {n}",
            '{"intent": "refund"}' if n % 2 else "an answer",
            record=f"B{n}",
            received_at=f"{START + timedelta(days=5 * n)}T00:00:00Z",
        )
        for n in range(rows)
    ]


def judge(*rows: Example, **options) -> list:
    """Outcomes of ``rows``, judged among the bulk."""
    return stale(StaleOptions(**options))([*bulk(), *rows])[60:]


def row(prompt: str = "a question", reply: str = "an answer", at: str = "2025-06-01T00:00:00Z") -> Example:
    return example(prompt, reply, received_at=at, record=f"{prompt}|{reply}|{at}"[:200])


def notes(outcome) -> str:
    return outcome.findings[0].note


def test_rows_of_a_bygone_era_are_held_and_with_more_evidence_dropped() -> None:
    old, sure = judge(row(at="2019-05-01"), row("the old app, version 2", at="2019-05-01"))
    assert isinstance(old, Hold)
    assert notes(old) == "old_row"
    assert isinstance(sure, Drop)
    assert notes(sure) == "old_row, old_words"


def test_a_corpus_that_spans_years_has_no_bygone_era() -> None:
    spread = [example(f"q{n}", received_at=f"{2010 + n % 15}-06-01", record=f"Y{n}") for n in range(150)]
    assert all(isinstance(outcome, Keep) for outcome in stale(StaleOptions())(spread))
    limited = stale(StaleOptions(max_age_days=3 * 365 + 1))(spread)
    held = [outcome for outcome in limited if isinstance(outcome, Hold)]
    assert len(held) == 110  # 2024 is the newest year; 2021 to 2024 stay, 10 rows each


def test_undated_rows_and_placeholders_are_no_evidence() -> None:
    assert all(
        isinstance(outcome, Keep) for outcome in judge(row(at=""), row(at="1970-01-01"), row(at="0000-00-00"))
    )


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("This offer is valid until 31 December 2016.", "passed_date"),
        ("Prices are valid through March 2015, see the list.", "passed_date"),
        ("Das Angebot ist gültig bis 31.12.2016.", "passed_date"),
        ("As of March 2015 the fee is 2 %.", "old_state"),
        ("Last updated: 2014-03-01. The limit is 100.", "old_state"),
        ("Since 2012 the new tariff applies to everybody.", "old_state"),
        ("The fees for 2013 are listed below.", "old_state"),
    ],
)
def test_dates_of_validity_that_have_passed(reply: str, kind: str) -> None:
    outcome = judge(row(reply=reply))[0]
    assert not isinstance(outcome, Keep)
    assert notes(outcome) == kind
    finding = outcome.findings[0]
    assert finding.turn == 1
    assert any(char.isdigit() for char in reply[finding.start : finding.end])


@pytest.mark.parametrize(
    "prompt",
    [
        "I have been a customer since 2012.",
        "My passport was issued in 2014 and my card no longer works.",
        "I used to be able to top up, and it no longer works.",
        "My card is valid until December 2031.",
        "As of September 2025 I cannot log in.",
        "I was born in 1985, my old card is gone.",
        "transaction 2015 of 2016 euros",
        "version 2 of my letter is attached",
    ],
)
def test_what_only_sounds_old_stays(prompt: str) -> None:
    outcome = judge(row(prompt))[0]
    assert isinstance(outcome, Keep)
    assert not outcome.reasons


def test_old_words_and_versions_alone_only_mark() -> None:
    newer = [row(f"the app version 5 crashed again {n}") for n in range(8)]
    *_, words, version = judge(*newer, row("I still have the old app"), row("the app version 2 crashed"))
    assert isinstance(words, Keep)
    assert isinstance(version, Keep)
    assert words.example.label("doubt") == version.example.label("doubt") == "stale"
    assert notes(version) == "old_version"


def test_a_label_that_another_one_replaces_is_dropped() -> None:
    old, other = judge(row(reply='{"intent": "legacy_refund"}'), row(reply='{"intent": "legacy_unheard"}'))
    assert isinstance(old, Drop)
    assert notes(old) == "replaced_label"
    assert isinstance(other, Keep)


def test_retired_products_of_the_policy() -> None:
    policy = {"retired": (RetiredTerm(term="Gold Plus", replacement="Gold", since="2025-05-01"),)}
    taught, asked, later, inside, twice = judge(
        row(reply="Take our gold plus card.", at="2025-02-01"),
        row("how do i get Gold  Plus?", at="2025-02-01"),
        row("is Gold Plus gone?", at="2025-07-01"),
        row("goldplus and marigold plusses", at="2025-02-01"),
        row("the Gold Plus", "Gold Plus costs 3", at="2025-02-01"),
        **policy,
    )
    assert isinstance(taught, Drop)
    assert isinstance(asked, Hold)
    assert isinstance(later, Keep)
    assert later.example.label("doubt") == "stale"
    assert isinstance(inside, Keep)
    assert not inside.reasons
    assert isinstance(twice, Drop)


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        ("2026-04-18T00:00:00Z", date(2026, 4, 18)),
        ("18.04.2026", date(2026, 4, 18)),
        ("04/18/2026", date(2026, 4, 18)),
        ("18 April 2026 10:00", date(2026, 4, 18)),
        ("April 18, 2026", date(2026, 4, 18)),
        ("Apr 2026", date(2026, 4, 30)),
        ("2026/04", date(2026, 4, 30)),
        ("1776470400", date(2026, 4, 18)),
        ("1776470400123", date(2026, 4, 18)),
        ("2026", date(2026, 12, 31)),
    ],
)
def test_dates_as_rows_write_them(stated: str, day: date) -> None:
    assert day_of(stated) == day.toordinal()


@pytest.mark.parametrize("stated", ["", "yesterday", "2026-13-40", "1970-01-01", "99.99.2020", "12345"])
def test_what_is_no_date(stated: str) -> None:
    assert day_of(stated) is None


@pytest.mark.parametrize(
    "text",
    [
        "valid until " * 20_000 + "2016",
        "since 2012 " * 20_000,
        "prices a b c " * 20_000 + "2016",
        "old " * 50_000 + "2016",
        "1.1." * 50_000 + "2016",
        "a-" * 100_000 + " version 2016",
    ],
    ids=["until", "since", "prices", "old", "dots", "word"],
)
def test_hostile_texts_take_linear_time(text: str) -> None:
    """A quadratic pattern would take minutes on a quarter of a megabyte."""
    started = time.process_time()
    list(stated_dates(text))
    judge(row(text))
    assert time.process_time() - started < 10


def test_order_changes_nothing() -> None:
    rows = [*bulk(), row(at="2019-01-01"), row(reply='{"intent": "legacy_refund"}')]
    step = stale(StaleOptions())
    first = dict(zip([e.id for e in rows], step(rows), strict=True))
    assert dict(zip([e.id for e in rows[::-1]], step(rows[::-1]), strict=True)) == first
