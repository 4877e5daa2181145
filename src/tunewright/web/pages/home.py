"""The first page: what waits for whoever is signed in; and the keys."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunewright.core.errors import NotFoundError
from tunewright.flows.overview import overview
from tunewright.flows.review import waiting
from tunewright.flows.review_samples import sample_queue
from tunewright.web.ask import Page

if TYPE_CHECKING:
    from tunewright.web.ask import Answer, Ask


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for this person."""

    href: str
    count: int
    what: str


def home(ask: Ask) -> Answer:
    """What waits, the newest snapshot, where models stand; events for those who may read the log."""
    found = overview(ask.workspace)
    roles = set(ask.person.roles)
    data = {
        "overview": found,
        "tasks": _tasks(ask, roles) if found.snapshot is not None else (),
        "reading": bool(roles - {"admin"}),
        "events": found.events if roles & {"auditor", "admin"} else (),
    }
    return Page("home.html", "Overview", data)


def _tasks(ask: Ask, roles: set[str]) -> tuple[Task, ...]:
    tasks = []
    if roles & {"reviewer", "approver"}:
        tasks.append(Task("/review", waiting(ask.workspace), "findings wait for a person"))
    if "expert" in roles:
        # Without a sample there is nothing to count: the menu leads to the page that draws one.
        with contextlib.suppress(NotFoundError):
            page = sample_queue(ask.workspace, page_size=1)
            tasks.append(Task("/sampling", page.drawn - page.answered, "examples of the sample wait"))
    return tuple(tasks)


def keys(ask: Ask) -> Answer:
    """Every key and what it does."""
    return Page("help.html", "Keys", {"roles": ask.person.roles})
