"""The experts' queue: approve, rate, correct and reject whole examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import ConflictError, UsageError
from tunewright.core.types import Message
from tunewright.data.review_examples import turns_digest
from tunewright.flows.review_examples import (
    ExamplePage,
    example_detail,
    example_queue,
    judge_example,
    undo_example,
)
from tunewright.flows.snapshots import find_snapshot
from tunewright.web.ask import Moved, Page
from tunewright.web.marked import pieces
from tunewright.web.text import address

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace
    from tunewright.web.ask import Answer, Ask

STATES = ("new", "doubted", "judged", "all")
ORDERS = ("random", "doubt")
SPLITS = ("train", "validation", "test")
PAGE_SIZE = 30
_ANSWER, _NOTE = 100_000, 4000
_EXCERPT = 240


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the queue, carried from page to page."""

    state: str = ""
    order: str = ""
    source: str = ""
    split: str = ""

    def given(self) -> dict[str, str]:
        """The fields that are set."""
        values = {name: getattr(self, name) for name in ("state", "order", "source", "split")}
        return {name: value for name, value in values.items() if value}

    def page(self, ws: Workspace, page: int, size: int) -> ExamplePage:
        """A page of the queue. Everybody has an order of their own, so that two experts rarely meet."""
        order: Any = self.order or "random"
        return example_queue(
            ws, order=order, state=self.state or "new", source=self.source, split=self.split,
            seed=sum(ws.project.actor.encode()), page=page, page_size=size,
        )  # fmt: skip

    def id_at(self, ws: Workspace, place: int) -> str:
        """The example at this place (from 0); empty when there is none."""
        if place < 0:
            return ""
        items = self.page(ws, place + 1, 1).items
        return items[0].id if items else ""


def queue(ask: Ask) -> Answer:
    """Examples by filter, a page at a time."""
    ws, wanted = ask.workspace, _wanted(ask)
    page = wanted.page(ws, ask.number("page", 1, least=1, most=10**6), PAGE_SIZE)
    data = {
        "page": page,
        "pages": max(1, -(-page.total // PAGE_SIZE)),
        "first": (page.page - 1) * PAGE_SIZE,
        "lines": [_line(item.messages) for item in page.items],
        "wanted": wanted,
        "given": wanted.given(),
        "sources": sorted({ref.name for ref in find_snapshot(ws).inputs if ref.kind == "source"}),
        "states": STATES,
        "orders": ORDERS,
        "splits": SPLITS,
    }
    return Page("examples.html", "Examples", data)


def example(ask: Ask) -> Answer:
    """One example with its history and the form to judge it."""
    return _detail(ask, ask.parts["id"], _wanted(ask), ask.number("at", 0), "", 200)


def judge(ask: Ask) -> Answer:
    """Remember the judgement, then the next example of the queue. Somebody faster is shown beside the example."""
    ws, wanted, key = ask.workspace, _wanted(ask, posted=True), ask.parts["id"]
    verdict = ask.choice("verdict", ("approved", "corrected", "rejected"), posted=True)
    place, generation = ask.text("at", posted=True), ask.text("generation", posted=True)
    at = int(place) if place.isascii() and place.isdigit() and len(place) < 10 else 0
    rating = ask.choice("rating", tuple("12345"), posted=True)
    try:
        done = judge_example(
            ws,
            key,
            verdict,
            rating=int(rating) if rating else None,
            correction=_correction(ask, key) if verdict == "corrected" else None,
            note=ask.text("note", most=_NOTE, posted=True),
            seen_generation=int(generation) if generation.isascii() and generation.isdigit() else None,
            seen_digest=ask.text("seen", posted=True),
        )
    except ConflictError as error:
        return _detail(ask, key, wanted, at, error.what, error.http_status)
    after = wanted.id_at(ws, at)
    if after == done.id:
        at += 1
        after = wanted.id_at(ws, at)
    to = (
        address("examples", after, at=at, **wanted.given())
        if after
        else address("examples", **wanted.given())
    )
    return Moved(to, {"judged": done, "next": after})


def undo(ask: Ask) -> Answer:
    """Take the acting person's judgement back."""
    done = undo_example(ask.workspace, ask.parts["id"])
    return Moved(address("examples", done.id, **_wanted(ask, posted=True).given()), {"undone": done})


def _correction(ask: Ask, key: str) -> str:
    """The new answer. A form sends lines ending in CR LF; texts have LF. Raises UsageError when nothing was changed."""
    given = ask.form.get("correction", "").replace("\r\n", "\n")
    if len(given) > _ANSWER:
        raise UsageError(f"the answer has {len(given)} characters", hint=f"use at most {_ANSWER}")
    item, _ = example_detail(ask.workspace, key)
    if given == _answer(item.messages).replace("\r\n", "\n"):
        raise UsageError("the answer is the one that is there", hint="change it, or approve the example")
    return given


def _answer(messages: tuple[Message, ...]) -> str:
    return next((turn.content for turn in reversed(messages) if turn.role == "assistant"), "")


def _wanted(ask: Ask, *, posted: bool = False) -> Wanted:
    return Wanted(
        state=ask.choice("state", STATES, posted=posted),
        order=ask.choice("order", ORDERS, posted=posted),
        source=ask.text("source", posted=posted),
        split=ask.choice("split", SPLITS, posted=posted),
    )


def _line(messages: tuple[Message, ...]) -> dict[str, str]:
    asked = next((turn.content for turn in messages if turn.role == "user"), "")
    said = _answer(messages)
    return {"asked": asked[:_EXCERPT], "answer": said[:_EXCERPT]}


def _detail(ask: Ask, key: str, wanted: Wanted, at: int, problem: str, status: int) -> Page:
    ws = ask.workspace
    item, history = example_detail(ws, key)
    data = {
        "item": item,
        "history": history,
        "turns": [
            {"role": turn.role, "pieces": pieces(turn.content, (), whole=True)} for turn in item.messages
        ],
        "answer": _answer(item.messages),
        "seen": turns_digest(item.messages),
        "mine": item.judgement is not None and item.judgement.actor == ask.person.name,
        "wanted": wanted,
        "given": wanted.given(),
        "at": at,
        "before": wanted.id_at(ws, at - 1),
        "after": wanted.id_at(ws, at + 1),
        "problem": problem,
    }
    return Page("example.html", f"Example {item.source}#{item.locator}", data, status)
