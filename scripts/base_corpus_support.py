"""Customer-support tasks of the base corpus: triage, label choice, paraphrase, fields, replies, tickets and mails.

Each builder takes a random generator and returns a chat: a list of (role, text) pairs.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache

from base_corpus_grammar import (
    DOMAIN_LIST,
    FRAMES_BY_KIND,
    Domain,
    Wish,
    expand,
    message,
    noise,
    pick_wish,
    plain_message,
    tidy,
)
from base_corpus_tables import COMPANY_FIRST, MOODS

Chat = list[tuple[str, str]]
DOMAIN_WEIGHTS = [len(domain.things) for domain in DOMAIN_LIST]
LABEL_KEYS = ("intent", "label", "category", "topic", "class", "reason", "type", "issue", "request")
TEAM_KEYS = ("team", "queue", "department", "route", "owner", "assign_to", "desk", "group")


def draw_wish(rng: random.Random, domain: Domain | None = None) -> Wish:
    """Draw a wish; domains with more objects come more often."""
    return pick_wish(rng, domain or rng.choices(DOMAIN_LIST, DOMAIN_WEIGHTS)[0])


def _house_label(wish: Wish) -> str:
    """Name a wish when nobody prescribes names: what happened, then the object."""
    return f"{wish.frame.labels[0]}_{wish.thing.key}"


@dataclass(frozen=True)
class Tenant:
    """A fictional company with its own label names, teams and answer layout, all fixed by its name."""

    name: str
    domain: Domain
    style: str
    layout: tuple[str, ...]
    prompt: str

    def label(self, wish: Wish) -> str:
        """Return this company's label of a wish."""
        own = random.Random(f"{self.name}/{wish.frame.kind}/{wish.frame.labels[0]}")
        what = own.choice(wish.frame.labels)
        return {
            "what_thing": f"{what}_{wish.thing.key}",
            "thing_what": f"{wish.thing.key}_{what}",
            "dotted": f"{wish.thing.key}.{what}",
            "kebab": f"{wish.thing.key}-{what}".replace("_", "-"),
            "words": f"{wish.thing.key} {what}".replace("_", " "),
            "upper": f"{wish.thing.key}_{what}".upper(),
            "what": what,
        }[self.style]

    def team(self, wish: Wish) -> str:
        """Return this company's team for a wish."""
        own = random.Random(f"{self.name}/team/{wish.frame.kind}/{wish.frame.labels[0]}")
        return own.choice((*wish.frame.teams, wish.thing.key if own.random() < 0.3 else wish.frame.teams[0]))

    def answer(self, wish: Wish) -> str:
        """Write the answer in this company's layout."""
        values = {
            "label": self.label(wish),
            "team": self.team(wish),
            "object": wish.thing.key,
            "problem": wish.frame.labels[0],
        }
        if self.layout == ("label",):
            return values["label"]
        return json.dumps({key: values[part] for key, part in (item.split("=") for item in self.layout)})


@cache
def tenant(name: str, number: int) -> Tenant:
    """Return the company of this name and number."""
    own = random.Random(f"tenant/{name}/{number}")
    domain = own.choices(DOMAIN_LIST, DOMAIN_WEIGHTS)[0]
    style = own.choices(
        ("what_thing", "thing_what", "dotted", "kebab", "words", "upper", "what"), (6, 6, 1, 1, 1, 1, 2)
    )[0]
    label, team = own.choice(LABEL_KEYS), own.choice(TEAM_KEYS)
    layouts = (
        (f"{label}=label", f"{team}=team"),
        (f"{label}=label", f"{team}=team"),
        (f"{team}=team", f"{label}=label"),
        (f"{label}=label",),
        ("object=object", "problem=problem"),
        ("object=object", "problem=problem", f"{team}=team"),
        ("label",),
    )
    title = f"{name} {domain.names[number % len(domain.names)].title()}"
    prompt = own.choice(
        (
            f"You sort messages for {title}.",
            f"{title}: triage desk.",
            f"You are the assistant of {title}. Answer with the label of the message.",
            f"Classify each message that reaches {title}.",
            f"{title}. Route the customer's message.",
        )
    )
    return Tenant(title, domain, style, own.choice(layouts), prompt)


