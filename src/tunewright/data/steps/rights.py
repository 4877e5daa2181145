"""Take out what may not be used for the declared purpose: by licence, by purpose, by the end of its retention.

Nobody lists this step: a build puts it first when ``data.use.blocked`` is ``drop`` or ``hold`` and something is blocked. Its
day is the newest on which a retention ended, not the day of the build, so a build says the same until the next one ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from tunewright.core.licences import DeclaredTerms, read_licence
from tunewright.core.options import Options
from tunewright.core.rights import Use, last_day_after, objections
from tunewright.core.types import Drop, Example, Hold, Keep, Origin, Outcome
from tunewright.data.doubts import whole_turn
from tunewright.data.rights import row_day
from tunewright.data.steps import StepFn, step

VERSION = 1
KIND = "rights"


class RightsStepOptions(Options):
    """The declared use, and until when each source may be used."""

    use: Use = Use()
    licences: dict[str, DeclaredTerms] = Field(default_factory=dict)
    expires: dict[str, str] = Field(
        default_factory=dict, description="source -> first day (ISO) on which it may not be used"
    )
    retention_days: dict[str, int] = Field(
        default_factory=dict, description="source -> days after a row's own day"
    )
    day: str = Field("", description="the day that is judged (ISO); empty: no retention has ended")
    action: Literal["drop", "hold"] = "drop"


@step("rights", version=VERSION)
def rights(options: RightsStepOptions) -> StepFn:
    """Reasons ``licence:...``, ``purpose:...``, ``expired``: the first that applies."""

    def run(batch: Sequence[Example]) -> list[Outcome]:
        return [_judge(example, options) for example in batch]

    return run


def _judge(example: Example, options: RightsStepOptions) -> Outcome:
    reason = row_objection(example.origin, options)
    if not reason:
        return Keep(example)
    finding = whole_turn(example, 0, KIND, 0.99, f"rights@{VERSION}", reason)
    if options.action == "drop" or finding is None:
        return Drop(reason)
    return Hold(reason, (finding,))


def row_objection(origin: Origin, options: RightsStepOptions) -> str:
    """The reason for which this row may not be used; empty when it may."""
    day = date.fromisoformat(options.day) if options.day else None
    licence = read_licence(origin.licence, options.licences)
    found = objections(
        licence, origin.purpose, options.use, expires=row_expiry(origin, options) if day else None, day=day
    )
    return found[0].reason if found else ""


def row_expiry(origin: Origin, options: RightsStepOptions) -> date | None:
    """The first day on which the row may not be used: its source's, or by its own day if that is earlier."""
    days = []
    if origin.source in options.expires:
        days.append(date.fromisoformat(options.expires[origin.source]))
    if origin.source in options.retention_days:
        own = row_day(origin.received_at)
        if own is not None:
            days.append(last_day_after(own.isoformat(), options.retention_days[origin.source]))
    return min(days, default=None)
