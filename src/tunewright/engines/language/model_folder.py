"""A base model is a folder. Which folder, is it safe to load, and what are its digests: answered without loading it.

Weights are read from safetensors only. A folder that holds code, pickles or links that lead out of it is refused: loading
such a file runs whatever its author put there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunewright.core.canonical import digest, sha256_bytes, sha256_file
from tunewright.core.errors import DataError, EngineError, EngineMissingError, NotFoundError
from tunewright.core.types import FileEntry

BUILTIN = "builtin"
_CODE = {".py", ".pyc", ".so", ".dll", ".dylib", ".exe", ".sh", ".ipynb"}
_PICKLES = {
    ".bin",
    ".pt",
    ".pth",
    ".pkl",
    ".pickle",
    ".ckpt",
    ".joblib",
    ".dill",
    ".npy",
    ".npz",
    ".nemo",
    ".h5",
    ".keras",
}
_WEIGHTS = ("*.safetensors", "*.safetensors.index.json")
_BASE_CONFIG = ("config.json", "generation_config.json")
_TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "*.model",
)
_TEMPLATE = ("chat_template.jinja", "chat_template.json", "additional_chat_templates/*.jinja")
_HUB_FILES = ("*.json", "*.safetensors", "*.jinja", "*.model", "*.txt", "README.md")
_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[\w.-]+(@[\w./-]+)?$")
_NOT_THE_MODEL = ("LICENSE", "LICENSE.txt", "NOTICE", ".gitattributes")
# Keys by which a configuration file makes the loading library import code of the author's choice.
_CODE_KEYS = ("auto_map", "custom_pipelines")
_ADAPTER_CODE_KEYS = ("auto_mapping", "megatron_config")


def resolve_base(base: str) -> Path:
    """The folder of a base model: ``builtin``, a folder, or a hub id ``owner/name[@revision]`` (downloaded or from cache).

    The folder is checked. Raises NotFoundError, DataError for an unsafe folder, EngineMissingError without huggingface_hub.
    """
    if base == BUILTIN:
        folder = Path(__file__).resolve().parent.parent.parent / "builtin" / "base_model"
        if not (folder / "config.json").is_file():
            raise NotFoundError(
                "the built-in base model is not in this installation", hint="reinstall tunewright"
            )
        check_model_folder(folder)
        return folder
    folder = Path(base).expanduser()
    if folder.is_dir():
        check_model_folder(folder)
        return folder.resolve()
    if _HUB_ID.match(base) and not base.startswith((".", "/", "~")):
        return _fetch(base)
    raise NotFoundError(
        f"the base model {base!r} is neither `builtin`, nor a folder, nor a hub id",
        hint="set model.base to a folder with config.json and *.safetensors, or to owner/name",
        base=base,
    )


def base_name(base: str) -> str:
    """A name of the base that does not depend on where this machine keeps it; goes into saved adapters."""
    if base == BUILTIN or (_HUB_ID.match(base) and not Path(base).expanduser().is_dir()):
        return "tunewright/builtin" if base == BUILTIN else base
    return Path(base).expanduser().resolve().name


def _fetch(hub_id: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise EngineMissingError(
            f"the hub id {hub_id} needs huggingface_hub, which is not installed",
            hint="run: pip install 'tunewright[train]'",
        ) from error
    repository, _, revision = hub_id.partition("@")
    try:
        folder = Path(
            snapshot_download(repository, revision=revision or None, allow_patterns=list(_HUB_FILES))
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise EngineError(
            f"the base model {hub_id} could not be fetched: {type(error).__name__}",
            hint="check the name and the network, or download it and set model.base to the folder",
            retryable=True,
            base=hub_id,
        ) from error
    # The hub's cache keeps a snapshot as links into the blobs of the same repository.
    check_model_folder(folder, links_within=folder.parent.parent)
    return folder


def check_model_folder(folder: Path, *, links_within: Path | None = None) -> None:
    """Refuse a base model folder that could run code or cannot be loaded.

    Raises DataError naming the file and the remedy: custom code (``*.py``, ``auto_map``), pickles, links out of the
    folder (or out of ``links_within``), a ``*.safetensors`` that is none, no ``config.json``, no weights. NotFoundError
    without the folder.
    """
    _check_files(folder, links_within)
    config = _json_object(folder / "config.json", "a base model needs the config.json of its architecture")
    if not isinstance(config.get("model_type"), str):
        raise DataError(
            f"{folder.name}/config.json names no model_type",
            hint="use a folder saved by save_pretrained()",
            file="config.json",
        )
    if not list(folder.glob("*.safetensors")):
        raise DataError(
            f"{folder.name} holds no *.safetensors weights",
            hint="save the model again with safe_serialization=True",
            path=str(folder),
        )


def check_adapter_folder(folder: Path) -> None:
    """Refuse an adapter folder that could run code or is no PEFT adapter in safetensors. Raises DataError, NotFoundError."""
    _check_files(folder, None)
    config = _json_object(folder / "adapter_config.json", "an adapter needs its adapter_config.json")
    for key in _ADAPTER_CODE_KEYS:
        if config.get(key):
            raise DataError(
                f"{folder.name}/adapter_config.json sets {key}, which imports code while loading",
                hint=f"remove {key} from adapter_config.json and try again",
                file="adapter_config.json",
                key=key,
            )
    if not (folder / "adapter_model.safetensors").is_file():
        raise DataError(
            f"{folder.name} holds no adapter_model.safetensors",
            hint="save the adapter again with safe_serialization=True",
            path=str(folder),
        )


def is_adapter(weights_dir: Path) -> bool:
    """Whether a weights folder is a PEFT adapter (else it is a whole model)."""
    return (weights_dir / "adapter_config.json").is_file()


def check_weights_folder(folder: Path) -> None:
    """``check_adapter_folder`` or ``check_model_folder``, whichever the folder is."""
    if is_adapter(folder):
        check_adapter_folder(folder)
    else:
        check_model_folder(folder)


def _check_files(folder: Path, links_within: Path | None) -> None:
    if not folder.is_dir():
        raise NotFoundError(f"there is no model folder {folder}", hint="check model.base", path=str(folder))
    border = (links_within or folder).resolve()
    for path, name in _walk(folder):
        if path.is_symlink() and not path.resolve().is_relative_to(border):
            raise DataError(
                f"{folder.name}/{name} is a link that leads out of the model folder",
                hint="replace the link by the file itself",
                file=name,
            )
        suffix = path.suffix.lower()
        if suffix in _CODE:
            raise DataError(
                f"{folder.name}/{name} is code; custom code is never run",
                hint="use a model of an architecture that transformers brings, and delete this file",
                file=name,
            )
        if suffix in _PICKLES:
            raise DataError(
                f"{folder.name}/{name} is a pickle or may hold one; loading it could run code",
                hint="convert the weights to safetensors and delete this file",
                file=name,
            )
        if suffix == ".safetensors":
            _check_safetensors(path, f"{folder.name}/{name}")
        elif suffix == ".json" and path.is_file():
            _check_no_code_keys(path, f"{folder.name}/{name}")


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file and link below, sorted; linked folders are yielded, not entered."""
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in (".git", ".cache"))
        here = Path(parent)
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted([*files, *links]):
            yield here / name, (here / name).relative_to(folder).as_posix()


