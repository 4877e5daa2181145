"""Answers conversations with a Hugging Face causal model: batches sorted by length, left padding, a key-value cache.

The loop is our own because ``generate()`` of the library does per-step work (criteria, processors, cache bookkeeping) that
costs more than a forward pass of a small model; rows that have ended leave the batch. An answer does not depend on which
conversations share its batch, as far as floating point allows: padding is masked, and sampling draws from a generator
seeded by the row's own prompt.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.canonical import digest
from tunewright.core.errors import UsageError
from tunewright.core.ports import Generation
from tunewright.core.seeds import derive_seed
from tunewright.core.types import Message

_SHRINK_AT = 0.75
"""drop ended rows from the batch when fewer than this share still run: copying the cache costs about a step"""


class TransformersGenerator:
    """One loaded model: a base folder and, where given, LoRA weights over it or a full model instead of it."""

    def __init__(
        self, base_dir: Path, weights_dir: Path | None = None, *, threads: int = 2, batch_size: int = 64
    ) -> None:
        """Loads at once. Raises what ``load_model`` raises: IntegrityError, DataError, EngineMissingError."""
        from tunewright.engines.language.merge import merged
        from tunewright.engines.language.transformers_model import load_model

        loaded = load_model(base_dir, weights_dir, threads=threads)
        self._model = merged(loaded.model)
        self._model.eval()
        self._tokenizer = loaded.tokenizer
        self._device = loaded.device
        self._batch_size = batch_size
        self._ends = _end_tokens(self._model, self._tokenizer)
        self._room = int(getattr(self._model.config, "max_position_embeddings", 0) or 0)
        self._keeps_last = "logits_to_keep" in inspect.signature(self._model.forward).parameters

    def generate(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Generation]:
        """One answer a conversation, in order. temperature 0 is greedy.

        Raises UsageError for a conversation that leaves no room to answer (``facts["index"]`` says which).
        """
        prompts = [
            self._prompt(conversation, max_new_tokens, i) for i, conversation in enumerate(conversations)
        ]
        order = sorted(range(len(prompts)), key=lambda i: (-len(prompts[i]), i))
        answers: dict[int, Generation] = {}
        for start in range(0, len(order), self._batch_size):
            chosen = order[start : start + self._batch_size]
            tokens: list[list[int]] = [[] for _ in chosen]
            for step in self._steps([prompts[i] for i in chosen], max_new_tokens, temperature, seed):
                for row, token in step:
                    tokens[row].append(token)
            for i, ids in zip(chosen, tokens, strict=True):
                answers[i] = self._generation(prompts[i], ids)
        return [answers[i] for i in range(len(prompts))]

    def stream(
        self, conversation: Sequence[Message], *, max_new_tokens: int, temperature: float = 0.0, seed: int = 0
    ) -> Iterator[str | Generation]:
        """Pieces of text as they come, then the whole ``Generation``; the pieces join to its text."""
        prompt = self._prompt(conversation, max_new_tokens, 0)
        ids: list[int] = []
        said = ""
        for step in self._steps([prompt], max_new_tokens, temperature, seed):
            ids.append(step[0][1])
            text = self._text(ids)
            # A replacement character at the end is a character whose last bytes have not come yet.
            if text.startswith(said) and len(text) > len(said) and not text.endswith("\ufffd"):
                yield text[len(said) :]
                said = text
        whole = self._generation(prompt, ids)
        if whole.text != said:
            yield whole.text[len(said) :]
        yield whole

    def _prompt(self, conversation: Sequence[Message], max_new_tokens: int, index: int) -> list[int]:
        from tunewright.engines.language.chat import encode_prompt

        if max_new_tokens < 1:
            raise UsageError(f"max_new_tokens is {max_new_tokens}", hint="ask for at least one token")
        ids = encode_prompt(self._tokenizer, conversation)
        if self._room and len(ids) + 1 > self._room:
            raise UsageError(
                f"the conversation has {len(ids)} tokens and the model reads at most {self._room}",
                hint="shorten it, or use a base model with a longer context",
                index=index,
                tokens=len(ids),
                context=self._room,
            )
        return ids

    def _text(self, ids: Sequence[int]) -> str:
        kept = ids[:-1] if ids and ids[-1] in self._ends else ids
        return str(self._tokenizer.decode(kept, skip_special_tokens=True))

    def _generation(self, prompt: Sequence[int], ids: Sequence[int]) -> Generation:
        reason = "stop" if ids and ids[-1] in self._ends else "length"
        return Generation(self._text(ids), reason, len(prompt), len(ids))

    def _steps(
        self, prompts: Sequence[Sequence[int]], limit: int, temperature: float, seed: int
    ) -> Iterator[list[tuple[int, int]]]:
        """One list a step: (row, next token) of every row that still runs."""
        import torch
        from transformers import DynamicCache

        rows = list(range(len(prompts)))
        limits = [min(limit, self._room - len(prompt)) if self._room else limit for prompt in prompts]
        draws = _draws(prompts, temperature, seed)
        cache = DynamicCache(config=self._model.config)
        tokens, mask = _left_padded(prompts, self._device)
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        counts = [0] * len(prompts)
        while rows:
            with torch.inference_mode():
                last = self._forward(tokens, mask, positions, cache)
                chosen = _choose(last, temperature, [draws[row] for row in rows] if draws else None)
            step = list(zip(rows, chosen.tolist(), strict=True))
            for row in rows:
                counts[row] += 1
            yield [pair for pair in step if counts[pair[0]] <= limits[pair[0]]]
            ended = {row for row, token in step if token in self._ends or counts[row] >= limits[row]}
            # An ended row stays in the batch until enough have ended; its limit is spent, so nothing more is reported.
            for row in ended:
                limits[row] = min(limits[row], counts[row])
            running = [i for i, row in enumerate(rows) if counts[row] < limits[row]]
            if not running:
                return
            with torch.inference_mode():
                if len(running) < _SHRINK_AT * len(rows):
                    keep = torch.tensor(running, device=self._device)
                    cache.batch_select_indices(keep)
                    rows = [rows[i] for i in running]
                    chosen, mask, positions = chosen[keep], mask[keep], positions[keep]
                tokens = chosen[:, None]
                mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
                positions = positions[:, -1:] + 1
                if self._room:
                    # Only ended rows get this far; their answers are complete.
                    positions = positions.clamp(max=self._room - 1)

    def _forward(self, tokens: Any, mask: Any, positions: Any, cache: Any) -> Any:
        """Logits of the last position, (rows, vocabulary)."""
        extra = {"logits_to_keep": 1} if self._keeps_last else {}
        output = self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            **extra,
        )
        return output.logits[:, -1, :].float()


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Ids that end an answer: the generation configuration's and the tokenizer's."""
    found = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    ids = found if isinstance(found, (list, tuple)) else [found]
    return frozenset(int(i) for i in (*ids, tokenizer.eos_token_id) if i is not None)


