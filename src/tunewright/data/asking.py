"""Ask one step about the examples that are left: measure what is not remembered, decide, apply what people decided."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunewright.core.canonical import digest
from tunewright.core.errors import ConfigError, EngineError
from tunewright.core.ports import Progress
from tunewright.core.types import Example, Keep, Origin, Outcome
from tunewright.data.doubts import settled
from tunewright.data.execution import LocalExecutor, StepExecutor, StepWork, work_of
from tunewright.data.fates import Fates
from tunewright.data.findings import finding_key
from tunewright.data.memory import Memory
from tunewright.data.mix import places_judged
from tunewright.data.outcome_json import holds_text, outcome_of, outcome_row
from tunewright.data.step_key import step_key
from tunewright.data.steps import Measured, MeasuringStep, StepEntry

_NOWHERE = Origin("", "", "")


@dataclass(slots=True)
class Answers:
    """What a step answered. An example that is not in it was kept as it was, which is what most steps say of most."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    """by place among the examples that were asked about, in order"""
    measured: Mapping[str, float] = field(default_factory=dict)


class Asker:
    """Asks steps. ``needs`` holds what factories ask for by name."""

    def __init__(
        self,
        needs: Mapping[str, Any],
        *,
        executor: StepExecutor | None,
        memory: Memory | None,
        progress: Progress,
        batch: int,
    ) -> None:
        self._needs = needs
        self._executor = executor or LocalExecutor(needs)
        self._memory = memory
        self._progress = progress
        self._batch = batch
        self._basis: tuple[str, Sequence[Example]] | None = None

    def needs_of(self, line: StepEntry, options: Any) -> dict[str, Any]:
        """What the step is given. Raises ConfigError for something nobody gives."""
        unused = options.unused()
        return {name: None if name in unused else self._need(line, name) for name in line.needs}

    def answers(self, line: StepEntry, options: Any, examples: Sequence[Example], fates: Fates) -> Answers:
        """Ask a step about ``examples``: all that are left, in order of the ids. What it may not judge it keeps unseen."""
        if options.decides and self._basis is None:
            self._basis = (fates.state(), examples)
        places = places_judged(line.name, examples)
        if len(places) == len(examples):
            return self._ask(line, options, examples, fates)
        answered = self._ask(line, options, [examples[at] for at in places], fates)
        return Answers({places[at]: outcome for at, outcome in answered.outcomes.items()}, answered.measured)

    def _ask(self, line: StepEntry, options: Any, examples: Sequence[Example], fates: Fates) -> Answers:
        needs = self.needs_of(line, options)
        plain = {**needs, "decisions": {}} if "decisions" in needs else needs
        function = line.factory(options, **plain)
        if not isinstance(function, MeasuringStep):
            answered = self._answered(line, options, function, examples, fates)
            return self._decided(line, options, needs, examples, answered, fates, {})
        values = (
            self._of_basis(line, options, plain, examples, fates)
            if line.corpus
            else self._of_contents(line, options, examples, fates)
        )
        answered = Answers(_decisions(line, function, examples, values))
        return self._decided(line, options, needs, examples, answered, fates, values)

    def _need(self, line: StepEntry, name: str) -> Any:
        if name == "executor":
            # Where it is worked changes no answer, and nobody has to give one.
            return self._needs.get(name)
        if name not in self._needs:
            raise ConfigError(
                f"step `{line.name}` needs `{name}`, which nobody gives",
                hint="leave the step out",
                step=line.name,
            )
        return self._needs[name]

    # Decisions of people

    def _decided(
        self,
        line: StepEntry,
        options: Any,
        needs: Mapping[str, Any],
        examples: Sequence[Example],
        answered: Answers,
        fates: Fates,
        values: Mapping[int, Any],
    ) -> Answers:
        """Examples with decided findings are asked about once more, of a corpus step all."""
        decided: Mapping[str, str] = self._needs.get("decisions", {})
        if not decided:
            return answered
        translated: dict[str, str] = {}
        again: list[int] = []
        for at, outcome in answered.outcomes.items():
            example = examples[at]
            hits = {
                finding_key(example.origin, found): decided[key]
                for found in outcome.findings
                if (key := finding_key(example.origin, fates.original(example, found))) in decided
            }
            if hits:
                translated.update(hits)
                again.append(at)
        if "decisions" not in needs:
            for at in again:
                answered.outcomes[at] = settled(examples[at], answered.outcomes[at], translated)
        elif again:
            function = line.factory(options, **{**needs, "decisions": translated})
            # Asked about a few examples only, a step that compares all of them would answer something else.
            if isinstance(function, MeasuringStep):
                asked = values if line.corpus else {at: values[at] for at in again}
                answered.outcomes.update(_decisions(line, function, examples, asked))
            elif line.corpus:
                return _sparse(line, examples, function(examples))
            else:
                part = [examples[at] for at in again]
                answered.outcomes.update(zip(again, function(part), strict=True))
        return answered

    # Measurements: place among the examples -> what was measured, where something was

    def _of_contents(
        self, line: StepEntry, options: Any, examples: Sequence[Example], fates: Fates
    ) -> dict[int, Any]:
        """Equal contents are measured once."""
        work = work_of(line, options, "measure")
        key = step_key(work, self._needs) if self._memory is not None else None
        known = self._memory.contents(key) if self._memory is not None and key else {}
        contents = [fates.content(example) for example in examples]
        new = {content: at for at, content in enumerate(contents) if content not in known}
        bare = [Example("", examples[at].messages, _NOWHERE) for at in new.values()]
        made = zip(new, map(_text, self._answers(work, bare, len(examples))), strict=True)
        texts = dict(made)
        if self._memory is not None and key:
            self._memory.made += len(new)
            self._memory.found += len(examples) - len(new)
            texts |= {content: known[content] for content in contents if content not in texts}
            self._memory.keep_contents(key, texts)
        # Read back from JSON, so that what was just measured is the very thing that will be remembered.
        return {at: json.loads(text) for at, content in enumerate(contents) if (text := texts[content])}

    def _of_basis(
        self,
        line: StepEntry,
        options: Any,
        plain: Mapping[str, Any],
        examples: Sequence[Example],
        fates: Fates,
    ) -> dict[int, Any]:
        """Taken over the basis."""
        state, everyone = self._basis or (fates.state(), examples)
        basis = [everyone[at] for at in places_judged(line.name, everyone)]
        work = work_of(line, options, "measure")
        key = self._set_key(work, state)
        values = self._memory.of_set(key) if self._memory is not None and key else None
        if values is None or len(values) != len(basis):
            told = line.options_class.model_validate(json.loads(work.options))
            with self._progress.task(line.name.replace("_", " "), len(basis)) as advance:
                measured = line.factory(told, **plain).measure(basis)
                advance(len(basis))
            if len(measured) != len(basis):
                raise _miscounted(line.name, len(measured), len(basis))
            values = [json.loads(_text(value)) if value is not None else None for value in measured]
            self._count(made=len(basis))
        else:
            self._count(found=len(basis))
        if self._memory is not None and key:
            self._memory.keep_set(key, values)
        by_id = {example.id: value for example, value in zip(basis, values, strict=True) if value is not None}
        return {at: by_id[example.id] for at, example in enumerate(examples) if example.id in by_id}

    # Steps that do not measure apart from deciding

    def _answered(
        self, line: StepEntry, options: Any, function: Any, examples: Sequence[Example], fates: Fates
    ) -> Answers:
        work = work_of(line, options, "outcomes")
        key = self._set_key(work, fates.state()) if self._memory is not None else None
        kept = self._memory.of_set(key) if self._memory is not None and key else None
        if kept and kept[0][0] == len(examples):
            self._count(found=len(examples))
            self._memory.keep_set(key, kept)  # type: ignore[union-attr, arg-type]
            return Answers({at: outcome_of(examples[at], row) for at, row in kept[1:]}, kept[0][1])
        if line.corpus:
            with self._progress.task(line.name.replace("_", " "), len(examples)) as advance:
                answers = _sparse(line, examples, function(examples))
                advance(len(examples))
        else:
            answers = _sparse(line, examples, list(self._answers(work, examples, len(examples))))
        if self._memory is not None and key:
            self._count(made=len(examples))
            rows: list[Any] = [
                [at, outcome_row(examples[at], found)] for at, found in answers.outcomes.items()
            ]
            # What carries new text is not remembered: it is cheap, and no file but the snapshot's own holds text.
            if not any(holds_text(row) for _, row in rows):
                self._memory.keep_set(key, [[len(examples), dict(answers.measured)], *rows])
        return answers

    def _answers(self, work: StepWork, examples: Sequence[Example], total: int) -> Iterator[Any]:
        """The executor's answers, one an example."""
        if not examples:
            return
        parts = [examples[start : start + self._batch] for start in range(0, len(examples), self._batch)]
        with self._progress.task(work.step.replace("_", " "), total) as advance:
            advance(total - len(examples))
            for part, answered in zip(parts, self._executor.answers(work, parts), strict=True):
                if len(answered) != len(part):
                    raise _miscounted(work.step, len(answered), len(part))
                yield from answered
                advance(len(part))

    def _set_key(self, work: StepWork, state: str) -> str | None:
        key = step_key(work, self._needs) if self._memory is not None else None
        return None if key is None else digest([key, state])

    def _count(self, *, found: int = 0, made: int = 0) -> None:
        if self._memory is not None:
            self._memory.found += found
            self._memory.made += made


