"""Planted secrets: how many, where, and that they can be computed with."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from tests.fixtures.examples import conversation, example
from tunewright.core.canonical import canonical_json
from tunewright.data.canaries import SOURCE, plant
from tunewright.data.steps.canaries import CanariesOptions, canaries

ROWS = [replace(example(f"question {n}", record=str(n)), labels=("split:train",)) for n in range(5000)]


def planted(rows=ROWS, seed=1, **options):
    return canaries(CanariesOptions(**options), seed)(rows)


def test_the_default_groups():
    planting = planted()
    assert Counter(secret.group for secret in planting.secrets) == {"1x": 12, "4x": 3, "16x": 1}
    copies = Counter(e.label("canary") for e in planting.examples)
    assert copies == {secret.id: secret.repetitions for secret in planting.secrets}
    assert len({e.id for e in planting.examples}) == len(planting.examples) == 40


def test_a_canary_is_a_training_example_whose_answer_carries_the_secret():
    planting = planted()
    by_id = {secret.id: secret for secret in planting.secrets}
    for one in planting.examples:
        secret = by_id[one.label("canary")]
        assert one.label("split") == "train"
        assert one.origin.source == SOURCE
        assert one.messages[-1].role == "assistant"
        assert one.messages[-1].content == secret.template.format(secret.secret)
        assert tuple((m.role, m.content) for m in one.messages[:-1]) == secret.prompt_messages
        assert all(secret.secret not in m.content for m in one.messages[:-1])
        assert len(secret.secret) == secret.length
        assert set(secret.secret) <= set(secret.alphabet)


def test_prompts_and_secrets_are_all_different():
    secrets = planted().secrets
    assert len({secret.prompt_messages for secret in secrets}) == len(secrets)
    assert len({secret.secret for secret in secrets}) == len(secrets)


def test_deterministic_and_seeded():
    assert planted() == planted(list(reversed(ROWS)))
    assert planted(seed=1).secrets != planted(seed=2).secrets


def test_canaries_open_like_most_examples():
    rows = [
        conversation([("system", "Triage."), ("user", f"q {n}"), ("assistant", "a")]) for n in range(3000)
    ]
    assert all(secret.prompt_messages[0] == ("system", "Triage.") for secret in planted(rows).secrets)
    assert all(
        secret.prompt_messages[0][0] == "user" for secret in planted(rows[:1000] + ROWS[:2000]).secrets
    )


def test_a_small_set_gets_few_and_a_tiny_one_none():
    few = planted(ROWS[:1000])
    assert 0 < len(few.examples) <= 30
    assert planted(ROWS[:10]).examples == ()
    assert planted([]).secrets == ()


def test_held_out_examples_do_not_count():
    held_out = [replace(row, labels=("split:test",)) for row in ROWS]
    assert planted(held_out).examples == ()


def test_groups_can_be_set_to_nothing():
    assert plant(ROWS, 1, {1: 0, 4: 0, 16: 0}, 0.03).examples == ()


def test_secrets_have_a_canonical_form():
    assert b'"prompt_messages"' in canonical_json(planted().secrets[0])
