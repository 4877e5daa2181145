"""Every embedder of the catalog keeps the promises of ``Embedder``."""

from __future__ import annotations

import numpy as np
import pytest

from tunewright import engines
from tunewright.core.ports import Embedder

NAMES = [name for name in engines.names("embed") if not engines.missing("embed", name)]
TEXTS = [
    "My card was stolen yesterday, please block it.",
    "my card got stolen, block it please",
    "The exchange rate of my transfer is wrong",
    "Reciprocal lattice vectors of a cubic crystal",
    "",
    "  \n\t",
    "ñandú 漢字 и кириллица",
    "broken \ud800 surrogate",
    "x" * 5000,
    "word " * 3000,
]


def test_at_least_the_built_in_embedder_is_examined() -> None:
    assert "hashed" in NAMES


@pytest.fixture(scope="module", params=NAMES)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    made: Embedder = engines.load("embed", request.param)
    return made


def test_rows_have_length_one_or_are_zero(embedder: Embedder) -> None:
    rows = embedder.embed(TEXTS)
    assert rows.dtype == np.float32
    assert rows.shape[0] == len(TEXTS)
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    empty = [at for at, text in enumerate(TEXTS) if not text.strip()]
    assert lengths[empty].tolist() == [0.0] * len(empty)
    others = [at for at in range(len(TEXTS)) if at not in empty]
    assert lengths[others] == pytest.approx(1.0, abs=1e-3)
    assert "@" in embedder.version


def test_the_company_and_the_order_change_nothing(embedder: Embedder) -> None:
    together = embedder.embed(TEXTS)
    apart = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.abs(together - apart).max() < 2e-5
    assert np.abs(embedder.embed(TEXTS[::-1])[::-1] - together).max() < 2e-5
    assert (embedder.embed(TEXTS) == together).all()


def test_alike_is_nearer_than_unlike(embedder: Embedder) -> None:
    rows = embedder.embed(TEXTS)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] > rows[0] @ rows[3]


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.embed([]).shape[0] == 0
    assert embedder.embed([]).shape[1] == embedder.embed(["a"]).shape[1]
