"""Near texts found by workers, group by group, against brute force and against the search in one process."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.examples import example
from tests.fixtures.similarity import all_pairs, plain_similarity
from tests.property.test_near_search import corpora
from tunewright.core.errors import ConflictError
from tunewright.core.ports import Work
from tunewright.data import duplicates, near_spread
from tunewright.data.comparison import comparable
from tunewright.data.duplicates import repeated_replies, search
from tunewright.data.near import NearTexts
from tunewright.data.near_spread import neighbours, spread_neighbours
from tunewright.data.wire import values_bytes
from tunewright.engines.executor.local import LocalExecutor

HERE = LocalExecutor(1)


@pytest.fixture(params=[3, 7])
def groups(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many texts a group, few texts a part, and counters that many shingles share."""
    monkeypatch.setattr(near_spread, "GROUP_TEXTS", request.param)
    monkeypatch.setattr(near_spread, "_REPLICAS", 1)
    monkeypatch.setattr(near_spread, "_PART_TEXTS", 3)
    monkeypatch.setattr(near_spread, "_BITS", 5 if request.param == 3 else 22)
    return int(request.param)


RUNS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
THRESHOLDS = st.sampled_from([0.3, 0.5, 2 / 3, 0.8, 1.0])
LONG = st.sampled_from([3, 6, 128])


@RUNS
@given(corpora(), THRESHOLDS, LONG)
def test_what_has_a_near_one_is_what_brute_force_says(groups, corpus, threshold, long_words):
    expected = {at for pair in all_pairs(corpus, threshold, long_words) for at in pair}
    here = NearTexts(corpus, threshold, long_words=long_words).neighbours()
    assert set(here.nonzero()[0].tolist()) == expected
    there = neighbours(corpus, threshold, long_words=long_words, executor=HERE)
    assert set(there.nonzero()[0].tolist()) == expected


def rows(corpus: list[str], replies: list[str]):
    """Examples of what has a digest: half surrogate pairs have none."""
    texts = [text.replace("\ud800", "") for text in corpus]
    return [
        example(text, replies[at % len(replies)], record=str(at)) for at, text in enumerate(texts) if text
    ]


REPLIES = st.lists(
    st.sampled_from(
        ["yes", "no", "We will look into it today for you.", "We will look into it today for you!", "Hm, no."]
    ),
    min_size=1,
    max_size=5,
)


@RUNS
@given(corpora(), THRESHOLDS, LONG, REPLIES, st.sampled_from([1, 64]))
def test_duplicates_contradictions_and_variants_are_the_same(
    groups, corpus, threshold, long_words, replies, crowd
):
    batch = rows(corpus, replies)
    options = {"long_words": long_words, "copies": 5, "seed": 7}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "CROWD", crowd)
        assert search(batch, threshold, executor=HERE, **options) == search(batch, threshold, **options)
    assert repeated_replies(batch, threshold, long_words=long_words, executor=HERE) == repeated_replies(
        batch, threshold, long_words=long_words
    )


def test_adversarial_corpora(groups):
    words = [f"w{number}" for number in range(40)]
    corpora = {
        "one cluster": ["please block my stolen card number " + str(at) for at in range(120)],
        "a chain": [" ".join(words[at : at + 12]) for at in range(28)],
        "nothing shared": [" ".join(f"{word}{at}" for word in words[:9]) for at in range(40)],
        "one shingle": ["a", "b", "a", "ab", "", " ", "!"] * 5,
        "across the border of long": [" ".join(words[:size]) for size in range(3, 20)],
        "a common beginning": [
            "Dear sir or madam, thank you for your message. " + words[at] * 9 for at in range(40)
        ],
    }
    for name, corpus in corpora.items():
        for threshold in (0.5, 0.8):
            for long_words in (6, 128):
                expected = {at for pair in all_pairs(corpus, threshold, long_words) for at in pair}
                found = neighbours(corpus, threshold, long_words=long_words, executor=HERE)
                assert set(found.nonzero()[0].tolist()) == expected, (name, threshold, long_words)


def test_most_texts_go_to_few_groups(monkeypatch):
    """Texts of their own are sent nowhere: their rare shingles were counted once."""
    sent = []

    class Watching(LocalExecutor):
        def group(self, spread, gather, parts, groups):
            for answer in super().group(spread, gather, parts, groups):
                sent.append(len(answer))
                yield answer

    own = [
        f"{chr(97 + at)}{at * 7919:x} unlike {at * 104729:x} all {at * 1299709:x} others" for at in range(20)
    ]
    assert not spread_neighbours(Watching(1), own, 0.8, long_words=128, groups=5).any()
    assert sent == [0] * 5


def test_workers_with_other_code_refuse():
    told = values_bytes(["0" * 64, 0.8, 128])
    for entry in ("counting", "gathering"):
        with pytest.raises(ConflictError, match="this build has 0000"):
            list(HERE.map(Work(f"tunewright.data.near_spread:{entry}", told), [values_bytes([0, ["a"]])]))


@RUNS
@given(corpora(), THRESHOLDS, LONG)
def test_every_contradiction_is_found(corpus, threshold, long_words):
    """Equal prompts among them, also where nothing else shares a shingle with them."""
    batch = rows(corpus, ["yes", "no", "no"])
    found = search(batch, threshold, long_words=long_words)
    prompts = [one.messages[0].content for one in batch]
    looked_at = [at for at, prompt in enumerate(prompts) if comparable(prompt)]
    stay = [at for at in looked_at if at not in found.duplicates]
    expected = {
        at: {
            other
            for other in stay
            if batch[at].messages[1] != batch[other].messages[1]
            and plain_similarity(prompts[at], prompts[other], long_words) >= threshold
        }
        for at in stay
    }
    told = {at: {twin.index for twin in twins} for at, twins in found.contradictions.items()}
    assert told == {at: others for at, others in expected.items() if others}


def test_equal_prompts_with_shingles_of_their_own():
    text = "Qwzx vbnm plok jhgf uytr."
    batch = rows([text, text, "something else altogether"], ["yes", "no"])
    found = search(batch, 0.8, long_words=128)
    assert {at: [twin.index for twin in twins] for at, twins in found.contradictions.items()} == {
        0: [1],
        1: [0],
    }
