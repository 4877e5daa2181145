"""Tokenizer and packed token stream for the pretraining of the base model."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

PAD, END, TEXT, SYSTEM, USER, ASSISTANT = SPECIAL = (
    "<|pad|>", "<|end|>", "<|text|>", "<|system|>", "<|user|>", "<|assistant|>",
)  # fmt: skip
ROLE_IDS = {"system": 3, "user": 4, "assistant": 5}
PAD_ID, END_ID, TEXT_ID = 0, 1, 2
# The split of the `qwen2` pre-tokenizer: single digits, and `_word` in one piece. llama.cpp knows it by that name.
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CHAT_TEMPLATE = """\
{%- for message in messages -%}
{%- if message['role'] not in ('system', 'user', 'assistant') -%}
{{- raise_exception('unknown role: ' + message['role']) -}}
{%- endif -%}
{{- '<|' + message['role'] + '|>' -}}
{%- if message['role'] == 'assistant' -%}
{%- generation -%}{{- message['content'] | replace('<|', '< |') + '<|end|>' -}}{%- endgeneration -%}
{%- else -%}
{{- message['content'] | replace('<|', '< |') -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}
"""
WEIGHTS = {"assistant": 1.0, "prompt": 0.3, "text": 0.5}
WEIGHT_CODES = {"prompt": 0, "text": 1, "assistant": 2}
WEIGHT_TABLE = np.array([WEIGHTS["prompt"], WEIGHTS["text"], WEIGHTS["assistant"]], dtype=np.float32)


def read_rows(path: Path) -> Iterator[dict[str, object]]:
    """Yield the JSON objects of a file of lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def row_texts(row: dict[str, object]) -> list[str]:
    """Return the texts of a row: all turns of a chat, or the one text."""
    if "text" in row:
        return [str(row["text"])]
    return [turn[1] for turn in row["chat"]]  # type: ignore[attr-defined]


def train_tokenizer(corpus: Path, vocabulary: int, documents: int) -> Tokenizer:
    """Train the byte-level BPE on the documentation and the first generated documents."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )

    def texts() -> Iterator[str]:
        for number, row in enumerate(read_rows(corpus / "generated.jsonl")):
            if number == documents:
                break
            yield from row_texts(row)
        for row in read_rows(corpus / "docs.jsonl"):
            yield from row_texts(row)

    tokenizer.train_from_iterator(texts(), trainer)
    return tokenizer


@dataclass(frozen=True)
class Stream:
    """Token ids in one row with the weight code of each, and the bytes of text they stand for."""

    ids: np.ndarray
    codes: np.ndarray
    text_bytes: int


def encode_rows(tokenizer: Tokenizer, rows: list[dict[str, object]]) -> list[tuple[list[int], list[int]]]:
    """Encode rows as the chat template would; a plain text is `<|text|>...<|end|>`."""
    flat = [text for row in rows for text in row_texts(row)]
    encoded = iter(tokenizer.encode_batch_fast(flat, add_special_tokens=False))
    out = []
    for row in rows:
        ids: list[int] = []
        codes: list[int] = []
        if "text" in row:
            ids = [TEXT_ID, *next(encoded).ids, END_ID]
            codes = [WEIGHT_CODES["text"]] * len(ids)
        else:
            for role, _ in row["chat"]:  # type: ignore[attr-defined]
                body = next(encoded).ids + ([END_ID] if role == "assistant" else [])
                ids += [ROLE_IDS[role], *body]
                kind = "assistant" if role == "assistant" else "prompt"
                codes += [WEIGHT_CODES["prompt"], *[WEIGHT_CODES[kind]] * len(body)]
        out.append((ids, codes))
    return out


def pack(tokenizer: Tokenizer, rows: list[dict[str, object]]) -> Stream:
    """Encode rows one after the other into a stream."""
    ids: list[np.ndarray] = []
    codes: list[np.ndarray] = []
    size = 0
    for start in range(0, len(rows), 4096):
        block = rows[start : start + 4096]
        size += sum(len(text.encode()) for row in block for text in row_texts(row))
        for row_ids, row_codes in encode_rows(tokenizer, block):
            ids.append(np.array(row_ids, dtype=np.uint16))
            codes.append(np.array(row_codes, dtype=np.uint8))
    return Stream(np.concatenate(ids), np.concatenate(codes), size)


def training_stream(tokenizer: Tokenizer, corpus: Path, doc_epochs: int, seed: int) -> Stream:
    """Mix the generated documents (once) with the documentation (`doc_epochs` times) in a seeded order."""
    rows = list(read_rows(corpus / "generated.jsonl"))
    rows += list(read_rows(corpus / "docs.jsonl")) * doc_epochs
    random.Random(seed).shuffle(rows)
    return pack(tokenizer, rows)


def load_stream(folder: Path) -> Stream:
    """Load a stream written by `save_stream`."""
    size = int((folder / "bytes.txt").read_text())
    return Stream(np.load(folder / "ids.npy"), np.load(folder / "codes.npy"), size)


def save_stream(stream: Stream, folder: Path) -> None:
    """Save a stream as two arrays and a byte count, written last."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "ids.npy", stream.ids)
    np.save(folder / "codes.npy", stream.codes)
    (folder / "bytes.txt").write_text(str(stream.text_bytes))
