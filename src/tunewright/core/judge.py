"""``judge``: a policy and a case in, a verdict out. Pure; see ``core/policy.py`` for the rules of the rules."""

from __future__ import annotations

import difflib
import math
from datetime import UTC, datetime, timedelta
from typing import Literal

from tunewright.core.policy import (
    PRIMARY,
    AnyRule,
    ApprovalsRule,
    Case,
    ControlRule,
    CountAtLeast,
    DifferenceAtLeast,
    Evidence,
    EvidenceRule,
    HeldRule,
    Policy,
    RightsRule,
    ScoreAtLeast,
    ScoreAtMost,
    fewest_for_difference,
    fewest_for_proportion,
)
from tunewright.core.rights import expires_on, narrowed, source_objections
from tunewright.core.types import Score, Verdict, Waiver

Answer = tuple[Literal["pass", "fail", "inconclusive", "invalid"], str]
_WORST_FIRST: tuple[Literal["invalid", "fail", "inconclusive"], ...] = ("invalid", "fail", "inconclusive")


def judge(policy: Policy, case: Case, at: datetime) -> Verdict:
    """The verdict with one child a rule, in the policy's order. Raises ValueError for an environment it does not have."""
    rules = policy.rules_for(case.environment)
    children = tuple(_judge_rule(policy, rule, case, at) for rule in rules)
    outcome: Literal["pass", "fail", "inconclusive", "invalid"] = "pass"
    because = f"all {len(children)} rules pass"
    for worst in _WORST_FIRST:
        names = [child.rule for child in children if child.outcome == worst]
        if names:
            outcome = worst
            because = f"{len(names)} of {len(children)} rules {worst}: {', '.join(names)}"
            break
    return Verdict(
        rule=f"{policy.name}@{policy.version}/{case.environment}",
        outcome=outcome,
        because=because,
        children=children,
    )


def _judge_rule(policy: Policy, rule: AnyRule, case: Case, at: datetime) -> Verdict:
    outcome, because = _answer(rule, case, at)
    verdict = Verdict(rule=rule.name, outcome=outcome, because=because)
    if outcome not in ("fail", "inconclusive"):
        return verdict
    named = [w for w in case.waivers if w.rule == rule.name and w.subject_digest == case.subject_digest]
    refusals = []
    for waiver in sorted(named, key=lambda w: w.expires_at, reverse=True):
        refusal = _waiver_refusal(policy, rule, case, waiver, at)
        if not refusal:
            lifted = f"waived by {waiver.approver} until {waiver.expires_at:%Y-%m-%d}: {waiver.reason}"
            return Verdict(rule=rule.name, outcome="pass", because=lifted, children=(verdict,))
        refusals.append(refusal)
    if not refusals:
        return verdict
    why = f"{because}; the waiver does not count: {refusals[0]}"
    return Verdict(rule=rule.name, outcome=outcome, because=why)


def _waiver_refusal(policy: Policy, rule: AnyRule, case: Case, waiver: Waiver, at: datetime) -> str:
    """Why the waiver does not count; empty when it does."""
    if policy.waivers is None:
        return "the policy allows no waivers"
    if rule.hard or isinstance(rule, ApprovalsRule):
        return "this rule cannot be waived"
    if waiver.expires_at <= at:
        return f"it expired on {waiver.expires_at:%Y-%m-%d}"
    if waiver.expires_at - at > timedelta(days=policy.waivers.max_days):
        return f"it runs longer than the {policy.waivers.max_days:g} days the policy allows"
    if not any(waiver.approver in case.roles.get(role, ()) for role in policy.waivers.roles):
        return f"{waiver.approver} has none of the roles {', '.join(policy.waivers.roles)}"
    if waiver.approver in (*case.authors, case.actor):
        return f"{waiver.approver} trained, registered or promotes this version"
    return ""


def _answer(rule: AnyRule, case: Case, at: datetime) -> Answer:
    match rule:
        case EvidenceRule():
            return _evidence(rule, case, at)
        case ScoreAtLeast():
            return _at_least(rule, rule.metric, fewest_for_proportion(rule.at_least), case, at)
        case DifferenceAtLeast():
            return _difference(rule, case, at)
        case ScoreAtMost():
            return _at_most(rule, case, at)
        case CountAtLeast():
            return _count(rule, case, at)
        case ControlRule():
            return _control(rule, case, at)
        case HeldRule():
            if rule.environment in case.held:
                return "pass", f"it was in {rule.environment}"
            return (
                "fail",
                f"it was never in {rule.environment}, or was rolled back out of it; promote it there first",
            )
        case RightsRule():
            return _rights(rule, case, at)
        case ApprovalsRule():
            return _approvals(rule, case, at)


