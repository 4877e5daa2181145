"""The ``redteam`` section of the configuration."""

from __future__ import annotations

from pydantic import Field

from tunewright.core.options import Options


class RedteamOptions(Options):
    """Attacks on the tuned model."""

    attacks: tuple[str, ...] = ("membership", "canaries")
    membership_items: int = Field(1000, ge=20, description="members and non-members each, at most")
    canary_references: int = Field(
        512, ge=16, description="random references the canaries are ranked against"
    )
