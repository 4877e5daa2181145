"""Did a second training give the same weights?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The answer, with what could explain a difference."""

    same: bool
    recorded: str
    """digest of the recorded weights"""
    repeated: str
    differs: tuple[str, ...]
    """parts of the environment that differ between the two, such as ``threads: 2 -> 1``"""

    def line(self) -> str:
        """One sentence for a person."""
        if self.same:
            return f"reproduced: both trainings gave the weights {self.recorded[:12]}"
        why = (
            f"; the environment differs: {', '.join(self.differs)}"
            if self.differs
            else "; the environment is the same"
        )
        return f"NOT reproduced: recorded {self.recorded[:12]}, repeated {self.repeated[:12]}{why}"


def compare(
    recorded: str, repeated: str, environment_then: Mapping[str, str], environment_now: Mapping[str, str]
) -> Reproduction:
    """Compare two digests of weights. Training is bit for bit the same on one machine type, thread count and set of
    library versions; where these differ, a difference of weights is explained, not excused."""
    names = sorted({*environment_then, *environment_now})
    differs = tuple(
        f"{name}: {environment_then.get(name, '-')} -> {environment_now.get(name, '-')}"
        for name in names
        if environment_then.get(name) != environment_now.get(name)
    )
    return Reproduction(recorded == repeated, recorded, repeated, differs)