def _check_safetensors(path: Path, name: str) -> None:
    """The header is a JSON object inside the file: https://github.com/huggingface/safetensors#format."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = stream.read(length) if 2 <= length <= min(size - 8, 100_000_000) else b""
    if not header.startswith(b"{"):
        raise DataError(
            f"{name} is not a safetensors file", hint="save or download the weights again", file=name
        )


def _check_no_code_keys(path: Path, name: str) -> None:
    if path.stat().st_size > 50_000_000:
        raise DataError(
            f"{name} is over 50 MB", hint="no model's JSON file is that large: delete it", file=name
        )
    try:
        tree = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{name} is not valid JSON", hint="save or download the model again", file=name
        ) from error
    # tokenizer.json holds the vocabulary: its keys are tokens, any word may be one.
    found = None if path.name in ("tokenizer.json", "vocab.json", "added_tokens.json") else _code_key(tree)
    if found:
        raise DataError(
            f"{name} sets {found}: it asks for custom code, which is never run",
            hint=f"use a model of an architecture that transformers brings, or remove {found} if it works without",
            file=name,
            key=found,
        )


def _code_key(tree: Any) -> str | None:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in _CODE_KEYS and value:
                return str(key)
            found = _code_key(value)
            if found:
                return found
    if isinstance(tree, list):
        return next((found for item in tree if (found := _code_key(item))), None)
    return None


def _json_object(path: Path, need: str) -> dict[str, Any]:
    if not path.is_file():
        raise DataError(
            f"{path.parent.name} has no {path.name}: {need}", hint="check model.base", file=path.name
        )
    tree = json.loads(path.read_bytes())
    if not isinstance(tree, dict):
        raise DataError(
            f"{path.parent.name}/{path.name} is not a JSON object",
            hint="save the model again",
            file=path.name,
        )
    return tree


def folder_files(folder: Path) -> list[FileEntry]:
    """Every file of a model folder with its digest, sorted by path (texts about it are no part of a model)."""
    return [
        FileEntry(path=name, digest=sha256_file(path), size_bytes=path.stat().st_size)
        for path, name in _walk(folder)
        if path.is_file() and Path(name).suffix != ".md" and Path(name).name not in _NOT_THE_MODEL
    ]


def base_digest(base_dir: Path) -> str:
    """Digest of everything in the base folder that a model is loaded from."""
    return digest({entry.path: entry.digest for entry in folder_files(base_dir)})


def form_digest(base_dir: Path) -> str:
    """Digest of what decides the form of a conversation: configuration, tokenizer and chat template, not the weights."""
    return _digest_of(base_dir, (*_BASE_CONFIG, *_TOKENIZER, *_TEMPLATE))


def weights_digest(weights_dir: Path) -> str:
    """Digest of an adapter folder or a whole tuned model; does not depend on where it lies."""
    return digest({entry.path: entry.digest for entry in folder_files(weights_dir)})


def served_digests(base_dir: Path, weights_dir: Path | None) -> dict[str, str]:
    """What is served, by part: ``base``, ``weights`` (empty for the bare base), ``tokenizer``, ``chat_template``,
    ``quantisation``. Evidence and decisions bind to the digest of this mapping."""
    return {
        "base": _digest_of(base_dir, (*_BASE_CONFIG, *_WEIGHTS)),
        "weights": weights_digest(weights_dir) if weights_dir is not None else "",
        "tokenizer": _digest_of(base_dir, _TOKENIZER),
        "chat_template": sha256_bytes(chat_template(base_dir).encode("utf-8")),
        "quantisation": "none",
    }


def _digest_of(folder: Path, patterns: tuple[str, ...]) -> str:
    paths = sorted({path for pattern in patterns for path in folder.glob(pattern)})
    return digest({path.relative_to(folder).as_posix(): sha256_file(path) for path in paths})


def chat_template(base_dir: Path) -> str:
    """The text of the folder's chat templates (usually one); empty when it has none."""
    texts = [
        path.read_text(encoding="utf-8") for pattern in _TEMPLATE for path in sorted(base_dir.glob(pattern))
    ]
    tokenizer_config = base_dir / "tokenizer_config.json"
    if not texts and tokenizer_config.is_file():
        inside = json.loads(tokenizer_config.read_bytes()).get("chat_template")
        texts = [inside if isinstance(inside, str) else json.dumps(inside, sort_keys=True)] if inside else []
    return "\n".join(texts)
