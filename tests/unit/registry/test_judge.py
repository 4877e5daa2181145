"""What the default policy answers, rule by rule, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.registry.cases import (
    GOOD_ATTACKS,
    GOOD_EVALUATION,
    NOW,
    OTHER_SUBJECT,
    approval,
    attacks,
    case,
    evaluation,
    other_in_production,
    ref,
    score,
    waiver,
)
from tunewright.core.canonical import digest
from tunewright.core.judge import judge
from tunewright.core.policy import Case
from tunewright.core.types import Score, Verdict
from tunewright.registry.policy_file import default_policy_bytes, parse_policy

POLICY = parse_policy(default_policy_bytes()).policy


def answer(of: Case, rule: str) -> Verdict:
    return next(child for child in judge(POLICY, of, NOW).children if child.rule == rule)


def with_scores(*changed: Score) -> tuple[Any, Any]:
    names = {score.metric for score in changed}
    return (
        evaluation(scores=(*(s for s in GOOD_EVALUATION if s.metric not in names), *changed)),
        attacks(scores=tuple(s for s in GOOD_ATTACKS if s.metric not in names)),
    )


def test_a_good_version_passes_every_rule() -> None:
    verdict = judge(POLICY, case(), NOW)
    assert verdict.outcome == "pass"
    assert len(verdict.children) == 11
    assert {child.outcome for child in verdict.children} == {"pass"}
    assert all(child.because for child in verdict.children)


def test_quality_is_judged_by_the_lower_end() -> None:
    assert (
        answer(case(evidence=with_scores(score("exact_match", 0.52, 0.02))), "good-enough").outcome == "pass"
    )
    unsure = answer(case(evidence=with_scores(score("exact_match", 0.52, 0.03, 400))), "good-enough")
    assert unsure.outcome == "inconclusive"
    assert "0.520 [0.490, 0.550] of 400" in unsure.because
    assert "about 900 items would decide" in unsure.because
    bad = answer(case(evidence=with_scores(score("exact_match", 0.40, 0.03))), "good-enough")
    assert bad.outcome == "fail"
    assert "the whole interval is below 0.5" in bad.because


def test_risk_is_judged_by_the_upper_end() -> None:
    def of(value: float) -> str:
        changed = (*(s for s in GOOD_ATTACKS if s.metric != "membership_auc"), score("membership_auc", value))
        return answer(case(evidence=(evaluation(), attacks(scores=changed))), "membership").outcome

    assert [of(0.72), of(0.74), of(0.76), of(0.78)] == ["pass", "inconclusive", "inconclusive", "fail"]


def test_better_than_base_means_above_zero_not_equal() -> None:
    equal = Score(metric="difference.exact_match", value=0.01, low=0.0, high=0.02, n=500, signature="t")
    assert answer(case(evidence=with_scores(equal)), "better-than-base").outcome == "inconclusive"
    nothing = Score(metric="difference.exact_match", value=0.0, low=0.0, high=0.0, n=500, signature="t")
    assert answer(case(evidence=with_scores(nothing)), "better-than-base").outcome == "fail"


def test_too_few_items_are_inconclusive_however_good() -> None:
    few = Score(metric="json_valid", value=1.0, low=0.96, high=1.0, n=72, signature="t")
    verdict = answer(case(evidence=with_scores(few)), "valid-json")
    assert verdict.outcome == "inconclusive"
    assert "at least 73 can decide" in verdict.because


def test_what_was_not_measured_never_passes_unless_the_rule_says_so() -> None:
    bare = (evaluation(scores=()), attacks(scores=()))
    verdict = judge(POLICY, case(evidence=bare), NOW)
    outcomes = {child.rule: child.outcome for child in verdict.children}
    assert outcomes["good-enough"] == outcomes["membership"] == outcomes["better-than-base"] == "inconclusive"
    assert outcomes["attack-control"] == "invalid"
    assert outcomes["valid-json"] == "pass"
    assert verdict.outcome == "invalid"


def test_a_broken_control_makes_the_whole_verdict_invalid_and_cannot_be_waived() -> None:
    changed = (
        *(s for s in GOOD_ATTACKS if s.metric != "membership_auc_base"),
        score("membership_auc_base", 0.56),
    )
    verdict = judge(
        POLICY,
        case(evidence=(evaluation(), attacks(scores=changed)), waivers=(waiver("attack-control"),)),
        NOW,
    )
    assert verdict.outcome == "invalid"
    assert "attack-control" in verdict.because


def test_evidence_of_another_digest_is_no_evidence() -> None:
    verdict = answer(case(evidence=(evaluation(subject_digest=OTHER_SUBJECT), attacks())), "fresh-evidence")
    assert verdict.outcome == "fail"
    assert "no evaluate of 555555555555 (1 for another digest" in verdict.because


def test_stale_and_future_evidence_is_refused() -> None:
    old = answer(case(evidence=(evaluation(at=NOW - timedelta(days=31)), attacks())), "fresh-evidence")
    assert old.outcome == "fail"
    assert "31.0 days old, at most 30 count" in old.because
    exactly = case(evidence=(evaluation(at=NOW - timedelta(days=30)), attacks()))
    assert answer(exactly, "fresh-evidence").outcome == "pass"
    future = case(evidence=(evaluation(at=NOW + timedelta(seconds=1)), attacks()))
    assert answer(future, "fresh-evidence").outcome == "fail"


def test_the_newest_run_counts_not_the_best() -> None:
    better_but_older = evaluation(at=NOW - timedelta(days=3), ref=ref("run", "evaluate", "0", "e"))
    worse = evaluation(scores=(*GOOD_EVALUATION[1:], score("exact_match", 0.3)))
    assert answer(case(evidence=(better_but_older, worse, attacks())), "good-enough").outcome == "fail"


def test_a_score_measured_twice_or_without_interval_is_invalid() -> None:
    twice = evaluation(scores=(*GOOD_EVALUATION, score("exact_match", 0.9)))
    assert answer(case(evidence=(twice, attacks())), "good-enough").outcome == "invalid"
    infinite = Score(metric="exact_match", value=0.9, low=float("nan"), high=1.0, n=500, signature="t")
    assert answer(case(evidence=with_scores(infinite)), "good-enough").outcome == "invalid"
    turned = Score(metric="exact_match", value=0.9, low=0.95, high=0.85, n=500, signature="t")
    assert answer(case(evidence=with_scores(turned)), "good-enough").outcome == "invalid"


def test_not_worse_than_production_needs_a_comparison_with_that_very_version() -> None:
    holder = other_in_production()
    rule = "not-worse-than-production"
    assert answer(case(), rule).outcome == "pass"
    assert answer(case(production=holder), rule).outcome == "inconclusive"
    scores = (*GOOD_EVALUATION, score("difference_production.exact_match", 0.01))
    of_another = evaluation(scores=scores, compared_with=(ref("model", "support", "0.8.0", "f"),))
    assert answer(case(production=holder, evidence=(of_another, attacks())), rule).outcome == "inconclusive"
    compared = evaluation(scores=scores, compared_with=(holder.model,))
    assert answer(case(production=holder, evidence=(compared, attacks())), rule).outcome == "pass"
    worse = (*GOOD_EVALUATION, score("difference_production.exact_match", -0.2))
    worse_run = evaluation(scores=worse, compared_with=(holder.model,))
    assert answer(case(production=holder, evidence=(worse_run, attacks())), rule).outcome == "fail"


def test_production_needs_staging_first() -> None:
    verdict = answer(case(held=()), "was-in-staging")
    assert verdict.outcome == "fail"
    assert "promote it there first" in verdict.because


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"approvals": ()}, "0 of 1 approvals; carol may approve"),
        ({"approvals": (approval("alice"),)}, "alice trained, registered or promotes this version"),
        ({"approvals": (approval("bob"),)}, "bob trained, registered or promotes this version"),
        ({"approvals": (approval("mallory"),)}, "mallory does not have the role approver"),
        ({"approvals": (approval(subject_digest=OTHER_SUBJECT),)}, "0 of 1 approvals;"),
        ({"approvals": (approval(environment="staging"),)}, "0 of 1 approvals;"),
        ({"approvals": (approval(at=NOW - timedelta(days=31)),)}, "older than 30 days"),
        ({"approvals": (approval(at=NOW + timedelta(days=1)),)}, "from the future"),
        ({"roles": {}}, "write `gates: {roles: {approver: [NAME]}}` into tunewright.yaml"),
        ({"roles": {"approver": ("alice",)}, "approvals": ()}, "nobody with the role is uninvolved"),
    ],
)
def test_four_eyes(changes: dict[str, Any], reason: str) -> None:
    verdict = answer(case(**changes), "second-person")
    assert verdict.outcome == "fail"
    assert reason in verdict.because


def test_one_person_approving_twice_is_one_approval() -> None:
    raw = default_policy_bytes().replace(b"n: 1\n", b"n: 2\n")
    policy = parse_policy(raw).policy
    twice = case(approvals=(approval(), approval(note="again")))
    assert judge(policy, twice, NOW).outcome == "fail"
    two = case(approvals=(approval(), approval("dave")), roles={"approver": ("carol", "dave")})
    assert judge(policy, two, NOW).outcome == "pass"


LOW = with_scores(score("exact_match", 0.4))


def test_a_waiver_lifts_one_rule_and_says_so() -> None:
    assert judge(POLICY, case(evidence=LOW), NOW).outcome == "fail"
    waived = case(evidence=LOW, waivers=(waiver("good-enough"),))
    verdict = answer(waived, "good-enough")
    assert judge(POLICY, waived, NOW).outcome == verdict.outcome == "pass"
    assert verdict.because == "waived by carol until 2026-03-08: measured again next week"
    assert verdict.children[0].outcome == "fail"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"expires_at": NOW}, "it expired on 2026-03-01"),
        ({"expires_at": NOW + timedelta(days=31)}, "longer than the 30 days"),
        ({"approver": "mallory"}, "mallory has none of the roles approver"),
        ({"approver": "alice"}, "alice trained, registered or promotes"),
        ({"approver": "bob"}, "bob trained, registered or promotes"),
    ],
)
def test_a_waiver_that_does_not_count_says_why(changes: dict[str, Any], reason: str) -> None:
    refused = answer(case(evidence=LOW, waivers=(waiver("good-enough", **changes),)), "good-enough")
    assert refused.outcome == "fail"
    assert reason in refused.because


def test_a_waiver_of_another_rule_subject_or_policy_does_nothing() -> None:
    for other in (waiver("membership"), waiver("good-enough", subject_digest=OTHER_SUBJECT)):
        assert answer(case(evidence=LOW, waivers=(other,)), "good-enough").outcome == "fail"
    strict = parse_policy(default_policy_bytes().split(b"waivers:")[0]).policy
    assert judge(strict, case(evidence=LOW, waivers=(waiver("good-enough"),)), NOW).outcome == "fail"


def test_approvals_and_hard_rules_cannot_be_waived() -> None:
    for rule, changes in (("second-person", {"approvals": ()}), ("was-in-staging", {"held": ()})):
        verdict = answer(case(waivers=(waiver(rule),), **changes), rule)
        assert verdict.outcome == "fail"
        assert "cannot be waived" in verdict.because


def test_an_expired_waiver_beside_a_live_one_does_not_hide_it() -> None:
    both = (waiver("good-enough", expires_at=NOW - timedelta(days=1)), waiver("good-enough"))
    assert answer(case(evidence=LOW, waivers=both), "good-enough").outcome == "pass"


def test_a_verdict_replays_to_the_same_digest() -> None:
    first = judge(POLICY, case(), NOW)
    again = judge(
        parse_policy(default_policy_bytes()).policy, Case.model_validate_json(case().model_dump_json()), NOW
    )
    assert digest(first) == digest(again)


def test_an_environment_the_policy_does_not_have_is_refused() -> None:
    only_dev = parse_policy(
        b"name: p\nversion: 1\nenvironments: {dev: {rules: [{name: e, kind: evidence, runs: [evaluate], max_age_days: 1}]}}"
    ).policy
    with pytest.raises(ValueError, match="production"):
        judge(only_dev, case(), NOW)
