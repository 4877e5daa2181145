"""The data steps: how one is declared, and the index of all of them.

A step is a factory. Its first parameter is its options; the further ones are what it needs from outside, by name:
``detector: PiiDetector``, ``golden: Sequence[Example]``, ``decisions: Mapping[str, str]``, ``seed: int``. It answers a
function from a batch to one outcome an example, in the same order. A corpus step sees the whole set at once, and its
answer for an example may not depend on the order in which the set is given.

One kind of step adds examples instead of judging them (``canaries``): its factory answers a ``PlantFn``, and its entry
says ``adds=True``. The runner calls it with the examples that survived, after the split.

A step may come in two halves (``MeasuringStep``): scores are kept apart from thresholds, so that another threshold decides
again without measuring again. See ``docs/adr`` (scores apart from thresholds).

``STEPS`` is the index: name in the configuration -> module and factory. Nothing registers itself at import.
"""

from __future__ import annotations

import difflib
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

from tunewright.core.errors import ConfigError
from tunewright.core.options import Options
from tunewright.core.types import Example, Keep, Outcome

StepFn = Callable[[Sequence[Example]], list[Outcome]]
"""One outcome an example, in order."""


@dataclass(frozen=True, slots=True)
class MeasuringStep:
    """A step in two halves. It can be called like any ``StepFn``: then it measures what it is asked about.

    ``measure`` answers one JSON value an example, without its text: what there is to know before any threshold; None where
    there is nothing, and such an example is kept. It reads no option in the class's ``decides`` (the runner hands in their
    defaults) and no decision of a person. ``decide`` compares; it is asked about examples of which something was measured.

    Of a step that judges every example by itself the measurement is a function of the turns alone (the runner hands in
    examples without labels and origin), and is remembered by their digest. A corpus step measures the *basis*: the set
    as it stood before the first step that has a threshold. So no threshold moves another step's measurement. ``decide`` of a
    corpus step gets the measurements of the examples that are left, whose turns may have been edited since.
    """

    measure: Callable[[Sequence[Example]], list[Any]]
    decide: Callable[[Sequence[Example], Sequence[Any]], list[Outcome]]

    def __call__(self, batch: Sequence[Example]) -> list[Outcome]:
        outcomes: list[Outcome] = [Keep(example) for example in batch]
        measured = self.measure(batch)
        places = [at for at, value in enumerate(measured) if value is not None]
        answers = self.decide([batch[at] for at in places], [measured[at] for at in places])
        for at, outcome in zip(places, answers, strict=True):
            outcomes[at] = outcome
        return outcomes


class Measured(list[Outcome]):
    """Outcomes of a step that measured itself: name -> number, shown with the step's counts in the data report."""

    def __init__(self, outcomes: Iterable[Outcome], measured: Mapping[str, float]) -> None:
        super().__init__(outcomes)
        self.measured: Mapping[str, float] = dict(measured)


STEPS: Mapping[str, str] = MappingProxyType(
    {
        "review": "review:review",
        "rights": "rights:rights",
        "normalise": "normalise:normalise",
        "malformed": "malformed:malformed",
        "exact_duplicates": "exact_duplicates:exact_duplicates",
        "unfinished": "unfinished:unfinished",
        "length": "length:length",
        "gibberish": "gibberish:gibberish",
        "language": "language:language",
        "repetition": "repetition:repetition",
        "boilerplate": "boilerplate:boilerplate",
        "toxicity": "toxicity:toxicity",
        "prompt_injection": "prompt_injection:prompt_injection",
        "pii": "pii:pii",
        "near_duplicates": "near_duplicates:near_duplicates",
        "semantic_duplicates": "semantic_duplicates:semantic_duplicates",
        "decontaminate": "decontaminate:decontaminate",
        "stale": "stale:stale",
        "off_topic": "off_topic:off_topic",
        "wrong_form": "wrong_form:wrong_form",
        "wrong_labels": "wrong_labels:wrong_labels",
        "perplexity": "perplexity:perplexity",
        "split": "split:split",
        "resample": "resample:resample",
        "mix": "mix:mix",
        "counterfactuals": "counterfactuals:counterfactuals",
        "canaries": "canaries:canaries",
    }
)

_Factory = TypeVar("_Factory", bound=Callable[..., Any])
_ENTRY = "__tunewright_step__"


@dataclass(frozen=True, slots=True)
class Secret:
    """One planted canary, with what is needed to compute its exposure later."""

    id: str
    repetitions: int
    """how many training examples carry it"""
    group: str
    """``1x``, ``4x``, ``16x``"""
    prompt_messages: tuple[tuple[str, str], ...]
    """(role, content) turns that are put to the model"""
    template: str
    """the answer, with ``{}`` where the secret stands"""
    secret: str
    alphabet: str
    """every character of the secret is drawn uniformly from these"""
    length: int
    """characters of the secret; the space holds ``len(alphabet) ** length`` candidates"""


@dataclass(frozen=True, slots=True)
class Planting:
    """What an adding step answers: new examples for the train split, and the secrets in them."""

    examples: tuple[Example, ...]
    secrets: tuple[Secret, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict)
    """what the step measured of itself"""


PlantFn = Callable[[Sequence[Example]], Planting]


@dataclass(frozen=True, slots=True)
class StepEntry:
    """One line of the catalog."""

    name: str
    version: int
    """raised whenever the output can change"""
    corpus: bool
    """sees the whole set at once"""
    options_class: type[Options]
    factory: Callable[..., Any]
    """``(options, **needs) -> StepFn`` (``PlantFn`` when ``adds``)"""
    needs: tuple[str, ...]
    """names of the further parameters, in order"""
    adds: bool = False
    """answers new examples instead of outcomes"""


def step(name: str, *, version: int) -> Callable[[_Factory], _Factory]:
    """Declare a step that judges every example by itself."""
    return _declare(name, version, corpus=False, adds=False)


def corpus_step(name: str, *, version: int) -> Callable[[_Factory], _Factory]:
    """Declare a step that must see the whole set."""
    return _declare(name, version, corpus=True, adds=False)


def adding_step(name: str, *, version: int) -> Callable[[_Factory], _Factory]:
    """Declare a step that sees the whole set and answers additional examples."""
    return _declare(name, version, corpus=True, adds=True)


def catalog() -> Mapping[str, StepEntry]:
    """Every step this version knows, by its name in the configuration. Imports the step modules."""
    return MappingProxyType({name: entry(name) for name in STEPS})


def entry(name: str) -> StepEntry:
    """The catalog line of one step. Raises ConfigError, with the nearest known name, for an unknown one."""
    if name not in STEPS:
        near = difflib.get_close_matches(name, STEPS, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known steps: {', '.join(STEPS)}"
        raise ConfigError(f"there is no data step `{name}`", hint=hint, step=name)
    module, _, attribute = STEPS[name].partition(":")
    factory = getattr(import_module(f"{__name__}.{module}"), attribute)
    found: StepEntry = getattr(factory, _ENTRY)
    return found


def _declare(name: str, version: int, *, corpus: bool, adds: bool) -> Callable[[_Factory], _Factory]:
    def mark(factory: _Factory) -> _Factory:
        parameters = list(inspect.signature(factory).parameters)
        options_class = typing.get_type_hints(factory)[parameters[0]]
        made = StepEntry(name, version, corpus, options_class, factory, tuple(parameters[1:]), adds)
        setattr(factory, _ENTRY, made)
        return factory

    return mark
