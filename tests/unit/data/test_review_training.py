"""Decisions as labelled text, and the detector's figures."""

from __future__ import annotations

import pytest
from scipy import stats

from tunewright.data.review_index import OpenFinding
from tunewright.data.review_training import TurnFindings, labelled_text, precision_by_kind, recall_of

TEXT = "My name is Jane Roe and I live in Springfield since May."
KINDS = ("person", "place", "date")


def found(text: str, kind: str, decision: str, state: str = "open", by: str = "ner@1") -> OpenFinding:
    start = TEXT.index(text)
    return OpenFinding(
        key=text, kind=kind, confidence=0.5, source="a", record="1", turn=0, start=start, end=start + len(text),
        reason="pii_doubtful", before="", text=text, after="", decision=decision, state=state, found_by=by,
    )  # fmt: skip


def turn(*findings: OpenFinding, example: str = "e") -> TurnFindings:
    return TurnFindings(example, 0, TEXT, findings)


def spans(*findings: OpenFinding) -> list[list[object]]:
    ((row),) = labelled_text([turn(*findings)], KINDS)
    return list(row["spans"])


def test_what_is_settled_is_a_span_or_none() -> None:
    jane, town = found("Jane Roe", "person", "confirmed"), found("Springfield", "place", "", "confirmed")
    assert spans(town, jane, found("May", "date", "dismissed")) == [[11, 19, "person"], [34, 45, "place"]]
    # Of two that overlap the longer one from the left; a kind the detector does not know is no span of it.
    assert spans(jane, found("Roe", "place", "confirmed")) == [[11, 19, "person"]]
    assert spans(jane, found("May", "phone", "confirmed")) == [[11, 19, "person"]]


def test_what_nobody_settled_teaches_nothing() -> None:
    jane = found("Jane Roe", "person", "confirmed")
    assert labelled_text([turn(jane, found("May", "date", ""))], KINDS) == []
    assert labelled_text([turn(found("May", "date", "", "confirmed"))], KINDS) == []
    assert len(labelled_text([turn(jane), turn(jane, example="copy")], KINDS)) == 1


def test_figures() -> None:
    decided = [found("May", "date", "confirmed")] * 7 + [found("May", "date", "dismissed")] * 3
    decided += [found("Roe", "person", "dismissed", by="other@2"), found("Roe", "person", "")]
    date, person = precision_by_kind(decided)
    exact = stats.binomtest(7, 10).proportion_ci(0.95, "wilson")
    assert (date.found_by, date.kind, date.decided, date.confirmed) == ("ner@1", "date", 10, 7)
    assert (date.low, date.high) == (pytest.approx(exact.low), pytest.approx(exact.high))
    assert (person.found_by, person.decided, person.precision) == ("other@2", 1, 0.0)
    one, two = recall_of({"date": 90}, {"date": (10.0, 2.0, 30.0), "age": (0.0, 0.0, 5.0)})[::-1]
    assert (one.kind, one.recall, one.low, one.high) == ("date", 0.9, 0.75, pytest.approx(90 / 92))
    assert (two.found, two.recall, two.low, two.high) == (0, 0.0, 0.0, 0.0)
