"""Outcomes as JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.examples import example
from tunewright.core.types import Drop, Edit, Evidence, Finding, Hold, Keep, Message, Outcome
from tunewright.data.outcome_json import holds_text, outcome_of, outcome_row

text = st.text(max_size=8)
number = st.integers(0, 99)
sure = st.floats(0, 1)
findings = st.lists(
    st.builds(Finding, text, number, number, number, sure, text, st.just("open"), text), max_size=2
).map(tuple)
evidence = st.lists(
    st.builds(Evidence, text, text, st.none() | sure, st.none() | sure, text, text, st.integers(-1, 1)),
    max_size=2,
).map(tuple)
BEFORE = example("a prompt", "a reply", record="R1")
kept = st.builds(
    lambda labels, history, said, reference: replace(
        BEFORE,
        labels=tuple(labels),
        history=tuple(history),
        messages=(Message("user", said), BEFORE.messages[1]),
        reference=reference,
    ),
    st.lists(text, max_size=2),
    st.lists(text, max_size=2),
    text | st.just("a prompt"),
    text | st.just(""),
)
outcomes = st.one_of(
    st.builds(
        Keep,
        kept | st.just(BEFORE),
        findings,
        st.lists(text, max_size=2).map(tuple),
        st.lists(st.builds(Edit, number, number, number, number), max_size=2).map(tuple),
        evidence,
    ),
    st.builds(Drop, text, text, findings, evidence),
    st.builds(Hold, text, findings, evidence),
)


@given(outcomes)
def test_what_is_written_is_read_back(outcome: Outcome) -> None:
    row = outcome_row(BEFORE, outcome)
    assert outcome_of(BEFORE, json.loads(json.dumps(row))) == outcome
    changed = isinstance(outcome, Keep) and (
        outcome.example.messages != BEFORE.messages or outcome.example.reference != BEFORE.reference
    )
    assert holds_text(row) is changed


def test_an_example_that_is_kept_as_it_was_costs_nothing() -> None:
    assert outcome_row(BEFORE, Keep(BEFORE)) is None
    assert outcome_of(BEFORE, None) == Keep(BEFORE)
