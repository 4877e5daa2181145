"""What two snapshots were made from and by, compared: everything that can be the cause of a difference."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunewright.core.erased import ERASED
from tunewright.core.errors import ConfigError
from tunewright.data.steps import STEPS, entry

SOURCE, RULE, THRESHOLD, REVIEW, GOLDEN, SEED, ERASURE, UNEXPLAINED = KINDS = (
    "source", "rule", "threshold", "review", "golden", "seed", "erasure", "unexplained",
)  # fmt: skip
"""the kinds of cause"""
JUDGED = "review"
"""the step that applies what experts said of whole examples: what it does differently is a review"""
ENGINE_NEEDS = ("detector", "language", "embedder", "pseudonyms", "form", "scorer")


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something differs."""

    kind: str
    """source, rule, threshold, review, golden, seed, erasure or unexplained"""
    name: str
    """of the source, step or golden set; empty for the others"""
    detail: str
    """such as ``row changed`` or ``drop_from 0.8 -> 0.7``"""


@dataclass(frozen=True, slots=True)
class Inputs:
    """How the two recipes differ. Empty: they do not."""

    steps: Mapping[str, Cause] = field(default_factory=dict)
    """step -> rule or threshold"""
    order: tuple[str, ...] = ()
    """all steps of both, each after those that ran before it"""
    sources: Mapping[str, str] = field(default_factory=dict)
    """source -> ``new``, ``gone``, ``changed`` (other bytes), ``described`` (same bytes, read or described otherwise) or
    ``erased`` (the bytes differ by erased rows alone)"""
    goldens: tuple[str, ...] = ()
    seed: str = ""
    """``42 -> 43``"""
    engines: Mapping[str, str] = field(default_factory=dict)
    """what steps need -> ``patterns@1 -> patterns@2``"""
    decisions: Mapping[str, str] = field(default_factory=dict)
    """finding key -> ``open -> dismissed``"""
    program: str = ""
    """``0.4.0 -> 0.5.0`` where the version of the program differs"""

    def all_causes(self) -> list[Cause]:
        """Everything that differs, as causes of the most general kind."""
        found = list(self.steps.values())
        found += [Cause(SOURCE, name, how) for name, how in self.sources.items() if how != ERASED]
        found += [Cause(ERASURE, "", ERASED)] if ERASED in self.sources.values() else []
        found += [Cause(GOLDEN, name, "changed") for name in self.goldens]
        found += [Cause(SEED, "", self.seed)] if self.seed else []
        found += [Cause(RULE, need, f"engine {how}") for need, how in self.engines.items()]
        found += [Cause(REVIEW, "", how) for how in sorted(set(self.decisions.values()))]
        return found


def compare_inputs(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    steps: tuple[Sequence[Any], Sequence[Any]],
    **known: Any,
) -> Inputs:
    """How two recipes differ. ``steps``: those of the two manifests; ``known``: sources, goldens, decisions, program."""
    seeds = before.get("seed"), after.get("seed")
    old, new = before.get("engines") or {}, after.get("engines") or {}
    both = {need for need in old if need in new and old[need] != new[need]}
    changes = step_changes(*steps)
    return Inputs(
        steps=changes,
        order=merged_order([s["name"] for s in steps[0]], [s["name"] for s in steps[1]]),
        seed=f"{seeds[0]} -> {seeds[1]}" if seeds[0] != seeds[1] and None not in seeds else "",
        engines={need: f"{old[need]} -> {new[need]}" for need in sorted(both)},
        **known,
    )


def step_changes(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[str, Cause]:
    """Steps that were added, removed or moved, or have another version or other options."""
    before, after = {step["name"]: step for step in old}, {step["name"]: step for step in new}
    moved = _moved(
        [s["name"] for s in old if s["name"] in after], [s["name"] for s in new if s["name"] in before]
    )
    found = {}
    for name in dict.fromkeys([*before, *after]):
        if name == JUDGED:
            continue
        if name not in before:
            found[name] = Cause(RULE, name, "new step")
        elif name not in after:
            found[name] = Cause(RULE, name, "step gone")
        elif before[name]["version"] != after[name]["version"]:
            found[name] = Cause(RULE, name, f"version {before[name]['version']} -> {after[name]['version']}")
        elif before[name]["options"] != after[name]["options"]:
            found[name] = _options_change(name, before[name]["options"], after[name]["options"])
        elif name in moved:
            found[name] = Cause(RULE, name, "another place in the order")
    return found


def _options_change(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Cause:
    changed = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
    detail = ", ".join(f"{key} {_short(old.get(key))} -> {_short(new.get(key))}" for key in changed)
    only_limits = all(_is_limit(name, key, old.get(key), new.get(key)) for key in changed)
    return Cause(THRESHOLD if only_limits else RULE, name, detail)


def _is_limit(name: str, key: str, old: Any, new: Any) -> bool:
    """Whether an option only moves a limit: a number that the step's decision reads. A step in one piece measures and
    decides at once; of it every number is a limit."""
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (old, new))
    if not numbers or name not in STEPS:
        return False
    try:
        decides: frozenset[str] = getattr(entry(name).options_class, "decides", frozenset())
    except (ConfigError, ImportError):
        return False
    return key in decides or not decides


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _moved(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """The fewest steps whose removal leaves both orders alike (longest common subsequence)."""
    if list(old) == list(new):
        return set()
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            same = old[i] == new[j]
            lengths[i][j] = lengths[i + 1][j + 1] + 1 if same else max(lengths[i + 1][j], lengths[i][j + 1])
    stays, i, j = set(), 0, 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            stays.add(old[i])
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return set(old) - stays


def merged_order(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """All steps of both pipelines: those of both in the order of the first, the others behind what they ran behind."""
    merged = list(dict.fromkeys(old))
    at = 0
    for name in dict.fromkeys(new):
        if name in merged:
            at = merged.index(name) + 1
        else:
            merged.insert(at, name)
            at += 1
    return tuple(merged)


def needs_of(name: str) -> frozenset[str]:
    """What a step asks for by name; nothing for a step this version does not know."""
    try:
        return frozenset(entry(name).needs) if name in STEPS else frozenset()
    except (ConfigError, ImportError):
        return frozenset()


def is_corpus(name: str) -> bool:
    """Whether a step sees the whole set, so that one row can change the answer for another."""
    try:
        return name in STEPS and entry(name).corpus
    except (ConfigError, ImportError):
        return False


def adding_steps(order: Sequence[str]) -> list[str]:
    """The steps that add examples."""
    return [name for name in order if name in STEPS and entry(name).adds]
