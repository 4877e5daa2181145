"""A step's work in a worker: built from names alone, and refused where the worker would answer something else.

The driver says which code, which version of the step and which versions of its engines it has; a worker that has others
does nothing. Engines are loaded once a worker process. A key never travels: the worker reads it from the workspace's folder.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.canonical import plain
from tunewright.core.code import check_same, package_digest
from tunewright.core.ports import Executor, Work
from tunewright.core.types import Example
from tunewright.data.execution import LocalExecutor, StepWork, function_of
from tunewright.data.wire import (
    examples_bytes,
    examples_of,
    outcomes_bytes,
    outcomes_of,
    values_bytes,
    values_of,
)
from tunewright.flows.step_needs import NamedNeeds, NeedNames
from tunewright.store.project import STATE_NAME, stored_key

_CHEAP = frozenset({"normalise", "malformed", "length"})
"""steps that cost less than sending the examples (measured: docs/guide/big.md); the driver does them itself"""


class WorkerSteps:
    """Implements ``StepExecutor`` over the workers of an ``Executor``."""

    def __init__(self, executor: Executor, needs: NamedNeeds) -> None:
        self._executor = executor
        self._needs = needs
        self._here = LocalExecutor(needs)

    def answers(self, work: StepWork, batches: Iterable[Sequence[Example]]) -> Iterator[list[Any]]:
        """See ``StepExecutor``. Raises ConflictError when a worker has other versions than this process."""
        if work.step in _CHEAP:
            yield from self._here.answers(work, batches)
            return
        sent: list[Sequence[Example]] = []

        def parts() -> Iterator[bytes]:
            for batch in batches:
                sent.append(batch)
                yield examples_bytes(batch)

        told = Work("tunewright.flows.step_worker:step_function", settings_of(work, self._needs))
        for answer in self._executor.map(told, parts()):
            batch = sent.pop(0)
            yield values_of(answer) if work.part == "measure" else list(outcomes_of(batch, answer))


def settings_of(work: StepWork, needs: NamedNeeds) -> bytes:
    """What a worker is told, as JSON."""
    given: dict[str, Any] = {"seed": needs["seed"]} if "seed" in work.needs else {}
    if "golden" in work.needs:
        given["golden"] = examples_bytes(needs["golden"]).decode("utf-8", "surrogatepass")
    told = {
        "code": package_digest(),
        "work": plain(work),
        "names": plain(needs.names),
        "given": given,
        "versions": needs.versions_of(work.needs),
    }
    return values_bytes([told])


def step_function(settings: bytes) -> Callable[[bytes], bytes]:
    """Called in the worker: bytes of a batch -> bytes of its answers.

    Raises ConflictError for another version of anything, what loading an engine raises, IntegrityError for a key that cannot
    be read here.
    """
    (told,) = values_of(settings)
    check_same("tunewright", told["code"], package_digest())
    work = StepWork(**{**told["work"], "needs": tuple(told["work"]["needs"])})
    needs = _needs(values_bytes([told["names"], told["given"]]))
    for name, version in told["versions"].items():
        check_same(name, version, str(needs[name].version))
    function = function_of(work, needs)

    def run(part: bytes) -> bytes:
        examples = examples_of(part)
        answers = function(examples)
        if work.part == "measure":
            return values_bytes(answers)
        return outcomes_bytes(examples, answers, work.step)

    return run


@functools.cache
def _needs(told_bytes: bytes) -> NamedNeeds:
    """Engines of this process: one set for all steps that are given the same."""
    names, values = values_of(told_bytes)
    told = NeedNames.model_validate(names)
    ready = {name: value for name, value in values.items() if name != "golden"}
    if "golden" in values:
        ready["golden"] = examples_of(values["golden"].encode("utf-8", "surrogatepass"))
    return NamedNeeds(told, ready, lambda name: stored_key(Path(told.root) / STATE_NAME, name))
