"""Fold a LoRA adapter into its base for answering: one matrix product a layer instead of three."""

from __future__ import annotations

from typing import Any


def merged(model: Any) -> Any:
    """The plain model with the adapter added to its weights, where that is the same function; else ``model`` itself.

    An adapter that touches the embedding or the head of a model with tied embeddings is left alone: the two share one
    weight, and adding the change there would change both.
    """
    import torch

    if not hasattr(model, "merge_and_unload"):
        return model
    tied = bool(getattr(model.config, "tie_word_embeddings", False))
    touched = [name for name, _ in model.named_parameters() if "lora_" in name or "modules_to_save" in name]
    shared = {id(module) for module in (model.get_input_embeddings(), model.get_output_embeddings())}
    ends = ("embed_tokens", "lm_head", "wte", "embed_out", "word_embeddings")
    if tied and (any(end in name.split(".") for name in touched for end in ends) or _wrapped(model, shared)):
        return model
    with torch.inference_mode(False):
        return model.merge_and_unload()


def _wrapped(model: Any, shared: set[int]) -> bool:
    """Whether the embedding or head itself has been replaced by an adapter layer."""
    return any(id(module) in shared and hasattr(module, "base_layer") for module in model.modules())
