"""Review ages: what counts as a look, what is due, and how the policy answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import DataError
from tunewright.data.re_review_options import ReReview
from tunewright.data.review_age import (
    Asked,
    Looks,
    asked_of_rows,
    check_share,
    due_first,
    months_before,
    review_ages,
    review_share,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def stamp(days_ago: float) -> str:
    return (NOW - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def ages(
    asked: list[Asked], looks: Looks | None = None, received: dict[str, str] | None = None, months: int = 6
):
    return list(review_ages(asked, looks or Looks(), received=received or {}, months=months, now=NOW))


def test_the_newest_look_counts_whatever_its_kind() -> None:
    looks = Looks({"f1": stamp(300), "f2": stamp(20)}, {"a": stamp(100), "b": stamp(3)})
    both, approved, old = ages(
        [Asked("a", "s", "1", "", ("f1", "f2")), Asked("b", "s", "2", "", ()), Asked("c", "s", "3", "", ("f1",))],
        looks,
    )  # fmt: skip
    assert (both.how, both.age_days, both.due) == ("decision", 20, False)
    assert (approved.how, approved.age_days, approved.due) == ("approval", 3, False)
    assert (old.how, old.age_days, old.due) == ("decision", 300, True)


def test_what_nobody_saw_is_as_old_as_its_arrival() -> None:
    asked = [
        Asked("a", "s", "1", "2026-06-01T08:00:00"),
        Asked("b", "s", "2", "2024-01-31"),
        Asked("c", "s", "3", "no date"),
        Asked("d", "other", "4", ""),
        Asked("e", "s", "5", ""),
    ]
    found = ages(asked, received={"s": "2025-01-01"})
    assert [(age.how, age.at, age.due) for age in found] == [
        ("never", "2026-06-01", False),
        ("never", "2024-01-31", True),
        ("never", "2025-01-01", True),
        ("never", "", True),
        ("never", "2025-01-01", True),
    ]
    assert found[0].age_days == 14
    assert found[3].age_days is None
    assert [age.example for age in due_first(found)] == ["d", "b", "c", "e"]


def test_a_child_was_looked_at_with_its_parent_and_canaries_are_nobodys() -> None:
    def row(key: str, *labels: str) -> dict[str, object]:
        return {
            "id": key,
            "source": "s",
            "locator": key,
            "received_at": "2020-01-01",
            "labels": list(labels),
            "findings": [],
        }

    rows = [row("p"), row("c", "child-of:p", "split:train"), row("g", "child-of:c"), row("x", "canary:c01")]
    found = ages(list(asked_of_rows(rows)), Looks({}, {"p": stamp(5)}))
    assert [(age.example, age.how, age.age_days) for age in found] == [
        ("p", "approval", 5), ("c", "approval", 5), ("g", "approval", 5),
    ]  # fmt: skip
    orphan = ages([Asked("c", "s", "1", "", (), "p")], Looks({}, {"p": stamp(5)}))
    assert orphan[0].how == "approval"


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [("2026-03-31", 1, "2026-02-28"), ("2024-03-31", 1, "2024-02-29"), ("2026-01-15", 13, "2024-12-15"), ("2026-12-31", 12, "2025-12-31")],
)  # fmt: skip
def test_months_are_calendar_months(now: str, months: int, then: str) -> None:
    found = months_before(datetime.fromisoformat(f"{now}T10:00:00+00:00"), months)
    assert found.date() == date.fromisoformat(then)
    assert found.hour == 10


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 240))
@settings(deadline=None)
def test_months_before_agrees_with_duckdb(day: date, months: int) -> None:
    import duckdb

    expected = duckdb.execute("select (?::date)::timestamp - to_months(?)", [day, months]).fetchone()
    assert expected is not None
    found = months_before(datetime(day.year, day.month, day.day, tzinfo=UTC), months)
    assert found.replace(tzinfo=None) == expected[0]


def test_the_policy_warns_or_refuses_above_its_share_only() -> None:
    found = ages(
        [
            Asked(str(n), "s" if n < 6 else "t", str(n), "2020-01-01" if n < 3 else "2026-06-01")
            for n in range(10)
        ]
    )
    kept = review_share(found, ReReview(months=6, share=0.3))
    assert (kept.examples, kept.due, kept.never, kept.share) == (10, 3, 10, 0.3)
    assert kept.sources == (("s", 6, 3), ("t", 4, 0))
    assert check_share(kept, ReReview(months=6, share=0.3, on_breach="refuse")) == ""
    broken = review_share(found, ReReview(months=6, share=0.29))
    assert "3 of 10" in check_share(broken, ReReview(months=6, share=0.29))
    with pytest.raises(DataError, match="3 of 10") as refused:
        check_share(broken, ReReview(months=6, share=0.29, on_breach="refuse"))
    assert "review due" in refused.value.hint


@given(st.lists(st.tuples(st.integers(0, 2000), st.booleans()), max_size=30), st.integers(1, 24))
@settings(deadline=None)
def test_more_months_never_make_more_due(items: list[tuple[int, bool]], months: int) -> None:
    looks = Looks({}, {str(n): stamp(days) for n, (days, seen) in enumerate(items) if seen})
    asked = [
        Asked(str(n), "s", str(n), (NOW - timedelta(days=days)).date().isoformat())
        for n, (days, _) in enumerate(items)
    ]
    strict = ages(asked, looks, months=months)
    loose = ages(asked, looks, months=months + 1)
    assert all(one.due or not other.due for one, other in zip(strict, loose, strict=True))
    share = review_share(strict, ReReview(months=months, share=1))
    assert share.due == sum(age.due for age in strict)
    assert share.low <= share.share <= share.high or not items
