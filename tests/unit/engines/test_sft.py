"""Training for real, on the tiny base: what is learnt, from which tokens, saved how, the same twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from tests.fixtures.conversations import conversations  # noqa: E402
from tests.fixtures.tiny_base import UNMARKED_TEMPLATE, write_tiny_base  # noqa: E402
from tests.fixtures.training import run_training, small_options  # noqa: E402
from tunewright.core.errors import ConfigError, ConflictError, DataError  # noqa: E402
from tunewright.core.ports import SilentProgress, TrainOutput  # noqa: E402
from tunewright.engines.language.chat import encode_chat  # noqa: E402
from tunewright.engines.language.model_folder import weights_digest  # noqa: E402
from tunewright.engines.language.transformers_model import load_model, load_tokenizer, load_weights, quiet  # noqa: E402


class Notes(SilentProgress):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(scope="module")
def trained(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainOutput:
    return run_training(tiny_base, tmp_path_factory.mktemp("trained"))


def validation_loss(model: Any, tokenizer: Any) -> float:
    """Mean loss of the answers' tokens, one conversation at a time, in float32: the plain definition."""
    total, count = 0.0, 0
    for example in conversations(40, split="validation", start=1000):
        chat = encode_chat(tokenizer, example.messages)
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([chat.input_ids])).logits[0].float()
        losses = -torch.log_softmax(logits, -1)
        for at in range(1, len(chat.input_ids)):
            if chat.assistant[at]:
                total += float(losses[at - 1, chat.input_ids[at]])
                count += 1
    return total / count


def test_history_has_rows_at_the_steps_it_should(trained: TrainOutput) -> None:
    losses = [int(row["step"]) for row in trained.history if "loss" in row]
    validations = [int(row["step"]) for row in trained.history if "eval_loss" in row]
    assert losses == [*range(4, 26, 4), 26]
    assert validations == [6, 12, 18, 24, 26]
    assert trained.steps == 26
    assert trained.left_out == 0
    assert trained.environment["threads"] == "1"
    first, last = (
        next(row["loss"] for row in rows if "loss" in row)
        for rows in (trained.history, trained.history[::-1])
    )
    assert last < first


def test_best_step_is_the_least_validation_loss(trained: TrainOutput) -> None:
    losses = {int(row["step"]): row["eval_loss"] for row in trained.history if "eval_loss" in row}
    assert losses[trained.best_step] == min(losses.values())


def test_saved_adapter_scores_the_validation_loss_that_was_reported(
    trained: TrainOutput, tiny_base: Path
) -> None:
    loaded = load_model(tiny_base, trained.weights_dir, threads=1)
    reported = min(row["eval_loss"] for row in trained.history if "eval_loss" in row)
    # Training evaluates in bfloat16 where the CPU has it.
    assert validation_loss(loaded.model, loaded.tokenizer) == pytest.approx(reported, rel=5e-3)
    base = load_model(tiny_base, threads=1)
    assert validation_loss(base.model, base.tokenizer) > reported + 0.3


