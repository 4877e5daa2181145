"""Any spaCy pipeline that is installed: its entities, in our words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunewright.core.errors import EngineError, EngineMissingError, UsageError
from tunewright.core.pii import PiiFigure
from tunewright.core.types import Finding
from tunewright.engines.pii.folder_digest import folder_digest
from tunewright.engines.pii.foreign_labels import kind_of, kinds_of
from tunewright.engines.pii.resolve import resolve

_SURE = 0.7
"""spaCy gives no probability for an entity; a person decides (redact_from is .85 by default)"""
_PIECE = 100_000


class SpacyDetector:
    """Port ``PiiDetector`` over a spaCy pipeline with a named entity recogniser or an entity ruler."""

    def __init__(self, model: str = "en_core_web_sm", confidence: float = _SURE) -> None:
        """model: name of an installed pipeline package, or its folder. confidence: of every finding.
        Raises EngineMissingError when it is not installed, UsageError when it names nothing that we report."""
        self._nlp = installed_pipeline(model)
        self._confidence = confidence
        meta = self._nlp.meta
        path = getattr(self._nlp, "path", None)
        self._version = f"spacy-{meta['lang']}_{meta['name']}-{meta['version']}" + (
            f"-{folder_digest(path)}" if path else ""
        )
        self._kinds = kinds_of(_labels(self._nlp))
        if not self._kinds:
            raise UsageError(
                f"the spaCy pipeline {model!r} has no entity label that we know",
                hint="name a pipeline with a named entity recogniser or an entity ruler",
            )

    @property
    def version(self) -> str:
        """Name, version and digest of the pipeline."""
        return f"{self._version}@1"

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the pipeline's labels mean, in our words."""
        return self._kinds

    @property
    def figures(self) -> tuple[PiiFigure, ...]:
        """None: how well it works depends on a model that is not ours."""
        return ()

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Findings of each text. One at a time: what a text holds must not depend on its neighbours in a batch."""
        return [self._detect(text) for text in texts]

    def _detect(self, text: str) -> list[Finding]:
        findings = []
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE].encode("utf-8", "replace").decode("utf-8")
            try:
                doc = self._nlp(piece)
            except (ValueError, RuntimeError) as error:
                raise EngineError(
                    f"spaCy fails on a text of {len(text)} characters: {type(error).__name__}",
                    hint="leave pii/spacy out of data.engines.pii, or name another pipeline",
                ) from None
            findings += [
                Finding(
                    kind,
                    0,
                    start + e.start_char,
                    start + e.end_char,
                    self._confidence,
                    self.version,
                    note=e.label_,
                )
                for e in doc.ents
                if (kind := kind_of(e.label_)) and e.start_char < e.end_char
            ]
        return resolve(text, [findings])


def installed_pipeline(model: str) -> Any:
    """The loaded pipeline. Raises EngineMissingError when there is none of that name or at that folder."""
    import spacy

    try:
        return spacy.load(model)
    except OSError as error:
        raise EngineMissingError(
            f"the spaCy pipeline {model!r} is not installed",
            hint="install its package with pip, or name the folder of a saved pipeline",
        ) from error


def _labels(nlp: Any) -> set[str]:
    labels: set[str] = set()
    for name, _ in nlp.pipeline:
        if nlp.get_pipe_meta(name).assigns and "doc.ents" in nlp.get_pipe_meta(name).assigns:
            labels.update(getattr(nlp.get_pipe(name), "labels", ()))
    return labels
