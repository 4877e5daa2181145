"""``tunewright model list|show|diff|verify``: what is recorded about model versions. Reads, never writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import plain
from tunewright.core.policy import ENVIRONMENTS, Evidence
from tunewright.core.types import Approval, Decision, Event, Record, Score, Waiver
from tunewright.flows.rights import ModelRights, model_rights
from tunewright.registry import aliases
from tunewright.registry.approvals import approvals_of, waivers_of
from tunewright.registry.case import evidence_of
from tunewright.registry.decisions import load_decision
from tunewright.registry.erased import tickets
from tunewright.registry.promote import REFUSE
from tunewright.registry.verify import verify_environment, verify_recorded_decision
from tunewright.registry.versions import find_model, parse_version, subject_of

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

_JUDGED = (aliases.PROMOTE, REFUSE)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line of ``model list``."""

    name: str
    version: str
    bump: str
    method: str
    made_at: str
    made_by: str
    subject_digest: str
    primary: str
    score: Score | None
    """the newest measurement of the primary metric"""
    base_score: Score | None
    evidence: tuple[str, ...]
    environments: tuple[str, ...]
    erased: int = 0
    """examples it was trained on that have been erased since: it is to be retrained"""


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Everything recorded about one version."""

    record: Record
    inputs: tuple[Record, ...]
    subject_digest: str
    environments: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    decisions: tuple[tuple[str, Decision], ...]
    """(digest, decision), oldest first; refused ones too"""
    approvals: tuple[Approval, ...]
    waivers: tuple[Waiver, ...]
    events: tuple[Event, ...]
    rights: ModelRights
    """licences behind it, what they ask for, and until when it may be used so"""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two versions."""

    what: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class ModelDiff:
    """What differs between two versions."""

    first: str
    second: str
    changes: tuple[Change, ...]
    same: tuple[str, ...]
    """parts that are byte for byte the same"""


@dataclass(frozen=True, slots=True)
class ModelVerification:
    """What was verified; a failure raises instead."""

    model: str
    records: tuple[str, ...]
    """records whose bytes are those recorded"""
    served: bool
    """the served bytes on this machine were read and have the registered digests; False without the train extra"""
    served_note: str
    decisions: tuple[str, ...]
    """decisions that were judged again and came out the same"""
    environments: tuple[str, ...]
    """environments that point here, with history, event and inclusion proof"""


def models(ws: Workspace, name: str = "") -> tuple[ModelRow, ...]:
    """Every version of the workspace's model (or of ``name``, or ``*``), lowest first."""
    wanted = None if name == "*" else name or ws.configuration.model.name
    records = ws.project.records.find("model", wanted)
    with ws.project.reader() as connection:
        placed = aliases.all_current(connection)
    primary = ws.configuration.evaluate.primary
    erased = {ticket.model.digest: ticket.trained_on for ticket in tickets(ws.project)}
    rows = []
    for record in sorted(records, key=lambda r: (r.ref.name, parse_version(r.ref.version))):
        evidence = evidence_of(ws.project, record)
        rows.append(
            ModelRow(
                name=record.ref.name,
                version=record.ref.version,
                bump=str(record.recipe["bump"]),
                method=str(record.recipe["method"]),
                made_at=str(plain(record.provenance.at_utc)),
                made_by=record.provenance.actor,
                subject_digest=subject_of(record),
                primary=primary,
                score=_newest(evidence, primary),
                base_score=_newest(evidence, f"base.{primary}"),
                evidence=tuple(str(item.ref) for item in evidence),
                environments=tuple(a.environment for a in placed if a.digest == record.ref.digest),
                erased=erased.get(record.ref.digest, 0),
            )
        )
    return tuple(rows)


def show(ws: Workspace, model: str = "") -> ModelPage:
    """Everything recorded about one version. Raises NotFoundError."""
    project = ws.project
    record = find_model(project, model, default_name=ws.configuration.model.name)
    with project.reader() as connection:
        placed = aliases.all_current(connection, record.ref.name)
    events = project.audit.events(subject=record.ref)
    return ModelPage(
        record=record,
        inputs=tuple(project.records.get(ref) for ref in record.inputs),
        subject_digest=subject_of(record),
        environments=tuple(alias.environment for alias in placed if alias.digest == record.ref.digest),
        evidence=evidence_of(project, record),
        decisions=_decisions(ws, events),
        approvals=approvals_of(project, subject_of(record)),
        waivers=waivers_of(project, subject_of(record)),
        events=tuple(events),
        rights=model_rights(ws, record),
    )


