"""A person's yes to one subject for one environment, and a dated exception from one rule.

Each is a row bound to the subject's digest and an event in the audit log that names the row's digest; a row without
its event does not count and is reported as tampering.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa

from tunewright.core.canonical import digest, plain
from tunewright.core.errors import DeniedError, IntegrityError, NotFoundError, UsageError
from tunewright.core.policy import ApprovalsRule, Environment, Policy
from tunewright.core.types import Approval, Record, Waiver
from tunewright.registry.versions import subject_of
from tunewright.store import db
from tunewright.store.project import Project

APPROVE = "model.approve"
WAIVE = "model.waive"
Roles = Mapping[str, Sequence[str]]


def authors_of(project: Project, model: Record) -> tuple[str, ...]:
    """Who trained and who registered the version: they do not count as the second pair of eyes."""
    trained = [project.records.get(ref).provenance.actor for ref in model.inputs if ref.kind == "run"]
    return tuple(sorted({*trained, model.provenance.actor}))


def approve(
    project: Project, policy: Policy, roles: Roles, model: Record, environment: Environment, note: str = ""
) -> Approval:
    """Record the acting person's approval.

    Raises UsageError where the environment asks for none, DeniedError when this person's approval would not count.
    """
    rule = _approvals_rule(policy, environment)
    actor = project.actor
    role = next((name for name in rule.roles if actor in roles.get(name, ())), None)
    if role is None:
        raise DeniedError(
            f"{actor} does not have the role {' or '.join(rule.roles)}",
            hint=f"write `gates: {{roles: {{{rule.roles[0]}: [{actor}]}}}}` into tunewright.yaml, or act as another "
            "person with `--as NAME`",
            actor=actor,
        )
    if rule.four_eyes and actor in authors_of(project, model):
        raise DeniedError(
            f"{actor} trained or registered {model.ref} and cannot be its second pair of eyes",
            hint="ask another person with the role; `--as NAME` says who acts",
            actor=actor,
        )
    approval = Approval(
        subject_digest=subject_of(model),
        environment=environment,
        actor=actor,
        role=role,
        note=note,
        at=project.now(),
    )
    with project.transaction() as connection:
        connection.execute(
            sa.insert(db.approvals).values(
                subject_digest=approval.subject_digest, environment=environment, body=plain(approval)
            )
        )
        body = {
            "environment": environment,
            "subject_digest": approval.subject_digest,
            "role": role,
            "approval_digest": digest(approval),
        }
        project.audit.append(APPROVE, model.ref, body, connection=connection)
    return approval


def waive(
    project: Project, policy: Policy, roles: Roles, model: Record, *, rule: str, reason: str, days: float
) -> Waiver:
    """Record the acting person's exception from one rule for this subject, for so many days.

    Raises UsageError where the policy does not allow it, NotFoundError for an unknown rule, and
    DeniedError for the wrong person.
    """
    options = policy.waivers
    if options is None:
        raise UsageError("this policy allows no waivers", hint="add a `waivers` section to the policy first")
    if not reason.strip():
        raise UsageError("a waiver needs a reason", hint="give one with --reason")
    if not 0 < days <= options.max_days:
        raise UsageError(
            f"a waiver of {days:g} days is not possible",
            hint=f"the policy allows up to {options.max_days:g} days",
        )
    _check_waivable(policy, rule)
    actor = project.actor
    if not any(actor in roles.get(name, ()) for name in options.roles):
        raise DeniedError(
            f"{actor} has none of the roles {', '.join(options.roles)}",
            hint="ask a person who has; `--as NAME` says who acts",
            actor=actor,
        )
    if actor in authors_of(project, model):
        raise DeniedError(
            f"{actor} trained or registered {model.ref} and cannot waive a rule for it",
            hint="ask another person with the role",
            actor=actor,
        )
    waiver = Waiver(
        subject_digest=subject_of(model),
        rule=rule,
        reason=reason.strip(),
        approver=actor,
        expires_at=project.now() + timedelta(days=days),
    )
    with project.transaction() as connection:
        connection.execute(
            sa.insert(db.waivers).values(subject_digest=waiver.subject_digest, rule=rule, body=plain(waiver))
        )
        body = {
            "rule": rule,
            "subject_digest": waiver.subject_digest,
            "expires_at": plain(waiver.expires_at),
            "waiver_digest": digest(waiver),
        }
        project.audit.append(WAIVE, model.ref, body, connection=connection)
    return waiver


def approvals_of(project: Project, subject_digest: str) -> tuple[Approval, ...]:
    """Every approval of the subject, oldest first. Raises IntegrityError for one without its audit event."""
    with project.reader() as connection:
        table = db.approvals
        rows = connection.execute(
            sa.select(table.c.body).where(table.c.subject_digest == subject_digest).order_by(table.c.id)
        ).scalars()
        found = tuple(Approval.model_validate(row) for row in rows)
    if found:
        _check_events(project, APPROVE, "approval_digest", {digest(item): item.actor for item in found})
    return found


def waivers_of(project: Project, subject_digest: str) -> tuple[Waiver, ...]:
    """Every waiver of the subject, oldest first. Raises IntegrityError for one without its audit event."""
    with project.reader() as connection:
        table = db.waivers
        rows = connection.execute(
            sa.select(table.c.body).where(table.c.subject_digest == subject_digest).order_by(table.c.id)
        ).scalars()
        found = tuple(Waiver.model_validate(row) for row in rows)
    if found:
        _check_events(project, WAIVE, "waiver_digest", {digest(item): item.approver for item in found})
    return found


def _check_events(project: Project, action: str, key: str, wanted: Mapping[str, str]) -> None:
    """Every digest is named by an event of its own actor."""
    logged = {(event.body.get(key), event.actor) for event in project.audit.events(action=action)}
    for item_digest, actor in wanted.items():
        if (item_digest, actor) not in logged:
            raise IntegrityError(
                f"a stored {action.removeprefix('model.')} by {actor} has no event in the audit log",
                hint="somebody wrote it past the product: stop, and run `tunewright audit verify`",
                digest=item_digest,
            )


def _approvals_rule(policy: Policy, environment: Environment) -> ApprovalsRule:
    if environment not in policy.environments:
        raise NotFoundError(
            f"the policy has no environment {environment!r}", hint=f"it has {', '.join(policy.environments)}"
        )
    for rule in policy.rules_for(environment):
        if isinstance(rule, ApprovalsRule):
            return rule
    raise UsageError(f"the policy asks for no approval in {environment}", hint="promote without one")


def _check_waivable(policy: Policy, name: str) -> None:
    rules = {rule.name: rule for environment in policy.environments for rule in policy.rules_for(environment)}
    if name not in rules:
        raise NotFoundError(f"the policy has no rule {name!r}", hint=f"it has {', '.join(sorted(rules))}")
    if rules[name].hard or isinstance(rules[name], ApprovalsRule):
        raise UsageError(f"the rule {name!r} cannot be waived", hint="it is hard, or asks for an approval")
