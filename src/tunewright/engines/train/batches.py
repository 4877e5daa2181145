"""Which examples go together, in which order, padded to what: a pure function of lengths, seed and epoch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tunewright.core.seeds import derive_seed

IGNORED = -100
PAD_MULTIPLE = 16
"""Each new length costs oneDNN a fresh primitive, so lengths come in few sizes."""
_WINDOW_BATCHES = 64


@dataclass(frozen=True, slots=True)
class EncodedExample:
    """A training example as token ids; ``labels`` repeat the assistant's ids and are -100 elsewhere."""

    input_ids: tuple[int, ...]
    labels: tuple[int, ...]


class LengthGroupedOrder(torch.utils.data.Sampler[int]):  # type: ignore[misc]
    """A sampler that gives each batch examples of about one length, in an order set by seed and epoch alone.

    Within windows of 64 batches the shuffled examples are sorted by padded length and cut into batches, whose order is
    shuffled again. Batches are consecutive; the one that is not full comes last.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self._sizes = [-(-length // PAD_MULTIPLE) for length in lengths]
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order ``__iter__`` gives; the trainer calls it."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[int]:
        rng = random.Random(derive_seed(self._seed, "order", str(self._epoch)))  # noqa: S311 -- an order, no secret
        order = list(range(len(self._sizes)))
        rng.shuffle(order)
        window = self._batch_size * _WINDOW_BATCHES
        batches: list[list[int]] = []
        for start in range(0, len(order), window):
            part = sorted(order[start : start + window], key=self._sizes.__getitem__)
            batches += [part[at : at + self._batch_size] for at in range(0, len(part), self._batch_size)]
        full = [batch for batch in batches if len(batch) == self._batch_size]
        rest = [batch for batch in batches if len(batch) < self._batch_size]
        rng.shuffle(full)
        for batch in [*full, *rest]:
            yield from batch


class Collator:
    """Rows of ids to right-padded tensors (batch, length), length a multiple of 16 but at most ``longest``.

    There is no attention mask: under a causal mask no token attends to the padding on its right, and without a mask the fast
    attention kernel applies.
    """

    def __init__(self, pad_id: int, longest: int) -> None:
        self._pad_id = pad_id
        self._longest = -(-longest // PAD_MULTIPLE) * PAD_MULTIPLE

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        width = max(len(row["input_ids"]) for row in rows)
        width = min(-(-width // PAD_MULTIPLE) * PAD_MULTIPLE, self._longest)
        input_ids = torch.full((len(rows), width), self._pad_id, dtype=torch.long)
        labels = torch.full((len(rows), width), IGNORED, dtype=torch.long)
        for number, row in enumerate(rows):
            length = len(row["input_ids"])
            input_ids[number, :length] = torch.tensor(row["input_ids"])
            labels[number, :length] = torch.tensor(row["labels"])
        return {"input_ids": input_ids, "labels": labels}
