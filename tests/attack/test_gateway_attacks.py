"""The classes of holes found in other gateways and registries, each tried on ours."""

from __future__ import annotations

import ast
import gzip
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.gateways import MODEL, Served, point, served
from tunewright.serve.gateway import ROUTES
from tunewright.serve.keys import SCOPES, create_key
from tunewright.store.project import Project

SERVE = Path(__file__).parents[2] / "src" / "tunewright" / "serve"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with Project.create(tmp_path / "bank", actor="tester") as project:
        point(project, "production", "1.0.0")
        with served(project, max_request_bytes=20_000, body_timeout_s=0.5) as running:
            yield running


# -- authorisation: LiteLLM CVE-2026-47101, open vLLM routes ---------------------------------------------------------


def test_every_route_admits_exactly_the_scopes_its_line_says(gateway: Served) -> None:
    keys: dict[str | None, str] = {scope: create_key(gateway.project, scope, (scope,))[1] for scope in SCOPES}
    tried = 0
    for (method, path), endpoint in ROUTES.items():
        for scope in (*SCOPES, None):
            headers = {
                "authorization": f"Bearer {keys[scope]}" if scope else "Bearer sk-tw-000000000000-" + "A" * 43
            }
            status = gateway.client.request(
                method, path.replace("{id}", MODEL), headers=headers, content=b"{}"
            ).status_code
            allowed = endpoint.scope is None or scope in (endpoint.scope, "admin")
            expected = (200, 400) if allowed else (401,) if scope is None else (403,)
            assert status in expected, (method, path, scope, status)
            tried += 1
    assert tried == len(ROUTES) * 4
    assert tried >= 28


def test_what_is_open_without_a_key_is_on_this_list() -> None:
    assert sorted(path for (_, path), endpoint in ROUTES.items() if endpoint.scope is None) == [
        "/health",
        "/metrics",
        "/ready",
    ]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_refused(gateway: Served, method: str) -> None:
    assert gateway.client.request(method, "/v1/chat/completions").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/invocations",
        "/update_weights",
        "/v1/load_lora_adapter",
        "/v1/completions",
        "/tokenize",
        "/docs",
        "/openapi.json",
        "/v1/chat/completions/",
        "//v1/chat/completions",
        "/V1/chat/completions",
        "/v1/chat/completions%00",
        "/v1/../v1/models",
        "/.env",
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_there_is_no_other_route(gateway: Served, path: str) -> None:
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as sock:  # httpx would tidy the path up
        sock.sendall(
            f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {gateway.key}\r\nconnection: close\r\n\r\n".encode()
        )
        answer = b""
        while part := sock.recv(65536):
            answer += part
    assert answer.split(b" ")[1] in (b"404", b"405"), answer[:200]


@pytest.mark.parametrize("host", ["evil.example", "localhost@evil", "", "x" * 500])
def test_the_host_header_decides_nothing(gateway: Served, host: str) -> None:
    headers = {"host": host, "x-forwarded-for": "127.0.0.1", "x-forwarded-host": "admin"}
    assert gateway.client.get("/v1/models", headers={**headers, "authorization": ""}).status_code == 401
    assert gateway.client.get("/v1/models", headers=headers).status_code == 200


def test_two_authorization_headers_are_refused(gateway: Served) -> None:
    headers = [("authorization", f"Bearer {gateway.key}"), ("authorization", "Bearer other")]
    gateway.client.headers.pop("authorization")
    assert gateway.client.get("/v1/models", headers=headers).status_code == 400


# -- SQL: LiteLLM CVE-2026-42208 -------------------------------------------------------------------------------------

SQL = [
    "' OR '1'='1",
    "'; DROP TABLE exchanges;--",
    '" OR ""="',
    "\\'; --",
    "%' --",
    "$$;select 1;$$",
    "1; ATTACH 'x' AS y",
]


@pytest.mark.parametrize("text", SQL)
def test_sql_in_any_field_matches_nothing_and_changes_nothing(gateway: Served, text: str) -> None:
    first = gateway.chat("seed").json()["id"]
    assert gateway.client.get("/v1/models", headers={"authorization": f"Bearer {text}"}).status_code == 401
    assert (
        gateway.client.get("/v1/models", headers={"authorization": f"Bearer sk-tw-{text}"}).status_code == 401
    )
    assert gateway.chat(model=text).status_code == 404
    never = gateway.client.post("/v1/feedback", json={"exchange": "ex-never", "rating": 1})
    tried = gateway.client.post("/v1/feedback", json={"exchange": text, "rating": 1})
    assert (tried.status_code, tried.json()) == (never.status_code, never.json())
    assert gateway.chat(text, user=text).status_code == 200
    rows = gateway.rows()
    assert rows[0]["id"] == first
    assert rows[-1]["user"] == text
    assert len(rows) == 2


def test_no_statement_is_built_from_text() -> None:
    found, looked = [], 0
    for path in sorted(SERVE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("execute", "exec_driver_sql", "text"):
                looked += 1
                if any(isinstance(a, ast.JoinedStr | ast.BinOp | ast.Constant) for a in node.args):
                    found.append(f"{path.name}:{node.lineno}")
    assert looked >= 8
    assert not found


# -- limits: body, time, encodings ----------------------------------------------------------------------------------


def body_of(size: int) -> bytes:
    frame = {"model": MODEL, "messages": [{"role": "user", "content": ""}]}
    empty = len(json.dumps(frame))
    frame["messages"] = [{"role": "user", "content": "x" * (size - empty)}]
    return json.dumps(frame).encode()


def test_the_body_limit_holds_at_the_byte_announced_or_chunked(gateway: Served) -> None:
    post = gateway.client.post
    at, over = body_of(20_000), body_of(20_001)
    assert (len(at), len(over)) == (20_000, 20_001)
    assert post("/v1/chat/completions", content=at).status_code == 200
    refused = post("/v1/chat/completions", content=over)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "request_too_large")
    assert (
        post(
            "/v1/chat/completions", content=(over[i : i + 1000] for i in range(0, len(over), 1000))
        ).status_code
        == 413
    )
    assert (
        post("/v1/chat/completions", content=(at[i : i + 1000] for i in range(0, len(at), 1000))).status_code
        == 200
    )


