"""Rows and clean wording of the held-out export: phrases filled in, dressed up and kept unlike one another."""

from __future__ import annotations

import base64
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import heldout_phrases as ph
import heldout_values as val

FREE = ["cases", "webform", "livechat"]
SOURCE_WEIGHTS = {"cases": 30, "webform": 23, "livechat": 18, "triage": 29}
MARK = re.compile("\ue000([^\ue001]*)\ue001([^\ue002]*)\ue002")
CHOICE = re.compile(r"\[([^\[\]]*)\]")
PERSONAL = re.compile(r"(PERSON|ADDRESS|PHONE|EMAIL|IBAN)(_[a-z]+)?|(?!SECRET)[A-Z_]+")
LITERALS = str.maketrans({"⟦": "[", "⟧": "]", "⦃": "{", "⦄": "}", "⏎": "\n"})


def mark(label: str, text: str) -> str:
    """A text in private characters that carry its label until the row is written."""
    return f"\ue000{label}\ue001{text}\ue002"


def split_marks(text: str) -> tuple[str, list[tuple[str, int, int, str]]]:
    """The plain text and its labelled spans."""
    plain, spans, at = "", [], 0
    for found in MARK.finditer(text):
        plain += text[at : found.start()]
        spans.append((found[1], len(plain), len(plain) + len(found[2]), found[2]))
        plain, at = plain + found[2], found.end()
    return plain + text[at:], spans


def plain_text(text: str) -> str:
    """The text without its marks."""
    return split_marks(text)[0]


@dataclass(eq=False)
class Row:
    """A record: its texts (customer first, reply last) with marks, and what is wrong with it."""

    source: str
    category: str
    turns: list[str]
    defects: list[str] = field(default_factory=list)
    of: Row | str | None = None
    system: str = ""
    note: str = ""
    record: str = ""


