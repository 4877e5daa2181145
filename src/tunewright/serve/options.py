"""The ``serve`` section of the configuration."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from tunewright.core.options import Options


class ShareOptions(Options):
    """Traffic share of one version."""

    model: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}([@:][A-Za-z0-9.-]{1,64})?$",
        description="`name@1.2.0` or `name:staging`",
    )
    percent: float = Field(gt=0, le=100)


class ServeOptions(Options):
    """The gateway."""

    host: str = "127.0.0.1"
    port: int = Field(8321, ge=0, le=65535)
    max_request_bytes: int = Field(1_048_576, ge=1024)
    max_new_tokens: int = Field(256, ge=1)
    max_batch: int = Field(16, ge=1)
    batch_wait_ms: float = Field(
        2.0, ge=0, le=1000, description="how long a batch waits to fill once requests overlap"
    )
    max_waiting: int = Field(256, ge=1, description="requests queued for one version before 503")
    max_streams: int = Field(32, ge=1, description="streams one version works on at the same time")
    max_loaded: int = Field(4, ge=1, description="versions kept in memory, warm ones included")
    max_connections: int = Field(1024, ge=1)
    poll_s: float = Field(
        0.2, gt=0, le=0.25, description="how often promotions, rollbacks and keys are looked up"
    )
    body_timeout_s: float = Field(
        30.0, gt=0, description="a request body that takes longer is refused with 408"
    )
    send_timeout_s: float = Field(
        30.0, gt=0, description="a reader that takes no bytes for so long is treated as gone"
    )
    drain_s: float = Field(30.0, gt=0, description="how long running answers may end after SIGTERM")
    shares: dict[str, tuple[ShareOptions, ...]] = Field(
        default_factory=dict, description="public model name -> versions with their traffic share"
    )

    @model_validator(mode="after")
    def _shares_are_whole(self) -> Self:
        for name, parts in self.shares.items():
            total = sum(part.percent for part in parts)
            if abs(total - 100) > 1e-6:
                raise ValueError(f"the shares of {name} add up to {total:g} percent, not 100")
        return self
