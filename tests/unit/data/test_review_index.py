"""Clusters of findings, and the mapped index: whatever text there is, it finds everything again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.core.canonical import digest
from tunewright.core.errors import IntegrityError
from tunewright.core.types import Example, Finding, Message, Origin
from tunewright.data.findings import finding_key
from tunewright.data.outcomes import FoundSpan, RowOutcome
from tunewright.data.review_clusters import Span, clusters
from tunewright.data.review_index import FINDINGS, FindingIndex, write_index

LONG = (
    "The parcel was left with the neighbour on Tuesday although nobody had asked for it, and now it is gone."
)


def span(text: str, found: str, kind: str = "phone") -> Span:
    start = text.index(found)
    return Span(kind, text, start, start + len(found))


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (span("call 040 123", "040 123"), span("or was it 040-123?", "040-123"), True),
        (span("call 040 123", "040 123"), span("call 040 124", "040 124"), False),
        (span("call 040 123", "040 123"), span("call 040 123", "040 123", "account"), False),
        (span("write to A@x.org", "A@x.org", "email"), span("a@X.org it is", "a@X.org", "email"), True),
        (span("full \uff10\uff14\uff10 123", "\uff10\uff14\uff10 123"), span("040 123", "040 123"), True),
        (
            span("we saw Rose at the door today", "Rose", "person"),
            span("the Rose in my garden", "Rose", "person"),
            False,
        ),
        (
            span("we saw Rose at the door of our house today", "Rose", "person"),
            span("we saw Rose at the door of our house today!", "Rose", "person"),
            True,
        ),
        (
            span("Dear Valued Customer, thank you for the message you sent us", "Valued Customer", "person"),
            span("Dear John Smith, thank you for the message you sent us", "John Smith", "person"),
            False,
        ),
        (Span("toxic", LONG, 0, len(LONG)), Span("toxic", LONG.replace("gone", "lost"), 0, len(LONG)), True),
        (Span("toxic", LONG, 0, len(LONG)), Span("toxic", LONG[::-1], 0, len(LONG)), False),
        (Span("phone", "040 6096 4607", 0, 13), Span("phone", "040 6096 4608", 0, 13), False),
        (Span("phone", "", 3, 9), Span("phone", "", 3, 9), False),
    ],
)
def test_what_one_decision_may_cover(one: Span, other: Span, together: bool) -> None:
    assert clusters([one, other]) == [0, 0 if together else 1]
    assert clusters([other, one]) == [0, 0 if together else 1]


TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


@st.composite
def builds(draw: st.DrawFn) -> tuple[list[RowOutcome], dict[str, Example]]:
    rows, originals = [], {}
    for number in range(draw(st.integers(0, 6))):
        turns = tuple(Message("user", draw(TEXT)) for _ in range(draw(st.integers(1, 3))))
        origin = Origin("a.csv", f"R{number}", digest([number, [turn.content for turn in turns]]))
        example = Example(digest([origin.digest]), turns, origin)
        found = {}
        for _ in range(draw(st.integers(0, 3))):
            turn = draw(st.integers(0, len(turns) - 1))
            start = draw(st.integers(0, len(turns[turn].content) - 1))
            end = draw(st.integers(start + 1, len(turns[turn].content)))
            kind = draw(st.sampled_from(["phone", "person", "toxic"]))
            placed = Finding(kind, turn, start, end, draw(st.sampled_from([0.4, 0.5, 0.8])), "d@1", note="n")
            found[finding_key(origin, placed)] = FoundSpan(placed, finding_key(origin, placed))
        outcome = draw(st.sampled_from(["held", "changed", "kept"]))
        reasons = ("toxic",) if outcome == "held" else ()
        rows.append(
            RowOutcome(
                "a.csv", f"R{number}", outcome, reasons, "pii", tuple(found.values()), example.id, "", ""
            )
        )
        if draw(st.integers(0, 5)):
            originals[example.id] = example
    return rows, originals


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(build=builds())
def test_every_finding_is_found_again(
    build: tuple[list[RowOutcome], dict[str, Example]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows, originals = build
    folder = tmp_path_factory.mktemp("index")
    expected = {span.key: (row, span.finding) for row in rows for span in row.findings}
    assert write_index(folder, [row.as_row() for row in rows], originals) == len(expected)
    index = FindingIndex(folder)
    keys = [*expected, "f" * 64, ""]
    places = index.rows_of(keys)
    assert places[len(expected) :].tolist() == [-1, -1]
    assert sorted(places[: len(expected)].tolist()) == list(range(index.size))
    order = [index.confidence[row] for row in range(index.size)]
    assert order == sorted(order, reverse=True)
    for key, place in zip(expected, places.tolist(), strict=False):
        row, finding = expected[key]
        shown = index.finding(place)
        original = originals.get(row.example)
        text = original.messages[finding.turn].content if original else ""
        assert shown.text == text[finding.start : finding.end]
        assert original is None or text.startswith(
            shown.before + shown.text + shown.after, max(0, finding.start - 48)
        )
        told: dict[str, Any] = asdict(finding)
        assert {name: getattr(shown, name) for name in told} == told
        named = [item for item in row.findings if item.finding.kind == "toxic"]
        assert shown.asked == (row.outcome == "held" and (finding.kind == "toxic" or not named))
        assert index.rows_with_prefix(key[:20]) == [place]
        assert place in index.members(place)
        assert shown.cluster_size == len(index.members(place))
        assert index.where("kind", finding.kind)[place]
        assert place in index.rows_of_text(place)
    assert not index.where("kind", "no such kind").any()
    assert index.cluster_sizes.sum() == index.size
    assert np.all(index.clusters <= np.arange(index.size))


def test_damaged_files_are_named(tmp_path: Path) -> None:
    write_index(tmp_path, [], {})
    (tmp_path / FINDINGS).write_bytes(b"no arrow")
    with pytest.raises(IntegrityError, match="review index is damaged"):
        FindingIndex(tmp_path)
    (tmp_path / FINDINGS).unlink()
    with pytest.raises(IntegrityError):
        FindingIndex(tmp_path)
