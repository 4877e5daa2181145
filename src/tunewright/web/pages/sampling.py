"""Examples nobody was asked about, drawn at random: what the pipeline missed, and the estimate that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunewright.core.errors import NotFoundError, UsageError
from tunewright.core.pii import PII_KINDS
from tunewright.flows.review_samples import answer_sample, draw_sample, residual, sample_queue
from tunewright.flows.snapshots import find_snapshot
from tunewright.web.ask import Moved, Page
from tunewright.web.marked import pieces

if TYPE_CHECKING:
    from tunewright.web.ask import Answer, Ask

_NOTE = 4000
_LARGEST = 5000


def next_one(ask: Ask) -> Answer:
    """The next example of the newest sample; when all have answers, the estimate; without a sample, the form to draw one."""
    ws = ask.workspace
    data: dict[str, Any] = {"snapshot": find_snapshot(ws).ref, "page": None, "item": None, "report": None}
    data |= {"kinds": PII_KINDS, "turns": []}
    try:
        page = sample_queue(ws, page_size=1)
    except NotFoundError:
        return Page("sampling.html", "Sampling", data)
    data["page"] = page
    if page.items:
        data["item"] = page.items[0]
        data["turns"] = [
            {"role": turn.role, "pieces": pieces(turn.content, (), whole=True)}
            for turn in page.items[0].messages
        ]
    else:
        data["report"] = residual(ws, record_it=False)
    return Page("sampling.html", "Sampling", data)


def draw(ask: Ask) -> Answer:
    """Draw a sample of the newest snapshot."""
    size = ask.text("size", posted=True) or "300"
    if not (size.isascii() and size.isdigit() and 1 <= int(size[:6]) <= _LARGEST):
        raise UsageError(
            f"a sample has 1 to {_LARGEST} examples", hint="300 gives an interval of a few per 1,000"
        )
    sample = draw_sample(ask.workspace, size=int(size))
    return Moved("/sampling", {"sample": sample.id, "drawn": len(sample.order)})


def answer(ask: Ask) -> Answer:
    """Remember what the acting person found in one example of the sample."""
    clean = ask.choice("found", ("nothing", "something"), posted=True) != "something"
    pii = not clean and bool(ask.text("pii", posted=True))
    error = not clean and bool(ask.text("error", posted=True))
    if not clean and not pii and not error:
        raise UsageError("nothing is ticked", hint="tick what you found, or say that nothing is wrong")
    kinds = tuple(kind for kind in PII_KINDS if pii and ask.text(f"kind_{kind}", posted=True))
    note = ask.text("note", most=_NOTE, posted=True)
    example, sample = ask.text("example", posted=True), ask.text("sample", posted=True)
    answer_sample(ask.workspace, example, pii=pii, error=error, kinds=kinds, note=note, sample=sample)
    return Moved("/sampling", {"example": example, "pii": pii, "error": error, "kinds": kinds})


def estimate(ask: Ask) -> Answer:
    """Record the estimate of a finished sample as evidence."""
    found = residual(ask.workspace, sample=ask.text("sample", posted=True))
    return Moved("/sampling", {"report": found})
