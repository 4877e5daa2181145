"""Language identification by py3langid: naive Bayes over byte n-grams, offline, numpy only, some 17,000 short messages a
CPU second. Measured beside fastText's compressed model and lingua in docs/guide/data-quality.md."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from typing import Any

_SAME = {"pcm": "en", "sco": "en", "zxx": "", "und": "", "nb": "no", "nn": "no"}
"""labels of the model that the product does not tell apart (Nigerian Pidgin and Scots differ from English in few words of
a short message), or that mean "no language"."""
_READ_CHARS = 20_000
"""a language shows in the first pages of a text"""


class LangidIdentifier:
    """ISO 639-1 code (639-3 for languages that have none) and probability of a text's language."""

    def __init__(self) -> None:
        self._version = f"langid@{metadata.version('py3langid')}"
        self._model: Any = None

    @property
    def version(self) -> str:
        """Name and version of the package that holds the model."""
        return self._version

    def identify(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """One pair a text; ``("", 0.0)`` where there is nothing to tell by."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> tuple[str, float]:
        if not any(map(str.isalpha, text[:_READ_CHARS])):
            return "", 0.0
        code, probability = self._loaded().classify(text[:_READ_CHARS])
        code = _SAME.get(code, code)
        return (code, round(min(1.0, float(probability)), 4)) if code else ("", 0.0)

    def _loaded(self) -> Any:
        if self._model is None:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            self._model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        return self._model
