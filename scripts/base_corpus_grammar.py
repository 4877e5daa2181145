"""Grammar of the base corpus: patterns with choices and slots, the frames, the domains, and messages made of them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from functools import cache

from base_corpus_frames import FRAMES
from base_corpus_tables import CLOSERS, CONTEXTS, DOMAINS, MOODS, OPENERS, SLOTS

Node = str | tuple[str, object]


@cache
def parse(pattern: str) -> tuple[Node, ...]:
    """Parse `text [a|b] {slot}` into literals, ("pick", options) and ("slot", name) nodes."""
    nodes, end = _sequence(pattern, 0, "")
    if end != len(pattern):
        raise ValueError(f"unbalanced pattern: {pattern!r}")
    return nodes


def _sequence(text: str, at: int, stop: str) -> tuple[tuple[Node, ...], int]:
    nodes: list[Node] = []
    start = at
    while at < len(text) and text[at] not in stop:
        if text[at] not in "[{":
            at += 1
            continue
        if at > start:
            nodes.append(text[start:at])
        if text[at] == "{":
            close = text.index("}", at)
            nodes.append(("slot", text[at + 1 : close]))
            at = close + 1
        else:
            options = []
            while text[at] != "]":
                option, at = _sequence(text, at + 1, "|]")
                options.append(option)
            nodes.append(("pick", tuple(options)))
            at += 1
        start = at
    if at > start:
        nodes.append(text[start:at])
    return tuple(nodes), at


@cache
def word_list(name: str) -> tuple[str, ...]:
    """Return the fillers of one slot."""
    return tuple(SLOTS[name].split("|"))


def expand(pattern: str, rng: random.Random, given: dict[str, str]) -> str:
    """Expand a pattern; slots come from `given`, else from the word lists (and are then noted in `given`)."""
    out: list[str] = []
    _expand(parse(pattern), rng, given, out)
    return tidy("".join(out))


def _expand(nodes: tuple[Node, ...], rng: random.Random, given: dict[str, str], out: list[str]) -> None:
    for node in nodes:
        if isinstance(node, str):
            out.append(node)
        elif node[0] == "pick":
            options = node[1]
            _expand(options[int(rng.random() * len(options))], rng, given, out)  # type: ignore[arg-type,index]
        elif node[1] in given:
            out.append(given[str(node[1])])
        else:
            words = word_list(str(node[1]))
            word = words[int(rng.random() * len(words))]
            if "{" in word:
                word = expand(word, rng, given)
            given[str(node[1])] = word
            out.append(word)


def tidy(text: str) -> str:
    """Close the gaps that empty choices leave and put `an` before vowels."""
    text = re.sub(r" +([?,.!])", r"\1", re.sub(r" {2,}", " ", text)).strip()
    text = re.sub(r"\?(?: \?)*([a-z])", r"? \1", text)
    return re.sub(r"\b([Aa]) (?=[aeio]|un[^i]|MRI|X-)", r"\1n ", text)


@dataclass(frozen=True)
class Frame:
    """One thing a customer can want from one kind of object."""

    kind: str
    labels: tuple[str, ...]
    teams: tuple[str, ...]
    about: str
    action: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Thing:
    """An object of a domain: the id labels use and the surfaces people use."""

    key: str
    kind: str
    surfaces: tuple[str, ...]


@dataclass
class Domain:
    """A line of business with its objects."""

    key: str
    names: tuple[str, ...]
    things: list[Thing] = field(default_factory=list)


def load_frames() -> dict[str, list[Frame]]:
    """Parse the frame text into frames by kind of object."""
    frames: dict[str, list[Frame]] = {}
    kind, head, lines = "", "", []

    def flush() -> None:
        if head:
            labels, teams, about, action = (part.strip() for part in head[1:].split("|"))
            frame = Frame(kind, _split(labels), _split(teams), about, action, tuple(lines))
            frames.setdefault(kind, []).append(frame)

    for line in [*FRAMES.strip().splitlines(), "#"]:
        if line.startswith(("#", "@")):
            flush()
            head, lines = (line, []) if line.startswith("#") else ("", [])
            kind = line[1:].strip() if line.startswith("@") else kind
        elif line.strip():
            lines.append(line.strip())
    return frames


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("/"))


def load_domains() -> list[Domain]:
    """Parse the domain text."""
    domains: list[Domain] = []
    for line in DOMAINS.strip().splitlines():
        if line.startswith("="):
            key, names = line[1:].split("|", 1)
            domains.append(Domain(key.strip(), _split(names)))
            continue
        kind, rest = line.split(":", 1)
        for entry in rest.split(" ; "):
            thing, surfaces = entry.strip().split("=")
            domains[-1].things.append(Thing(thing, kind.strip(), tuple(surfaces.split("|"))))
    return domains


FRAMES_BY_KIND = load_frames()
DOMAIN_LIST = load_domains()
_OPENERS, _CLOSERS = tuple(OPENERS.split("|")), tuple(CLOSERS.split("|"))
_CONTEXTS = tuple(_sequence("[" + CONTEXTS + "]", 0, "")[0][0][1])  # type: ignore[arg-type,index,misc]


@dataclass(frozen=True)
class Wish:
    """What one message is about: a frame applied to an object of a domain."""

    domain: Domain
    thing: Thing
    frame: Frame

    @property
    def identity(self) -> tuple[str, str, str]:
        """Return the key that two messages share exactly when they want the same."""
        return (self.domain.key, self.thing.key, self.frame.labels[0])

    def about(self, surface: str | None = None) -> str:
        """Say in plain words what the message is about."""
        return self.frame.about.replace("{o}", surface or self.thing.surfaces[0])


def pick_wish(rng: random.Random, domain: Domain | None = None) -> Wish:
    """Draw a domain, an object and a frame."""
    domain = domain or rng.choice(DOMAIN_LIST)
    thing = rng.choice(domain.things)
    return Wish(domain, thing, rng.choice(FRAMES_BY_KIND[thing.kind]))


def plain_message(wish: Wish, rng: random.Random, given: dict[str, str] | None = None) -> str:
    """Write one sentence that expresses the wish."""
    slots = {} if given is None else given
    slots["o"] = rng.choice(wish.thing.surfaces)
    return expand(rng.choice(wish.frame.patterns), rng, slots)


def message(wish: Wish, rng: random.Random, mood: str | None = None) -> str:
    """Write a customer's message: the wish with opener, context, closer, a mood and some noise."""
    given: dict[str, str] = {}
    parts = [plain_message(wish, rng, given)]
    if rng.random() < 0.22:
        place = 0 if rng.random() < 0.6 else 1
        context: list[str] = []
        _expand(rng.choice(_CONTEXTS), rng, given, context)
        parts.insert(place, tidy("".join(context)))
    if rng.random() < 0.06:
        parts.append(plain_message(wish, rng, {}))
    if mood:
        parts.insert(rng.randint(0, len(parts)), rng.choice(MOODS[mood].split("|")))
    if rng.random() < 0.25:
        parts.insert(0, expand(rng.choice(_OPENERS), rng, given))
    if rng.random() < 0.22:
        parts.append(expand(rng.choice(_CLOSERS), rng, given))
    return noise(join_parts(parts, rng), rng)