def _text(value: Any) -> str:
    """A measurement as JSON; nothing as empty text."""
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _decisions(
    line: StepEntry, function: MeasuringStep, examples: Sequence[Example], values: Mapping[int, Any]
) -> dict[int, Outcome]:
    """What a step decides about the examples of which something was measured."""
    outcomes = function.decide([examples[at] for at in values], list(values.values()))
    if len(outcomes) != len(values):
        raise _miscounted(line.name, len(outcomes), len(values))
    return dict(zip(values, outcomes, strict=True))


def _sparse(line: StepEntry, examples: Sequence[Example], outcomes: Sequence[Outcome]) -> Answers:
    if len(outcomes) != len(examples):
        raise _miscounted(line.name, len(outcomes), len(examples))
    told = {
        at: outcome
        for at, (example, outcome) in enumerate(zip(examples, outcomes, strict=True))
        if not isinstance(outcome, Keep)
        or outcome.example is not example
        or outcome.findings
        or outcome.reasons
        or outcome.evidence
    }
    return Answers(told, outcomes.measured if isinstance(outcomes, Measured) else {})


def _miscounted(step: str, answered: int, asked: int) -> EngineError:
    return EngineError(
        f"step `{step}` answered {answered} outcomes for {asked} examples",
        hint="report this as a defect of the step",
        step=step,
    )
