"""What was changed between two builds: recipes, sources, golden sets, and the decisions people took in between."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tunewright.core.canonical import digest, utc_text
from tunewright.core.types import Record, Ref
from tunewright.data.diff_inputs import Inputs, compare_inputs
from tunewright.data.review import read_votes
from tunewright.data.review_votes import Vote, effective
from tunewright.data.snapshot import load_manifest

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

_LATE_VOTES = 50


def inputs_between(ws: Workspace, before: Record, after: Record) -> Inputs:
    """How the recipes and inputs of two snapshots differ. Raises NotFoundError, IntegrityError."""
    folders = ws.project.records.folder(before), ws.project.records.folder(after)
    old, new = (load_manifest(folder) for folder in folders)
    versions = before.provenance.code_version, after.provenance.code_version
    return compare_inputs(
        before.recipe,
        after.recipe,
        (old.steps, new.steps),
        sources=_sources(ws, before, after),
        goldens=_goldens(before, after),
        decisions=_decisions(ws, before, after),
        program=f"{versions[0]} -> {versions[1]}" if versions[0] != versions[1] else "",
    )


def _named(record: Record, kind: str) -> dict[str, Ref]:
    return {ref.name: ref for ref in record.inputs if ref.kind == kind}


def _sources(ws: Workspace, before: Record, after: Record) -> dict[str, str]:
    old, new = _named(before, "source"), _named(after, "source")
    found = {}
    for name in dict.fromkeys([*old, *new]):
        if name not in old:
            found[name] = "new"
        elif name not in new:
            found[name] = "gone"
        elif old[name].digest != new[name].digest:
            records = [ws.project.records.get(ref) for ref in (old[name], new[name])]
            now = [ws.project.records.present_files(record) for record in records]
            if records[0].files == records[1].files:
                found[name] = "described"
            elif now[0] == now[1]:
                # The bytes are the same since rows were erased from both.
                found[name] = "erased" if records[0].recipe == records[1].recipe else "described"
            else:
                found[name] = "changed"
    return found


def _goldens(before: Record, after: Record) -> tuple[str, ...]:
    old, new = _named(before, "golden"), _named(after, "golden")
    return tuple(name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name))


def _decisions(ws: Workspace, before: Record, after: Record) -> dict[str, str]:
    """finding -> ``open -> dismissed``, for findings that stood otherwise at the two builds."""
    if before.recipe.get("reviews") == after.recipe.get("reviews"):
        return {}
    votes = read_votes(ws.project)
    old, new = (_decided(ws, votes, record) for record in (before, after))
    return {
        key: f"{old.get(key, 'open')} -> {new.get(key, 'open')}"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    }


def _decided(ws: Workspace, votes: Sequence[Vote], record: Record) -> Mapping[str, str]:
    """What counted when a snapshot was built. A build takes the votes of its beginning and is recorded at its end, so of
    the last votes before that those are left out that its recipe does not know."""
    options = ws.configuration.data.review
    end = bisect_left([vote.at for vote in votes], utc_text(record.provenance.at_utc))
    for cut in range(end, max(-1, end - _LATE_VOTES - 1), -1):
        found = effective(votes[:cut], options)
        if digest(found) == record.recipe.get("reviews"):
            return found
    return effective(votes[:end], options)
