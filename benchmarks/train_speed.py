"""Training speed against a plain PyTorch loop on the same data: tokens a second, ratio, runs alternating.

    python benchmarks/train_speed.py [--steps 120] [--rounds 3] [--threads 1] [--clock wall|cpu]

The loop is the fair rival: the same LoRA, batches of one length padded to multiples of 16, autocast, logits at supervised
positions only, fused AdamW. Timed are the optimizer steps, without loading and tokenising, for both.
Exit status 1 below 0.8.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

TARGET = 0.8
WARM_UP = 10


class StepClock:
    """A ``Progress`` that notes when each step ended."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.ends: list[float] = []
        self.clock = clock

    def task(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        clock = self

        class Task(AbstractContextManager[Callable[[int], None]]):
            def __enter__(self) -> Callable[[int], None]:
                return lambda _count: clock.ends.append(clock.clock())

            def __exit__(self, *_exc: object) -> None:
                return None

        return Task()

    def note(self, text: str) -> None:
        return None


def load_examples(count: int) -> list[Any]:
    """Bank tickets where the real data is there, else generated conversations."""
    from tests.fixtures.conversations import conversations
    from tunewright.core.types import Example, Message, Origin

    folder = Path(
        os.environ.get("TUNEWRIGHT_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    )
    path = folder / "raw-bank" / "messages.jsonl"
    if not path.is_file():
        return conversations(count)
    made = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
            turns = tuple(Message(turn["role"], turn["content"]) for turn in row["messages"])
        except (ValueError, KeyError, TypeError):
            continue
        if len(turns) == 2 and turns[1].content:
            made.append(Example(row["id"], turns, Origin("messages.jsonl", row["id"], "")))
    return made[:count]


def plain_loop(
    base: Path, examples: list[Any], recipe: dict[str, Any], threads: int, clock: Callable[[], float]
) -> tuple[float, int]:
    """Seconds and real tokens of the steps after the warm-up, written out by hand."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from tunewright.engines.train.batches import Collator, LengthGroupedOrder
    from tunewright.engines.train.precision import precision

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    tokenizer = AutoTokenizer.from_pretrained(base)
    rows = []
    for example in examples:
        turns = [{"role": message.role, "content": message.content} for message in example.messages]
        encoded = tokenizer.apply_chat_template(
            turns, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
        labels = [
            i if m else -100 for i, m in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True)
        ]
        rows.append({"input_ids": encoded["input_ids"], "labels": labels})
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    options = recipe["lora"]
    config = LoraConfig(
        task_type="CAUSAL_LM", r=options["r"], lora_alpha=options["lora_alpha"], target_modules="all-linear"
    )
    model = get_peft_model(model, config)
    inner = model.get_base_model()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=recipe["learning_rate"], weight_decay=0.01, fused=True)
    collate = Collator(tokenizer.pad_token_id, 256)
    order = LengthGroupedOrder(
        [len(row["input_ids"]) for row in rows], recipe["per_device_train_batch_size"], recipe["seed"]
    )
    bf16 = precision(recipe["bf16"], "cpu") == "bf16"
    model.train()
    step, tokens, started, epoch = 0, 0, 0.0, 0
    while step < recipe["max_steps"]:
        order.set_epoch(epoch)
        epoch += 1
        indices = list(order)
        size = recipe["per_device_train_batch_size"]
        for at in range(0, len(indices), size):
            batch = collate([rows[index] for index in indices[at : at + size]])
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                hidden = inner.model(input_ids=batch["input_ids"], use_cache=False).last_hidden_state
                wanted = batch["labels"][:, 1:]
                chosen = wanted != -100
                logits = inner.lm_head(hidden[:, :-1][chosen])
            loss = torch.nn.functional.cross_entropy(logits.float(), wanted[chosen])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            if step > WARM_UP:
                tokens += int((batch["input_ids"] != tokenizer.pad_token_id).sum())
            if step == WARM_UP:
                started = clock()
            if step == recipe["max_steps"]:
                return clock() - started, tokens
    raise RuntimeError("no steps")


def product(
    base: Path, examples: list[Any], recipe: dict[str, Any], threads: int, clock: Callable[[], float]
) -> tuple[float, int]:
    """The same through the engine that ``tunewright train`` uses (its last step's validation excluded)."""
    from tunewright.engines import load

    steps = StepClock(clock)
    with tempfile.TemporaryDirectory() as folder:
        output = load("train", "sft", schedule=lambda _step: 1.0, stopping=lambda losses: (0, False)).train(
            base_dir=base,
            train=examples,
            validation=(),
            recipe=recipe,
            work_dir=Path(folder),
            seed=recipe["seed"],
            threads=threads,
            resume=False,
            progress=steps,
        )
    seconds = steps.ends[-1] - steps.ends[WARM_UP - 1]
    return seconds, round(output.tokens * (recipe["max_steps"] - WARM_UP) / recipe["max_steps"])


def main() -> int:
    """Print one line a run and the ratio of medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--clock", choices=("wall", "cpu"), default="wall", help="cpu: for a machine shared with others"
    )
    parser.add_argument("--base", default="builtin")
    arguments = parser.parse_args()
    from tunewright.engines.language.model_folder import resolve_base

    base, examples = resolve_base(arguments.base), load_examples(3000)
    recipe = {
        "method": "lora",
        "lora": {
            "r": 32, "lora_alpha": 64, "lora_dropout": 0.0, "target_modules": "all-linear", "modules_to_save": (),
            "use_rslora": False,
        },
        "learning_rate": 1e-3, "per_device_train_batch_size": 32, "gradient_accumulation_steps": 1,
        "weight_decay": 0.01, "max_grad_norm": 1.0, "max_length": 256, "bf16": True, "eval_steps": 10**6,
        "save_steps": 10**6, "logging_steps": 10, "max_steps": arguments.steps, "base_name": "bench", "seed": 7,
    }  # fmt: skip
    clock = time.process_time if arguments.clock == "cpu" else time.perf_counter
    speeds: dict[str, list[float]] = {"plain loop": [], "tunewright": []}
    for number in range(arguments.rounds):
        for name, run in (("plain loop", plain_loop), ("tunewright", product)):
            seconds, tokens = run(base, examples, recipe, arguments.threads, clock)
            speeds[name].append(tokens / seconds)
            print(
                f"round {number + 1}  {name:10}  {tokens / seconds:7,.0f} tokens/s  ({tokens} in {seconds:.1f} s)",
                flush=True,
            )
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    ratio = medians["tunewright"] / medians["plain loop"]
    print(
        f"median {medians['plain loop']:,.0f} and {medians['tunewright']:,.0f} tokens/s; ratio {ratio:.2f} (target {TARGET})"
    )
    body = {
        "base": arguments.base,
        "steps": arguments.steps,
        "threads": arguments.threads,
        "clock": arguments.clock,
        "load_average": os.getloadavg()[0],
        "tokens_per_s": {name: [round(speed) for speed in values] for name, values in speeds.items()},
        "ratio_of_medians": round(ratio, 3),
        "target": TARGET,
    }
    results = Path(__file__).resolve().parent / "results"
    results.mkdir(exist_ok=True)
    (results / "train_speed.json").write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
