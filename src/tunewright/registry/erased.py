"""Model versions that were trained on examples which have been erased since: their weights remember until retrained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunewright.core.types import Record, Ref
from tunewright.registry import aliases
from tunewright.registry.versions import parse_version
from tunewright.store.project import Project

KIND = "erasure"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One version to retrain: open while an environment still points at it or no version without the erased is there."""

    erasure: Ref
    model: Ref
    trained_on: int
    """erased examples of the training split"""
    chosen_by: int
    """erased examples of the validation split"""
    environments: tuple[str, ...]
    """that point at it now"""
    open: bool
    next_step: str


def erasures(project: Project) -> list[tuple[Record, dict[str, Any]]]:
    """Every erasure with its proof document, oldest first."""
    import json

    found = []
    for record in project.records.find(KIND):
        told = json.loads((project.records.folder(record) / "proof.json").read_text(encoding="utf-8"))
        found.append((record, told))
    return found


def tickets(project: Project) -> tuple[Ticket, ...]:
    """Every version that learned from something erased, with what is left to do."""
    with project.reader() as connection:
        placed = aliases.all_current(connection)
    told = erasures(project)
    marked = {item["model"]["digest"] for _, proof in told for item in proof["models"] if item["trained_on"]}
    found = []
    for record, proof in told:
        for item in proof["models"]:
            model = Ref.model_validate(item["model"])
            serves = tuple(alias.environment for alias in placed if alias.digest == model.digest)
            clean = _clean_version(project, model, marked)
            trained = bool(item["trained_on"])
            step = (
                ""
                if not trained
                else f"`tunewright train` makes a version of {model.name} without it"
                if clean is None
                else f"promote {clean.name}@{clean.version}"
                if serves
                else ""
            )
            found.append(
                Ticket(
                    erasure=record.ref,
                    model=model,
                    trained_on=int(item["trained_on"]),
                    chosen_by=int(item["chosen_by"]),
                    environments=serves,
                    open=trained and (clean is None or bool(serves)),
                    next_step=step,
                )
            )
    return tuple(found)


def _clean_version(project: Project, model: Ref, marked: set[str]) -> Ref | None:
    """The highest version above this one that learned from nothing erased."""
    later = [
        record.ref
        for record in project.records.find("model", model.name)
        if record.ref.digest not in marked
        and parse_version(record.ref.version) > parse_version(model.version)
    ]
    return max(later, key=lambda ref: parse_version(ref.version), default=None)


def erased_training(project: Project, model: Ref) -> tuple[Ref, int] | None:
    """The newest erasure of examples this version was trained on and how many, or None."""
    for record, proof in reversed(erasures(project)):
        for item in proof["models"]:
            if item["model"]["digest"] == model.digest and item["trained_on"]:
                return record.ref, int(item["trained_on"])
    return None
