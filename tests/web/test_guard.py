"""What every request meets before a page is looked at: host, origin, size, time; and the headers of every answer."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fixtures.consoles import PASSWORD, RunningConsole, console_over
from tunewright.core.errors import UsageError
from tunewright.web.body import MOST_BYTES, parse_form, parse_json
from tunewright.web.guard import POLICY


def raw(console: RunningConsole, data: bytes, *, wait_s: float = 10.0) -> bytes:
    """Send bytes as they are; read until the other side closes."""
    parts = urlsplit(console.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=wait_s) as sock:
        answer = b""
        # A server that has heard enough answers and closes: what it said before is still there to be read.
        with suppress(ConnectionResetError, BrokenPipeError):
            sock.sendall(data)
        with suppress(ConnectionResetError):
            while piece := sock.recv(65536):
                answer += piece
        return answer


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/",
        "/no-such-page",
        "/static/console.css",
        "/static/none",
        "/api/",
        "/account",
        "/%00",
        "/api/nothing",
    ],
)
def test_every_answer_carries_the_headers(shared: RunningConsole, path: str) -> None:
    answer = shared.anonymous().get(path)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    kept = "public, max-age=31536000, immutable" if path == "/static/console.css" else "no-store"
    assert answer.headers["cache-control"] == kept
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers


def test_the_policy_allows_nothing_inline_and_nothing_foreign() -> None:
    rules = dict(rule.strip().partition(" ")[::2] for rule in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in POLICY
    assert "*" not in POLICY


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.evil.example:80",
        "",
        "a b",
        "127.0.0.1:{port}.evil",
    ],
)
def test_a_foreign_host_name_gets_nothing(shared: RunningConsole, host: str) -> None:
    """DNS rebinding: a site that points its name at this machine is not the console."""
    port = urlsplit(shared.url).port
    answer = shared.anonymous().http.get("/sign-in", headers={"host": host.format(port=port)})
    assert answer.status_code in {400, 421}
    assert "csrf" not in answer.text


def test_two_host_headers_or_none_get_nothing(shared: RunningConsole) -> None:
    host = urlsplit(shared.url).netloc.encode()
    two = raw(
        shared, b"GET /sign-in HTTP/1.1\r\nHost: " + host + b"\r\nHost: evil\r\nConnection: close\r\n\r\n"
    )
    none = raw(shared, b"GET /sign-in HTTP/1.1\r\nConnection: close\r\n\r\n")
    for answer in (two, none):
        assert answer.split(b" ")[1] in {b"400", b"421"}


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_loopback_names_are_ours(shared: RunningConsole, name: str) -> None:
    answer = shared.anonymous().http.get("/sign-in", headers={"host": f"{name}:{urlsplit(shared.url).port}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "null", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://127.0.0.1:{port}"},
        {"origin": "http://127.0.0.1:1"}, {"origin": "http://[", "sec-fetch-site": "same-origin"},
    ],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(console: RunningConsole, headers: dict[str, str]) -> None:
    client = console.sign_in("admin")
    port = urlsplit(console.url).port
    given = {name: value.format(port=port) for name, value in headers.items()}
    answer = client.post("/people/disable", {"name": "reviewer"}, headers=given)
    assert answer.status_code == 403
    assert not console.events("console.user.disable")


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "{url}"}, {"origin": "null", "sec-fetch-site": "same-origin"}]
)
def test_our_own_forms_pass(console: RunningConsole, headers: dict[str, str]) -> None:
    client = console.sign_in("admin")
    given = {name: value.format(url=console.url) for name, value in headers.items()}
    assert client.post("/people/disable", {"name": "reviewer"}, headers=given).status_code == 303


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(shared: RunningConsole, method: str) -> None:
    assert shared.anonymous().http.request(method, "/sign-in").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/....//app.py", "/static//etc/passwd",
        "/static/%2Fetc%2Fpasswd", "/static/console.css%00.js", "/static/..\\app.py", "/snapshots/..%2f..%2ftunewright.yaml",
        "/snapshots/../../tunewright.yaml", "/../tunewright.yaml", "/static/", "/static",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(shared: RunningConsole, path: str) -> None:
    host = urlsplit(shared.url).netloc.encode()
    answer = raw(
        shared, b"GET " + path.encode() + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
    )
    assert answer.split(b" ")[1] in {b"303", b"404", b"400"}
    for secret in (b"root:", b"import ", b"sources:"):
        assert secret not in answer


@pytest.mark.parametrize(
    "version", ["../../tunewright", "..", "1/../../x", "1%00", "-1", "9" * 400, "'; drop table events;--"]
)
def test_a_snapshot_that_is_none_is_not_found(console: RunningConsole, version: str) -> None:
    client = console.sign_in("auditor")
    answer = client.http.get(f"/snapshots/{version.replace('/', '%2F')}/report")
    assert answer.status_code in {400, 404}


def test_a_huge_form_is_refused_before_it_is_read(shared: RunningConsole) -> None:
    host = urlsplit(shared.url).netloc.encode()
    head = (
        b"POST /sign-in HTTP/1.1\r\nHost: "
        + host
        + b"\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    answer = raw(shared, head + b"Content-Length: 10000000000\r\n\r\nname=")
    assert b" 413 " in answer.partition(b"\r\n")[0] + b" "


def test_a_huge_form_in_chunks_is_cut_off(shared: RunningConsole) -> None:
    host = urlsplit(shared.url).netloc.encode()
    head = (
        b"POST /sign-in HTTP/1.1\r\nHost: "
        + host
        + b"\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    answer = raw(shared, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * (MOST_BYTES // 65536 + 1))
    assert b" 413 " in answer.partition(b"\r\n")[0] + b" "


def test_a_form_that_trickles_is_cut_off(root: Path) -> None:
    with console_over(root, body_timeout_s=0.3) as console:
        host = urlsplit(console.url).netloc.encode()
        head = (
            b"POST /sign-in HTTP/1.1\r\nHost: "
            + host
            + b"\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        )
        started = time.perf_counter()
        answer = raw(console, head + b"Content-Length: 1000\r\n\r\nname=a")
        assert b" 408 " in answer.partition(b"\r\n")[0] + b" "
        assert time.perf_counter() - started < 8


def test_a_head_that_trickles_is_cut_off_and_others_are_served(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunewright.flows.console.HEADER_TIMEOUT_S", 0.4)
    with console_over(root) as console:
        parts = urlsplit(console.url)
        slow = [socket.create_connection((parts.hostname, parts.port), timeout=10) for _ in range(20)]
        for sock in slow[:10]:
            sock.sendall(b"GET /sign-in HTTP/1.1\r\nHost: ")
        assert console.anonymous().get("/sign-in").status_code == 200
        started = time.perf_counter()
        for sock in slow:
            try:
                assert sock.recv(100) == b""
            except ConnectionResetError:
                pass
            finally:
                sock.close()
        assert time.perf_counter() - started < 8


def test_a_second_request_of_a_connection_may_not_trickle_either(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunewright.flows.console.HEADER_TIMEOUT_S", 0.4)
    with console_over(root) as console:
        parts = urlsplit(console.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as sock:
            sock.sendall(b"GET /static/none HTTP/1.1\r\nHost: " + parts.netloc.encode() + b"\r\n\r\n")
            assert sock.recv(65536).startswith(b"HTTP/1.1 404")
            sock.sendall(b"GET / HTTP")
            started = time.perf_counter()
            try:
                while sock.recv(65536):
                    pass
            except ConnectionResetError:
                pass
            assert time.perf_counter() - started < 8


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"name=a", 415), ("multipart/form-data; boundary=x", b"--x--", 415), ("", b"name=a", 415),
        ("application/x-www-form-urlencoded", b"name=%ff", 400), ("application/x-www-form-urlencoded", b"name=\xff", 400),
        ("application/x-www-form-urlencoded", b"a=1&a=2", 400), ("application/x-www-form-urlencoded", b"a=1&" * 100, 400),
        ("application/json", b"[1]", 400), ("application/json", b'{"a": {"b": 1}}', 400), ("application/json", b"{", 400),
        ("application/json", b'{"a": 1, "a": 2}', 400), ("application/json", b"[" * 100_000, 400), ("application/json", b'{"a": 1.5}', 400),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(shared: RunningConsole, kind: str, body: bytes, status: int) -> None:
    headers = {"content-type": kind} if kind else {}
    assert shared.anonymous().http.post("/sign-in", content=body, headers=headers).status_code == status


def test_a_lone_surrogate_and_a_nul_do_not_come_through() -> None:
    assert parse_json(b'{"a": "x\\ud800y\\u0000z", "b": true, "c": 7}') == {
        "a": "x?y\ufffdz",
        "b": "true",
        "c": "7",
    }
    assert parse_form(b"a=x%00y") == {"a": "x\ufffdy"}
    with pytest.raises(UsageError):
        parse_form(b"a=%ed%a0%80")


def test_an_error_of_ours_shows_a_number_and_no_text(
    console: RunningConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tunewright.web import routes

    def broken(_ask: object) -> None:
        raise RuntimeError("the text of an example")

    entry = next(item for item in routes.ROUTES if item.path == "/account")
    object.__setattr__(entry, "page", broken)
    try:
        client = console.sign_in("auditor")
        answer = client.get("/account")
        assert answer.status_code == 500
        assert "the text of an example" not in answer.text
        assert "number" in answer.text
    finally:
        from tunewright.web.pages import sign_in

        object.__setattr__(entry, "page", sign_in.account)


def test_the_address_in_front_counts_only_behind_a_proxy(root: Path) -> None:
    for proxied, expected in ((False, 429), (True, 303)):
        with console_over(root, proxied=proxied) as console:
            for number in range(31):
                client = console.anonymous(headers={"x-forwarded-for": f"10.0.0.9, 10.0.0.{number % 2}"})
                client.get("/sign-in")
                client.post("/sign-in", {"name": f"nobody{number}", "password": "wrong"})
            client = console.anonymous(headers={"x-forwarded-for": "10.0.0.9, 10.0.0.7"})
            client.get("/sign-in")
            assert client.post("/sign-in", {"name": "auditor", "password": PASSWORD}).status_code == expected


def test_errors_have_their_json_twin(shared: RunningConsole) -> None:
    answer = shared.anonymous().http.get("/api/account")
    assert answer.status_code == 401
    assert json.loads(answer.text)["error"] == "NotSignedInError"
    by_header = shared.anonymous().http.get("/account", headers={"accept": "application/json"})
    assert by_header.status_code == 401
