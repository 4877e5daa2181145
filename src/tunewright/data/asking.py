"""Ask one step about the examples that are left: measure what is not remembered, decide, apply what people decided."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tunewright.core.canonical import digest
from tunewright.core.errors import ConfigError, EngineError
from tunewright.core.ports import Progress
from tunewright.core.types import Example, Origin, Outcome
from tunewright.data.doubts import settled
from tunewright.data.execution import LocalExecutor, StepExecutor, StepWork, work_of
from tunewright.data.fates import Fates
from tunewright.data.findings import finding_key
from tunewright.data.memory import Memory
from tunewright.data.outcome_json import outcome_of, outcome_row
from tunewright.data.step_key import step_key
from tunewright.data.steps import Measured, MeasuringStep, StepEntry

_NOWHERE = Origin("", "", "")


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
        self._basis: tuple[str, list[Example]] | None = None

    def needs_of(self, line: StepEntry, options: Any) -> dict[str, Any]:
        """What the step is given. Raises ConfigError for something nobody gives."""
        unused = options.unused()
        return {name: None if name in unused else self._need(line, name) for name in line.needs}

    def outcomes(self, line: StepEntry, options: Any, fates: Fates) -> Measured:
        """One outcome for every example that is left, in order of the ids."""
        examples = list(fates.current.values())
        needs = self.needs_of(line, options)
        plain = {**needs, "decisions": {}} if "decisions" in needs else needs
        function = line.factory(options, **plain)
        if options.decides and self._basis is None:
            self._basis = (fates.state(), examples)
        if not isinstance(function, MeasuringStep):
            answered = self._answered(line, options, function, examples, fates)
            return self._decided(line, options, needs, examples, answered, fates, None)
        values = (
            self._of_basis(line, options, plain, examples, fates)
            if line.corpus
            else self._of_contents(line, options, examples, fates)
        )
        answered = _checked(line, examples, function.decide(examples, values))
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
        outcomes: Measured,
        fates: Fates,
        values: Sequence[Any] | None,
    ) -> Measured:
        """Examples with decided findings are asked about once more, of a corpus step all."""
        decided: Mapping[str, str] = self._needs.get("decisions", {})
        if not decided:
            return outcomes
        translated: dict[str, str] = {}
        again: list[int] = []
        for at, (example, outcome) in enumerate(zip(examples, outcomes, strict=True)):
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
                outcomes[at] = settled(examples[at], outcomes[at], translated)
        elif again:
            function = line.factory(options, **{**needs, "decisions": translated})
            # Asked about a few examples only, a step that compares all of them would answer something else.
            places = range(len(examples)) if line.corpus else again
            asked = [examples[at] for at in places]
            if isinstance(function, MeasuringStep) and values is not None:
                answers = function.decide(asked, [values[at] for at in places])
            else:
                answers = function(asked)
            if line.corpus:
                return _checked(line, examples, answers)
            for at, outcome in zip(places, answers, strict=True):
                outcomes[at] = outcome
        return outcomes

    # Measurements

    def _of_contents(
        self, line: StepEntry, options: Any, examples: Sequence[Example], fates: Fates
    ) -> list[Any]:
        """One measurement an example; equal contents are measured once."""
        work = work_of(line, options, "measure")
        key = step_key(work, self._needs) if self._memory is not None else None
        known = self._memory.contents(key) if self._memory is not None and key else {}
        contents = [fates.content(example) for example in examples]
        wanted = dict.fromkeys(contents)
        new = {content: at for at, content in enumerate(contents) if content not in known}
        bare = [Example("", examples[at].messages, _NOWHERE) for at in new.values()]
        made = dict(zip(new, self._answers(work, bare, len(examples)), strict=True))
        texts = {content: known[content] if content in known else _text(made[content]) for content in wanted}
        if self._memory is not None and key:
            self._memory.keep_contents(key, texts)
            self._memory.made += len(new)
            self._memory.found += len(wanted) - len(new)
        # Read back from JSON, so that what was just measured is the very thing that will be remembered.
        values = {content: json.loads(text) for content, text in texts.items() if text}
        return [values.get(content) for content in contents]

    def _of_basis(
        self,
        line: StepEntry,
        options: Any,
        plain: Mapping[str, Any],
        examples: Sequence[Example],
        fates: Fates,
    ) -> list[Any]:
        """One measurement an example, taken over the basis."""
        state, basis = self._basis or (fates.state(), list(examples))
        work = work_of(line, options, "measure")
        key = self._set_key(work, state)
        values = self._memory.of_set(key) if self._memory is not None and key else None
        if values is None or len(values) != len(basis):
            told = line.options_class.model_validate(json.loads(work.options))
            with self._progress.task(line.name.replace("_", " "), len(basis)) as advance:
                measured = line.factory(told, **plain).measure(basis)
                advance(len(basis))
            if len(measured) != len(basis):
                raise _miscounted(line, len(measured), len(basis))
            values = [json.loads(_text(value)) if value is not None else None for value in measured]
            self._count(made=len(basis))
        else:
            self._count(found=len(basis))
        if self._memory is not None and key:
            self._memory.keep_set(key, values)
        by_id = {example.id: value for example, value in zip(basis, values, strict=True)}
        return [by_id[example.id] for example in examples]

    # Steps that do not measure apart from deciding

    def _answered(
        self, line: StepEntry, options: Any, function: Any, examples: Sequence[Example], fates: Fates
    ) -> Measured:
        work = work_of(line, options, "outcomes")
        key = self._set_key(work, fates.state()) if self._memory is not None else None
        kept = self._memory.of_set(key) if self._memory is not None and key else None
        if kept is not None and len(kept) == len(examples) + 1:
            self._count(found=len(examples))
            self._memory.keep_set(key, kept)  # type: ignore[union-attr, arg-type]
            return Measured(map(outcome_of, examples, kept[1:]), kept[0])
        if line.corpus:
            with self._progress.task(line.name.replace("_", " "), len(examples)) as advance:
                answers = _checked(line, examples, function(examples))
                advance(len(examples))
        else:
            answers = _checked(line, examples, list(self._answers(work, examples, len(examples))))
        if self._memory is not None and key:
            self._count(made=len(examples))
            rows = [outcome_row(example, answer) for example, answer in zip(examples, answers, strict=True)]
            # What carries new text is not remembered: it is cheap, and no file but the snapshot's own holds text.
            if not any(row and "messages" in row for row in rows):
                self._memory.keep_set(key, [dict(answers.measured), *rows])
        return answers

    def _answers(self, work: StepWork, examples: Sequence[Example], total: int) -> Iterator[Any]:
        """The executor's answers, one an example."""
        parts = [examples[start : start + self._batch] for start in range(0, len(examples), self._batch)]
        with self._progress.task(work.step.replace("_", " "), total) as advance:
            advance(total - len(examples))
            for part, answered in zip(parts, self._executor.answers(work, parts), strict=True):
                if len(answered) != len(part):
                    raise _miscounted(work, len(answered), len(part))
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


def _checked(line: StepEntry, examples: Sequence[Example], answers: Sequence[Outcome]) -> Measured:
    if len(answers) != len(examples):
        raise _miscounted(line, len(answers), len(examples))
    return answers if isinstance(answers, Measured) else Measured(answers, {})


def _miscounted(what: StepEntry | StepWork, answered: int, asked: int) -> EngineError:
    name = what.step if isinstance(what, StepWork) else what.name
    return EngineError(
        f"step `{name}` answered {answered} outcomes for {asked} examples",
        hint="report this as a defect of the step",
        step=name,
    )
