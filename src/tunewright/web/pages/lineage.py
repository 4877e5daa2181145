"""The graph of everything recorded, one thing and its neighbours at a time; and the life of an example or source row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import NotFoundError, UsageError
from tunewright.flows.life import life as life_flow
from tunewright.flows.overview import overview
from tunewright.flows.snapshots import why_not as why_not_flow
from tunewright.flows.walk import Node, WalkLink, environment_key, find_key, node, ref_key
from tunewright.web.ask import Moved, Page
from tunewright.web.text import address

if TYPE_CHECKING:
    from tunewright.web.ask import Answer, Ask

SHOWN = 8
"""neighbours a side in the drawing; the lists hold a page of them"""
PAGE_SIZE = 40
_ROW_HEIGHT, _BOX_HEIGHT = 54, 42
_BOX_WIDTH = 290
_WIDTH = 1040


@dataclass(frozen=True, slots=True)
class Box:
    """A thing in the drawing; lengths in the drawing's own units."""

    x: int
    y: int
    width: int
    height: int
    kind: str
    title: str
    relation: str
    href: str
    """empty for the thing in the middle and for "and 12 more" """


@dataclass(frozen=True, slots=True)
class Drawing:
    """The neighbourhood of a node."""

    width: int
    height: int
    centre: Box
    made_from: tuple[Box, ...]
    made_into: tuple[Box, ...]
    lines: tuple[str, ...]
    """SVG path data, one a neighbour"""


def start(ask: Ask) -> Answer:
    """Where to begin: a search, the newest snapshot, the environments. ``what=...`` goes straight to the thing."""
    ws, what = ask.workspace, ask.text("what", most=1000)
    problem = ""
    if what:
        try:
            return Moved(address("lineage", find_key(ws, what)), {"key": find_key(ws, what)})
        except (NotFoundError, UsageError) as error:
            problem = f"{error.what}: {error.hint}"
    found = overview(ws)
    begin = []
    if found.snapshot is not None:
        ref = found.snapshot.ref
        begin.append(("the newest snapshot", str(ref), address("lineage", ref_key(ref))))
    for place in found.environments:
        key = environment_key(place.model, place.environment)
        begin.append(
            (f"what {place.environment} serves", f"{place.model}@{place.version}", address("lineage", key))
        )
    data = {"begin": begin, "what": what, "problem": problem}
    return Page("lineage.html", "Lineage", data, 404 if problem else 200)


def thing(ask: Ask) -> Answer:
    """One thing: what it was made from on the left, what was made of it on the right. Raises NotFoundError."""
    key = ask.parts["key"]
    from_offset, into_offset = ask.number("from", 0), ask.number("into", 0)
    found = node(ask.workspace, key, from_offset=from_offset, into_offset=into_offset, limit=PAGE_SIZE)
    data = {
        "node": found,
        "drawing": draw(found),
        "from_offset": from_offset,
        "into_offset": into_offset,
        "size": PAGE_SIZE,
        "elsewhere": _elsewhere(found),
    }
    return Page("thing.html", f"{found.kind} {found.title}", data)


def life(ask: Ask) -> Answer:
    """The life of an example or a source row: from its row to the answers of the models it shaped. Auditors see no text."""
    text = ask.text("id", most=1000)
    if not text:
        raise UsageError("no example is named", hint="give its id, or file#record")
    found = life_flow(ask.workspace, text, ask.text("snapshot"))
    readable = bool({"reviewer", "expert", "approver"} & set(ask.person.roles))
    data: dict[str, Any] = {"life": found if readable else _without_text(found), "readable": readable}
    return Page("life.html", f"Example {found.id[:12]}" if found.id else f"Row {found.birth.row}", data)


