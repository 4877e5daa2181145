"""Plant canaries in the train split; see ``tunewright.data.canaries``. The runner calls this step after the split."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.types import Example
from tunewright.data.canaries import plant
from tunewright.data.steps import PlantFn, Planting, adding_step


class CanariesOptions(Options):
    """How many secrets are planted."""

    once: int = Field(12, ge=0, description="canaries that stand in one training example")
    four_times: int = Field(3, ge=0, description="canaries that stand in four")
    sixteen_times: int = Field(1, ge=0, description="canaries that stand in sixteen")
    max_share: float = Field(0.03, ge=0, le=0.2, description="most of the train split that may be canaries")


@adding_step("canaries", version=2)
def canaries(options: CanariesOptions, seed: int) -> PlantFn:
    """Answers planted examples labelled ``canary:<id>`` and ``split:train``, and their secrets."""
    groups = {1: options.once, 4: options.four_times, 16: options.sixteen_times}

    def run(examples: Sequence[Example]) -> Planting:
        return plant(examples, seed, groups, options.max_share)

    return run