_QUESTION = re.compile(
    r"(?i)^(what|why|how|where|when|who|which|can|could|is|are|do|does|did|will|would|am|may|should|any)\b"
)


def join_parts(parts: list[str], rng: random.Random) -> str:
    """Join clauses into sentences with mixed punctuation."""
    out = ""
    for part in parts:
        if not out:
            out = part
        elif out[-1] in "?!.":
            out += " " + part
        else:
            out += rng.choice([". ", ". ", ", ", ", ", "! ", " - ", "... ", "\n"]) + part
    end = rng.random()
    if out[-1] not in "?!." and end < 0.75:
        out += "?" if _QUESTION.match(parts[-1]) else ("!" if end < 0.06 else ".")
    return out


def noise(text: str, rng: random.Random) -> str:
    """Vary capitals, contractions and punctuation, and put in the odd typing error."""
    draw = rng.random()
    if draw < 0.68:
        text = re.sub(r"(^|[.?!] |\n)([a-z])", lambda m: m[1] + m[2].upper(), text)
    elif draw < 0.90:
        text = text.lower()
    elif draw < 0.92:
        text = text.upper()
    if rng.random() < 0.15:
        text = text.replace("'", "")
    if rng.random() < 0.12:
        text = text.rstrip("?.!")
    if rng.random() < 0.10:
        text = typo(text, rng)
    return text


def typo(text: str, rng: random.Random) -> str:
    """Swap, drop or double one letter."""
    spots = [i for i in range(1, len(text) - 2) if text[i].isalpha() and text[i + 1].isalpha()]
    if not spots:
        return text
    at = rng.choice(spots)
    swap = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return rng.choice([swap, text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:]])
