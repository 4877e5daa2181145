"""Training examples that repeat golden items are found; others are left alone."""

from __future__ import annotations

import pytest

from tests.fixtures.examples import conversation, dropped, example, fate
from tunewright.data.steps.decontaminate import DecontaminateOptions, decontaminate

GOLDEN = [
    example("Why was I charged a fee for my first cash withdrawal?", source="golden.jsonl", record="G1"),
    example(
        "After going over my transactions for the last couple of months I noticed a large charge I did not make at all.",
        source="golden.jsonl",
        record="G2",
    ),
    example("Top up?", source="golden.jsonl", record="G3"),
]


def judge(*rows, golden=GOLDEN, **options):
    return decontaminate(DecontaminateOptions(**options), golden)(list(rows))


@pytest.mark.parametrize(
    ("prompt", "item"),
    [
        ("Why was I charged a fee for my first cash withdrawal?", 0),
        ("why was i charged a fee for my  first cash withdrawal", 0),
        ("Why was I charged a fee for my first cash withdrawl?", 0),
        (
            "Hello. why was I charged a fee for my first cash withdrawal? I want it back, as soon as you can, please, thanks.",
            0,
        ),
        (
            "Sorry I am late: after going over my transactions for the last couple of months I noticed a charge",
            1,
        ),
        ("TOP UP?", 2),
    ],
)
def test_repetitions_of_an_item(prompt, item):
    outcomes = judge(example(prompt))
    assert fate(outcomes[0]) == "contaminates_golden"
    assert dropped(outcomes)[0].of == GOLDEN[item].id


@pytest.mark.parametrize(
    "prompt",
    ["Why was my card declined at the shop?", "How do I top up? It is not in the menu", "charged a fee", ""],
)
def test_others_are_left_alone(prompt):
    assert fate(judge(example(prompt))[0]) == "kept"


def test_any_user_turn_counts():
    rows = conversation(
        [
            ("user", "hello there"),
            ("assistant", "hi"),
            ("user", GOLDEN[0].messages[0].content),
            ("assistant", "sorry"),
        ]
    )
    assert fate(judge(rows)[0]) == "contaminates_golden"


def test_the_assistants_words_do_not_count():
    rows = conversation(
        [("user", "What do customers ask about?"), ("assistant", GOLDEN[0].messages[0].content)]
    )
    assert fate(judge(rows)[0]) == "kept"


def test_a_form_letter_is_no_leak():
    footer = "this message is confidential and meant only for the person named at its very top"
    golden = [example(f"where is my card? {footer}", record="G")]
    rows = [example(f"question number {n} about {n * 37} things. {footer}", record=str(n)) for n in range(30)]
    assert {fate(outcome) for outcome in judge(*rows, golden=golden)} == {"kept"}
    few = judge(*rows[:5], golden=golden)
    assert {fate(outcome) for outcome in few} == {"contaminates_golden"}


def test_without_golden_sets_everything_stays():
    assert fate(judge(example("anything"), golden=[])[0]) == "kept"
