"""The near-duplicate search against brute force over all pairs: pairs, kept ones, clusters, nearest of a reference set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.similarity import all_pairs, plain_form
from tunewright.data import forms, near, set_join, set_lists, set_store
from tunewright.data.near import NearTexts

WORDS = st.sampled_from(
    [
        "card",
        "lost",
        "a",
        "é",
        "e\u0301",
        "日本",
        "!?",
        "the",
        "\ud800",
        "Ｔｈｅ",
        "fee",
        "\n",
        "x",
        "",
        "...",
        "ǅ",
        "ﬁ",
        "\x00",
    ]
)
SEPARATORS = st.sampled_from([" ", "", "  ", ", ", "\u3000"])


@st.composite
def corpora(draw: st.DrawFn) -> list[str]:
    """Variations of a template, copies, empty texts and texts of their own."""
    template = draw(st.lists(WORDS, min_size=1, max_size=14))
    texts = []
    for _ in range(draw(st.integers(0, 18))):
        words = list(template) if draw(st.booleans()) else draw(st.lists(WORDS, max_size=14))
        for word in draw(st.lists(WORDS, max_size=2)):
            words.insert(draw(st.integers(0, len(words))), word)
        texts.append(draw(SEPARATORS).join(words))
    return texts


@pytest.fixture(params=[False, True], ids=["as shipped", "tiny"])
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Every limit also so small that batches, blocks, halving, hash collisions and the file come into play."""
    if request.param:
        for module, names in (
            (near, {"_READ": 3}),
            (set_store, {"_SORTED": 8, "_COUNTERS": 3}),
            (set_lists, {"_EXPANDED": 5, "_MOST_BITS": 2}),
            (set_join, {"_BLOCK_SETS": 4, "_HEAVY": 2, "_LEAST_BLOCK": 3, "_COMPARED_KEYS": 9}),
        ):
            for name, value in names.items():
                monkeypatch.setattr(module, name, value)
    return bool(request.param)


CASES = {
    "corpus": corpora(),
    "threshold": st.sampled_from([0.3, 0.5, 2 / 3, 0.8, 1.0]),
    "long_words": st.sampled_from([3, 6, 128]),
}
# The fixture is the same for all inputs of a test.
RUNS = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def search(corpus: list[str], threshold: float, long_words: int, tiny: bool) -> NearTexts:
    return NearTexts(corpus, threshold, long_words=long_words, memory_bytes=0 if tiny else 1 << 20)


@RUNS
@given(**CASES)
def test_pairs_are_those_of_brute_force(sizes, corpus, threshold, long_words):
    pairs = search(corpus, threshold, long_words, sizes).pairs()
    found = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    assert dict(zip(found, pairs.similarity.tolist(), strict=True)) == all_pairs(
        corpus, threshold, long_words
    )


@RUNS
@given(**CASES)
def test_what_stays_is_what_a_greedy_pass_by_rank_keeps(sizes, corpus, threshold, long_words):
    texts = search(corpus, threshold, long_words, sizes)
    _, first = np.unique(texts.node_of, return_index=True)
    order = np.sort(first)
    gone = texts.join(texts.node_of[order]).thin(lambda pairs: np.ones(len(pairs), dtype=np.bool_))
    near_pairs = all_pairs(corpus, threshold, long_words)
    expected, kept = {}, []
    for at, text in enumerate(order.tolist()):
        twins = [
            (-near_pairs[text, other], at_other) for at_other, other in kept if (text, other) in near_pairs
        ]
        if twins:
            expected[at] = (min(twins)[1], -min(twins)[0])
        else:
            kept.append((at, text))
    told = zip(gone.second.tolist(), gone.similarity.tolist(), strict=True)
    assert dict(zip(gone.first.tolist(), told, strict=True)) == expected


@RUNS
@given(**CASES)
def test_clusters_are_those_of_single_linkage(sizes, corpus, threshold, long_words):
    expected = list(range(len(corpus)))
    for later, earlier in all_pairs(corpus, threshold, long_words):
        one, other = expected[later], expected[earlier]
        expected = [min(one, other) if name in (one, other) else name for name in expected]
    assert search(corpus, threshold, long_words, sizes).clusters().tolist() == expected


@RUNS
@given(**CASES, share=st.floats(0, 1))
def test_nearest_of_a_reference_set(sizes, corpus, threshold, long_words, share):
    count = round(share * len(corpus))
    items, similarities = search(corpus, threshold, long_words, sizes).nearest_of_first(count)
    pairs = all_pairs(corpus, threshold, long_words)
    for text in range(count, len(corpus)):
        near_ones = [(-pairs[text, item], item) for item in range(count) if (text, item) in pairs]
        expected = (min(near_ones)[1], -min(near_ones)[0]) if near_ones else (-1, 0.0)
        assert (items[text - count], similarities[text - count]) == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.characters(codec=None, exclude_categories=[])), max_size=8))
def test_the_form_of_a_batch_is_the_form_of_each(texts):
    folded = forms.fold(texts)
    codes, lengths = forms.packed(folded)
    ends = np.cumsum(lengths)
    for text, words, begin, end in zip(
        texts, folded.words.tolist(), (ends - lengths).tolist(), ends.tolist(), strict=True
    ):
        form = forms.normal_form(text)
        assert form == plain_form(text)
        if words:
            assert "".join(map(chr, codes[begin:end].tolist())) == form
            assert words == len(form.split(" "))
    raw = forms.as_bytes(folded)
    found = [
        bytes(raw.codes[a:b]).decode("utf-8", "surrogatepass")
        for a, b in zip(raw.starts, raw.ends, strict=True)
    ]
    expected = [
        forms.normal_form(text).split(" ") for text, words in zip(texts, folded.words, strict=True) if words
    ]
    assert found == [word for words in expected for word in words]


def test_no_punctuation_and_no_space_above_the_table():
    assert not any(forms._is_gap(code) for code in range(forms._PLANES, 0x110000))
