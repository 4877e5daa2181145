"""The 10 % rule: above that share of low-quality examples a model gets worse at what it should learn.

Counted are the steps that judge quality and relevance; duplicates, personal data and golden contamination are no low
quality. Two shares, for two questions:

* *remaining*: of the examples in the snapshot, those that some step marked as doubtful (label ``doubt:...``). This is what
  the model learns from, so this is what is limited by default;
* *incoming*: of a source's rows, those that were dropped, held or marked. It says which source to mend; what was found and
  taken out does no harm, so it only warns unless it is given a limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tunewright.core.errors import DataError
from tunewright.core.types import Example
from tunewright.data.doubts import DOUBT
from tunewright.data.options import QualityBudget
from tunewright.data.outcomes import DROPPED, HELD, RowOutcome

NOT_QUALITY = frozenset(
    {
        "exact_duplicates",
        "near_duplicates",
        "semantic_duplicates",
        "conflicts",
        "pii",
        "decontaminate",
        "split",
        "resample",
        "mix",
        "canaries",
    }
)
"""steps whose drops and holds say nothing against the quality of a row"""
_NOT_QUALITY_REASONS = frozenset({"thread_reply"})
"""reasons of readers for rows that became part of another example"""
_LEAST_ROWS = 20
"""a share of fewer examples says nothing"""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """One source in the table."""

    source: str
    rows: int
    low: int
    """rows dropped, held or marked for their quality"""
    kept: int
    """rows in the snapshot"""
    doubted: int
    """of those, how many carry a doubt"""
    reasons: tuple[tuple[str, int], ...]
    """(reason, rows), most frequent first"""

    @property
    def share(self) -> float:
        """Share of the rows that are of low quality."""
        return self.low / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class QualityTable:
    """What the budget is judged on."""

    sources: tuple[SourceQuality, ...]

    @property
    def kept(self) -> int:
        """Source rows in the snapshot."""
        return sum(source.kept for source in self.sources)

    @property
    def doubted(self) -> int:
        """Of those, how many carry a doubt."""
        return sum(source.doubted for source in self.sources)

    @property
    def remaining(self) -> float:
        """Share of the snapshot's source rows that carry a doubt."""
        return self.doubted / self.kept if self.kept else 0.0

    def as_dict(self, budget: QualityBudget) -> dict[str, Any]:
        """For ``report.json``."""
        return {
            "kept": self.kept,
            "doubted": self.doubted,
            "remaining": round(self.remaining, 4),
            "limit_remaining": budget.remaining,
            "limit_incoming": budget.incoming,
            "sources": [
                {
                    "source": source.source,
                    "rows": source.rows,
                    "low": source.low,
                    "share": round(source.share, 4),
                    "kept": source.kept,
                    "doubted": source.doubted,
                    "warn": source.share > budget.warn_incoming,
                    "reasons": [{"reason": reason, "rows": rows} for reason, rows in source.reasons],
                }
                for source in self.sources
            ],
        }


def quality_table(outcomes: Iterable[RowOutcome], kept: Sequence[Example]) -> QualityTable:
    """Count, by source in the order of reading. ``kept``: the examples of the snapshot, with their labels."""
    doubts = {example.id: found for example in kept if (found := _doubts(example))}
    rows: Counter[str] = Counter()
    in_snapshot: Counter[str] = Counter()
    doubted: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for row in outcomes:
        rows[row.source] += 1
        told = reasons.setdefault(row.source, Counter())
        if row.outcome in (DROPPED, HELD):
            if row.step not in NOT_QUALITY and row.reasons and row.reasons[-1] not in _NOT_QUALITY_REASONS:
                told[row.reasons[-1]] += 1
            continue
        in_snapshot[row.source] += 1
        if row.example in doubts:
            doubted[row.source] += 1
            told[doubts[row.example][0]] += 1
    return QualityTable(
        tuple(
            SourceQuality(
                source, rows[source], told.total(), in_snapshot[source], doubted[source],
                tuple(sorted(told.items(), key=lambda item: (-item[1], item[0]))),
            )
            for source, told in reasons.items()
        )
    )  # fmt: skip


def _doubts(example: Example) -> tuple[str, ...]:
    prefix = f"{DOUBT}:"
    return tuple(label[len(prefix) :] for label in example.labels if label.startswith(prefix))


def check_budget(table: QualityTable, budget: QualityBudget) -> None:
    """Raises DataError, naming share, sources and reasons, when the budget is exceeded."""
    if table.kept >= _LEAST_ROWS and table.remaining > budget.remaining:
        worst = sorted(table.sources, key=lambda source: (-source.doubted, source.source))
        raise _refusal(
            f"{table.doubted} of {table.kept} examples that would enter the snapshot ({_percent(table.remaining)}) are of "
            f"doubtful quality, more than the {_percent(budget.remaining)} that data.quality_budget.remaining allows",
            [(source, source.doubted, source.kept) for source in worst if source.doubted],
            "let the steps that doubt them hold or drop what they mark (their options, see `tunewright data report`), mend "
            "the sources, or raise data.quality_budget.remaining",
        )
    over = [s for s in table.sources if s.rows >= _LEAST_ROWS and s.share > budget.incoming]
    if over:
        worst = sorted(over, key=lambda source: (-source.share, source.source))
        raise _refusal(
            f"{len(over)} of {len(table.sources)} sources bring more low quality than the {_percent(budget.incoming)} that "
            "data.quality_budget.incoming allows",
            [(source, source.low, source.rows) for source in worst],
            "mend or leave out these sources, or raise data.quality_budget.incoming",
        )


def _refusal(what: str, sources: Sequence[tuple[SourceQuality, int, int]], hint: str) -> DataError:
    told = "; ".join(
        f"{source.source}: {low} of {rows} rows ({_percent(low / rows if rows else 0)}; {_reasons(source)})"
        for source, low, rows in sources[:_SHOWN]
    )
    return DataError(f"{what}. {told}", hint=hint, sources=[source.source for source, _, _ in sources])


def _reasons(source: SourceQuality) -> str:
    return ", ".join(f"{reason} {rows}" for reason, rows in source.reasons[:_SHOWN])


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
