"""Chatter is found beside a task, not inside it; a second topic of the corpus is none."""

from __future__ import annotations

import random

import numpy as np

from tests.fixtures.examples import example
from tunewright.core.types import Drop, Example, Hold, Keep
from tunewright.data.steps.off_topic import OffTopicOptions, off_topic
from tunewright.engines import load

WORDS = [
    "card",
    "bank",
    "transfer",
    "payment",
    "account",
    "balance",
    "fee",
    "rate",
    "top",
    "up",
    "cash",
    "withdrawal",
    "pin",
    "refund",
    "pending",
    "declined",
    "statement",
]
CHATTER = (
    "anyone up for ramen at noon, that place near the office finally opened",
    "happy birthday!!! cake in the kitchen at four",
    "whose bicycle is blocking the garage entrance again",
    "did you watch the football match last night? unreal ending",
)
EMBEDDER = load("embed", "hashed")


def bulk(rows: int = 400, seed: int = 1, words: list[str] = WORDS, prefix: str = "B") -> list[Example]:
    draw = random.Random(seed)
    return [
        example(
            f"my {' '.join(draw.sample(words, 4))} is wrong, please help with the {draw.choice(words)}",
            "ok",
            record=f"{prefix}{n}",
        )
        for n in range(rows)
    ]


def chatter() -> list[Example]:
    return [example(text, "sure", record=f"C{n}", source="slack.json") for n, text in enumerate(CHATTER)]


def judge(rows: list[Example], golden: tuple[Example, ...] = (), **options) -> list:
    return off_topic(OffTopicOptions(**options), EMBEDDER, golden)(rows)


def flagged(outcomes: list) -> set[int]:
    return {at for at, outcome in enumerate(outcomes) if not isinstance(outcome, Keep)}


def test_chatter_is_found_and_the_task_is_not() -> None:
    rows = [*bulk(), *chatter()]
    outcomes = judge(rows)
    assert flagged(outcomes) >= set(range(400, 404))
    assert len(flagged(outcomes) & set(range(400))) <= 8
    assert all(isinstance(outcomes[at], (Hold, Drop)) for at in range(400, 404))
    assert outcomes[400].findings[0].note.startswith("similarity to the bulk 0.")


def test_repeated_chatter_does_not_vouch_for_itself() -> None:
    repeated = [example(CHATTER[0], "sure", record=f"R{n}", source="slack.json") for n in range(3)]
    assert flagged(judge([*bulk(), *repeated])) >= {400, 401, 402}


def test_a_topic_of_its_own_stays() -> None:
    other = bulk(
        60,
        2,
        [
            "mortgage",
            "house",
            "interest",
            "loan",
            "credit",
            "repayment",
            "property",
            "valuation",
            "notary",
            "deed",
            "tenant",
        ],
        "M",
    )
    assert len(flagged(judge([*bulk(), *other])) & set(range(400, 460))) <= 12


def test_a_golden_set_vouches_for_what_is_near_it() -> None:
    rows = [*bulk(), *chatter()]
    golden = tuple(example(f"{text} {n}", "", record=f"G{n}") for n in range(300) for text in CHATTER[:1])
    assert 400 in flagged(judge(rows))
    assert 400 not in flagged(judge(rows, golden))


def test_small_and_empty_corpora_are_not_judged() -> None:
    assert judge([]) == []
    assert not flagged(judge(chatter()))
    silent = [example("", "ok", record=f"E{n}") for n in range(200)]
    assert not flagged(judge(silent))
    assert not flagged(judge([example("the very same text", "ok", record=f"S{n}") for n in range(200)]))


def test_order_and_reference_sample_are_by_id() -> None:
    rows = [*bulk(), *chatter()]
    for options in ({}, {"references": 150}):
        first = dict(zip([row.id for row in rows], judge(rows, **options), strict=True))
        mixed = random.Random(3).sample(rows, len(rows))
        assert dict(zip([row.id for row in mixed], judge(mixed, **options), strict=True)) == first


def test_similarity_is_the_mean_over_the_nearest() -> None:
    """Against a plain loop over all pairs."""
    rows = bulk(120)
    order = sorted(range(120), key=lambda at: rows[at].id)
    vectors = EMBEDDER.embed([rows[at].messages[0].content for at in order]).astype(np.float64)
    outcomes = judge(rows, hold_from=1e-9, drop_from=99, topic_share=0.1, golden_weight=0)
    checked = 0
    for place, at in enumerate(order):
        if isinstance(outcomes[at], Hold):
            near = sorted((float(vectors[place] @ vectors[other]) for other in range(120)), reverse=True)[
                1:13
            ]
            told = float(outcomes[at].findings[0].note.split()[4].rstrip(","))
            assert abs(told - sum(near) / len(near)) < 2e-3
            checked += 1
    assert checked > 30
