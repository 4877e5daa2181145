"""Examples and answers of steps as bytes, for workers in other processes and on other machines.

JSON in the encoding "utf-8 with surrogates passed": every text a source can give comes back as it was, half surrogate pairs
too. Numbers come back to the last bit (JSON writes the shortest form that does).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tunewright.core.errors import EngineError
from tunewright.core.types import Example, Keep, Message, Origin, Outcome
from tunewright.data.outcome_json import outcome_of, outcome_row

_EMPTY = Origin("", "", "")


def examples_bytes(examples: Sequence[Example]) -> bytes:
    """The examples of a batch."""
    return _bytes([_row(example) for example in examples])


def examples_of(data: bytes) -> list[Example]:
    """The examples that ``examples_bytes`` wrote."""
    return [_example(row) for row in _value(data)]


def values_bytes(values: Sequence[Any]) -> bytes:
    """Measurements: JSON values already."""
    return _bytes(list(values))


def values_of(data: bytes) -> list[Any]:
    """The measurements that ``values_bytes`` wrote."""
    found: list[Any] = _value(data)
    return found


def outcomes_bytes(examples: Sequence[Example], outcomes: Sequence[Outcome], step: str) -> bytes:
    """Outcomes, told relative to the examples that were judged.

    Raises EngineError when there is not one an example, or a step changed an example's identity.
    """
    if len(outcomes) != len(examples):
        raise _lawless(f"step `{step}` answered {len(outcomes)} outcomes for {len(examples)} examples", step)
    for example, outcome in zip(examples, outcomes, strict=True):
        if isinstance(outcome, Keep) and outcome.example is not example:
            after = outcome.example
            if (after.id, after.origin, len(after.messages)) != (
                example.id,
                example.origin,
                len(example.messages),
            ):
                raise _lawless(
                    f"step `{step}` changed the identity or the turns of an example", step, example.id
                )
    return _bytes([outcome_row(example, one) for example, one in zip(examples, outcomes, strict=True)])


def outcomes_of(examples: Sequence[Example], data: bytes) -> list[Outcome]:
    """The outcomes that ``outcomes_bytes`` wrote; an example that is kept as it was is the very same object."""
    return [outcome_of(example, row) for example, row in zip(examples, _value(data), strict=True)]


def _lawless(what: str, step: str, example: str = "") -> EngineError:
    facts: dict[str, Any] = {"step": step, "example": example} if example else {"step": step}
    return EngineError(what, hint="report this as a defect of the step", **facts)


def _row(example: Example) -> list[Any]:
    origin = example.origin
    turns = [part for turn in example.messages for part in (turn.role, turn.content)]
    if origin == _EMPTY and not (example.reference or example.history or example.labels):
        return [example.id, turns]
    where = [
        origin.source, origin.locator, origin.digest, origin.licence, origin.purpose, origin.received_at,
        origin.subject, origin.thread,
    ]  # fmt: skip
    return [example.id, turns, where, example.reference, example.history, example.labels]


def _example(row: Sequence[Any]) -> Example:
    turns = row[1]
    messages = tuple(Message(turns[at], turns[at + 1]) for at in range(0, len(turns), 2))
    if len(row) == 2:
        return Example(row[0], messages, _EMPTY)
    return Example(row[0], messages, Origin(*row[2]), row[3], tuple(row[4]), tuple(row[5]))


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _value(data: bytes) -> Any:
    return json.loads(data.decode("utf-8", "surrogatepass"))
