"""Losses of the assistant's tokens under a Hugging Face causal model, in batches sorted by length."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path

from tunewright.core.canonical import digest
from tunewright.core.errors import UsageError
from tunewright.core.ports import TokenLosses
from tunewright.core.types import Message
from tunewright.engines.language.chat import EncodedChat, as_turns, encode_chat

_LOGITS_BYTES = 64 * 2**20
"""at most this much for one batch's logits in float32"""
_LEAST_SHARED = 8
"""fewer common tokens are not worth a pass of their own"""


class TransformersLossScorer:
    """One loaded model. Padding is on the right, where a causal model cannot see it."""

    def __init__(
        self, base_dir: Path, weights_dir: Path | None = None, *, threads: int = 2, batch_size: int = 64
    ) -> None:
        """Loads at once. Raises what ``load_model`` raises: IntegrityError, DataError, EngineMissingError."""
        from tunewright.engines.language.merge import merged
        from tunewright.engines.language.model_folder import base_digest, weights_digest
        from tunewright.engines.language.transformers_model import load_model

        loaded = load_model(base_dir, weights_dir, threads=threads)
        self._model = merged(loaded.model)
        self._model.eval()
        self._tokenizer = loaded.tokenizer
        self._device = loaded.device
        self._batch_size = batch_size
        files = base_digest(base_dir) + (weights_digest(weights_dir) if weights_dir is not None else "")
        self._version = f"transformers@1+{digest(files)[:16]}"
        self._keeps_last = "logits_to_keep" in inspect.signature(self._model.forward).parameters
        self._room = int(getattr(self._model.config, "max_position_embeddings", 0) or 0)

    @property
    def version(self) -> str:
        """Name and version, with the digest of the base's files and of the tuned weights."""
        return self._version

    def token_losses(self, conversations: Sequence[Sequence[Message]]) -> list[TokenLosses]:
        """Negative log-likelihood (nats) of each assistant token, in order, with its place in the last answer.

        Raises UsageError for a conversation longer than the model's context (``facts["index"]`` says which).
        """
        encoded = [self._encode(conversation, i) for i, conversation in enumerate(conversations)]
        order = sorted(range(len(encoded)), key=lambda i: (-len(encoded[i].input_ids), i))
        losses: dict[int, list[float]] = {}
        start = 0
        while start < len(order):
            row_bytes = 4 * len(encoded[order[start]].input_ids) * int(self._model.config.vocab_size)
            rows = min(self._batch_size, max(1, _LOGITS_BYTES // row_bytes))
            chosen = order[start : start + rows]
            losses.update(zip(chosen, self._batch([encoded[i] for i in chosen]), strict=True))
            start += rows
        return [
            _answer_losses(chat, losses[i], self._places(conversation, chat))
            for i, (chat, conversation) in enumerate(zip(encoded, conversations, strict=True))
        ]

    def _encode(self, conversation: Sequence[Message], index: int) -> EncodedChat:
        chat = encode_chat(self._tokenizer, conversation)
        if self._room and len(chat.input_ids) > self._room:
            raise UsageError(
                f"a conversation has {len(chat.input_ids)} tokens and the model reads at most {self._room}",
                hint="leave it out, or use a base model with a longer context",
                index=index,
                tokens=len(chat.input_ids),
                context=self._room,
            )
        return chat

    def _batch(self, batch: Sequence[EncodedChat]) -> list[list[float]]:
        """For each row the loss of tokens 1, 2, ...; only those from the first answer token on are computed, 0.0 before.

        What all rows begin with (a canary's question, an instruction) is read once and its keys and values are shared.
        """
        import torch
        from transformers import DynamicCache

        first = max(1, min(_first_answer(chat) for chat in batch))
        shared = _common_prefix([chat.input_ids for chat in batch], first - 1)
        width = max(len(chat.input_ids) for chat in batch)
        rows = [[*chat.input_ids, *[0] * (width - len(chat.input_ids))] for chat in batch]
        ids = torch.tensor(rows, device=self._device)
        mask = torch.tensor(
            [[1] * len(c.input_ids) + [0] * (width - len(c.input_ids)) for c in batch], device=self._device
        )
        places = torch.arange(shared, width, device=self._device)[None, :].expand(len(batch), -1)
        # The last position predicts nothing; position first - 1 predicts the first token that counts.
        keep = {"logits_to_keep": width - first + 1} if self._keeps_last else {}
        with torch.inference_mode():
            cache = DynamicCache(config=self._model.config) if shared else None
            if cache is not None:
                self._model(input_ids=ids[:1, :shared], past_key_values=cache, use_cache=True)
                cache.batch_repeat_interleave(len(batch))
            logits = self._model(
                input_ids=ids[:, shared:],
                attention_mask=mask,
                position_ids=places,
                past_key_values=cache,
                use_cache=cache is not None,
                **keep,
            ).logits
            logits = logits[:, -(width - first + 1) : -1].float()
            found = torch.nn.functional.cross_entropy(
                logits.transpose(1, 2), ids[:, first:], reduction="none"
            )
        before = [0.0] * (first - 1)
        return [[*before, *row] for row in found.cpu().tolist()]

    def _places(self, conversation: Sequence[Message], chat: EncodedChat) -> list[tuple[int, int]]:
        """For each token its characters in the last assistant text, (-1, -1) outside it; [] where offsets are unknown."""
        if not self._tokenizer.is_fast or conversation[-1].role != "assistant" or not any(chat.assistant):
            return []
        text = self._tokenizer.apply_chat_template(as_turns(conversation), tokenize=False)
        known = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        offsets = known["offset_mapping"]
        if tuple(known["input_ids"]) != chat.input_ids[: len(offsets)]:
            return []
        first = max(i for i, mark in enumerate(chat.assistant) if mark)
        while first > 0 and chat.assistant[first - 1]:
            first -= 1
        begin, length = offsets[first][0], len(conversation[-1].content)
        places = [(-1, -1)] * len(chat.input_ids)
        for i in range(first, len(offsets)):
            low, high = offsets[i][0] - begin, offsets[i][1] - begin
            if chat.assistant[i] and low < length and high > low:
                places[i] = (low, min(high, length))
        return places


def _answer_losses(
    chat: EncodedChat, losses: Sequence[float], places: Sequence[tuple[int, int]]
) -> TokenLosses:
    """The assistant's tokens of one row; ``losses[i]`` is that of token i + 1."""
    chosen = [i for i, mark in enumerate(chat.assistant) if mark and i > 0]
    return TokenLosses(
        tuple(losses[i - 1] for i in chosen), tuple(places[i] for i in chosen) if places else ()
    )


def _first_answer(chat: EncodedChat) -> int:
    """Position of the first token the assistant wrote; the end when there is none."""
    return next((i for i, mark in enumerate(chat.assistant) if mark), len(chat.input_ids) - 1)


def _common_prefix(rows: Sequence[tuple[int, ...]], limit: int) -> int:
    """How many leading tokens all rows share, at most ``limit``; 0 for a single row or where sharing would not pay."""
    if len(rows) < 2 or limit < _LEAST_SHARED:
        return 0
    low, high = min(rows), max(rows)
    length = next((i for i in range(limit) if low[i : i + 1] != high[i : i + 1]), limit)
    return length if length >= _LEAST_SHARED else 0
