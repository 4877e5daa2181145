"""Exposure: the vector of the Secret Sharer's reference code, and its laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import UsageError
from tunewright.metrics.exposure import ceiling, exposure


@pytest.mark.parametrize("loss, bits", [(0, 4.0), (3.5, 2.0), (20, -0.0875)])
def test_reference_vector(loss: float, bits: float) -> None:
    assert exposure(loss, list(range(1, 17))) == pytest.approx(bits, abs=1e-4)


@given(st.floats(0, 50), st.lists(st.floats(0, 50), min_size=1, max_size=64), st.randoms())
def test_laws(loss: float, references: list[float], random: object) -> None:
    found = exposure(loss, references)
    assert math.log2(len(references) / (len(references) + 1)) - 1e-12 <= found <= ceiling(len(references))
    shuffled = list(references)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert exposure(loss, shuffled) == found
    assert exposure(loss - 1, references) >= found


def test_a_model_that_knows_nothing_shows_about_one_and_a_half_bits() -> None:
    generator = np.random.default_rng(0)
    found = [exposure(generator.random(), generator.random(512).tolist()) for _ in range(4000)]
    assert np.mean(found) == pytest.approx(1 / math.log(2), abs=0.1)


def test_nothing_to_compare_with_is_refused() -> None:
    with pytest.raises(UsageError):
        exposure(1.0, [])
    with pytest.raises(UsageError):
        exposure(math.nan, [1.0])
    with pytest.raises(UsageError):
        ceiling(0)
