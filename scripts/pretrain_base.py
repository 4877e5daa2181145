"""Pretrain the built-in base model: a small Llama with a byte-level BPE and a short chat template.

    python scripts/base_corpus.py --out corpus/
    python scripts/pretrain_base.py --corpus corpus/ --work work/ --export src/tunewright/builtin/base_model

Muon on the matrices and AdamW on the rest, constant learning rate and a linear decay at the end. The run is a function of
the corpus, the seed, the number of steps and the thread count; it resumes from the last checkpoint in the work folder, and
because the rate is constant before the decay, a run may be resumed with another number of steps.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import torch
from pretrain_base_data import (
    END_ID,
    PAD_ID,
    TEXT_ID,
    WEIGHT_TABLE,
    Stream,
    load_stream,
    pack,
    read_rows,
    save_stream,
    train_tokenizer,
    training_stream,
)
from pretrain_base_export import Figures, Plan, Progress, export
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

State = dict[str, torch.Tensor]
Optimizers = tuple[torch.optim.Optimizer, torch.optim.Optimizer]
Args = argparse.Namespace
LossFn = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
AVERAGE_DECAY = 0.995


def build_model(vocabulary: int, seed: int) -> LlamaForCausalLM:
    """Build the untrained model."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=320,
        intermediate_size=864,
        num_hidden_layers=5,
        num_attention_heads=5,
        num_key_value_heads=5,
        head_dim=64,
        max_position_embeddings=1024,
        rope_theta=10_000.0,
        tie_word_embeddings=True,
        pad_token_id=PAD_ID,
        bos_token_id=TEXT_ID,
        eos_token_id=END_ID,
        use_cache=False,
    )
    return LlamaForCausalLM(config)


