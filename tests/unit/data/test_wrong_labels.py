"""Probable wrong labels: planted ones are found, tasks without labels are left alone, folds part no near prompts."""

from __future__ import annotations

import itertools
import json
import random

import numpy as np
import pytest

from tests.fixtures.examples import example
from tunewright.core.types import Drop, Example, Hold, Keep
from tunewright.data.fold_groups import groups_of
from tunewright.data.label_model import DIMENSIONS, fold_of, held_out_probabilities
from tunewright.data.steps.wrong_labels import WrongLabelsOptions, wrong_labels

TOPICS = {
    "card_lost": ("lost", "stolen", "missing", "card", "wallet", "block"),
    "rate": ("exchange", "rate", "currency", "euro", "dollar", "convert"),
    "top_up": ("top", "up", "add", "money", "balance", "deposit"),
    "pin": ("pin", "code", "forgot", "reset", "change", "number"),
}
FRAMES = (
    "please help me, {}",
    "why is it {}",
    "i have a question about {}",
    "{} is what i ask",
    "hello, {} thanks",
)


def corpus(rows: int = 240, seed: int = 1, form: str = "json") -> list[Example]:
    draw = random.Random(seed)
    found = []
    for number in range(rows):
        label = draw.choice(sorted(TOPICS))
        prompt = draw.choice(FRAMES).format(" ".join(draw.sample(TOPICS[label], 4)))
        reply = json.dumps({"intent": label, "id": number}) if form == "json" else label
        found.append(example(prompt, reply, record=f"R{number}"))
    return found


def with_wrong(rows: list[Example], places: list[int]) -> list[Example]:
    changed = list(rows)
    for place in places:
        intent = json.loads(rows[place].messages[1].content)["intent"]
        other = next(label for label in sorted(TOPICS) if label != intent)
        changed[place] = example(
            rows[place].messages[0].content, json.dumps({"intent": other, "id": place}), record=f"R{place}"
        )
    return changed


def judge(rows: list[Example], **options) -> list:
    return wrong_labels(WrongLabelsOptions(**options))(rows)


def doubtful(outcomes: list) -> set[int]:
    return {at for at, outcome in enumerate(outcomes) if not isinstance(outcome, Keep) or outcome.reasons}


def test_planted_wrong_labels_are_found_and_clean_ones_are_not() -> None:
    planted = [3, 50, 99, 140, 200]
    outcomes = judge(with_wrong(corpus(), planted))
    assert doubtful(outcomes) >= set(planted)
    assert len(doubtful(outcomes) - set(planted)) <= 2
    assert all(not doubtful(judge(corpus(seed=seed))) for seed in (4, 5))


def test_the_note_has_numbers_and_an_id_and_no_text() -> None:
    rows = with_wrong(corpus(), [3])
    outcome = judge(rows)[3]
    note = outcome.findings[0].note
    ids = {row.id[:12] for row in rows}
    given, other, like = note.split(", ")
    assert float(given.split()[-1]) < 0.1 < float(other.split()[-1])
    assert like.removeprefix("as in example ") in ids
    assert not any(label in note for label in TOPICS)


def test_actions() -> None:
    rows = with_wrong(corpus(), [3])
    assert isinstance(judge(rows, sure="drop", unsure="drop")[3], Drop)
    assert isinstance(judge(rows, sure="hold", unsure="hold")[3], Hold)
    marked = judge(rows, sure="mark", unsure="mark")[3]
    assert isinstance(marked, Keep)
    assert marked.example.label("doubt") == "wrong_label"
    assert marked.reasons == ("wrong_label",)


def test_free_text_replies_and_single_labels_are_left_alone() -> None:
    free = [
        example(f"question {n} about cards", f"a reply of its own, number {n}", record=str(n))
        for n in range(80)
    ]
    assert not doubtful(judge(free))
    one = [example(f"question {n} about cards", "card", record=str(n)) for n in range(80)]
    assert not doubtful(judge(one))
    assert judge([]) == []


