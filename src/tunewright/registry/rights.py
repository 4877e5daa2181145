"""The sources and the base model behind a version, with what is recorded and what is configured about their rights.

A snapshot keeps ``rights.json``: examples by source, licence and purpose, and the earliest day its rows state. Of one that
was built before that file existed the source records are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunewright.core.canonical import sha256_bytes
from tunewright.core.errors import IntegrityError
from tunewright.core.licences import DeclaredTerms, read_licence
from tunewright.core.rights import CaseRights, SourceRights, Use
from tunewright.core.types import Record
from tunewright.store.project import Project

RIGHTS = "rights.json"
BUILTIN_BASE, BUILTIN_LICENCE = "tunewright/builtin", "Apache-2.0 AND PSF-2.0"
_FACTS = ("licence", "purpose", "received", "retention_days")


@dataclass(frozen=True, slots=True)
class Declared:
    """What the configuration says today."""

    use: Use = field(default_factory=Use)
    licences: Mapping[str, DeclaredTerms] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """source -> licence, purpose, received, retention_days"""
    base: str = ""
    """the base the licence below is about, as its record names it"""
    base_licence: str = ""


def case_rights(project: Project, model: Record, declared: Declared) -> CaseRights:
    """Everything a rule of kind ``rights`` is judged on, for this version. Raises IntegrityError for a damaged file."""
    inputs = {ref.kind: project.records.get(ref) for ref in model.inputs}
    return rights_of(project, inputs.get("snapshot"), inputs.get("base"), declared)


def rights_of(
    project: Project, snapshot: Record | None, base: Record | None, declared: Declared
) -> CaseRights:
    """The same for a snapshot and a base that are not a version yet."""
    found = [] if snapshot is None else snapshot_rights(project, snapshot, declared)
    found += [] if base is None else _base_rights(base, declared)
    return CaseRights(use=declared.use, sources=tuple(found))


def snapshot_rights(project: Project, snapshot: Record, declared: Declared) -> list[SourceRights]:
    """One line a source, licence and purpose with examples in the snapshot; a second line where the configuration says
    something else of the source today. Raises IntegrityError for a damaged ``rights.json``."""
    found: list[SourceRights] = []
    for line in _lines(project, snapshot):
        found.append(_source(line, declared.licences, "recorded"))
        now = declared.sources.get(str(line["source"]))
        if now is not None and any((now.get(key) or None) != (line.get(key) or None) for key in _FACTS):
            configured = {**line, **{key: now.get(key) for key in _FACTS}}
            again = _source(configured, declared.licences, "configured")
            if again not in found:
                found.append(again)
    return found


def _source(line: Mapping[str, Any], licences: Mapping[str, DeclaredTerms], said: Any) -> SourceRights:
    return SourceRights(
        name=str(line["source"]),
        said=said,
        licence=read_licence(str(line.get("licence") or ""), licences),
        purpose=str(line.get("purpose") or ""),
        received=str(line.get("received") or ""),
        retention_days=line.get("retention_days"),
        oldest=str(line.get("oldest") or ""),
        examples=int(line.get("examples") or 0),
    )


def _lines(project: Project, snapshot: Record) -> list[dict[str, Any]]:
    kept = next((entry for entry in project.records.present_files(snapshot) if entry.path == RIGHTS), None)
    if kept is None:
        sources = [project.records.get(ref) for ref in snapshot.inputs if ref.kind == "source"]
        return [
            {"source": record.ref.name, **{key: record.recipe.get(key) for key in _FACTS}}
            for record in sources
        ]
    path = project.records.folder(snapshot) / RIGHTS
    try:
        raw = path.read_bytes()
        lines: list[dict[str, Any]] = json.loads(raw)
    except (OSError, ValueError) as error:
        raise _damaged(snapshot) from error
    if sha256_bytes(raw) != kept.digest:
        raise _damaged(snapshot)
    return lines


def _damaged(snapshot: Record) -> IntegrityError:
    return IntegrityError(
        f"{RIGHTS} of {snapshot.ref} is not what was recorded",
        hint="restore .tunewright/records from the backup, or build again",
        snapshot=str(snapshot.ref),
    )


def _base_rights(base: Record, declared: Declared) -> list[SourceRights]:
    """The base model's licence: what the configuration says of it, else what its model card said when it was recorded."""
    name = str(base.recipe.get("name", base.ref.name))
    recorded = str(base.recipe.get("licence", "")) or (BUILTIN_LICENCE if name == BUILTIN_BASE else "")
    now = declared.base_licence if declared.base == name else ""
    return [
        SourceRights(
            kind="base",
            name=name,
            said="configured" if now else "recorded",
            licence=read_licence(now or recorded, declared.licences),
        )
    ]