def tenant_triage(rng: random.Random) -> Chat:
    """Triage for a company named in the system prompt."""
    who = tenant(rng.choice(COMPANY_FIRST.split()), rng.randint(0, 2))
    wish = draw_wish(rng, who.domain)
    return [("system", who.prompt), ("user", message(wish, rng)), ("assistant", who.answer(wish))]


INSTRUCTIONS = (
    "[Triage|Classify|Sort|Label|Route] [the|this] [customer's message|customer message|message|request|ticket].",
    "[What does the customer want|Which intent is this|Find the intent]?[ Answer in JSON.| Reply with JSON.|]",
    "[Return|Give|Write] the intent and the team[ as JSON| in JSON|].",
    "[You are a triage assistant.|You help a support team.|] [Read the message and answer|Answer] "
    "with intent and team[ as JSON|].",
)


def house_triage(rng: random.Random) -> Chat:
    """Triage with the house labels, with a short instruction or none at all."""
    wish = draw_wish(rng)
    answer = json.dumps({"intent": _house_label(wish), "team": wish.frame.teams[0]})
    text = message(wish, rng)
    draw = rng.random()
    if draw < 0.5:
        return [("user", text), ("assistant", answer)]
    instruction = expand(rng.choice(INSTRUCTIONS), rng, {})
    if draw < 0.75:
        return [("system", instruction), ("user", text), ("assistant", answer)]
    return [
        ("user", rng.choice((f"{instruction}\n{text}", f"{instruction}\n\n{text}"))),
        ("assistant", answer),
    ]


def layout_triage(rng: random.Random) -> Chat:
    """Triage where the instruction names the keys of the answer."""
    wish = draw_wish(rng)
    values = {
        rng.choice(LABEL_KEYS): _house_label(wish),
        rng.choice(TEAM_KEYS): wish.frame.teams[0],
        rng.choice(("object", "product", "about_what")): wish.thing.key,
        rng.choice(("domain", "branch", "line")): wish.domain.key,
        "summary": wish.about(),
    }
    keys = rng.sample(list(values), rng.randint(1, 3))
    ask = rng.choice(
        ("Answer as JSON with {k}.", "Return JSON: {k}.", "JSON keys: {k}", "Fill in {k} as JSON.")
    )
    instruction = ask.replace("{k}", ", ".join(keys))
    answer = json.dumps({key: values[key] for key in keys})
    return [*_instructed(rng, instruction, message(wish, rng)), ("assistant", answer)]


def _instructed(rng: random.Random, instruction: str, text: str) -> Chat:
    """Put an instruction in the system turn, before the text or after it."""
    draw = rng.random()
    if draw < 0.4:
        return [("system", instruction), ("user", text)]
    return [("user", f"{instruction}\n{text}" if draw < 0.8 else f"{text}\n\n{instruction}")]


def _rivals(rng: random.Random, wish: Wish, count: int) -> list[Wish]:
    """Draw other wishes of the same domain, at least half of them close to the given one."""
    pool: dict[tuple[str, str, str], Wish] = {}
    for _ in range(count * 12):
        near = Wish(wish.domain, wish.thing, rng.choice(FRAMES_BY_KIND[wish.thing.kind]))
        other = near if rng.random() < 0.4 else draw_wish(rng, wish.domain)
        if other.identity != wish.identity:
            pool[other.identity] = other
        if len(pool) == count:
            break
    return list(pool.values())


def choose_label(rng: random.Random) -> Chat:
    """Choose among labels listed in the prompt, with or without definitions."""
    wish = draw_wish(rng)
    options = [wish, *_rivals(rng, wish, rng.randint(2, 8))]
    rng.shuffle(options)
    order = rng.random() < 0.5

    def name(item: Wish) -> str:
        what = item.frame.labels[0]
        return f"{what}_{item.thing.key}" if order else f"{item.thing.key}_{what}"

    names = [name(item) for item in options]
    style = rng.random()
    if style < 0.4:
        listing = "Labels: " + ", ".join(names)
    elif style < 0.6:
        listing = "\n".join(f"{label}: {item.about()}" for label, item in zip(names, options, strict=True))
    else:
        codes = rng.sample([f"{letter}{digit}" for letter in "ABCKX" for digit in range(1, 10)], len(options))
        names = codes if style < 0.8 else [str(i + 1) for i in range(len(options))]
        listing = "\n".join(f"{label}: {item.about()}" for label, item in zip(names, options, strict=True))
    chosen = names[options.index(wish)]
    key = rng.choice(LABEL_KEYS)
    as_json = rng.random() < 0.5
    lead = f'Pick one and answer as {{"{key}": ...}}.' if as_json else "Pick one."
    prompt = f"{listing}\n{lead}"
    answer = json.dumps({key: chosen}) if as_json else chosen
    return [*_instructed(rng, prompt, message(wish, rng)), ("assistant", answer)]


