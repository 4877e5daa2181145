"""The ``train`` section of the configuration. Names inside are Hugging Face's."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tunewright.core.options import Options

LEARNING_RATES = {"lora": 3e-3, "full": 1e-3}
EPOCHS = {"lora": 4.0, "full": 3.0}
"""Peak rates and epochs for the built-in base at a batch of 32 (docs/notes/base-model-log.md); a larger model wants less."""


class LoraOptions(Options):
    """PEFT LoRA."""

    r: int = Field(32, ge=1, le=512)
    lora_alpha: int = Field(64, ge=1)
    lora_dropout: float = Field(0.0, ge=0, lt=1)
    target_modules: str | tuple[str, ...] = "all-linear"
    modules_to_save: tuple[str, ...] = ()
    use_rslora: bool = False


class TrainOptions(Options):
    """Method and hyperparameters; everything here is recipe."""

    method: Literal["lora", "full"] = "lora"
    lora: LoraOptions = LoraOptions()
    learning_rate: float | None = Field(
        None, gt=0, description="peak; unset: by method, 3e-3 for lora and 1e-3 for full"
    )
    num_train_epochs: float | None = Field(
        None, gt=0, description="unset: by method, 4 for lora and 3 for full"
    )
    per_device_train_batch_size: int = Field(32, ge=1)
    gradient_accumulation_steps: int = Field(1, ge=1)
    weight_decay: float = Field(0.0, ge=0)
    warmup_ratio: float = Field(0.05, ge=0, lt=1)
    lr_scheduler_type: Literal["cosine"] = "cosine"
    max_grad_norm: float = Field(1.0, gt=0)
    max_length: int = Field(256, ge=8)
    bf16: bool = True
    eval_steps: int = Field(100, ge=1)
    save_steps: int = Field(100, ge=1)
    logging_steps: int = Field(10, ge=1)
    early_stopping_patience: int = Field(
        3, ge=1, description="validations without improvement before stopping"
    )
    seed: int = 42
