"""Exact and structured match, as tables of (answer, reference, result)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import UsageError
from tunewright.metrics.catalog import metric, names
from tunewright.metrics.text import exact_match, json_field, json_match, json_valid

REFERENCE = '{"intent": "card_lost", "team": "cards"}'


@pytest.mark.parametrize(
    "answer, reference, hit",
    [
        ("yes", "yes", 1),
        (" yes\n", "yes", 1),
        ("Yes", "yes", 0),
        ("yes.", "yes", 0),
        ("cafe\u0301", "caf\u00e9", 1),
        ("", "", 1),
        ("a b", "a  b", 0),
    ],
)
def test_exact_match(answer: str, reference: str, hit: int) -> None:
    assert exact_match(answer, reference) == hit


@pytest.mark.parametrize(
    "answer, valid",
    [
        (REFERENCE, 1),
        ("  {} \n", 1),
        ("[1, 2]", 1),
        ('{"a": 1', 0),
        ('{"a": 1} {"b": 2}', 0),
        ('```json\n{"a": 1}\n```', 0),
        ('{"a": NaN}', 0),
        ('{"a": -Infinity}', 0),
        ('{"a": 1, "a": 2}', 0),
        ("{'a': 1}", 0),
        ('"text"', 0),
        ("1", 0),
        ("", 0),
        ("[" * 100_000, 0),
    ],
)
def test_json_valid(answer: str, valid: int) -> None:
    assert json_valid(answer) == valid


@pytest.mark.parametrize(
    "answer, reference, hit",
    [
        ('{"team":"cards","intent":"card_lost"}', REFERENCE, 1),
        ('{"intent": "card_lost"}', REFERENCE, 0),
        ('{"intent": "card_lost", "team": "cards", "more": 1}', REFERENCE, 0),
        ('{"a": 1.0}', '{"a": 1}', 1),
        ('{"a": true}', '{"a": 1}', 0),
        ('{"a": "1"}', '{"a": 1}', 0),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', 0),
        ('{"a": null}', '{"a": null}', 1),
        ("null", "null", 1),
        ("nothing", "null", 0),
    ],
)
def test_json_match(answer: str, reference: str, hit: int) -> None:
    assert json_match(answer, reference) == hit


@pytest.mark.parametrize(
    "answer, hit",
    [
        ('{"intent": "card_lost", "team": "wrong"}', 1),
        ('{"intent": "card_found"}', 0),
        ('["intent"]', 0),
        ("card_lost", 0),
        ('{"team": "cards"}', 0),
    ],
)
def test_json_field(answer: str, hit: int) -> None:
    assert json_field(answer, REFERENCE, "intent") == hit


def test_a_field_can_be_deeper() -> None:
    assert json_field('{"a": {"b": 2}}', '{"a": {"b": 2}, "c": 1}', "a.b") == 1


def test_a_reference_that_cannot_be_compared_is_refused() -> None:
    with pytest.raises(UsageError, match="not JSON"):
        json_match("{}", "plain text")
    with pytest.raises(UsageError, match="no field"):
        json_field("{}", "{}", "intent")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, json_values)
def test_json_match_is_equality_of_values(a: object, b: object) -> None:
    left, right = json.dumps(a), json.dumps(b, ensure_ascii=False, indent=1)
    assert json_match(left, left) == 1
    # Python's == calls true and 1 equal; the sorted dump tells them apart.
    assert json_match(left, right) == (json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True))


def test_catalog() -> None:
    for name in ("exact_match", "json_valid", "json_match", "json_field:intent"):
        found = metric(name)
        assert found.score(REFERENCE, REFERENCE) == 1
        assert found.score("nonsense", REFERENCE) == 0
        assert found.signature.endswith("v:1")
    assert len(names()) >= 4
    with pytest.raises(UsageError, match="exactmatch") as error:
        metric("exactmatch")
    assert "exact_match" in error.value.hint
    with pytest.raises(UsageError):
        metric("json_field:")
