"""The first page: what waits for whoever is signed in; and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewright.flows.overview import overview
from tunewright.web.ask import Page

if TYPE_CHECKING:
    from tunewright.web.ask import Answer, Ask


def home(ask: Ask) -> Answer:
    """Newest snapshot, what waits, where models stand; events for those who may read the log."""
    found = overview(ask.workspace)
    watching = bool({"auditor", "admin"} & set(ask.person.roles))
    return Page("home.html", "Overview", {"overview": found, "events": found.events if watching else ()})


def keys(ask: Ask) -> Answer:
    """Every key and what it does."""
    return Page("help.html", "Keys", {"roles": ask.person.roles})
