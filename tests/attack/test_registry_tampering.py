"""Somebody with the database in their hands: each change is found, and the message names what does not hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.fixtures.registered import ROLES, as_actor, make_project, new_version, with_evidence
from tunewright.core.canonical import canonical_json, digest
from tunewright.core.errors import IntegrityError
from tunewright.core.types import Decision, Verdict
from tunewright.registry.approvals import approve
from tunewright.registry.policy_file import default_policy_bytes, parse_policy
from tunewright.registry.promote import promote, verify_decision
from tunewright.store import db
from tunewright.store.project import Project

POLICY = parse_policy(default_policy_bytes())


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Version 1.0.0 in production, 1.0.1 registered and measured, in no environment."""
    with make_project(tmp_path / "p") as made:
        first = with_evidence(made, new_version(made))
        with_evidence(made, new_version(made, rate=0.2))
        with as_actor(made, "carol") as carol:
            approve(carol, POLICY.policy, ROLES, first, "production")
        with as_actor(made, "bob") as bob:
            for environment in ("staging", "production"):
                promote(bob, POLICY, first, environment, primary="exact_match", roles=ROLES)
        verify_decision(made, "support", "production")
        yield made


def change(project: Project, statement: Any) -> None:
    with project.transaction() as connection:
        assert connection.execute(statement).rowcount >= 1


def decided(project: Project) -> Decision:
    return verify_decision(project, "support", "production")


def rewritten(project: Project, edit: Callable[[dict[str, Any]], None]) -> str:
    """Change the decision's body, keeping digest, alias and history consistent with each other."""
    with project.reader() as connection:
        old = connection.scalar(
            sa.select(db.aliases.c.decision_digest).where(db.aliases.c.environment == "production")
        )
        body = connection.scalar(sa.select(db.decisions.c.body).where(db.decisions.c.digest == old))
    edit(body)
    new = digest(body)
    change(project, sa.update(db.decisions).where(db.decisions.c.digest == old).values(digest=new, body=body))
    for table in (db.aliases, db.alias_history):
        change(project, sa.update(table).where(table.c.decision_digest == old).values(decision_digest=new))
    return new


def refused(project: Project, expected: str) -> None:
    with pytest.raises(IntegrityError, match=expected) as caught:
        verify_decision(project, "support", "production")
    assert "audit verify" in caught.value.hint


def test_an_edited_decision_is_found(project: Project) -> None:
    with project.reader() as connection:
        rows = connection.execute(sa.select(db.decisions)).all()
    for row in rows:
        body = {**row.body, "actor": "mallory"}
        change(project, sa.update(db.decisions).where(db.decisions.c.digest == row.digest).values(body=body))
    refused(project, "is not what was decided")


def test_a_decision_that_is_not_one_is_found(project: Project) -> None:
    change(project, sa.update(db.decisions).values(body={"verdict": "pass"}))
    refused(project, "is not what was decided")


def test_a_removed_decision_is_found(project: Project) -> None:
    change(project, sa.delete(db.decisions))
    refused(project, "is not in the database")


def test_an_alias_moved_by_hand_is_found(project: Project) -> None:
    second = project.records.get("model", "support", "1.0.1")
    values = {"version": second.ref.version, "digest": second.ref.digest}
    change(project, sa.update(db.aliases).where(db.aliases.c.environment == "production").values(**values))
    refused(project, "its history does not")


def test_an_alias_and_its_history_moved_by_hand_have_no_event(project: Project) -> None:
    second = project.records.get("model", "support", "1.0.1")
    values = {"version": second.ref.version, "digest": second.ref.digest}
    for table in (db.aliases, db.alias_history):
        change(project, sa.update(table).where(table.c.environment == "production").values(**values))
    refused(project, "without an event in the audit log")


def test_the_staging_decision_does_not_serve_for_production(project: Project) -> None:
    with project.reader() as connection:
        staging = connection.scalar(
            sa.select(db.aliases.c.decision_digest).where(db.aliases.c.environment == "staging")
        )
    for table in (db.aliases, db.alias_history):
        statement = (
            sa.update(table).where(table.c.environment == "production").values(decision_digest=staging)
        )
        change(project, statement)
    refused(project, "without an event in the audit log")


@pytest.mark.parametrize(
    "edit",
    [
        lambda body: body["verdict"].update(because="all 10 rules pass, really"),
        lambda body: body.update(actor="mallory"),
        lambda body: body["approvals"][0].update(actor="mallory"),
        lambda body: body.update(subject_digest="0" * 64),
    ],
)
def test_a_consistently_rewritten_decision_has_no_event(
    project: Project, edit: Callable[[dict[str, Any]], None]
) -> None:
    rewritten(project, edit)
    refused(project, "without an event in the audit log")


