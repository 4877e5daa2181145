"""The gate's rule about rights: pure, dated, replayable; old cases and policies as they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fixtures.registered import ROLES, Clock, a_source, make_project, new_version, with_evidence
from tests.unit.registry.cases import NOW, case, rights, source_rights
from tunewright.core.canonical import canonical_json, digest, plain
from tunewright.core.errors import ConfigError, GateRefusedError, IntegrityError
from tunewright.core.judge import judge
from tunewright.core.policy import Case
from tunewright.core.types import Verdict
from tunewright.registry.policy_file import PolicyFile, default_policy_bytes, parse_policy
from tunewright.registry.promote import promote, verify_decision
from tunewright.registry.rights import Declared, snapshot_rights
from tunewright.store.project import Project

DEFAULT = parse_policy(default_policy_bytes())


def policy(rule: str = "{name: data-rights, kind: rights}") -> PolicyFile:
    evidence = "{name: e, kind: evidence, runs: [evaluate], max_age_days: 90}"
    return parse_policy(
        f"name: p\nversion: 1\nenvironments: {{production: {{rules: [{evidence}, {rule}]}}}}".encode()
    )


def judged(of: Case, rule: str = "{name: data-rights, kind: rights}", at: datetime = NOW) -> Verdict:
    return judge(policy(rule).policy, of, at).children[1]


def test_sources_that_may_be_used_pass_and_say_until_when() -> None:
    kept = source_rights(received="2026-01-01", retention_days=100)
    verdict = judged(case(rights=rights(kept, source_rights("MIT", kind="base", name="b"))))
    assert (verdict.outcome, verdict.because) == (
        "pass", "2 sources and base models may be used so; the first may not be used from 2026-04-11 on",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        (datetime(2026, 4, 10, 23, 59, 59, tzinfo=UTC), "pass"),
        (datetime(2026, 4, 11, 0, 0, 0, tzinfo=UTC), "fail"),
        (datetime.fromisoformat("2026-04-11T01:00:00+02:00"), "pass"),
        (datetime.fromisoformat("2026-04-10T20:00:00-05:00"), "fail"),
    ],
)
def test_the_day_is_the_utc_day_of_the_judgement(moment: datetime, outcome: str) -> None:
    kept = source_rights(received="2026-01-01", retention_days=100)
    assert judged(case(rights=rights(kept)), at=moment).outcome == outcome


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ("{name: data-rights, kind: rights}", "fail"),
        ("{name: data-rights, kind: rights, commercial: false}", "pass"),
    ],
)
def test_the_environment_s_use_goes_before_the_declared_one(rule: str, outcome: str) -> None:
    verdict = judged(case(rights=rights(source_rights("cc by-nc 4.0"))), rule)
    assert verdict.outcome == outcome
    assert (
        outcome == "pass"
        or verdict.because == "tickets.csv: its licence cc-by-nc-4.0 allows no commercial use"
    )


@pytest.mark.parametrize("rule", ["unknown: refuse", "purpose: support, unknown: refuse", "distribute: true"])
def test_a_stricter_environment_refuses_what_the_workspace_allows(rule: str) -> None:
    of = case(rights=rights(source_rights("our own terms")))
    assert judged(of).outcome == "pass"
    strict = judged(
        case(rights=rights(source_rights("proprietary"))) if "distribute" in rule else of,
        f"{{name: data-rights, kind: rights, {rule}}}",
    )
    assert strict.outcome == "fail"


def test_missing_rights_are_never_a_pass() -> None:
    assert judged(case(rights=None)).outcome == "invalid"
    only_base = rights(source_rights("MIT", kind="base"))
    assert judged(case(rights=only_base)).outcome == "inconclusive"


def test_unknown_keys_name_the_nearest() -> None:
    with pytest.raises(ConfigError, match="nearest known key is `commercial`"):
        policy("{name: data-rights, kind: rights, comercial: true}")


def test_a_case_from_before_has_its_digest_and_verdict() -> None:
    """What was stored before the field existed is read, and digested, as it was."""
    stored = {key: value for key, value in plain(case()).items() if key != "rights"}
    again = Case.model_validate(json.loads(canonical_json(stored)))
    assert digest(again) == digest(stored)
    assert "rights" not in plain(again)
    assert judge(DEFAULT.policy, case(), NOW).outcome == "pass"


def to_staging(project: Project, declared: Declared | None = None) -> None:
    (model,) = project.records.find("model", "support")
    promote(project, DEFAULT, model, "staging", primary="exact_match", roles=ROLES, declared=declared)


def test_a_source_that_expires_after_training_stops_the_next_promotion_and_no_old_decision(
    tmp_path: Path,
) -> None:
    facts = {"licence": "proprietary", "received": "2026-02-01", "retention_days": 30}
    clock = Clock()
    with Project.create(tmp_path / "p", clock=clock, actor="alice") as project:
        source = a_source(project, **facts)
        model = new_version(project, source=source)
        with_evidence(project, model)
        to_staging(project)
        first = verify_decision(project, "support", "staging")
        clock.at += timedelta(days=3)
        with pytest.raises(GateRefusedError) as refused:
            to_staging(project)
        assert "data-rights: tickets.csv: its retention ended" in refused.value.hint
        assert verify_decision(project, "support", "staging") == first


def test_a_licence_withdrawn_in_the_configuration_stops_the_promotion(tmp_path: Path) -> None:
    with make_project(tmp_path / "p") as project:
        with_evidence(project, new_version(project))
        now = {"licence": "NONE", "purpose": "", "received": "", "retention_days": None}
        with pytest.raises(GateRefusedError, match="data-rights") as refused:
            to_staging(project, Declared(sources={"tickets.csv": now}))
        assert "tickets.csv (as configured now): its licence none allows nothing" in refused.value.hint
        to_staging(project, Declared(sources={"tickets.csv": {**now, "licence": "MIT"}}))


def test_a_base_for_research_stops_the_promotion(tmp_path: Path) -> None:
    with make_project(tmp_path / "p") as project:
        with_evidence(project, new_version(project))
        with pytest.raises(GateRefusedError, match="data-rights") as refused:
            to_staging(project, Declared(base="tiny", base_licence="CC-BY-NC-4.0"))
        assert "base model tiny" in refused.value.hint


def test_an_edited_rights_file_is_seen(tmp_path: Path) -> None:
    with make_project(tmp_path / "p") as project:
        line = {"source": "t", "licence": "CC-BY-NC-4.0", "purpose": "", "received": "", "examples": 3}
        with project.staging() as folder:
            (folder / "rights.json").write_text(json.dumps([line]))
            record = project.records.commit(
                kind="snapshot",
                name="support",
                version="1",
                inputs=(),
                recipe={},
                files_dir=folder,
                action="x.y",
            )
        (found,) = snapshot_rights(project, record, Declared())
        assert (found.name, found.examples, found.licence.choices[0][0].commercial) == ("t", 3, False)
        path = project.records.folder(record) / "rights.json"
        path.parent.chmod(0o700)
        path.chmod(0o600)
        path.write_text(json.dumps([{**line, "licence": "MIT"}]))
        with pytest.raises(IntegrityError, match=r"rights\.json"):
            snapshot_rights(project, record, Declared())
