"""``tunewright status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command()
def status(session: Session) -> None:
    """Where this workspace stands and what to do next."""
    from tunewright.flows.status import status as look

    found = look(session.workspace())

    def human(out: Console) -> None:
        rows = [
            ("workspace", str(found.root)),
            ("snapshot", found.snapshot or "none yet"),
            ("review", f"{found.open_findings} findings wait for a person"),
            ("versions", ", ".join(found.versions) or "none yet"),
            ("evidence", ", ".join(found.evidence) or "none for the newest version"),
        ]
        rows += [(state.environment, f"{state.version} since {state.since}") for state in found.environments]
        rows += [("warning", text) for text in found.warnings]
        rows += [("retrain", text) for text in found.retrain]
        rows += [
            ("audit log", f"{found.events} events"),
            ("next", f"{found.next_step}: {found.next_command}"),
        ]
        for name, text in rows:
            out.print(f"{name:<11}{text}", markup=False)

    session.emit(found, human)
