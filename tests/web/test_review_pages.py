"""Reviewing without JavaScript: forms, the next finding, clusters, undo, two persons, and what is lost (nothing)."""

from __future__ import annotations

import concurrent.futures
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.fixtures.consoles import Client, RunningConsole, console_over
from tunewright.flows.review import review_queue
from tunewright.store.review_tables import votes


def waiting(client: Client, query: str = "") -> list[Any]:
    items: list[Any] = client.json(f"/review{query}")["page"]["items"]
    return items


def decide(client: Client, key: str, decision: str = "confirmed", **fields: str) -> Any:
    client.get(f"/review/{key}")
    return client.post(f"/review/{key}/decide", {"decision": decision, "generation": "0", **fields})


def all_votes(console: RunningConsole) -> list[Any]:
    with console.desk.project.reader() as connection:
        return list(connection.execute(sa.select(votes).order_by(votes.c.id)).all())


def test_the_queue_shows_the_finding_marked_in_its_context(console: RunningConsole) -> None:
    page = console.sign_in("reviewer").get("/review").text
    assert "it said <mark>040 6096 4607</mark> on the form" in page
    assert "6 near-copies" in page
    assert "<b>31</b> findings wait for a person" in page


def test_deciding_leads_to_the_next_and_is_recorded_under_the_name(console: RunningConsole) -> None:
    client = console.sign_in("reviewer")
    first, second = waiting(client)[:2]
    answer = decide(client, first["finding"]["key"], note="a form number", at="0")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/review/{second['finding']['key']}?at=0"
    (event,) = console.events("review.decide")
    assert (event.actor, event.body["finding"], event.body["decision"]) == (
        "reviewer",
        first["finding"]["key"],
        "confirmed",
    )
    assert "a form number" not in str(event.body)
    history = client.json(f"/review/{first['finding']['key']}")["detail"]["history"]
    assert [(vote["actor"], vote["decision"], vote["note"]) for vote in history] == [
        ("reviewer", "confirmed", "a form number")
    ]
    assert len(waiting(client)) == 30


def test_filters_are_carried_along(console: RunningConsole) -> None:
    client = console.sign_in("reviewer")
    query = "?kind=phone&reason=pii_doubtful&order=doubt"
    first, second = waiting(client, query)[:2]
    client.get(f"/review/{first['finding']['key']}{query}&at=0")
    answer = client.post(
        f"/review/{first['finding']['key']}/decide",
        {
            "decision": "dismissed",
            "generation": "0",
            "at": "0",
            "kind": "phone",
            "reason": "pii_doubtful",
            "order": "doubt",
        },
    )
    assert (
        answer.headers["location"]
        == f"/review/{second['finding']['key']}?at=0&kind=phone&reason=pii_doubtful&order=doubt"
    )
    assert waiting(client, "?kind=person") == []
    assert len(waiting(client, "?state=decided")) == 1


def test_one_decision_for_a_whole_cluster_and_undo_takes_it_back_whole(console: RunningConsole) -> None:
    client = console.sign_in("reviewer")
    lead = next(item for item in waiting(client) if item["cluster_waiting"] > 1)
    key = lead["finding"]["key"]
    assert lead["cluster_waiting"] == 6
    assert decide(client, key, "dismissed", scope="cluster").status_code == 303
    assert len(waiting(client)) == 31 - 6
    page = client.get("/review").text
    assert "(6 findings)" in page
    assert client.post("/review/undo").status_code == 303
    assert len(waiting(client)) == 31
    assert console.events("review.undo")[0].body["findings"] == 6
    assert client.post("/review/undo").status_code == 404


def test_undo_is_only_for_ones_own(console: RunningConsole) -> None:
    one, two = console.sign_in("reviewer"), console.sign_in("reviewer2")
    key = waiting(one)[0]["finding"]["key"]
    decide(one, key)
    two.get("/review")
    assert two.post("/review/undo").status_code == 404
    assert two.post("/review/undo", {"key": key}).status_code == 403
    assert len(waiting(one)) == 30


def test_who_comes_second_sees_what_the_first_decided(console: RunningConsole) -> None:
    one, two = console.sign_in("reviewer"), console.sign_in("reviewer2")
    key = waiting(one)[0]["finding"]["key"]
    two.get(f"/review/{key}")
    assert decide(one, key, "confirmed").status_code == 303
    late = two.post(f"/review/{key}/decide", {"decision": "dismissed", "generation": "0"})
    assert late.status_code == 409
    assert "reviewer confirmed it at" in late.text
    assert 'name="generation" value="1"' in late.text
    assert [vote.decision for vote in all_votes(console)] == ["confirmed"]
    # Having seen it, they may still say otherwise: both stay in the history.
    two.get(f"/review/{key}")
    assert two.post(f"/review/{key}/decide", {"decision": "dismissed", "generation": "1"}).status_code == 303
    assert [(vote.actor, vote.decision) for vote in all_votes(console)] == [
        ("reviewer", "confirmed"),
        ("reviewer2", "dismissed"),
    ]


