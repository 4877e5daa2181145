"""Answers a second of the built-in base on bank questions: our greedy loop against the library's ``generate()``.

    python benchmarks/generation_speed.py [--items 512] [--new 25] [--threads 1] [--clock wall|cpu]

Both get the same prompts in the same batches sorted by length, may end early, and answer the same texts in float32
(checked). bfloat16 is timed beside them, with how many answers differ. Exit status 1 when our loop is the slower one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TARGET = 1.0


def questions(count: int) -> list[str]:
    """Inputs of the bank's golden set where the real data is there, else made-up ones."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("TUNEWRIGHT_TEST_DATA", default)) / "raw-bank" / "golden.jsonl"
    if path.is_file():
        rows = [json.loads(line)["input"] for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        rows = [
            f"Question {n}: what has become of {'my card and ' * (n % 7)}my transfer?" for n in range(count)
        ]
    return rows[:count]


def library(generator: Any, asked: list[Any], new: int, batch: int) -> list[str]:
    """The same work by the library's ``generate()``."""
    import torch

    tokenizer, model = generator._tokenizer, generator._model
    tokenizer.padding_side = "left"
    texts = [
        tokenizer.apply_chat_template(
            [{"role": m.role, "content": m.content} for m in turns],
            tokenize=False,
            add_generation_prompt=True,
        )
        for turns in asked
    ]
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    found = [""] * len(texts)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        encoded = tokenizer(
            [texts[i] for i in chosen], return_tensors="pt", padding=True, add_special_tokens=False
        )
        encoded.pop("token_type_ids", None)
        with torch.inference_mode():
            out = model.generate(
                **encoded, max_new_tokens=new, do_sample=False, pad_token_id=tokenizer.pad_token_id
            )
        for i, ids in zip(chosen, out[:, encoded["input_ids"].shape[1] :].tolist(), strict=True):
            ends = [at for at, token in enumerate(ids) if token in generator._ends]
            found[i] = tokenizer.decode(ids[: ends[0]] if ends else ids, skip_special_tokens=True)
    return found


def main() -> int:
    """Measure and print; write the figures beside."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=512)
    parser.add_argument("--new", type=int, default=25)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    options = parser.parse_args()

    import torch

    from tunewright.core.types import Message
    from tunewright.engines.generate.transformers_generator import TransformersGenerator
    from tunewright.engines.language.transformers_model import resolve_base

    clock: Callable[[], float] = time.perf_counter if options.clock == "wall" else time.process_time
    asked = [(Message("user", text),) for text in questions(options.items)]
    generator = TransformersGenerator(
        resolve_base("builtin"), threads=options.threads, batch_size=options.batch
    )
    generator.generate(asked[: options.batch], max_new_tokens=4)

    def timed(work: Callable[[], Any]) -> tuple[Any, float]:
        started = clock()
        answer = work()
        return answer, clock() - started

    ours, ours_s = timed(lambda: generator.generate(asked, max_new_tokens=options.new))
    theirs, theirs_s = timed(lambda: library(generator, asked, options.new, options.batch))
    generator._model.to(torch.bfloat16)
    half, half_s = timed(lambda: generator.generate(asked, max_new_tokens=options.new))
    tokens = sum(answer.completion_tokens for answer in ours)
    result = {
        "items": len(asked),
        "max_new_tokens": options.new,
        "new_tokens": tokens,
        "batch": options.batch,
        "threads": options.threads,
        "clock": options.clock,
        "ours_items_per_s": round(len(asked) / ours_s, 1),
        "ours_tokens_per_s": round(tokens / ours_s, 1),
        "library_items_per_s": round(len(asked) / theirs_s, 1),
        "speed_up": round(theirs_s / ours_s, 2),
        "bfloat16_items_per_s": round(len(asked) / half_s, 1),
        "different_from_library": sum(a.text != b for a, b in zip(ours, theirs, strict=True)),
        "different_in_bfloat16": sum(a.text != b.text for a, b in zip(ours, half, strict=True)),
        "seconds_for_1540_items": round(1540 * ours_s / len(asked), 1),
    }
    text = json.dumps(result, indent=1)
    print(text)
    folder = Path(__file__).resolve().parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "generation_speed.json").write_text(text + "\n", encoding="utf-8")
    return 0 if result["speed_up"] >= TARGET and not result["different_from_library"] else 1


if __name__ == "__main__":
    sys.exit(main())