def test_a_body_that_never_ends_costs_no_memory(gateway: Served) -> None:
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as sock:
        sock.sendall(
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {gateway.key}\r\n"
            "content-length: 100000000000\r\n\r\n".encode()
        )
        assert b" 413 " in sock.recv(200)
    assert gateway.chat().status_code == 200


def test_a_slow_body_is_given_up(gateway: Served) -> None:
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as sock:
        sock.sendall(
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {gateway.key}\r\n"
            "content-length: 100\r\n\r\n{".encode()
        )
        started = time.perf_counter()
        assert b" 408 " in sock.recv(200)
        assert time.perf_counter() - started < 5


def test_a_compressed_body_is_not_unpacked(gateway: Served) -> None:
    bomb = gzip.compress(b"x" * 10_000_000)
    assert len(bomb) < 20_000
    response = gateway.client.post("/v1/chat/completions", content=bomb, headers={"content-encoding": "gzip"})
    assert response.status_code == 415


def test_deep_nesting_is_a_400(gateway: Served) -> None:
    deep = b'{"messages":' + b"[" * 9000 + b"]" * 9000 + b"}"
    assert gateway.client.post("/v1/chat/completions", content=deep).status_code == 400


# -- paths, code, processes: MLflow's path traversals, pickle, remote code -------------------------------------------

_watched: list[str] = []
_watching = threading.Event()


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching.is_set():
        return
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        _watched.append(f"open {arguments[0]!r}")
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "pickle.find_class"):
        _watched.append(event)
    elif event == "socket.connect":
        _watched.append(f"connect {arguments[1]!r}")


NAMES = [
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "support@../../secret",
    "support:../x",
    "C:\\windows",
    "\\\\server\\share",
    "/etc/passwd",
    "file:///etc/passwd",
    "http://169.254.169.254/latest",
    "support@１.0.0",
    "․․/etc",
    "support@1.0.0/../../x",
]


def test_a_model_name_opens_no_file_and_reaches_no_host(gateway: Served) -> None:
    sys.addaudithook(_hook)  # cannot be removed: it looks only while _watching is set
    gateway.chat()  # warm: imports and connections of the first request
    _watched.clear()
    _watching.set()
    try:
        for name in NAMES:
            assert gateway.chat(model=name).status_code == 404
        Path("/proc/../etc/passwd").read_bytes()  # the watcher must see what it looks for
    finally:
        _watching.clear()
    inside = str(gateway.project.root)
    port = gateway.url.rsplit(":", 1)[1]
    bad = [event for event in _watched if inside not in event and f", {port})" not in event]
    assert bad == ["open '/proc/../etc/passwd'"]


def test_markup_in_prompts_comes_back_as_json_only(gateway: Served) -> None:
    for text in (
        "<script>alert(1)</script>",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "{% for i in range(10**9) %}x{% endfor %}",
    ):
        response = gateway.chat(text)
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.json()["choices"][0]["message"]["content"] == text


# -- secrets and example text in places that are read by others ------------------------------------------------------


def test_neither_keys_nor_prompts_reach_metrics_errors_logs_or_the_audit_log(
    gateway: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    prompt, secret = "PLANTED-PROMPT-93", gateway.key[18:]
    texts = [
        gateway.chat(f"{prompt} {secret}", model=f"none-{prompt}").text.replace(f"none-{prompt}", ""),
        gateway.chat(prompt, n=7).text,
        gateway.client.post("/v1/chat/completions", content=f'{{"{prompt}'.encode()).text,
        gateway.client.get("/v1/models", headers={"authorization": f"Bearer {gateway.key}x"}).text,
    ]
    assert gateway.chat(prompt).status_code == 200
    texts += [gateway.client.get(path).text for path in ("/metrics", "/ready", "/health")]
    texts += [caplog.text, *capfd.readouterr(), *(str(event) for event in gateway.project.audit.events())]
    assert len(texts) > 9
    for text in texts:
        assert prompt not in text
        assert secret not in text


def test_state_files_are_nobody_else_s(gateway: Served) -> None:
    gateway.chat()
    files = [path for path in gateway.project.state.rglob("*") if path.is_file()]
    assert any(path.name == "tunewright.db" for path in files)
    loose = [path for path in files if path.stat().st_mode & 0o022]
    assert not loose


# -- regular expressions: time ---------------------------------------------------------------------------------------


def test_no_pattern_of_the_gateway_backtracks() -> None:
    from tunewright.serve import gateway as gateway_module
    from tunewright.serve import keys as keys_module

    patterns = [
        value
        for module in (gateway_module, keys_module)
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    ]
    assert len(patterns) >= 3
    for pattern in patterns:
        for text in ("a" * 50_000, "sk-tw-" + "0" * 50_000, "-" * 50_000 + "!", " a" * 25_000):
            started = time.perf_counter()
            pattern.fullmatch(text)
            assert time.perf_counter() - started < 0.05
