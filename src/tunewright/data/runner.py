"""Run the steps over all rows and give every source row exactly one outcome.

Steps see examples in the order of their ids, so the order of files and rows changes nothing. A step's findings are placed
in the original text through the edits of the steps before it; a person's decisions are keyed by that original place, so
where an earlier step moved the text the runner asks the step a second time with the decisions translated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from tunewright.core.errors import ConfigError, EngineError
from tunewright.core.ports import Progress, SilentProgress
from tunewright.core.types import Example
from tunewright.data.asking import Asker
from tunewright.data.execution import StepExecutor
from tunewright.data.fates import Fates
from tunewright.data.memory import Memory
from tunewright.data.options import StepOptions
from tunewright.data.outcomes import RowOutcome
from tunewright.data.sources import Malformed
from tunewright.data.steps import Planting, Secret, StepEntry, entry

BATCH = 1024


@dataclass(frozen=True, slots=True)
class StepCount:
    """What one step did. ``seen = kept + dropped + held``."""

    step: str
    version: int
    seen: int
    kept: int
    changed: int
    dropped: int
    held: int
    added: int
    reasons: Mapping[str, int]
    measured: Mapping[str, float] = field(default_factory=dict)
    """what the step measured of itself, such as the recall of planted duplicates"""


@dataclass(frozen=True, slots=True)
class PipelineResult:
    """Everything a build found out."""

    kept: tuple[Example, ...]
    """sorted by id; planted canaries among them"""
    outcomes: tuple[RowOutcome, ...]
    """one a source row, in the order in which the rows were read"""
    step_counts: tuple[StepCount, ...]
    secrets: tuple[Secret, ...]
    originals: Mapping[str, Example]
    """example id -> the example as the source gave it"""
    unread: tuple[Malformed, ...]


def checked_steps(steps: Sequence[StepOptions]) -> list[tuple[StepEntry, Any]]:
    """Catalog entries with their parsed options. Raises ConfigError naming the step and the option at fault."""
    found = []
    for number, wanted in enumerate(steps):
        line = entry(wanted.use)
        try:
            options = line.options_class.model_validate(wanted.options)
        except ValidationError as error:
            first = error.errors()[0]
            place = f"data.steps.{number}.options.{'.'.join(str(part) for part in first['loc'])}"
            known = ", ".join(line.options_class.model_fields)
            raise ConfigError(
                f"{place}: {first['msg']}", hint=f"options of `{wanted.use}` are {known}", step=wanted.use
            ) from error
        found.append((line, options))
    return found


def run_pipeline(
    rows: Iterable[Example | Malformed],
    steps: Sequence[StepOptions],
    *,
    needs: Mapping[str, Any],
    progress: Progress | None = None,
    batch: int = BATCH,
    executor: StepExecutor | None = None,
    memory: Memory | None = None,
) -> PipelineResult:
    """Run ``steps`` over ``rows``. ``needs`` holds what factories ask for by name: detector, golden, decisions, seed.

    executor: where the work of per-example steps is done (this process); memory: what earlier builds measured, and where
    this one's measurements are kept.

    Raises ConfigError for an unknown step, option or need, EngineError when a step breaks the laws of a step.
    """
    progress = progress or SilentProgress()
    asker = Asker(needs, executor=executor, memory=memory, progress=progress, batch=batch)
    run = _Run(needs, progress, asker)
    run.read(rows)
    for line, options in checked_steps(steps):
        run.step(line, options)
    return run.result()


class _Run:
    """One pass through the pipeline."""

    def __init__(self, needs: Mapping[str, Any], progress: Progress, asker: Asker) -> None:
        self._needs = needs
        self._progress = progress
        self._asker = asker
        self._fates = Fates()
        self._order: list[str | Malformed] = []
        self._counts: list[StepCount] = []
        self._added: list[Example] = []
        self._secrets: list[Secret] = []
        self._unread: list[Malformed] = []

    def read(self, rows: Iterable[Example | Malformed]) -> None:
        """Take in all rows. Raises EngineError when two rows have one id."""
        originals = self._fates.originals
        with self._progress.task("read") as advance:
            for row in rows:
                advance(1)
                if isinstance(row, Malformed):
                    self._order.append(row)
                    self._unread.append(row)
                    continue
                if row.id in originals:
                    raise EngineError(
                        "two rows have the same example id",
                        hint="give the sources different names",
                        example=row.id,
                    )
                self._order.append(row.id)
                originals[row.id] = row
        self._fates.begin()

    def step(self, line: StepEntry, options: Any) -> None:
        """Run one step over what is left."""
        if line.adds:
            needs = self._asker.needs_of(line, options)
            self._plant(line, line.factory(options, **needs)(list(self._fates.current.values())))
            return
        examples = list(self._fates.current.values())
        answers = self._asker.answers(line, options, examples, self._fates)
        tally: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        for at, outcome in answers.outcomes.items():
            self._fates.apply(line, examples[at], outcome, tally, reasons)
        self._counts.append(
            StepCount(
                step=line.name,
                version=line.version,
                seen=len(examples),
                kept=len(examples) - tally["dropped"] - tally["held"],
                changed=tally["changed"],
                dropped=tally["dropped"],
                held=tally["held"],
                added=0,
                reasons=dict(sorted(reasons.items())),
                measured=answers.measured,
            )
        )

    def _plant(self, line: StepEntry, planting: Planting) -> None:
        self._added += planting.examples
        self._secrets += planting.secrets
        seen = len(self._fates.current)
        self._counts.append(
            StepCount(
                line.name, line.version, seen, seen, 0, 0, 0, len(planting.examples), {}, planting.measured
            )
        )

    def result(self) -> PipelineResult:
        """Put the outcomes together."""
        kept = sorted([*self._fates.current.values(), *self._added], key=lambda example: example.id)
        golden = {item.id: item for item in self._needs.get("golden", ())}
        return PipelineResult(
            kept=tuple(kept),
            outcomes=tuple(self._fates.row(row, golden) for row in self._order),
            step_counts=tuple(self._counts),
            secrets=tuple(self._secrets),
            originals=self._fates.originals,
            unread=tuple(self._unread),
        )
