"""Run the steps over all rows and give every source row exactly one outcome.

Steps see examples in the order of their ids, so the order of files and rows changes nothing. A step's findings are placed
in the original text through the edits of the steps before it; a person's decisions are keyed by that original place, so
where an earlier step moved the text the runner asks the step a second time with the decisions translated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from tunewright.core.errors import ConfigError, EngineError
from tunewright.core.ports import Progress, SilentProgress
from tunewright.core.types import Drop, Example, Finding, Hold, Keep, Outcome
from tunewright.data.doubts import settled
from tunewright.data.edits import OffsetMap, derived_edits
from tunewright.data.findings import finding_key
from tunewright.data.options import StepOptions
from tunewright.data.outcomes import CHANGED, DROPPED, HELD, KEPT, FoundSpan, RowOutcome
from tunewright.data.sources import Malformed
from tunewright.data.steps import Measured, Planting, Secret, StepEntry, entry

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


@dataclass(slots=True)
class _Fate:
    """What has happened to one example so far."""

    offsets: OffsetMap = field(default_factory=OffsetMap)
    reasons: dict[str, None] = field(default_factory=dict)
    findings: dict[str, FoundSpan] = field(default_factory=dict)
    outcome: str = KEPT
    step: str = ""
    of: str = ""


_UNTOUCHED = _Fate()


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
) -> PipelineResult:
    """Run ``steps`` over ``rows``. ``needs`` holds what factories ask for by name: detector, golden, decisions, seed.

    Raises ConfigError for an unknown step, option or need, EngineError when a step breaks the laws of a step.
    """
    progress = progress or SilentProgress()
    run = _Run(needs, progress, batch)
    run.read(rows)
    for line, options in checked_steps(steps):
        run.step(line, options)
    return run.result()


class _Run:
    """One pass through the pipeline."""

    def __init__(self, needs: Mapping[str, Any], progress: Progress, batch: int) -> None:
        self._needs = needs
        self._progress = progress
        self._batch = batch
        self._order: list[str | Malformed] = []
        self._originals: dict[str, Example] = {}
        self._current: dict[str, Example] = {}
        self._fates: dict[str, _Fate] = {}
        self._counts: list[StepCount] = []
        self._added: list[Example] = []
        self._secrets: list[Secret] = []
        self._unread: list[Malformed] = []

    def read(self, rows: Iterable[Example | Malformed]) -> None:
        """Take in all rows. Raises EngineError when two rows have one id."""
        with self._progress.task("read") as advance:
            for row in rows:
                advance(1)
                if isinstance(row, Malformed):
                    self._order.append(row)
                    self._unread.append(row)
                    continue
                if row.id in self._originals:
                    raise EngineError(
                        "two rows have the same example id",
                        hint="give the sources different names",
                        example=row.id,
                    )
                self._order.append(row.id)
                self._originals[row.id] = row
        self._current = {key: self._originals[key] for key in sorted(self._originals)}

    def step(self, line: StepEntry, options: Any) -> None:
        """Run one step over what is left."""
        unused = options.unused()
        needs = {name: None if name in unused else self._need(line, name) for name in line.needs}
        examples = list(self._current.values())
        if line.adds:
            self._plant(line, line.factory(options, **needs)(examples))
            return
        outcomes = self._ask(line, options, needs, examples)
        tally: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        for example, outcome in zip(examples, outcomes, strict=True):
            self._apply(line, example, outcome, tally, reasons)
        self._counts.append(
            StepCount(
                step=line.name,
                version=line.version,
                seen=len(examples),
                kept=tally["kept"],
                changed=tally["changed"],
                dropped=tally["dropped"],
                held=tally["held"],
                added=0,
                reasons=dict(sorted(reasons.items())),
                measured=outcomes.measured,
            )
        )

    def _need(self, line: StepEntry, name: str) -> Any:
        if name not in self._needs:
            raise ConfigError(
                f"step `{line.name}` needs `{name}`, which nobody gives",
                hint="leave the step out",
                step=line.name,
            )
        return self._needs[name]

    def _ask(
        self, line: StepEntry, options: Any, needs: Mapping[str, Any], examples: Sequence[Example]
    ) -> Measured:
        """Outcomes in order, batch by batch; examples with decided findings are asked about once more, of a corpus step
        all."""
        plain = {**needs, "decisions": {}} if "decisions" in needs else dict(needs)
        outcomes = self._batches(line, line.factory(options, **plain), examples)
        decided: Mapping[str, str] = self._needs.get("decisions", {})
        if not decided:
            return outcomes
        translated: dict[str, str] = {}
        again: list[int] = []
        for at, (example, outcome) in enumerate(zip(examples, outcomes, strict=True)):
            offsets = self._fates.get(example.id, _UNTOUCHED).offsets
            hits = {
                finding_key(example.origin, found): decided[key]
                for found in outcome.findings
                if (key := finding_key(example.origin, offsets.original(found))) in decided
            }
            if hits:
                translated.update(hits)
                again.append(at)
        if "decisions" not in needs:
            for at in again:
                outcomes[at] = settled(examples[at], outcomes[at], translated)
        elif again:
            decide = line.factory(options, **{**needs, "decisions": translated})
            if line.corpus:
                # Asked about a few examples only, a step that compares all of them would answer something else.
                return self._batches(line, decide, examples)
            for at, outcome in zip(again, decide([examples[at] for at in again]), strict=True):
                outcomes[at] = outcome
        return outcomes

    def _batches(self, line: StepEntry, function: Any, examples: Sequence[Example]) -> Measured:
        size = max(1, len(examples)) if line.corpus else self._batch
        outcomes: list[Outcome] = []
        measured: dict[str, float] = {}
        with self._progress.task(line.name.replace("_", " "), len(examples)) as advance:
            for start in range(0, len(examples), size):
                part = examples[start : start + size]
                answered = function(part)
                if len(answered) != len(part):
                    raise EngineError(
                        f"step `{line.name}` answered {len(answered)} outcomes for {len(part)} examples",
                        hint="report this as a defect of the step",
                        step=line.name,
                    )
                outcomes += answered
                if isinstance(answered, Measured):
                    measured.update(answered.measured)
                advance(len(part))
        return Measured(outcomes, measured)

    def _apply(
        self, line: StepEntry, example: Example, outcome: Outcome, tally: Counter[str], reasons: Counter[str]
    ) -> None:
        if isinstance(outcome, Keep) and not (outcome.findings or outcome.reasons):
            # Most rows pass most steps: nothing to remember of them.
            tally["kept"] += 1
            if outcome.example is not example:
                self._keep(line, example, outcome, self._fate(example.id), tally)
            return
        fate = self._fate(example.id)
        for found in outcome.findings:
            self._find(fate, example, found)
        if isinstance(outcome, Keep):
            tally["kept"] += 1
            self._keep(line, example, outcome, fate, tally)
            told: tuple[str, ...] = outcome.reasons
        else:
            self._refuse(line, example, outcome, fate)
            tally[fate.outcome] += 1
            told = (outcome.reason,)
        reasons.update(told)
        fate.reasons.update(dict.fromkeys(told))

    def _fate(self, key: str) -> _Fate:
        return self._fates.setdefault(key, _Fate())

    def _find(self, fate: _Fate, example: Example, found: Finding) -> None:
        placed = fate.offsets.original(found)
        key = finding_key(example.origin, placed)
        fate.findings[key] = FoundSpan(placed, key)

    def _keep(
        self, line: StepEntry, example: Example, outcome: Keep, fate: _Fate, tally: Counter[str]
    ) -> None:
        after = outcome.example
        if (
            after.id != example.id
            or after.origin != example.origin
            or len(after.messages) != len(example.messages)
        ):
            raise EngineError(
                f"step `{line.name}` changed the identity or the turns of an example",
                hint="report this as a defect of the step",
                step=line.name,
                example=example.id,
            )
        if after.messages != example.messages:
            tally["changed"] += 1
            fate.offsets.add(outcome.edits or derived_edits(example, after))
            mark = f"{line.name}@{line.version}"
            if mark not in after.history:
                after = replace(after, history=(*after.history, mark))
            if not outcome.reasons:
                raise EngineError(
                    f"step `{line.name}` changed an example without a reason",
                    hint="report this as a defect of the step",
                    step=line.name,
                    example=example.id,
                )
        self._current[example.id] = after

    def _refuse(self, line: StepEntry, example: Example, outcome: Drop | Hold, fate: _Fate) -> None:
        if not outcome.reason:
            raise EngineError(
                f"step `{line.name}` refused an example without a reason",
                hint="report this as a defect of the step",
                step=line.name,
                example=example.id,
            )
        fate.outcome = DROPPED if isinstance(outcome, Drop) else HELD
        fate.step = line.name
        fate.of = outcome.of if isinstance(outcome, Drop) else ""
        del self._current[example.id]

    def _plant(self, line: StepEntry, planting: Planting) -> None:
        self._added += planting.examples
        self._secrets += planting.secrets
        seen = len(self._current)
        self._counts.append(
            StepCount(line.name, line.version, seen, seen, 0, 0, 0, len(planting.examples), {})
        )

    def result(self) -> PipelineResult:
        """Put the outcomes together."""
        kept = sorted([*self._current.values(), *self._added], key=lambda example: example.id)
        golden = {item.id: item for item in self._needs.get("golden", ())}
        return PipelineResult(
            kept=tuple(kept),
            outcomes=tuple(self._outcome(row, golden) for row in self._order),
            step_counts=tuple(self._counts),
            secrets=tuple(self._secrets),
            originals=self._originals,
            unread=tuple(self._unread),
        )

    def _outcome(self, row: str | Malformed, golden: Mapping[str, Example]) -> RowOutcome:
        if isinstance(row, Malformed):
            of = f"{row.origin.source}#{row.of}" if row.of else ""
            return RowOutcome(
                row.origin.source, row.origin.locator, DROPPED, (row.reason,), "source", (), "", of, ""
            )
        original, fate = self._originals[row], self._fates.get(row, _UNTOUCHED)
        outcome, split = fate.outcome, ""
        if outcome == KEPT:
            current = self._current[row]
            split = current.label("split")
            outcome = CHANGED if current.messages != original.messages else KEPT
        return RowOutcome(
            source=original.origin.source,
            record=original.origin.locator,
            outcome=outcome,
            reasons=tuple(fate.reasons),
            step=fate.step,
            findings=tuple(fate.findings.values()),
            example=row,
            of=self._twin(fate.of, golden),
            split=split,
        )

    def _twin(self, of: str, golden: Mapping[str, Example]) -> str:
        """``source#record`` of the twin. A twin that was itself dropped for a twin leads on to the one that was kept."""
        seen = set()
        while (fate := self._fates.get(of)) and fate.of in self._originals and of not in seen:
            seen.add(of)
            of = fate.of
        found = self._originals.get(of) or golden.get(of)
        return f"{found.origin.source}#{found.origin.locator}" if found else of
