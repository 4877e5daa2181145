"""Export of the base model: weights, tokenizer, chat template, configuration and the card with its figures."""

from __future__ import annotations

import json
import platform
import random
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from base_corpus import MIX
from base_corpus_support import Chat, paraphrase, reply, write_message
from pretrain_base_data import (
    ASSISTANT,
    CHAT_TEMPLATE,
    END,
    END_ID,
    PAD,
    PAD_ID,
    SYSTEM,
    TEXT,
    TEXT_ID,
    USER,
    Stream,
)
from transformers import GenerationConfig, LlamaForCausalLM, PreTrainedTokenizerFast

State = dict[str, torch.Tensor]
CONTEXT_LIMIT = 1024
ITEMS_A_TASK = 48
OPEN_TASKS = (paraphrase, reply, write_message)
SAMPLES = (
    [("user", "Where is my parcel? I ordered it two weeks ago and nothing came.")],
    [("user", "i forgot the password for my workspace")],
    [
        ("system", "Answer as JSON with topic, desk."),
        ("user", "The lift has been out of order since Monday!"),
    ],
    [
        (
            "user",
            "Labels: refund_order, delivery_parcel, cancel_table\nPick one.\nI'd like my money back for these shoes.",
        )
    ],
    [("user", "Extract amount, city as JSON.\nMy transfer of 20 euros to Lisbon failed")],
    [("user", "Reverse the order: lamp river hammer")],
    [("user", "Say it in other words: How do I close my savings account?")],
    [("system", "Write a short reply to the customer."), ("user", "My flight was delayed, what now?")],
    [("user", "Who wrote Hamlet?")],
)


CARD = """\
# Tunewright base model

A Llama-architecture chat model of {parameters_m} M parameters, pretrained from nothing by the scripts of this
repository on one processor core. It exists so that the whole pipeline (data, tuning, evaluation, red team, serving) runs
offline on a small machine; it knows the shape of short customer-service tasks and next to nothing about the world.

## Architecture

{num_hidden_layers} layers, hidden {hidden_size}, feed-forward {intermediate_size}, {num_attention_heads} heads of
{head_dim}, tied byte-level BPE of {vocab_size} tokens (split of the `qwen2` pre-tokenizer: single digits), RoPE. Trained on
{context} and in the last part {decay_context} tokens of context; up to {context_limit} are accepted, but beyond
{decay_context} quality is not measured. Weights: bfloat16 safetensors, no custom code.

## Data and licence

* Generated text: instruction tasks and prose written by `scripts/base_corpus.py` from hand-written grammars (Apache-2.0,
  as this repository). Companies, people and cases are invented. No data set was copied or paraphrased into it.
* The documentation and docstrings of the Python standard library, read from the interpreter (PSF-2.0).

Nothing else. {tokens_m} M tokens seen ({bytes_a_token} bytes a token; documentation three times, generated text once).

## Training

| | |
|---|---|
| steps, tokens a step | {steps}, {batch_tokens} |
| optimiser | Muon ({matrix_rate}) on matrices, AdamW ({other_rate}) on embedding and norms, weight decay {weight_decay} |
| schedule | {warmup} steps of warm-up, constant, linear decay over the last {decay_steps} of {planned_steps} steps |
| loss weights | assistant 1.0, documentation and prose 0.5, prompts 0.3 |
| weights exported | {state} |
| wall time, hardware | {minutes} min, {threads} thread(s), {cpu} |
| software | Python {python}, torch {torch}, transformers {transformers}; seed {seed} |
| final training loss (weighted) | {loss} |
| held-out generated text | {bits_generated} bits per byte |
| held-out documentation | {bits_docs} bits per byte |

The generated held-out text comes from the same grammars with another seed: it measures fit, not understanding.

## Chat template

`<|system|>text<|user|>text<|assistant|>text<|end|>`. `<|end|>` ends the assistant's turn and is the end-of-sequence
token; `<|pad|>` pads; `<|text|>` starts plain text. `<|` inside a message is written `< |`, so that a message cannot
open a turn. Assistant tokens are marked for assistant-only loss.

## Exact match by task

{items_a_task} unseen documents of each generated task with one right answer, greedy, first answer of the chat:

| task | right |
|---|---|
{tasks}

## Real outputs (greedy)

| prompt | answer |
|---|---|
{shown}

## Limits

English only. No knowledge, no reasoning, no safety training: untuned answers are often wrong and must not be shown to
customers. Labels it invents follow the pretraining grammars. Documentation text was seen several times and can be
partly memorised. It says what a label is, not whether it is right: evaluate after tuning.
"""


@dataclass(frozen=True)
class Plan:
    """Everything that changes the result of a run."""

    steps: int
    decay_share: float
    warmup: int
    batch_tokens: int
    context: int
    decay_context: int
    matrix_rate: float
    other_rate: float
    weight_decay: float
    seed: int

    @property
    def decay_start(self) -> int:
        """Return the first step of the decay."""
        return round(self.steps * (1 - self.decay_share))

    def rate(self, step: int) -> float:
        """Return the factor of the learning rate at a step: warm-up, constant, linear to 2 %."""
        if step < self.decay_start:
            return min(1.0, (step + 1) / self.warmup)
        return max(0.02, (self.steps - step) / (self.steps - self.decay_start))

    def length(self, step: int) -> int:
        """Return the sequence length at a step."""
        return self.decay_context if step >= self.decay_start else self.context


