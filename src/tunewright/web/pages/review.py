"""The queue of findings, one finding in its context, deciding and taking back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import ConflictError, DeniedError, NotFoundError
from tunewright.flows.review import (
    FindingDetail,
    QueuePage,
    claim_findings,
    decide_finding,
    finding_detail,
    keys_at,
    review_queue,
    undo_decision,
)
from tunewright.flows.review_own import last_vote, questions
from tunewright.flows.review_progress import publication, review_progress
from tunewright.flows.snapshots import find_snapshot
from tunewright.web.ask import Moved, Page
from tunewright.web.marked import Mark, pieces
from tunewright.web.text import address

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace
    from tunewright.web.ask import Answer, Ask

STATES = ("waiting", "open", "second", "disputed", "decided", "all")
ORDERS = ("certain", "doubt", "cluster")
PAGE_SIZE = 50
_NOTE = 4000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the queue, carried from page to page."""

    kind: str = ""
    reason: str = ""
    source: str = ""
    state: str = ""
    order: str = ""
    collapse: str = ""

    def given(self) -> dict[str, str]:
        """The fields that are set, for addresses and hidden fields."""
        values = {
            name: getattr(self, name) for name in ("kind", "reason", "source", "state", "order", "collapse")
        }
        return {name: value for name, value in values.items() if value}

    def page(self, ws: Workspace, page: int, size: int) -> QueuePage:
        """A page of the queue with these filters."""
        state: Any = self.state or "waiting"
        order: Any = self.order or "certain"
        return review_queue(
            ws, kind=self.kind, reason=self.reason, source=self.source, state=state, order=order,
            collapse=bool(self.collapse), page=page, page_size=size,
        )  # fmt: skip

    def keys_at(self, ws: Workspace, *places: int) -> tuple[str, ...]:
        """The findings at these places (from 0) of the queue; empty where there is none."""
        state: Any = self.state or "waiting"
        order: Any = self.order or "certain"
        return keys_at(
            ws, places, kind=self.kind, reason=self.reason, source=self.source, state=state, order=order,
            collapse=bool(self.collapse),
        )  # fmt: skip


def queue(ask: Ask) -> Answer:
    """Findings by filter, a page at a time."""
    wanted = _wanted(ask)
    ws = ask.workspace
    page = wanted.page(ws, ask.number("page", 1, least=1, most=10**6), PAGE_SIZE)
    record = find_snapshot(ws)
    sources = sorted({ref.name for ref in record.inputs if ref.kind == "source"})
    data = {
        "page": page,
        "first": (page.page - 1) * PAGE_SIZE,
        "wanted": wanted,
        "given": wanted.given(),
        "sources": sources,
        "states": STATES,
        "orders": ORDERS,
        "last": last_vote(ws),
        "progress": review_progress(ws),
        "publication": publication(ws, record),
        "questions": questions(ws, [item.finding for item in page.items]),
    }
    return Page("review.html", "Review", data)


def finding(ask: Ask) -> Answer:
    """One finding in its context; the others are told that somebody looks at it."""
    ws, wanted = ask.workspace, _wanted(ask)
    detail = finding_detail(ws, ask.parts["key"])
    claim_findings(ws, (detail.item.finding.key,))
    return _detail(ask, detail, wanted, ask.number("at", 0), "", 200)


def decide(ask: Ask) -> Answer:
    """Confirm or dismiss, for this finding or its whole cluster; then the next one of the queue.

    Somebody faster, or a disagreement that is not this person's to settle, is shown beside the finding.
    """
    ws, wanted, key = ask.workspace, _wanted(ask, posted=True), ask.parts["key"]
    decision = ask.choice("decision", ("confirmed", "dismissed"), posted=True)
    scope: Any = ask.choice("scope", ("one", "cluster"), posted=True) or "one"
    generation, place = ask.text("generation", posted=True), ask.text("at", posted=True)
    at = int(place) if place.isascii() and place.isdigit() and len(place) < 10 else 0
    seen = int(generation) if generation.isascii() and generation.isdigit() and len(generation) < 10 else None
    note = ask.text("note", most=_NOTE, posted=True)
    try:
        done = decide_finding(ws, key, decision, note=note, scope=scope, seen_generation=seen)
    except (ConflictError, DeniedError) as error:
        problem = f"{error.what}: {error.hint}" if isinstance(error, DeniedError) else error.what
        return _detail(ask, finding_detail(ws, key), wanted, at, problem, error.http_status)
    after, following = wanted.keys_at(ws, at, at + 1)
    if after == done.finding:
        at, after = at + 1, following
    to = address("review", after, at=at, **wanted.given()) if after else address("review", **wanted.given())
    return Moved(to, {"decided": done, "next": after})


def undo(ask: Ask) -> Answer:
    """Take the acting person's last decision back, or (``key``) the one on a finding; then show that finding."""
    ws, wanted = ask.workspace, _wanted(ask, posted=True)
    key = ask.text("key", posted=True)
    if not key:
        own = last_vote(ws)
        if own is None:
            raise NotFoundError("you have decided nothing yet", hint="there is nothing to take back")
        key = own.finding
    done = undo_decision(ws, key)
    return Moved(address("review", done.finding, **wanted.given()), {"undone": done})


def _wanted(ask: Ask, *, posted: bool = False) -> Wanted:
    return Wanted(
        kind=ask.text("kind", posted=posted),
        reason=ask.text("reason", posted=posted),
        source=ask.text("source", posted=posted),
        state=ask.choice("state", STATES, posted=posted),
        order=ask.choice("order", ORDERS, posted=posted),
        collapse=ask.choice("collapse", ("yes",), posted=posted),
    )


def _detail(ask: Ask, detail: FindingDetail, wanted: Wanted, at: int, problem: str, status: int) -> Page:
    ws = ask.workspace
    whole = bool(ask.query.get("whole"))
    before, after = wanted.keys_at(ws, at - 1, at + 1)
    own = [vote for vote in detail.item.standing.votes if vote.actor == ask.person.name]
    data: Mapping[str, Any] = {
        "detail": detail,
        "turns": _turns(detail, whole),
        "whole": whole,
        "wanted": wanted,
        "given": wanted.given(),
        "at": at,
        "before": before,
        "after": after or detail.next_key,
        "own": own[-1].decision if own else "",
        "last": last_vote(ws),
        "questions": questions(ws, detail.members),
        "problem": problem,
    }
    found = detail.item.finding
    return Page("finding.html", f"{found.kind} in {found.source}#{found.record}", data, status)


def _turns(detail: FindingDetail, whole: bool) -> list[dict[str, Any]]:
    marks: dict[int, list[Mark]] = {}
    for item in detail.highlights:
        label = f"{item.kind} {item.confidence:.2f}{' ' + item.decision if item.decision else ''}"
        marks.setdefault(item.turn, []).append(Mark(item.start, item.end, label, item.this))
    return [
        {"role": role, "pieces": pieces(text, marks.get(turn, []), whole=whole), "size": len(text)}
        for turn, (role, text) in enumerate(detail.turns)
    ]
