"""The near-duplicate search on hand-made cases, and that look-alikes do not make it quadratic."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from tests.fixtures.examples import example
from tunewright.core.errors import UsageError
from tunewright.data.duplicates import CROWD, search
from tunewright.data.near import NearTexts
from tunewright.data.set_join import SetPairs


def everything(pairs: SetPairs) -> np.ndarray:
    return np.ones(len(pairs), dtype=np.bool_)


def found(texts, threshold=0.8, **options):
    pairs = NearTexts(texts, threshold, **options).pairs()
    return {
        (one, other): similarity
        for one, other, similarity in zip(
            pairs.first.tolist(), pairs.second.tolist(), pairs.similarity.tolist(), strict=True
        )
    }


@pytest.mark.parametrize("threshold", [0, -1, 1.01])
def test_no_threshold(threshold):
    with pytest.raises(UsageError, match="no Jaccard threshold"):
        NearTexts([], threshold)


def test_a_pair_and_its_similarity():
    texts = ["my card is lost today", "my card is lost today!!x", "something else entirely"]
    assert {pair: round(value, 3) for pair, value in found(texts).items()} == {(1, 0): 0.895}


def test_case_width_and_space_do_not_hide_a_twin():
    assert found(["Where is  my\tCARD?", "where is my card?"], 1.0) == {(1, 0): 1.0}


def test_a_pair_across_the_border_of_short_and_long_is_found():
    long = " ".join(f"word{n}" for n in range(130))
    assert list(found([long, long.rsplit(" ", 6)[0]], long_words=128)) == [(1, 0)]


def test_long_texts_are_compared_by_words():
    words = [f"w{n}" for n in range(300)]
    changed = [*words[:100], "changed", *words[101:]]
    # 296 word 5-grams each, 5 of them differ: 291 shared of 301.
    assert found([" ".join(words), " ".join(changed)]) == {(1, 0): pytest.approx(291 / 301)}


def test_empty_corpora():
    assert found([]) == {}
    assert found(["one"]) == {}
    assert found(["", " ", "\n", "?!", "!?"]) == {(1, 0): 1.0, (2, 0): 1.0, (2, 1): 1.0}
    assert NearTexts([], 0.8).clusters().tolist() == []
    assert NearTexts(["a"], 0.8).nearest_of_first(0)[0].tolist() == [-1]
    assert NearTexts(["a"], 0.8).nearest_of_first(1)[0].tolist() == []


def test_a_megabyte_in_one_text():
    body = " ".join(f"{n * 7919 % 100_003}" for n in range(170_000))
    texts = [body, body.replace("7919 ", "changed ", 1), "x" * 1_000_000, "x" * 1_000_001, "short"]
    assert len(body) > 950_000
    pairs = found(texts)
    assert set(pairs) == {(1, 0), (3, 2)}
    assert pairs[(3, 2)] == 1.0


@pytest.mark.parametrize("memory_bytes", [0, 1 << 12])
def test_out_of_core_finds_the_same(memory_bytes):
    texts = [f"the {n % 40} quick brown foxes jump over {n % 7} lazy dogs number {n % 3}" for n in range(200)]
    assert found(texts, memory_bytes=memory_bytes) == found(texts)


def copies(count: int) -> Iterator[str]:
    for _ in range(count):
        yield "".join(("dear team, ", "my card was lost yesterday"))


def test_copies_of_one_row_take_linear_time_and_hardly_memory():
    near = NearTexts(copies(300_000), 0.8)
    assert near.nodes == 1
    assert len(near.node_of) == 300_000


def work_a_text(texts, threshold=0.8):
    """Kept ones, and candidates and exact comparisons a text: the counts, for time is no measure in a test."""
    near = NearTexts(texts, threshold)
    join = near.join(np.arange(near.nodes))
    gone = join.thin(everything)
    return near.nodes - len(gone), join.looked_at / len(texts), join.compared / len(texts)


def test_a_corpus_in_one_cluster_takes_linear_time():
    """Any two rows are near: 72 million pairs of 12,000 rows."""
    body = "dear customer your parcel is waiting at the branch please bring the code and a document with you to the desk"
    texts = [f"{body} {n * 7919 % 100003:05d}" for n in range(12_000)]
    kept_of_few, _, _ = work_a_text(texts[:3_000])
    kept_ones, candidates, compared = work_a_text(texts)
    assert kept_of_few == kept_ones == 1
    assert candidates < 100
    assert compared < 20
    assert set(NearTexts(texts, 0.8).clusters().tolist()) == {0}


def test_one_template_below_the_threshold_brings_nobody_together():
    """J about 0.7 between any two rows: the template's words are in no short prefix, so they are never looked up."""
    body = "dear customer your parcel is waiting at the branch please bring the code"
    rng = random.Random(1)
    texts = [f"{body} {rng.randrange(10**7):07d} {rng.randrange(10**8):08d}" for _ in range(6_000)]
    kept_ones, candidates, compared = work_a_text(texts)
    assert kept_ones > 5_900
    assert candidates < 100
    assert compared < 20


def test_contradictions_of_look_alikes_take_linear_time():
    """All prompts are near each other and all replies differ: nothing is dropped, and not every pair is compared."""
    body = "dear customer your parcel is waiting at the branch please bring the code and a document with you to the desk"
    rows = [example(f"{body} {n * 7919 % 100_003:05d}", f"label {n}", record=str(n)) for n in range(2_000)]
    found = search(rows, 0.8, long_words=128)
    assert found.duplicates == {}
    assert len(found.contradictions) == 2_000
    assert sum(map(len, found.contradictions.values())) < 2_000 * 2 * 8 * CROWD
