"""What the data steps ask for by name: engines of the configuration, loaded at the first use; keys; what the build knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.ports import ChatForm, Embedder, LanguageIdentifier, LossScorer, PiiDetector
from tunewright.data.pseudonyms import Pseudonyms
from tunewright.data.runner import checked_steps

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


class StepNeeds(Mapping[str, Any]):
    """Name of a step's parameter -> what it gets. An engine that no step asks for is never loaded."""

    def __init__(self, ws: Workspace, given: Mapping[str, Any]) -> None:
        self._ws = ws
        self._ready: dict[str, Any] = {"seed": ws.configuration.data.seed, **given}
        self._loaders: Mapping[str, Callable[[], Any]] = {
            "detector": self._detector,
            "language": self._language,
            "embedder": self._embedder,
            "pseudonyms": self._pseudonyms,
            "form": self._form,
            "scorer": self._scorer,
        }

    def __getitem__(self, name: str) -> Any:
        """Raises KeyError for a name nobody knows, EngineMissingError for an engine that is not installed."""
        if name not in self._ready:
            self._ready[name] = self._loaders[name]()
        return self._ready[name]

    def __iter__(self) -> Iterator[str]:
        yield from dict.fromkeys([*self._ready, *self._loaders])

    def __len__(self) -> int:
        return len({*self._ready, *self._loaders})

    def versions(self) -> dict[str, str]:
        """Versions of the engines that the configured steps use: part of the recipe."""
        wanted: set[str] = set()
        for line, options in checked_steps(self._ws.configuration.data.steps):
            wanted |= set(line.needs) - options.unused()
        return {name: self[name].version for name in sorted(wanted & set(self._loaders))}

    def _detector(self) -> PiiDetector:
        """One detector over all that are named; ``spacy:en_core_web_lg`` names an engine and its model."""
        from tunewright.engines import load
        from tunewright.engines.pii.arbitrated import ArbitratedDetectors

        parts = [name.partition(":") for name in self._ws.configuration.data.engines.pii]
        detectors: list[PiiDetector] = [
            load("pii", name, **({"model": self._folder(model)} if model else {})) for name, _, model in parts
        ]
        return detectors[0] if len(detectors) == 1 else ArbitratedDetectors(detectors)

    def _folder(self, model: str) -> str:
        """The folder of that name in the workspace, else the name as it is (an installed package or an absolute path)."""
        folder = self._ws.root / model
        return str(folder) if folder.is_dir() else model

    def _language(self) -> LanguageIdentifier:
        from tunewright.engines import load

        identifier: LanguageIdentifier = load("language_id", self._ws.configuration.data.engines.language)
        return identifier

    def _embedder(self) -> Embedder:
        from tunewright.engines import load

        embedder: Embedder = load("embed", self._ws.configuration.data.engines.embed)
        return embedder

    def _form(self) -> ChatForm:
        from tunewright.engines.language.base_form import BaseForm

        return BaseForm(self._base_dir())

    def _scorer(self) -> LossScorer:
        from tunewright.engines import load

        threads = self._ws.configuration.runtime.threads
        scorer: LossScorer = load("perplexity", "transformers", base_dir=self._base_dir(), threads=threads)
        return scorer

    def _base_dir(self) -> Path:
        """The folder of the configuration's base model, relative to the workspace."""
        from tunewright.engines.language.model_folder import resolve_base

        base = self._ws.configuration.model.base
        inside = self._ws.root / base
        return resolve_base(str(inside) if base != "builtin" and inside.is_dir() else base)

    def _pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(self._ws.project.secret_key("pseudonyms"))