def newest_evidence(case: Case, at: datetime) -> dict[str, Evidence]:
    """The newest run of each kind that measured exactly this subject; a run from the future does not count."""
    chosen: dict[str, Evidence] = {}
    for item in case.evidence:
        if item.subject_digest != case.subject_digest or item.at > at:
            continue
        best = chosen.get(item.run)
        if best is None or (item.at, item.ref.digest) > (best.at, best.ref.digest):
            chosen[item.run] = item
    return chosen


def _evidence(rule: EvidenceRule, case: Case, at: datetime) -> Answer:
    chosen = newest_evidence(case, at)
    missing, stale, fine = [], [], []
    for run in rule.runs:
        item = chosen.get(run)
        if item is None:
            others = sum(1 for other in case.evidence if other.run == run)
            note = f" ({others} for another digest or from the future)" if others else ""
            missing.append(f"no {run} of {case.subject_digest[:12]}{note}")
            continue
        age_days = (at - item.at).total_seconds() / 86400
        if age_days > rule.max_age_days:
            stale.append(
                f"{item.ref} is {age_days:.1f} days old, at most {rule.max_age_days:g} count; run it again"
            )
        else:
            fine.append(f"{item.ref}, {age_days:.1f} days old")
    if missing or stale:
        return "fail", "; ".join(missing + stale)
    return "pass", "; ".join(fine)


def _find(metric: str, slice_: str, case: Case, at: datetime) -> tuple[Score | None, str]:
    """The one score of this name, or why there is none."""
    scores = [score for item in newest_evidence(case, at).values() for score in item.scores]
    found = [score for score in scores if score.metric == metric and score.slice == slice_]
    if len(found) > 1:
        return None, f"{metric} was measured {len(found)} times in one set of evidence"
    if not found:
        near = difflib.get_close_matches(metric, sorted({score.metric for score in scores}), n=1)
        return None, f"{metric} was not measured" + (f"; nearest is {near[0]}" if near else "")
    score = found[0]
    if not all(math.isfinite(x) for x in (score.value, score.low, score.high)) or not score.low <= score.high:
        return None, f"{metric} has no usable interval"
    return score, ""


def _resolve(metric: str, case: Case) -> str:
    return metric.replace(PRIMARY, case.primary)


def _shown(score: Score) -> str:
    return f"{score.metric} {score.value:.3f} [{score.low:.3f}, {score.high:.3f}] of {score.n}"


def _missing(why: str, when: str) -> Answer:
    if "was not measured" not in why:
        return "invalid", why
    return (
        ("pass", f"{why}; the rule applies only where it is") if when == "measured" else ("inconclusive", why)
    )


def _at_least(
    rule: ScoreAtLeast | DifferenceAtLeast, name: str, fewest: int, case: Case, at: datetime
) -> Answer:
    score, why = _find(_resolve(name, case), rule.slice, case, at)
    if score is None:
        return _missing(why, rule.when)
    needed = rule.min_n if rule.min_n is not None else fewest
    if score.n < needed:
        return "inconclusive", f"{_shown(score)}: too few items, at least {needed} can decide"
    strictly = isinstance(rule, DifferenceAtLeast) and rule.strictly
    limit = rule.at_least
    sign = ">" if strictly else ">="
    if score.low > limit or (score.low == limit and not strictly):
        return "pass", f"{_shown(score)}: lower end {sign} {limit:g}"
    if score.high < limit or (score.high == limit and strictly):
        return "fail", f"{_shown(score)}: the whole interval is below {limit:g}"
    return "inconclusive", f"{_shown(score)}: lower end not {sign} {limit:g}{_would_decide(score, limit)}"


def _at_most(rule: ScoreAtMost, case: Case, at: datetime) -> Answer:
    score, why = _find(_resolve(rule.metric, case), rule.slice, case, at)
    if score is None:
        return _missing(why, rule.when)
    if rule.min_n is not None and score.n < rule.min_n:
        return "inconclusive", f"{_shown(score)}: too few items, at least {rule.min_n} can decide"
    limit = rule.at_most
    if score.high <= limit:
        return "pass", f"{_shown(score)}: upper end <= {limit:g}"
    if score.low > limit:
        return "fail", f"{_shown(score)}: the whole interval is above {limit:g}"
    return "inconclusive", f"{_shown(score)}: upper end not <= {limit:g}{_would_decide(score, limit)}"


def _would_decide(score: Score, limit: float) -> str:
    """About how many items would decide at the same value: an interval's width falls with the square root of n."""
    distance = abs(score.value - limit)
    half = (score.value - score.low) if score.value > limit else (score.high - score.value)
    if distance < 1e-6 or half <= 0:
        return ""
    return f"; at this value about {math.ceil(score.n * (half / distance) ** 2)} items would decide"


