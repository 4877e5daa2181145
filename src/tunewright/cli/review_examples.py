"""``tunewright review progress|sample|answer|residual|examples|judge``: the rest of review, in the terminal."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import click

from tunewright.cli.render import Session, command
from tunewright.cli.review import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from tunewright.core.types import Message
    from tunewright.flows.review_examples import ExampleItem, ExamplePage, StaleJudgement
    from tunewright.flows.review_progress import Progress
    from tunewright.flows.review_samples import ResidualReport, SamplePage


@command()
def progress(session: Session) -> None:
    """How far review is, how fast it goes, and how long the rest takes."""
    from tunewright.flows.review_progress import review_progress

    found = review_progress(session.workspace())
    session.emit(found, lambda console: _progress(console, found))


def _progress(console: Console, found: Progress) -> None:
    states = ", ".join(f"{count} {state}" for state, count in found.states.items())
    console.print(f"{found.snapshot}: {found.asked} findings asked about: {states}", markup=False)
    kinds = ", ".join(f"{kind} {count}" for kind, count in found.kinds.items())
    console.print(
        f"{found.waiting} wait in {found.waiting_clusters} clusters{f': {kinds}' if kinds else ''}",
        markup=False,
    )
    console.print(f"decided today: {found.decided_today} ({found.mine_today} by you)", markup=False)
    if found.hours_left is not None:
        console.print(
            f"pace: {found.pace.actions_per_hour:.0f} decisions an hour ({found.pace.findings_per_hour:.0f} findings); "
            f"about {found.hours_left:g} hours of work left",
            markup=False,
        )


@command(
    click.option(
        "--size", default=None, type=click.IntRange(1), help="Draw a sample of this size (default: 300)."
    ),
    click.option("--seed", default=0, show_default=True, help="Which sample."),
    click.option(
        "--limit", default=5, type=click.IntRange(1, 200), show_default=True, help="How many to show."
    ),
)
def sample(session: Session, size: int | None, seed: int, limit: int) -> None:
    """Draw examples nobody was asked about, and show the next ones to look at."""
    from tunewright.core.errors import NotFoundError
    from tunewright.flows.review_samples import draw_sample, sample_queue

    ws = session.workspace()
    if size is not None:
        draw_sample(ws, size=size, seed=seed)
    try:
        found = sample_queue(ws, page_size=limit)
    except NotFoundError:
        draw_sample(ws, seed=seed)
        found = sample_queue(ws, page_size=limit)
    session.emit(found, lambda console: _sample(console, found))


def _sample(console: Console, found: SamplePage) -> None:
    console.print(
        f"{found.snapshot}: {found.answered} of {found.drawn} examples of the sample are answered",
        markup=False,
    )
    for item in found.items:
        console.print(f"\n{item.id[:12]}  {item.source}#{item.locator}", markup=False)
        _turns(console, item.messages)
    if found.items:
        console.print(
            "\nAnswer: tunewright review answer ID [--pii KIND] [--error]; without an option it is clean",
            markup=False,
        )
    else:
        console.print("Next: `tunewright review residual` records the estimate.", markup=False)


def _turns(console: Console, messages: Sequence[Message]) -> None:
    for message in messages:
        console.print(f"  {message.role}: {printable(message.content)}", markup=False)


@command(
    click.argument("example"),
    click.option(
        "--pii", "kinds", multiple=True, metavar="KIND", help="It holds personal data of this kind (repeat)."
    ),
    click.option("--error", is_flag=True, help="The answer is wrong, or it should not be trained on."),
    click.option("--note", default="", help="Why."),
)
def answer(session: Session, example: str, kinds: tuple[str, ...], error: bool, note: str) -> None:
    """Say what is left in an example of the sample: personal data, an error, or nothing."""
    from tunewright.flows.review_samples import answer_sample, sample_queue

    ws = session.workspace()
    answer_sample(ws, example, pii=bool(kinds), error=error, kinds=kinds, note=note)
    found = sample_queue(ws, page_size=1)
    told = (
        " and ".join([*(["personal data"] if kinds else []), *(["an error"] if error else [])])
        or "nothing left"
    )
    session.emit(
        found,
        lambda console: console.print(
            f"{example[:12]}: {told}; {found.answered} of {found.drawn} answered", markup=False
        ),
    )


@command(click.option("--dry-run", is_flag=True, help="Only show the estimate; record nothing."))
def residual(session: Session, dry_run: bool) -> None:
    """Estimate what is left per 1,000 examples from the finished sample, and record it as evidence for the gate."""
    from tunewright.flows.review_samples import residual as estimate

    found = estimate(session.workspace(), record_it=not dry_run)
    session.emit(found, lambda console: _residual(console, found))


def _residual(console: Console, found: ResidualReport) -> None:
    for score in found.scores:
        console.print(
            f"{score.metric}: {score.value:.2f} [{score.low:.2f}, {score.high:.2f}] from {score.n} examples",
            markup=False,
        )
    kinds = ", ".join(f"{kind} {count}" for kind, count in found.residual.kinds.items())
    if kinds:
        console.print(f"missed in the sample: {kinds}", markup=False)
    console.print(f"recorded as {found.run}" if found.run else "nothing was recorded", markup=False)


@command(
    click.option(
        "--order",
        default="random",
        type=click.Choice(["random", "doubt"]),
        show_default=True,
        help="Which first.",
    ),
    click.option(
        "--state",
        default="new",
        type=click.Choice(["new", "judged", "doubted", "all"]),
        show_default=True,
        help="new: nobody judged it; doubted: new, and the pipeline doubts it.",
    ),
    click.option(
        "--limit", default=5, type=click.IntRange(1, 200), show_default=True, help="How many to show."
    ),
    click.option("--seed", default=0, show_default=True, help="Where the random order begins."),
    click.option("--stale", is_flag=True, help="Instead, judgements that fit nothing in the snapshot."),
)
def examples(session: Session, order: str, state: str, limit: int, seed: int, stale: bool) -> None:
    """Examples for an expert to approve, rate, correct or reject."""
    from tunewright.flows.review_examples import example_queue, stale_judgements

    if stale:
        gone = stale_judgements(session.workspace())
        session.emit(gone, lambda console: _stale(console, gone))
        return
    found = example_queue(
        session.workspace(),
        order=order,  # type: ignore[arg-type]
        state=state,
        seed=seed,
        page_size=limit,
    )
    session.emit(found, lambda console: _examples(console, found))


def _stale(console: Console, gone: Sequence[StaleJudgement]) -> None:
    for item in gone:
        said = item.judgement
        console.print(
            f"{said.source}#{said.locator}  {said.verdict} by {said.actor}: {item.because}", markup=False
        )


def _examples(console: Console, found: ExamplePage) -> None:
    console.print(f"{found.snapshot}: {found.total} examples, {found.judged} judged", markup=False)
    for item in found.items:
        doubts = f"  doubted: {', '.join(item.doubts)}" if item.doubts else ""
        console.print(f"\n{item.id[:12]}  {item.source}#{item.locator}  {item.state}{doubts}", markup=False)
        _turns(console, item.messages)
    if found.items:
        console.print(
            "\nJudge: tunewright review judge ID approved|rejected|corrected [--rating 1-5] [--correction TEXT]",
            markup=False,
        )


@command(
    click.argument("example"),
    click.argument("verdict", type=click.Choice(["approved", "corrected", "rejected", "undo"])),
    click.option("--rating", default=None, type=click.IntRange(1, 5), help="How good the example is."),
    click.option("--correction", default=None, metavar="TEXT", help="The whole new answer."),
    click.option(
        "--correction-file", type=click.File(encoding="utf-8"), help="The same, from a file (- reads stdin)."
    ),
    click.option("--note", default="", help="Why."),
    click.option("--seen", default=None, type=click.IntRange(0), help="The generation you looked at."),
)
def judge(
    session: Session,
    example: str,
    verdict: str,
    rating: int | None,
    correction: str | None,
    correction_file: IO[str] | None,
    note: str,
    seen: int | None,
) -> None:
    """Approve an example, give it its corrected answer, or reject it; the next build applies it. ``undo`` takes it back."""
    from tunewright.flows.review_examples import judge_example, undo_example

    ws = session.workspace()
    if verdict == "undo":
        done = undo_example(ws, example)
    else:
        text = correction_file.read() if correction_file is not None else correction
        done = judge_example(
            ws, example, verdict, rating=rating, correction=text, note=note, seen_generation=seen
        )
    session.emit(done, lambda console: console.print(_judged(done), markup=False))


def _judged(done: ExampleItem) -> str:
    said = done.judgement.verdict if done.judgement else "not judged"
    rated = f", rated {done.judgement.rating}" if done.judgement and done.judgement.rating else ""
    return f"{done.id[:12]} {said}{rated} ({done.state}). Next: `tunewright data build`."
