"""What a page is asked and what it answers: plain values in, a template's name and plain data out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import UsageError

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace
    from tunewright.web.desk import Desk
    from tunewright.web.people import Person
    from tunewright.web.sessions import Session

MOST_TEXT = 400


@dataclass(frozen=True)
class Ask:
    """One request, checked: the host, the session, the roles and (for a POST) the form's token are right."""

    desk: Desk
    path: str
    parts: Mapping[str, str]
    """the path's own parameters, decoded"""
    query: Mapping[str, str]
    form: Mapping[str, str]
    session: Session | None
    address: str
    """the client's, or what the trusted proxy said it is"""
    cookie: str = field(default="", repr=False)

    @property
    def person(self) -> Person:
        """Who is signed in. Only pages that need a sign-in ask."""
        if self.session is None:
            raise UsageError("nobody is signed in", hint="sign in first")
        return self.session.person

    @property
    def workspace(self) -> Workspace:
        """The workspace, opened by the signed-in person: what they decide carries their name."""
        return self.desk.workspace(self.person.name)

    def text(self, name: str, *, most: int = MOST_TEXT, posted: bool = False) -> str:
        """A field of the query (or the form), empty when it is not there. Raises UsageError for a longer one."""
        value = (self.form if posted else self.query).get(name, "").strip()
        if len(value) > most:
            raise UsageError(
                f"the field {name} has {len(value)} characters", hint=f"use at most {most}", field=name
            )
        return value

    def number(self, name: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
        """A whole number of the query. Raises UsageError for anything else."""
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
            raise UsageError(
                f"the field {name} is not a number from {least} to {most}",
                hint="change the address",
                field=name,
            )
        return int(text)

    def choice(self, name: str, choices: Iterable[str], *, posted: bool = False) -> str:
        """One of these, or empty. Raises UsageError for anything else."""
        value, known = self.text(name, posted=posted), list(choices)
        if value and value not in known:
            raise UsageError(
                f"the field {name} is none of {', '.join(known)}", hint="choose one of them", field=name
            )
        return value


@dataclass(frozen=True)
class Page:
    """An answer to a GET: the template with this data, or the data itself as JSON."""

    template: str
    title: str
    data: Mapping[str, Any]
    status: int = 200
    cookie: str = field(default="", repr=False)
    """the sign-in page's own token; empty leaves the cookie"""


@dataclass(frozen=True)
class Moved:
    """An answer to a POST: what was done, as JSON, or the way to the page that shows it."""

    to: str
    data: Mapping[str, Any]
    cookie: str | None = field(default=None, repr=False)
    """the session's new token; empty takes the cookie away; None leaves it"""


@dataclass(frozen=True)
class Download:
    """A file, in pieces."""

    name: str
    media: str
    pieces: Iterable[bytes]


Answer = Page | Moved | Download
