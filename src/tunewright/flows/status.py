"""Where a workspace stands: what was made last, what serves, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tunewright.core.types import Record
from tunewright.flows.rights import rights_warnings
from tunewright.registry import aliases
from tunewright.registry.case import evidence_of
from tunewright.registry.erased import Ticket, tickets

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """Which version an environment points at."""

    environment: str
    version: str
    since: str


@dataclass(frozen=True, slots=True)
class Status:
    """One screen about a workspace."""

    root: Path
    model: str
    snapshot: str
    """the newest snapshot, empty when there is none"""
    open_findings: int
    versions: tuple[str, ...]
    """model versions, oldest first"""
    evidence: tuple[str, ...]
    """runs that measured the newest version"""
    environments: tuple[EnvironmentState, ...]
    events: int
    retrain: tuple[str, ...]
    """versions to retrain, since examples they were trained on have been erased; where they serve"""
    next_step: str
    next_command: str
    warnings: tuple[str, ...] = ()
    """sources that expire soon or may not be used, environments that serve a model made from such a source"""


def status(ws: Workspace) -> Status:
    """Look at the records; computes and changes nothing."""
    name = ws.configuration.model.name
    records = ws.project.records
    snapshot = records.latest("snapshot", name)
    versions = records.find("model", name)
    measured = evidence_of(ws.project, versions[-1]) if versions else ()
    with ws.project.reader() as connection:
        states = tuple(
            EnvironmentState(alias.environment, alias.version, str(alias.at))
            for alias in aliases.all_current(connection, name)
        )
    findings = _open_findings(ws) if snapshot else 0
    step, command = _next(snapshot, versions, {item.run for item in measured}, states)
    todo = [ticket for ticket in tickets(ws.project) if ticket.open]
    if ws.project.erasing.pending():
        step, command = "finish the erasure that was interrupted", "tunewright audit erase --resume"
    elif any(ticket.model.name == name and "train" in ticket.next_step for ticket in todo):
        step, command = "train a version without what was erased", "tunewright train"
    newest = ws.project.audit.events(limit=1)
    return Status(
        root=ws.root,
        model=name,
        snapshot=str(snapshot.ref) if snapshot else "",
        open_findings=findings,
        versions=tuple(record.ref.version for record in versions),
        evidence=tuple(str(item.ref) for item in measured),
        environments=states,
        events=newest[-1].seq if newest else 0,
        retrain=tuple(_told(ticket) for ticket in todo),
        next_step=step,
        next_command=command,
        warnings=rights_warnings(ws),
    )


def _told(ticket: Ticket) -> str:
    serves = f", serves in {', '.join(ticket.environments)}" if ticket.environments else ""
    return f"{ticket.model.version}: {ticket.trained_on} erased training examples{serves}"


def _open_findings(ws: Workspace) -> int:
    from tunewright.flows.review import waiting

    return waiting(ws)


def _next(
    snapshot: Record | None,
    versions: list[Record],
    measured: set[str],
    states: tuple[EnvironmentState, ...],
) -> tuple[str, str]:
    """The next step in the order of the job, and its command."""
    if snapshot is None:
        return "build the first snapshot", "tunewright data build"
    if not versions:
        return "train the first version", "tunewright train"
    newest = versions[-1].ref
    if "evaluate" not in measured:
        return f"measure {newest.version}", "tunewright evaluate"
    if "redteam" not in measured:
        return f"attack {newest.version}", "tunewright redteam"
    held = {state.environment: state.version for state in states}
    target = f"{newest.name}@{newest.version}"
    if held.get("staging") != newest.version and held.get("production") != newest.version:
        return f"judge {newest.version} for staging", f"tunewright model promote {target} --to staging"
    if held.get("production") != newest.version:
        return (
            f"another person approves {newest.version} for production",
            f"tunewright model approve {target} --to production --as NAME",
        )
    return "serve it", "tunewright serve"
