"""TRL's SFTTrainer, made fast on short answers and exactly resumable.

What differs from TRL, and why: (1) logits are computed only where the assistant's tokens are predicted; TRL's fused head
also computes entropy and top-1 accuracy in chunks, a third of the time of a small model. (2) Batches hold examples of one
padded length, in an order that depends on seed and epoch only. (3) The validation loss is the mean over tokens, not a mean
of batch means. (4) A checkpoint is one atomic folder with everything that the next step depends on.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import TrainerCallback
from transformers.trainer_utils import EvalLoopOutput
from trl import SFTTrainer

from tunewright.core.errors import EngineError, IntegrityError
from tunewright.core.ports import Progress
from tunewright.engines.train import checkpoint
from tunewright.engines.train.batches import IGNORED, LengthGroupedOrder

Stopping = Callable[[Sequence[float]], tuple[int, bool]]
"""From the validation losses so far: index of the best one, and whether to stop."""

HEAD_MULTIPLE = 64
"""Supervised positions of a batch are filled up to a multiple of this."""
_TRAINABLE = "trainable.safetensors"
_PROGRESS = "progress.json"


@dataclass
class RunState:
    """What a run knows beside the weights; part of every checkpoint."""

    history: list[dict[str, float]] = field(default_factory=list)
    evaluations: list[tuple[int, float]] = field(default_factory=list)
    """(step, validation loss)"""
    window_loss: float = 0.0
    window_steps: int = 0
    tokens: int = 0
    best_step: int = 0
    stopped_early: bool = False


@dataclass(frozen=True)
class Cadence:
    """After which steps something happens."""

    logging_steps: int
    eval_steps: int
    save_steps: int


class SupervisedTrainer(SFTTrainer):  # type: ignore[misc]
    """``SFTTrainer`` over pre-tokenised rows (``input_ids``, ``labels``)."""

    def __init__(
        self, *, work_dir: Path, lengths: Sequence[int], schedule: Callable[[int], float], **arguments: Any
    ) -> None:
        self.run = RunState()
        self._work_dir = work_dir
        self._lengths = lengths
        self._schedule = schedule
        self._rows: Any = None
        super().__init__(**arguments)
        # The loss below is a sum over tokens divided by the tokens of the whole optimizer step, whatever the architecture.
        self.model_accepts_loss_kwargs = True
        unwrapped = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        unwrapped.get_output_embeddings().register_forward_pre_hook(self._only_supervised)

    def _only_supervised(self, _module: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Before the output head: keep the rows of (batch, length, hidden) that predict a supervised token."""
        if self._rows is None:
            return None
        hidden = arguments[0]
        chosen = hidden.reshape(-1, hidden.shape[-1]).index_select(0, self._rows)
        return (chosen.unsqueeze(0), *arguments[1:])

    def _loss_sum(self, model: Any, inputs: dict[str, Any]) -> tuple[Any, Any]:
        """Sum of token losses (nats) and number of supervised tokens, as tensors."""
        labels = inputs["labels"]
        # Position t predicts token t + 1: rows of the flattened (batch, length) grid whose next label counts.
        shifted = torch.full_like(labels, IGNORED)
        shifted[:, :-1] = labels[:, 1:]
        flat = shifted.reshape(-1)
        rows = (flat != IGNORED).nonzero().squeeze(-1)
        count = rows.numel()
        # Fill up with row 0 under an ignored label: few sizes of the output head's product, each of which costs oneDNN a
        # primitive and the memory to keep it.
        self._rows = torch.nn.functional.pad(rows, (0, -count % HEAD_MULTIPLE))
        targets = torch.nn.functional.pad(flat[rows], (0, -count % HEAD_MULTIPLE), value=IGNORED)
        try:
            logits = model(input_ids=inputs["input_ids"], use_cache=False).logits
            logits = logits.reshape(-1, logits.shape[-1])
            if logits.shape[0] != self._rows.numel():
                # An architecture that does not call its output head as a module.
                logits = logits.index_select(0, self._rows)
            total = torch.nn.functional.cross_entropy(
                logits.float(), targets, reduction="sum", ignore_index=IGNORED
            )
            return total, torch.tensor(count, device=labels.device)
        finally:
            self._rows = None

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Any:
        """Forward and backward of one batch, on the CPU in parts of bounded memory.

        Every part's loss is its sum over the tokens of the whole optimizer step, so the gradient is the batch's own.
        """
        if num_items_in_batch is None:
            num_items_in_batch = (inputs["labels"][:, 1:] != IGNORED).sum()
        rows, width = inputs["input_ids"].shape
        size = rows if self.args.device.type != "cpu" else max(1, min(rows, self._tokens_at_once() // width))
        total = 0.0
        for start in range(0, rows, size):
            part = {name: value[start : start + size] for name, value in inputs.items()}
            total += super().training_step(model, part, num_items_in_batch)
        return total

    def _tokens_at_once(self) -> int:
        """Tokens whose activations for the backward pass take about half a gibibyte.

        A transformer block keeps some 20 vectors of the hidden size and 6 of the feed-forward size a token, in float32.
        """
        config = self.model.config.get_text_config()
        hidden = int(config.hidden_size)
        wide = int(getattr(config, "intermediate_size", None) or 4 * hidden)
        return int(2**29 // (4 * int(config.num_hidden_layers) * (20 * hidden + 6 * wide)))

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Loss of one micro-batch: its token losses over the supervised tokens of the whole optimizer step."""
        if return_outputs:
            raise EngineError(
                "this trainer gives losses only", hint="score outputs with the evaluate section"
            )
        total, count = self._loss_sum(model, inputs)
        loss = total / (count if num_items_in_batch is None else num_items_in_batch)
        if num_items_in_batch is not None and self.args.average_tokens_across_devices:
            loss = loss * self.accelerator.num_processes
        self.run.window_loss += float(loss.detach())
        self.run.tokens += int((inputs["input_ids"] != self._tokenizer.pad_token_id).sum())
        return loss

    def evaluation_loop(
        self, dataloader: Any, *_arguments: Any, metric_key_prefix: str = "eval", **_options: Any
    ) -> Any:
        """Mean validation loss over all supervised tokens."""
        self.model.eval()
        total, count = 0.0, 0
        with torch.no_grad():
            for inputs in dataloader:
                inputs = self._prepare_inputs(inputs)
                with self.compute_loss_context_manager(), self.accelerator.autocast():
                    part, tokens = self._loss_sum(self.model, inputs)
                total, count = total + float(part), count + int(tokens)
        self.model.train()
        metrics = {f"{metric_key_prefix}_loss": total / max(count, 1)}
        return EvalLoopOutput(predictions=None, label_ids=None, metrics=metrics, num_samples=count)

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return LengthGroupedOrder(self._lengths, self._train_batch_size, self.args.seed)

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """The schedule handed in: step -> share of the peak learning rate."""
        self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer or self.optimizer, self._schedule)
        self._created_lr_scheduler = True
        return self.lr_scheduler

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Not counted: Trainer walks all parameters for it at every step, and nothing of ours reads it."""
        return 0

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """History is kept in ``run``; Trainer's own log (with wall times) would differ from run to run."""

    # -- checkpoints -----------------------------------------------------------------------------------------------

    def trainable_state(self) -> dict[str, Any]:
        """Name -> tensor of everything that is trained, on the CPU."""
        return {
            name: value.detach().to("cpu", copy=True).contiguous()
            for name, value in self.model.named_parameters()
            if value.requires_grad
        }

    def load_trainable(self, state: dict[str, Any]) -> None:
        """Put ``trainable_state`` back. Raises IntegrityError when names or shapes differ."""
        own = {name: value for name, value in self.model.named_parameters() if value.requires_grad}
        if own.keys() != state.keys() or any(own[name].shape != state[name].shape for name in own):
            raise IntegrityError(
                "a checkpoint does not fit the model that is being trained",
                hint="start over with --restart",
                path=str(self._work_dir),
            )
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(state[name])

    def best_path(self) -> Path:
        """Where the best weights so far lie."""
        return self._work_dir / f"best-{self.run.best_step}.safetensors"

    def keep_best(self, step: int) -> None:
        """Store the present weights as the best."""
        self.run.best_step = step
        partial = self._work_dir / ".best.partial"
        save_file(self.trainable_state(), partial)
        checkpoint.sync(partial)
        partial.replace(self.best_path())
        checkpoint.sync(self._work_dir)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        with checkpoint.writing(self._work_dir, self.state.global_step) as folder:
            save_file(self.trainable_state(), folder / _TRAINABLE)
            self._save_optimizer_and_scheduler(str(folder))
            self._save_rng_state(str(folder))
            self.state.save_to_json(str(folder / "trainer_state.json"))
            (folder / _PROGRESS).write_text(json.dumps(asdict(self.run), sort_keys=True), encoding="utf-8")
            if self.run.best_step:
                _link(self.best_path(), folder / "best.safetensors")
        for old in self._work_dir.glob("best-*.safetensors"):
            if old != self.best_path():
                old.unlink()

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        folder = Path(resume_from_checkpoint)
        self.load_trainable(load_file(folder / _TRAINABLE))
        self.run = RunState(**json.loads((folder / _PROGRESS).read_text(encoding="utf-8")))
        if self.run.best_step:
            self.best_path().unlink(missing_ok=True)
            _link(folder / "best.safetensors", self.best_path())


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


class Conductor(TrainerCallback):  # type: ignore[misc]
    """Decides after each step: history row, validation, checkpoint, stop. Everything from the step number and losses."""

    def __init__(
        self, cadence: Cadence, stopping: Stopping, progress: Progress, advance: Callable[[int], None]
    ) -> None:
        self.trainer: SupervisedTrainer | None = None
        self.interrupted = ""
        """name of the signal that asked the run to stop; empty while none did"""
        self._cadence = cadence
        self._stopping = stopping
        self._progress = progress
        self._advance = advance
        self._started = time.perf_counter()
        self._first: tuple[int, int] | None = None

    def attach(self, trainer: SupervisedTrainer) -> None:
        """Join the trainer this conducts."""
        self.trainer = trainer

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        trainer = self._trainer()
        self._started = time.perf_counter()
        self._first = (state.global_step, trainer.run.tokens)
        if state.global_step:
            self._advance(state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        run, step = self._trainer().run, state.global_step
        self._advance(1)
        run.window_steps += 1
        last = step >= state.max_steps
        if step % self._cadence.logging_steps == 0 or last:
            rate = self._trainer().lr_scheduler.get_last_lr()[0]
            row = {"step": step, "epoch": round(state.epoch, 6), "loss": run.window_loss / run.window_steps}
            run.history.append({**row, "learning_rate": rate})
            run.window_loss, run.window_steps = 0.0, 0
        if self._trainer().eval_dataset is not None and (step % self._cadence.eval_steps == 0 or last):
            control.should_evaluate = True
        elif step % self._cadence.save_steps == 0 or self.interrupted:
            control.should_save = True
        if self.interrupted:
            control.should_training_stop = True

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float], **_: Any) -> None:
        trainer, step = self._trainer(), state.global_step
        loss = metrics["eval_loss"]
        trainer.run.evaluations.append((step, loss))
        trainer.run.history.append({"step": step, "epoch": round(state.epoch, 6), "eval_loss": loss})
        best, stop = self._stopping([value for _, value in trainer.run.evaluations])
        is_best = trainer.run.evaluations[best][0] == step
        if is_best:
            trainer.keep_best(step)
        self._progress.note(self._line(state, loss, is_best))
        if stop and step < state.max_steps:
            trainer.run.stopped_early = True
            control.should_training_stop = True
        # A step of validation may also be a step of saving, or the one at which a person stopped the run.
        control.should_save = (
            stop or bool(self.interrupted) or step % self._cadence.save_steps == 0 or step >= state.max_steps
        )

    def _line(self, state: Any, loss: float, is_best: bool) -> str:
        trainer = self._trainer()
        first_step, first_tokens = self._first or (0, 0)
        seconds = max(time.perf_counter() - self._started, 1e-9)
        speed = (trainer.run.tokens - first_tokens) / seconds
        left = (state.max_steps - state.global_step) * seconds / max(state.global_step - first_step, 1)
        logged = next((row["loss"] for row in reversed(trainer.run.history) if "loss" in row), None)
        train = "" if logged is None else f"loss {logged:.3f}, "
        return (
            f"step {state.global_step}/{state.max_steps}: {train}validation {loss:.3f}"
            f"{' (best)' if is_best else ''}, {speed:,.0f} tokens/s, {left:.0f} s left"
        )

    def _trainer(self) -> SupervisedTrainer:
        if self.trainer is None:
            raise EngineError(
                "the conductor was not attached to a trainer", hint="call attach() before train()"
            )
        return self.trainer
