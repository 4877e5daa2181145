"""``tunewright model list|show|diff|approve|promote|rollback|verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.core.policy import Environment
    from tunewright.core.types import Score
    from tunewright.flows.approve import ApproveReport, WaiveReport
    from tunewright.flows.models import ModelDiff, ModelPage, ModelRow, ModelVerification
    from tunewright.flows.promote import PromoteReport
    from tunewright.flows.rollback import RollbackReport

_ENVIRONMENTS = click.Choice(["dev", "staging", "production"])
_MODEL = click.argument("model", default="", required=False)
"""``support@1.2.0``, ``1.2.0`` or nothing for the highest version"""


@command(
    click.option("--all", "everything", is_flag=True, help="Models of every name, not only this workspace's.")
)
def list_models(session: Session, everything: bool) -> None:
    """List model versions and where they stand."""
    from tunewright.flows.models import models

    rows = models(session.workspace(), "*" if everything else "")
    session.emit(rows, lambda out: _print_rows(out, rows))


@command(_MODEL)
def show(session: Session, model: str) -> None:
    """Everything recorded about MODEL (the highest version by default)."""
    from tunewright.flows import models

    page = models.show(session.workspace(), model)
    session.emit(page, lambda out: _print_page(out, page))


@command(click.argument("first"), click.argument("second"))
def diff(session: Session, first: str, second: str) -> None:
    """What differs between two versions."""
    from tunewright.flows import models

    found = models.diff(session.workspace(), first, second)
    session.emit(found, lambda out: _print_diff(out, found))


@command(
    _MODEL,
    click.option("--to", "environment", type=_ENVIRONMENTS, default="production", show_default=True),
    click.option("--note", default="", help="Why; kept with the approval."),
    click.option(
        "--waive", "rule", default=None, metavar="RULE", help="Waive this rule for this version instead."
    ),
    click.option("--reason", default="", help="Why the rule may be waived."),
    click.option("--days", type=float, default=14.0, show_default=True, help="How long the waiver holds."),
)
def approve(
    session: Session,
    model: str,
    environment: Environment,
    note: str,
    rule: str | None,
    reason: str,
    days: float,
) -> None:
    """Record your approval of MODEL for an environment, or with --waive a dated exception from one rule."""
    from tunewright.flows import approve as flow

    if rule is not None:
        waived = flow.waive(session.workspace(), model, rule=rule, reason=reason, days=days)
        session.emit(waived, lambda out: _print_waiver(out, waived))
        return
    if reason:
        raise click.UsageError("--reason belongs to --waive; an approval takes --note")
    report = flow.approve(session.workspace(), model, environment=environment, note=note)
    session.emit(report, lambda out: _print_approval(out, report))


@command(
    _MODEL,
    click.option("--to", "environment", type=_ENVIRONMENTS, default="staging", show_default=True),
    click.option("--dry-run", is_flag=True, help="Judge and show the verdict; record and move nothing."),
)
def promote(session: Session, model: str, environment: Environment, dry_run: bool) -> int:
    """Judge the gate for MODEL (the highest version by default) and move the environment to it."""
    from tunewright.core.errors import GateRefusedError
    from tunewright.core.types import Verdict
    from tunewright.flows import promote as flow

    try:
        report = flow.promote(session.workspace(), model, environment=environment, dry_run=dry_run)
    except GateRefusedError as refused:
        if not session.as_json:
            from tunewright.cli.render import console
            from tunewright.cli.verdict_view import print_verdict

            print_verdict(console(), Verdict.model_validate(refused.verdict))
        raise
    session.emit(report, lambda out: _print_promotion(out, report))
    return 0 if report.decision.verdict.outcome == "pass" else GateRefusedError.exit_code


@command(
    _MODEL,
    click.option("--environment", type=_ENVIRONMENTS, default="production", show_default=True),
)
def rollback(session: Session, model: str, environment: Environment) -> None:
    """Point an environment back to its last good version, at once."""
    from tunewright.flows import rollback as flow

    report = flow.rollback(session.workspace(), environment, model=model, progress=session.progress)
    session.emit(report, lambda out: _print_rollback(out, report))


@command(_MODEL)
def verify(session: Session, model: str) -> None:
    """Recompute MODEL's digests, replay its decisions, check where it stands."""
    from tunewright.flows.models import verify_model

    found = verify_model(session.workspace(), model)
    session.emit(found, lambda out: _print_verification(out, found))


def _score(score: Score | None) -> str:
    return "-" if score is None else f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"


