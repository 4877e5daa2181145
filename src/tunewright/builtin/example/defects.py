"""Plant defects among clean items. Shares are those of a messy but real export."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tunewright.builtin.example.messages import Item, slip, with_span
from tunewright.builtin.example.values import DOUBTFUL_SENTENCES, PII, SECRET_SENTENCES, doubtful, secret

_SAYING = re.compile("phone|call|number|code|answer", re.I)
_LONG_ENOUGH = 64
_SHARES = {
    "exact_duplicate": 0.03,
    "near_duplicate": 0.04,
    "pii": 0.06,
    "secret": 0.01,
    "doubtful": 0.006,
    "empty_reply": 0.01,
    "cut_off_reply": 0.01,
    "mojibake": 0.01,
    "encoding_damage": 0.005,
    "contaminates_golden": 0.008,
}


def planted(items: Sequence[Item], golden: Sequence[Item], random: Random) -> list[Item]:
    """The items, some of them damaged, with repetitions added; in random order, ``of`` pointing into the answer."""
    damaged = list(items)
    order = random.sample(range(len(items)), len(items))

    def some(kind: str) -> range:
        return range(max(4, round(_SHARES[kind] * len(items))))

    kinds = list(PII)
    for count in some("pii"):
        at, kind = order.pop(), kinds[count % len(kinds)]
        draw, sentences = PII[kind]
        damaged[at] = with_span(damaged[at], random.choice(sentences), kind, draw(random), "pii")
    for _ in some("secret"):
        at = order.pop()
        damaged[at] = with_span(
            damaged[at], random.choice(SECRET_SENTENCES), "secret", secret(random), "secret"
        )
    # Where nothing near says what the digits are, they stay doubtful.
    unsaid = [
        at for at in order if items[at].tag in ("grid", "water") and not _SAYING.search(items[at].prompt)
    ]
    for at in unsaid[: len(some("doubtful"))]:
        order.remove(at)
        damaged[at] = with_span(
            damaged[at], random.choice(DOUBTFUL_SENTENCES), "doubtful", doubtful(random), "doubtful"
        )
    for _ in some("empty_reply"):
        at = order.pop()
        damaged[at] = replace(
            damaged[at], reply=random.choice(("", "  ", "N/A", "TODO")), defects=("empty_reply",)
        )
    for _ in some("cut_off_reply"):
        at = order.pop()
        reply = damaged[at].reply
        damaged[at] = replace(
            damaged[at], reply=reply[: random.randrange(5, len(reply) - 2)], defects=("cut_off_reply",)
        )
    for _ in some("mojibake"):
        at = order.pop()
        damaged[at] = replace(damaged[at], prompt=_misread(damaged[at].prompt), defects=("mojibake",))
    for _ in some("encoding_damage"):
        at = order.pop()
        damaged[at] = replace(
            damaged[at], prompt=_lossy(damaged[at].prompt, random), defects=("encoding_damage",)
        )
    clean = [at for at in order if not damaged[at].defects]
    damaged += _repeated(damaged, clean, len(some("exact_duplicate")), random, near=False)
    damaged += _repeated(damaged, clean, len(some("near_duplicate")), random, near=True)
    for item in random.sample(list(golden), len(some("contaminates_golden"))):
        damaged.append(replace(item, defects=("contaminates_golden",)))
    return _shuffled(damaged, random)


def _repeated(
    items: Sequence[Item], clean: list[int], count: int, random: Random, *, near: bool
) -> list[Item]:
    """Copies of clean items; near ones with a slip, other capitals or a word more. Uses up ``clean``."""
    copies = []
    for _ in range(count):
        if not near:
            at = clean.pop()
            copies.append(replace(items[at], defects=("exact_duplicate",), of=at))
            continue
        # In a shorter text one slip changes too much for the two to be called near.
        at = next(at for at in reversed(clean) if len(items[at].prompt) >= _LONG_ENOUGH)
        clean.remove(at)
        text = items[at].prompt
        text = random.choice((f"{text} please", f"{text} Thx", slip(text, random), f"ok {text}"))
        copies.append(replace(items[at], prompt=text, defects=("near_duplicate",), of=at))
    return copies


def _misread(text: str) -> str:
    """As a system shows it that reads UTF-8 as Windows-1252."""
    typographic = f"{text} It’s – still – the same…"
    return typographic.encode("utf-8").decode("cp1252")


def _lossy(text: str, random: Random) -> str:
    """Characters that were lost for good."""
    at = random.randrange(2, len(text) - 2)
    return f"{text[:at]}\ufffd\ufffd{text[at + 1 :]}"


def _shuffled(items: Sequence[Item], random: Random) -> list[Item]:
    order = random.sample(range(len(items)), len(items))
    place = {old: new for new, old in enumerate(order)}
    return [replace(items[old], of=place[items[old].of] if items[old].of >= 0 else -1) for old in order]
