"""Personal data over two turns: cut in two, or named by the question only."""

from __future__ import annotations

import pytest

from tunewright.data.pii_turns import findings_over_turns
from tunewright.engines.pii.patterns import PatternDetector

detector = PatternDetector()


def over(*turns: str) -> list[tuple[int, str, str]]:
    found = detector.detect(turns)
    return [
        (f.turn, f.kind, turns[f.turn][f.start : f.end])
        for f in findings_over_turns(detector, [turns], [found])[0]
    ]


@pytest.mark.parametrize(
    ("turns", "pieces"),
    [
        (("my card is 4111 1111", "1111 1111 thanks"), [(0, "card", "4111 1111"), (1, "card", "1111 1111")]),
        (
            ("card: 4111 1111", "Go on, please.", "1111 1111"),
            [(0, "card", "4111 1111"), (2, "card", "1111 1111")],
        ),
        (("write to jane.doe@", "example.com"), [(0, "email", "jane.doe@"), (1, "email", "example.com")]),
        (("What is your SSN?", "219099999"), [(1, "ssn", "219099999")]),
        (("Your passport number, please.", "X1234567"), [(1, "passport", "X1234567")]),
        (
            ("IBAN DE89 3704 0044", "0532 0130 00"),
            [(0, "iban", "DE89 3704 0044"), (1, "iban", "0532 0130 00")],
        ),
    ],
)
def test_what_only_the_turns_together_show(turns, pieces):
    assert over(*turns) == pieces


@pytest.mark.parametrize(
    "turns",
    [
        (),
        ("one turn 4111",),
        ("my card is 4111 1111 1111 1111", "it was declined in 2024"),  # found in its own turn
        ("hello", "I paid 1234 for 5678"),
        ("", "  ", "219099999"),
        ("order number?", "219099999"),
        ("the first part is 4111 1111", "yes?", "no", "1111 1111"),  # too far apart
    ],
)
def test_nothing_is_made_up(turns):
    assert over(*turns) == []


def test_a_long_turn_is_cut_where_it_cannot_mislead():
    head = "x " * 200
    assert over(head + "my card is 4111 1111", "1111 1111 " + head) == [
        (0, "card", "4111 1111"),
        (1, "card", "1111 1111"),
    ]
    # The window begins inside of a number: the rest of it is not a number of its own.
    assert over("9" * 300, "and then") == []


def test_each_conversation_by_itself():
    talks = [("What is your SSN?", "219099999"), ("hi", "there"), ("my card is 4111 1111", "1111 1111")]
    found = [detector.detect(turns) for turns in talks]
    together = findings_over_turns(detector, talks, found)
    assert together == [findings_over_turns(detector, [t], [f])[0] for t, f in zip(talks, found, strict=True)]
    assert {f.note for findings in together for f in findings} == {"turns"}
