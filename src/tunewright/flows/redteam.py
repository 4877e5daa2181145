"""``tunewright redteam``: attack a model version with what its training left behind; recorded as evidence."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import plain
from tunewright.core.errors import ConfigError
from tunewright.core.ports import Generator, LossScorer, Progress, SilentProgress
from tunewright.core.types import Message, Record, Ref, Score
from tunewright.data.snapshot import load_canaries, load_snapshot
from tunewright.flows.lineage_log import say_recorded
from tunewright.flows.model_files import ModelFiles, model_files
from tunewright.redteam import membership
from tunewright.redteam.exposure import Canary, CanaryResult, measure
from tunewright.redteam.extraction import extract, extraction_scores
from tunewright.redteam.membership import MembershipResult
from tunewright.redteam.report import Attacks, render
from tunewright.registry.versions import find_model

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

ENGINE = "transformers"
ATTACKS = ("membership", "canaries")


@dataclass(frozen=True, slots=True)
class RedteamReport:
    """What the attacks found."""

    run: Ref
    model: Ref
    base: Ref
    snapshot: Ref
    subject_digest: str
    attacks: tuple[str, ...]
    """those that were run"""
    scores: tuple[Score, ...]
    control_holds: bool | None
    """membership's negative control; None when that attack was not run"""
    conclusive: bool | None
    """whether there were enough non-members for the rate at 1 % false positives"""
    notes: tuple[str, ...]
    folder: Path
    report_html: Path
    wall_s: float


def redteam(ws: Workspace, model: str = "", *, progress: Progress | None = None) -> RedteamReport:
    """Attack a version (``support@1.2.0``, ``1.2.0``; the newest by default) and record the result.

    Raises ConfigError for an unknown attack, NotFoundError for the version, DataError when the snapshot holds out too
    little, IntegrityError when bytes are not those registered, EngineMissingError without the train extra.
    """
    from tunewright import engines

    progress = progress or SilentProgress()
    started = time.perf_counter()
    wanted = _wanted(ws)
    engines.find("perplexity", ENGINE)
    with ws.project.lease("redteam"):
        record = find_model(ws.project, model, default_name=ws.configuration.model.name)
        files = model_files(ws, record)
        ws.project.records.verify(files.snapshot)
        base, tuned = (_scorer(ws, files, weights) for weights in (None, files.weights_dir))
        members = _membership(ws, files, base, tuned, progress) if "membership" in wanted else None
        canaries = _canaries(ws, files, base, tuned, progress) if "canaries" in wanted else None
        notes = () if canaries is not None or "canaries" not in wanted else (_NO_CANARIES,)
        scores = (*(members.scores if members else ()), *(canaries.scores if canaries else ()))
        shown = Attacks(
            model=str(record.ref),
            base=str(files.base.ref),
            snapshot=str(files.snapshot.ref),
            subject_digest=files.subject_digest,
            membership=members,
            canaries=canaries,
            notes=notes,
        )
        with ws.project.staging() as folder:
            _write(folder, shown)
            run = _commit(ws, record, files, folder, scores)
    say_recorded(ws, run, progress)
    told = (*notes, *(members.notes if members else ()), *(canaries.notes if canaries else ()))
    where = ws.project.records.folder(run)
    return RedteamReport(
        run=run.ref,
        model=record.ref,
        base=files.base.ref,
        snapshot=files.snapshot.ref,
        subject_digest=files.subject_digest,
        attacks=tuple(
            name for name, done in (("membership", members), ("canaries", canaries)) if done is not None
        ),
        scores=run.scores,
        control_holds=members.control_holds if members else None,
        conclusive=members.conclusive if members else None,
        notes=told,
        folder=where,
        report_html=where / "report.html",
        wall_s=round(time.perf_counter() - started, 3),
    )


_NO_CANARIES = "No canaries were planted in this snapshot, so memorisation of secrets was not measured."


def _wanted(ws: Workspace) -> tuple[str, ...]:
    wanted = ws.configuration.redteam.attacks
    unknown = sorted(set(wanted) - set(ATTACKS))
    if unknown or not wanted:
        what = f"there is no attack {unknown[0]!r}" if unknown else "redteam.attacks is empty"
        raise ConfigError(what, hint=f"known attacks: {', '.join(ATTACKS)}")
    return wanted


