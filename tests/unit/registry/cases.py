"""Cases to judge, built from a passing one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tunewright.core.licences import read_licence
from tunewright.core.policy import Case, Evidence, Holder
from tunewright.core.rights import CaseRights, SourceRights, Use
from tunewright.core.types import Approval, Ref, Score, Waiver

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SUBJECT = "5" * 64
OTHER_SUBJECT = "6" * 64


def ref(kind: str, name: str, version: str, fill: str = "a") -> Ref:
    return Ref(kind=kind, name=name, version=version, digest=fill * 64)


def score(metric: str, value: float, half: float = 0.02, n: int = 500, slice_: str = "") -> Score:
    return Score(
        metric=metric,
        value=value,
        low=value - half,
        high=value + half,
        n=n,
        slice=slice_,
        signature="test|v:1",
    )


GOOD_EVALUATION = (
    score("exact_match", 0.8),
    score("base.exact_match", 0.05),
    score("difference.exact_match", 0.75),
    score("json_valid", 0.98),
)
GOOD_ATTACKS = (
    score("membership_auc", 0.6),
    score("membership_auc_base", 0.5),
    score("canary_extracted:1x", 0.1, 0.1, 12),
    score("canary_exposure:1x", 2.0, 0.5, 16),
    score("canary_exposure:4x", 4.0, 0.5, 16),
)


def evaluation(**changes: Any) -> Evidence:
    fields: dict[str, Any] = {
        "ref": ref("run", "evaluate", "1"),
        "run": "evaluate",
        "subject_digest": SUBJECT,
        "at": NOW - timedelta(days=1),
        "scores": GOOD_EVALUATION,
    }
    return Evidence(**{**fields, **changes})


def attacks(**changes: Any) -> Evidence:
    fields: dict[str, Any] = {
        "ref": ref("run", "redteam", "1", "b"),
        "run": "redteam",
        "subject_digest": SUBJECT,
        "at": NOW - timedelta(days=1),
        "scores": GOOD_ATTACKS,
    }
    return Evidence(**{**fields, **changes})


def approval(actor: str = "carol", **changes: Any) -> Approval:
    fields: dict[str, Any] = {
        "subject_digest": SUBJECT,
        "environment": "production",
        "actor": actor,
        "role": "approver",
        "note": "",
        "at": NOW - timedelta(hours=1),
    }
    return Approval(**{**fields, **changes})


def waiver(rule: str, **changes: Any) -> Waiver:
    fields: dict[str, Any] = {
        "subject_digest": SUBJECT,
        "rule": rule,
        "reason": "measured again next week",
        "approver": "carol",
        "expires_at": NOW + timedelta(days=7),
    }
    return Waiver(**{**fields, **changes})


def source_rights(licence: str = "proprietary", **changes: Any) -> SourceRights:
    return SourceRights(
        **{"name": "tickets.csv", "licence": read_licence(licence), "examples": 900, **changes}
    )


def rights(*sources: SourceRights, **use: Any) -> CaseRights:
    return CaseRights(use=Use(**use), sources=sources or (source_rights(),))


def case(**changes: Any) -> Case:
    fields: dict[str, Any] = {
        "model": ref("model", "support", "1.0.0", "c"),
        "environment": "production",
        "subject_digest": SUBJECT,
        "actor": "bob",
        "authors": ("alice",),
        "primary": "exact_match",
        "evidence": (evaluation(), attacks()),
        "approvals": (approval(),),
        "waivers": (),
        "roles": {"approver": ("carol", "alice", "bob")},
        "held": ("staging",),
        "production": None,
        "rights": rights(),
    }
    return Case(**{**fields, **changes})


def other_in_production() -> Holder:
    return Holder(model=ref("model", "support", "0.9.0", "d"), subject_digest=OTHER_SUBJECT)
