"""The ``gates`` section of the configuration."""

from __future__ import annotations

from pydantic import Field

from tunewright.core.options import Options


class GateOptions(Options):
    """Policy file and who may do what."""

    policy: str = Field("policy.yaml", description="relative to the workspace")
    roles: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="role -> actors; the policy names roles"
    )
