"""Review from the queue to the next build: clusters, two persons, taking back, what is gone, what is not published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.review_workspace import acting, kept_row, make_workspace, rows, write_rows
from tunewright.cli.main import main
from tunewright.core.errors import (
    ConflictError,
    DeniedError,
    GateRefusedError,
    NotFoundError,
    UsageError,
)
from tunewright.flows.prepare import prepare
from tunewright.flows.review import (
    claim_findings,
    decide_finding,
    finding_detail,
    review_list,
    review_queue,
    undo_decision,
)
from tunewright.flows.review_board import index_folder
from tunewright.flows.review_progress import check_published, publication, review_progress
from tunewright.flows.snapshots import find_snapshot, outcomes
from tunewright.store.files import remove_tree

TWO = "data.review.two_person=[phone]"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_workspace(tmp_path / "work")
    with acting(root, "builder") as ws:
        prepare(ws)
    return root


def test_the_queue_shows_findings_in_context_with_their_clusters(root: Path) -> None:
    with acting(root, "ann") as ws:
        page = review_queue(ws)
        assert (page.total, page.pages, len(page.items)) == (8, 1, 8)
        assert page.states == {"open": 8, "second": 0, "disputed": 0, "decided": 0}
        assert page.kinds == {"phone": 8}
        assert page.reasons == {"pii_doubtful": 8}
        same = [item for item in page.items if item.finding.text == "040 6096 4607"]
        assert [item.finding.cluster_size for item in same] == [4, 4, 4, 4]
        assert {item.cluster_waiting for item in page.items if item not in same} == {1}
        assert all(item.finding.before.endswith("it said ") for item in page.items)
        assert review_queue(ws, collapse=True).total == 5
        assert review_queue(ws, order="cluster").items[0].finding.text == "040 6096 4607"
        small = review_queue(ws, page=3, page_size=3)
        assert (small.pages, len(small.items)) == (3, 2)
        assert review_queue(ws, kind="email").total == 0
        detail = finding_detail(ws, same[0].finding.key[:16])
        assert detail.turns[0][1][detail.item.finding.start : detail.item.finding.end] == "040 6096 4607"
        assert [mark.this for mark in detail.highlights] == [True]
        assert len(detail.members) == 3
        assert "[PHONE]" in detail.effects["confirmed"]
        for wrong in ({"page": 0}, {"page_size": 0}, {"state": "gone"}, {"order": "best"}):
            with pytest.raises(UsageError):
                review_queue(ws, **wrong)  # type: ignore[arg-type]


def test_one_decision_covers_the_cluster_and_is_taken_back_whole(root: Path) -> None:
    with acting(root, "ann") as ws:
        lead = next(item.finding for item in review_queue(ws).items if item.finding.cluster_size == 4)
        done = decide_finding(ws, lead.key, "dismissed", scope="cluster", note="our own hotline")
        assert (done.findings, done.open, done.skipped) == (4, 4, 0)
        event = ws.project.audit.events(action="review.decide")[-1]
        assert event.body["findings"] == 4
        assert "hotline" not in json.dumps(event.body)
        assert prepare(ws).counts["held"] == 4
        assert [row["outcome"] for row in outcomes(ws)][:8] == ["kept", "held"] * 4
    with acting(root, "bob") as ws, pytest.raises(DeniedError, match="ann"):
        undo_decision(ws, lead.key)
    with acting(root, "ann") as ws:
        assert undo_decision(ws, lead.key, scope="one").findings == 1
        assert undo_decision(ws, finding_detail(ws, lead.key).members[0].key).findings == 3
        assert prepare(ws).counts["held"] == 8
        history = finding_detail(ws, lead.key).history
        assert [vote.decision for vote in history] == ["dismissed", "undone"]
        with pytest.raises(NotFoundError):
            undo_decision(ws, lead.key)
        ws.project.audit.verify()


def test_a_new_near_copy_is_asked_about_with_what_was_decided_as_the_proposal(root: Path) -> None:
    with acting(root, "ann") as ws:
        lead = next(item.finding for item in review_queue(ws).items if item.finding.cluster_size == 4)
        decide_finding(ws, lead.key, "dismissed", scope="cluster")
        write_rows(root, [*rows(), {**rows()[0], "id": "R99", "messages": [
            {"role": "user", "content": "Once more: it said 040 6096 4607"}, {"role": "assistant", "content": "I see."}]}])  # fmt: skip
        prepare(ws)
        new = next(item for item in review_queue(ws).items if item.finding.record == "R99")
        assert new.proposed.decision == "dismissed"
        assert new.proposed.because == "4 of its 5 near-copies are dismissed"


def test_nobody_overwrites_what_they_have_not_seen(root: Path) -> None:
    with acting(root, "ann") as ann, acting(root, "bob") as bob:
        key = review_queue(ann).items[0].finding.key
        seen = review_queue(bob).items[0].standing.generation
        decide_finding(ann, key, "dismissed", note="a meter number", seen_generation=0)
        with pytest.raises(ConflictError, match="ann dismissed") as refused:
            decide_finding(bob, key, "confirmed", seen_generation=seen)
        assert refused.value.facts["decision"] == "dismissed"
        assert "meter" not in str(refused.value.as_json())
        with pytest.raises(ConflictError):
            decide_finding(bob, key, "confirmed")
        now = finding_detail(bob, key).item.standing
        assert decide_finding(bob, key, "confirmed", seen_generation=now.generation).generation == 2
        # A cluster decision leaves what others decided as it is.
        other = next(item.finding for item in review_queue(ann).items if item.finding.cluster_size == 4)
        theirs = next(m.key for m in finding_detail(ann, other.key).members if not m.decision)
        decide_finding(bob, theirs, "confirmed")
        decide_finding(ann, other.key, "dismissed", scope="cluster")
        counted = {
            item.finding.key: item.standing.decision for item in review_queue(ann, state="decided").items
        }
        assert (counted[theirs], counted[other.key]) == ("confirmed", "dismissed")
        # Saying the same again adds nothing.
        before = len(finding_detail(ann, other.key).history)
        decide_finding(ann, other.key, "dismissed")
        assert len(finding_detail(ann, other.key).history) == before


def test_two_persons_must_agree_and_a_third_settles(root: Path) -> None:
    with acting(root, "ann", TWO) as ann, acting(root, "bob", TWO) as bob, acting(root, "cyd", TWO) as cyd:
        first, second = [
            item.finding.key for item in review_queue(ann).items if item.finding.cluster_size == 1
        ][:2]
        assert decide_finding(ann, first, "dismissed").state == "second"
        assert decide_finding(ann, first, "dismissed").state == "second"
        assert prepare(ann).counts["held"] == 8
        assert review_queue(ann).items[-1].finding.key == first
        # Both votes count, though the second person saw none.
        assert decide_finding(bob, first, "dismissed", seen_generation=0).state == "decided"
        assert prepare(ann).counts["held"] == 7
        decide_finding(ann, second, "dismissed")
        assert decide_finding(bob, second, "confirmed").state == "disputed"
        assert prepare(ann).counts["held"] == 7
        with pytest.raises(ConflictError):
            decide_finding(cyd, second, "confirmed")
        seen = finding_detail(cyd, second).item.standing.generation
        with (
            acting(root, "cyd", TWO, "data.review.adjudicators=[dan]") as ws,
            pytest.raises(DeniedError, match="dan"),
        ):
            decide_finding(ws, second, "confirmed", seen_generation=seen)
        assert decide_finding(cyd, second, "confirmed", seen_generation=seen).state == "decided"
        assert prepare(ann).counts["held"] == 6
        assert review_progress(ann).states == {"open": 6, "second": 0, "disputed": 0, "decided": 0}
    # What one person decided counts no more under a rule for two.
    with acting(root, "ann") as ann:
        third = review_queue(ann).items[0].finding.key
        assert decide_finding(ann, third, "dismissed").state == "decided"
    with acting(root, "ann", TWO) as ann:
        assert finding_detail(ann, third).item.standing.state == "second"


def test_decisions_survive_a_re_sorted_export_and_name_what_is_gone(root: Path) -> None:
    with acting(root, "ann") as ws:
        page = review_queue(ws)
        kept, gone = page.items[0].finding, page.items[-1].finding
        decide_finding(ws, kept.key, "dismissed")
        decide_finding(ws, gone.key, "confirmed")
        content = [row for row in reversed(rows()) if row["id"] != gone.record]
        write_rows(root, content)
        prepare(ws)
        assert kept_row(ws, kept.record)
        with pytest.raises(NotFoundError, match="no longer in the last build"):
            decide_finding(ws, gone.key, "dismissed")
        with pytest.raises(NotFoundError, match="no longer"):
            finding_detail(ws, gone.key[:12])
        write_rows(root, rows())
        prepare(ws)
        assert "[PHONE]" in kept_row(ws, gone.record)["messages"][0]["content"]


def test_the_index_is_made_again_when_it_is_gone_and_only_the_newest_is_kept(root: Path) -> None:
    with acting(root, "ann") as ws:
        before = review_list(ws)
        record = find_snapshot(ws)
        remove_tree(index_folder(ws.project, record).parent)
        assert review_list(ws) == before
        decide_finding(ws, before.findings[0].key, "dismissed")
        prepare(ws)
        folders = list(index_folder(ws.project, record).parent.iterdir())
        assert folders == [index_folder(ws.project, find_snapshot(ws))]
        assert review_list(ws, version="1").findings


def test_what_another_person_is_looking_at_comes_last(root: Path) -> None:
    with acting(root, "ann") as ann, acting(root, "bob") as bob:
        first = review_queue(ann).items[0].finding.key
        claim_findings(ann, (first,))
        claim_findings(ann, (first,))
        assert review_queue(ann).items[0].finding.key == first
        last = review_queue(bob).items[-1]
        assert (last.finding.key, last.claimed_by) == (first, "ann")
        assert decide_finding(bob, first, "confirmed").state == "decided"


def test_too_much_that_waits_is_not_published(root: Path) -> None:
    for bound in ("{'*': 8}", "{'*': 0.2}", "{phone: 8}", "{email: 0}", "{}"):
        with acting(root, "ann", f"data.review.max_open={bound}") as ws:
            assert publication(ws, find_snapshot(ws)).published
            check_published(ws, find_snapshot(ws))
    for bound in ("{'*': 7}", "{'*': 0.1}", "{phone: 0}", "{'*': 9, phone: 0.13}"):
        with acting(root, "ann", f"data.review.max_open={bound}") as ws:
            assert prepare(ws).unpublished
            with pytest.raises(GateRefusedError, match="not published: 8 findings"):
                check_published(ws, find_snapshot(ws))
    with acting(root, "ann", "data.review.max_open={'*': 7}") as ws:
        decide_finding(ws, review_queue(ws).items[0].finding.key, "confirmed")
        assert not publication(ws, find_snapshot(ws)).published
        assert not prepare(ws).unpublished


def test_an_impossible_note_is_refused(root: Path) -> None:
    with acting(root, "ann") as ws:
        key = review_queue(ws).items[0].finding.key
        for note in ("a\x00b", "x" * 5000):
            with pytest.raises(UsageError):
                decide_finding(ws, key, "confirmed", note=note)
        html = "<script>alert('x')</script>"
        decide_finding(ws, key, "confirmed", note=html)
        assert finding_detail(ws, key).history[-1].note == html
        with pytest.raises(UsageError):
            decide_finding(ws, key, "perhaps")
        with pytest.raises(UsageError):
            decide_finding(ws, key, "confirmed", scope="all")  # type: ignore[arg-type]
        with pytest.raises(NotFoundError):
            decide_finding(ws, "f" * 64, "confirmed")


def test_the_commands(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> str:
        assert main([*arguments, "-C", str(root), "--as", "ann"]) == 0
        return capsys.readouterr().out

    found = json.loads(run("review", "list", "--json", "--clusters"))
    key = next(item["finding"]["key"] for item in found["items"] if item["finding"]["cluster_size"] == 4)
    assert "4 alike" in run("review", "list", "--order", "cluster")
    shown = run("review", "show", key[:12])
    assert "Proposed:" in shown
    assert "4 near-copies wait" in shown
    assert "4 findings dismissed" in run("review", "decide", key[:12], "dismissed", "--cluster")
    assert "4 taken back" in run("review", "undo", key[:12])


def test_what_a_source_says_does_not_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = rows(20, 1)
    content[0]["messages"][0]["content"] = (
        "\x1b[2J\x1b]0;owned\x07 it said 040 6096 4607 \u202eon\u202c the form [red]x[/red]"
    )
    root = make_workspace(tmp_path / "hostile", content)
    with acting(root, "ann", "data.steps=[{use: pii}]") as ws:
        prepare(ws)
        key = review_queue(ws).items[0].finding.key
    for command in (["list"], ["show", key]):
        assert main(["review", *command, "-C", str(root)]) == 0
        shown = capsys.readouterr().out
        assert "[red]x[/red]" in shown
        assert not {"\x1b", "\x07", "\u202e", "\u202c"} & set(shown)
