"""``tunewright model approve``: a person's yes to one version for one environment, or a dated exception from one rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunewright.core.policy import Environment
from tunewright.core.types import Approval, Ref, Waiver
from tunewright.registry import approvals
from tunewright.registry.policy_file import PolicyFile, load_policy
from tunewright.registry.versions import find_model

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ApproveReport:
    """An approval that is recorded."""

    model: Ref
    approval: Approval


@dataclass(frozen=True, slots=True)
class WaiveReport:
    """A waiver that is recorded."""

    model: Ref
    waiver: Waiver


def workspace_policy(ws: Workspace) -> PolicyFile:
    """The policy ``gates.policy`` names. Raises ConfigError when it is missing or wrong."""
    return load_policy(ws.root / ws.configuration.gates.policy)


def approve(
    ws: Workspace, model: str = "", *, environment: Environment = "production", note: str = ""
) -> ApproveReport:
    """Record the acting person's approval.

    Raises NotFoundError for the version, DeniedError without the role or for one's own work, UsageError where the
    environment asks for no approval.
    """
    record = find_model(ws.project, model, default_name=ws.configuration.model.name)
    policy = workspace_policy(ws).policy
    given = approvals.approve(ws.project, policy, ws.configuration.gates.roles, record, environment, note)
    return ApproveReport(record.ref, given)


def waive(ws: Workspace, model: str = "", *, rule: str, reason: str, days: float) -> WaiveReport:
    """Record the acting person's exception from one rule for this version's bytes.

    Raises NotFoundError for the version or rule, DeniedError without the role, UsageError where the policy does not
    allow it.
    """
    record = find_model(ws.project, model, default_name=ws.configuration.model.name)
    policy = workspace_policy(ws).policy
    roles = ws.configuration.gates.roles
    given = approvals.waive(ws.project, policy, roles, record, rule=rule, reason=reason, days=days)
    return WaiveReport(record.ref, given)
