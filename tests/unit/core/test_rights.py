"""May this be used for that: licence, purpose and retention against a declared use."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tunewright.core.licences import read_licence
from tunewright.core.rights import (
    RightsOptions,
    SourceRights,
    Use,
    expires_on,
    last_day_after,
    objections,
    obligations,
    source_objections,
)

DAY = date(2026, 3, 1)


def reasons(licence: str, of: str, use: dict[str, object]) -> list[str]:
    return [item.reason for item in objections(read_licence(licence), of, Use.model_validate(use))]


@pytest.mark.parametrize(
    ("licence", "use", "expected"),
    [
        ("MIT", {}, []),
        ("", {}, []),
        ("", {"unknown": "refuse"}, ["licence:missing"]),
        ("our-own-terms", {}, []),
        ("our-own-terms", {"unknown": "refuse"}, ["licence:our-own-terms"]),
        ("CC BY-NC 4.0", {}, ["licence:cc-by-nc-4.0"]),
        ("CC BY-NC 4.0", {"commercial": False}, []),
        ("MIT OR CC-BY-NC-4.0", {}, []),
        ("MIT AND CC-BY-NC-4.0", {}, ["licence:cc-by-nc-4.0"]),
        ("CC-BY-NC-4.0 OR our-own-terms", {}, []),
        ("CC-BY-NC-4.0 OR our-own-terms", {"unknown": "refuse"}, ["licence:cc-by-nc-4.0"]),
        ("CC-BY-ND-4.0", {}, ["licence:cc-by-nd-4.0"]),
        ("CC-BY-ND-4.0", {"derivatives": False}, []),
        ("proprietary", {}, []),
        ("proprietary", {"distribute": True}, ["licence:proprietary"]),
        ("CC-BY-SA-4.0", {"distribute": True}, []),
        ("research-only", {"commercial": False}, ["licence:research-only"]),
        ("research-only", {"commercial": False, "purpose": "Research"}, []),
        ("none", {"commercial": False, "derivatives": False}, ["licence:none"]),
        ("none", {}, ["licence:none"]),
        ("СС-BY-4.0", {}, ["licence:unreadable"]),
    ],
)  # fmt: skip
def test_licences_against_uses(licence: str, use: dict[str, object], expected: list[str]) -> None:
    assert reasons(licence, "", use) == expected


@pytest.mark.parametrize(
    ("purpose", "use", "expected"),
    [
        ("marketing", {}, []),
        ("customer support", {"purpose": "Customer_Support"}, []),
        ("marketing", {"purpose": "support"}, ["purpose:marketing"]),
        ("marketing; support", {"purpose": "support"}, []),
        ("quality", {"purpose": "support", "compatible": ("Quality",)}, []),
        ("", {"purpose": "support"}, []),
        ("", {"purpose": "support", "unknown": "refuse"}, ["purpose:missing"]),
        ("supporters", {"purpose": "support"}, ["purpose:supporters"]),
    ],
)
def test_purposes_against_uses(purpose: str, use: dict[str, object], expected: list[str]) -> None:
    assert reasons("MIT", purpose, use) == expected


def source(licence: str = "MIT", **changes: object) -> SourceRights:
    return SourceRights(name="t", licence=read_licence(licence), **changes)  # type: ignore[arg-type]


def test_the_last_allowed_day_is_allowed_and_the_next_is_not() -> None:
    kept = source(received="2026-01-01", retention_days=59)
    assert expires_on(kept) == DAY
    assert source_objections(kept, Use(), DAY - timedelta(days=1)) == ()
    assert [item.reason for item in source_objections(kept, Use(), DAY)] == ["expired"]


def test_a_row_older_than_its_source_ends_earlier_and_a_younger_one_does_not_extend_it() -> None:
    assert expires_on(source(received="2026-01-01", retention_days=30, oldest="2025-12-01")) == date(
        2025, 12, 31
    )
    assert expires_on(source(received="2026-01-01", retention_days=30, oldest="2026-06-01")) == date(
        2026, 1, 31
    )
    assert expires_on(source(received="2026-01-01")) is None


def test_a_retention_beyond_the_calendar_never_ends() -> None:
    assert last_day_after("9999-12-01", 10**6) == date.max


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 20_000), st.integers(-3, 3))
def test_expiry_is_monotone(received: date, days: int, shift: int) -> None:
    """Allowed strictly before received + days, never from then on; oracle: ordinal numbers."""
    kept = source(received=received.isoformat(), retention_days=days)
    asked = date.fromordinal(received.toordinal() + days + shift)
    assert bool(source_objections(kept, Use(), asked)) == (shift >= 0)


def test_obligations_name_licence_and_source() -> None:
    told = obligations(
        (
            source("CC-BY-SA-4.0"),
            source("MIT OR CC-BY-NC-4.0"),
            SourceRights(kind="base", name="b", licence=read_licence("Apache-2.0")),
        ),
        Use(),
    )
    assert told == (
        "attribution (apache-2.0): base model b",
        "attribution (cc-by-sa-4.0): source t",
        "attribution (mit): source t",
        "share-alike (cc-by-sa-4.0): source t",
    )


@pytest.mark.parametrize("name", ["MIT", "cc-by-nc-4.0", "CC BY-NC 4.0", "unknown", "", "М-1X"])
def test_terms_of_a_known_licence_cannot_be_declared(name: str) -> None:
    with pytest.raises(ValidationError, match="LicenseRef"):
        RightsOptions.model_validate({"licences": {name: {"commercial": True}}})


def test_a_contract_of_ones_own_allows_what_it_says() -> None:
    options = RightsOptions.model_validate(
        {"unknown": "refuse", "licences": {"LicenseRef-Acme": {"commercial": True, "derivatives": True}}}
    )
    licence = read_licence("LicenseRef-Acme", options.licences)
    assert objections(licence, "", options.use()) == ()
    beyond = options.use().model_copy(update={"distribute": True})
    assert [item.reason for item in objections(licence, "", beyond)] == ["licence:licenseref-acme"]
