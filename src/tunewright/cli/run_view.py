"""The summary at the end of ``run`` and ``demo``: what was found, made, measured, decided, and what to open next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewright.core.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from tunewright.flows.demo import DemoReport
    from tunewright.flows.run import Answer, Phase, Release, RunReport
    from tunewright.flows.workspace import Workspace


def print_run(out: Console, ws: Workspace, report: RunReport) -> None:
    """Everything ``run`` did, in the order of the job."""
    _print_measured(out, report)
    title(out, "The gate")
    print_release(out, report.release)
    if report.answer is not None and report.trace is not None:
        _print_answer(out, report.answer)
        _print_trace(out, report)
    _print_phases(out, report.phases)
    _print_run_files(out, report)
    for line in _next_of_run(ws, report):
        out.print(line, markup=False, soft_wrap=True)


def print_demo(out: Console, report: DemoReport) -> None:
    """The demo's story: the first version, the second, the refusal, the rollback."""
    from tunewright.cli.diff_view import print_diff
    from tunewright.cli.evaluate import print_evaluation
    from tunewright.cli.redteam import print_attacks
    from tunewright.cli.verdict_view import print_verdict

    _print_measured(out, report.first)
    title(out, "The gate: first version")
    print_release(out, report.first.release)
    if report.first.answer is not None and report.first.trace is not None:
        _print_answer(out, report.first.answer)
        _print_trace(out, report.first)
    second = report.second
    title(out, f"A person decided {second.decided} held findings; the data changed")
    print_diff(out, second.changes)
    title(out, f"Second version: {second.model}")
    print_evaluation(out, second.evaluation)
    print_attacks(out, second.attacks)
    print_release(out, second.release)
    title(out, f"A worse version, refused: {report.worse.model}")
    print_verdict(out, Verdict.model_validate(report.worse.verdict))
    _print_rollback(out, report)
    _print_phases(out, report.phases)
    _print_run_files(out, report.first)
    out.print(f"second evaluation      {second.evaluation.report_html}", markup=False, soft_wrap=True)
    _print_demo_next(out, report)


def _print_rollback(out: Console, report: DemoReport) -> None:
    title(out, "Rollback of production, under a running gateway")
    back = report.rollback
    if back is None:
        out.print("not done: fewer than two versions came to production, so there is nothing to go back to")
        return
    out.print(
        f"before {back.before.model}, after {back.after.model}: the environment moved in {back.moved_ms:.0f} ms, "
        f"the gateway answered with the old version after {back.answered_s:.2f} s",
        markup=False,
    )


def title(out: Console, text: str) -> None:
    """A heading with a line above it."""
    from rich.rule import Rule
    from rich.text import Text

    out.print()
    out.print(Rule(Text(text, style="bold"), align="left", style="dim"))


def print_release(out: Console, release: Release) -> None:
    """How far a version came, rule by rule."""
    from tunewright.cli.verdict_view import print_verdict

    for promotion in release.promotions:
        out.print(f"{release.model} to {promotion.environment}", style="bold", markup=False)
        print_verdict(out, promotion.decision.verdict)
    if release.verdict is not None:
        out.print(f"{release.model} to {release.refused_by}: refused", style="bold red", markup=False)
        print_verdict(out, Verdict.model_validate(release.verdict))
    reached = release.environment
    out.print(
        f"{release.model} is in {reached}" if reached else f"{release.model} is in no environment",
        markup=False,
    )


def _print_measured(out: Console, report: RunReport) -> None:
    import json

    from tunewright.cli.data_view import print_report
    from tunewright.cli.evaluate import print_evaluation
    from tunewright.cli.redteam import print_attacks
    from tunewright.cli.train import show

    title(out, "The data")
    found = json.loads((report.snapshot.folder / "report.json").read_text(encoding="utf-8"))
    print_report(out, str(report.snapshot.ref), found)
    title(out, "The training")
    show(report.training, out)
    title(out, "The evaluation")
    print_evaluation(out, report.evaluation)
    title(out, "The attacks")
    print_attacks(out, report.attacks)


def _print_answer(out: Console, answer: Answer) -> None:
    title(out, "An answer of the running gateway")
    out.print(f"asked     {answer.question}", markup=False)
    out.print(f"answered  {answer.text}", markup=False)
    out.print(
        f"by        {answer.model}, served bytes {answer.subject_digest[:16]}, in {answer.latency_ms:.0f} ms",
        markup=False,
    )
    out.print(f"exchange  {answer.exchange}", markup=False)


def _print_trace(out: Console, report: RunReport) -> None:
    from tunewright.cli.audit import print_trace

    title(out, "That answer, traced back")
    if report.trace is not None:
        print_trace(out, report.trace)


def _print_phases(out: Console, phases: Sequence[Phase]) -> None:
    title(out, "Time")
    told = ", ".join(f"{phase.name} {phase.wall_s:.1f} s" for phase in phases)
    out.print(f"{told}; together {sum(phase.wall_s for phase in phases):.0f} s", markup=False)


def _print_run_files(out: Console, report: RunReport) -> None:
    title(out, "Open next")
    pages = [
        ("what was found in data", report.snapshot.report_html),
        ("loss curve", report.training.loss_plot),
        ("evaluation", report.evaluation.report_html),
        ("attacks", report.attacks.report_html),
    ]
    for name, path in pages:
        out.print(f"{name:<22} {path}", markup=False, soft_wrap=True)


def _next_of_run(ws: Workspace, report: RunReport) -> list[str]:
    model, reached = report.release.model, report.release.environment
    if report.release.verdict is not None:
        return [
            "next  change the recipe or the data and run again, or a person waives a rule: tunewright model approve --help"
        ]
    if reached == "production":
        return ["next  tunewright key create NAME, then tunewright serve"]
    if not ws.configuration.gates.roles.get("approver"):
        return [
            "next  name who may approve under gates.roles in tunewright.yaml, such as `roles: {approver: [bob]}`, then",
            f"      tunewright model approve {model} --to production --as bob",
            f"      tunewright model promote {model} --to production",
        ]
    approver = ws.configuration.gates.roles["approver"][0]
    return [
        f"next  tunewright model approve {model} --to production --as {approver}",
        f"      tunewright model promote {model} --to production",
    ]


def _print_demo_next(out: Console, report: DemoReport) -> None:
    answer = report.rollback.after if report.rollback else report.first.answer
    traced = [f"      tunewright audit trace {answer.exchange}"] if answer else []
    out.print()
    out.print(
        "The trainer, the reviewer and the approver of this demo are fictional; their names are in the audit log.",
        markup=False,
    )
    for line in (
        f"next  cd {report.root}",
        "      tunewright status",
        *traced,
        "      tunewright audit verify",
        "      tunewright serve",
        f"It took {report.wall_s:.0f} s.",
    ):
        out.print(line, markup=False, soft_wrap=True)
