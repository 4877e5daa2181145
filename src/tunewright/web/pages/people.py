"""Who may sign in. People are added and get passwords on the command line, by somebody at the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewright.core.errors import ConflictError
from tunewright.web.ask import Moved, Page
from tunewright.web.people import disable, enable, people
from tunewright.web.sessions import close_all, open_sessions

if TYPE_CHECKING:
    from tunewright.web.ask import Answer, Ask


def listing(ask: Ask) -> Answer:
    """Everybody, with their roles and open sessions."""
    project = ask.desk.project
    found = people(project)
    return Page(
        "people.html",
        "People",
        {"people": found, "sessions": open_sessions(project, ask.desk.around.lifetimes)},
    )


def shut_out(ask: Ask) -> Answer:
    """Shut somebody out at once. Raises ConflictError for oneself: the last admin would lock the door from outside."""
    name = ask.text("name", posted=True)
    if name == ask.person.name:
        raise ConflictError("nobody shuts themselves out", hint="another admin, or the command line, can")
    return Moved("/people", {"person": disable(ask.workspace.project, name)})


def let_in(ask: Ask) -> Answer:
    """Let somebody in again."""
    return Moved("/people", {"person": enable(ask.workspace.project, ask.text("name", posted=True))})


def end_sessions(ask: Ask) -> Answer:
    """End every session of somebody; they may sign in again."""
    name = ask.text("name", posted=True)
    return Moved("/people", {"name": name, "ended": close_all(ask.workspace.project, name)})
