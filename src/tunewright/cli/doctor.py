"""``tunewright doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command()
def doctor(session: Session) -> None:
    """What is installed, what is missing, and the command for it."""
    from tunewright.flows.doctor import doctor as look

    report = look(session.directory)

    def human(out: Console) -> None:
        out.print(
            f"Python {report.python}, {report.cores} cores, {report.memory_gib} GiB memory, "
            f"{report.free_disk_gib} GiB free disk, "
            f"bfloat16 matrix unit: {'yes' if report.bf16_matrix_unit else 'no'}",
            markup=False,
        )
        for state in (report.base, *report.extras):
            mark = "ok     " if not state.missing else "missing"
            out.print(f"{mark} {state.extra:<9} {state.adds}", markup=False)
            if state.installed:
                versions = ", ".join(f"{name} {version}" for name, version in state.installed.items())
                out.print(f"          has {versions}", markup=False)
            if state.missing:
                out.print(f"          lacks {', '.join(state.missing)}: {state.command}", markup=False)

    session.emit(report, human)
