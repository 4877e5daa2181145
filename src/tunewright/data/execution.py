"""Where the work of per-example steps is done: the seam between the runner and an executor.

The runner says what is to be done as a ``StepWork`` (plain data: a worker anywhere can build the function from it) and hands
over the examples in batches; an executor answers each batch's outcomes or measurements, in order. Steps that see the whole
set, decisions by thresholds and decisions of people stay with the runner.

To run elsewhere: implement ``StepExecutor.answers``. In the worker, build the needs that ``work.needs`` names from the
engine names of the configuration, then ``function = function_of(work, needs)`` once and ``function(batch)`` for every batch.
``tunewright.data.outcome_json`` writes outcomes as JSON and reads them back; measurements are JSON values already.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tunewright.core.canonical import canonical_json
from tunewright.core.errors import ConfigError, EngineError
from tunewright.core.options import Options
from tunewright.core.types import Example
from tunewright.data.steps import MeasuringStep, StepEntry, entry

_AMBIENT = ("decisions", "executor")
"""what a step may ask for that is no part of its work: decisions come later, an executor changes no answer"""

Part = Literal["outcomes", "measure"]


@dataclass(frozen=True, slots=True)
class StepWork:
    """What a worker must know to do a step's work on a batch: never a closure, never a pickle of ours."""

    step: str
    version: int
    options: str
    """canonical JSON of the step's options"""
    part: Part
    """``outcomes``: answer one ``Outcome`` an example; ``measure``: answer one measurement (a JSON value) an example"""
    needs: tuple[str, ...] = ()
    """what the step asks for by name (``detector``, ``form``, ...) and with these options uses"""


class StepExecutor(Protocol):
    """Does the work of a step that judges every example by itself."""

    def answers(self, work: StepWork, batches: Iterable[Sequence[Example]]) -> Iterator[list[Any]]:
        """One list a batch, in the order of the batches; in it one answer an example, in order.

        Raises what the step raises. A worker that dies is the executor's to replace: a batch's answers are a pure function
        of ``work`` and the batch.
        """
        ...


class LocalExecutor:
    """In this process, one batch after the other."""

    def __init__(self, needs: Mapping[str, Any]) -> None:
        self._needs = needs

    def answers(self, work: StepWork, batches: Iterable[Sequence[Example]]) -> Iterator[list[Any]]:
        """See ``StepExecutor``."""
        function = function_of(work, self._needs)
        for batch in batches:
            yield function(batch)


def work_of(line: StepEntry, options: Options, part: Part) -> StepWork:
    """The description of a step's work. Of a measurement, options that only the decision reads are at their defaults."""
    told = measuring_options(options) if part == "measure" else options
    unused = told.unused()
    needs = tuple(name for name in line.needs if name not in unused and name not in _AMBIENT)
    text = canonical_json(told).decode("utf-8")
    return StepWork(line.name, line.version, text, part, needs)


def measuring_options(options: Options) -> Options:
    """The options with everything at its default that only a decision reads, so no measurement can depend on it."""
    kind = type(options)
    # No option that a person did not set: a default another version would give is not written down.
    kept = {name: getattr(options, name) for name in kind.model_fields if name not in kind.decides}
    return kind.model_validate(json.loads(canonical_json(kept)))


def function_of(work: StepWork, needs: Mapping[str, Any]) -> Callable[[Sequence[Example]], list[Any]]:
    """The function that does the work on one batch. ``needs``: at least those the work names.

    Raises ConfigError for an unknown step or wrong options, EngineError when this version knows the step in another one.
    """
    line = entry(work.step)
    if line.version != work.version:
        raise EngineError(
            f"this worker knows `{work.step}` in version {line.version}, the build asks for {work.version}",
            hint="run the same version of tunewright everywhere",
            step=work.step,
        )
    options = line.options_class.model_validate(json.loads(work.options))
    given = {name: _given(line, name, work, needs) for name in line.needs}
    function = line.factory(options, **given)
    if work.part == "outcomes":
        return _listed(function)
    if not isinstance(function, MeasuringStep):
        raise ConfigError(
            f"step `{work.step}` measures nothing apart from what it decides", hint="ask for outcomes"
        )
    return function.measure


def _given(line: StepEntry, name: str, work: StepWork, needs: Mapping[str, Any]) -> Any:
    if name in _AMBIENT:
        return {} if name == "decisions" else None
    if name not in work.needs:
        return None
    if name not in needs:
        raise ConfigError(
            f"step `{line.name}` needs `{name}`, which nobody gives",
            hint="leave the step out",
            step=line.name,
        )
    return needs[name]


def _listed(function: Callable[[Sequence[Example]], Any]) -> Callable[[Sequence[Example]], list[Any]]:
    return lambda batch: list(function(batch))