def _print_rows(out: Console, rows: tuple[ModelRow, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    if not rows:
        out.print("no model version is registered; `tunewright train` registers one")
        return
    primary = rows[0].primary
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("version", "bump", "method", primary, "base", "made", "by", "subject", "environments"):
        table.add_column(name, no_wrap=name != "environments")
    for row in rows:
        table.add_row(
            f"{row.name}@{row.version}",
            row.bump,
            row.method,
            Text(_score(row.score)),
            "-" if row.base_score is None else f"{row.base_score.value:.3f}",
            row.made_at[:16].replace("T", " "),
            Text(row.made_by),
            row.subject_digest[:12],
            Text(
                ", ".join(row.environments) + (f" RETRAIN: {row.erased} erased" if row.erased else "") or "-",
                style="red" if row.erased else "green" if row.environments else "dim",
            ),
        )
    out.print(table)


def _print_page(out: Console, page: ModelPage) -> None:
    from rich.text import Text

    ref, made = page.record.ref, page.record.provenance
    out.print(Text(f"{ref.name}@{ref.version}", style="bold"))
    lines = [
        ("record", ref.digest),
        ("subject", page.subject_digest),
        ("method", f"{page.record.recipe['method']} ({page.record.recipe['bump']})"),
        (
            "made",
            f"{made.at_utc:%Y-%m-%d %H:%M} UTC by {made.actor}, code {made.code_version}, seed {made.seed}",
        ),
        ("environments", ", ".join(page.environments) or "none"),
    ]
    lines += [(f"served {part}", str(value)) for part, value in page.record.recipe["served"].items()]
    lines += [
        (f"from {item.ref.kind}", f"{item.ref.name}@{item.ref.version}  {item.ref.digest[:16]}")
        for item in page.inputs
    ]
    lines += [("licence", text) for text in page.rights.licences]
    lines += [("obligation", text) for text in page.rights.obligations]
    lines += [("may be used until", page.rights.ends)] if page.rights.ends else []
    lines += [("NOT ALLOWED", text) for text in page.rights.objections]
    for name, value in lines:
        out.print(Text.assemble((f"  {name:<21}", "dim"), value))
    for evidence in page.evidence:
        out.print(Text(f"{evidence.ref}, {evidence.at:%Y-%m-%d %H:%M} UTC", style="bold"))
        for score in evidence.scores:
            if not score.slice:
                out.print(Text(f"  {score.metric:<34} {_score(score)}  n={score.n}"))
    for digest, decision in page.decisions:
        verdict = decision.verdict
        out.print(
            Text(
                f"decision {digest[:12]}  {decision.at:%Y-%m-%d %H:%M} {decision.environment}: {verdict.outcome} "
                f"({decision.actor}); {verdict.because}"
            )
        )
    for approval in page.approvals:
        out.print(
            Text(f"approved for {approval.environment} by {approval.actor} on {approval.at:%Y-%m-%d %H:%M}")
        )
    for waiver in page.waivers:
        until = f"{waiver.expires_at:%Y-%m-%d}"
        out.print(Text(f"{waiver.rule} waived by {waiver.approver} until {until}: {waiver.reason}"))


def _print_diff(out: Console, found: ModelDiff) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("", found.first, found.second):
        table.add_column(name)
    for change in found.changes:
        table.add_row(Text(change.what), Text(change.first), Text(change.second))
    if found.changes:
        out.print(table)
    else:
        out.print(f"{found.first} and {found.second} differ in nothing that is recorded")
    if found.same:
        out.print(Text(f"the same bytes: {', '.join(found.same)}", style="dim"))


def _print_approval(out: Console, report: ApproveReport) -> None:
    given = report.approval
    out.print(
        f"{given.actor} ({given.role}) approves {report.model.name}@{report.model.version} for {given.environment}; "
        f"bound to {given.subject_digest[:12]}",
        markup=False,
    )
    out.print(
        f"next:  tunewright model promote {report.model.name}@{report.model.version} --to {given.environment}"
    )


def _print_waiver(out: Console, report: WaiveReport) -> None:
    given = report.waiver
    out.print(
        f"{given.approver} waives {given.rule} for {report.model.name}@{report.model.version} until "
        f"{given.expires_at:%Y-%m-%d %H:%M} UTC; bound to {given.subject_digest[:12]}",
        markup=False,
    )


def _print_promotion(out: Console, report: PromoteReport) -> None:
    from tunewright.cli.verdict_view import print_verdict

    print_verdict(out, report.decision.verdict)
    name = f"{report.model.name}@{report.model.version}"
    if not report.recorded:
        out.print(
            f"dry run: nothing was recorded, {report.environment} stays at {report.before or 'nothing'}",
            markup=False,
        )
        return
    was = f" (was {report.before})" if report.before else ""
    out.print(
        f"{report.environment} points at {name}{was}; decision {report.decision_digest[:12]}, {report.wall_s:.2f} s",
        markup=False,
    )
    if report.mirror_problem:
        out.print(f"not mirrored to MLflow: {report.mirror_problem}", markup=False)


def _print_rollback(out: Console, report: RollbackReport) -> None:
    out.print(
        f"{report.environment} points at {report.now.name}@{report.now.version} again (left {report.left.version}); "
        f"{report.moved_ms:.0f} ms",
        markup=False,
    )
    if report.mirror_problem:
        out.print(f"not mirrored to MLflow: {report.mirror_problem}", markup=False)


def _print_verification(out: Console, found: ModelVerification) -> None:
    out.print(f"{found.model} is what was recorded", markup=False)
    out.print(f"  records     {len(found.records)}: {', '.join(found.records)}", markup=False)
    served = "read from disk, digests as registered" if found.served else f"not read: {found.served_note}"
    out.print(f"  served      {served}", markup=False)
    out.print(f"  decisions   {len(found.decisions)} judged again, same digest", markup=False)
    out.print(f"  stands in   {', '.join(found.environments) or 'no environment'}", markup=False)
