"""Rollback: point the environment at the last good version again. No evaluation, one transaction, done at once.

The decision that once let the version in still stands: it is verified by the gateway when it loads the version.
"""

from __future__ import annotations

from dataclasses import dataclass

from tunewright.core.errors import NotFoundError
from tunewright.core.policy import Environment
from tunewright.registry import aliases
from tunewright.store.project import Project


@dataclass(frozen=True, slots=True)
class RolledBack:
    """From where to where."""

    left: aliases.Alias
    now: aliases.Alias


def rollback(project: Project, model: str, environment: Environment) -> RolledBack:
    """Re-point ``environment`` of ``model`` to the version before the present one.

    Raises NotFoundError when it points nowhere or there is no version before, ConflictError when somebody else
    moved it meanwhile.
    """
    with project.reader() as connection:
        left = aliases.current(connection, model, environment)
        good = aliases.good_versions(aliases.history(connection, model, environment))
    if left is None:
        raise NotFoundError(
            f"{environment} of {model} points at no version",
            hint="`tunewright model promote` moves it to one",
            model=model,
            environment=environment,
        )
    if len(good) < 2:
        raise NotFoundError(
            f"there is no version before {model}@{left.version} in {environment}",
            hint="nothing was changed; promote another version instead",
            model=model,
            environment=environment,
        )
    before = good[-2]
    target = left.ref.model_copy(update={"version": before.version, "digest": before.digest})
    body = {
        "environment": environment,
        "left_version": left.version,
        "left_digest": left.digest,
        "left_decision_digest": left.decision_digest,
        "decision_digest": before.decision_digest,
    }
    at = project.now()
    with project.transaction() as connection:
        event = project.audit.append(aliases.ROLLBACK, target, body, connection=connection)
        now = aliases.move(
            connection,
            to=target,
            environment=environment,
            decision_digest=before.decision_digest,
            expected=left.generation,
            event_seq=event.seq,
            at=at,
        )
    return RolledBack(left, now)
