"""Promotion, approval, refusal, rollback and verification on a real project."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fixtures.registered import (
    ROLES,
    Clock,
    as_actor,
    make_project,
    measured,
    new_version,
    with_evidence,
)
from tests.unit.registry.cases import GOOD_ATTACKS, GOOD_EVALUATION, score
from tunewright.core.canonical import digest
from tunewright.core.errors import (
    ConflictError,
    DeniedError,
    GateRefusedError,
    IntegrityError,
    NotFoundError,
    UsageError,
)
from tunewright.core.policy import Environment
from tunewright.core.types import Decision, Record
from tunewright.registry import aliases
from tunewright.registry.approvals import approve, waive
from tunewright.registry.policy_file import default_policy_bytes, parse_policy
from tunewright.registry.promote import judge_version, promote, record_decision, verify_decision
from tunewright.registry.rollback import rollback
from tunewright.store import db
from tunewright.store.project import Project

POLICY = parse_policy(default_policy_bytes())


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with make_project(tmp_path / "p") as made:
        yield made


def to(project: Project, model: Record, environment: Environment, actor: str = "bob") -> Decision:
    with as_actor(project, actor) as acting:
        return promote(acting, POLICY, model, environment, primary="exact_match", roles=ROLES)[0]


def yes(project: Project, model: Record, actor: str = "carol") -> None:
    with as_actor(project, actor) as acting:
        approve(acting, POLICY.policy, ROLES, model, "production")


def in_production(project: Project, model: Record) -> Decision:
    with_evidence(project, model)
    to(project, model, "staging")
    yes(project, model)
    return to(project, model, "production")


def compared_with_production(project: Project, model: Record) -> Record:
    with project.reader() as connection:
        holder = aliases.current(connection, "support", "production")
    assert holder is not None
    scores = (*GOOD_EVALUATION, score("difference_production.exact_match", 0.05))
    measured(project, model, "evaluate", scores, compared=(holder.ref,))
    measured(project, model, "redteam", GOOD_ATTACKS)
    return model


def test_the_whole_way_to_production(project: Project) -> None:
    model = with_evidence(project, new_version(project))
    staged = to(project, model, "staging")
    assert staged.verdict.outcome == "pass"
    with pytest.raises(GateRefusedError) as refused:
        to(project, model, "production")
    assert "second-person: 0 of 1 approvals; carol, dave may approve" in refused.value.hint
    assert refused.value.verdict["outcome"] == "fail"
    assert len(refused.value.verdict["children"]) == 11
    yes(project, model)
    decision = to(project, model, "production")
    assert [a.actor for a in decision.approvals] == ["carol"]
    assert {ref.name for ref in decision.evidence} == {"evaluate", "redteam"}
    assert verify_decision(project, "support", "production") == decision
    assert verify_decision(project, "support", "staging") == staged
    project.audit.verify()


def test_a_refusal_is_recorded_and_moves_nothing(project: Project) -> None:
    model = new_version(project)
    with pytest.raises(GateRefusedError, match="refused for staging") as refused:
        to(project, model, "staging")
    (event,) = project.audit.events(action="model.refuse")
    assert event.actor == "bob"
    assert event.subject == model.ref
    assert event.body["decision_digest"] == refused.value.facts["decision"]
    assert event.body["rules"]["fresh-evidence"] == "fail"
    with project.reader() as connection:
        assert aliases.current(connection, "support", "staging") is None
        assert connection.scalar(sa.select(sa.func.count()).select_from(db.decisions)) == 1
    with pytest.raises(NotFoundError):
        verify_decision(project, "support", "staging")
    project.audit.verify()


def test_without_roles_nothing_reaches_production(project: Project) -> None:
    model = with_evidence(project, new_version(project))
    to(project, model, "staging")
    with pytest.raises(GateRefusedError) as refused:
        promote(project, POLICY, model, "production", primary="exact_match", roles={})
    assert "write `gates: {roles: {approver: [NAME]}}` into tunewright.yaml" in refused.value.hint


def test_production_without_staging_is_refused_though_approved(project: Project) -> None:
    model = with_evidence(project, new_version(project))
    yes(project, model)
    with pytest.raises(GateRefusedError, match="was-in-staging"):
        to(project, model, "production")


def test_evidence_of_other_weights_does_not_count(project: Project) -> None:
    first = with_evidence(project, new_version(project))
    to(project, first, "staging")
    second = new_version(project, weights="not reproduced")
    with pytest.raises(GateRefusedError, match="fresh-evidence"):
        to(project, second, "staging")


def test_stale_evidence_does_not_count(project: Project) -> None:
    model = with_evidence(project, new_version(project))
    clock = project._clock
    assert isinstance(clock, Clock)
    clock.at += timedelta(days=31)
    with pytest.raises(GateRefusedError) as refused:
        to(project, model, "staging")
    assert "31.0 days old" in refused.value.hint


def test_nobody_approves_their_own_work(project: Project) -> None:
    model = with_evidence(project, new_version(project))
    roles = {"approver": ("alice", "bob", "carol")}
    with pytest.raises(DeniedError, match="alice trained or registered"):
        approve(project, POLICY.policy, roles, model, "production")
    with as_actor(project, "mallory") as acting, pytest.raises(DeniedError, match="does not have the role"):
        approve(acting, POLICY.policy, roles, model, "production")
    with pytest.raises(UsageError, match="asks for no approval in staging"):
        approve(project, POLICY.policy, roles, model, "staging")
    # The promoter's own approval is a yes of the same person: it is there, and does not count.
    to(project, model, "staging")
    with as_actor(project, "bob") as bob:
        approve(bob, POLICY.policy, roles, model, "production")
        with pytest.raises(GateRefusedError) as refused:
            promote(bob, POLICY, model, "production", primary="exact_match", roles=roles)
        assert "bob trained, registered or promotes this version" in refused.value.hint


def test_an_approval_written_past_the_product_is_tampering(project: Project) -> None:
    model = with_evidence(project, new_version(project))
    to(project, model, "staging")
    yes(project, model)
    with project.transaction() as connection:
        body = connection.scalar(sa.select(db.approvals.c.body))
        connection.execute(sa.update(db.approvals).values(body={**body, "actor": "dave"}))
    with pytest.raises(IntegrityError, match="approve by dave has no event"):
        to(project, model, "production")


def test_a_waiver_needs_the_right_person_a_reason_and_an_end(project: Project) -> None:
    model = new_version(project)
    measured(project, model, "evaluate", (score("exact_match", 0.3), *GOOD_EVALUATION[1:]))
    measured(project, model, "redteam", GOOD_ATTACKS)
    with as_actor(project, "carol") as carol:
        ask = {"model": model, "rule": "good-enough", "reason": "pilot with two users", "days": 5.0}

        def given(**changes: object) -> object:
            return waive(carol, POLICY.policy, ROLES, **{**ask, **changes})  # type: ignore[arg-type]

        with pytest.raises(UsageError, match="reason"):
            given(reason="  ")
        with pytest.raises(UsageError, match="31 days"):
            given(days=31)
        with pytest.raises(UsageError, match="0 days"):
            given(days=0)
        with pytest.raises(NotFoundError, match="no rule 'good-enuff'"):
            given(rule="good-enuff")
        with pytest.raises(UsageError, match="cannot be waived"):
            given(rule="attack-control")
        with pytest.raises(GateRefusedError):
            to(project, model, "staging")
        given()
    with pytest.raises(DeniedError, match="none of the roles"):
        waive(project, POLICY.policy, ROLES, **ask)  # type: ignore[arg-type]
    decision = to(project, model, "staging")
    assert decision.waivers[0].reason == "pilot with two users"
    assert project.audit.events(action="model.promote")[-1].body["waived"] == ["good-enough"]
    assert "pilot" not in str([event.body for event in project.audit.events()])
    clock = project._clock
    assert isinstance(clock, Clock)
    clock.at += timedelta(days=6)
    with pytest.raises(GateRefusedError) as refused:
        to(project, model, "staging")
    assert "it expired on" in refused.value.hint
    # What was decided while it ran still verifies.
    assert verify_decision(project, "support", "staging") == decision


def test_two_judged_at_once_exactly_one_moves_the_alias(project: Project) -> None:
    first = with_evidence(project, new_version(project))
    second = with_evidence(project, new_version(project, rate=0.2))
    judged = [
        judge_version(project, POLICY, model, "staging", primary="exact_match", roles=ROLES)
        for model in (first, second)
    ]
    record_decision(project, judged[0])
    with pytest.raises(ConflictError, match="somebody else moved staging"):
        record_decision(project, judged[1])
    assert verify_decision(project, "support", "staging").model == first.ref
    assert len(project.audit.events(action="model.promote")) == 1
    record_decision(
        project, judge_version(project, POLICY, second, "staging", primary="exact_match", roles=ROLES)
    )
    with project.reader() as connection:
        moves = aliases.history(connection, "support", "staging")
    assert [(m.generation, m.version) for m in moves] == [(1, "1.0.0"), (2, "1.0.1")]


def test_rollback_goes_back_one_good_version_at_a_time(project: Project) -> None:
    first = new_version(project)
    in_production(project, first)
    with pytest.raises(NotFoundError, match=r"no version before support@1\.0\.0"):
        rollback(project, "support", "production")
    versions = [first]
    for rate in (0.2, 0.3):
        model = compared_with_production(project, new_version(project, rate=rate))
        to(project, model, "staging")
        yes(project, model)
        to(project, model, "production")
        versions.append(model)
    with as_actor(project, "dave") as dave:
        step = rollback(dave, "support", "production")
        assert (step.left.version, step.now.version) == ("1.0.2", "1.0.1")
        assert verify_decision(project, "support", "production").model == versions[1].ref
        assert rollback(dave, "support", "production").now.version == "1.0.0"
        with pytest.raises(NotFoundError, match="no version before"):
            rollback(dave, "support", "production")
    events = project.audit.events(action="model.rollback")
    assert [event.actor for event in events] == ["dave", "dave"]
    assert [event.body["left_version"] for event in events] == ["1.0.2", "1.0.1"]
    assert verify_decision(project, "support", "production").model == first.ref
    project.audit.verify()


def test_a_rolled_back_version_needs_a_new_approval(project: Project) -> None:
    in_production(project, new_version(project))
    second = compared_with_production(project, new_version(project, rate=0.2))
    to(project, second, "staging")
    yes(project, second)
    to(project, second, "production")
    rollback(project, "support", "production")
    with pytest.raises(GateRefusedError, match="second-person"):
        to(project, second, "production")
    yes(project, second, "dave")
    assert to(project, second, "production").approvals[0].actor == "dave"
    # And out of staging, it must go there again.
    rollback(project, "support", "staging")
    with pytest.raises(GateRefusedError, match="was-in-staging"):
        to(project, second, "production")


def test_rollback_of_nothing_says_so(project: Project) -> None:
    with pytest.raises(NotFoundError, match="points at no version"):
        rollback(project, "support", "production")


def test_an_unknown_environment_is_refused(project: Project) -> None:
    model = new_version(project)
    with pytest.raises(UsageError, match="no environment 'live'"):
        promote(project, POLICY, model, "live", primary="exact_match", roles=ROLES)  # type: ignore[arg-type]


def test_a_decision_is_judged_again_from_what_was_kept(project: Project) -> None:
    decision = in_production(project, new_version(project))
    assert project.blobs.has(decision.policy_digest)
    assert project.blobs.has(decision.case_digest)
    assert digest(verify_decision(project, "support", "production")) == digest(decision)