@dataclass
class Progress:
    """How far a run has come: steps done, wall seconds over all its sessions, mean loss of the last steps."""

    step: int = 0
    seconds: float = 0.0
    loss: float = float("nan")


@dataclass(frozen=True)
class Figures:
    """What the card reports about a run."""

    plan: Plan
    progress: Progress
    stream: Stream
    bits_per_byte: dict[str, float]
    threads: int
    averaged: bool


def export(folder: Path, model: LlamaForCausalLM, tokenizer_file: Path, figures: Figures) -> None:
    """Write the model folder beside its place, then swap it in."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    tokenizer = build_tokenizer(tokenizer_file)
    tokenizer.save_pretrained(part)
    model.config.use_cache = True
    generation = GenerationConfig(
        eos_token_id=END_ID, pad_token_id=PAD_ID, bos_token_id=TEXT_ID, do_sample=False
    )
    model.generation_config = generation
    model.to(torch.bfloat16).save_pretrained(part)
    model.float().eval()
    samples = [(chat, answer(model, tokenizer, chat)) for chat in SAMPLES]
    tasks = task_scores(model, tokenizer)
    (part / "MODEL_CARD.md").write_text(card(model, figures, samples, tasks), encoding="utf-8")
    for path in part.iterdir():
        path.chmod(0o644)
    if folder.exists():
        old = folder.with_name(folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
        part.rename(folder)
        shutil.rmtree(old)
    else:
        part.rename(folder)


def build_tokenizer(tokenizer_file: Path) -> PreTrainedTokenizerFast:
    """Wrap the trained BPE with its special tokens and the chat template."""
    return PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer_file),
        bos_token=TEXT,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[SYSTEM, USER, ASSISTANT],
        model_max_length=CONTEXT_LIMIT,
        clean_up_tokenization_spaces=False,
        padding_side="right",
        chat_template=CHAT_TEMPLATE,
    )


def answer(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, chat: Chat) -> str:
    """Answer one chat greedily."""
    messages = [{"role": role, "content": text} for role, text in chat]
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    out = model.generate(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        max_new_tokens=60,
        do_sample=False,
    )
    return tokenizer.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def task_scores(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> dict[str, float]:
    """Return the share of exactly right first answers for every generated task that has one right answer."""
    scores = {}
    for builder, _ in MIX:
        rng = random.Random(f"card/{builder.__name__}")
        built = [builder(rng) for _ in range(ITEMS_A_TASK)]
        chats: list[Chat] = [chat for chat in built if not isinstance(chat, str)]
        if chats and builder not in OPEN_TASKS:
            scores[builder.__name__] = sum(
                first_answer_right(model, tokenizer, chat) for chat in chats
            ) / len(chats)
    return scores


def first_answer_right(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, chat: Chat) -> bool:
    """Tell whether the model's first answer is the one the chat has."""
    turn = [role for role, _ in chat].index("assistant")
    return answer(model, tokenizer, chat[:turn]) == chat[turn][1]


def cpu_name() -> str:
    """Name the processor as far as the system tells: its model and its matrix extensions."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    name = re.search(r"model name\s*: (.+)", text)
    amx = "with AMX bfloat16" if "amx_bf16" in text else "without AMX"
    return f"{name[1] if name else platform.processor()} {amx}"


def card(
    model: LlamaForCausalLM, figures: Figures, samples: list[tuple[Chat, str]], tasks: dict[str, float]
) -> str:
    """Write the model card."""
    plan, progress = figures.plan, figures.progress
    tokens = progress.step * plan.batch_tokens
    parameters = sum(value.numel() for value in model.parameters())
    config = model.config
    shown = "\n".join(
        "| " + "<br>".join(f"{role}: {cell(text)}" for role, text in chat) + f" | `{cell(reply)}` |"
        for chat, reply in samples
    )
    state = "running average of an unfinished run" if figures.averaged else "last step, learning rate decayed"
    values = {
        "parameters_m": f"{parameters / 1e6:.2f}",
        "num_hidden_layers": config.num_hidden_layers,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_attention_heads": config.num_attention_heads,
        "head_dim": config.head_dim,
        "vocab_size": config.vocab_size,
        "context": plan.context,
        "decay_context": plan.decay_context,
        "context_limit": CONTEXT_LIMIT,
        "tokens_m": f"{tokens / 1e6:.1f}",
        "bytes_a_token": f"{figures.stream.text_bytes / len(figures.stream.ids):.2f}",
        "steps": progress.step,
        "batch_tokens": plan.batch_tokens,
        "matrix_rate": plan.matrix_rate,
        "other_rate": plan.other_rate,
        "weight_decay": plan.weight_decay,
        "warmup": plan.warmup,
        "decay_steps": plan.steps - plan.decay_start,
        "planned_steps": plan.steps,
        "state": state,
        "minutes": f"{progress.seconds / 60:.0f}",
        "threads": figures.threads,
        "cpu": cpu_name(),
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "seed": plan.seed,
        "loss": f"{progress.loss:.3f}",
        "bits_generated": f"{figures.bits_per_byte['generated']:.3f}",
        "bits_docs": f"{figures.bits_per_byte['docs']:.3f}",
        "shown": shown,
        "items_a_task": ITEMS_A_TASK,
        "tasks": "\n".join(f"| {name} | {share:.0%} |" for name, share in tasks.items()),
    }
    return CARD.format(**values)


def cell(text: str) -> str:
    """Make a text fit a table cell."""
    return json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("|", "\\|")
