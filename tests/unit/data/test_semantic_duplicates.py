"""The semantic step with a small embedder, against comparing all pairs."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.fixtures.embedders import LetterEmbedder
from tests.fixtures.examples import dropped, example, fate
from tunewright.data.findings import DISMISSED, finding_key
from tunewright.data.steps import semantic_duplicates as module
from tunewright.data.steps.semantic_duplicates import SemanticDuplicatesOptions, semantic_duplicates


def judge(rows, threshold=0.95, decisions=None):
    options = SemanticDuplicatesOptions(threshold=threshold)
    return semantic_duplicates(options, LetterEmbedder(), decisions or {})(rows)


def test_the_same_meaning_with_the_same_reply_goes():
    rows = [
        example("lost card", "a", record="1"),
        example("card lost", "a", record="2"),
        example("card lost", "b", record="3"),
        example("1234 !?", "a", record="4"),
        example("5678 !?", "a", record="5"),
    ]
    outcomes = judge(rows)
    assert [fate(outcome) for outcome in outcomes] == ["kept", "semantic_duplicate", "kept", "kept", "kept"]
    drop = dropped(outcomes)[1]
    assert drop.of == rows[0].id
    assert drop.findings[0].confidence == 1.0
    assert drop.findings[0].found_by == "semantic_duplicates@1 letters@1"


def test_a_dismissed_one_comes_back():
    rows = [example("lost card", "a", record="1"), example("card lost", "a", record="2")]
    finding = dropped(judge(rows))[1].findings[0]
    outcomes = judge(rows, decisions={finding_key(rows[1].origin, finding): DISMISSED})
    assert [fate(outcome) for outcome in outcomes] == ["kept", "kept"]


@pytest.mark.parametrize("block", [1, 3, 1024])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_blocks_change_nothing_and_the_greedy_pass_is_the_plain_one(block, seed, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", block)
    rng = random.Random(seed)
    rows = [example("".join(rng.choices("abcd ", k=12)), "x", record=str(n)) for n in range(80)]
    vectors = LetterEmbedder().embed([row.messages[0].content for row in rows]).astype(np.float64)
    kept: list[int] = []
    expected = {}
    for at in range(len(rows)):
        cosines = [float(vectors[at] @ vectors[other]) for other in kept]
        if cosines and max(cosines) >= 0.951:
            expected[at] = max(cosines)
        else:
            kept.append(at)
    outcomes = judge(rows, threshold=0.951)
    assert {at: drop.findings[0].confidence for at, drop in dropped(outcomes).items()} == pytest.approx(
        expected, abs=1e-4
    )