def test_a_rewritten_event_is_not_in_the_signed_log(project: Project) -> None:
    new = rewritten(project, lambda body: body.update(actor="mallory"))
    events = db.events
    with project.reader() as connection:
        row = connection.execute(sa.select(events).where(events.c.action == "model.promote")).all()[-1]
    change(
        project,
        sa.update(events).where(events.c.seq == row.seq).values(body={**row.body, "decision_digest": new}),
    )
    refused(project, rf"event {row.seq} is not in the signed audit log")
    with pytest.raises(IntegrityError):
        project.audit.verify()


def test_a_policy_swapped_in_the_blobs_is_found(project: Project) -> None:
    path = project.blobs.path(decided(project).policy_digest)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"at_least: 0.5\n", b"at_least: 0.1\n"))
    refused(project, "cannot be read any more")


def test_a_case_that_is_gone_is_found(project: Project) -> None:
    project.blobs.path(decided(project).case_digest).unlink()
    refused(project, "cannot be read any more")


def test_a_case_that_was_judged_differently_is_found(project: Project) -> None:
    """Another case in the blobs, and a decision about it: judging again does not come to this verdict."""
    decision = decided(project)
    with project.blobs.open(decision.case_digest) as stream:
        case = json.loads(stream.read())
    for evidence in case["evidence"]:
        for score in evidence["scores"]:
            if score["metric"] == "exact_match":
                score.update(value=0.2, low=0.1, high=0.3)
    other = project.blobs.put_bytes(canonical_json(case))
    from tunewright.registry.verify import verify_recorded_decision

    with pytest.raises(IntegrityError, match="gives another decision"):
        verify_recorded_decision(project, decision.model_copy(update={"case_digest": other}))


def test_evidence_changed_after_the_decision_is_found(project: Project) -> None:
    table = db.records
    run = project.records.get("run", "evaluate", "1")
    body = json.loads(run.model_dump_json())
    body["scores"][0]["value"] = 0.99
    change(project, sa.update(table).where(table.c.digest == run.ref.digest).values(body=body))
    refused(project, "is not what was judged")


def test_evidence_that_is_gone_is_found(project: Project) -> None:
    run = project.records.get("run", "evaluate", "1")
    change(project, sa.delete(db.records).where(db.records.c.digest == run.ref.digest))
    refused(project, "is gone")


def test_a_model_record_that_serves_other_bytes_is_found(project: Project) -> None:
    model = project.records.get("model", "support", "1.0.0")
    body = json.loads(model.model_dump_json())
    body["recipe"]["served"]["weights"] = "0" * 64
    change(project, sa.update(db.records).where(db.records.c.digest == model.ref.digest).values(body=body))
    refused(project, "other bytes than this version serves")


def test_changed_weights_are_found_before_anything_is_judged(project: Project) -> None:
    model = project.records.get("model", "support", "1.0.1")
    run = next(project.records.get(ref) for ref in model.inputs if ref.kind == "run")
    file = project.records.folder(run) / "examples.parquet"
    file.chmod(0o600)
    file.write_bytes(b"other weights")
    with pytest.raises(IntegrityError):
        promote(project, POLICY, model, "staging", primary="exact_match", roles=ROLES)


def test_scores_raised_in_the_database_do_not_get_through_the_gate(project: Project) -> None:
    run = project.records.get("run", "evaluate", "2")
    body = json.loads(run.model_dump_json())
    body["scores"][0]["value"] = 0.999
    change(project, sa.update(db.records).where(db.records.c.digest == run.ref.digest).values(body=body))
    model = project.records.get("model", "support", "1.0.1")
    with pytest.raises(IntegrityError, match="run/evaluate@2"):
        promote(project, POLICY, model, "staging", primary="exact_match", roles=ROLES)


def test_a_reason_worded_differently_by_another_version_still_replays_but_an_outcome_does_not(
    project: Project,
) -> None:
    from tunewright.registry.verify import verify_recorded_decision

    decision = decided(project)
    first, *rest = decision.verdict.children

    def having(child: Verdict) -> Decision:
        verdict = decision.verdict.model_copy(update={"children": (child, *rest)})
        return decision.model_copy(update={"verdict": verdict})

    verify_recorded_decision(project, having(first.model_copy(update={"because": "in other words"})))
    with pytest.raises(IntegrityError, match="gives another decision"):
        verify_recorded_decision(project, having(first.model_copy(update={"outcome": "inconclusive"})))