def build_optimizers(model: LlamaForCausalLM, plan: Plan) -> Optimizers:
    """Give the matrices of the layers to Muon, embeddings and norms to AdamW."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    known = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in known]
    muon = torch.optim.Muon(
        matrices,
        lr=plan.matrix_rate,
        momentum=0.95,
        weight_decay=plan.weight_decay,
        adjust_lr_fn="match_rms_adamw",
    )
    adam = torch.optim.AdamW(others, lr=plan.other_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    return muon, adam


def token_losses(model: LlamaForCausalLM, ids: torch.Tensor) -> torch.Tensor:
    """Return the loss of every token but the first of each row, in bfloat16 autocast."""
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
        logits = model.lm_head(hidden)
    return torch.nn.functional.cross_entropy(
        logits.float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
    )


def make_loss(model: LlamaForCausalLM, compiled: bool) -> LossFn:
    """Return the weighted mean loss of a batch, compiled if asked."""

    def loss(ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        weight = weights[:, 1:].flatten()
        return (token_losses(model, ids) * weight).sum() / weight.sum()

    return torch.compile(loss, dynamic=False) if compiled else loss


def batch(stream: Stream, step: int, plan: Plan) -> tuple[torch.Tensor, torch.Tensor]:
    """Cut the batch of a step out of the stream; each row has one token more than it predicts."""
    length = plan.length(step)
    start = step * plan.batch_tokens % (len(stream.ids) - plan.batch_tokens - 1)
    rows = plan.batch_tokens // length
    index = start + np.arange(rows)[:, None] * length + np.arange(length + 1)[None, :]
    ids = torch.from_numpy(stream.ids[index].astype(np.int64))
    return ids, torch.from_numpy(WEIGHT_TABLE[stream.codes[index]])


def bits_per_byte(model: LlamaForCausalLM, stream: Stream, most: int = 10**9) -> float:
    """Return the bits the model needs for a byte of the stream's text (special tokens included)."""
    length, rows = 256, 32
    count = min((len(stream.ids) - 1) // length, most // length)
    total = 0.0
    with torch.no_grad():
        for first in range(0, count, rows):
            starts = np.arange(first, min(first + rows, count))[:, None] * length
            ids = torch.from_numpy(stream.ids[starts + np.arange(length + 1)[None, :]].astype(np.int64))
            total += float(token_losses(model, ids).double().sum())
    share = count * length / len(stream.ids)
    return float(total / np.log(2) / (stream.text_bytes * share))


def save_checkpoint(
    path: Path, done: Progress, model: LlamaForCausalLM, average: State, optimizers: Optimizers
) -> None:
    """Write a checkpoint next to its place, then rename it."""
    state = {
        "progress": vars(done),
        "model": model.state_dict(),
        "average": average,
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
    }
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def load_checkpoint(path: Path, model: LlamaForCausalLM, average: State, optimizers: Optimizers) -> Progress:
    """Load a checkpoint if there is one and say how far it had come."""
    if not path.exists():
        return Progress()
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    average.update(state["average"])
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    return Progress(**state["progress"])


def set_rates(optimizers: Optimizers, base_rates: list[float], factor: float) -> None:
    """Set every group's learning rate to its base times a factor."""
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    for group, base in zip(groups, base_rates, strict=True):
        group["lr"] = base * factor


def update(model: LlamaForCausalLM, optimizers: Optimizers, average: State, step: int) -> None:
    """Clip, step, and move the running average of the weights."""
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        for name, value in model.state_dict().items():
            average[name].lerp_(value, 1 - AVERAGE_DECAY if step > 200 else 0.1)


def train(
    model: LlamaForCausalLM, stream: Stream, held_out: dict[str, Stream], plan: Plan, args: Args
) -> None:
    """Train to the last step of the plan, with a checkpoint and a held-out measurement every few minutes."""
    optimizers = build_optimizers(model, plan)
    base_rates = [group["lr"] for optimizer in optimizers for group in optimizer.param_groups]
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    path = args.work / "checkpoint.pt"
    progress = load_checkpoint(path, model, average, optimizers)
    loss_fn = make_loss(model, args.compile)
    losses: list[float] = []
    began, first, earlier = time.monotonic(), progress.step, progress.seconds
    for step in range(first, plan.steps):
        set_rates(optimizers, base_rates, plan.rate(step))
        loss = loss_fn(*batch(stream, step, plan))
        loss.backward()
        update(model, optimizers, average, step)
        losses.append(loss.item())
        progress.step, progress.seconds = step + 1, earlier + time.monotonic() - began
        if progress.step % 20 == 0:
            speed = plan.batch_tokens * (progress.step - first) / (progress.seconds - earlier)
            progress.loss = float(np.mean(losses))
            losses.clear()
            print(
                f"step {progress.step} loss {progress.loss:.4f} rate {plan.rate(step):.3f} tok/s {speed:.0f}",
                flush=True,
            )
        if progress.step % args.save_every == 0 or progress.step == plan.steps:
            save_checkpoint(path, progress, model, average, optimizers)
            scores = {
                name: round(bits_per_byte(model, part, most=24_000), 4) for name, part in held_out.items()
            }
            print(
                f"step {progress.step} held-out bits per byte {scores} at {time.strftime('%H:%M:%S')}",
                flush=True,
            )


def prepare(args: Args) -> tuple[Tokenizer, Stream, dict[str, Stream]]:
    """Train the tokenizer and pack the corpus, or load both from the work folder."""
    args.work.mkdir(parents=True, exist_ok=True)
    path = args.work / "tokenizer.json"
    if not path.exists():
        train_tokenizer(args.corpus, args.vocabulary, documents=60_000).save(str(path))
    tokenizer = Tokenizer.from_file(str(path))
    if not (args.work / "stream" / "bytes.txt").exists():
        save_stream(training_stream(tokenizer, args.corpus, args.doc_epochs, args.seed), args.work / "stream")
    stream = load_stream(args.work / "stream")
    print(f"{len(stream.ids)} tokens, {stream.text_bytes / len(stream.ids):.2f} bytes a token", flush=True)
    held_out = {
        name: pack(tokenizer, list(read_rows(args.corpus / f"{name}_held_out.jsonl")))
        for name in ("generated", "docs")
    }
    return tokenizer, stream, held_out


def parse_args() -> Args:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by base_corpus.py")
    parser.add_argument(
        "--work", type=Path, required=True, help="folder for tokenizer, stream and checkpoints"
    )
    parser.add_argument("--export", type=Path, help="folder to export the model to after the last step")
    parser.add_argument(
        "--export-only", action="store_true", help="export the last checkpoint's averaged weights"
    )
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--doc-epochs", type=int, default=3, help="how often the documentation is seen")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument(
        "--decay-share", type=float, default=0.25, help="share of the steps with a falling rate"
    )
    parser.add_argument("--batch-tokens", type=int, default=8192)
    parser.add_argument("--matrix-rate", type=float, default=5e-3, help="learning rate of Muon")
    parser.add_argument("--other-rate", type=float, default=4e-3, help="learning rate of AdamW")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=200, help="steps between checkpoints")
    parser.add_argument(
        "--no-compile", dest="compile", action="store_false", help="run without torch.compile"
    )
    return parser.parse_args()


def main() -> None:
    """Prepare, train, export."""
    args = parse_args()
    torch.set_num_threads(args.threads)
    tokenizer, stream, held_out = prepare(args)
    plan = Plan(
        steps=args.steps,
        decay_share=args.decay_share,
        warmup=100,
        batch_tokens=args.batch_tokens,
        context=256,
        decay_context=512,
        matrix_rate=args.matrix_rate,
        other_rate=args.other_rate,
        weight_decay=0.1,
        seed=args.seed,
    )
    model = build_model(tokenizer.get_vocab_size(), args.seed)
    if not args.export_only:
        train(model, stream, held_out, plan, args)
    if args.export:
        state = torch.load(args.work / "checkpoint.pt", weights_only=True)
        model.load_state_dict(state["average" if args.export_only else "model"])
        scores = {name: bits_per_byte(model, part) for name, part in held_out.items()}
        figures = Figures(
            plan, Progress(**state["progress"]), stream, scores, args.threads, averaged=args.export_only
        )
        export(args.export, model, args.work / "tokenizer.json", figures)


if __name__ == "__main__":
    main()