def test_labels_that_cannot_be_learned_are_not_judged() -> None:
    """A classifier that is wrong about most held-out rows says nothing about one of them; few rows teach nothing."""
    draw = random.Random(6)
    rows = [
        example(f"message {n} of {draw.random()}", draw.choice("abc") * 3, record=str(n)) for n in range(200)
    ]
    assert not doubtful(judge(rows))
    assert doubtful(judge(rows, least_recall=0.0))
    assert not doubtful(judge(with_wrong(corpus(rows=90), [3])))


def test_plain_labels_work_as_well_as_objects() -> None:
    rows = corpus(form="plain")
    rows[7] = example(
        rows[7].messages[0].content, "pin" if rows[7].messages[1].content != "pin" else "rate", record="R7"
    )
    assert 7 in doubtful(judge(rows))


def test_order_changes_nothing() -> None:
    rows = with_wrong(corpus(), [3, 50])
    first = dict(zip([row.id for row in rows], judge(rows), strict=True))
    for seed in (1, 2):
        mixed = random.Random(seed).sample(rows, len(rows))
        assert dict(zip([row.id for row in mixed], judge(mixed), strict=True)) == first


def test_near_prompts_and_threads_share_a_group() -> None:
    rows = [
        example("I lost my card in the city centre last night", record="1"),
        example("I lost my card in the city center last night", record="2"),
        example("i lost my card in the city centre, last night!", record="3"),
        example("What is the exchange rate today", record="4", thread="t"),
        example("And for dollars, please", record="5", thread="t"),
        example("Completely different text about pins", record="6"),
    ]
    groups = groups_of(rows)
    assert groups[0] == groups[1] == groups[2]
    assert groups[3] == groups[4]
    assert len({groups[0], groups[3], groups[5]}) == 3
    for order in itertools.islice(itertools.permutations(range(6)), 0, 720, 90):
        mixed = groups_of([rows[at] for at in order])
        assert [mixed[order.index(at)] for at in range(6)] == groups


def test_a_fold_is_judged_by_the_other_folds_only() -> None:
    """A label that stands in one fold only cannot be known to it: its held-out probability is that of an unseen class."""
    texts = [f"alpha beta {n}" for n in range(20)] + [f"gamma delta {n}" for n in range(20)]
    labels = np.array([0] * 20 + [1] * 20)
    fold = np.array([n % 2 for n in range(20)] + [0] * 20)
    found = held_out_probabilities(texts, labels, fold, 2, 2)
    assert found[:20, 0].min() > 0.75
    assert found[20:, 1].max() < 0.5
    known = held_out_probabilities(texts, labels, np.arange(40) % 2, 2, 2)
    assert known[20:, 1].min() > 0.75


def test_better_than_a_coin_and_as_good_as_scikit_learn() -> None:
    """Oracle: scikit-learn's logistic regression on TF-IDF, the same folds."""
    pytest.importorskip("sklearn")
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    rows = corpus(rows=300, seed=9)
    draw = random.Random(2)
    texts = [
        f"{row.messages[0].content} {draw.choice(['pin', 'rate', 'lost', 'top'])} {draw.choice(['pin', 'card', 'up'])}"
        for row in rows
    ]
    names = sorted(TOPICS)
    labels = np.array([names.index(json.loads(row.messages[1].content)["intent"]) for row in rows])
    fold = np.array([fold_of(row.id, 3) for row in rows])
    ours = (held_out_probabilities(texts, labels, fold, len(names), 3).argmax(axis=1) == labels).mean()
    right = 0
    for number in range(3):
        vectors = TfidfVectorizer(ngram_range=(1, 2))
        train = [text for text, f in zip(texts, fold, strict=True) if f != number]
        model = LogisticRegression(C=10, max_iter=500).fit(
            vectors.fit_transform(train), labels[fold != number]
        )
        asked = [text for text, f in zip(texts, fold, strict=True) if f == number]
        right += (model.predict(vectors.transform(asked)) == labels[fold == number]).sum()
    assert ours >= right / len(labels) - 0.03
    assert DIMENSIONS >= 1024
