"""Supervised fine-tuning of a causal language model: LoRA or all weights, on the assistant's tokens only."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

# The tokenizers' and OpenMP's own threads would compete with torch's; must be set before they start.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import load_file
from trl import SFTConfig

from tunewright.core.canonical import digest
from tunewright.core.errors import ConfigError, ConflictError, DataError, EngineError
from tunewright.core.ports import Progress, TrainOutput
from tunewright.core.types import Example
from tunewright.engines.language.chat import encode_chat
from tunewright.engines.language.model_folder import base_digest
from tunewright.engines.language.transformers_model import load_tokenizer, load_weights, pick_device, quiet
from tunewright.engines.train import checkpoint
from tunewright.engines.train.batches import IGNORED, Collator, EncodedExample
from tunewright.engines.train.precision import library_versions, precision
from tunewright.engines.train.supervised import Cadence, Conductor, Stopping, SupervisedTrainer
from tunewright.engines.train.weight_files import save_adapter, save_whole

_IDENTITY = "identity.json"
_RESULT = "result.json"
_EMBEDDINGS = ("embed_tokens", "lm_head", "wte", "embed_in", "embed_out", "word_embeddings")


class SftTrainer:
    """Implements ``Trainer`` on TRL's SFTTrainer and PEFT.

    ``schedule`` gives the share of the peak learning rate at a step, ``stopping`` the best validation so far and whether to
    stop. ``recipe`` is the resolved ``train`` section: its hyperparameters, ``max_steps``, ``base_name``.
    """

    def __init__(self, *, schedule: Callable[[int], float], stopping: Stopping) -> None:
        self._schedule = schedule
        self._stopping = stopping

    def train(
        self,
        *,
        base_dir: Path,
        train: Sequence[Example],
        validation: Sequence[Example],
        recipe: Mapping[str, Any],
        work_dir: Path,
        seed: int,
        threads: int,
        resume: bool,
        progress: Progress,
    ) -> TrainOutput:
        """Train to the end, from the newest whole checkpoint in ``work_dir`` when ``resume``, else from the start.

        On Ctrl-C a checkpoint is written and KeyboardInterrupt raised. Raises DataError when nothing can be learned from the
        examples, ConflictError when ``work_dir`` holds another training, ConfigError for options that do not fit the model.
        """
        device = pick_device()
        environment = {
            "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
            "precision": precision(bool(recipe["bf16"]), device),
            "threads": str(threads),
            **library_versions(),
        }
        identity = {
            "base": base_digest(base_dir),
            "recipe": dict(recipe),
            "seed": seed,
            "environment": environment,
            "train": digest([[example.id, example.messages] for example in train]),
            "validation": digest([[example.id, example.messages] for example in validation]),
        }
        work_dir.mkdir(parents=True, exist_ok=True)
        if not resume:
            checkpoint.clear(work_dir)
        _claim(work_dir, digest(identity))
        finished = _finished(work_dir)
        if finished is not None:
            return finished
        with _isolated(threads, seed):
            job = _Job(base_dir, recipe, work_dir, seed, device, environment, progress)
            return job.run(train, validation, self._schedule, self._stopping)


class _Job:
    """One training in one work folder."""

    def __init__(
        self,
        base_dir: Path,
        recipe: Mapping[str, Any],
        work_dir: Path,
        seed: int,
        device: str,
        environment: Mapping[str, str],
        progress: Progress,
    ) -> None:
        self._base_dir = base_dir
        self._recipe = recipe
        self._work_dir = work_dir
        self._seed = seed
        self._device = device
        self._environment = environment
        self._progress = progress
        self._tokenizer = load_tokenizer(base_dir)

    def run(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        schedule: Callable[[int], float],
        stopping: Stopping,
    ) -> TrainOutput:
        started = time.perf_counter()
        rows, left_out = self._encode(train, "training")
        held_out, _ = self._encode(validation, "validation") if validation else ([], 0)
        longest = max(len(row.input_ids) for row in (*rows, *held_out))
        model = self._model()
        total = int(self._recipe["max_steps"])
        with self._progress.task("train", total) as advance:
            conductor = Conductor(self._cadence(), stopping, self._progress, advance)
            with quiet():
                trainer = SupervisedTrainer(
                    work_dir=self._work_dir,
                    lengths=[len(row.input_ids) for row in rows],
                    schedule=schedule,
                    model=model,
                    args=self._arguments(),
                    data_collator=Collator(self._tokenizer.pad_token_id, longest),
                    train_dataset=_dataset(rows),
                    eval_dataset=_dataset(held_out) if held_out else None,
                    processing_class=self._tokenizer,
                    callbacks=[conductor],
                )
                conductor.attach(trainer)
                self._fit(trainer, conductor, total)
        if trainer.run.best_step:
            trainer.load_trainable(load_file(trainer.best_path()))
        return self._result(trainer, time.perf_counter() - started, left_out)

    def _encode(self, examples: Sequence[Example], what: str) -> tuple[list[EncodedExample], int]:
        """Token rows of the examples that fit; an example too long is left out whole: a cut answer teaches cut answers."""
        longest = int(self._recipe["max_length"])
        rows, too_long, empty = [], 0, 0
        for example in examples:
            chat = encode_chat(self._tokenizer, example.messages)
            if not chat.supervised:
                empty += 1
            elif len(chat.input_ids) > longest:
                too_long += 1
            else:
                labels = tuple(
                    token if mine else IGNORED
                    for token, mine in zip(chat.input_ids, chat.assistant, strict=True)
                )
                rows.append(EncodedExample(chat.input_ids, labels))
        if too_long:
            self._progress.note(
                f"{too_long} of {len(examples)} {what} examples are longer than train.max_length={longest} tokens: left out"
            )
        if empty:
            self._progress.note(
                f"{empty} of {len(examples)} {what} examples have no assistant turn: left out"
            )
        if not rows:
            raise DataError(
                f"none of the {len(examples)} {what} examples can be learned from: {too_long} are longer than "
                f"{longest} tokens, {empty} have no assistant turn",
                hint="raise train.max_length, or check the data with `tunewright data report`",
                examples=len(examples),
                too_long=too_long,
                without_assistant=empty,
            )
        return rows, too_long + empty

    def _model(self) -> Any:
        """The base, ready to train: everything (full) or the adapter only (lora)."""
        lora = self._recipe["method"] == "lora"
        # On a GPU a frozen base needs no more than bfloat16; what is trained is kept in float32.
        half = lora and self._device == "cuda" and self._environment["precision"] == "bf16"
        model = load_weights(
            self._base_dir, device=self._device, dtype=torch.bfloat16 if half else torch.float32
        )
        self._stored_dtype = getattr(model.config, "dtype", None) if lora else _stored_dtype(self._base_dir)
        model.config.use_cache = False
        if not lora:
            return model
        options = self._recipe["lora"]
        target = options["target_modules"]
        carried = list(options["modules_to_save"])
        tied = bool(getattr(model.config, "tie_word_embeddings", False))
        config = LoraConfig(
            task_type="CAUSAL_LM",
            r=options["r"],
            lora_alpha=options["lora_alpha"],
            lora_dropout=options["lora_dropout"],
            target_modules=target if isinstance(target, str) else list(target),
            modules_to_save=carried or None,
            use_rslora=options["use_rslora"],
            # A tied model has one matrix for reading and writing; an adapter that carries it must keep it one. (A LoRA on
            # the embedding changes reading only: TRL trains none on the output head.)
            ensure_weight_tying=tied and any(name in _EMBEDDINGS for name in carried),
        )
        torch.manual_seed(self._seed)
        try:
            with quiet():
                adapted = get_peft_model(model, config)
        except ValueError as error:
            raise ConfigError(
                f"LoRA does not fit this base: {str(error).splitlines()[0]}",
                hint="set train.lora.target_modules to `all-linear` or to module names of the base",
            ) from error
        if isinstance(adapted.get_base_model().get_output_embeddings(), BaseTunerLayer):
            raise ConfigError(
                "train.lora.target_modules names the output head, which takes no LoRA",
                hint="put it into train.lora.modules_to_save, which trains it whole",
            )
        return adapted

    def _cadence(self) -> Cadence:
        return Cadence(*(int(self._recipe[key]) for key in ("logging_steps", "eval_steps", "save_steps")))

    def _arguments(self) -> Any:
        recipe = self._recipe
        return SFTConfig(
            output_dir=str(self._work_dir),
            max_steps=int(recipe["max_steps"]),
            learning_rate=recipe["learning_rate"],
            per_device_train_batch_size=recipe["per_device_train_batch_size"],
            per_device_eval_batch_size=max(recipe["per_device_train_batch_size"], 32),
            gradient_accumulation_steps=recipe["gradient_accumulation_steps"],
            weight_decay=recipe["weight_decay"],
            max_grad_norm=recipe["max_grad_norm"],
            optim="adamw_torch_fused",
            bf16=self._environment["precision"] == "bf16",
            fp16=False,
            use_cpu=self._device == "cpu",
            seed=self._seed,
            data_seed=self._seed,
            eval_strategy="no",
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            gradient_checkpointing=False,
            remove_unused_columns=False,
            dataloader_num_workers=0,
            dataloader_pin_memory=self._device == "cuda",
            dataset_kwargs={"skip_prepare_dataset": True},
            max_length=None,
            packing=False,
        )

    def _fit(self, trainer: SupervisedTrainer, conductor: Conductor, total: int) -> None:
        """Run or continue the steps. Raises KeyboardInterrupt after a checkpoint when a person stops the run."""
        folder = checkpoint.latest(self._work_dir)
        if folder is not None:
            step = checkpoint.step_of(folder)
            self._progress.note(f"continuing after step {step} of {total}")
            trainer._load_from_checkpoint(str(folder))
            if step >= total or trainer.run.stopped_early:
                return
        with _stop_politely(conductor):
            trainer.train(resume_from_checkpoint=str(folder) if folder is not None else None)
        if conductor.interrupted:
            self._progress.note(
                f"{conductor.interrupted}: stopped after step {trainer.state.global_step} of {total}; "
                "continue with: tunewright train --resume"
            )
            raise KeyboardInterrupt

    def _result(self, trainer: SupervisedTrainer, wall_s: float, left_out: int) -> TrainOutput:
        """Write the weights and the result file, which says that the training is complete."""
        partial, final = self._work_dir / ".weights.partial", self._work_dir / "weights"
        for folder in (partial, final):
            if folder.exists():
                checkpoint.clear(folder)
                folder.rmdir()
        if self._recipe["method"] == "lora":
            save_adapter(trainer.model, partial, str(self._recipe["base_name"]))
        else:
            save_whole(trainer.model, partial, self._base_dir, self._stored_dtype)
        for path in partial.iterdir():
            checkpoint.sync(path)
        partial.rename(final)
        run = trainer.run
        steps = max((int(row["step"]) for row in run.history), default=0)
        output = TrainOutput(
            weights_dir=final,
            history=tuple(run.history),
            best_step=run.best_step or steps,
            steps=steps,
            tokens=run.tokens,
            wall_s=wall_s,
            stopped_early=run.stopped_early,
            left_out=left_out,
            environment=dict(self._environment),
        )
        body = {**asdict(output), "weights_dir": final.name}
        checkpoint.write_atomically(
            self._work_dir / _RESULT, json.dumps(body, sort_keys=True).encode("utf-8")
        )
        return output


def _stored_dtype(base_dir: Path) -> Any:
    """The precision the base's weights are stored in (float32 when its config does not say)."""
    config = json.loads((base_dir / "config.json").read_text(encoding="utf-8"))
    name = config.get("dtype") or config.get("torch_dtype") or "float32"
    return {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(name, torch.float32)


def _dataset(rows: Sequence[EncodedExample]) -> Any:
    return Dataset.from_dict(
        {"input_ids": [list(row.input_ids) for row in rows], "labels": [list(row.labels) for row in rows]}
    )


def _claim(work_dir: Path, identity: str) -> None:
    """Mark the work folder as this training's. Raises ConflictError when it is another's."""
    path = work_dir / _IDENTITY
    if path.is_file():
        known = json.loads(path.read_text(encoding="utf-8"))["identity"]
        if known != identity:
            raise ConflictError(
                "the unfinished training in the work folder has another recipe, data, base or environment",
                hint="run `tunewright train --restart` to start over",
                work_dir=str(work_dir),
            )
        return
    checkpoint.write_atomically(path, json.dumps({"identity": identity}).encode("utf-8"))


def _finished(work_dir: Path) -> TrainOutput | None:
    """The result of a training that completed in this folder (and was perhaps not recorded)."""
    path = work_dir / _RESULT
    if not path.is_file():
        return None
    body = json.loads(path.read_text(encoding="utf-8"))
    return TrainOutput(
        **{**body, "weights_dir": work_dir / body["weights_dir"], "history": tuple(body["history"])}
    )


@contextmanager
def _isolated(threads: int, seed: int) -> Iterator[None]:
    """Seeded, deterministic, with ``threads`` threads; the process's own random state and settings come back after."""
    python, numpy, threads_before = random.getstate(), np.random.get_state(), torch.get_num_threads()
    strict, warn_only = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    torch.set_num_threads(threads)
    # On a GPU some kernels have no deterministic form: warned about there, an error on the CPU.
    torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
    except torch.OutOfMemoryError as error:
        raise EngineError(
            "the device ran out of memory while training",
            hint="lower train.per_device_train_batch_size and raise train.gradient_accumulation_steps by the same factor",
        ) from error
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_num_threads(threads_before)
        torch.use_deterministic_algorithms(strict, warn_only=warn_only)


@contextmanager
def _stop_politely(conductor: Conductor) -> Iterator[None]:
    """First Ctrl-C or SIGTERM: finish the step and write a checkpoint. A second one stops at once."""

    def ask(number: int, _frame: Any) -> None:
        if conductor.interrupted:
            raise KeyboardInterrupt
        conductor.interrupted = signal.Signals(number).name

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, ask)
    except ValueError:  # not the main thread: whoever runs us there handles signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
