"""The audit log: pages of events, one event with its proof, verification, downloads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import IntegrityError, NotFoundError
from tunewright.flows.audit import verify as verify_flow
from tunewright.flows.audit_log import EventFilter, EventPage, event_proof, events_page, export_events
from tunewright.web.ask import Download, Page

if TYPE_CHECKING:
    from tunewright.web.ask import Answer, Ask

_BRIEF = 110
_ORDER = ("finding", "decision", "environment", "model", "verdict", "roles", "by")
"""what of a body is shown first in the list"""


def listing(ask: Ask) -> Answer:
    """Events by filter, newest first."""
    wanted = _wanted(ask)
    page = events_page(ask.workspace, wanted, before=ask.number("before", 0), after=ask.number("after", 0))
    return _listing(page, wanted, None)


def event(ask: Ask) -> Answer:
    """One event, its body, and what shows that it was not changed. Raises NotFoundError."""
    text = ask.parts["seq"]
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotFoundError("an event is named by its number", hint="open it from the list")
    proof = event_proof(ask.workspace, int(text))
    total = max(proof.checkpoint_size, proof.event.seq)
    body = json.dumps(proof.event.body, ensure_ascii=False, indent=2)
    return Page("event.html", f"Event {proof.event.seq}", {"proof": proof, "body": body, "total": total})


def verify(ask: Ask) -> Answer:
    """Verify the whole log now. A log that does not hold is an answer, not an error of the page."""
    page = events_page(ask.workspace, EventFilter())
    try:
        log = verify_flow(ask.workspace, files=False).log
        found: dict[str, Any] = {
            "ok": True,
            "events": log.events,
            "checkpoints": log.checkpoints,
            "outside": log.outside,
            "root": log.root,
        }
    except IntegrityError as error:
        found = {"ok": False, "what": error.what, "hint": error.hint, "facts": error.facts}
    return _listing(page, EventFilter(), found)


def download(ask: Ask) -> Answer:
    """The events of the filter as CSV or JSON lines."""
    form = ask.choice("form", ("csv", "jsonl")) or "jsonl"
    media = "text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
    return Download(f"audit-events.{form}", media, export_events(ask.workspace, _wanted(ask), form))


def _wanted(ask: Ask) -> EventFilter:
    names = ("actor", "action", "subject", "since", "until")
    return EventFilter(**{name: ask.text(name) for name in names})


def _listing(page: EventPage, wanted: EventFilter, verified: dict[str, Any] | None) -> Page:
    data = {
        "page": page,
        "wanted": wanted,
        "given": wanted.given(),
        "briefs": [_brief(item.body) for item in page.events],
        "verified": verified,
    }
    return Page("audit.html", "Audit log", data)


def _brief(body: dict[str, Any]) -> str:
    """A body in one line; digests by their beginning."""
    keys = [key for key in _ORDER if key in body] + [key for key in body if key not in _ORDER]
    parts = []
    for key in keys:
        value = body[key]
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        parts.append(f"{key} {text if len(text) <= 40 else text[:12] + '…'}")
    line = ", ".join(parts)
    return line if len(line) <= _BRIEF else line[:_BRIEF] + "…"
