"""No pattern of the PII detectors may take more than linear time: shown for every compiled pattern, and for the whole.

For each pattern the attacks are made from the pattern itself: long rows of each character it contains, of each of its
literal beginnings, and of pairs of them, with an ending that cannot match. The work at n and at 4n characters is
compared: linear is four times, quadratic sixteen. Times too small to measure count as nothing, so noise does not fail it.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import re._constants as sre
import re._parser as parser
import time
from collections.abc import Iterator
from typing import Any

import pytest

import tunewright.engines.pii
from tunewright.engines.pii.patterns import PatternDetector

N = 6_000
WORTH_MEASURING_S = 0.02
STEEPEST = 9.0
SKIPPED = {"presidio_detector", "spacy_detector", "hf_detector", "ner"}
"""modules that need an extra; they compile no pattern of ours"""


def patterns() -> dict[str, re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    for info in pkgutil.iter_modules(tunewright.engines.pii.__path__):
        if info.name not in SKIPPED:
            module = importlib.import_module(f"tunewright.engines.pii.{info.name}")
            for value in vars(module).values():
                for pattern in inside(value):
                    found.setdefault(pattern.pattern, pattern)
    return {f"{n}": pattern for n, pattern in enumerate(found.values())}


def inside(value: Any, depth: int = 0) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3:
        if isinstance(value, dict):
            for item in value.values():
                yield from inside(item, depth + 1)
        elif isinstance(value, (tuple, list)):
            for item in value:
                yield from inside(item, depth + 1)
        elif hasattr(value, "pattern"):
            yield from inside(value.pattern, depth + 1)


ALL = patterns()


def characters(tree: Any) -> Iterator[str]:
    """One character of every literal and class in a parsed pattern, and of every range its ends."""
    for op, value in tree:
        if op is sre.LITERAL:
            yield chr(value)
        elif op is sre.IN:
            for kind, item in value:
                if kind is sre.LITERAL:
                    yield chr(item)
                elif kind is sre.RANGE:
                    yield chr(item[0])
                elif kind is sre.CATEGORY:
                    yield from {sre.CATEGORY_SPACE: " \n", sre.CATEGORY_DIGIT: "0"}.get(item, "aé.")
        elif op is sre.NOT_LITERAL or op is sre.ANY:
            yield "x"
        else:
            yield from (char for part in parts(value) for char in characters(part))


def parts(value: Any) -> Iterator[Any]:
    if isinstance(value, parser.SubPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from parts(item)


def literals(pattern: str) -> list[str]:
    return [
        word
        for word in re.findall(r"[A-Za-z0-9_=:@/-]{3,20}", pattern)
        if not re.fullmatch(r"[A-Za-z]-[A-Za-z0-9-]*", word)
    ][:6]


def attacks(pattern: re.Pattern[str]) -> list[str]:
    found = list(dict.fromkeys(characters(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE))))[:16]
    words = literals(pattern.pattern)
    units = [*found, *words, "".join(found), "".join(words)]
    units += [one + other for one in (*found[:5], *words[:2]) for other in found[:5]]
    units += [word + char for word in words[:3] for char in found[:6]]
    return [unit for unit in dict.fromkeys(units) if unit]


def work(pattern: re.Pattern[str], text: str) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for _match in pattern.finditer(text):
            pass
        best = min(best, time.process_time() - started)
        if best < WORTH_MEASURING_S / 4:
            break
    return best


@pytest.mark.parametrize("bad", [r"[a-z]+@", r"[0-9]+(?: [0-9]+)*x", r"a[a-z]*b"])
def test_the_attacks_catch_a_pattern_that_is_not_linear(bad):
    with pytest.raises(AssertionError):
        attack(re.compile(bad), 1_500)


@pytest.mark.parametrize("name", ALL)
def test_a_pattern_takes_linear_time(name):
    attack(ALL[name])


def attack(pattern: re.Pattern[str], n: int = N) -> None:
    for unit in attacks(pattern):
        for ending in ("", "\0"):
            small = unit * (n // len(unit)) + ending
            large = unit * (4 * n // len(unit)) + ending
            longer = work(pattern, large)
            if longer >= WORTH_MEASURING_S:
                shorter = work(pattern, small)
                assert longer <= STEEPEST * max(shorter, WORTH_MEASURING_S / 8), (
                    pattern.pattern[:60],
                    unit[:20],
                )


def repeats(tree: Any, inside_of: int = 1) -> Iterator[tuple[int, int]]:
    """(most repetitions of what is around, most repetitions) of every repeat that holds another repeat or is in one."""
    for op, value in tree:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            _, most, body = value
            yield inside_of, most
            yield from repeats(
                body, max(inside_of, most) if inside_of == 1 or most == 1 else inside_of * most
            )
        else:
            for part in parts(value):
                yield from repeats(part, inside_of)


@pytest.mark.parametrize("name", ALL)
def test_no_endless_repeat_stands_in_a_repeat(name):
    """The construction behind it: an unbounded repeat never holds an unbounded one."""
    for around, most in repeats(parser.parse(ALL[name].pattern, ALL[name].flags & ~re.UNICODE)):
        assert not (around >= sre.MAXREPEAT and most >= sre.MAXREPEAT), ALL[name].pattern[:80]


def test_the_patterns_were_found():
    assert len(ALL) >= 130


WHOLE = [
    "a", "1", "1 ", "1-", "(1", "1.", "+1", "@", "a@", "a@a.", "a.a@", ":", "1:", "a:", "::", "f:", "://", "a://b:", "a://b:c@", "DE12 ",
    "eyJ", "sk-", "password=", "key key", "[at]", "a [at] b ", "AKIA", "0.0.", "12/12/", "jan 1 ", "-", " ", "\u200b", "１", "é", "4111",
    "account ", "account number 1", "passport ", "plate AB12 ", "<b>", "&#49;", "%34", "**1", "1\n", "a@\n", "\\u0034", "order 123456789 ",
    "born 1.1.1 ", "4111 1111 1111 1111 ", "a@b.example ", "+4930901820 ", "AccountKey=", "machine ", "Server=a;", "-----BEGIN PRIVATE KEY-----",
]  # fmt: skip


@pytest.mark.parametrize("unit", WHOLE)
def test_the_detector_takes_linear_time(unit):
    detector = PatternDetector()

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = float("inf")
        for _ in range(2):
            started = time.process_time()
            detector.detect([text])
            best = min(best, time.process_time() - started)
        return best

    seconds(400)
    longer = seconds(80_000)
    if longer >= 0.1:
        assert longer <= STEEPEST * max(seconds(20_000), 0.012), unit


def test_a_megabyte_of_everything():
    unit = "".join(WHOLE)
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    PatternDetector().detect([text])
    assert time.process_time() - started < 60
