"""``tunewright monitor``: usage, feedback and drift of inputs, by served version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tunewright.core.errors import NotFoundError
from tunewright.core.ports import Progress, SilentProgress
from tunewright.data.mix import is_general
from tunewright.data.snapshot import load_snapshot
from tunewright.monitor.drift import FeatureDrift, Reference, worst
from tunewright.monitor.usage import Served, Usage, feedback_on, newest_exchanges, summarise

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class VersionReport:
    """One served version over the window."""

    model: str
    version: str
    subject_digest: str
    usage: Usage
    drift: str
    """stable, drifted or inconclusive"""
    because: str
    """why it is inconclusive, or which features drifted; empty when stable"""
    features: tuple[FeatureDrift, ...]
    snapshot: str
    """the training snapshot compared against"""
    reference_prompts: int


@dataclass(frozen=True, slots=True)
class MonitorReport:
    """Every version that answered within the window, newest first."""

    versions: tuple[VersionReport, ...]
    exchanges: int
    window: int
    min_exchanges: int
    psi_alert: float

    @property
    def drifted(self) -> bool:
        """Whether any version's inputs have drifted."""
        return any(version.drift == "drifted" for version in self.versions)


def watch(ws: Workspace, progress: Progress | None = None) -> MonitorReport:
    """Look at the newest exchanges."""
    progress = progress or SilentProgress()
    options = ws.configuration.monitor
    served = newest_exchanges(ws.project, options.window)
    groups: dict[tuple[str, str, str], list[Served]] = {}
    for item in served:
        groups.setdefault((item.model, item.version, item.subject_digest), []).append(item)
    judged = feedback_on(ws.project, [item.id for item in served])
    references: dict[str, Reference] = {}
    found = []
    with progress.task("versions", len(groups)) as advance:
        for (model, version, subject), items in groups.items():
            drift = _drift(ws, model, version, items, references)
            found.append(
                VersionReport(
                    model=model,
                    version=version,
                    subject_digest=subject,
                    usage=summarise(items, judged),
                    drift=drift.outcome,
                    because=drift.because,
                    features=drift.features,
                    snapshot=drift.snapshot,
                    reference_prompts=drift.prompts,
                )
            )
            advance(1)
    found.sort(key=lambda report: report.usage.last_at, reverse=True)
    return MonitorReport(tuple(found), len(served), options.window, options.min_exchanges, options.psi_alert)


@dataclass(frozen=True, slots=True)
class _Drift:
    outcome: str
    because: str
    features: tuple[FeatureDrift, ...] = ()
    snapshot: str = ""
    prompts: int = 0


def _drift(
    ws: Workspace, model: str, version: str, items: Sequence[Served], references: dict[str, Reference]
) -> _Drift:
    options = ws.configuration.monitor
    try:
        record = ws.project.records.get("model", model, version)
    except NotFoundError as error:
        return _Drift("inconclusive", error.what)
    ref = next((ref for ref in record.inputs if ref.kind == "snapshot"), None)
    if ref is None:
        return _Drift("inconclusive", f"{record.ref} names no training snapshot")
    if len(items) < options.min_exchanges:
        return _Drift(
            "inconclusive", f"{len(items)} of at least {options.min_exchanges} exchanges", (), str(ref)
        )
    if ref.digest not in references:
        folder = ws.project.records.folder(ws.project.records.by_digest(ref.digest))
        references[ref.digest] = Reference(training_prompts(folder))
    reference = references[ref.digest]
    features = reference.compare(
        [item.prompt for item in items], psi_alert=options.psi_alert, min_count=options.min_exchanges
    )
    drifted = [feature.feature for feature in features if feature.outcome == "drifted"]
    because = f"PSI above its threshold: {', '.join(drifted)}" if drifted else ""
    return _Drift(worst(features), because, features, str(ref), reference.size)


def training_prompts(folder: Path) -> list[str]:
    """The last user message of every training example of a snapshot; planted canaries and general data are not what users
    send."""
    found = []
    for example in load_snapshot(folder, "train"):
        asked = [message.content for message in example.messages if message.role == "user"]
        if asked and not example.label("canary") and not is_general(example):
            found.append(asked[-1])
    return found