class Maker:
    """Makes texts and rows from one generator of random numbers."""

    def __init__(self, seed: int) -> None:
        """Start from a seed."""
        self.rng = random.Random(seed)
        self.postings: dict[tuple[str, str], list[int]] = {}
        self.sizes: list[int] = []
        self.focus = self.secrets = 0

    def slot(self, name: str) -> str | None:
        """The filler of a slot, marked where it looks like personal data and isn't."""
        rng, day, small = self.rng, self.rng.randint(1, 28), self.rng.randint(2, 9)
        month, digits = rng.randint(1, 12), val.digits
        amount = f"{rng.randint(9, 980)}.{rng.randint(0, 99):02}"
        version = f"{small}.{rng.randint(0, 20)}.{rng.randint(0, 9)}"
        marked = {
            "amount": ["£" + amount, "€" + amount, "EUR " + amount, f"€{small},{rng.randint(10, 99)}0.00", amount + " euro"],
            "meter": [val.mpan(rng), f"10{val.chars(rng, val.DIGITS, 9)}", val.pattern(rng, "@##A ######"), digits(rng, 7)],
            "order": [f"SO-2024-{digits(rng, 5)}", f"CTU/{rng.randint(10, 99)}-{digits(rng, 5)}", "PO" + digits(rng, 8)],
            "ref": [f"CT-{digits(rng, 7)}", f"C{digits(rng, 8)}", f"{digits(rng, 3)}-{digits(rng, 4)}"],
            "ver": [version, f"v{small}.{rng.randint(0, 30)}", f"{version}.{rng.randint(0, 200)}"],
            "date": [f"{day} {ph.MONTHS[month - 1]}", f"{day:02}/{month:02}", f"{day:02}/{month:02}/2024"],
            "reading": [f"{rng.randint(100, 99999):05}", f"{rng.randint(100, 99999)}"],
            "hours": ph.HOURS, "ownphone": ph.OWN_PHONES, "ownaddr": ph.OWN_ADDRESSES, "ownemail": ph.OWN_EMAILS,
            "ownpost": [a[-8:].strip(" o") for a in ph.OWN_ADDRESSES], "hospital": ph.HOSPITALS,
        }  # fmt: skip
        plain = {
            "town": ph.TOWNS, "month": ph.MONTHS, "day": ph.DAYS, "tariff": ph.TARIFFS, "device": ph.DEVICES,
            "item": ph.ITEMS, "fuel": ["electricity", "gas", "water"], "n": [str(small)], "dayno": [str(day)],
            "nth": [f"{d}th" for d in range(4, 20)], "kwh": [f"{rng.randint(40, 900)} kWh", f"{rng.randint(3, 60)} units"],
            "year": [str(rng.randint(1988, 2021))], "ward": [f"{small}{rng.choice('ABC')}"],
            "time": [f"{rng.randint(6, 22)}:{rng.choice(['00', '15', '30'])}"],
            "old": [str(rng.randint(2007, 2013))], "old2": ["2014", "2015", "2016", "2016"],
            "exp": [f"{month:02}/{rng.randint(26, 30)}"], "town_ascii": [rng.choice(ph.TOWNS).split()[0].lower()],
            "b64": [base64.b64encode(text.encode()).decode() for text in ph.HIDDEN_ORDERS],
        }  # fmt: skip
        if name in marked:
            return mark(f"neg:{name}", rng.choice(marked[name]))
        return rng.choice(plain[name]) if name in plain else None

    def fill(self, text: str, culture: str = "gb") -> str:
        """Choose among alternatives and fill the slots, personal data included, with marks."""
        while found := CHOICE.search(text):
            text = text[: found.start()] + self.rng.choice(found[1].split("|")) + text[found.end() :]

        def value(found: re.Match[str]) -> str:
            name = found[1]
            if PERSONAL.fullmatch(name):
                kind, detail, word = val.personal(self.rng, name, culture)
                return mark(f"pii:{kind}:{detail}", word)
            filler = self.slot(name)
            return found[0] if filler is None else filler

        return re.sub(r"\{(\w+)\}", value, text).translate(LITERALS).replace("  ", " ").strip()

    def style(self, text: str) -> str:
        """A customer's way of writing: capitals, quotes, slips of the finger; marked spans stay."""
        roll, rng = self.rng.random(), self.rng

        def slips(part: str) -> str:
            words = part.split(" ")
            at = rng.randrange(len(words))
            if len(words[at]) > 4 and words[at].isalpha():
                w, i = words[at], rng.randint(1, len(words[at]) - 3)
                words[at] = w[:i] + w[i + 1] + w[i] + w[i + 2 :]
            return " ".join(words)

        def short(part: str) -> str:
            swaps = {"you": "u", "please": "pls", "are": "r", "your": "ur", "because": "cos", "and": "&"}
            return " ".join(swaps.get(w, w) for w in part.split(" "))

        ways: list[tuple[float, Callable[[str], str]]] = [
            (0.08, str.lower), (0.09, str.upper), (0.3, lambda p: p.replace("'", "’").replace(" - ", " – ")),
            (0.38, slips), (0.43, short), (0.47, lambda p: p.replace(".", "").replace(",", "")),
        ]  # fmt: skip
        for limit, way in ways:
            if roll < limit:
                parts = re.split("(\ue000[^\ue002]*\ue002)", text)
                return "".join(p if i % 2 else way(p) for i, p in enumerate(parts))
        return text

    def compose(self, core: str, details: list[str], voice: str) -> str:
        """An opener, the request, some details in any order and a closer."""
        rng = self.rng
        said = rng.sample(details, min(len(details), rng.choice([0, 0, 1, 1, 1, 2])))
        said += rng.sample(ph.GENERAL_DETAILS, rng.choice([0, 0, 1, 1, 2, 2]))
        rng.shuffle(said)
        said.insert(0 if rng.random() < 0.75 else rng.randint(0, len(said)), core)
        opener = [rng.choice(ph.VOICES[voice]["<"])] if rng.random() < 0.55 else []
        closer = [rng.choice(ph.VOICES[voice][">"])] if rng.random() < 0.5 else []
        gap = "\n\n" if opener and rng.random() < 0.2 else " "
        body = " ".join([*said, *closer])
        return self.style(self.fill(gap.join([*opener, body]), voice))

    def likeness(self, text: str) -> tuple[float, list[tuple[str, str]]]:
        """The nearest earlier message by word pairs (0 to 1), and this message's pairs."""
        words = re.findall(r"[^\W\d_]+|\d", plain_text(text).lower())
        pairs = list(dict.fromkeys(pairwise(words)))
        shared: Counter[int] = Counter()
        for pair in pairs:
            shared.update(self.postings.get(pair, ()))
        best = max((n / (len(pairs) + self.sizes[i] - n) for i, n in shared.items()), default=0.0)
        return best, pairs

    def distinct(self, make: Callable[[], str], limit: float = 0.45) -> str:
        """The first text of up to forty that isn't like an earlier one, or else the least like."""
        best = (2.0, "", list[tuple[str, str]]())
        for _ in range(40):
            text = make()
            score, pairs = self.likeness(text)
            if score < best[0]:
                best = (score, text, pairs)
            if score < limit:
                break
        for pair in best[2]:
            self.postings.setdefault(pair, []).append(len(self.sizes))
        self.sizes.append(len(best[2]))
        return best[1]

    def request(self, category: str, kind: str) -> str:
        """A new customer message of a category; kind ``?`` for training, ``!`` for the golden set."""
        data = ph.CATEGORIES[category]
        voice = self.rng.choice(["gb", "gb", "ie", "ie", "in", "au", "eu"])
        return self.distinct(lambda: self.compose(self.rng.choice(data[kind]), data["&"], voice))

    def reply(self, core: str) -> str:
        """A reply around its core sentence."""
        rng = self.rng
        opener = [rng.choice(ph.REPLY_OPENERS)] if rng.random() < 0.5 else []
        closer = rng.sample(ph.REPLY_CLOSERS, rng.choice([0, 0, 1, 1, 2]))
        return self.fill(" ".join([*opener, core, *closer]))

    def answer(self, source: str, category: str) -> str:
        """The right reply: a text, or the category as JSON."""
        if source == "triage":
            return json.dumps({"category": category})
        return self.reply(self.rng.choice(ph.CATEGORIES[category][">"]))

    def fresh(self, sources: list[str], category: str = "", short: bool = False) -> Row:
        """A clean row of one of the sources; ``short`` keeps a chat to one exchange."""
        rng = self.rng
        source = rng.choices(sources, [SOURCE_WEIGHTS[s] for s in sources])[0]
        names = list(ph.CATEGORIES)
        category = category or rng.choices(names, [1 + i * 7 % 5 for i in range(len(names))])[0]
        row = Row(source, category, [self.request(category, "?"), self.answer(source, category)])
        if source == "livechat":
            roll = rng.random()
            if roll < 0.35 and not short:
                asked, said = rng.choice(ph.CLARIFY).split(" ⇒ ")
                row.turns[1:1] = [self.fill(asked), self.fill(said)]
            elif roll > 0.7:
                row.system = self.fill(rng.choice(ph.SYSTEM_PROMPTS))
        return row

    def insert(self, text: str, extra: str, where: float | None = None) -> str:
        """Put a sentence between two of a text's sentences, never inside a marked span."""
        ends = [m.start() for m in re.finditer(r"(?<=[.?!])\s(?=[A-Z][^\ue002]*(?:\ue000|$))", text)]
        spot = self.rng.choice([0, len(text), *ends]) if where is None else int(where * len(text))
        return f"{text[:spot].rstrip()} {extra} {text[spot:].lstrip()}".strip()

    def light_edit(self, text: str, share: float) -> str:
        """Change about a share of the words: synonym, slip, word left out or put in."""
        rng, words = self.rng, text.split(" ")
        spots = [i for i, w in enumerate(words) if w and not any(c.isdigit() for c in w)]
        for i in rng.sample(spots, min(len(spots), max(1, round(share * len(words))))):
            word, roll = words[i], rng.random()
            bare = word.strip(".,?!").lower()
            if bare in ph.SYNONYMS and roll < 0.7:
                words[i] = word.lower().replace(bare, ph.SYNONYMS[bare])
            elif roll < 0.4 and len(word) > 4:
                k = rng.randint(1, len(word) - 3)
                words[i] = word[:k] + word[k + 1] + word[k] + word[k + 2 :]
            elif roll < 0.6 and len(word) < 5 and len(words) > 8:
                words[i] = ""
            else:
                words[i] = f"{word} {rng.choice(ph.INSERTIONS)}"
        edited = " ".join(w for w in words if w)
        return edited if edited != text else f"{text} {rng.choice(['thanks', 'please', 'ok?'])}"