def same_wish(rng: random.Random) -> Chat:
    """Say whether two messages ask for the same thing."""
    wish = draw_wish(rng)
    same = rng.random() < 0.5
    other = wish if same else rng.choice(_rivals(rng, wish, 3))
    ask = rng.choice(("Do both ask the same?", "Same request? yes or no", "Do A and B want the same thing?"))
    text = f"{ask}\nA: {message(wish, rng)}\nB: {message(other, rng)}"
    return [("user", text), ("assistant", "yes" if same else "no")]


def nearest_message(rng: random.Random) -> Chat:
    """Find the message that wants the same as the first one."""
    wish = draw_wish(rng)
    options = [wish, *_rivals(rng, wish, 2)]
    rng.shuffle(options)
    lines = [f"{i + 1}. {message(item, rng)}" for i, item in enumerate(options)]
    text = f"Which one means the same as: {message(wish, rng)}\n" + "\n".join(lines)
    return [("user", text), ("assistant", str(options.index(wish) + 1))]


def paraphrase(rng: random.Random) -> Chat:
    """Say the same in other words."""
    wish = draw_wish(rng)
    ask = rng.choice(
        ("Say it in other words:", "Paraphrase:", "Another way to say this:", "Reword the message:")
    )
    return [
        ("user", f"{ask} {message(wish, rng)}"),
        ("assistant", noise(plain_message(wish, rng) + ".", rng)),
    ]


def summarise(rng: random.Random) -> Chat:
    """Say in a few words what a message is about."""
    given: dict[str, str] = {}
    wish = draw_wish(rng)
    text = plain_message(wish, rng, given)
    mood = rng.choice([None, None, *MOODS])
    text = text if rng.random() < 0.3 else message(wish, rng, mood)
    ask = rng.choice(("Summarise:", "In short:", "What is this about?", "Subject line for:", "Ticket title:"))
    return [("user", f"{ask} {text}"), ("assistant", wish.about())]


def mood_of(rng: random.Random) -> Chat:
    """Classify the mood, the line of business or the kind of object."""
    mood = rng.choice(list(MOODS))
    wish = draw_wish(rng)
    text = message(wish, rng, mood)
    ask, answer = rng.choice(
        (
            ("Mood: angry, polite, worried or happy?", mood),
            ("What is the tone of this message?", mood),
            ("Which line of business is this?", wish.domain.key),
            ("Which object is it about?", wish.thing.key),
            ("What happened?", wish.frame.labels[0]),
            ("Which team should answer?", wish.frame.teams[0]),
            (
                "Is it about an item, payment, access, account, booking, service, document or general?",
                wish.frame.kind,
            ),
            ("Give three tags.", f"{wish.domain.key}, {wish.thing.key}, {wish.frame.labels[0]}"),
        )
    )
    if rng.random() < 0.4:
        answer = json.dumps({rng.choice(("answer", "value", "result", "tag")): answer})
        ask += " Answer in JSON."
    return [*_instructed(rng, ask, text), ("assistant", answer)]


def fields(rng: random.Random) -> Chat:
    """Take the slots of a message out as JSON; what is absent is null."""
    for _ in range(20):
        given: dict[str, str] = {}
        wish = draw_wish(rng)
        text = plain_message(wish, rng, given)
        closing = rng.choice(
            (
                "",
                ". It was {money} {when}",
                ". {first} {last}, {city}",
                ". I am in {country}",
                ". Since {day}",
            )
        )
        text = tidy(text + expand(closing, rng, given)) if closing else text
        found = {key: value for key, value in given.items() if key in _FIELDS and value in text}
        if found:
            break
    keys = [key for key in found if rng.random() < 0.8] or list(found)[:1]
    keys += [key for key in rng.sample(sorted(_FIELDS), 2) if key not in found and rng.random() < 0.4]
    rng.shuffle(keys)
    names = {key: rng.choice(_FIELDS[key]) for key in keys}
    answer = json.dumps({names[key]: found.get(key) for key in keys}, ensure_ascii=False)
    ask = rng.choice(("Extract {k} as JSON.", "JSON with {k}:", "Find {k}. Answer in JSON, null if absent."))
    return [*_instructed(rng, ask.replace("{k}", ", ".join(names.values())), text), ("assistant", answer)]


