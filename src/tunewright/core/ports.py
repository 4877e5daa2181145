"""What the domain asks of engines: small protocols in plain types. Engines implement them, flows hand them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tunewright.core.pii import PiiFigure
from tunewright.core.types import Example, Finding, Message

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Generation:
    """One generated answer."""

    text: str
    finish_reason: str
    """``stop`` or ``length``"""
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class TokenLosses:
    """Negative log-likelihoods (nats) of the assistant tokens of one conversation, in order."""

    losses: tuple[float, ...]
    spans: tuple[tuple[int, int], ...] = ()
    """where each token lies in the text of the last assistant message, in code points; (-1, -1) for tokens outside it.
    Empty when the engine cannot tell."""

    @property
    def mean(self) -> float:
        """Mean loss a token; 0 tokens give 0.0."""
        return sum(self.losses) / len(self.losses) if self.losses else 0.0


class Progress(Protocol):
    """Where long work says how far it is. ``SilentProgress`` is the fake; the CLI draws bars."""

    def task(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """``with progress.task("near-duplicates", 12063) as advance: advance(1)``."""
        ...

    def note(self, text: str) -> None:
        """One line for a person, such as ``epoch 2: validation loss 0.41``."""
        ...


class PiiDetector(Protocol):
    """Finds personal data and secrets. Pure function of the text."""

    @property
    def version(self) -> str:
        """Name and version, such as ``patterns@1``."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it looks for, such as ``card`` or ``person``. What no detector looks for, the report says."""
        ...

    @property
    def figures(self) -> tuple[PiiFigure, ...]:
        """How well it was measured to find its kinds; empty where nobody has measured it."""
        ...

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """One list a text, spans without overlap, ``turn`` = 0 (the caller sets it)."""
        ...


class Embedder(Protocol):
    """Places texts in a space where near means alike. Pure function of the text."""

    @property
    def version(self) -> str:
        """Name and version, such as ``hashed@1``."""
        ...

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Rows of length 1, shape (texts, dimensions); a text with nothing in it gives a row of zeros."""
        ...


class LanguageIdentifier(Protocol):
    """Names the language of a text. Pure function of the text, no network."""

    @property
    def version(self) -> str:
        """Name and version, such as ``langid@1``."""
        ...

    def identify(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """ISO 639-1 code and its probability, one pair a text; ``("", 0.0)`` where there is nothing to tell by."""
        ...


class Generator(Protocol):
    """Answers conversations with one loaded model."""

    def generate(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Generation]:
        """One answer a conversation, in order. temperature 0 is greedy."""
        ...

    def stream(
        self, conversation: Sequence[Message], *, max_new_tokens: int, temperature: float = 0.0, seed: int = 0
    ) -> Iterator[str | Generation]:
        """Pieces of text, then the whole ``Generation`` as last item."""
        ...


class LabelBaseline(Protocol):
    """A cheap classifier that a tuned model has to justify itself against."""

    @property
    def version(self) -> str:
        """Name and version, such as ``linear@1``."""
        ...

    def fit_predict(self, texts: Sequence[str], labels: Sequence[str], queries: Sequence[str]) -> list[str]:
        """Train on (text, label) pairs, answer one label a query. Pure function of its arguments."""
        ...


class LossScorer(Protocol):
    """Scores given answers under one loaded model."""

    @property
    def version(self) -> str:
        """Name and version, with the digest of the files the model was loaded from."""
        ...

    def token_losses(self, conversations: Sequence[Sequence[Message]]) -> list[TokenLosses]:
        """Losses of the assistant tokens of each conversation under the model's own chat template."""
        ...


class ChatForm(Protocol):
    """The form of conversation one base model takes: its chat template, control tokens and context."""

    @property
    def version(self) -> str:
        """Name and version, with the digest of the base's files."""
        ...

    @property
    def context(self) -> int:
        """Tokens the base reads at most; 0 when it does not say."""
        ...

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """Texts that the base reads as control tokens."""
        ...

    def expresses(self, roles: Sequence[str]) -> bool:
        """Whether the template carries turns of these roles in this order, none left out."""
        ...

    def render(self, messages: Sequence[Message]) -> str | None:
        """The conversation as the base sees it; None when the template refuses it."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a rendered text."""
        ...


@dataclass(frozen=True, slots=True)
class TrainOutput:
    """What a trainer leaves behind in its output folder."""

    weights_dir: Path
    """standard PEFT adapter folder, or a full model folder"""
    history: tuple[Mapping[str, float], ...]
    """one row a logged step: step, epoch, loss, learning_rate, eval_loss where measured"""
    best_step: int
    steps: int
    tokens: int
    wall_s: float
    stopped_early: bool
    left_out: int = 0
    """training examples that were longer than ``max_length`` tokens, or had nothing to learn from"""
    environment: Mapping[str, str] = field(default_factory=dict)
    """what the weights depend on beside the recipe: device, precision, threads, library versions"""


class Trainer(Protocol):
    """Runs one training to its end, resuming from ``work_dir`` when it holds a checkpoint."""

    def train(
        self,
        *,
        base_dir: Path,
        train: Sequence[Example],
        validation: Sequence[Example],
        recipe: Mapping[str, Any],
        work_dir: Path,
        seed: int,
        threads: int,
        resume: bool,
        progress: Progress,
    ) -> TrainOutput: ...


class Tracker(Protocol):
    """Mirrors runs and versions to an experiment tracker."""

    def log_run(
        self,
        *,
        name: str,
        params: Mapping[str, str],
        history: Sequence[Mapping[str, float]],
        metrics: Mapping[str, float],
        artifacts: Sequence[Path],
        tags: Mapping[str, str],
    ) -> str:
        """Records a finished run; answers its id there."""
        ...

    def register_version(
        self, *, model: str, version: str, run_id: str, source: Path, tags: Mapping[str, str]
    ) -> None: ...

    def set_alias(self, *, model: str, alias: str, version: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Work:
    """What the workers of an executor do, told by names and bytes: never a function, never a pickle of ours."""

    entry: str
    """``module:function``; called once a worker process with ``settings``, answers a function from bytes to bytes"""
    settings: bytes
    """whatever ``entry`` understands, such as the names of a step and its engines as JSON; no secrets"""


class Executor(Protocol):
    """Does work on many parts at once. The answers are the same, and in the same order, whatever the number of workers.

    A worker that dies is replaced and its part done again. What the work raises of our own errors is raised here as the
    same error; anything else as EngineError. EngineError(retryable) when the workers cannot be had any more.
    """

    @property
    def workers(self) -> int:
        """How many parts are worked on at once."""
        ...

    def map(self, work: Work, parts: Iterable[bytes]) -> Iterator[bytes]:
        """One answer a part, in order. Parts are taken a few ahead of the answers, not all at once."""
        ...

    def group(self, spread: Work, gather: Work, parts: Iterable[bytes], groups: int) -> Iterator[bytes]:
        """``spread`` answers ``groups`` blocks for a part (``core.frames.joined``); ``gather`` gets one group's blocks of
        all parts, in their order, in the same form. One answer a group, in order."""
        ...

    def close(self) -> None:
        """Ends the workers. Nothing is left behind, also after an error."""
        ...


class SilentProgress:
    """Says nothing. The default everywhere below the CLI."""

    def task(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        return _SilentTask()

    def note(self, text: str) -> None:
        return None


class _SilentTask(AbstractContextManager[Callable[[int], None]]):
    def __enter__(self) -> Callable[[int], None]:
        return lambda _count: None

    def __exit__(self, *_exc: object) -> None:
        return None
