"""``tunewright monitor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.flows.watch import MonitorReport, VersionReport


@command()
def monitor(session: Session) -> None:
    """Usage, feedback and drift of what is served, by version."""
    from tunewright.flows.watch import watch

    report = watch(session.workspace(), session.progress)
    session.emit(report, lambda out: _human(report, out))


def _human(report: MonitorReport, out: Console) -> None:
    from rich.table import Table

    if not report.versions:
        out.print("no exchange is recorded yet: start `tunewright serve` and ask something", markup=False)
        return
    table = Table(title=f"newest {report.exchanges} exchanges (window {report.window})", title_justify="left")
    table.add_column("version", no_wrap=True)
    for name in ("exchanges", "errors", "cancelled", "p50 ms", "p95 ms", "good", "bad", "drift"):
        table.add_column(name, justify="left" if name == "drift" else "right")
    for version in report.versions:
        table.add_row(*_cells(version))
    out.print(table)
    for version in report.versions:
        _drift(version, out)


def _cells(version: VersionReport) -> tuple[str, ...]:
    usage = version.usage
    return (
        f"{version.model}@{version.version}",
        str(usage.exchanges),
        f"{usage.errors} ({usage.error_share:.1%})",
        str(usage.cancelled),
        f"{usage.latency_p50_ms:.1f}",
        f"{usage.latency_p95_ms:.1f}",
        str(usage.feedback.good),
        str(usage.feedback.bad),
        version.drift,
    )


def _drift(version: VersionReport, out: Console) -> None:
    name = f"{version.model}@{version.version}"
    why = f": {version.because}" if version.because else ""
    out.print(
        f"{name}: inputs {version.drift} against {version.snapshot or 'its snapshot'}{why}", markup=False
    )
    for feature in version.features:
        out.print(
            f"  {feature.feature:<17} PSI {feature.psi:.3f}  threshold {feature.threshold:.3f}  "
            f"chance alone stays below {feature.noise:.3f}  {feature.outcome}",
            markup=False,
        )
