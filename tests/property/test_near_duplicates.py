"""Near-duplicate search against brute force over all pairs, on random corpora."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.examples import dropped, example, fate, held, kept
from tunewright.data.near import NearTexts
from tunewright.data.shingles import normal_form
from tunewright.data.steps.exact_duplicates import ExactDuplicatesOptions, exact_duplicates
from tunewright.data.steps.near_duplicates import NearDuplicatesOptions, near_duplicates
from tunewright.data.steps.split import SplitOptions, split

WORDS = [
    "card",
    "lost",
    "my",
    "please",
    "transfer",
    "the",
    "fee",
    "why",
    "pin",
    "Account",
    "top-up",
    "é",
    "何",
]


def similarity(first: str, second: str) -> float:
    """Plain Python, character 5-grams: the definition."""
    texts = (normal_form(first), normal_form(second))
    sets = [{text[at : at + 5] for at in range(max(1, len(text) - 4))} for text in texts]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join)
corpora = st.lists(st.tuples(sentences, st.sampled_from(["yes", "no"])), min_size=1, max_size=25)


@settings(max_examples=80, deadline=None)
@given(corpora, st.sampled_from([0.6, 0.8, 0.9]))
def test_the_index_finds_exactly_the_pairs_of_brute_force(corpus, threshold):
    texts = [text for text, _ in corpus]
    pairs = NearTexts(texts, threshold).pairs()
    found = set(zip(pairs.second.tolist(), pairs.first.tolist(), strict=True))
    expected = {
        (i, j) for j in range(len(texts)) for i in range(j) if similarity(texts[i], texts[j]) >= threshold
    }
    assert found == expected


@settings(max_examples=80, deadline=None)
@given(corpora, st.randoms(use_true_random=False))
def test_laws_of_the_near_duplicates_step(corpus, rng):
    # Contradictions of these labels are held from 0.9 on.
    rows = [example(text, reply, record=str(at)) for at, (text, reply) in enumerate(corpus)]
    run = near_duplicates(NearDuplicatesOptions(), {}, 42)
    outcomes = run(rows)
    by_id = {row.id: row for row in rows}
    passed = {one.id for one in kept(outcomes)} | {rows[at].id for at in held(outcomes)}
    for at, drop in dropped(outcomes).items():
        twin = by_id[drop.of]
        assert drop.of in passed
        assert drop.findings[0].confidence == round(
            similarity(twin.messages[0].content, rows[at].messages[0].content), 4
        )
        assert twin.messages[1] == rows[at].messages[1]
        assert similarity(twin.messages[0].content, rows[at].messages[0].content) >= 0.8
    left = [row for row in rows if row.id in passed]
    for at, first in enumerate(left):
        for second in left[at + 1 :]:
            if first.messages[1] == second.messages[1]:
                assert similarity(first.messages[0].content, second.messages[0].content) < 0.8
    shuffled = list(rows)
    rng.shuffle(shuffled)
    told = {row.id: outcome for row, outcome in zip(rows, outcomes, strict=True)}
    assert {row.id: outcome for row, outcome in zip(shuffled, run(shuffled), strict=True)} == told


@settings(max_examples=60, deadline=None)
@given(corpora, st.randoms(use_true_random=False))
def test_exact_duplicates_leave_one_of_each(corpus, rng):
    rows = [example(text, reply, record=str(at)) for at, (text, reply) in enumerate(corpus)]
    run = exact_duplicates(ExactDuplicatesOptions())
    outcomes = run(rows)
    assert len(kept(outcomes)) == len({row.messages for row in rows})
    assert {one.messages for one in kept(outcomes)} == {row.messages for row in rows}
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert {one.id for one in kept(run(shuffled))} == {one.id for one in kept(outcomes)}


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_duplicates_are_all_found(seed):
    """320 texts of 4 to 200 words, 80 of them with a planted twin; the truth is brute force."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(2, 9))) for _ in range(3000)]
    texts = [" ".join(rng.choices(vocabulary, k=rng.choice([4, 9, 20, 60, 126, 200]))) for _ in range(240)]
    for _ in range(80):
        words = texts[rng.randrange(240)].split()
        for _ in range(max(1, len(words) // 60)):
            words[rng.randrange(len(words))] = rng.choice(vocabulary)
        texts.append(" ".join(words))
    rows = [example(text, "same", record=str(at)) for at, text in enumerate(texts)]
    outcomes = near_duplicates(NearDuplicatesOptions(long_words=10_000), {}, 42)(rows)
    left = {at for at, outcome in enumerate(outcomes) if fate(outcome) == "kept"}
    grams = [{normal_form(t)[at : at + 5] for at in range(max(1, len(t) - 4))} for t in texts]
    for j in range(len(texts)):
        for i in range(j):
            small, large = sorted((len(grams[i]), len(grams[j])))
            if small >= 0.8 * large and len(grams[i] & grams[j]) >= 0.8 * len(grams[i] | grams[j]):
                assert not {i, j} <= left, (i, j)
    assert len(rows) - len(left) > 40


@settings(max_examples=12, deadline=None)
@given(st.integers(min_value=0, max_value=10_000))
def test_no_near_prompt_on_both_sides_of_a_split(seed):
    rng = random.Random(seed)
    rows = []
    for at in range(60):
        text = " ".join("".join(rng.choices("abcdefgh", k=5)) for _ in range(10))
        rows.append(example(text, "a", record=f"{at}"))
        if rng.random() < 0.4:
            rows.append(example(text + rng.choice([" x", "!", " thanks"]), "b", record=f"{at + 1000}"))
    outcomes = kept(split(SplitOptions(), seed)(rows))
    for at, first in enumerate(outcomes):
        for second in outcomes[at + 1 :]:
            if similarity(first.messages[0].content, second.messages[0].content) >= 0.7:
                assert first.label("split") == second.label("split")
