"""What a worker answers: bytes, or an error as JSON. An error never carries the text of what was worked on."""

from __future__ import annotations

import importlib
import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tunewright.core import errors
from tunewright.core.errors import EngineError, TunewrightError
from tunewright.core.ports import Work

Function = Callable[[bytes], bytes]

_DONE, _FAILED = b"+", b"-"


class Loaded:
    """The functions of this process, each made once from its names."""

    def __init__(self) -> None:
        self._functions: dict[Work, Function] = {}

    def answer(self, work: Work, part: bytes) -> bytes:
        """Do the work on one part; whatever happens is an answer."""
        try:
            if work not in self._functions:
                self._functions[work] = function_of(work)
            return _DONE + self._functions[work](part)
        except Exception as error:  # noqa: BLE001 - it goes to the driver, which raises it
            return failed(error)


def function_of(work: Work) -> Function:
    """The function that ``work`` names. Raises what its entry raises, EngineError when there is no such entry."""
    module, _, attribute = work.entry.partition(":")
    try:
        make = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise EngineError(
            f"a worker has no {work.entry} ({type(error).__name__})",
            hint="install the same version of tunewright, with the same extras, on every machine of the cluster",
            entry=work.entry,
        ) from error
    function: Function = make(work.settings)
    return function


def failed(error: Exception) -> bytes:
    """An error as an answer."""
    if not isinstance(error, TunewrightError):
        error = untyped(error)
    told: dict[str, Any] = {
        "class": type(error).__name__,
        "what": error.what,
        "hint": error.hint,
        "facts": error.facts,
        "retryable": getattr(error, "retryable", False),
    }
    return _FAILED + json.dumps(told).encode()


def untyped(error: Exception) -> EngineError:
    """A defect: its class and place, not its message, which may repeat an example's text."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return EngineError(
        f"a worker failed with {type(error).__name__} at {place}",
        hint="report this as a defect; the same build without workers shows the whole traceback",
        place=place,
        cause=type(error).__name__,
    )


def result_of(answer: bytes) -> bytes:
    """The bytes of an answer. Raises the error it tells instead: the class, text, hint and facts it was raised with."""
    if answer[:1] == _DONE:
        return answer[1:]
    told = json.loads(answer[1:])
    found = getattr(errors, told["class"], None)
    if not (isinstance(found, type) and issubclass(found, TunewrightError)):
        found = EngineError
    more = {"retryable": told["retryable"]} if issubclass(found, EngineError) else {}
    raise found(told["what"], hint=told["hint"], **more, **told["facts"])
