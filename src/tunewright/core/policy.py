"""Rules to verdicts. A policy is data; ``judge`` is a pure function of (policy, case, clock): replaying it gives the same
verdict, byte for byte.

1. Four outcomes: pass, fail, inconclusive (too few items to know), invalid (a precondition of the measurement is broken).
2. Quality is judged by the lower end of the interval, risk by the upper end, never by the point estimate.
3. Evidence counts only when it was measured on exactly what will be served (``subject_digest``), and has a maximum age.
4. What is missing is never a pass. An environment without rules, and a rule that can never pass, are refused here.
5. A waiver lifts a fail or an inconclusive of the one rule and the one subject it names until it expires;
   an invalid measurement, a rule marked ``hard`` and an approval cannot be waived.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from tunewright.core.options import Options
from tunewright.core.rights import CaseRights
from tunewright.core.types import Approval, Frozen, Ref, Score, Waiver

Environment = Literal["dev", "staging", "production"]
ENVIRONMENTS: tuple[Environment, ...] = ("dev", "staging", "production")
EvidenceKind = Literal["evaluate", "redteam", "review"]
PRIMARY = "{primary}"
"""stands for ``evaluate.primary`` in a rule's metric"""

_Z_SQUARED = 1.959963984540054**2
"""of the two-sided 95 % intervals every score carries"""
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class Rule(Options):
    """What every rule has."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="unique in its environment; waivers name it"
    )
    hard: bool = Field(False, description="cannot be waived")


class EvidenceRule(Rule):
    """Runs of these kinds exist for exactly what is served, and are fresh."""

    kind: Literal["evidence"]
    runs: tuple[EvidenceKind, ...] = Field(min_length=1)
    max_age_days: float = Field(gt=0, allow_inf_nan=False)


class MetricRule(Rule):
    """What every rule about a number has."""

    metric: str = Field(min_length=1)
    slice: str = ""
    min_n: int | None = Field(
        None, ge=1, description="fewer items are inconclusive; default: the fewest that can pass"
    )
    when: Literal["always", "measured"] = Field(
        "always", description="`measured`: does not apply to what was not measured"
    )


class ScoreAtLeast(MetricRule):
    """The lower end of the interval reaches the limit."""

    kind: Literal["score_at_least"]
    at_least: _Finite

    @model_validator(mode="after")
    def _can_pass(self) -> ScoreAtLeast:
        if self.at_least >= 1:
            raise ValueError(
                f"the lower end of an interval never reaches {self.at_least:g}: the rule can never pass"
            )
        # A perfect proportion of n items has the Wilson lower end n / (n + z^2).
        _check_min_n(self.min_n, fewest_for_proportion(self.at_least))
        return self


class ScoreAtMost(MetricRule):
    """The upper end of the interval stays within the limit. Rates and AUCs lie in 0..1, exposure is in bits."""

    kind: Literal["score_at_most"]
    at_most: _Finite

    @model_validator(mode="after")
    def _can_pass(self) -> ScoreAtMost:
        if self.at_most <= 0:
            raise ValueError(
                f"the upper end of an interval never stays within {self.at_most:g}: the rule can never pass"
            )
        if self.at_most < 1 and _is_rate(self.metric):
            # No success among n items has the Wilson upper end z^2 / (n + z^2).
            _check_min_n(self.min_n, fewest_for_proportion(1 - self.at_most))
        return self


class DifferenceAtLeast(MetricRule):
    """The lower end of the paired difference over the base, or over the version in production, reaches the margin.

    Over production it applies only while another version is there, and the evidence must compare with that version.
    """

    kind: Literal["difference_at_least"]
    over: Literal["base", "production"]
    at_least: _Finite
    strictly: bool = Field(False, description="above the margin, not equal to it")

    @model_validator(mode="after")
    def _can_pass(self) -> DifferenceAtLeast:
        if self.at_least >= 1:
            raise ValueError(f"no difference of scores reaches {self.at_least:g}: the rule can never pass")
        _check_min_n(self.min_n, fewest_for_difference(self.at_least, strictly=self.strictly))
        return self


class CountAtLeast(Rule):
    """The number is made from enough items."""

    kind: Literal["count_at_least"]
    metric: str = Field(min_length=1)
    slice: str = ""
    at_least: int = Field(ge=1)


class ControlRule(Rule):
    """A control of the measurement itself: where it does not hold, the measurement is invalid, whatever it says."""

    kind: Literal["control"]
    metric: str = Field(min_length=1)
    slice: str = ""
    contains: _Finite = Field(
        description="what the interval must contain, such as 0.5 for an attack on the untrained base"
    )
    tolerance: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="how far beside it the interval may still end"
    )


class HeldRule(Rule):
    """The version was in another environment, and was not rolled back out of it."""

    kind: Literal["held"]
    environment: Environment


class ApprovalsRule(Rule):
    """Enough persons with one of the roles said yes to exactly this subject for this environment."""

    kind: Literal["approvals"]
    roles: tuple[str, ...] = Field(min_length=1)
    n: int = Field(1, ge=1)
    four_eyes: bool = Field(True, description="who trained, registered or promotes it does not count")
    max_age_days: float = Field(30, gt=0, allow_inf_nan=False)


class RightsRule(Rule):
    """Every source and the base model may be used so on the day of the judgement: licence, purpose, retention.

    The use is what the workspace declares in ``data.use``; what stands here holds for this environment instead.
    """

    kind: Literal["rights"]
    purpose: str | None = None
    compatible: tuple[str, ...] | None = None
    commercial: bool | None = None
    derivatives: bool | None = None
    distribute: bool | None = None
    unknown: Literal["allow", "refuse"] | None = Field(
        None, description="a licence or purpose that is missing or not known"
    )

    def declared(self) -> dict[str, object]:
        """What stands here."""
        names = ("purpose", "compatible", "commercial", "derivatives", "distribute", "unknown")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


AnyRule = Annotated[
    EvidenceRule
    | ScoreAtLeast
    | ScoreAtMost
    | DifferenceAtLeast
    | CountAtLeast
    | ControlRule
    | HeldRule
    | RightsRule
    | ApprovalsRule,
    Field(discriminator="kind"),
]
RULE_CLASSES: dict[str, type[Rule]] = {
    "evidence": EvidenceRule,
    "score_at_least": ScoreAtLeast,
    "score_at_most": ScoreAtMost,
    "difference_at_least": DifferenceAtLeast,
    "count_at_least": CountAtLeast,
    "control": ControlRule,
    "held": HeldRule,
    "rights": RightsRule,
    "approvals": ApprovalsRule,
}


class EnvironmentRules(Options):
    """The rules of one environment."""

    include: Environment | None = Field(None, description="all rules of that environment too")
    rules: tuple[AnyRule, ...] = Field(min_length=1)


class WaiverOptions(Options):
    """Who may waive a rule, and for how long."""

    roles: tuple[str, ...] = Field(min_length=1)
    max_days: float = Field(30, gt=0, allow_inf_nan=False)


class Policy(Options):
    """The whole policy. Without ``waivers`` nothing can be waived."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    version: int = Field(ge=1)
    environments: dict[Environment, EnvironmentRules] = Field(min_length=1)
    waivers: WaiverOptions | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Policy:
        for environment in self.environments:
            rules = self.rules_for(environment)
            names = [rule.name for rule in rules]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{environment}: rule names used twice: {', '.join(twice)}")
            if not any(isinstance(rule, EvidenceRule) for rule in rules):
                raise ValueError(
                    f"{environment}: no rule of kind `evidence` says which runs count and how old they may be"
                )
        return self

    def rules_for(self, environment: Environment) -> tuple[AnyRule, ...]:
        """Its own rules after those it includes. Raises ValueError for an include that leads nowhere or in a circle."""
        chain: list[Environment] = []
        step: Environment | None = environment
        while step is not None:
            if step in chain:
                raise ValueError(f"{environment}: include goes in a circle: {' -> '.join([*chain, step])}")
            if step not in self.environments:
                raise ValueError(f"{environment}: includes {step}, which the policy does not have")
            chain.append(step)
            step = self.environments[step].include
        return tuple(rule for part in reversed(chain) for rule in self.environments[part].rules)