def why_not(ask: Ask) -> Answer:
    """Why a source row is not in a snapshot: what became of it, and on what evidence."""
    row = ask.text("row", most=1000)
    data: dict[str, Any] = {"row": row, "fate": None, "problem": "", "version": ask.text("snapshot")}
    if row:
        try:
            fate = why_not_flow(ask.workspace, row, ask.text("snapshot"))
            data["fate"] = {
                "snapshot": fate.snapshot.ref,
                "row": f"{fate.source}#{fate.record}",
                "outcome": fate.outcome,
                "step": fate.step,
                "reasons": fate.reasons,
                "of": fate.of,
                "example": fate.example,
                "split": fate.split,
                "findings": [_evidence(span) for span in fate.findings],
            }
        except (NotFoundError, UsageError) as error:
            data["problem"] = f"{error.what}: {error.hint}"
    return Page("why_not.html", "Why not?", data, 404 if data["problem"] else 200)


def draw(found: Node) -> Drawing:
    """Boxes and lines of a node's neighbourhood: pure arithmetic, no text is measured."""
    left = _column(found.made_from, found.made_from_count, 0)
    right = _column(found.made_into, found.made_into_count, _WIDTH - _BOX_WIDTH)
    height = max(len(left), len(right), 1) * _ROW_HEIGHT
    left, right = _centred(left, height), _centred(right, height)
    x, y = (_WIDTH - _BOX_WIDTH) // 2, (height - _BOX_HEIGHT) // 2
    centre = Box(x, y, _BOX_WIDTH, _BOX_HEIGHT, found.kind, _cut(found.title), "", "")
    middle = y + _BOX_HEIGHT // 2
    lines = [_line(_BOX_WIDTH, b.y + _BOX_HEIGHT // 2, x, middle) for b in left if b.href]
    lines += [_line(x + _BOX_WIDTH, middle, b.x, b.y + _BOX_HEIGHT // 2) for b in right if b.href]
    return Drawing(_WIDTH, height, centre, tuple(left), tuple(right), tuple(lines))


def _column(links: Sequence[WalkLink], count: int, x: int) -> list[Box]:
    shown = links[:SHOWN] if count > SHOWN + 1 else links[: SHOWN + 1]
    boxes = [
        Box(
            x,
            0,
            _BOX_WIDTH,
            _BOX_HEIGHT,
            link.kind,
            _cut(link.title),
            link.relation,
            address("lineage", link.key),
        )
        for link in shown
    ]
    if count > len(shown):
        boxes.append(
            Box(x, 0, _BOX_WIDTH, _BOX_HEIGHT, "", f"and {count - len(shown):,} more, below", "", "")
        )
    return boxes


def _centred(boxes: Sequence[Box], height: int) -> list[Box]:
    top = (height - len(boxes) * _ROW_HEIGHT) // 2 + (_ROW_HEIGHT - _BOX_HEIGHT) // 2
    return [
        Box(b.x, top + at * _ROW_HEIGHT, b.width, b.height, b.kind, b.title, b.relation, b.href)
        for at, b in enumerate(boxes)
    ]


def _line(x1: int, y1: int, x2: int, y2: int) -> str:
    bend = (x1 + x2) // 2
    return f"M{x1},{y1} C{bend},{y1} {bend},{y2} {x2},{y2}"


def _cut(title: str) -> str:
    return title if len(title) <= 34 else title[:33] + "…"


def _elsewhere(found: Node) -> tuple[tuple[str, str], ...]:
    """Other pages about the same thing."""
    name = found.key.partition(".")[2]
    if found.kind == "snapshot":
        return (("The snapshot's life", address("snapshots", found.title.rpartition("@")[2])),)
    if found.kind == "example":
        return (("The example's life", address("examples", "life", id=name)),)
    if found.kind == "row":
        return (("What became of the row", address("why-not", row=found.title)),)
    if found.kind == "event":
        return (("The event in the audit log", address("audit", "events", name)),)
    return ()


def _evidence(span: Any) -> dict[str, Any]:
    return {
        name: span[name]
        for name in ("kind", "turn", "start", "end", "confidence", "found_by", "note", "state")
    }


def _without_text(found: Any) -> Any:
    """The story for those who may not read examples: the turns and the persons' notes are left out."""
    from dataclasses import replace

    findings = tuple(replace(item, decision_note="") for item in found.findings)
    return replace(found, turns=(), findings=findings, birth=replace(found.birth, subject=""))
