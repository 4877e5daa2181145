"""The ``evaluate`` section of the configuration."""

from __future__ import annotations

from pydantic import Field

from tunewright.core.options import Options


class EvaluateOptions(Options):
    """Which metrics on which golden sets; golden sets are ``data.golden``."""

    metrics: tuple[str, ...] = Field(
        ("exact_match",), description="catalog names: exact_match, json_valid, json_match, json_field:NAME"
    )
    primary: str = Field("exact_match", description="the metric that gates and reports lead with")
    max_new_tokens: int = Field(64, ge=1)
    batch_size: int = Field(64, ge=1)
    limit: int | None = Field(None, ge=1, description="evaluate a seeded random part of the golden set")
    linear_baseline: bool = Field(
        True, description="name TF-IDF + logistic regression beside the model where answers are labels"
    )
