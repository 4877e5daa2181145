"""``tunewright data build``: read the sources, run the steps, record a snapshot.

What is read is the recorded copy of every source, so the digests in the record are those of the bytes that were used. The
same sources, golden sets, recipe and decisions answer with the snapshot that is already there. What the last snapshot's
build measured is not measured again (``tunewright.data.memory``); ``fresh`` does, and compares.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.errors import DataError
from tunewright.core.garbage import rare_collections
from tunewright.core.ports import Progress, SilentProgress
from tunewright.core.types import Record, Ref
from tunewright.data.budget import QualityTable, check_budget, quality_table
from tunewright.data.croissant import write_croissant
from tunewright.data.memory import Memory
from tunewright.data.outcomes import DROPPED, HELD
from tunewright.data.report import build_report, write_report
from tunewright.data.rights import write_rights
from tunewright.data.runner import PipelineResult
from tunewright.data.snapshot import load_manifest, write_snapshot
from tunewright.flows.build_plan import BuildPlan, check_configuration, known_snapshot, plan_build
from tunewright.flows.executors import run_on_workers
from tunewright.flows.lineage_log import lineage_run
from tunewright.flows.remembered import proved, remembered
from tunewright.flows.review_age import check_build, check_known
from tunewright.flows.review_board import store_index
from tunewright.flows.review_progress import publication
from tunewright.flows.source_changes import ChangeWatch, SourceChange
from tunewright.flows.sources import rows_of
from tunewright.registry.lookup_index import derive_early
from tunewright.store.files import writing

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """What a build found and made."""

    ref: Ref
    created: bool
    """False when this very snapshot was there already"""
    folder: Path
    report_html: Path
    merkle_root: str
    counts: Mapping[str, int]
    """source rows by outcome; ``examples``: examples in the snapshot"""
    splits: Mapping[str, int]
    steps: tuple[Mapping[str, Any], ...]
    """one entry a step: step, version, seen, kept, changed, dropped, held, added, reasons"""
    reasons: Mapping[str, int]
    """rows by reason, most frequent first"""
    findings: Mapping[str, int]
    """findings by kind"""
    sources: Mapping[str, str]
    """source -> its form"""
    canaries: int
    wall_s: float
    changes: tuple[SourceChange, ...] = ()
    """of every source that is another than in the snapshot before"""
    measured: int = 0
    """measurements and answers of steps that this build made"""
    remembered: int = 0
    """those it took from the build before"""
    warnings: tuple[str, ...] = ()
    """what a policy that only warns found on this day; no part of the snapshot"""
    unpublished: tuple[str, ...] = ()
    """why training refuses it (``data.review.max_open``); empty when it is published"""


def prepare(ws: Workspace, progress: Progress | None = None, *, fresh: bool = False) -> SnapshotSummary:
    """Build the snapshot of the workspace's present sources and recipe.

    fresh: measure everything again, whatever was remembered; where the very snapshot is there already, prove it.

    Raises ConfigError for a wrong step or option, DataError for an unreadable source, for one that may not be used so, or
    when too little is left, ConflictError while another build runs, IntegrityError when a fresh build differs from the
    snapshot that is there.
    """
    progress = progress or SilentProgress()
    started = time.perf_counter()
    check_configuration(ws)
    with ws.project.lease("data build"), rare_collections(), ExitStack() as stack:
        plan = plan_build(ws, progress)
        known = known_snapshot(ws, plan)
        if known is not None and not fresh:
            warnings = check_known(ws, known, progress)
            progress.note(f"nothing changed: {known.ref} is up to date")
            summary = summary_of(ws, known, created=False, wall_s=time.perf_counter() - started)
            return replace(summary, warnings=warnings)
        name = ws.configuration.model.name
        lineage = stack.enter_context(lineage_run(ws, f"{name}.build", plan.inputs, progress))
        watch = ChangeWatch(ws.project, plan.sources, ws.project.records.latest("snapshot", name))
        rows = watch.follow(rows_of(ws.project, plan.sources))
        memory = Memory() if fresh else remembered(ws, progress)
        result = run_on_workers(
            ws.configuration.runtime, rows, plan.steps, plan.needs, memory=memory, progress=progress
        )
        _enough(result)
        quality = quality_table(result.outcomes, result.kept)
        check_budget(quality, ws.configuration.data.quality_budget)
        warnings = check_build(ws, result, progress)
        changes = watch.changes()
        record = _commit(ws, plan, result, quality, memory, known)
        lineage.made = record
        found = (row.as_row() for row in result.outcomes if row.findings)
        store_index(ws.project, record, found, result.originals)
        derive_early(ws.project, record)
    summary = summary_of(ws, record, created=known is None, wall_s=time.perf_counter() - started)
    return replace(summary, changes=changes, warnings=warnings, measured=memory.made, remembered=memory.found)


def _enough(result: PipelineResult) -> None:
    """Refuse a snapshot nothing can be learned from."""
    rows = [row for row in result.outcomes if row.outcome not in (DROPPED, HELD)]
    if not rows:
        # The last reason is the one that dropped or held the row; every row has one.
        reasons = Counter((row.outcome, row.reasons[-1]) for row in result.outcomes)
        told = ", ".join(
            f"{reason} {count}{' (held)' if outcome == HELD else ''}"
            for (outcome, reason), count in reasons.most_common()
        )
        raise DataError(
            f"nothing is left of {len(result.outcomes)} rows: {told or 'the sources are empty'}",
            hint="check the form and columns of the sources, or decide what is held with `tunewright review list`",
            rows=len(result.outcomes),
        )


def _commit(
    ws: Workspace,
    plan: BuildPlan,
    result: PipelineResult,
    quality: QualityTable,
    memory: Memory,
    known: Record | None,
) -> Record:
    """Record the snapshot; where it is ``known`` already, only compare."""
    name = ws.configuration.model.name
    with writing("building the snapshot"), ws.project.staging() as folder:
        manifest = write_snapshot(
            result,
            folder,
            steps=plan.recipe["steps"],
            sources=[source.name for source in plan.sources],
            goldens=[golden.name for golden in plan.goldens],
            memory=memory,
        )
        options = {source.name: source.options for source in plan.sources}
        write_rights(result.kept, result.outcomes, options, folder)
        forms = {source.name: source.form for source in plan.sources}
        told = quality.as_dict(ws.configuration.data.quality_budget)
        report = build_report(result, manifest, plan.needs["detector"], name=name, forms=forms, quality=told)
        write_report(report, folder)
        accounts = [(source.name, source.account()) for source in plan.sources]
        write_croissant(folder, name=name, sources=accounts, recipe=plan.recipe)
        if known is not None:
            return proved(ws, known, folder)
        return ws.project.records.commit(
            kind="snapshot",
            name=name,
            version=ws.project.records.next_version("snapshot", name),
            inputs=plan.inputs,
            recipe=plan.recipe,
            files_dir=folder,
            seed=ws.configuration.data.seed,
            action="snapshot.build",
            body={
                "merkle_root": manifest.merkle_root,
                "counts": dict(manifest.counts),
                "splits": dict(manifest.splits),
            },
        )


def summary_of(ws: Workspace, record: Record, *, created: bool, wall_s: float) -> SnapshotSummary:
    """The summary of a recorded snapshot."""
    folder = ws.project.records.folder(record)
    manifest = load_manifest(folder)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    reasons: Counter[str] = Counter()
    for item in report["reasons"]:
        reasons[item["reason"]] += item["rows"]
    return SnapshotSummary(
        ref=record.ref,
        created=created,
        folder=folder,
        report_html=folder / "report.html",
        merkle_root=manifest.merkle_root,
        counts=manifest.counts,
        splits=manifest.splits,
        steps=tuple(report["steps"]),
        reasons=dict(reasons.most_common()),
        findings={item["kind"]: item["findings"] for item in report["findings"]},
        sources={item["source"]: item["form"] for item in report["sources"]},
        canaries=manifest.canaries,
        wall_s=wall_s,
        unpublished=publication(ws, record).over,
    )
