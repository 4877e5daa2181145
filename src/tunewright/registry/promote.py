"""Promotion: judge, then in ONE transaction the decision, its event and the move of the alias, by compare-and-swap.

A refusal is recorded too: the decision and an event, and the alias stays. Between judging and recording somebody else
may move the alias; then the generation differs and this promotion is refused as a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunewright.core.canonical import canonical_json, digest, plain
from tunewright.core.errors import GateRefusedError, UsageError
from tunewright.core.judge import judge
from tunewright.core.policy import Case, Environment
from tunewright.core.types import Decision, Record, Ref
from tunewright.registry import aliases
from tunewright.registry.case import build_case
from tunewright.registry.decisions import decision_of, event_body, insert_decision
from tunewright.registry.erased import erased_training
from tunewright.registry.policy_file import PolicyFile
from tunewright.registry.rights import Declared
from tunewright.registry.verify import verify_decision
from tunewright.store.project import Project

REFUSE = "model.refuse"
REFUSE_ERASED = "erasure.refuse"

__all__ = ["Judged", "judge_version", "promote", "record_decision", "verify_decision"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision that is not recorded yet, and the generation of the alias it was made at."""

    decision: Decision
    case: Case
    policy: PolicyFile
    generation: int


def promote(
    project: Project,
    policy: PolicyFile,
    model: Record,
    environment: Environment,
    *,
    primary: str,
    roles: Mapping[str, Sequence[str]],
    declared: Declared | None = None,
) -> tuple[Decision, aliases.Alias]:
    """Judge the version for the environment and point the environment at it.

    Raises GateRefusedError with the whole verdict, ConflictError when somebody else moved the alias meanwhile,
    UsageError for an environment the policy does not have, IntegrityError when evidence is not what was recorded.
    """
    refuse_erased(project, model.ref, environment)
    judged = judge_version(
        project, policy, model, environment, primary=primary, roles=roles, declared=declared
    )
    return record_decision(project, judged)


def erased_refusal(project: Project, model: Ref, environment: str) -> GateRefusedError | None:
    """The refusal of a version trained on examples that have been erased since: whatever a policy says, what it learned
    is placed nowhere again."""
    found = erased_training(project, model)
    if found is None:
        return None
    erasure, count = found
    why = f"{count} example(s) it was trained on have been erased since ({erasure})"
    return GateRefusedError(
        f"{model.name}@{model.version} is refused for {environment}: {why}",
        hint="train a version on a snapshot without them: `tunewright train`, then promote that one",
        verdict={"rule": "nothing erased", "outcome": "invalid", "because": why, "children": []},
        environment=environment,
        outcome="invalid",
        erasure=erasure.digest,
    )


def refuse_erased(project: Project, model: Ref, environment: str) -> None:
    """Raises that refusal, after recording it."""
    refusal = erased_refusal(project, model, environment)
    if refusal is not None:
        body = {"environment": environment, "erasure": refusal.facts["erasure"]}
        with project.transaction() as connection:
            project.audit.append(REFUSE_ERASED, model, body, connection=connection)
        raise refusal


def judge_version(
    project: Project,
    policy: PolicyFile,
    model: Record,
    environment: Environment,
    *,
    primary: str,
    roles: Mapping[str, Sequence[str]],
    declared: Declared | None = None,
) -> Judged:
    """The decision as it would be now. Writes nothing."""
    if environment not in policy.policy.environments:
        raise UsageError(
            f"the policy has no environment {environment!r}",
            hint=f"it has {', '.join(policy.policy.environments)}",
        )
    refusal = erased_refusal(project, model.ref, environment)
    if refusal is not None:
        raise refusal
    # The generation is read before anything else: whatever changes after this makes the swap fail.
    with project.reader() as connection:
        alias = aliases.current(connection, model.ref.name, environment)
    case = build_case(project, model, environment, primary=primary, roles=roles, declared=declared)
    at = project.now()
    decision = decision_of(policy, case, judge(policy.policy, case, at), at)
    return Judged(decision, case, policy, alias.generation if alias else 0)


def record_decision(project: Project, judged: Judged) -> tuple[Decision, aliases.Alias]:
    """Write the decision, and move the alias when the verdict is a pass.

    Raises GateRefusedError (after recording the refusal) and ConflictError.
    """
    decision = judged.decision
    refuse_erased(project, decision.model, decision.environment)
    # Blobs first: a decision row always finds what it was judged on. A blob nobody names is harmless.
    project.blobs.put_bytes(judged.policy.raw)
    project.blobs.put_bytes(canonical_json(judged.case))
    if decision.verdict.outcome != "pass":
        with project.transaction() as connection:
            insert_decision(connection, decision)
            project.audit.append(REFUSE, decision.model, event_body(decision), connection=connection)
        raise _refusal(decision)
    with project.transaction() as connection:
        decision_digest = insert_decision(connection, decision)
        event = project.audit.append(
            aliases.PROMOTE, decision.model, event_body(decision), connection=connection
        )
        alias = aliases.move(
            connection,
            to=decision.model,
            environment=decision.environment,
            decision_digest=decision_digest,
            expected=judged.generation,
            event_seq=event.seq,
            at=decision.at,
        )
    return decision, alias


def _refusal(decision: Decision) -> GateRefusedError:
    first = next(child for child in decision.verdict.children if child.outcome != "pass")
    return GateRefusedError(
        f"{decision.model.name}@{decision.model.version} is refused for {decision.environment}: "
        f"{decision.verdict.because}",
        hint=f"{first.rule}: {first.because}",
        verdict=plain(decision.verdict),
        decision=digest(decision),
        environment=decision.environment,
        outcome=decision.verdict.outcome,
    )
