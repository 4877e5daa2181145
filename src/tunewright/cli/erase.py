"""``tunewright audit erase`` and ``audit tickets``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.flows.erase import EraseReport
    from tunewright.flows.erase_plan import ErasePlan
    from tunewright.registry.erased import Ticket

_MOST = 20


@command(
    click.option(
        "--subject", default="", metavar="NAME", help="A person, as the sources' subject column names them."
    ),
    click.option(
        "--also",
        multiple=True,
        metavar="NAME",
        help="Another name of the same person, such as a mail address.",
    ),
    click.option("--row", default="", metavar="SOURCE#RECORD", help="One source row."),
    click.option("--example", default="", metavar="ID", help="One example."),
    click.option(
        "--execute", is_flag=True, help="Do it; without this the plan is printed and nothing changes."
    ),
    click.option("--reason", default="", help="Why (not whom): kept in the proof."),
    click.option(
        "--copies",
        type=click.Choice(["ask", "erase", "keep"]),
        default="ask",
        show_default=True,
        help="Rows of other persons that say the same.",
    ),
    click.option("--keep", multiple=True, metavar="SOURCE#RECORD", help="A copy that stays (repeatable)."),
    click.option(
        "--files",
        type=click.Choice(["ask", "erase", "keep"]),
        default="ask",
        show_default=True,
        help="Files of the workspace that are no source and hold the text.",
    ),
    click.option(
        "--near",
        type=click.FloatRange(0.5, 1.0),
        default=0.8,
        show_default=True,
        help="What is a near-copy (Jaccard).",
    ),
    click.option("--no-rebuild", is_flag=True, help="Do not build a snapshot without the person afterwards."),
    click.option("--resume", "resuming", is_flag=True, help="Finish an erasure that was interrupted."),
    click.option("--show", "shown", default="", metavar="ERASURE", help="Print the proof of a past erasure."),
    click.option(
        "--verify", "verified", default="", metavar="ERASURE", help="Recompute the proof of a past erasure."
    ),
)
def erase(session: Session, **given: Any) -> None:
    """Erase a person, a row or an example from everything: plan, then --execute. Leaves a proof without the data."""
    if given["resuming"]:
        _resume(session)
    elif given["shown"] or given["verified"]:
        _past(session, given["shown"], given["verified"])
    else:
        _erase(session, given)


def _erase(session: Session, given: dict[str, Any]) -> None:
    from tunewright.flows.erase import erase as flow
    from tunewright.flows.erase import plan_erasure
    from tunewright.flows.erase_search import Asked

    asked = Asked(given["subject"], given["row"], given["example"], given["also"])
    decisions = {name: given[name] for name in ("keep", "copies", "near")}
    if not given["execute"]:
        plan = plan_erasure(session.workspace(), asked, **decisions, progress=session.progress)
        session.emit(plan_json(plan), lambda out: print_plan(out, plan))
        return
    report = flow(
        session.workspace(),
        asked,
        **decisions,
        reason=given["reason"],
        files=given["files"],
        rebuild=not given["no_rebuild"],
        progress=session.progress,
    )
    told = {
        "erasure": report.erasure,
        "plan": plan_json(report.plan),
        "proof": report.proof,
        "searched": report.searched,
        "remains": report.remains,
        "rebuilt": report.rebuilt.ref if report.rebuilt else None,
        "rebuild_problem": report.rebuild_problem,
        "wall_s": report.wall_s,
    }
    session.emit(told, lambda out: _print_done(out, report))


def _resume(session: Session) -> None:
    from tunewright.flows.erase import resume

    pending = resume(session.workspace())

    def human(out: Console) -> None:
        out.print(
            f"still unfinished: {', '.join(pending)}" if pending else "nothing is unfinished", markup=False
        )

    session.emit({"pending": pending}, human)


def _past(session: Session, shown: str, verified: str) -> None:
    from tunewright.flows.erase import find_erasure, proof_of
    from tunewright.flows.erase_proof import verify_proof

    ws = session.workspace()
    record = find_erasure(ws, shown or verified)
    proof = proof_of(ws, record)
    if shown:
        text = json.dumps(_plain(proof), ensure_ascii=False, indent=1)
        session.emit(_plain(proof), lambda out: out.print(text, markup=False, soft_wrap=True))
        return
    check = verify_proof(ws, record, proof)

    def human(out: Console) -> None:
        out.print(
            f"the proof of {check.erasure} holds: event {check.event} is in the signed log", markup=False
        )
        out.print(f"  {check.files} replaced files are the ones it lists", markup=False)
        out.print(
            f"  {check.snapshots} snapshots still have their recorded Merkle root, {check.tombstones} tombstones",
            markup=False,
        )
        if not check.finished:
            out.print("  it is not finished: tunewright audit erase --resume", markup=False)

    session.emit(check, human)


def _plain(proof: Any) -> Any:
    from tunewright.core.canonical import plain

    return plain(proof)


def plan_json(plan: ErasePlan) -> dict[str, Any]:
    """The plan without the text it rests on."""
    from dataclasses import fields

    return {field.name: getattr(plan, field.name) for field in fields(plan) if field.name != "found"}


def print_plan(out: Console, plan: ErasePlan) -> None:
    """What would go, what a person decides, and what cannot be done here."""
    from rich.text import Text

    counts = {group: plan.count(group) for group in ("certain", "copy", "undecided", "kept")}
    out.print(
        Text(f"{plan.kind}: {counts['certain']} own row(s), {counts['copy']} copies to erase", style="bold")
    )
    if counts["undecided"]:
        out.print(Text(f"{counts['undecided']} rows of other persons say the same: decide", style="yellow"))
    for row in plan.rows[:_MOST]:
        out.print(Text(f"  {row.group:<10}{row.row}  {row.why}"))
    if len(plan.rows) > _MOST:
        out.print(Text(f"  and {len(plan.rows) - _MOST} more (--json shows all)", style="dim"))
    for item in plan.snapshots:
        splits = ", ".join(f"{count} {split}" for split, count in sorted(item.splits.items()))
        out.print(Text(f"  snapshot {item.snapshot.name}@{item.snapshot.version}: {splits}"))
    for model in plan.models:
        serves = f", serves in {', '.join(model.serves_in)}" if model.serves_in else ""
        out.print(
            Text(f"  model {model.model.name}@{model.model.version}: trained on {model.trained_on}{serves}")
        )
    held = plan.holders
    out.print(
        Text(
            f"  {held.exchanges} exchanges, {held.feedback} feedback, {held.golden_items} golden items, "
            f"{held.reviews} other texts of the database, {len(held.record_files)} files of runs"
        )
    )
    for name in held.workspace_files:
        out.print(Text(f"  file {name}", style="yellow"))
    for text in (*plan.notes, *(f"to be done by you: {text}" for text in plan.by_hand)):
        out.print(Text(f"  {text}", style="dim"))
    out.print(Text(f"planned in {plan.wall_s:.1f} s; nothing was changed", style="dim"))


def _print_done(out: Console, report: EraseReport) -> None:
    counts = report.proof["counts"]
    out.print(
        f"{report.erasure}: {counts['rows']} rows, {counts['examples']} examples, {counts['exchanges']} exchanges erased",
        markup=False,
    )
    out.print(f"  searched {report.searched} files afterwards", markup=False)
    for name in report.remains:
        out.print(f"  STILL IN {name}", markup=False)
    if report.rebuilt is not None:
        out.print(f"  built {report.rebuilt.ref} without it", markup=False)
    if report.rebuild_problem:
        out.print(f"  no new snapshot: {report.rebuild_problem}", markup=False)
    for text in report.proof["not_done"]:
        out.print(f"  to be done by you: {text}", markup=False)
    out.print(f"Proof: tunewright audit erase --show {report.erasure.name}", markup=False)


@command(click.option("--all", "everything", is_flag=True, help="Closed ones too."))
def tickets(session: Session, everything: bool) -> None:
    """Versions to retrain, since examples they were trained on have been erased."""
    from tunewright.registry.erased import tickets as look

    found = tuple(ticket for ticket in look(session.workspace().project) if ticket.open or everything)
    session.emit(found, lambda out: print_tickets(out, found))


def print_tickets(out: Console, found: tuple[Ticket, ...]) -> None:
    """One line a version."""
    for ticket in found:
        serves = f", serves in {', '.join(ticket.environments)}" if ticket.environments else ""
        state = f"; next: {ticket.next_step}" if ticket.open else "; done"
        out.print(
            f"{ticket.model.name}@{ticket.model.version}: {ticket.trained_on} erased training examples "
            f"({ticket.erasure.name}){serves}{state}",
            markup=False,
        )
    if not found:
        out.print("no version is to be retrained", markup=False)
