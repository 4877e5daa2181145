"""Draw customers' messages that differ enough from each other that none is a duplicate by chance."""

from __future__ import annotations

import json
import string
from dataclasses import dataclass, field, replace
from random import Random

from tunewright.builtin.example.phrases import CLOSINGS, INTENTS, OPENINGS, SLOTS, Intent
from tunewright.core.errors import UsageError

MOST_ALIKE = 0.62
"""Two drawn messages share at most this much of their character 5-grams (Jaccard)."""
_TRIES = 400


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data planted in a prompt; offsets in code points."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One message and its triage, before it is written in some form."""

    prompt: str
    reply: str
    tag: str
    defects: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    of: int = -1
    """number of the item this one repeats"""


@dataclass(slots=True)
class Drawer:
    """Draws messages of all intents in turn, never two alike."""

    random: Random
    _seen: dict[str, list[frozenset[str]]] = field(default_factory=dict)

    def draw(self, count: int) -> list[Item]:
        """``count`` items, intents in turn. Raises UsageError when the phrases do not give that many."""
        return [self._one(INTENTS[at % len(INTENTS)]) for at in range(count)]

    def _one(self, intent: Intent) -> Item:
        seen = self._seen.setdefault(intent.name, [])
        for _ in range(_TRIES):
            text = self._word(intent)
            grams = shingles(text)
            if all(_alike(grams, other) < MOST_ALIKE for other in seen):
                seen.append(grams)
                reply = json.dumps({"intent": intent.name, "team": intent.team})
                return Item(text, reply, intent.team)
        raise UsageError(
            f"no more than {sum(map(len, self._seen.values()))} different messages can be drawn",
            hint="ask for fewer rows",
        )

    def _word(self, intent: Intent) -> str:
        random = self.random
        core = self._fill(random.choice(intent.cores))
        opening, closing = random.choice(OPENINGS), random.choice(CLOSINGS)
        text = f"{opening} {core}".strip()
        if random.random() < 0.66:
            text += random.choice((", ", ". ", "; ", " and ")) + self._fill(random.choice(intent.details))
        text = text.rstrip(".") + random.choice((".", "", "!", "?" if core.split()[0] in _ASKING else "."))
        if closing:
            text += f" {closing}"
        return _hurried(text, random)

    def _fill(self, phrase: str) -> str:
        values = {name: self.random.choice(choices) for name, choices in SLOTS.items()}
        values["number"] = str(self.random.randrange(1, 240))
        values["amount"] = f"{self.random.choice('€£')}{self.random.randrange(20, 900)}"
        values["reading"] = str(self.random.randrange(1_000, 99_999))
        return phrase.format_map(values)


_ASKING = frozenset(
    ["is", "are", "can", "may", "do", "does", "how", "why", "when", "where", "what", "could", "who"]
)


def _hurried(text: str, random: Random) -> str:
    """People write as they like: capitals or none, now and then a slip."""
    kind = random.random()
    if kind < 0.55:
        text = text[0].upper() + text[1:]
    elif kind < 0.9:
        text = text.lower()
    else:
        text = text[0].upper() + text[1:] + " :("
    return slip(text, random) if random.random() < 0.12 else text


def slip(text: str, random: Random) -> str:
    """One typing mistake: two letters swapped, one left out, one doubled."""
    places = [
        at
        for at in range(1, len(text) - 1)
        if text[at] in string.ascii_letters and text[at + 1] in string.ascii_letters
    ]
    if not places:
        return text
    at = random.choice(places)
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return random.choice((swapped, text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:]))


def shingles(text: str) -> frozenset[str]:
    """Character 5-grams of the text in lower case, letters and digits only, single spaces."""
    plain = " ".join("".join(char if char.isalnum() else " " for char in text.lower()).split())
    return frozenset(plain[at : at + 5] for at in range(max(1, len(plain) - 4)))


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard similarity; 1 where the shorter text stands inside the longer one, however long that is."""
    shared = len(one & other)
    if shared >= 0.9 * min(len(one), len(other)):
        return 1.0
    return shared / (len(one) + len(other) - shared)


def with_span(item: Item, sentence: str, kind: str, value: str, defect: str) -> Item:
    """The item with a sentence holding ``value`` put behind its prompt."""
    before = item.prompt + (" " if item.prompt[-1] in ".!?(" else ". ") + sentence.split("{}")[0]
    prompt = before + value + sentence.split("{}")[1]
    span = Span(kind, len(before), len(before) + len(value), value)
    return replace(item, prompt=prompt, defects=(*item.defects, defect), spans=(*item.spans, span))
