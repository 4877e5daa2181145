"""``tunewright model promote``: judge the gate, and move an environment to a version when every rule passes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunewright.core.canonical import digest
from tunewright.core.policy import Environment
from tunewright.core.types import Decision, Ref
from tunewright.flows.approve import workspace_policy
from tunewright.flows.mirror import mirror_alias
from tunewright.flows.rights import declared_rights
from tunewright.registry import aliases
from tunewright.registry.promote import judge_version, record_decision, refuse_erased
from tunewright.registry.versions import find_model

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PromoteReport:
    """A promotion that happened, or with ``dry_run`` the decision it would be."""

    model: Ref
    environment: str
    decision: Decision
    decision_digest: str
    before: str
    """the version the environment pointed at before, empty when none"""
    generation: int
    """of the alias, after; 0 for a dry run"""
    recorded: bool
    mirror_problem: str
    """why the tracker does not show it, empty when it does"""
    wall_s: float


def promote(
    ws: Workspace, model: str = "", *, environment: Environment = "staging", dry_run: bool = False
) -> PromoteReport:
    """Judge ``model`` (the highest version by default) for ``environment`` and point the environment at it.

    ``dry_run`` judges and writes nothing. Raises GateRefusedError with the whole verdict (the refusal is recorded),
    ConflictError when somebody else moved the environment meanwhile, ConfigError for a missing or wrong policy.
    """
    started = time.perf_counter()
    project, configuration = ws.project, ws.configuration
    record = find_model(project, model, default_name=configuration.model.name)
    with project.reader() as connection:
        before = aliases.current(connection, record.ref.name, environment)
    if not dry_run:
        refuse_erased(project, record.ref, environment)
    judged = judge_version(
        project,
        workspace_policy(ws),
        record,
        environment,
        primary=configuration.evaluate.primary,
        roles=configuration.gates.roles,
        declared=declared_rights(ws),
    )
    generation, problem = 0, ""
    if not dry_run:
        _, alias = record_decision(project, judged)
        generation = alias.generation
        problem = mirror_alias(ws, model=record.ref.name, environment=environment, version=record.ref.version)
    return PromoteReport(
        model=record.ref,
        environment=environment,
        decision=judged.decision,
        decision_digest=digest(judged.decision),
        before=before.version if before else "",
        generation=generation,
        recorded=not dry_run,
        mirror_problem=problem,
        wall_s=round(time.perf_counter() - started, 3),
    )
