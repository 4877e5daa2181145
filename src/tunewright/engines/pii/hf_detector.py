"""Any local Hugging Face token classifier: a folder with a model and its fast tokenizer; labels in our words.

Long texts are read in windows that overlap, so nothing is cut off; of a token that two windows see, the one in which it
stands farther from the edge decides. One window at a time: padding would make an answer depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tunewright.core.errors import EngineError, UsageError
from tunewright.core.pii import PiiFigure
from tunewright.core.types import Finding
from tunewright.engines.pii.folder_digest import folder_digest
from tunewright.engines.pii.foreign_labels import kind_of, kinds_of
from tunewright.engines.pii.resolve import resolve

_WINDOW = 512
_STRIDE = 64
Scored = tuple[int, int, str, bool, float]
"""start, end, kind, whether it begins a thing, probability"""


class HuggingFaceDetector:
    """Port ``PiiDetector`` over ``AutoModelForTokenClassification``. Loads from a folder only, never from a hub."""

    def __init__(self, model: str = "", least: float = 0.3) -> None:
        """model: the folder. least: findings below are not reported.

        Raises UsageError without a folder or with one whose labels we do not know, EngineError when it does not load."""
        folder = Path(model)
        if not model or not (folder / "config.json").is_file():
            raise UsageError(
                f"pii/hf needs the folder of a token classifier; {model!r} has no config.json",
                hint="write hf:PATH in data.engines.pii",
            )
        from transformers import AutoModelForTokenClassification, AutoTokenizer

        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
            self._model = AutoModelForTokenClassification.from_pretrained(
                folder, local_files_only=True
            ).eval()
        except (OSError, ValueError, KeyError) as error:
            raise EngineError(
                f"the token classifier in {model!r} does not load: {type(error).__name__}",
                hint="the folder needs config.json, weights (safetensors) and a fast tokenizer (tokenizer.json)",
            ) from error
        if not self._tokenizer.is_fast:
            raise UsageError(
                f"the tokenizer in {model!r} gives no offsets",
                hint="save it as a fast tokenizer (tokenizer.json)",
            )
        self._labels = {int(number): label for number, label in self._model.config.id2label.items()}
        self._kinds = kinds_of(label for label in self._labels.values() if label != "O")
        if not self._kinds:
            raise UsageError(
                f"the token classifier in {model!r} has no label that we know",
                hint="name its labels as CoNLL, spaCy, Presidio or Tunewright do (PER, GPE, US_SSN, person)",
            )
        self._least = least
        self._version = f"hf-{folder.resolve().name}-{folder_digest(folder)}@1"

    @property
    def version(self) -> str:
        """Name and digest of the folder."""
        return self._version

    @property
    def kinds(self) -> tuple[str, ...]:
        """What its labels mean, in our words."""
        return self._kinds

    @property
    def figures(self) -> tuple[PiiFigure, ...]:
        """None: how well it works depends on a model that is not ours."""
        return ()

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Findings of each text; confidence is the mean probability of the tokens."""
        return [self._detect(text) for text in texts]

    def _detect(self, text: str) -> list[Finding]:
        if not text.strip():
            return []
        safe = text.encode("utf-8", "replace").decode("utf-8")
        findings = [
            Finding(kind, 0, start, end, round(sure, 4), self._version)
            for start, end, kind, sure in _things(self._tokens(safe))
            if sure >= self._least
        ]
        return resolve(text, [findings])

    def _tokens(self, text: str) -> list[Scored]:
        import torch

        longest = min(_WINDOW, int(getattr(self._model.config, "max_position_embeddings", _WINDOW)))
        encoded = self._tokenizer(
            text, truncation=True, max_length=longest, stride=min(_STRIDE, longest // 4),
            return_overflowing_tokens=True, return_offsets_mapping=True, return_special_tokens_mask=True,
        )  # fmt: skip
        best: dict[tuple[int, int], tuple[int, Scored]] = {}
        for window, ids in enumerate(encoded["input_ids"]):
            with torch.inference_mode():
                logits = self._model(
                    input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long)
                ).logits[0]
                sure, numbers = logits.float().softmax(-1).max(-1)
            for place, (start, end) in enumerate(encoded["offset_mapping"][window]):
                if encoded["special_tokens_mask"][window][place] or start == end:
                    continue
                label = self._labels[int(numbers[place])]
                scored = (start, end, kind_of(label), label[:2].upper() == "B-", float(sure[place]))
                inner = min(place, len(ids) - 1 - place)
                if (start, end) not in best or best[start, end][0] < inner:
                    best[start, end] = (inner, scored)
        return [scored for _, (_, scored) in sorted(best.items())]


def _things(tokens: Sequence[Scored]) -> Iterator[tuple[int, int, str, float]]:
    """Neighbouring tokens of one kind as one thing: start, end, kind, mean probability."""
    at = 0
    while at < len(tokens):
        start, end, kind, _, sure = tokens[at]
        at += 1
        if not kind:
            continue
        chances = [sure]
        while at < len(tokens) and tokens[at][2] == kind and not _apart(tokens[at], end):
            end = tokens[at][1]
            chances.append(tokens[at][4])
            at += 1
        yield start, end, kind, sum(chances) / len(chances)


def _apart(token: Scored, end: int) -> bool:
    """Whether the token begins another thing: marked so, and not glued to the one before (a piece of its word)."""
    return token[0] - end > 2 or (token[3] and token[0] > end)