def diff(ws: Workspace, first: str, second: str) -> ModelDiff:
    """What differs between two versions: served bytes, inputs, recipe, newest scores. Raises NotFoundError."""
    name = ws.configuration.model.name
    a, b = (find_model(ws.project, text, default_name=name) for text in (first, second))
    one, two = _facts(ws, a), _facts(ws, b)
    changes, same = [], []
    for key in sorted({*one, *two}):
        left, right = one.get(key, "-"), two.get(key, "-")
        if left != right:
            changes.append(Change(key, left, right))
        elif key.startswith("served."):
            same.append(key.removeprefix("served."))
    return ModelDiff(
        f"{a.ref.name}@{a.ref.version}", f"{b.ref.name}@{b.ref.version}", tuple(changes), tuple(same)
    )


def verify_model(ws: Workspace, model: str = "") -> ModelVerification:
    """Recompute what can be recomputed about one version. Raises IntegrityError at the first thing that does not hold."""
    from tunewright.core.errors import EngineMissingError

    project = ws.project
    record = find_model(project, model, default_name=ws.configuration.model.name)
    chain = [record, *(project.records.get(ref) for ref in record.inputs)]
    chain += [project.records.get(item.ref) for item in evidence_of(project, record)]
    for part in chain:
        project.records.verify(part)
    served, note = True, ""
    try:
        from tunewright.flows.model_files import model_files

        model_files(ws, record)
    except (EngineMissingError, ImportError) as error:
        served, note = False, str(error)
    passed = [
        (text, decision)
        for text, decision in _decisions(ws, project.audit.events(subject=record.ref))
        if decision.verdict.outcome == "pass"
    ]
    for _text, decision in passed:
        verify_recorded_decision(project, decision)
    with project.reader() as connection:
        placed = [
            a for a in aliases.all_current(connection, record.ref.name) if a.digest == record.ref.digest
        ]
    for alias in placed:
        verify_environment(project, alias.model, alias.environment)
    return ModelVerification(
        model=f"{record.ref.name}@{record.ref.version}",
        records=tuple(str(part.ref) for part in chain),
        served=served,
        served_note=note,
        decisions=tuple(text for text, _ in passed),
        environments=tuple(alias.environment for alias in placed),
    )


def environments(
    ws: Workspace, model: str = ""
) -> tuple[tuple[aliases.Alias | None, tuple[aliases.Move, ...]], ...]:
    """For dev, staging and production: where it points and its history, oldest first."""
    name = model or ws.configuration.model.name
    with ws.project.reader() as connection:
        return tuple(
            (aliases.current(connection, name, e), tuple(aliases.history(connection, name, e)))
            for e in ENVIRONMENTS
        )


def _newest(evidence: tuple[Evidence, ...], metric: str) -> Score | None:
    for item in reversed(evidence):
        for score in item.scores:
            if score.metric == metric and not score.slice:
                return score
    return None


def _decisions(ws: Workspace, events: list[Event]) -> tuple[tuple[str, Decision], ...]:
    """Decisions these events recorded. Raises IntegrityError for one that is gone or changed."""
    digests = [str(event.body["decision_digest"]) for event in events if event.action in _JUDGED]
    with ws.project.reader() as connection:
        return tuple((text, load_decision(connection, text)) for text in dict.fromkeys(digests))


def _facts(ws: Workspace, record: Record) -> dict[str, str]:
    """A version as flat ``key: value`` text."""
    facts = {f"served.{part}": str(value)[:16] for part, value in record.recipe["served"].items()}
    facts["method"] = str(record.recipe["method"])
    for ref in record.inputs:
        facts[f"input.{ref.kind}"] = f"{ref.name}@{ref.version}"
        source = ws.project.records.get(ref)
        if ref.kind == "run":
            facts |= {f"recipe.{key}": value for key, value in _flat(source.recipe)}
    evidence = evidence_of(ws.project, record)
    for metric in dict.fromkeys(
        score.metric for item in evidence for score in item.scores if not score.slice
    ):
        score = _newest(evidence, metric)
        if score is not None:
            facts[f"score.{metric}"] = f"{score.value:.4f} [{score.low:.4f}, {score.high:.4f}] n={score.n}"
    return facts


def _flat(value: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, item in value.items():
        if isinstance(item, Mapping):
            rows += _flat(item, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", str(item)))
    return rows