def test_adapter_is_standard_peft_without_paths(trained: TrainOutput, tiny_base: Path) -> None:
    from peft import PeftModel

    assert sorted(path.name for path in trained.weights_dir.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    text = (trained.weights_dir / "adapter_config.json").read_text()
    assert json.loads(text)["base_model_name_or_path"] == "tiny"
    assert str(tiny_base.parent) not in text
    with quiet():
        model = PeftModel.from_pretrained(
            load_weights(tiny_base, device="cpu", dtype=torch.float32), trained.weights_dir
        )
    assert any("lora_B" in name and value.abs().sum() > 0 for name, value in model.named_parameters())


def test_same_recipe_same_digest_on_another_path(
    trained: TrainOutput, tiny_base: Path, tmp_path: Path
) -> None:
    elsewhere = Path(shutil.copytree(tiny_base, tmp_path / "moved" / "model"))
    again = run_training(elsewhere, tmp_path / "work")
    assert weights_digest(again.weights_dir) == weights_digest(trained.weights_dir)
    assert again.history == trained.history


def test_another_seed_gives_other_weights(trained: TrainOutput, tiny_base: Path, tmp_path: Path) -> None:
    other = run_training(tiny_base, tmp_path, options=small_options(seed=7))
    assert weights_digest(other.weights_dir) != weights_digest(trained.weights_dir)


def test_a_finished_training_is_not_trained_again(tiny_base: Path, tmp_path: Path) -> None:
    options = small_options(num_train_epochs=0.5)
    first = run_training(tiny_base, tmp_path, options=options)
    marker = (first.weights_dir / "adapter_model.safetensors").stat().st_mtime_ns
    again = run_training(tiny_base, tmp_path, options=options, resume=True)
    assert again == first
    assert (again.weights_dir / "adapter_model.safetensors").stat().st_mtime_ns == marker


def test_work_folder_of_another_training_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    run_training(tiny_base, tmp_path, options=small_options(num_train_epochs=0.5))
    with pytest.raises(ConflictError, match="another recipe"):
        run_training(tiny_base, tmp_path, options=small_options(num_train_epochs=0.5, seed=9), resume=True)


def test_full_tuning_saves_a_whole_model_in_the_bases_precision(tiny_base: Path, tmp_path: Path) -> None:
    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    with quiet():
        load_weights(base, device="cpu", dtype=torch.bfloat16).save_pretrained(base)
    options = small_options(method="full", learning_rate=2e-3)
    first = run_training(base, tmp_path / "a", options=options)
    again = run_training(base, tmp_path / "b", options=options)
    assert weights_digest(first.weights_dir) == weights_digest(again.weights_dir)
    config = json.loads((first.weights_dir / "config.json").read_text())
    assert config["dtype"] == "bfloat16"
    alone = load_model(first.weights_dir, threads=1)
    beside = load_model(base, first.weights_dir, threads=1)
    reported = min(row["eval_loss"] for row in first.history if "eval_loss" in row)
    assert validation_loss(alone.model, alone.tokenizer) == pytest.approx(reported, rel=2e-2)
    assert validation_loss(beside.model, beside.tokenizer) == validation_loss(alone.model, alone.tokenizer)


@pytest.mark.parametrize("tied", [True, False])
def test_embeddings_in_the_adapter_come_back_right(tmp_path: Path, tied: bool) -> None:
    base = write_tiny_base(tmp_path / "base", tied=tied)
    output = run_training(
        base, tmp_path / "work", options=small_options(lora={"modules_to_save": ["embed_tokens"]})
    )
    loaded = load_model(base, output.weights_dir, threads=1)
    reported = min(row["eval_loss"] for row in output.history if "eval_loss" in row)
    assert validation_loss(loaded.model, loaded.tokenizer) == pytest.approx(reported, rel=5e-3)
    inner = loaded.model.get_base_model()
    own = load_weights(base, device="cpu", dtype=torch.float32).get_input_embeddings().weight
    embedding = inner.get_input_embeddings().modules_to_save["default"].weight
    assert not torch.equal(embedding, own)
    if tied:  # the trained matrix also writes
        hidden = torch.ones(1, 1, inner.config.hidden_size)
        with torch.no_grad():
            assert torch.allclose(
                inner.get_output_embeddings()(hidden)[0, 0], embedding @ hidden[0, 0], atol=1e-5
            )


def test_lora_on_tied_embeddings_comes_back_right(tiny_base: Path, tmp_path: Path) -> None:
    options = small_options(lora={"target_modules": ["q_proj", "v_proj", "embed_tokens"]})
    output = run_training(tiny_base, tmp_path, options=options)
    loaded = load_model(tiny_base, output.weights_dir, threads=1)
    reported = min(row["eval_loss"] for row in output.history if "eval_loss" in row)
    assert validation_loss(loaded.model, loaded.tokenizer) == pytest.approx(reported, rel=5e-3)


def test_template_without_marks_trains_the_same_weights(tmp_path: Path, trained: TrainOutput) -> None:
    base = write_tiny_base(tmp_path / "base", template=UNMARKED_TEMPLATE)
    output = run_training(base, tmp_path / "work")
    assert weights_digest(output.weights_dir) == weights_digest(trained.weights_dir)


def test_accumulating_gradients_gives_the_loss_of_the_larger_batch(tiny_base: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "num_train_epochs": 1,
        "lora": {"lora_dropout": 0.0},
        "bf16": False,
        "logging_steps": 1,
    }
    whole = run_training(
        tiny_base, tmp_path / "a", options=small_options(per_device_train_batch_size=200, **settings)
    )
    parts = run_training(
        tiny_base,
        tmp_path / "b",
        options=small_options(per_device_train_batch_size=10, gradient_accumulation_steps=20, **settings),
    )
    losses = [next(row["loss"] for row in output.history if "loss" in row) for output in (whole, parts)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)


def test_early_stopping_keeps_the_best_weights(tiny_base: Path, tmp_path: Path) -> None:
    # Past step 10 the rate is absurd, so the validation loss rises and the run must stop with the weights from before.
    options = small_options(num_train_epochs=10, early_stopping_patience=2, eval_steps=5)
    output = run_training(
        tiny_base, tmp_path, options=options, schedule=lambda step: 1.0 if step < 10 else 100.0
    )
    assert output.stopped_early
    assert output.best_step == 10
    assert output.steps == 20
    loaded = load_model(tiny_base, output.weights_dir, threads=1)
    best = next(row["eval_loss"] for row in output.history if row["step"] == 10 and "eval_loss" in row)
    assert validation_loss(loaded.model, loaded.tokenizer) == pytest.approx(best, rel=5e-3)


def test_long_examples_are_left_out_whole_and_said(tiny_base: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(tiny_base)
    lengths = sorted(
        len(encode_chat(tokenizer, example.messages).input_ids) for example in conversations(200)
    )
    limit = lengths[150]
    notes = Notes()
    options = small_options(num_train_epochs=0.5, max_length=limit)
    output = run_training(tiny_base, tmp_path, options=options, progress=notes)
    assert output.left_out == sum(length > limit for length in lengths) > 0
    assert any(f"max_length={limit}" in line for line in notes.lines)


def test_nothing_that_fits_is_a_data_error(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of the 200 training examples"):
        run_training(tiny_base, tmp_path, options=small_options(max_length=8))


def test_module_names_the_base_does_not_have(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="LoRA does not fit"):
        run_training(tiny_base, tmp_path, options=small_options(lora={"target_modules": ["no_such_module"]}))


def test_a_lora_on_the_output_head_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="output head"):
        run_training(
            tiny_base, tmp_path, options=small_options(lora={"target_modules": ["q_proj", "lm_head"]})
        )


def test_training_leaves_the_process_as_it_was(tiny_base: Path, tmp_path: Path) -> None:
    import random

    import numpy as np

    torch.manual_seed(5)
    random.seed(5)
    np.random.seed(5)
    before = (torch.get_rng_state().clone(), random.getstate(), np.random.get_state()[1].copy())
    run_training(tiny_base, tmp_path, options=small_options(num_train_epochs=0.2))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert (np.random.get_state()[1] == before[2]).all()
    assert not torch.are_deterministic_algorithms_enabled()
