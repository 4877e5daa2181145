"""Order and padding of batches."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from tunewright.engines.train.batches import IGNORED, PAD_MULTIPLE, Collator, LengthGroupedOrder  # noqa: E402


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=400), st.integers(1, 40), st.integers(0, 5))
def test_an_epoch_is_a_permutation(lengths: list[int], batch_size: int, epoch: int) -> None:
    order = LengthGroupedOrder(lengths, batch_size, seed=3)
    order.set_epoch(epoch)
    assert sorted(order) == list(range(len(lengths)))
    assert len(order) == len(lengths)


def test_order_depends_on_seed_and_epoch_only() -> None:
    lengths = [random.Random(1).randint(1, 90) for _ in range(500)]
    first, again, other = (LengthGroupedOrder(lengths, 16, seed) for seed in (1, 1, 2))
    assert list(first) == list(first) == list(again)
    assert list(first) != list(other)
    again.set_epoch(1)
    assert list(first) != list(again)


def test_full_batches_hold_one_padded_length_up_to_the_borders() -> None:
    lengths = [random.Random(number).choice([10, 30, 50, 100]) for number in range(64 * 8)]
    indices = list(LengthGroupedOrder(lengths, 8, seed=1))
    mixed = 0
    for start in range(0, len(indices), 8):
        mixed += len({-(-lengths[index] // PAD_MULTIPLE) for index in indices[start : start + 8]}) > 1
    # Four lengths in one window: at most three batches cross a border.
    assert mixed <= 3


def test_the_batch_that_is_not_full_comes_last() -> None:
    lengths = [5] * 32 + [200] * 3
    indices = list(LengthGroupedOrder(lengths, 8, seed=1))
    assert len(indices) == 35
    assert {lengths[index] for index in indices[32:]} == {200}


def test_padding_is_ignored_and_a_multiple() -> None:
    rows = [{"input_ids": [5, 6, 7], "labels": [IGNORED, 6, 7]}, {"input_ids": [8] * 17, "labels": [8] * 17}]
    batch = Collator(pad_id=0, longest=40)(rows)
    assert tuple(batch["input_ids"].shape) == (2, 32)
    assert batch["input_ids"][0, 3:].eq(0).all()
    assert batch["labels"][0].tolist() == [IGNORED, 6, 7] + [IGNORED] * 29
    assert set(batch) == {"input_ids", "labels"}