class Evidence(Frozen):
    """One finished run that measured something."""

    ref: Ref
    run: str = Field(description="evaluate, redteam, or review (of the snapshot it was trained on)")
    subject_digest: str = Field(description="what was measured; for a review, what was trained on it")
    at: datetime
    scores: tuple[Score, ...]
    compared_with: tuple[Ref, ...] = Field((), description="other model versions measured beside it")


class Holder(Frozen):
    """Who holds an environment."""

    model: Ref
    subject_digest: str


class Case(Frozen):
    """Everything a policy is judged on; stored beside the decision so that anyone can judge again."""

    later_fields: ClassVar[tuple[str, ...]] = ("rights",)
    """not in the digest of a case that was stored before they existed"""

    model: Ref
    environment: Environment
    subject_digest: str
    actor: str = Field(description="who promotes")
    authors: tuple[str, ...] = Field(description="who trained and who registered it")
    primary: str = Field(description="the metric `{primary}` stands for")
    evidence: tuple[Evidence, ...]
    approvals: tuple[Approval, ...]
    waivers: tuple[Waiver, ...]
    roles: dict[str, tuple[str, ...]]
    held: tuple[str, ...] = Field(description="environments it was in and was not rolled back out of")
    production: Holder | None = Field(description="the version in production now")
    rights: CaseRights | None = Field(None, description="the declared use, and the sources it is judged on")


def fewest_for_proportion(limit: float) -> int:
    """The fewest items with which a perfect proportion has a Wilson 95 % lower end of at least ``limit`` (< 1)."""
    n = 1 if limit <= 0 else max(1, math.ceil(_Z_SQUARED * limit / (1 - limit) - 1e-9))
    return n


def fewest_for_difference(margin: float, *, strictly: bool) -> int:
    """The fewest pairs with which the best difference (n gained, 0 lost) has a Tango 95 % lower end past ``margin``.

    For b = n, c = 0 Tango's score equation solves in closed form: (n - z^2) / (n + z^2).
    """
    if margin < -1:
        return 1
    exact = _Z_SQUARED * (1 + margin) / (1 - margin)
    return max(1, math.floor(exact) + 1 if strictly else math.ceil(exact - 1e-9))


def _is_rate(metric: str) -> bool:
    """Whether Wilson's bound holds for it: exposure is in bits, an AUC's interval is not a proportion's, and what is left
    is told per 1,000 examples of a finite snapshot."""
    return not metric.startswith(("canary_exposure", "membership_auc", "residual_"))


def _check_min_n(min_n: int | None, fewest: int) -> None:
    if min_n is not None and min_n < fewest:
        raise ValueError(
            f"min_n {min_n} can never pass: even a perfect result needs {fewest} items for this limit; write min_n: {fewest}"
        )
