"""What the data steps ask for by name: engines of the configuration, loaded at the first use; keys; what the build knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.options import Options
from tunewright.core.ports import ChatForm, Embedder, LanguageIdentifier, LossScorer, PiiDetector
from tunewright.data.pseudonyms import Pseudonyms
from tunewright.data.runner import checked_steps

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


class NeedNames(Options):
    """The names that engines and keys are made from: all a worker on another machine has to be told."""

    root: str
    """the workspace's folder: it holds keys and may hold models"""
    pii: tuple[str, ...]
    language: str
    embed: str
    base: str
    threads: int


class NamedNeeds(Mapping[str, Any]):
    """Name of a step's parameter -> what it gets. An engine that no step asks for is never loaded."""

    def __init__(
        self, names: NeedNames, given: Mapping[str, Any], secret_key: Callable[[str], bytes]
    ) -> None:
        """given: what is there already. secret_key: name of a key of the workspace -> its bytes."""
        self.names = names
        self._root = Path(names.root)
        self._secret_key = secret_key
        self._ready: dict[str, Any] = dict(given)
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

    def give(self, name: str, value: Any) -> None:
        """Add what is there only for the length of a build, such as its executor."""
        self._ready[name] = value

    def versions_of(self, names: Iterable[str]) -> dict[str, str]:
        """Versions of those among the named that are engines or keys."""
        return {name: self[name].version for name in sorted(set(names) & set(self._loaders))}

    def _detector(self) -> PiiDetector:
        """One detector over all that are named; ``spacy:en_core_web_lg`` names an engine and its model."""
        from tunewright.engines import load
        from tunewright.engines.pii.arbitrated import ArbitratedDetectors

        parts = [name.partition(":") for name in self.names.pii]
        detectors: list[PiiDetector] = [
            load("pii", name, **({"model": self._folder(model)} if model else {})) for name, _, model in parts
        ]
        return detectors[0] if len(detectors) == 1 else ArbitratedDetectors(detectors)

    def _folder(self, model: str) -> str:
        """The folder of that name in the workspace, else the name as it is (an installed package or an absolute path)."""
        folder = self._root / model
        return str(folder) if folder.is_dir() else model

    def _language(self) -> LanguageIdentifier:
        from tunewright.engines import load

        identifier: LanguageIdentifier = load("language_id", self.names.language)
        return identifier

    def _embedder(self) -> Embedder:
        from tunewright.engines import load

        embedder: Embedder = load("embed", self.names.embed)
        return embedder

    def _form(self) -> ChatForm:
        from tunewright.engines.language.base_form import BaseForm

        return BaseForm(self._base_dir())

    def _scorer(self) -> LossScorer:
        from tunewright.engines import load

        threads = self.names.threads
        scorer: LossScorer = load("perplexity", "transformers", base_dir=self._base_dir(), threads=threads)
        return scorer

    def _base_dir(self) -> Path:
        """The folder of the configuration's base model, relative to the workspace."""
        from tunewright.engines.language.model_folder import resolve_base

        base = self.names.base
        inside = self._root / base
        return resolve_base(str(inside) if base != "builtin" and inside.is_dir() else base)

    def _pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(self._secret_key("pseudonyms"))


class StepNeeds(NamedNeeds):
    """The needs of a workspace's steps."""

    def __init__(self, ws: Workspace, given: Mapping[str, Any]) -> None:
        configuration = ws.configuration
        engines = configuration.data.engines
        names = NeedNames(
            root=str(ws.root),
            pii=engines.pii,
            language=engines.language,
            embed=engines.embed,
            base=configuration.model.base,
            threads=configuration.runtime.threads,
        )
        super().__init__(names, {"seed": configuration.data.seed, **given}, ws.project.secret_key)
        self._steps = configuration.data.steps

    def versions(self) -> dict[str, str]:
        """Versions of the engines that the configured steps use: part of the recipe."""
        wanted: set[str] = set()
        for line, options in checked_steps(self._steps):
            wanted |= set(line.needs) - options.unused()
        return self.versions_of(wanted)
