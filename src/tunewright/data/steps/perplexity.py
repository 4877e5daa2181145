"""Find replies the base model finds strange: by perplexity, and by how little the prompt explains them.

For every reply two losses (nats a token) under the base model: given the prompt, and alone. Their ratio is the
instruction-following difficulty of Li et al. 2023 ("From quantity to quality: boosting LLM performance with self-guided
data selection for instruction tuning"): above 1 the prompt makes the reply LESS likely. Loss is log-perplexity, so outliers
are told on the log scale, against the median and the median absolute deviation of the example's own source. A ratio above 1
alone says little where the base is small (.40 of the clean rows of a label task have one): it must be an outlier as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tunewright.core.errors import UsageError
from tunewright.core.options import Options
from tunewright.core.ports import LossScorer
from tunewright.core.types import Evidence, Example, Keep, Message, Outcome
from tunewright.data.doubts import Action, doubted, whole_turn
from tunewright.data.steps import StepFn, corpus_step

VERSION = 1
_NORMAL = 1.4826
_LEAST_SPREAD = 0.05
_CHUNK = 2048
_SHORTEST = 32
"""characters below which a text is not cut further"""
_DIGITS = 2
"""losses are told to so many digits: which texts share a batch does not show"""


class PerplexityOptions(Options):
    """What is strange."""

    outlier: float = Field(5.0, gt=0, description="robust deviations of the loss above its source's median")
    unexplained_outlier: float = Field(3.5, gt=0, description="the same of the ratio of both losses")
    most_perplexity: float = Field(
        0.0, ge=0, description="absolute cap on the perplexity of a reply; 0: none"
    )
    most_difficulty: float = Field(
        1.0,
        gt=0,
        description="ratios of the loss given the prompt to that alone up to this are never doubted",
    )
    least_tokens: int = Field(4, ge=1, description="shorter replies have no difficulty worth the name")
    most_chars: int = Field(
        1500, ge=_SHORTEST, description="of prompt and of reply, so many characters are read"
    )
    least_rows: int = Field(30, ge=5, description="smaller sources are measured against the whole corpus")
    strange: Action = Field("hold", description="what happens to outliers: drop, hold or mark")
    unexplained: Action = Field(
        "mark", description="what happens to replies no prompt explains: drop, hold or mark"
    )


@dataclass(frozen=True, slots=True)
class _Score:
    given: float
    """loss of the reply given the prompt, nats a token"""
    alone: float
    tokens: int

    @property
    def difficulty(self) -> float:
        return self.given / self.alone if self.alone > 0 else 0.0


@corpus_step("perplexity", version=VERSION)
def perplexity(options: PerplexityOptions, scorer: LossScorer) -> StepFn:
    """Reasons ``strange_reply`` and ``unexplained_reply``; the finding's note holds both losses and their ratio."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        scores = _scores(batch, scorer, options)
        losses = _outliers(
            batch, [None if score is None else score.given for score in scores], options.least_rows
        )
        ratios = _outliers(
            batch, [None if score is None else score.difficulty for score in scores], options.least_rows
        )
        return [
            _judge(example, score, far, options, scorer.version)
            for example, score, far in zip(batch, scores, zip(losses, ratios, strict=True), strict=True)
        ]

    return run


def _judge(
    example: Example, score: _Score | None, far: tuple[float, float], options: PerplexityOptions, engine: str
) -> Outcome:
    """far: robust deviations of the loss and of the ratio."""
    if score is None:
        return Keep(example)
    capped = options.most_perplexity and np.exp(score.given) > options.most_perplexity
    unexplained = far[1] >= options.unexplained_outlier and score.difficulty > options.most_difficulty
    if far[0] >= options.outlier or capped:
        reason, action, sure = "strange_reply", options.strange, min(0.99, far[0] / (2 * options.outlier))
    elif score.tokens >= options.least_tokens and unexplained:
        reason, action, sure = (
            "unexplained_reply",
            options.unexplained,
            min(0.99, far[1] / (2 * options.outlier)),
        )
    else:
        return Keep(example)
    note = f"loss {score.given:.2f} given the prompt, {score.alone:.2f} alone, ratio {score.difficulty:.2f}"
    finding = whole_turn(example, -1, reason, max(0.0, sure), f"perplexity@{VERSION}+{engine}", note)
    strange = reason == "strange_reply"
    limit = options.outlier if strange else options.unexplained_outlier
    evidence = (
        Evidence(reason, "robust_deviations", far[0] if strange else far[1], limit, detail=engine),
        Evidence(reason, "loss", score.given, detail="nats a token, given the prompt"),
        Evidence(reason, "loss", score.alone, detail="nats a token, alone"),
        Evidence(reason, "difficulty", round(score.difficulty, 4), options.most_difficulty),
    )
    return doubted(example, reason, finding, action, evidence)


