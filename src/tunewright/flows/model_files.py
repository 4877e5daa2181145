"""Where the bytes of a model version lie, checked against what was registered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tunewright.core.canonical import digest
from tunewright.core.errors import IntegrityError
from tunewright.core.types import Record

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Folders of one model version and the digests of what it serves."""

    base: Record
    snapshot: Record
    base_dir: Path
    weights_dir: Path
    subject_digest: str
    """base, weights, tokenizer, chat template, quantisation"""
    base_subject_digest: str
    """the same of the base alone"""


def model_files(ws: Workspace, model: Record) -> ModelFiles:
    """Locate and check. Raises IntegrityError when a byte differs from what was registered, NotFoundError for the base."""
    from tunewright.engines.language.model_folder import resolve_base, served_digests

    records = ws.project.records
    inputs = {ref.kind: records.get(ref) for ref in model.inputs}
    lacking = sorted({"base", "run", "snapshot"} - set(inputs))
    if lacking:
        raise IntegrityError(f"{model.ref} names no {', '.join(lacking)}", hint="train and register it again")
    run, base = inputs["run"], inputs["base"]
    records.verify(run)
    named = str(run.recipe.get("base") or base.recipe.get("path") or "builtin")
    # A relative folder in the configuration is relative to the workspace.
    inside = ws.root / named
    base_dir = resolve_base(str(inside) if named != "builtin" and inside.is_dir() else named)
    weights_dir = records.folder(run) / "weights"
    served = served_digests(base_dir, weights_dir)
    wrong = sorted(part for part, known in model.recipe["served"].items() if served.get(part) != known)
    if wrong:
        raise IntegrityError(
            f"{model.ref}: {', '.join(wrong)} on disk is not what was registered",
            hint="restore the files, or train again; `tunewright model verify` says which files differ",
            parts=wrong,
        )
    return ModelFiles(
        base,
        inputs["snapshot"],
        base_dir,
        weights_dir,
        digest(served),
        digest(served_digests(base_dir, None)),
    )