def _scorer(ws: Workspace, files: ModelFiles, weights_dir: Path | None) -> LossScorer:
    from tunewright import engines

    scorer: LossScorer = engines.load(
        "perplexity",
        ENGINE,
        base_dir=files.base_dir,
        weights_dir=weights_dir,
        threads=ws.configuration.runtime.threads,
    )
    return scorer


def _membership(
    ws: Workspace, files: ModelFiles, base: LossScorer, tuned: LossScorer, progress: Progress
) -> MembershipResult:
    folder = ws.project.records.folder(files.snapshot)
    limit = ws.configuration.redteam.membership_items
    held_out = [*load_snapshot(folder, "validation"), *load_snapshot(folder, "test")]
    members = membership.choose(load_snapshot(folder, "train"), limit, "member")
    others = membership.choose(held_out, limit, "non-member")
    everyone = [*members, *others]
    before = membership.losses_of(base, everyone, progress, "losses of the base")
    after = membership.losses_of(tuned, everyone, progress, "losses of the tuned model")
    return membership.attack(members, others, before, after)


def _canaries(
    ws: Workspace, files: ModelFiles, base: LossScorer, tuned: LossScorer, progress: Progress
) -> CanaryResult | None:
    planted = [
        Canary(
            id=secret.id,
            repetitions=secret.repetitions,
            prompt=tuple(Message(role, content) for role, content in secret.prompt_messages),
            template=secret.template,
            secret=secret.secret,
            alphabet=secret.alphabet,
            length=secret.length,
        )
        for secret in load_canaries(ws.project.records.folder(files.snapshot))
    ]
    if not planted:
        return None
    count = ws.configuration.redteam.canary_references
    found = measure(planted, base, tuned, count=count, seed=0, progress=progress)
    extracted = extract(planted, _generator(ws, files))
    return replace(
        found,
        scores=(*found.scores, *extraction_scores(planted, extracted)),
        exposed=tuple(replace(item, extracted=extracted[item.id]) for item in found.exposed),
    )


def _generator(ws: Workspace, files: ModelFiles) -> Generator:
    from tunewright import engines

    generator: Generator = engines.load(
        "generate",
        ENGINE,
        base_dir=files.base_dir,
        weights_dir=files.weights_dir,
        threads=ws.configuration.runtime.threads,
    )
    return generator


def _write(folder: Path, shown: Attacks) -> None:
    found = {"membership": _membership_json(shown.membership), "canaries": _canaries_json(shown.canaries)}
    text = json.dumps({**found, "notes": list(shown.notes)}, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "attacks.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.html").write_text(render(shown), encoding="utf-8")
    if shown.membership is not None:
        _write_candidates(folder / "membership.parquet", shown.membership)


def _membership_json(found: MembershipResult | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "scores": [plain(score) for score in found.scores],
        "members": found.members,
        "non_members": found.non_members,
        "left_out": found.left_out,
        "threshold": found.threshold if math.isfinite(found.threshold) else None,
        "control_holds": found.control_holds,
        "conclusive": found.conclusive,
        "notes": list(found.notes),
    }


def _canaries_json(found: CanaryResult | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "scores": [plain(score) for score in found.scores],
        "canaries": [asdict(item) for item in found.exposed],
        "references": found.references,
        "ceiling_bits": found.ceiling_bits,
        "positive_control_found": found.positive_control_found,
        "notes": list(found.notes),
    }


def _write_candidates(path: Path, found: MembershipResult) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = found.candidates
    table = pa.table(
        {
            "example": [row.example.id for row in rows],
            "source": [row.example.origin.source for row in rows],
            "record": [row.example.origin.locator for row in rows],
            "member": [row.member for row in rows],
            "loss_base": [row.base_loss for row in rows],
            "loss_tuned": [row.tuned_loss for row in rows],
            "score": [row.score for row in rows],
        }
    )
    pq.write_table(table, path, compression="zstd")


def _commit(ws: Workspace, model: Record, files: ModelFiles, folder: Path, scores: Sequence[Score]) -> Record:
    records = ws.project.records
    return records.commit(
        kind="run",
        name="redteam",
        version=records.next_version("run", "redteam"),
        inputs=(model.ref, files.snapshot.ref, files.base.ref),
        recipe={
            "redteam": plain(ws.configuration.redteam),
            "subject_digest": files.subject_digest,
            "threads": ws.configuration.runtime.threads,
        },
        files_dir=folder,
        scores=tuple(scores),
        action="run.redteam",
        body={"subject_digest": files.subject_digest, "attacks": list(ws.configuration.redteam.attacks)},
    )
