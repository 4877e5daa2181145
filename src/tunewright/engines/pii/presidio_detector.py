"""Microsoft Presidio's analyzer: its English recognisers over a blank spaCy pipeline, or over an installed one.

Nothing is fetched: the public suffix list is the one inside tldextract's package, and a pipeline that is not installed
is an error (Presidio itself would download it).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from tunewright.core.errors import EngineError
from tunewright.core.pii import PiiFigure
from tunewright.core.types import Finding
from tunewright.engines.pii.foreign_labels import kind_of, kinds_of
from tunewright.engines.pii.resolve import resolve
from tunewright.engines.pii.spacy_detector import installed_pipeline


class PresidioDetector:
    """Port ``PiiDetector`` over ``presidio_analyzer.AnalyzerEngine``."""

    def __init__(self, model: str = "", least: float = 0.35) -> None:
        """model: name or folder of a spaCy pipeline, empty: none, so names and places are not looked for.
        least: scores below are not reported. Raises EngineMissingError for a pipeline that is not installed."""
        self._least = least
        self._pipeline = model
        nlp = _blank() if not model else installed_pipeline(model)
        try:
            self._analyzer = _analyzer(nlp)
        except (ImportError, OSError, ValueError) as error:
            raise EngineError(
                f"Presidio does not start: {type(error).__name__}: {error}",
                hint="run: pip install 'tunewright[presidio]'",
            ) from error
        meta = nlp.meta
        self._nlp_version = f"{meta['lang']}_{meta['name']}-{meta['version']}" if model else "blank"

    @property
    def version(self) -> str:
        """Presidio's version and the pipeline's."""
        return f"presidio-{version('presidio_analyzer')}+{self._nlp_version}@1"

    @property
    def kinds(self) -> tuple[str, ...]:
        """What its recognisers look for, in our words. Without a pipeline's labels nothing looks for names."""
        names = {
            entity
            for recognizer in self._analyzer.registry.recognizers
            if self._pipeline or recognizer.name != "SpacyRecognizer"
            for entity in recognizer.supported_entities
        }
        return kinds_of(names)

    @property
    def figures(self) -> tuple[PiiFigure, ...]:
        """None: how well it works depends on a model that is not ours."""
        return ()

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Findings of each text; overlaps of Presidio's own are resolved. Raises EngineError when Presidio fails."""
        return [self._detect(text) for text in texts]

    def _detect(self, text: str) -> list[Finding]:
        if not text.strip():
            return []
        try:
            found = self._analyzer.analyze(_without_halves(text), language="en", score_threshold=self._least)
        except (ValueError, RuntimeError, UnicodeError) as error:
            raise EngineError(
                f"Presidio fails on a text of {len(text)} characters: {type(error).__name__}",
                hint="report it to Presidio, or leave pii/presidio out of data.engines.pii",
            ) from None
        findings = [
            Finding(
                kind,
                0,
                result.start,
                result.end,
                round(result.score, 4),
                self.version,
                note=result.entity_type,
            )
            for result in found
            if (kind := kind_of(result.entity_type)) and result.start < result.end
        ]
        return resolve(text, [findings])


def _without_halves(text: str) -> str:
    """Half surrogates, which no library can encode, as question marks; every character stays in its place."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _blank() -> Any:
    import spacy

    return spacy.blank("en")


def _analyzer(nlp: Any) -> Any:
    """Presidio's analyzer over a loaded pipeline, with tldextract kept off the network."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "given"}])
    setattr(engine, "nlp", {"en": nlp})  # noqa: B010 - what its load() would set after a download
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
