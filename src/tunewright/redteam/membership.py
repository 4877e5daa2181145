"""Membership inference by loss ratio (Carlini et al. 2021; Mireshghallah et al. 2022), the reference being the base model.

1. Members are examples the model was trained on; non-members come from the held-out splits of the same snapshot, fixed
   before training. Both are drawn by their own ids.
2. The score of an example is L_base - L_tuned, mean loss a token over the assistant's tokens. HIGHER = more likely member.
3. Negative control: the same data, scored by -L_base alone. The base has seen neither group, so its AUC must hold 0.5;
   where it does not, the groups differ by themselves and the attack says nothing.
4. Fewer than 1,000 non-members cannot resolve 1 % false positives (10 of them): the figure is marked inconclusive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.core.errors import DataError, UsageError
from tunewright.core.ports import LossScorer, Progress, TokenLosses
from tunewright.core.seeds import derive_seed
from tunewright.core.types import Example, Score
from tunewright.metrics.ranking import delong, roc_points, true_positive_rate

FALSE_POSITIVE_RATE = 0.01
CONCLUSIVE_NON_MEMBERS = 1000
_FEWEST = 20
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Candidate:
    """One attacked example."""

    example: Example
    member: bool
    base_loss: float
    """mean nats a token"""
    tuned_loss: float

    @property
    def score(self) -> float:
        """L_base - L_tuned; higher = more likely a member."""
        return self.base_loss - self.tuned_loss


@dataclass(frozen=True, slots=True)
class MembershipResult:
    """What the attack found."""

    scores: tuple[Score, ...]
    candidates: tuple[Candidate, ...]
    members: int
    non_members: int
    left_out: int
    """examples without an answer, or longer than the model's context"""
    threshold: float
    """score at and above which an example is called a member at 1 % false positives; inf when none can be"""
    control_holds: bool
    conclusive: bool
    notes: tuple[str, ...]
    roc: tuple[tuple[float, float], ...]


def choose(examples: Sequence[Example], limit: int, purpose: str) -> list[Example]:
    """At most ``limit`` examples, drawn by their own ids: the same whatever the order.

    Left out is what nothing held out is like: canaries, counterfactual children and general data. They would be told from
    non-members by what they are, not by having been trained on.
    """
    plain = [e for e in examples if not (e.label("canary") or e.label("child-of") or e.label("role"))]
    return sorted(plain, key=lambda e: (derive_seed(0, "membership", purpose, e.id), e.id))[:limit]


def attack(
    members: Sequence[Example],
    non_members: Sequence[Example],
    base: Sequence[TokenLosses | None],
    tuned: Sequence[TokenLosses | None],
) -> MembershipResult:
    """Judge the losses of ``[*members, *non_members]`` under both models; None marks an example that was left out.

    Raises DataError when fewer than 20 of a group are left: nothing could be said.
    """
    candidates = tuple(
        Candidate(example, i < len(members), before.mean, after.mean)
        for i, (example, before, after) in enumerate(zip([*members, *non_members], base, tuned, strict=True))
        if before is not None and after is not None and before.losses
    )
    inside = [c for c in candidates if c.member]
    outside = [c for c in candidates if not c.member]
    if min(len(inside), len(outside)) < _FEWEST:
        raise DataError(
            f"{len(inside)} training and {len(outside)} held-out examples are too few for membership inference",
            hint=f"at least {_FEWEST} of each: hold out a larger part in the step `split`, or take the attack off the list",
        )
    scores, threshold = _scores(inside, outside)
    by_name = {score.metric: score for score in scores}
    control = by_name["membership_auc_base"]
    holds = control.low <= 0.5 <= control.high
    conclusive = len(outside) >= CONCLUSIVE_NON_MEMBERS
    return MembershipResult(
        scores=scores,
        candidates=candidates,
        members=len(inside),
        non_members=len(outside),
        left_out=len(members) + len(non_members) - len(candidates),
        threshold=threshold,
        control_holds=holds,
        conclusive=conclusive,
        notes=tuple(_notes(len(outside), holds, conclusive)),
        roc=tuple(roc_points([c.score for c in inside], [c.score for c in outside])),
    )


def _scores(inside: Sequence[Candidate], outside: Sequence[Candidate]) -> tuple[tuple[Score, ...], float]:
    """The three scores, n = the smaller group for AUC and the non-members for the rate; and the rate's threshold."""
    groups = f"members:{len(inside)}|nonmembers:{len(outside)}"
    smaller = min(len(inside), len(outside))
    found = []
    for name, high, low, how in (
        (
            "membership_auc",
            [c.score for c in inside],
            [c.score for c in outside],
            "attack:loss-ratio|reference:base|loss:mean-answer-token",
        ),
        (
            "membership_auc_base",
            [-c.base_loss for c in inside],
            [-c.base_loss for c in outside],
            "attack:loss|model:base|control:negative|loss:mean-answer-token",
        ),
    ):
        area = delong(high, low)
        found.append(
            Score(
                metric=name,
                value=area.value,
                low=area.low,
                high=area.high,
                n=smaller,
                signature=f"{name}|{how}|{groups}|ci:delong-logit95|v:1",
            )
        )
    point = true_positive_rate([c.score for c in inside], [c.score for c in outside], at=FALSE_POSITIVE_RATE)
    found.append(
        Score(
            metric="membership_tpr_at_fpr_1pct",
            value=point.rate.value,
            low=point.rate.low,
            high=point.rate.high,
            n=len(outside),
            signature=f"membership_tpr|attack:loss-ratio|reference:base|fpr:<=0.01|point:last|{groups}|ci:clopper-pearson95|v:1",
        )
    )
    return tuple(found), point.threshold


def _notes(non_members: int, holds: bool, conclusive: bool) -> list[str]:
    notes = []
    if not holds:
        notes.append(
            "INVALID: the base model, which saw neither group, tells them apart; the groups differ by themselves."
        )
    if not conclusive:
        notes.append(
            f"INCONCLUSIVE at 1 % false positives: {non_members} non-members, {CONCLUSIVE_NON_MEMBERS:,} are needed."
        )
    return notes


def losses_of(
    scorer: LossScorer, examples: Sequence[Example], progress: Progress, name: str
) -> list[TokenLosses | None]:
    """Losses of every example's answers; None for one that is longer than the model's context."""
    found: list[TokenLosses | None] = []
    with progress.task(name, len(examples)) as advance:
        for start in range(0, len(examples), _CHUNK):
            chunk = examples[start : start + _CHUNK]
            found += _chunk(scorer, chunk)
            advance(len(chunk))
    if any(losses is not None and math.isnan(losses.mean) for losses in found):
        raise DataError(
            "the model answers losses that are not numbers", hint="its weights are broken: train again"
        )
    return found


def _chunk(scorer: LossScorer, examples: Sequence[Example]) -> list[TokenLosses | None]:
    """Score a chunk, leaving out what does not fit the context."""
    found: dict[int, TokenLosses] = {}
    places = [i for i, e in enumerate(examples) if e.messages and e.messages[-1].role == "assistant"]
    while places:
        try:
            losses = scorer.token_losses([examples[i].messages for i in places])
        except UsageError as error:
            index = error.facts.get("index")
            if not isinstance(index, int):
                raise
            del places[index]
            continue
        found = dict(zip(places, losses, strict=True))
        break
    return [found.get(i) for i in range(len(examples))]
