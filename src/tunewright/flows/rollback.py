"""``tunewright model rollback``: point an environment back to its last good version, at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunewright.core.policy import Environment
from tunewright.core.ports import Progress, SilentProgress
from tunewright.core.types import Ref
from tunewright.flows.mirror import mirror_alias
from tunewright.registry import rollback as registry_rollback

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """A rollback that happened."""

    environment: str
    left: Ref
    now: Ref
    generation: int
    moved_ms: float
    """until the alias pointed at the old version, durably"""
    mirror_problem: str
    """why the tracker does not show it, empty when it does"""


def rollback(
    ws: Workspace,
    environment: Environment = "production",
    *,
    model: str = "",
    progress: Progress | None = None,
) -> RollbackReport:
    """Re-point ``environment`` to the version before the present one. Needs no evaluation and no approval.

    Raises NotFoundError when there is no version to go back to, ConflictError when somebody else moved it meanwhile.
    """
    name = model.partition("@")[0] or ws.configuration.model.name
    started = time.perf_counter()
    done = registry_rollback.rollback(ws.project, name, environment)
    moved_ms = (time.perf_counter() - started) * 1000
    # The tracker's library takes seconds to load: by now the alias has moved and gateways follow it.
    text = f"{environment} points at {done.now.model}@{done.now.version} again, after {moved_ms:.0f} ms"
    (progress or SilentProgress()).note(text)
    problem = mirror_alias(ws, model=name, environment=environment, version=done.now.version)
    return RollbackReport(
        environment=environment,
        left=done.left.ref,
        now=done.now.ref,
        generation=done.now.generation,
        moved_ms=round(moved_ms, 1),
        mirror_problem=problem,
    )
