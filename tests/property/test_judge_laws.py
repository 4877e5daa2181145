"""Laws of the judge, over generated cases: better evidence never hurts, and the order of things never matters."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.registry.cases import NOW, approval, attacks, case, evaluation, waiver
from tunewright.core.canonical import digest
from tunewright.core.judge import judge
from tunewright.core.policy import Case
from tunewright.core.types import Score
from tunewright.registry.policy_file import default_policy_bytes, parse_policy

POLICY = parse_policy(default_policy_bytes()).policy
RANK = {"invalid": 0, "fail": 1, "inconclusive": 2, "pass": 3}
QUALITY = ("exact_match", "difference.exact_match", "json_valid")
RISK = ("membership_auc", "canary_extracted:1x")


@st.composite
def scores(draw: st.DrawFn, metric: str, top: float = 1.0) -> Score:
    low, value, high = sorted(draw(st.lists(st.floats(0, top), min_size=3, max_size=3)))
    return Score(
        metric=metric, value=value, low=low, high=high, n=draw(st.integers(1, 2000)), signature="generated"
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    quality = tuple(
        draw(scores(metric)) for metric in QUALITY if draw(st.booleans()) or metric != "json_valid"
    )
    risk = tuple(draw(scores(metric)) for metric in RISK)
    control = draw(scores("membership_auc_base"))
    ages = st.timedeltas(timedelta(days=-2), timedelta(days=60))
    people = st.sampled_from(["alice", "bob", "carol", "dave"])
    return case(
        evidence=(
            evaluation(scores=quality, at=NOW - draw(ages)),
            attacks(scores=(*risk, control), at=NOW - draw(ages)),
        ),
        approvals=tuple(approval(draw(people), at=NOW - draw(ages)) for _ in range(draw(st.integers(0, 3)))),
        waivers=tuple(
            waiver(draw(st.sampled_from(["good-enough", "membership"])), expires_at=NOW + draw(ages))
            for _ in range(draw(st.integers(0, 2)))
        ),
        held=draw(st.sampled_from([(), ("staging",), ("dev", "staging")])),
        environment=draw(st.sampled_from(["dev", "staging", "production"])),
    )


def changed(of: Case, metric: str, **fields: float) -> Case:
    evidence = tuple(
        item.model_copy(
            update={
                "scores": tuple(
                    score.model_copy(update=fields) if score.metric == metric else score
                    for score in item.scores
                )
            }
        )
        for item in of.evidence
    )
    return of.model_copy(update={"evidence": evidence})


def bounds(of: Case, metric: str) -> Score:
    return next(score for item in of.evidence for score in item.scores if score.metric == metric)


@settings(max_examples=80)
@given(cases(), st.sampled_from(["exact_match", "difference.exact_match"]), st.floats(0, 1))
def test_raising_the_lower_end_of_a_quality_score_never_makes_it_worse(
    of: Case, metric: str, share: float
) -> None:
    score = bounds(of, metric)
    better = changed(of, metric, low=score.low + share * (score.value - score.low))
    before, after = judge(POLICY, of, NOW), judge(POLICY, better, NOW)
    for old, new in zip(before.children, after.children, strict=True):
        assert RANK[new.outcome] >= RANK[old.outcome]
    assert RANK[after.outcome] >= RANK[before.outcome]


@settings(max_examples=80)
@given(cases(), st.sampled_from(RISK), st.floats(0, 1))
def test_lowering_the_upper_end_of_a_risk_score_never_makes_it_worse(
    of: Case, metric: str, share: float
) -> None:
    score = bounds(of, metric)
    better = changed(of, metric, high=score.high - share * (score.high - score.value))
    assert RANK[judge(POLICY, better, NOW).outcome] >= RANK[judge(POLICY, of, NOW).outcome]


@settings(max_examples=80)
@given(cases(), st.sampled_from(["exact_match", "difference.exact_match"]), st.integers(0, 5000))
def test_more_items_with_the_same_interval_never_hurt(of: Case, metric: str, more: int) -> None:
    bigger = changed(of, metric, n=bounds(of, metric).n + more)
    assert RANK[judge(POLICY, bigger, NOW).outcome] >= RANK[judge(POLICY, of, NOW).outcome]


@settings(max_examples=80)
@given(cases(), st.data())
def test_taking_evidence_or_an_approval_away_never_makes_it_pass(of: Case, data: st.DataObject) -> None:
    assume(judge(POLICY, of, NOW).outcome != "pass")
    poorer = of.model_copy(
        update={
            "evidence": tuple(item for item in of.evidence if data.draw(st.booleans())),
            "approvals": tuple(item for item in of.approvals if data.draw(st.booleans())),
        }
    )
    assert judge(POLICY, poorer, NOW).outcome != "pass"


@settings(max_examples=80)
@given(cases(), st.randoms())
def test_order_changes_nothing_and_replay_gives_the_same_digest(of: Case, random: object) -> None:
    shuffled = {
        field: tuple(sorted(getattr(of, field), key=lambda _: random.random()))  # type: ignore[attr-defined]
        for field in ("evidence", "waivers")
    }
    other = of.model_copy(update=shuffled)
    # Two waivers that end at the same instant may explain themselves in either order; outcomes may not differ.
    first, second = judge(POLICY, of, NOW), judge(POLICY, other, NOW)
    assert [(c.rule, c.outcome) for c in first.children] == [(c.rule, c.outcome) for c in second.children]
    assert digest(judge(POLICY, Case.model_validate_json(of.model_dump_json()), NOW)) == digest(first)


@settings(max_examples=80)
@given(cases(), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_time_alone_never_turns_a_refusal_without_future_things_into_a_pass(
    of: Case, later: timedelta
) -> None:
    assume(all(item.at <= NOW for item in (*of.evidence, *of.approvals)))
    # A waiver that runs too long today is short enough later, so waivers are left out here.
    bare = of.model_copy(update={"waivers": ()})
    assume(judge(POLICY, bare, NOW).outcome != "pass")
    assert judge(POLICY, bare, NOW + later).outcome != "pass"
