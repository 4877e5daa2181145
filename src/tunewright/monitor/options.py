"""The ``monitor`` section of the configuration."""

from __future__ import annotations

from pydantic import Field

from tunewright.core.options import Options


class MonitorOptions(Options):
    """Drift of served inputs against the training snapshot."""

    psi_alert: float = Field(
        0.25, gt=0, description="population stability index above which an input feature has drifted"
    )
    min_exchanges: int = Field(200, ge=1, description="below this the answer is inconclusive")
    window: int = Field(2000, ge=1, description="newest exchanges looked at")
