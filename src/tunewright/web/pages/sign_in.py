"""Signing in and out, and one's own account."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tunewright.core.errors import DeniedError
from tunewright.web.ask import Moved, Page
from tunewright.web.passwords import MOST, matches
from tunewright.web.people import people, set_password, stored_password
from tunewright.web.sessions import close_session, csrf_token, open_session
from tunewright.web.text import local_path
from tunewright.web.throttle import ThrottledError, count_attempt, forgive

if TYPE_CHECKING:
    from tunewright.web.ask import Answer, Ask
    from tunewright.web.people import Person


def form(ask: Ask) -> Answer:
    """The form. Its own token sits in the cookie until the sign-in replaces it."""
    onward = local_path(ask.query.get("next", ""))
    if ask.session is not None:
        return Moved(onward, {"name": ask.person.name})
    return _form(ask, onward, "", 200)


def enter(ask: Ask) -> Answer:
    """Check name and password; a right one gets a fresh session, whatever cookie came along."""
    name, password = ask.text("name", posted=True), ask.form.get("password", "")
    onward = local_path(ask.text("next", most=2000, posted=True))
    try:
        count_attempt(ask.desk.project, name, ask.address)
    except ThrottledError as error:
        return _form(ask, onward, f"Too many failed attempts. {error.hint.capitalize()}.", error.http_status)
    person = _known(ask, name, password)
    if person is None:
        return _form(ask, onward, "Name or password is wrong.", 401)
    forgive(ask.desk.project, name, ask.address)
    if ask.cookie:
        close_session(ask.desk.project, ask.cookie, None)
    token = open_session(ask.desk.workspace(person.name).project, person, ask.desk.around.lifetimes)
    return Moved(
        onward, {"name": person.name, "roles": person.roles, "csrf": csrf_token(token)}, cookie=token
    )


def leave(ask: Ask) -> Answer:
    """End this session."""
    close_session(ask.workspace.project, ask.cookie, ask.person)
    return Moved("/sign-in", {"name": ask.person.name}, cookie="")


def account(ask: Ask) -> Answer:
    """Who am I, with which roles, and until when."""
    return Page("account.html", "Your account", _account(ask, ""))


def change_password(ask: Ask) -> Answer:
    """Change one's own password; all sessions end, this one too. Raises UsageError for a weak one."""
    name = ask.person.name
    old, new = ask.form.get("old", ""), ask.form.get("new", "")
    count_attempt(ask.desk.project, name, ask.address)
    if _known(ask, name, old) is None:
        return Page("account.html", "Your account", _account(ask, "The present password is wrong."), 403)
    if new != ask.form.get("again", ""):
        return Page("account.html", "Your account", _account(ask, "The two new passwords differ."), 400)
    forgive(ask.desk.project, name, ask.address)
    set_password(ask.workspace.project, name, new)
    return Moved("/sign-in", {"name": name}, cookie="")


def _account(ask: Ask, problem: str) -> dict[str, object]:
    session = ask.session
    if session is None:
        raise DeniedError("nobody is signed in", hint="sign in first")
    return {
        "person": ask.person,
        "opened_at": session.opened_at,
        "expires_at": session.expires_at,
        "idle_min": round(ask.desk.around.lifetimes.idle_s / 60),
        "token": session.csrf,
        "problem": problem,
    }


def _known(ask: Ask, name: str, password: str) -> Person | None:
    stored = stored_password(ask.desk.project, name) if len(password) <= MOST else None
    if not matches(password[: MOST + 1], stored):
        return None
    return next((person for person in people(ask.desk.project) if person.name == name), None)


def _form(ask: Ask, onward: str, problem: str, status: int) -> Page:
    token = secrets.token_urlsafe(32)
    data = {
        "next": onward,
        "problem": problem,
        "name": ask.text("name", posted=True) if ask.form else "",
        "token": csrf_token(token),
        "workspace": ask.desk.base.configuration.model.name,
    }
    return Page("sign_in.html", "Sign in", data, status, cookie=token)