def _scores(batch: Sequence[Example], scorer: LossScorer, options: PerplexityOptions) -> list[_Score | None]:
    """One score an example with a reply. Equal pairs, and equal replies alone, are read once."""
    pairs = [_pair(example, options.most_chars) for example in batch]
    given = _losses({(prompt, reply) for pair in pairs if pair for prompt, reply in [pair]}, scorer)
    alone = _losses({("", reply) for pair in pairs if pair for _, reply in [pair]}, scorer)
    found: list[_Score | None] = []
    for pair in pairs:
        if pair is None:
            found.append(None)
            continue
        both, single = given[pair], alone["", pair[1]]
        found.append(_Score(both[0], single[0], both[1]) if both[1] else None)
    return found


def _pair(example: Example, most: int) -> tuple[str, str] | None:
    """(end of the last user turn, beginning of the last reply); None without text in the reply."""
    if not example.messages or example.messages[-1].role != "assistant":
        return None
    reply = example.messages[-1].content[:most]
    prompt = next((m.content for m in reversed(example.messages) if m.role == "user"), "")[-most:]
    clean = [text.encode("utf-8", "replace").decode("utf-8") for text in (prompt, reply)]
    return (clean[0], clean[1]) if reply.strip() else None


def _losses(wanted: set[tuple[str, str]], scorer: LossScorer) -> dict[tuple[str, str], tuple[float, int]]:
    """(mean loss of the reply's tokens in nats, rounded; how many tokens). In an order that only the texts decide."""
    order = sorted(wanted, key=lambda pair: (len(pair[0]) + len(pair[1]), pair))
    found: dict[tuple[str, str], tuple[float, int]] = {}
    for start in range(0, len(order), _CHUNK):
        chunk = order[start : start + _CHUNK]
        asked = [(Message("user", prompt), Message("assistant", reply)) for prompt, reply in chunk]
        for pair, losses in zip(chunk, _fitting(asked, scorer), strict=True):
            mean = float(np.mean(losses)) if len(losses) else 0.0
            found[pair] = (round(mean, _DIGITS), len(losses))
    return found


def _fitting(asked: list[tuple[Message, Message]], scorer: LossScorer) -> list[npt.NDArray[np.float64]]:
    """Losses of the replies; a conversation beyond the model's context is halved until it fits."""
    while True:
        try:
            return [np.array(found.losses, dtype=np.float64) for found in scorer.token_losses(asked)]
        except UsageError as error:
            at = error.facts.get("index")
            if not isinstance(at, int) or max(len(turn.content) for turn in asked[at]) <= _SHORTEST:
                raise
            prompt, reply = (turn.content for turn in asked[at])
            if len(prompt) >= len(reply):
                prompt = prompt[len(prompt) // 2 :]
            else:
                reply = reply[: len(reply) // 2]
            asked[at] = (Message("user", prompt), Message("assistant", reply))


def _outliers(batch: Sequence[Example], values: Sequence[float | None], least_rows: int) -> list[float]:
    """Robust deviations of each value above the median of its source (of the corpus, for small sources)."""
    by_source: dict[str, list[float]] = {}
    for example, value in zip(batch, values, strict=True):
        if value is not None:
            by_source.setdefault(example.origin.source, []).append(value)
    everything = _middle([value for found in by_source.values() for value in found])
    middles = {
        source: _middle(found) if len(found) >= least_rows else everything
        for source, found in by_source.items()
    }
    told = []
    for example, value in zip(batch, values, strict=True):
        middle, spread = middles.get(example.origin.source, everything)
        told.append(round((value - middle) / spread, _DIGITS) if value is not None else 0.0)
    return told


def _middle(losses: Sequence[float]) -> tuple[float, float]:
    """Median and robust standard deviation."""
    if not losses:
        return 0.0, 1.0
    middle = float(np.median(losses))
    return middle, max(_LEAST_SPREAD, _NORMAL * float(np.median(np.abs(np.array(losses) - middle))))
