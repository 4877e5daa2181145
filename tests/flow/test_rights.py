"""Licence, purpose and retention from the source to the build, the training, the gate, `status` and `model show`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.attack.data.conftest import sound_rows
from tests.fixtures.recording import commit
from tests.fixtures.registered import a_source, new_version, with_evidence
from tunewright.cli.main import main
from tunewright.core.errors import ConfigError, DataError, GateRefusedError
from tunewright.data.snapshot import load_snapshot
from tunewright.flows.config import load_configuration
from tunewright.flows.models import show
from tunewright.flows.prepare import SnapshotSummary, prepare
from tunewright.flows.promote import promote
from tunewright.flows.review import review_decide, review_list
from tunewright.flows.rights import base_licence, check_training, licence_in_readme, rights_warnings
from tunewright.flows.snapshots import outcomes, why_not
from tunewright.flows.status import status
from tunewright.flows.workspace import Workspace
from tunewright.registry.policy_file import default_policy_bytes
from tunewright.store.project import Project

STEPS = [{"use": "normalise"}, {"use": "malformed"}]


class Day:
    """A clock that stands where it is put."""

    def __init__(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def to(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).replace(tzinfo=UTC)


Open = Callable[..., Workspace]


@pytest.fixture
def day() -> Day:
    return Day("2026-03-01T12:00:00")


@pytest.fixture
def opened(tmp_path: Path, day: Day) -> Iterator[Open]:
    """``opened(source, ..., use={...}, root="w")``: a workspace with these sources, on the day of the clock."""
    found: list[Workspace] = []

    def open_with(*sources: dict[str, Any], use: dict[str, Any] | None = None, root: str = "w") -> Workspace:
        folder = tmp_path / root
        folder.mkdir(exist_ok=True)
        if not (folder / ".tunewright").exists():
            Project.create(folder, clock=day, actor="tester").close()
        told = {"model": {"name": "support"}, "data": {"sources": list(sources), "steps": STEPS}}
        if use:
            told["data"]["use"] = use
        (folder / "policy.yaml").write_bytes(default_policy_bytes())
        (folder / "tunewright.yaml").write_text(yaml.safe_dump(told))
        project = Project.open(folder, clock=day, actor="tester")
        found.append(Workspace(folder, load_configuration(folder / "tunewright.yaml"), project))
        return found[-1]

    yield open_with
    for ws in found:
        ws.close()


def source(path: Path, rows: list[dict[str, Any]], **facts: Any) -> dict[str, Any]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {"path": str(path), "form": "prompt_completion", **facts}


def dated(count: int, first: str, every: timedelta = timedelta(days=1)) -> list[dict[str, Any]]:
    start = datetime.fromisoformat(first)
    return [
        {**row, "created_at": (start + at * every).isoformat()} for at, row in enumerate(sound_rows(count))
    ]


def reasons(ws: Workspace) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in outcomes(ws):
        for reason in row["reasons"]:
            found[reason] = found.get(reason, 0) + 1
    return found


def test_a_build_refuses_before_it_reads_and_names_every_source_fact_and_remedy(
    opened: Open, tmp_path: Path
) -> None:
    ws = opened(
        {"path": "/nowhere/nc.jsonl", "form": "messages", "licence": "CC BY-NC 4.0"},
        {"path": "/nowhere/old.jsonl", "form": "messages", "received": "2025-03-01", "retention_days": 365},
        {"path": "/nowhere/ads.jsonl", "form": "messages", "purpose": "marketing", "licence": "MIT"},
        {"path": "/nowhere/own.jsonl", "form": "messages", "purpose": "support", "licence": "proprietary"},
        use={"purpose": "support"},
    )
    with pytest.raises(DataError) as refused:
        prepare(ws)
    assert refused.value.facts["sources"] == ["ads.jsonl", "nc.jsonl", "old.jsonl"]
    told = refused.value.facts["problems"]
    assert isinstance(told, list)
    assert [line.split(" (")[0] for line in told] == [
        "nc.jsonl: its licence cc-by-nc-4.0 allows no commercial use",
        "old.jsonl: its retention ended: it may not be used from 2026-03-01 on",
        "ads.jsonl: it was collected for marketing, not for support",
    ]
    assert all("(" in line for line in told)
    assert ws.project.records.find("source") == []


def test_another_use_is_another_answer(opened: Open, tmp_path: Path) -> None:
    given = source(
        tmp_path / "nc.jsonl", sound_rows(30), licence="https://creativecommons.org/licenses/by-nc/4.0/"
    )
    with pytest.raises(DataError, match="may not be used"):
        prepare(opened(given))
    summary = prepare(opened(given, use={"commercial": False}))
    assert summary.counts["kept"] == 30
    with pytest.raises(DataError, match="may not be used"):
        prepare(opened(given))  # back to a commercial use: the old snapshot is no answer


def test_an_organisation_that_says_so_refuses_what_nobody_licensed(opened: Open, tmp_path: Path) -> None:
    given = source(tmp_path / "t.jsonl", sound_rows(30))
    assert prepare(opened(given)).created
    with pytest.raises(DataError, match="it names no licence"):
        prepare(opened(given, use={"unknown": "refuse"}))
    assert prepare(opened({**given, "licence": "proprietary"}, use={"unknown": "refuse"})).created


def test_rows_are_dropped_with_their_reason_and_the_account_is_whole(opened: Open, tmp_path: Path) -> None:
    rows = sound_rows(60)
    ws = opened(
        source(tmp_path / "own.jsonl", rows[:30], licence="proprietary"),
        source(tmp_path / "nc.jsonl", rows[30:], licence="CC-BY-NC-4.0"),
        use={"blocked": "drop"},
    )
    summary = prepare(ws)
    assert (summary.counts["dropped"], summary.counts["examples"]) == (30, 30)
    assert reasons(ws) == {"licence:cc-by-nc-4.0": 30}
    fate = why_not(ws, f"nc.jsonl#{rows[30].get('id', '1')}")
    assert (fate.step, fate.outcome) == ("rights", "dropped")
    assert {e.origin.source for e in load_snapshot(summary.folder)} == {"own.jsonl"}
    kept = json.loads((summary.folder / "rights.json").read_text())
    assert [(line["source"], line["examples"]) for line in kept] == [("own.jsonl", 30)]
    assert not prepare(ws).created


def test_held_rows_wait_for_a_person_and_what_is_let_in_is_judged_again_at_the_gate(
    opened: Open, tmp_path: Path
) -> None:
    rows = sound_rows(40)
    ws = opened(
        source(tmp_path / "own.jsonl", rows[:30], licence="proprietary"),
        source(tmp_path / "nc.jsonl", rows[30:], licence="CC-BY-NC-4.0"),
        use={"blocked": "hold"},
    )
    assert prepare(ws).counts["held"] == 10
    (first, *_) = review_list(ws).findings
    assert first.kind == "rights"
    review_decide(ws, first.key, "dismissed")
    summary = prepare(ws)
    assert (summary.counts["held"], summary.counts["examples"]) == (9, 31)
    lines = {
        line["source"]: line["examples"] for line in json.loads((summary.folder / "rights.json").read_text())
    }
    assert lines == {"own.jsonl": 30, "nc.jsonl": 1}
    base = commit(ws.project, "tiny", kind="base", recipe={"name": "tiny", "digest": "d"})
    with pytest.raises(DataError, match=r"nc\.jsonl: its licence cc-by-nc-4\.0"):
        check_training(ws, ws.project.records.get(summary.ref), base)


def test_expired_rows_refuse_or_go_and_a_build_says_the_same_until_the_next_expires(
    opened: Open, tmp_path: Path, day: Day
) -> None:
    # Rows of 1 to 30 January, kept 40 days: the first may be used until 9 February, the source until 20 March.
    rows = dated(30, "2026-01-01")
    given = source(tmp_path / "t.jsonl", rows, received="2026-02-08", retention_days=40)
    day.to("2026-02-09T23:59:59")
    assert prepare(opened(given)).counts["kept"] == 30
    day.to("2026-02-10T00:00:00")
    with pytest.raises(DataError, match="1 rows may not be used") as refused:
        prepare(opened(given))
    assert refused.value.facts["sources"] == ["t.jsonl"]
    ws = opened(given, use={"blocked": "drop"})
    first = prepare(ws)
    assert (first.created, reasons(ws)) == (True, {"expired": 1})
    day.to("2026-02-10T23:59:59")
    assert not prepare(ws).created
    day.to("2026-02-11T00:00:00")
    second = prepare(ws)
    assert (second.created, reasons(ws)) == (True, {"expired": 2})
    assert digests(opened(given, use={"blocked": "drop"}, root="v")) == digests(ws)
    day.to("2026-03-20T00:00:00")
    with pytest.raises(DataError, match="nothing is left of 30 rows: expired 30"):
        prepare(ws)


def digests(ws: Workspace) -> tuple[str, str]:
    """Merkle root and recipe digest of a build."""
    summary: SnapshotSummary = prepare(ws)
    return summary.merkle_root, ws.project.records.get(summary.ref).recipe_digest


def test_the_day_of_a_build_is_no_part_of_it(opened: Open, tmp_path: Path, day: Day) -> None:
    """Built days apart with nothing expiring between: the same recipe, the same bytes."""
    rows = dated(30, "2026-01-01T22:00:00-05:00", timedelta(hours=1))
    given = source(tmp_path / "t.jsonl", rows, received="2026-02-20", retention_days=40)
    day.to("2026-02-11T00:00:00")  # 2 January is over, as UTC counts it; 3 January is not
    first = digests(opened(given, use={"blocked": "drop"}))
    assert prepare(opened(given, use={"blocked": "drop"})).counts["dropped"] == 21
    day.to("2026-02-11T23:59:59")
    assert digests(opened(given, use={"blocked": "drop"}, root="v")) == first


def test_a_workspace_without_rights_has_the_recipe_it_had(opened: Open, tmp_path: Path) -> None:
    ws = opened(source(tmp_path / "t.jsonl", sound_rows(30), licence="internal"))
    recipe = ws.project.records.get(prepare(ws).ref).recipe
    assert "use" not in recipe
    assert [step["name"] for step in recipe["steps"]] == ["normalise", "malformed"]


def test_a_wrong_declaration_names_its_place(opened: Open) -> None:
    with pytest.raises(ConfigError, match=r"data\.use\.comercial.*commercial"):
        opened({"path": "x", "form": "messages"}, use={"comercial": False})
    with pytest.raises(ConfigError, match="LicenseRef"):
        opened({"path": "x", "form": "messages"}, use={"licences": {"cc by-nc 4.0": {"commercial": True}}})


def promoted(ws: Workspace, **facts: Any) -> None:
    with_evidence(ws.project, new_version(ws.project, source=a_source(ws.project, **facts)))
    promote(ws, environment="dev")


def test_status_warns_before_a_source_expires_and_when_an_environment_serves_what_expired(
    opened: Open, day: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = {"licence": "CC-BY-SA-4.0", "received": "2026-02-20", "retention_days": 40}
    ws = opened({"path": "tickets.csv", "form": "messages", **facts})
    promoted(ws, **facts)
    assert rights_warnings(ws) == ("source tickets.csv may not be used from 2026-04-01 on: 31 days left",)[:0]
    day.to("2026-03-02T00:00:00")
    assert rights_warnings(ws) == (
        "source tickets.csv may not be used from 2026-04-01 on: 30 days left",
        "dev serves 1.0.0: its data may be used until 2026-03-31",
    )
    day.to("2026-04-01T00:00:00")
    expired = "its retention ended: it may not be used from 2026-04-01 on"
    assert rights_warnings(ws) == (
        f"source tickets.csv: {expired}",
        f"dev serves 1.0.0: tickets.csv: {expired}",
    )
    with pytest.raises(GateRefusedError, match="data-rights"):
        promote(ws, environment="staging")
    page = show(ws)
    assert page.rights.licences[0] == "tickets.csv: CC-BY-SA-4.0"
    assert page.rights.obligations == (
        "attribution (cc-by-sa-4.0): source tickets.csv", "share-alike (cc-by-sa-4.0): source tickets.csv",
    )  # fmt: skip
    assert (page.rights.ends, page.rights.objections) == ("2026-03-31", (f"tickets.csv: {expired}",))
    monkeypatch.chdir(ws.root)
    assert main(["model", "show"]) == 0
    shown = capsys.readouterr().out
    assert "share-alike (cc-by-sa-4.0): source tickets.csv" in shown
    assert "NOT ALLOWED" in shown


def test_status_shows_the_warnings(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = source(tmp_path / "t.jsonl", sound_rows(30), received="2020-01-01", retention_days=9)
    ws = opened(given)
    told = "source t.jsonl: its retention ended: it may not be used from 2020-01-10 on"
    assert status(ws).warnings == (told,)
    monkeypatch.chdir(ws.root)
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == [told]
    assert main(["status"]) == 0
    assert f"warning    {told}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: cc-by-nc-4.0\ntags: [x]\n---\n# Card", "cc-by-nc-4.0"),
        ("---\nlicense: other\nlicense_name: acme-community\n---\n", "acme-community"),
        ("---\nlicense: [mit, apache-2.0]\n---\n", "mit AND apache-2.0"),
        ("# no front matter\nlicense: mit", ""),
        ("---\nlicense: {a: 1}\n---\n", ""),
        ("---\n!!python/object/apply:os.system ['true']\n---\n", ""),
        ("---\n- a\n---\n", ""),
        ("", ""),
    ],
)
def test_the_licence_of_a_base_comes_from_its_card(card: str, licence: str, tmp_path: Path) -> None:
    assert licence_in_readme(card) == licence
    (tmp_path / "README.md").write_text(card)
    assert base_licence(tmp_path) == licence


def test_a_base_that_may_not_be_used_is_not_trained_on(opened: Open, tmp_path: Path) -> None:
    ws = opened(source(tmp_path / "t.jsonl", sound_rows(30), licence="proprietary"))
    snapshot = ws.project.records.get(prepare(ws).ref)
    base = commit(
        ws.project, "b", kind="base", recipe={"name": "acme/b", "digest": "d", "licence": "cc-by-nc-4.0"}
    )
    with pytest.raises(
        DataError, match=r"the base model acme/b: its licence cc-by-nc-4.0 allows no commercial use"
    ):
        check_training(ws, snapshot, base)
    builtin = commit(ws.project, "builtin", kind="base", recipe={"name": "tunewright/builtin", "digest": "e"})
    check_training(ws, snapshot, builtin)
