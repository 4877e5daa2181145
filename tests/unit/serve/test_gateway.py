"""The gateway over HTTP: answers, streams, names, feedback, health, metrics."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tests.fixtures.gateways import MODEL, EchoLoader, point, served, subject_digest
from tunewright.serve.keys import create_key, revoke_key
from tunewright.store.db import feedback
from tunewright.store.project import Project


def events(response: httpx.Response) -> list[Any]:
    blocks = [block for block in response.text.split("\n\n") if block]
    assert all(block.startswith("data: ") for block in blocks)
    return [block[6:] if block[6:] == "[DONE]" else json.loads(block[6:]) for block in blocks]


def until(check: Callable[[], bool], timeout_s: float = 5.0) -> float:
    started = time.perf_counter()
    while not check():
        assert time.perf_counter() - started < timeout_s
        time.sleep(0.005)
    return time.perf_counter() - started


def test_an_answer_names_version_adapter_and_exchange_and_is_recorded(project: Project) -> None:
    point(project, "production", "1.2.0")
    with served(project) as gateway:
        response = gateway.chat("my card is lost", user="u7", max_tokens=3)
        body = response.json()
        assert response.status_code == 200
        assert body["model"] == f"{MODEL}@1.2.0"
        assert body["choices"][0]["message"] == {"role": "assistant", "content": "my card is"}
        assert body["choices"][0]["finish_reason"] == "length"
        assert body["usage"] == {"prompt_tokens": 4, "completion_tokens": 3, "total_tokens": 7}
        stamp = body["tunewright"]
        assert stamp["version"] == response.headers["x-tunewright-version"] == "1.2.0"
        assert stamp["adapter"] == response.headers["x-tunewright-adapter"] == subject_digest("1.2.0")
        assert stamp["exchange"] == response.headers["x-tunewright-exchange"] == body["id"]
        [row] = gateway.rows()
    assert (row["id"], row["version"], row["user"], row["finish_reason"]) == (
        body["id"],
        "1.2.0",
        "u7",
        "length",
    )
    assert (row["key_id"], row["subject_digest"]) == (gateway.key_id, subject_digest("1.2.0"))
    stored: Any = row["body"]
    assert stored["messages"] == [{"role": "user", "content": "my card is lost"}]
    assert (stored["answer"], stored["environment"]) == ("my card is", "production")


def test_a_stream_has_the_shape_clients_expect(project: Project) -> None:
    point(project, "production", "1.0.0")
    with served(project) as gateway:
        response = gateway.chat("a b c", stream=True, stream_options={"include_usage": True})
        assert response.headers["content-type"].startswith("text/event-stream")
        found = events(response)
        assert found[-1] == "[DONE]"
        *chunks, usage = found[:-1]
        assert usage["choices"] == []
        assert usage["usage"] == {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6}
        assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
        said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
        assert said == "a b c"
        assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
        assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
        assert {chunk["id"] for chunk in chunks} == {response.headers["x-tunewright-exchange"]}
        [row] = gateway.rows()
        assert row["flags"] == ["stream"]
        without = events(gateway.chat("a b c", stream=True))
        assert all("usage" not in chunk for chunk in without[:-1])


def test_a_promotion_and_a_rollback_reach_a_running_gateway_in_time(project: Project) -> None:
    point(project, "production", "1.0.0")
    with served(project, poll_s=0.2) as gateway:
        version = lambda: gateway.chat().headers["x-tunewright-version"]  # noqa: E731
        assert version() == "1.0.0"
        point(project, "production", "1.1.0")
        until(lambda: version() == "1.1.0", 2.0)
        point(project, "production", "1.0.0")
        assert until(lambda: version() == "1.0.0", 2.0) < 2.0


def test_models_are_listed_and_shown(project: Project) -> None:
    point(project, "production", "1.0.0")
    point(project, "staging", "1.1.0")
    with served(project) as gateway:
        listed = gateway.client.get("/v1/models").json()
        names = [entry["id"] for entry in listed["data"]]
        assert set(names) == {
            MODEL,
            f"{MODEL}:production",
            f"{MODEL}@1.0.0",
            f"{MODEL}:staging",
            f"{MODEL}@1.1.0",
        }
        for name in names:
            assert gateway.client.get(f"/v1/models/{name}").json()["id"] == name
            assert gateway.chat(model=name).status_code == 200
        assert gateway.client.get("/v1/models/none").status_code == 404


def test_shares_are_sticky_and_recorded(project: Project) -> None:
    point(project, "production", "1.0.0")
    point(project, "staging", "1.1.0")
    shares = {
        MODEL: [{"model": f"{MODEL}@1.0.0", "percent": 50}, {"model": f"{MODEL}:staging", "percent": 50}]
    }
    with served(project, shares=shares) as gateway:
        seen: dict[str, set[str]] = {}
        for i in range(40):
            user = f"u{i % 20}"
            seen.setdefault(user, set()).add(gateway.chat(user=user).headers["x-tunewright-version"])
        assert all(len(versions) == 1 for versions in seen.values())
        assert {v for versions in seen.values() for v in versions} == {"1.0.0", "1.1.0"}
        # Without a user the key decides: always the same side.
        assert len({gateway.chat().headers["x-tunewright-version"] for _ in range(5)}) == 1
        assert {row["variant"] for row in gateway.rows()} == {f"{MODEL}@1.0.0", f"{MODEL}:staging"}
        assert gateway.chat(model=f"{MODEL}:production").headers["x-tunewright-version"] == "1.0.0"


def test_a_version_that_does_not_verify_makes_it_unready(project: Project) -> None:
    point(project, "production", "1.0.0")
    with served(project, EchoLoader(refused={"1.0.0"})) as gateway:
        ready = gateway.client.get("/ready")
        assert ready.status_code == 503
        assert any("does not verify" in reason for reason in ready.json()["reasons"])
        response = gateway.chat()
        assert response.status_code == 503
        assert "does not verify" in response.json()["error"]["message"]
        assert response.headers["retry-after"] == "5"
        assert gateway.client.get("/health").status_code == 200
        assert gateway.rows() == []


def test_a_refused_staging_does_not_make_production_unready(project: Project) -> None:
    point(project, "production", "1.0.0")
    point(project, "staging", "1.1.0")
    with served(project, EchoLoader(refused={"1.1.0"})) as gateway:
        ready = gateway.client.get("/ready")
        assert ready.status_code == 200
        assert "does not verify" in ready.json()["serving"][f"{MODEL}:staging"]["refused"]
        assert gateway.chat(model=f"{MODEL}:staging").status_code == 503
        assert gateway.chat().status_code == 200


def test_nothing_promoted_is_unready_and_says_what_to_do(project: Project) -> None:
    with served(project) as gateway:
        ready = gateway.client.get("/ready").json()
        assert ready == {
            "ready": False,
            "reasons": ["nothing is promoted: run `tunewright model promote`"],
            "serving": {},
        }
        assert gateway.chat().status_code == 404
        point(project, "production", "1.0.0")
        until(lambda: gateway.client.get("/ready").status_code == 200)


def test_keys_take_and_lose_effect_on_a_running_gateway(project: Project) -> None:
    point(project, "production", "1.0.0")
    with served(project) as gateway:
        info, key = create_key(project, "second", ("chat",))
        headers = {"authorization": f"Bearer {key}"}
        assert gateway.client.get("/v1/models", headers=headers).status_code == 200  # at once
        revoke_key(project, info.id)
        took = until(lambda: gateway.client.get("/v1/models", headers=headers).status_code == 401)
        assert took < 1.0


def test_feedback_is_joined_to_its_exchange(project: Project) -> None:
    point(project, "production", "1.0.0")
    with served(project) as gateway:
        exchange = gateway.chat().json()["id"]
        for given in ({"rating": "up"}, {"rating": 0.25, "comment": "meh"}, {"correction": "stolen"}):
            answer = gateway.client.post("/v1/feedback", json={"exchange": exchange, **given})
            assert answer.status_code == 200
            assert answer.json()["exchange"] == exchange
        with project.reader() as connection:
            rows = connection.execute(select(feedback).order_by(feedback.c.id)).all()
        assert [row.body["rating"] for row in rows] == [1, 0.25, None]
        assert {row.exchange_id for row in rows} == {exchange}
        assert {row.actor for row in rows} == {f"key:{gateway.key_id}"}


@pytest.mark.parametrize(
    "body",
    [
        {"exchange": "ex-1"},
        {"rating": "up"},
        {"exchange": 3, "rating": "up"},
        {"exchange": "ex-1", "rating": "great"},
        {"exchange": "ex-1", "rating": 1.5},
        {"exchange": "ex-1", "rating": -1},
        {"exchange": "ex-1", "comment": "x" * 20_001},
        {"exchange": "ex-1", "rating": "up", "version": "2.0.0"},
    ],
)
def test_bad_feedback_is_400(project: Project, body: dict[str, object]) -> None:
    with served(project) as gateway:
        assert gateway.client.post("/v1/feedback", json=body).status_code == 400


def test_feedback_on_anothers_exchange_looks_like_none_unless_admin(project: Project) -> None:
    point(project, "production", "1.0.0")
    with served(project) as gateway:
        exchange = gateway.chat().json()["id"]
        _, other = create_key(project, "other", ("chat", "feedback"))
        _, admin = create_key(project, "admin", ("admin",))

        def judge(key: str, identity: str) -> httpx.Response:
            headers = {"authorization": f"Bearer {key}"}
            return gateway.client.post(
                "/v1/feedback", json={"exchange": identity, "rating": 1}, headers=headers
            )

        stranger, missing = judge(other, exchange), judge(other, "ex-none")
        assert stranger.status_code == missing.status_code == 404
        assert stranger.json() == missing.json()
        assert judge(admin, exchange).status_code == 200


def test_metrics_count_what_happened_and_reconcile(project: Project) -> None:
    point(project, "production", "1.0.0")
    with served(project) as gateway:
        for _ in range(3):
            gateway.chat("a b")
        gateway.chat("a b", stream=True)
        gateway.chat(model='unknown-"model')
        gateway.client.get("/nowhere/at/all")
        page = gateway.client.get("/metrics").text
    samples = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
    exchanges = f'tunewright_exchanges_total{{model="{MODEL}",version="1.0.0",finish_reason="stop"}}'
    assert samples[exchanges] == "4"
    assert samples["tunewright_answers_finished_total"] == samples["tunewright_answers_recorded_total"] == "4"
    assert samples['tunewright_requests_total{route="/v1/chat/completions",status="200"}'] == "4"
    assert samples['tunewright_requests_total{route="/v1/chat/completions",status="404"}'] == "1"
    assert samples['tunewright_requests_total{route="other",status="404"}'] == "1"
    assert samples["tunewright_ready"] == "1"
    assert "unknown" not in page
    assert "nowhere" not in page


def test_request_ids_are_kept_when_plain_and_made_otherwise(project: Project) -> None:
    with served(project) as gateway:

        def answered(value: str) -> str:
            return gateway.client.get("/health", headers={"x-request-id": value}).headers["x-request-id"]

        assert answered("job-7.a_b") == "job-7.a_b"
        for odd in ("a b", "x" * 65, "<script>"):
            assert answered(odd).startswith("req-")
