"""From the ``train`` section and the size of the data to the numbers a run is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunewright.core.canonical import digest, plain
from tunewright.core.errors import DataError
from tunewright.train.options import EPOCHS, LEARNING_RATES, TrainOptions

_FEWEST_EVALUATIONS = 4


@dataclass(frozen=True, slots=True)
class TrainPlan:
    """A resolved run. ``recipe`` is what an engine takes and what the record keeps."""

    options: TrainOptions
    examples: int
    base_name: str
    learning_rate: float
    epochs: float
    steps_per_epoch: int
    max_steps: int
    warmup_steps: int
    eval_steps: int
    save_steps: int

    @property
    def recipe(self) -> dict[str, Any]:
        """The ``train`` section with everything resolved; canonical JSON."""
        return {
            **plain(self.options),
            "learning_rate": self.learning_rate,
            "num_train_epochs": self.epochs,
            "base_name": self.base_name,
            "max_steps": self.max_steps,
            "warmup_steps": self.warmup_steps,
            "eval_steps": self.eval_steps,
            "save_steps": self.save_steps,
        }

    def lines(self) -> list[str]:
        """What will happen, for a person."""
        options = self.options
        method = f"LoRA, rank {options.lora.r}" if options.method == "lora" else "all weights"
        carried = f" with {', '.join(options.lora.modules_to_save)}" if self._carries else ""
        batch = options.per_device_train_batch_size * options.gradient_accumulation_steps
        return [
            f"{method}{carried}; {self.examples} examples, {self.epochs:g} epochs of "
            f"{self.steps_per_epoch} steps of {batch} = {self.max_steps} steps",
            f"learning rate {self.learning_rate:g}, cosine after {self.warmup_steps} steps of warm-up; "
            f"validation every {self.eval_steps} steps, "
            f"stopping after {options.early_stopping_patience} without improvement",
        ]

    @property
    def _carries(self) -> bool:
        return self.options.method == "lora" and bool(self.options.lora.modules_to_save)


def make_plan(options: TrainOptions, *, examples: int, base_name: str) -> TrainPlan:
    """Resolve the section for so many training examples. Raises DataError without any.

    An epoch has ceil(examples / batch) micro-batches and ceil of that / accumulation steps. A run validates at least four
    times, so that early stopping has something to go by. Checkpoints are at least as dense as validations are.
    """
    if examples < 1:
        raise DataError(
            "the snapshot has no training examples",
            hint="see `tunewright data report` for what was dropped or held, and why",
            examples=examples,
        )
    epochs = options.num_train_epochs or EPOCHS[options.method]
    batches = math.ceil(examples / options.per_device_train_batch_size)
    per_epoch = math.ceil(batches / options.gradient_accumulation_steps)
    max_steps = max(1, math.ceil(per_epoch * epochs))
    eval_steps = min(options.eval_steps, max(1, max_steps // _FEWEST_EVALUATIONS))
    return TrainPlan(
        options=options,
        examples=examples,
        base_name=base_name,
        learning_rate=options.learning_rate or LEARNING_RATES[options.method],
        epochs=epochs,
        steps_per_epoch=per_epoch,
        max_steps=max_steps,
        warmup_steps=math.ceil(options.warmup_ratio * max_steps),
        eval_steps=eval_steps,
        save_steps=options.save_steps,
    )


def work_name(recipe: Mapping[str, Any], *, snapshot_digest: str, base_digest: str, threads: int) -> str:
    """Name of the work folder of a run: the same run finds its checkpoints again, another one does not."""
    key = {"recipe": recipe, "snapshot": snapshot_digest, "base": base_digest, "threads": threads}
    return f"train-{digest(key)[:16]}"