def _difference(rule: DifferenceAtLeast, case: Case, at: datetime) -> Answer:
    fewest = fewest_for_difference(rule.at_least, strictly=rule.strictly)
    if rule.over == "base":
        return _at_least(rule, f"difference.{rule.metric}", fewest, case, at)
    if case.production is None or case.production.subject_digest == case.subject_digest:
        return "pass", "no other version is in production to compare with"
    compared = [
        ref
        for item in newest_evidence(case, at).values()
        if item.run == "evaluate"
        for ref in item.compared_with
    ]
    if case.production.model not in compared:
        return (
            "inconclusive",
            f"not compared with {case.production.model}, which is in production; evaluate it again",
        )
    return _at_least(rule, f"difference_production.{rule.metric}", fewest, case, at)


def _count(rule: CountAtLeast, case: Case, at: datetime) -> Answer:
    score, why = _find(_resolve(rule.metric, case), rule.slice, case, at)
    if score is None:
        return _missing(why, "always")
    if score.n < rule.at_least:
        return (
            "inconclusive",
            f"{score.metric} was measured on {score.n} items, at least {rule.at_least} are needed",
        )
    return "pass", f"{score.metric} was measured on {score.n} items"


def _control(rule: ControlRule, case: Case, at: datetime) -> Answer:
    score, why = _find(_resolve(rule.metric, case), rule.slice, case, at)
    if score is None:
        return "invalid", f"the control {why}"
    shown = f"{rule.contains:g}" + (f" +- {rule.tolerance:g}" if rule.tolerance else "")
    if score.low - rule.tolerance <= rule.contains <= score.high + rule.tolerance:
        return "pass", f"{_shown(score)}: contains {shown}"
    return "invalid", f"{_shown(score)}: does not contain {shown}, so what it controls for is broken"


def _rights(rule: RightsRule, case: Case, at: datetime) -> Answer:
    if case.rights is None:
        return "invalid", "the case says nothing about the sources; judge again with this version"
    if not any(source.kind == "source" for source in case.rights.sources):
        return (
            "inconclusive",
            "no source is recorded behind the snapshot; build it with `tunewright data build`",
        )
    use, day = narrowed(case.rights.use, rule.declared()), at.astimezone(UTC).date()
    against = []
    for source in case.rights.sources:
        found = source_objections(source, use, day)
        where = " (as configured now)" if source.said == "configured" else ""
        if found:
            what = "base model " if source.kind == "base" else ""
            against.append(f"{what}{source.name}{where}: {'; '.join(item.told for item in found)}")
    if against:
        return "fail", "; ".join(against)
    ends = [last for source in case.rights.sources if (last := expires_on(source)) is not None]
    until = f"; the first may not be used from {min(ends).isoformat()} on" if ends else ""
    names = {(source.kind, source.name) for source in case.rights.sources}
    return "pass", f"{len(names)} sources and base models may be used so{until}"


def _approvals(rule: ApprovalsRule, case: Case, at: datetime) -> Answer:
    able = sorted({actor for role in rule.roles for actor in case.roles.get(role, ())})
    line = f"gates: {{roles: {{{rule.roles[0]}: [NAME]}}}}"
    if not able:
        return "fail", f"no one has the role {' or '.join(rule.roles)}; write `{line}` into tunewright.yaml"
    involved = {*case.authors, case.actor} if rule.four_eyes else set()
    counted: set[str] = set()
    refused = []
    for approval in case.approvals:
        if approval.subject_digest != case.subject_digest or approval.environment != case.environment:
            continue
        if approval.actor not in able:
            refused.append(f"{approval.actor} does not have the role {' or '.join(rule.roles)}")
        elif approval.actor in involved:
            refused.append(f"{approval.actor} trained, registered or promotes this version")
        elif approval.at > at or at - approval.at > timedelta(days=rule.max_age_days):
            refused.append(
                f"the approval by {approval.actor} is older than {rule.max_age_days:g} days or from the future"
            )
        else:
            counted.add(approval.actor)
    if len(counted) >= rule.n:
        return "pass", f"approved by {', '.join(sorted(counted))}"
    eligible = [actor for actor in able if actor not in involved]
    who = (
        f"{', '.join(eligible)} may approve"
        if eligible
        else f"nobody with the role is uninvolved: name another person in `{line}`"
    )
    reasons = f" ({'; '.join(dict.fromkeys(refused))})" if refused else ""
    return "fail", f"{len(counted)} of {rule.n} approvals{reasons}; {who}"
