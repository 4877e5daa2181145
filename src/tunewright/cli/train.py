"""``tunewright train``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.flows.train import TrainReport


@command(
    click.option(
        "--resume",
        is_flag=True,
        help="Continue a training that was stopped (from the start if there is none).",
    ),
    click.option(
        "--restart",
        is_flag=True,
        help="Start over, also where this training is stopped or recorded.",
    ),
    click.option(
        "--reproduce", metavar="RUN", help="Train a recorded run (its number) again and compare the weights."
    ),
)
def train(session: Session, resume: bool, restart: bool, reproduce: str | None) -> int:
    """Fine-tune on the latest snapshot, record the run, register the model version."""
    from tunewright.flows import train as flow

    if resume + restart + (reproduce is not None) > 1:
        raise click.UsageError("choose one of --resume, --restart and --reproduce")
    if reproduce is not None:
        answer = flow.reproduce(session.workspace(), reproduce, progress=session.progress)
        session.emit(answer, lambda out: out.print(answer.line()))
        return 0 if answer.same else 1
    unfinished: flow.Unfinished = "resume" if resume else "restart" if restart else "refuse"
    report = flow.train(session.workspace(), unfinished=unfinished, progress=session.progress)
    session.emit(report, lambda out: show(report, out))
    return 0


def show(report: TrainReport, out: Console) -> None:
    """The report for a person: curve, figures, what was made, what to do next."""
    from tunewright.train.history import text_plot

    for line in text_plot(report.history):
        out.print(line, markup=False)
    loss = "" if report.validation_loss is None else f", validation loss {report.validation_loss:.4f}"
    ended = "stopped early" if report.stopped_early else "ran to its end"
    out.print(f"{ended} after {report.steps} steps; kept step {report.best_step}{loss}")
    if report.left_out:
        out.print(f"{report.left_out} training examples were left out (too long, or no answer to learn)")
    if not report.reused:
        speed = report.tokens / report.wall_s if report.wall_s else 0.0
        out.print(f"{report.tokens:,} tokens in {report.wall_s:.0f} s ({speed:,.0f} tokens/s)")
    out.print(f"run       {report.run}  {report.run.digest[:12]}", markup=False)
    out.print(f"weights   {report.weights_digest}", markup=False)
    out.print(f"model     {report.model}", markup=False)
    out.print(f"plot      {report.loss_plot}", markup=False)
    if report.tracker_problem:
        out.print(f"MLflow    not tracked: {report.tracker_problem}", markup=False)
    elif report.tracker_run:
        out.print(f"MLflow    run {report.tracker_run}", markup=False)
    out.print("next      tunewright evaluate")
