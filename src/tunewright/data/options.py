"""The ``data`` section of the configuration."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tunewright.core.options import Options
from tunewright.core.rights import RightsOptions
from tunewright.data.re_review_options import ReReview
from tunewright.data.review_options import ReviewOptions
from tunewright.data.source_options import ColumnMap, SourceForm, SourceOptions

__all__ = [
    "DEFAULT_STEPS",
    "ColumnMap",
    "DataOptions",
    "EngineNames",
    "SourceForm",
    "SourceOptions",
    "StepOptions",
]


class StepOptions(Options):
    """One step of the pipeline, by catalog name; ``options`` are checked by the step's own class."""

    use: str
    options: dict[str, Any] = Field(default_factory=dict)


DEFAULT_STEPS: tuple[StepOptions, ...] = tuple(
    StepOptions(use=name)
    for name in (
        "normalise",
        "malformed",
        "exact_duplicates",
        "unfinished",
        "length",
        "gibberish",
        "language",
        "repetition",
        "boilerplate",
        "toxicity",
        "prompt_injection",
        "pii",
        "near_duplicates",
        "decontaminate",
        "stale",
        "off_topic",
        "wrong_form",
        "wrong_labels",
        "split",
        "canaries",
    )
)


class EngineNames(Options):
    """Which engines the steps use, by catalog name. They are loaded only when a step asks for them."""

    pii: tuple[str, ...] = Field(
        ("patterns",),
        min_length=1,
        description="detectors of personal data, `engine` or `engine:model`; their spans are arbitrated as one",
    )
    language: str = Field("langid", description="names the language of a text")
    embed: str = Field("hashed", description="places texts in a space where near means alike")


class QualityBudget(Options):
    """The 10 % rule: how much low quality a build may bring and leave. See docs/guide/data-relevance.md."""

    remaining: float = Field(
        0.10,
        gt=0,
        le=1,
        description="share of the snapshot's examples in doubt above which the build refuses",
    )
    incoming: float = Field(
        1.0,
        gt=0,
        le=1,
        description="share of a source's rows of low quality above which the build refuses",
    )
    warn_incoming: float = Field(
        0.10, gt=0, le=1, description="share of a source's rows of low quality from which on the report warns"
    )


class DataOptions(Options):
    """Sources, golden sets and the steps between them and a snapshot."""

    sources: tuple[SourceOptions, ...]
    golden: tuple[str, ...] = Field(
        (), description="paths of golden sets (JSONL: id, input, reference, tags)"
    )
    use: RightsOptions = RightsOptions()
    steps: tuple[StepOptions, ...] = DEFAULT_STEPS
    engines: EngineNames = EngineNames()
    quality_budget: QualityBudget = QualityBudget()
    re_review: ReReview | None = Field(
        None, description="how much of a snapshot may be due to be looked at again (default: not watched)"
    )
    review: ReviewOptions = ReviewOptions()
    seed: int = Field(
        42, ge=0, description="every random choice of the steps derives from it (split, canaries)"
    )
