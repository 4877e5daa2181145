"""Load a base model, alone or with an adapter or whole tuned weights, through transformers and PEFT. Never remote code."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.errors import DataError, EngineError
from tunewright.engines.language.model_folder import (
    check_adapter_folder,
    check_model_folder,
    check_weights_folder,
    is_adapter,
    resolve_base,
    served_digests,
)

__all__ = [
    "LoadedModel",
    "check_adapter_folder",
    "check_model_folder",
    "load_model",
    "load_tokenizer",
    "pick_device",
    "quiet",
    "resolve_base",
    "served_digests",
]


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to answer or to be trained."""

    model: Any
    """``transformers`` or ``peft`` model in evaluation mode"""
    tokenizer: Any
    device: str
    """``cpu`` or ``cuda``"""


@contextmanager
def quiet() -> Iterator[None]:
    """Third parties' loading bars and advice off for the time of the block; errors still rise."""
    from transformers.utils import logging as transformers_logging

    bars, level = transformers_logging.is_progress_bar_enabled(), transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", category=FutureWarning)
            # PEFT's on any adapter that touches the embeddings of a tied model; tests prove that such adapters reload.
            warnings.filterwarnings("ignore", message=".*ensure_weight_tying.*", category=UserWarning)
            yield
    finally:
        if bars:
            transformers_logging.enable_progress_bar()
        transformers_logging.set_verbosity(level)


def pick_device() -> str:
    """``cuda`` where a GPU is there, else ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def load_tokenizer(base_dir: Path) -> Any:
    """The base's tokenizer, with a pad token (its own, else the end token). Raises EngineError, DataError without either."""
    from transformers import AutoTokenizer

    with quiet():
        try:
            tokenizer = AutoTokenizer.from_pretrained(
                base_dir, trust_remote_code=False, local_files_only=True
            )
        except (OSError, ValueError, ImportError, KeyError) as error:
            raise EngineError(
                f"the tokenizer of {base_dir.name} does not load: {type(error).__name__}",
                hint="the folder needs tokenizer.json and tokenizer_config.json as save_pretrained() writes them",
                path=str(base_dir),
            ) from error
    if tokenizer.eos_token_id is None:
        raise DataError(
            f"the tokenizer of {base_dir.name} has no end token, so no answer could ever end",
            hint="set eos_token in tokenizer_config.json",
            file="tokenizer_config.json",
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_weights(base_dir: Path, *, device: str, dtype: Any) -> Any:
    """The bare model of a checked folder on ``device``. Raises EngineError when the architecture is unknown or unfit."""
    from transformers import AutoModelForCausalLM

    with quiet():
        try:
            model = AutoModelForCausalLM.from_pretrained(
                base_dir, dtype=dtype, trust_remote_code=False, use_safetensors=True, local_files_only=True
            )
        except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
            raise EngineError(
                f"the model in {base_dir.name} does not load: {type(error).__name__}: {str(error).splitlines()[0]}",
                hint="it must be a causal language model of an architecture in the installed transformers",
                path=str(base_dir),
            ) from error
    return model.to(device)


def load_model(base_dir: Path, weights_dir: Path | None = None, *, threads: int) -> LoadedModel:
    """Load for answering: base, base with PEFT adapter, or whole tuned weights with the base's tokenizer.

    float32 on the CPU, bfloat16 on a GPU that has it. ``threads`` is torch's thread count for the whole process.
    Raises DataError for an unsafe or unfit folder, EngineError when loading fails.
    """
    import torch

    # A link in the hub's cache leads to the blobs beside the snapshot; resolve_base checked those.
    if weights_dir is not None:
        check_weights_folder(weights_dir)
    torch.set_num_threads(threads)
    device = pick_device()
    dtype = torch.bfloat16 if device == "cuda" and torch.cuda.is_bf16_supported() else torch.float32
    if weights_dir is None:
        model = load_weights(base_dir, device=device, dtype=dtype)
    elif is_adapter(weights_dir):
        model = attach_adapter(load_weights(base_dir, device=device, dtype=dtype), weights_dir)
    else:
        model = load_weights(weights_dir, device=device, dtype=dtype)
    model.eval()
    return LoadedModel(model, load_tokenizer(base_dir), device)


def attach_adapter(model: Any, weights_dir: Path) -> Any:
    """Put a PEFT adapter on a loaded base. Raises EngineError when it does not fit."""
    from peft import PeftModel

    with quiet():
        try:
            return PeftModel.from_pretrained(model, weights_dir, local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
            raise EngineError(
                f"the adapter in {weights_dir.name} does not fit its base: {type(error).__name__}",
                hint="an adapter works only with the base it was trained on",
                path=str(weights_dir),
            ) from error