def test_somebody_who_looks_at_it_is_named_to_the_other(console: RunningConsole) -> None:
    one, two = console.sign_in("reviewer"), console.sign_in("reviewer2")
    key = waiting(one)[0]["finding"]["key"]
    one.get(f"/review/{key}")
    assert "reviewer is looking at this finding too" in two.get(f"/review/{key}").text
    assert waiting(one, "")[-1]["claimed_by"] == "reviewer2"


def test_two_reviewers_at_once_lose_no_decision(console: RunningConsole) -> None:
    """Both walk the whole queue at once, from both ends; every accepted vote is stored, audited, and the log is whole."""
    names = ("reviewer", "reviewer2")
    clients = {name: console.sign_in(name) for name in names}
    keys = [item["finding"]["key"] for item in waiting(clients["reviewer"])]
    assert len(keys) == 31

    def work(name: str, order: list[str], decision: str) -> dict[str, int]:
        return {key: decide(clients[name], key, decision).status_code for key in order}

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        one = pool.submit(work, "reviewer", keys, "confirmed")
        two = pool.submit(work, "reviewer2", keys[::-1], "dismissed")
        codes = {"reviewer": one.result(), "reviewer2": two.result()}
    accepted = {(name, key) for name in names for key, code in codes[name].items() if code == 303}
    refused = [code for name in names for code in codes[name].values() if code != 303]
    stored = {(vote.actor, vote.finding_key) for vote in all_votes(console)}
    assert stored == accepted
    assert len(all_votes(console)) == len(accepted)
    assert {key for _, key in accepted} == set(keys)
    assert set(refused) <= {409}
    assert {(e.actor, e.body["finding"]) for e in console.events("review.decide")} == accepted
    assert waiting(clients["reviewer"]) == []
    console.desk.project.audit.verify()


def test_the_same_form_twice_is_one_vote(console: RunningConsole) -> None:
    client = console.sign_in("reviewer")
    key = waiting(client)[0]["finding"]["key"]
    client.get(f"/review/{key}")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        codes = list(
            pool.map(
                lambda _: (
                    client.post(
                        f"/review/{key}/decide", {"decision": "confirmed", "generation": "0"}
                    ).status_code
                ),
                range(4),
            )
        )
    assert set(codes) <= {303, 409}
    assert len(all_votes(console)) == 1


@pytest.fixture
def two_person(built_two_person: Path, tmp_path: Path) -> Iterator[RunningConsole]:
    copy = tmp_path / "two"
    shutil.copytree(built_two_person, copy)
    with console_over(copy) as running:
        yield running


def test_where_the_policy_wants_two_persons_one_is_not_enough(two_person: RunningConsole) -> None:
    one, two = two_person.sign_in("reviewer"), two_person.sign_in("approver")
    key = waiting(one)[0]["finding"]["key"]
    decide(one, key)
    page = one.get(f"/review/{key}").text
    assert "waits for a second person" in page
    assert "You said confirmed." in page
    assert len(waiting(one)) == 31
    assert decide(two, key).status_code == 303
    assert len(waiting(one)) == 30


def test_two_persons_who_disagree_are_shown_so(two_person: RunningConsole) -> None:
    one, two = two_person.sign_in("reviewer"), two_person.sign_in("approver")
    key = waiting(one)[0]["finding"]["key"]
    decide(one, key, "confirmed")
    decide(two, key, "dismissed")
    assert "two persons disagree" in one.get(f"/review/{key}").text
    assert [item["finding"]["key"] for item in waiting(one, "?state=disputed")] == [key]


def test_a_finding_that_is_gone_is_named_so(console: RunningConsole) -> None:
    client = console.sign_in("reviewer")
    assert client.get("/review/0123456789abcdef").status_code == 404
    client.get("/review")
    assert client.post("/review/0123456789abcdef/decide", {"decision": "confirmed"}).status_code == 404
    key = waiting(client)[0]["finding"]["key"]
    assert client.post(f"/review/{key}/decide", {"decision": "maybe"}).status_code == 400
    assert client.post(f"/review/{key}/decide", {}).status_code == 400
    assert (
        client.post(f"/review/{key}/decide", {"decision": "confirmed", "note": "x" * 4001}).status_code == 400
    )
    assert not all_votes(console)


