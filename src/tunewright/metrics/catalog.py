"""The metrics a configuration can name: name -> per-item function and signature. One line here adds one."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tunewright.core.errors import UsageError
from tunewright.metrics import text

ItemMetric = Callable[[str, str], float]
"""(answer, reference) -> 0..1"""


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to score an answer."""

    name: str
    score: ItemMetric
    signature: str
    needs_json: bool
    """the references must be JSON"""


_PLAIN: dict[str, tuple[ItemMetric, str, bool]] = {
    "exact_match": (text.exact_match, "exact_match|nfc:yes|trim:yes|case:yes|v:1", False),
    "json_valid": (text.json_valid, "json_valid|rfc8259:strict|fences:no|v:1", False),
    "json_match": (text.json_match, "json_match|rfc8259:strict|fences:no|keyorder:no|v:1", True),
}


def names() -> tuple[str, ...]:
    """The known metric names; ``NAME`` stands for a field of the reference."""
    return (*_PLAIN, "json_field:NAME")


def metric(name: str) -> Metric:
    """Look a metric up. Raises UsageError with the nearest known name."""
    if name in _PLAIN:
        function, signature, needs_json = _PLAIN[name]
        return Metric(name, function, signature, needs_json)
    head, _, path = name.partition(":")
    if head == "json_field" and path and all(path.split(".")):
        return Metric(name, partial(_field, path), f"json_field:{path}|rfc8259:strict|fences:no|v:1", True)
    near = difflib.get_close_matches(name, names(), n=1, cutoff=0.0)
    raise UsageError(
        f"unknown metric {name!r}", hint=f"known: {', '.join(names())}; nearest is {near[0] if near else '-'}"
    )


def _field(path: str, answer: str, reference: str) -> float:
    return text.json_field(answer, reference, path)
