"""Signing in: the right password and nothing else, sessions that end, forms that belong to one session."""

from __future__ import annotations

import concurrent.futures
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fixtures.consoles import PASSWORD, Client, RunningConsole, console_over
from tunewright.core.errors import ConflictError, UsageError
from tunewright.store import db
from tunewright.web import passwords
from tunewright.web.people import add_person, disable, set_password, set_roles
from tunewright.web.sessions import Lifetimes


def test_the_right_password_opens_a_session_that_carries_the_name(console: RunningConsole) -> None:
    client = console.sign_in("auditor")
    page = client.get("/account")
    assert page.status_code == 200
    assert "<b>auditor</b>" in page.text
    (event,) = console.events("console.sign-in")
    assert (event.actor, event.subject.kind, event.subject.name) == ("auditor", "user", "auditor")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("auditor", "wrong"),
        ("auditor", ""),
        ("nobody", PASSWORD),
        ("AUDITOR", PASSWORD),
        ("auditor", PASSWORD + "x"),
    ],
)
def test_anything_else_is_refused_in_the_same_words(
    console: RunningConsole, name: str, password: str
) -> None:
    client = console.anonymous()
    client.get("/sign-in")
    answer = client.post("/sign-in", {"name": name, "password": password})
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert console.desk.cookie_name not in client.http.cookies
    assert client.get("/account").status_code == 303


