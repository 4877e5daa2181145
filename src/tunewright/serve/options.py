"""The ``serve`` section of the configuration."""

from __future__ import annotations

from pydantic import Field

from tunewright.core.options import Options


class ShareOptions(Options):
    """Traffic share of one version."""

    model: str = Field(description="`name@1.2.0` or `name:staging`")
    percent: float = Field(gt=0, le=100)


class ServeOptions(Options):
    """The gateway."""

    host: str = "127.0.0.1"
    port: int = Field(8321, ge=0, le=65535)
    max_request_bytes: int = Field(1_048_576, ge=1024)
    max_new_tokens: int = Field(256, ge=1)
    max_batch: int = Field(16, ge=1)
    shares: dict[str, tuple[ShareOptions, ...]] = Field(
        default_factory=dict, description="public model name -> versions with their traffic share"
    )
