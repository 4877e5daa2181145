"""What was changed between two builds: recipes, sources, golden sets, and the decisions people took in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunewright.core.types import Record, Ref
from tunewright.data.diff_inputs import Inputs, compare_inputs
from tunewright.data.snapshot import load_manifest
from tunewright.store.project import Project


def inputs_between(project: Project, before: Record, after: Record) -> Inputs:
    """How the recipes and inputs of two snapshots differ. Raises NotFoundError, IntegrityError."""
    folders = project.records.folder(before), project.records.folder(after)
    old, new = (load_manifest(folder) for folder in folders)
    versions = before.provenance.code_version, after.provenance.code_version
    return compare_inputs(
        before.recipe,
        after.recipe,
        (old.steps, new.steps),
        sources=_sources(project, before, after),
        goldens=_goldens(before, after),
        decisions=_decisions(project, before, after),
        program=f"{versions[0]} -> {versions[1]}" if versions[0] != versions[1] else "",
    )


def _named(record: Record, kind: str) -> dict[str, Ref]:
    return {ref.name: ref for ref in record.inputs if ref.kind == kind}


def _sources(project: Project, before: Record, after: Record) -> dict[str, str]:
    old, new = _named(before, "source"), _named(after, "source")
    found = {}
    for name in dict.fromkeys([*old, *new]):
        if name not in old:
            found[name] = "new"
        elif name not in new:
            found[name] = "gone"
        elif old[name].digest != new[name].digest:
            bytes_of = [project.records.get(ref).files for ref in (old[name], new[name])]
            found[name] = "described" if bytes_of[0] == bytes_of[1] else "changed"
    return found


def _goldens(before: Record, after: Record) -> tuple[str, ...]:
    old, new = _named(before, "golden"), _named(after, "golden")
    return tuple(name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name))


def _decisions(project: Project, before: Record, after: Record) -> dict[str, str]:
    """finding -> ``open -> dismissed``, for findings that were decided otherwise at the two builds.

    From the audit log: a decision counts for a build when its event stands before that of the build.
    """
    if before.recipe.get("reviews") == after.recipe.get("reviews"):
        return {}
    built = {event.subject.digest: event.seq for event in project.audit.events(action="snapshot.build")}
    old = _decided(project, built.get(before.ref.digest, 0))
    new = _decided(project, built.get(after.ref.digest, 0))
    return {
        key: f"{old.get(key, 'open')} -> {new.get(key, 'open')}"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    }


def _decided(project: Project, until: int) -> Mapping[str, Any]:
    return {
        str(event.body["finding"]): str(event.body["decision"])
        for event in project.audit.events(action="review.decide")
        if event.seq < until and "finding" in event.body
    }
