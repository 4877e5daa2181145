"""The trainable form of the PII model: the frozen encoder, a low-rank change of each of its matrices, and a head."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from tunewright.engines.pii.ner_text import GAPS, KINDS, SHAPES

LAYERS, WIDTH, HEADS, FEED = 6, 384, 12, 1536
MATRICES = {"qkv": (3 * WIDTH, WIDTH), "out": (WIDTH, WIDTH), "up": (FEED, WIDTH), "down": (WIDTH, FEED)}


class Tuned(nn.Module):
    """A frozen matrix plus ``b @ a`` (added to the matrix, not to the activations), and a trainable bias."""

    def __init__(self, weight: Tensor, bias: Tensor, rank: int) -> None:
        super().__init__()
        rows, columns = weight.shape
        self.register_buffer("weight", weight)
        self.bias = nn.Parameter(bias.clone())
        self.a = nn.Parameter(torch.randn(rank, columns) / math.sqrt(columns))
        self.b = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight + 2.0 * (self.b @ self.a), self.bias)


class Layer(nn.Module):
    """One transformer layer, normalised after each half."""

    def __init__(self, weights: dict[str, Tensor], index: int, rank: int) -> None:
        super().__init__()
        self.tuned = nn.ModuleDict({name: Tuned(*matrix(weights, index, name), rank) for name in MATRICES})
        self.norm1, self.norm2 = (
            norm(weights, f"encoder.layer.{index}.{part}.LayerNorm")
            for part in ("attention.output", "output")
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, _ = x.shape
        q, k, v = self.tuned["qkv"](x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        attended = attended.transpose(1, 2).reshape(batch, length, WIDTH)
        x = self.norm1(x + self.tuned["out"](attended))
        inner = functional.gelu(self.tuned["up"](x))
        return self.norm2(x + self.tuned["down"](inner))


def matrix(weights: dict[str, Tensor], index: int, name: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of a matrix of the encoder; query, key and value are one."""
    prefix = f"encoder.layer.{index}."
    if name == "qkv":
        parts = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
        return torch.cat([weights[f"{p}.weight"] for p in parts]), torch.cat(
            [weights[f"{p}.bias"] for p in parts]
        )
    path = (
        prefix + {"out": "attention.output.dense", "up": "intermediate.dense", "down": "output.dense"}[name]
    )
    return weights[f"{path}.weight"], weights[f"{path}.bias"]


def norm(weights: dict[str, Tensor], path: str) -> nn.LayerNorm:
    layer = nn.LayerNorm(WIDTH, eps=1e-12)
    layer.weight.data.copy_(weights[f"{path}.weight"])
    layer.bias.data.copy_(weights[f"{path}.bias"])
    return layer


class Tagger(nn.Module):
    """Word pieces to logits over "nothing" and the kinds."""

    def __init__(self, encoder: Path, rank: int) -> None:
        super().__init__()
        from safetensors.torch import load_file

        weights = load_file(encoder)
        self.register_buffer("words", weights["embeddings.word_embeddings.weight"])
        positions = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self.register_buffer("positions", positions)
        self.shape, self.gap = nn.Embedding(SHAPES, WIDTH), nn.Embedding(GAPS, WIDTH)
        nn.init.zeros_(self.shape.weight)
        nn.init.zeros_(self.gap.weight)
        self.norm = norm(weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(Layer(weights, index, rank) for index in range(LAYERS))
        self.head = nn.Linear(WIDTH, 1 + len(KINDS))

    def forward(self, ids: Tensor, shapes: Tensor, gaps: Tensor, dropout: float = 0.1) -> Tensor:
        x = (
            functional.embedding(ids, self.words)
            + self.positions[: ids.shape[1]]
            + self.shape(shapes)
            + self.gap(gaps)
        )
        x = functional.dropout(self.norm(x), dropout, self.training)
        mask = torch.zeros(ids.shape, dtype=x.dtype).masked_fill(ids == 0, -1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask.to(torch.bfloat16) if torch.is_autocast_enabled("cpu") else mask)
        return self.head(functional.dropout(x, dropout, self.training))
