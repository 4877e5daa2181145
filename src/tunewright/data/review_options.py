"""``data.review``: how people decide, and how much may wait before a snapshot is no longer published."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from tunewright.core.options import Options

ANY_KIND = "*"
_Bound = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ReviewOptions(Options):
    """Rules of review. They change who has to say yes, not what the steps find."""

    two_person: tuple[str, ...] = Field(
        (),
        description="kinds of findings that two different persons must decide alike (`*`: every kind); where they differ, a "
        "third person settles it",
    )
    adjudicators: tuple[str, ...] = Field(
        (), description="who may settle a finding two persons disagree on; empty: any third person"
    )
    max_open: dict[str, _Bound] = Field(
        {},
        description="kind -> how much may wait for a person (`*`: all kinds together): below 1 a share of the source rows, "
        "from 1 on a number of findings; 0: nothing may wait. Above it the snapshot is built but not published: training "
        "refuses it",
    )
    annotators: dict[str, str] = Field(
        {},
        description="name or address of an annotator in Label Studio or Argilla -> the person's name here; others' "
        "decisions are not imported",
    )
    claim_minutes: float = Field(
        15, ge=0, le=1440, description="how long a finding shown to one person is offered last to the others"
    )

    @model_validator(mode="after")
    def _can_be_settled(self) -> ReviewOptions:
        if self.adjudicators and not self.two_person:
            raise ValueError(
                "adjudicators settle disagreements, which only two_person kinds can have: name such kinds"
            )
        return self

    def votes_needed(self, kind: str) -> int:
        """How many persons must decide a finding of this kind alike: 1 or 2."""
        return 2 if kind in self.two_person or ANY_KIND in self.two_person else 1
