"""The linear baseline learns what a linear model can, and is a pure function."""

from __future__ import annotations

import pytest

from tests.fixtures.conversations import conversations
from tunewright import engines
from tunewright.core.errors import DataError

pytest.importorskip("sklearn")


def test_it_learns_and_repeats() -> None:
    train, test = conversations(160), conversations(40, start=500)
    texts = [example.messages[0].content for example in train]
    labels = [example.messages[1].content for example in train]
    queries = [example.messages[0].content for example in test]
    first = engines.load("baseline", "linear").fit_predict(texts, labels, queries)
    assert first == [example.messages[1].content for example in test]
    assert first == engines.load("baseline", "linear").fit_predict(texts, labels, queries)
    assert engines.load("baseline", "linear").fit_predict(texts, labels, []) == []


def test_one_label_is_no_classification() -> None:
    with pytest.raises(DataError, match="at least 2 labels"):
        engines.load("baseline", "linear").fit_predict(["a", "b"], ["x", "x"], ["c"])
