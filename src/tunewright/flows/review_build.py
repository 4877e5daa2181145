"""What people's reviews change in a build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import digest
from tunewright.data.options import StepOptions
from tunewright.data.review_examples import Judged, recipe_of

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace

STEP = "review"


def reviewed_steps(ws: Workspace, needs: Mapping[str, Any]) -> Sequence[StepOptions]:
    """The configured steps, with ``review`` in front once experts have corrected or rejected something."""
    steps = ws.configuration.data.steps
    if not needs["judgements"] or any(step.use == STEP for step in steps):
        return steps
    return (StepOptions(use=STEP), *steps)


def reviews_digest(decisions: Mapping[str, str], judgements: Mapping[str, Judged]) -> str:
    """Digest of everything people decided that changes a build; while no example was judged, that of the decisions alone."""
    told: Any = dict(decisions)
    return digest([told, recipe_of(judgements)] if judgements else told)
