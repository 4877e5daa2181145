"""What a build is made from: the recorded sources and golden sets, the steps with what they need, and the recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import plain
from tunewright.core.ports import Progress
from tunewright.core.types import Record, Ref
from tunewright.data.mix import check_roles
from tunewright.data.options import StepOptions
from tunewright.data.review import decisions
from tunewright.data.review_examples import judged
from tunewright.data.runner import checked_steps
from tunewright.flows.review_build import reviewed_steps, reviews_digest
from tunewright.flows.rights import check_sources, plan_rights
from tunewright.flows.sources import (
    RecordedGolden,
    RecordedSource,
    golden_examples,
    record_goldens,
    record_sources,
)
from tunewright.flows.step_needs import StepNeeds

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """Everything that decides what the snapshot will be."""

    sources: Sequence[RecordedSource]
    goldens: Sequence[RecordedGolden]
    needs: StepNeeds
    steps: Sequence[StepOptions]
    """the configured ones, and those that rights and reviews put in front"""
    recipe: Mapping[str, Any]
    inputs: Sequence[Ref]


def check_configuration(ws: Workspace) -> None:
    """Before anything is read. Raises ConfigError for a wrong step or role, DataError for a source of no right to it."""
    checked_steps(ws.configuration.data.steps)
    check_roles(ws.configuration.data)
    check_sources(ws)


def plan_build(ws: Workspace, progress: Progress) -> BuildPlan:
    """Record the sources and golden sets, and put the recipe together. Raises DataError for an unreadable source."""
    sources, goldens = record_sources(ws), record_goldens(ws)
    given = {
        "golden": golden_examples(ws.project, goldens),
        "decisions": decisions(ws.project, ws.configuration.data.review),
        "judgements": judged(ws.project),
    }
    needs = StepNeeds(ws, given)
    rights = plan_rights(ws, sources, progress)
    steps = (*rights.steps, *reviewed_steps(ws, needs))
    recipe = {**_recipe(ws, sources, goldens, needs, steps), **rights.recipe}
    inputs = [*(source.ref for source in sources), *(golden.ref for golden in goldens)]
    return BuildPlan(sources, goldens, needs, steps, recipe, inputs)


def _recipe(
    ws: Workspace,
    sources: Sequence[RecordedSource],
    goldens: Sequence[RecordedGolden],
    needs: StepNeeds,
    steps: Sequence[StepOptions],
) -> dict[str, Any]:
    """Everything that can change the result. Where files lie is no part of it."""
    recipe: dict[str, Any] = plain(
        {
            "sources": [source.recipe for source in sources],
            "golden": [golden.name for golden in goldens],
            "steps": [
                {"name": line.name, "version": line.version, "options": plain(options)}
                for line, options in checked_steps(steps)
            ],
            "seed": ws.configuration.data.seed,
            "quality_budget": ws.configuration.data.quality_budget,
            "engines": needs.versions(),
            "reviews": reviews_digest(needs["decisions"], needs["judgements"]),
        }
    )
    return recipe


def known_snapshot(ws: Workspace, plan: BuildPlan) -> Record | None:
    """The newest snapshot, verified, when it is made from the same inputs by the same recipe."""
    latest = ws.project.records.latest("snapshot", ws.configuration.model.name)
    if latest is None or latest.recipe != plan.recipe or list(latest.inputs) != list(plan.inputs):
        return None
    ws.project.records.verify(latest)
    return latest