def test_experts_judge_examples(console: RunningConsole) -> None:
    client = console.sign_in("expert")
    ids = [item["id"] for item in client.json("/examples")["page"]["items"]]
    assert len(ids) == 20
    seen = client.json(f"/examples/{ids[0]}")
    client.get(f"/examples/{ids[0]}")
    form = {"seen": seen["seen"], "generation": "0", "at": "0", "rating": "4"}
    answer = client.post(f"/examples/{ids[0]}/judge", {**form, "verdict": "approved", "note": "fine"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/examples/{ids[1]}?at=0"
    (event,) = console.events("review.example")
    assert (event.actor, event.body["verdict"], event.body["rating"]) == ("expert", "approved", 4)
    unchanged = client.post(
        f"/examples/{ids[1]}/judge",
        {
            "verdict": "corrected",
            "correction": client.json(f"/examples/{ids[1]}")["answer"],
            "generation": "0",
        },
    )
    assert unchanged.status_code == 400
    done = client.post(
        f"/examples/{ids[1]}/judge",
        {"verdict": "corrected", "correction": "It costs\r\nnothing.", "generation": "0"},
    )
    assert done.status_code == 303
    assert client.json(f"/examples/{ids[1]}")["history"][0]["correction"] == "It costs\nnothing."
    stale = client.post(
        f"/examples/{ids[2]}/judge", {"verdict": "rejected", "generation": "0", "seen": "0" * 64}
    )
    assert stale.status_code == 409
    assert client.post(f"/examples/{ids[1]}/undo").status_code == 303
    assert [row["verdict"] for row in client.json(f"/examples/{ids[1]}")["history"]] == [
        "corrected",
        "undone",
    ]


def test_a_sample_is_drawn_answered_and_becomes_evidence(console: RunningConsole) -> None:
    client = console.sign_in("expert")
    assert "Draw a sample" in client.get("/sampling").text
    client.post("/sampling/draw", {"size": "8"})
    assert client.post("/sampling/draw", {"size": "x"}).status_code == 400
    drawn = client.json("/sampling")["page"]["drawn"]
    for number in range(drawn):
        page = client.json("/sampling")
        fields = {"example": page["item"]["id"], "sample": page["page"]["sample"]}
        client.get("/sampling")
        if number == 0:
            assert client.post("/sampling/answer", {**fields, "found": "something"}).status_code == 400
            answer = client.post(
                "/sampling/answer", {**fields, "found": "something", "pii": "yes", "kind_person": "yes"}
            )
        else:
            answer = client.post("/sampling/answer", {**fields, "found": "nothing"})
        assert answer.status_code == 303
    page = client.get("/sampling").text
    assert "The estimate" in page
    assert "<td>person</td>" in page
    assert (
        client.post("/sampling/estimate", {"sample": client.json("/sampling")["page"]["sample"]}).status_code
        == 303
    )
    assert console.events("run.review")[0].actor == "expert"


def test_an_edited_configuration_is_followed_at_once(console: RunningConsole) -> None:
    client = console.sign_in("reviewer")
    assert "Two persons must decide" not in client.get(f"/review/{waiting(client)[0]['finding']['key']}").text
    path = console.root / "tunewright.yaml"
    import os

    path.write_text(path.read_text() + "\n")
    text = path.read_text().replace("data:\n", "data:\n  review: {two_person: [phone]}\n", 1)
    path.write_text(text)
    os.utime(path, (2_000_000_000, 2_000_000_000))
    assert "Two persons must decide" in client.get(f"/review/{waiting(client)[0]['finding']['key']}").text
    path.write_text("data: [")
    os.utime(path, (2_000_000_100, 2_000_000_100))
    broken = client.get("/review")
    assert broken.status_code == 400
    assert "Refused" in broken.text


def test_more_people_than_open_workspaces(console: RunningConsole) -> None:
    """The one that was used longest ago is closed; whoever still holds it goes on working."""
    first = console.desk.workspace("person 0")
    for number in range(1, 20):
        console.desk.workspace(f"person {number}")
    again = console.desk.workspace("person 0")
    assert again is not first
    assert console.desk.workspace("person 0") is again
    assert {first.project.actor, again.project.actor} == {"person 0"}
    assert len(review_queue(first).items) == len(review_queue(again).items) == 31
    first.close()


def test_a_snapshot_that_may_not_be_trained_on_says_so(console: RunningConsole) -> None:
    path = console.root / "tunewright.yaml"
    text = path.read_text().replace("data:\n", "data:\n  review: {max_open: {phone: 3}}\n", 1)
    path.write_text(text)
    page = console.sign_in("reviewer").get("/review").text
    assert "is not published" in page
    assert "31 findings of kind phone wait; 3 may" in page