def test_the_cookie_is_strict_and_out_of_reach_of_scripts(console: RunningConsole) -> None:
    client = console.anonymous()
    client.get("/sign-in")
    answer = client.post("/sign-in", {"name": "auditor", "password": PASSWORD})
    (cookie,) = [
        h for h in answer.headers.get_list("set-cookie") if h.startswith(console.desk.cookie_name + "=")
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_behind_tls_the_cookie_is_secure_and_bound_to_the_host(root: Path) -> None:
    with console_over(root, https=True) as running:
        client = running.anonymous()
        answer = client.get("/sign-in")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-tunewright-")
        assert "Secure" in cookie
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_only_a_hash_of_the_token_is_stored(console: RunningConsole) -> None:
    client = console.sign_in("auditor")
    token = client.http.cookies[console.desk.cookie_name]
    with console.desk.project.reader() as connection:
        rows = connection.execute(sa.select(db.console_sessions)).all()
    assert [row.token_hash for row in rows] == [hashlib.sha256(token.encode()).hexdigest()]
    state = console.root / ".tunewright"
    assert not [p for p in state.rglob("*") if p.is_file() and token.encode() in p.read_bytes()]
    assert not [p for p in state.rglob("*") if p.is_file() and PASSWORD.encode() in p.read_bytes()]


def test_a_planted_token_is_never_taken_over(console: RunningConsole) -> None:
    """Session fixation: the attacker knows the cookie the victim signs in with, and gains nothing by it."""
    planted = "A" * 43
    victim = console.anonymous()
    victim.http.cookies.set(console.desk.cookie_name, planted)
    victim.get("/sign-in")
    assert victim.post("/sign-in", {"name": "auditor", "password": PASSWORD}).status_code == 303
    tokens = [c.value for c in victim.http.cookies.jar if c.name == console.desk.cookie_name]
    assert any(token != planted for token in tokens)
    attacker = console.anonymous()
    attacker.http.cookies.set(console.desk.cookie_name, planted)
    assert attacker.get("/account").status_code == 303


def test_signing_in_again_ends_the_session_that_was_open(console: RunningConsole) -> None:
    client = console.sign_in("auditor")
    old = client.http.cookies[console.desk.cookie_name]
    form = console.anonymous()
    page = form.get("/sign-in")
    form.http.cookies.set(console.desk.cookie_name, old)
    assert page.status_code == 200
    assert form.post("/sign-in", {"name": "admin", "password": PASSWORD}).status_code == 303
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize(
    "token",
    ["", "x", "A" * 43, "A" * 64, "é" * 43, "'; drop table console_sessions; --" + "a" * 10, "a" * 5000],
)
def test_a_forged_session_is_nobody(shared: RunningConsole, token: str) -> None:
    answer = shared.anonymous(headers={"cookie": f"{shared.desk.cookie_name}={token}".encode()}).get(
        "/account"
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Faccount"


def test_a_form_needs_its_own_sessions_token(console: RunningConsole) -> None:
    one, two = console.sign_in("admin"), console.sign_in("all")
    for stolen in ("", "0" * 64, two.csrf, two.http.cookies[console.desk.cookie_name], "é"):
        answer = one.http.post("/people/disable", data={"csrf": stolen, "name": "reviewer"})
        assert answer.status_code == 403
        assert "out of date" in answer.text
    assert not console.events("console.user.disable")
    assert one.post("/people/disable", {"name": "reviewer"}).status_code == 303
    assert len(console.events("console.user.disable")) == 1


def test_the_sign_in_form_needs_a_token_too(console: RunningConsole) -> None:
    client = console.anonymous()
    assert client.http.post("/sign-in", data={"name": "auditor", "password": PASSWORD}).status_code == 403
    client.get("/sign-in")
    other = console.anonymous()
    other.get("/sign-in")
    answer = client.http.post("/sign-in", data={"csrf": other.csrf, "name": "auditor", "password": PASSWORD})
    assert answer.status_code == 403
    assert not console.events("console.sign-in")


def test_showing_the_form_does_not_take_a_session_away(console: RunningConsole) -> None:
    client = console.sign_in("auditor")
    token = client.http.cookies[console.desk.cookie_name]
    # A link in a mail: the strict cookie stays at home, and the form must not overwrite it.
    bare = console.anonymous()
    answer = bare.get("/sign-in")
    assert console.desk.cookie_name not in {c.name for c in bare.http.cookies.jar}
    assert answer.status_code == 200
    assert client.http.cookies[console.desk.cookie_name] == token
    assert client.get("/account").status_code == 200


def test_a_link_from_another_site_leads_on_through_a_page_of_ours(shared: RunningConsole) -> None:
    answer = shared.anonymous().get(
        "/audit?actor=%22%3E%3Cscript%3E", headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 200
    assert 'content="0;url=/audit?actor=%22%3E%3Cscript%3E"' in answer.text
    assert "<script>" not in answer.text


def test_signing_out_ends_the_session(console: RunningConsole) -> None:
    client = console.sign_in("auditor")
    token = client.http.cookies[console.desk.cookie_name]
    assert client.post("/sign-out").status_code == 303
    again = console.anonymous(headers={"cookie": f"{console.desk.cookie_name}={token}"})
    assert again.get("/account").status_code == 303
    (event,) = console.events("console.sign-out")
    assert event.actor == "auditor"


class _Clock:
    def __init__(self) -> None:
        self.at = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def timed(root: Path) -> Iterator[tuple[RunningConsole, _Clock]]:
    clock = _Clock()
    with console_over(root, clock=clock, lifetimes=Lifetimes(idle_s=600, absolute_s=3600)) as running:
        yield running, clock


def test_a_session_ends_when_nobody_uses_it(timed: tuple[RunningConsole, _Clock]) -> None:
    console, clock = timed
    client = console.sign_in("auditor")
    clock.at += timedelta(seconds=590)
    assert client.get("/account").status_code == 200
    clock.at += timedelta(seconds=590)
    assert client.get("/account").status_code == 200
    clock.at += timedelta(seconds=601)
    assert client.get("/account").status_code == 303


def test_a_session_ends_although_somebody_uses_it(timed: tuple[RunningConsole, _Clock]) -> None:
    console, clock = timed
    client = console.sign_in("auditor")
    for _ in range(8):
        clock.at += timedelta(seconds=430)
        last = client.get("/account").status_code
    assert last == 200
    clock.at += timedelta(seconds=200)
    assert client.get("/account").status_code == 303


def test_changing_the_password_ends_every_session_of_that_person(console: RunningConsole) -> None:
    here, there, other = console.sign_in("auditor"), console.sign_in("auditor"), console.sign_in("admin")
    new = "another good phrase"
    wrong = here.post("/account/password", {"old": "no", "new": new, "again": new})
    assert wrong.status_code == 403
    answer = here.post("/account/password", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 303
    assert [c.get("/account").status_code for c in (here, there, other)] == [303, 303, 200]
    assert console.sign_in("auditor", new).get("/account").status_code == 200
    refused = console.anonymous()
    refused.get("/sign-in")
    assert refused.post("/sign-in", {"name": "auditor", "password": PASSWORD}).status_code == 401
    (event,) = console.events("console.user.password")
    assert event.actor == "auditor"
    assert new not in str(event.body)


@pytest.mark.parametrize("change", ["disable", "roles", "password"])
def test_what_is_changed_at_the_machine_holds_at_once(console: RunningConsole, change: str) -> None:
    client = console.sign_in("reviewer")
    project = console.desk.project
    if change == "disable":
        disable(project, "reviewer")
    elif change == "roles":
        set_roles(project, "reviewer", ["auditor"])
    else:
        set_password(project, "reviewer", "something else again")
    assert client.get("/account").status_code == 303


def _attempt(client: Client, name: str, password: str) -> int:
    client.get("/sign-in")
    return client.post("/sign-in", {"name": name, "password": password}).status_code


@pytest.mark.parametrize("name", ["auditor", "nobody at all"])
def test_failed_attempts_slow_down_the_next_whether_the_name_exists_or_not(
    timed: tuple[RunningConsole, _Clock], name: str
) -> None:
    console, clock = timed
    client = console.anonymous()
    assert [_attempt(client, name, "wrong") for _ in range(7)] == [401] * 5 + [429, 429]
    assert _attempt(client, name, PASSWORD) == 429
    assert _attempt(client, "admin", PASSWORD) == 303
    clock.at += timedelta(seconds=2)
    assert _attempt(console.anonymous(), name, "wrong") == 401
    clock.at += timedelta(seconds=1)
    assert _attempt(console.anonymous(), name, "wrong") == 429
    clock.at += timedelta(seconds=1.5)
    assert _attempt(console.anonymous(), name, "wrong") == 401
    (event,) = console.events("console.throttle")
    assert event.body == {"by": "name"}


def test_a_right_password_forgives_what_was_mistyped(timed: tuple[RunningConsole, _Clock]) -> None:
    console, _ = timed
    for _ in range(3):
        assert [_attempt(console.anonymous(), "auditor", "wrong") for _ in range(4)] == [401] * 4
        assert _attempt(console.anonymous(), "auditor", PASSWORD) == 303


def test_attempts_at_once_count_each(console: RunningConsole) -> None:
    clients = [console.anonymous() for _ in range(12)]
    for client in clients:
        client.get("/sign-in")
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        codes = list(
            pool.map(
                lambda c: c.post("/sign-in", {"name": "auditor", "password": "wrong"}).status_code, clients
            )
        )
    assert codes.count(401) <= 6
    assert codes.count(429) >= 6


@pytest.mark.parametrize(
    "onward",
    [
        "//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b\r\nX: y",
        "///evil.example", "/sign-out", "http:evil.example", "/audit//evil.example", " /audit", "/\tx", "/\x00", "evil", "",
    ],
)  # fmt: skip
def test_no_way_leads_out_of_the_console(console: RunningConsole, onward: str) -> None:
    client = console.anonymous()
    client.get("/sign-in", params={"next": onward})
    answer = client.post("/sign-in", {"name": "auditor", "password": PASSWORD, "next": onward})
    assert answer.status_code == 303
    assert answer.headers["location"] in {"/", "/audit"}
    assert answer.headers["location"] == ("/audit" if onward == " /audit" else "/")
    again = client.get("/sign-in", params={"next": onward})
    assert again.headers["location"].startswith("/")
    assert not again.headers["location"].startswith(("//", "/\\"))


def test_the_page_that_was_asked_for_comes_after_the_sign_in(console: RunningConsole) -> None:
    client = console.anonymous()
    asked = client.get("/audit?actor=auditor&since=2026-01-01")
    assert asked.headers["location"] == "/sign-in?next=%2Faudit%3Factor%3Dauditor%26since%3D2026-01-01"
    client.get(asked.headers["location"])
    answer = client.post(
        "/sign-in", {"name": "auditor", "password": PASSWORD, "next": "/audit?actor=auditor&since=2026-01-01"}
    )
    assert answer.headers["location"] == "/audit?actor=auditor&since=2026-01-01"


@pytest.mark.parametrize("bad", ["", " x", "x ", "a\u202eb", "a\x00b", "a\nb", "x" * 201])
def test_a_name_that_deceives_is_refused(root: Path, console: RunningConsole, bad: str) -> None:
    with pytest.raises(UsageError):
        add_person(console.desk.project, bad, ["auditor"], PASSWORD)


def test_a_name_is_given_once(console: RunningConsole) -> None:
    disable(console.desk.project, "auditor")
    for name in ("auditor", "Auditor", "AUDITOR"):
        with pytest.raises(ConflictError):
            add_person(console.desk.project, name, ["auditor"], PASSWORD)


@pytest.mark.parametrize("weak", ["short", "a" * 30, "abababababababab", "I am Auditor!", "x" * 1001])
def test_a_weak_password_is_refused(console: RunningConsole, weak: str) -> None:
    with pytest.raises(UsageError):
        set_password(console.desk.project, "auditor", weak)


def test_the_hash_is_scrypt_with_the_parameters_owasp_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 2**15)
    stored = passwords.hash_password(PASSWORD)
    kind, cost, block, parallel, salt, found = stored.split("$")
    assert (kind, cost, block, parallel) == ("scrypt", "32768", "8", "3")
    # The oracle: cryptography's own scrypt.
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    other = Scrypt(salt=bytes.fromhex(salt), length=32, n=2**15, r=8, p=3).derive(PASSWORD.encode())
    assert other.hex() == found
    assert passwords.matches(PASSWORD, stored)
    assert not passwords.matches(PASSWORD + " ", stored)
    assert not passwords.matches(PASSWORD, None)
    assert not passwords.matches(PASSWORD, "scrypt$0$0$0$$")