def _left_padded(prompts: Sequence[Sequence[int]], device: Any) -> tuple[Any, Any]:
    """(tokens, mask), both (rows, longest prompt); padding in front, so that every row's next token is the last column."""
    import torch

    width = max(len(prompt) for prompt in prompts)
    tokens = [[0] * (width - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return torch.tensor(tokens, device=device), torch.tensor(mask, device=device)


def _draws(prompts: Sequence[Sequence[int]], temperature: float, seed: int) -> list[Any]:
    """A random generator a row, seeded by the row's own prompt; none for greedy."""
    import torch

    if temperature == 0:
        return []
    if temperature < 0:
        raise UsageError(f"temperature is {temperature}", hint="use 0 (greedy) or more")
    seeds = [derive_seed(seed, "sampling", digest(list(prompt))) for prompt in prompts]
    return [torch.Generator().manual_seed(value) for value in seeds]


def _choose(logits: Any, temperature: float, draws: list[Any] | None) -> Any:
    """Next token of each row: the likeliest, or drawn at ``temperature``."""
    import torch

    if draws is None:
        return logits.argmax(dim=-1)
    shares = torch.softmax(logits / temperature, dim=-1).cpu()
    drawn = [torch.multinomial(row, 1, generator=draw) for row, draw in zip(shares, draws, strict=True)]
    return torch.cat(drawn).to(logits.device)
