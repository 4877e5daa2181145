"""Decisions: what a verdict on a case makes, and how it is kept. A decision's digest is its name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tunewright.core.canonical import digest, plain
from tunewright.core.errors import IntegrityError
from tunewright.core.judge import newest_evidence
from tunewright.core.policy import Case
from tunewright.core.types import Decision, Verdict
from tunewright.registry.policy_file import PolicyFile
from tunewright.store import db


def decision_of(policy: PolicyFile, case: Case, verdict: Verdict, at: datetime) -> Decision:
    """The decision that a verdict on a case makes; the same inputs give the same digest."""
    chosen = newest_evidence(case, at)
    return Decision(
        model=case.model,
        environment=case.environment,
        subject_digest=case.subject_digest,
        policy_digest=policy.digest,
        case_digest=digest(case),
        evidence=tuple(chosen[run].ref for run in sorted(chosen)),
        verdict=verdict,
        approvals=case.approvals,
        waivers=case.waivers,
        actor=case.actor,
        at=at,
    )


def event_body(decision: Decision) -> dict[str, Any]:
    """What the audit log says of a decision: digests and outcomes, no text anybody typed."""
    return {
        "environment": decision.environment,
        "decision_digest": digest(decision),
        "subject_digest": decision.subject_digest,
        "policy_digest": decision.policy_digest,
        "case_digest": decision.case_digest,
        "outcome": decision.verdict.outcome,
        "rules": {child.rule: child.outcome for child in decision.verdict.children},
        "evidence": [str(ref) for ref in decision.evidence],
        "approved_by": sorted({approval.actor for approval in decision.approvals}),
        "waived": sorted(child.rule for child in decision.verdict.children if child.children),
    }


def load_decision(connection: Connection, decision_digest: str) -> Decision:
    """A recorded decision whose bytes are those of its digest. Raises IntegrityError."""
    body = connection.execute(
        sa.select(db.decisions.c.body).where(db.decisions.c.digest == decision_digest)
    ).scalar_one_or_none()
    if body is None:
        raise IntegrityError(
            f"the decision {decision_digest[:12]} is not in the database",
            hint="somebody removed it: stop, and run `tunewright audit verify`",
            digest=decision_digest,
        )
    try:
        decision = Decision.model_validate(body)
    except ValueError:
        decision = None
    if decision is None or digest(decision) != decision_digest:
        raise IntegrityError(
            f"the decision {decision_digest[:12]} is not what was decided",
            hint="somebody changed it: stop, and run `tunewright audit verify`",
            digest=decision_digest,
        )
    return decision


def insert_decision(connection: Connection, decision: Decision) -> str:
    decision_digest = digest(decision)
    known = connection.execute(
        sa.select(db.decisions.c.digest).where(db.decisions.c.digest == decision_digest)
    ).scalar_one_or_none()
    if known is None:
        connection.execute(sa.insert(db.decisions).values(digest=decision_digest, body=plain(decision)))
    return decision_digest