_FIELDS = {
    "dur": ("duration", "waiting_time"),
    "money": ("amount", "sum"),
    "country": ("country",),
    "city": ("city", "town"),
    "person": ("person", "relative"),
    "o": ("object", "product"),
    "day": ("day",),
    "currency": ("currency",),
    "first": ("first_name", "name"),
    "last": ("last_name", "surname"),
    "num": ("error_number", "code"),
}
_REPLIES = (
    "[Thank you for your message.|Hello {first},|Thanks for writing.|I understand.|I'm sorry to hear that.|Sure.|] "
    "[About|You asked about|This is about|I see it is about] {about}. "
    "[Please {action}.|Our advice: {action}.|{Action}.] [Write again if it stays.|"
    "Is there anything else?|Kind regards, {first}|We are here until six.|]",
    "[Please {action}|{Action}]. [That usually helps with {about}.|Then tell us how it went.|]",
    "[For|On] {about}: {action}. [The {team} team will follow up.|I pass this to {team}.|]",
)


def _reply(wish: Wish, rng: random.Random) -> str:
    surface = rng.choice(wish.thing.surfaces)
    action = wish.frame.action
    given = {
        "about": wish.about(surface),
        "action": action,
        "Action": action[0].upper() + action[1:],
        "team": wish.frame.teams[0],
    }
    text = expand(rng.choice(_REPLIES), rng, given)
    return text[0].upper() + text[1:]


def reply(rng: random.Random) -> Chat:
    """Answer a customer, sometimes over two turns."""
    who = tenant(rng.choice(COMPANY_FIRST.split()), rng.randint(0, 2))
    wish = draw_wish(rng, who.domain)
    lead = rng.choice(
        (
            f"You answer customers of {who.name}.",
            f"Customer service of {who.name}.",
            "Write a short reply to the customer.",
        )
    )
    chat: Chat = [("system", lead), ("user", message(wish, rng)), ("assistant", _reply(wish, rng))]
    if rng.random() < 0.25:
        after = draw_wish(rng, who.domain)
        chat += [("user", "And " + plain_message(after, rng)), ("assistant", _reply(after, rng))]
    return chat


def write_message(rng: random.Random) -> Chat:
    """Write a message for a given label or summary: triage backwards."""
    wish = draw_wish(rng)
    ask = rng.choice(
        ("Write a customer message: {s}", "Example message for {s}", "How would a customer say: {s}")
    )
    subject = wish.about() if rng.random() < 0.5 else _house_label(wish)
    return [("user", ask.replace("{s}", subject)), ("assistant", noise(plain_message(wish, rng) + ".", rng))]


def mail(rng: random.Random) -> str:
    """Write a mail, a ticket log or a FAQ as plain text."""
    domain = rng.choices(DOMAIN_LIST, DOMAIN_WEIGHTS)[0]
    company = f"{rng.choice(COMPANY_FIRST.split())} {domain.names[0]}"
    wishes = [draw_wish(rng, domain) for _ in range(rng.randint(2, 4))]
    draw = rng.random()
    if draw < 0.4:
        lines = [f"Subject: {wishes[0].about()}", "", expand(f"Dear {company},", rng, {}), ""]
        lines += [message(wish, rng) for wish in wishes[:2]]
        lines += ["", expand("[Kind regards|Best wishes|Yours|Thank you],\n{first} {last}", rng, {})]
        return "\n".join(lines)
    if draw < 0.7:
        blocks = [f"Q: {message(wish, rng)}\nA: {_reply(wish, rng)}" for wish in wishes]
        return f"Questions and answers, {company}\n\n" + "\n\n".join(blocks)
    rows = [
        f"#{rng.randint(1000, 99999)} | {_house_label(wish)} | {wish.frame.teams[0]} | {message(wish, rng)}"
        for wish in wishes
    ]
    return f"Tickets of {company}\n" + "\n".join(rows)
