"""The table of routes says who may do what: every route is walked as everybody."""

from __future__ import annotations

import pytest

from tests.fixtures.consoles import RunningConsole
from tunewright.web.people import ROLES
from tunewright.web.render import menu
from tunewright.web.routes import ROUTES, Entry, allowed

# Written out once more on purpose: a change of the table must be a change of this test.
OPEN = {("GET", "/sign-in"), ("POST", "/sign-in")}
MAY = {
    "reviewer": {"review", "read"},
    "expert": {"examples", "read"},
    "approver": {"review", "read"},
    "auditor": {"read", "watch"},
    "admin": {"watch", "people"},
}
AREA = {
    "/review": "review",
    "/examples/life": "read",
    "/examples": "examples",
    "/sampling": "examples",
    "/snapshots": "read",
    "/lineage": "read",
    "/why-not": "read",
    "/audit": "watch",
}
PARTS = {"{version}": "1", "{seq}": "1", "{key}": "event.1", "{id}": "0" * 64}


def area(entry: Entry) -> str:
    if entry.path.startswith("/people"):
        return "people" if entry.method == "POST" else "watch"
    return next((found for start, found in AREA.items() if entry.path.startswith(start)), "signed in")


def filled(path: str) -> str:
    for name, value in PARTS.items():
        path = path.replace(name, value)
    assert "{" not in path
    return path


def test_the_table_is_what_the_test_says() -> None:
    assert len(ROUTES) >= 20
    for entry in ROUTES:
        if (entry.method, entry.path) in OPEN:
            assert entry.roles is None
            continue
        assert entry.roles is not None
        for role in ROLES:
            wanted = area(entry) == "signed in" or area(entry) in MAY[role]
            assert allowed(entry, [role]) == wanted, (entry.method, entry.path, role)


def test_nobody_comes_in_anywhere(shared: RunningConsole) -> None:
    client = shared.anonymous()
    for entry in ROUTES:
        if entry.roles is None:
            continue
        path = filled(entry.path)
        answer = client.http.request(
            entry.method, path, data={"csrf": "0" * 64} if entry.method == "POST" else None
        )
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in"), path
        answer = client.http.request(entry.method, f"/api{path}", data={} if entry.method == "POST" else None)
        assert answer.status_code in ({401, 415} if entry.method == "POST" else {401}), path


@pytest.mark.parametrize("role", ROLES)
def test_every_role_opens_its_pages_and_no_other(console: RunningConsole, role: str) -> None:
    client = console.sign_in(role)
    before = len(console.desk.project.audit.events())
    for entry in ROUTES:
        if entry.path in {"/sign-out", "/sign-in", "/account/password"}:
            continue
        path = filled(entry.path)
        if allowed(entry, [role]):
            if entry.method == "GET":
                # 404 and 400: the page exists for them, the thing named does not.
                assert client.http.get(path).status_code in {200, 303, 400, 404}, path
            continue
        refused = client.http.request(
            entry.method, path, data={"csrf": client.csrf} if entry.method == "POST" else None
        )
        assert refused.status_code == 403, path
        assert "your roles do not open this page" in refused.text
        assert client.http.request(entry.method, f"/api{path}", headers={"x-csrf-token": client.csrf},
                                   json={} if entry.method == "POST" else None).status_code == 403, path  # fmt: skip
    assert len(console.desk.project.audit.events()) == before


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_names_only_pages_that_open(shared: RunningConsole, role: str) -> None:
    client = shared.sign_in(role)
    items = menu((role,), "/")
    assert len(items) >= 2
    page = client.get("/").text
    for item in items:
        assert f'href="{item["href"]}"' in page
        assert client.http.get(item["href"]).status_code in {200, 404}, item
    assert ('href="/people"' in page) == (role in {"auditor", "admin"})


def test_an_auditor_reads_no_example(console: RunningConsole) -> None:
    expert = console.sign_in("expert").json("/examples/life?id=%3Cb%3ER0%3C%2Fb%3E")
    auditor = console.sign_in("auditor").json("/examples/life?id=%3Cb%3ER0%3C%2Fb%3E")
    assert "form number" in expert["life"]["turns"][0]["before"]
    page = console.sign_in("expert").get("/examples/life?id=%3Cb%3ER0%3C%2Fb%3E").text
    assert "on the form number 0" in page
    assert auditor["life"]["turns"] == []
    assert "form number" not in str(auditor)
