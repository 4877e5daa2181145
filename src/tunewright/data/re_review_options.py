"""How often a person has to look again at what is trained on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tunewright.core.options import Options


class ReReview(Options):
    """``data.re_review``: the clock judges it at every build; it is no part of the recipe and changes no snapshot."""

    months: int = Field(12, ge=1, le=240, description="an example not looked at for so many months is due")
    share: float = Field(
        0.5, ge=0, le=1, description="share of the snapshot that may be due before the policy is broken"
    )
    on_breach: Literal["warn", "refuse"] = Field(
        "warn", description="what a build does then: say so, or refuse"
    )
