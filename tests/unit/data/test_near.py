"""The near-duplicate search on hand-made cases, and that look-alikes do not make it quadratic."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from tunewright.core.errors import UsageError
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


def kept(texts, threshold=0.8):
    near = NearTexts(texts, threshold)
    _, first = np.unique(near.node_of, return_index=True)
    return len(first) - len(near.join(near.node_of[np.sort(first)]).thin(everything))


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


def cpu_s(texts, threshold, work):
    started = time.process_time()
    work(NearTexts(texts, threshold))
    return time.process_time() - started


def cluster(near):
    assert len(set(near.clusters().tolist())) == 1


def thin(near):
    near.join(np.arange(near.nodes)).thin(everything)


@pytest.mark.parametrize("work", [cluster, thin])
def test_a_corpus_in_one_cluster_takes_linear_time(work):
    """Any two rows are near: 72 million pairs of 12,000 rows."""
    body = "dear customer your parcel is waiting at the branch please bring the code and a document with you to the desk"
    texts = [f"{body} {n * 7919 % 100003:05d}" for n in range(12_000)]
    assert cpu_s(texts, 0.8, work) < 6 * max(cpu_s(texts[:3_000], 0.8, work), 0.1)


def test_look_alikes_below_the_threshold_take_linear_time():
    """One template, J about 0.7 between any two: nothing is a duplicate, and the template's words bring nobody together."""
    body = "dear customer your parcel is waiting at the branch please bring the code"
    texts = [f"{body} {n * 7919 % 100003:06d} {n * 104729 % 99991:06d}" for n in range(12_000)]
    assert cpu_s(texts, 0.8, thin) < 6 * max(cpu_s(texts[:3_000], 0.8, thin), 0.1)
    assert kept(texts[:2_000]) > 1_500
