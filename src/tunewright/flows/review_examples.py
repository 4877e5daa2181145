"""Experts look at examples of the snapshot: approve, rate, correct the answer, reject. The next build applies it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tunewright.core.canonical import digest
from tunewright.core.errors import ConflictError, UsageError
from tunewright.core.types import Message, Ref
from tunewright.data import review_examples as examples
from tunewright.data.outcomes import DROPPED, read_outcomes
from tunewright.data.review_examples import Judgement
from tunewright.data.review_lookup import (
    ShownExample,
    Wanted,
    present_rows,
    queue_ids,
    shown_by_ids,
    shown_by_prefix,
)
from tunewright.data.snapshot import OUTCOMES
from tunewright.flows.snapshots import find_snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tunewright.flows.workspace import Workspace

ExampleState = Literal["new", "approved", "corrected", "rejected", "pending", "stale"]
ExampleOrder = Literal["random", "doubt"]
STATES = ("new", "approved", "corrected", "rejected", "pending", "stale")
_LARGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class ExampleItem:
    """One example of the snapshot and what was said about it."""

    id: str
    source: str
    locator: str
    split: str
    messages: tuple[Message, ...]
    history: tuple[str, ...]
    doubts: tuple[str, ...]
    """why the pipeline doubts it"""
    state: ExampleState
    """``new``: nobody judged it; ``pending``: the next build applies it; ``stale``: the text is another than was approved"""
    judgement: Judgement | None
    generation: int
    """a new judgement names it"""


@dataclass(frozen=True, slots=True)
class ExamplePage:
    """A page of examples."""

    snapshot: Ref
    items: tuple[ExampleItem, ...]
    total: int
    page: int
    page_size: int
    judged: int
    """examples of the snapshot somebody has judged"""


@dataclass(frozen=True, slots=True)
class StaleJudgement:
    """A judgement that no longer applies to anything in the snapshot."""

    judgement: Judgement
    because: str
    """``changed``: the row has another content; ``gone``: no such row in the snapshot; ``applied``: it was rejected, and is
    out"""


def example_queue(
    ws: Workspace,
    *,
    order: ExampleOrder = "random",
    state: str = "new",
    source: str = "",
    split: str = "",
    seed: int = 0,
    page: int = 1,
    page_size: int = 20,
    version: str = "",
) -> ExamplePage:
    """Examples for an expert. ``random``: in an order that ``seed`` shifts; ``doubt``: those with most doubts first.

    state: ``new`` (nobody judged it), ``judged``, ``doubted`` (new, with a doubt), or ``all``. Raises UsageError.
    """
    if order not in ("random", "doubt") or state not in ("new", "judged", "doubted", "all"):
        raise UsageError(
            f"{order} / {state} is no queue of examples",
            hint="orders: random, doubt; states: new, judged, doubted, all",
        )
    if page < 1 or not 1 <= page_size <= _LARGEST_PAGE:
        raise UsageError(
            f"page {page} of {page_size} cannot be shown",
            hint=f"pages count from 1 and hold 1 to {_LARGEST_PAGE}",
        )
    record = find_snapshot(ws, version)
    folder = ws.project.records.folder(record)
    history = examples.read_judgements(ws.project)
    standing = examples.standing_judgements(history)
    ids = tuple(row.example for row in standing.values())
    wanted = Wanted(
        source=source,
        split=split,
        without=ids if state in ("new", "doubted") else (),
        only=ids if state == "judged" else None,
        doubted=state == "doubted",
    )
    found, total = queue_ids(
        folder, wanted, order=order, start=digest([seed]), limit=page_size, offset=(page - 1) * page_size
    )
    _, judged = queue_ids(folder, Wanted(only=ids), order="random", start="", limit=1, offset=0)
    items = tuple(_item(shown, history) for shown in shown_by_ids(folder, found))
    return ExamplePage(record.ref, items, total, page, page_size, judged)


def example_detail(
    ws: Workspace, example: str, *, version: str = ""
) -> tuple[ExampleItem, tuple[Judgement, ...]]:
    """One example with the whole history of judgements. Raises NotFoundError when it is not in the snapshot."""
    shown = shown_by_prefix(_folder(ws, version), example)
    history = examples.read_judgements(ws.project)
    own = tuple(row for row in history if row.origin_key == shown.seen.origin_key)
    return _item(shown, history), own


def _folder(ws: Workspace, version: str) -> Path:
    return ws.project.records.folder(find_snapshot(ws, version))


def _item(shown: ShownExample, history: list[Judgement]) -> ExampleItem:
    own = [row for row in history if row.origin_key == shown.seen.origin_key]
    standing = examples.standing_judgements(own).get(shown.seen.origin_key)
    return ExampleItem(
        id=shown.seen.example,
        source=shown.seen.source,
        locator=shown.seen.locator,
        split=shown.split,
        messages=shown.seen.messages,
        history=shown.history,
        doubts=shown.doubts,
        state=_state(shown, standing),
        judgement=standing,
        generation=len(own),
    )


def _state(shown: ShownExample, standing: Judgement | None) -> ExampleState:
    if standing is None:
        return "new"
    if standing.verdict == examples.REJECTED:
        return "pending"
    if standing.verdict == examples.APPROVED:
        return "approved" if standing.seen_digest == shown.seen.digest else "stale"
    answers = [turn.content for turn in shown.seen.messages if turn.role == "assistant"]
    if answers and answers[-1] == standing.correction:
        return "corrected"
    # The pipeline may have worked on the corrected answer, as on any other.
    if (
        any(step.startswith("review@") for step in shown.history)
        and standing.seen_digest != shown.seen.digest
    ):
        return "corrected"
    return "pending"


def judge_example(
    ws: Workspace,
    example: str,
    verdict: str,
    *,
    rating: int | None = None,
    correction: str | None = None,
    note: str = "",
    seen_generation: int | None = None,
    seen_digest: str = "",
) -> ExampleItem:
    """Remember what the acting person says about the example whose id starts so.

    seen_digest: ``review_examples.turns_digest`` of what they saw, where it may have changed since. Raises NotFoundError for
    an example that is not in the last build, ConflictError, UsageError: see ``data.review_examples.judge_example``.
    """
    record = find_snapshot(ws)
    shown = shown_by_prefix(ws.project.records.folder(record), example)
    if seen_digest and seen_digest != shown.seen.digest:
        raise ConflictError("a new build has changed the text of this example", hint="look at it again")
    examples.judge_example(
        ws.project,
        shown.seen,
        verdict,
        record.ref,
        rating=rating,
        correction=correction,
        note=note,
        seen_generation=seen_generation,
    )
    return _item(shown, examples.read_judgements(ws.project))


def undo_example(ws: Workspace, example: str) -> ExampleItem:
    """Take back the acting person's judgement of an example. Raises NotFoundError, DeniedError."""
    record = find_snapshot(ws)
    shown = shown_by_prefix(ws.project.records.folder(record), example)
    examples.undo_judgement(ws.project, shown.seen, record.ref)
    return _item(shown, examples.read_judgements(ws.project))


def stale_judgements(ws: Workspace, *, version: str = "") -> tuple[StaleJudgement, ...]:
    """Judgements that fit nothing in the snapshot: the row changed, is gone, or was rejected and is out."""
    folder = _folder(ws, version)
    standing = examples.standing_judgements(examples.read_judgements(ws.project))
    rows = present_rows(folder, [(row.source, row.locator) for row in standing.values()])
    found = []
    rejected: set[tuple[str, str]] | None = None
    for row in standing.values():
        now = rows.get((row.source, row.locator))
        if now is not None and examples.origin_key(row.source, now) == row.origin_key:
            continue
        if rejected is None:
            rejected = {
                (line["source"], line["record"])
                for line in read_outcomes(folder / OUTCOMES)
                if line["outcome"] == DROPPED and line["step"] == "review"
            }
        applied = row.verdict == examples.REJECTED and (row.source, row.locator) in rejected
        found.append(StaleJudgement(row, "applied" if applied else "gone" if now is None else "changed"))
    return tuple(found)
