"""Save tuned weights so that the same weights give the same bytes on any path at any time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tunewright.engines.language.transformers_model import quiet

# What a whole model needs beside its weights to load as a model of its own.
_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
)


def save_adapter(model: Any, folder: Path, base_name: str) -> None:
    """Write a standard PEFT adapter: ``adapter_model.safetensors`` and ``adapter_config.json``.

    PEFT's own configuration file holds the path the base was loaded from and sets in hash order; both would make the
    bytes depend on the machine and the process, so the name is replaced and lists that were sets are sorted.
    """
    with quiet():
        # "auto" would ask the hub whether the vocabulary grew. Embeddings in modules_to_save are saved regardless, and the
        # frozen ones under a LoRA are the base's own.
        model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = base_name
    for key in (
        "target_modules",
        "modules_to_save",
        "exclude_modules",
        "target_parameters",
        "layers_to_transform",
    ):
        if isinstance(config.get(key), list):
            config[key] = sorted(config[key])
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def save_whole(model: Any, folder: Path, base_dir: Path, dtype: Any) -> None:
    """Write a whole model in the base's own precision, with the base's tokenizer files beside it."""
    with quiet():
        model.to(dtype).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config.pop("_name_or_path", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    paths = [base_dir / name for name in _TOKENIZER_FILES]
    for path in [*paths, *base_dir.glob("*.model")]:
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
