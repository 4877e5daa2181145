"""General skills of the base corpus: word work, numbers, dates, small passages with questions, and stories."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta

from base_corpus_grammar import expand, word_list
from base_corpus_support import Chat
from base_corpus_tables import ADJECTIVES, ANTONYMS, IRREGULAR, LEXICON, SYNONYMS, VERBS

WORDS = {category: tuple(words.split()) for category, words in LEXICON.items()}
NOUNS = tuple(word for words in WORDS.values() for word in words)
VERB_LIST, ADJECTIVE_LIST = tuple(VERBS.split()), tuple(ADJECTIVES.split())
PAIRS = {name: tuple(tuple(p.split("/")) for p in text.split()) for name, text in
         (("opposite", ANTONYMS), ("synonym", SYNONYMS), ("past", IRREGULAR))}  # fmt: skip
IDENTIFIER = "abcdefghijklmnopqrstuvwxyz0123456789"


def _words(rng: random.Random, low: int, high: int) -> list[str]:
    pool = rng.choice((NOUNS, NOUNS, VERB_LIST, ADJECTIVE_LIST, rng.choice(list(WORDS.values()))))
    return rng.sample(pool, min(rng.randint(low, high), len(pool)))


def _phrase(rng: random.Random) -> str:
    return f"the {rng.choice(ADJECTIVE_LIST)} {rng.choice(NOUNS)}"


def sentence(rng: random.Random) -> str:
    """Write one plain sentence."""
    name = rng.choice(word_list("first"))
    verb = rng.choice(VERB_LIST)
    pattern = rng.choice(
        (
            "{a} wants to {v} {b}[ {when}| with {c}| near {city}|]",
            "[on {day}|last week|after lunch|one evening] {n} [had to|decided to|began to|could not] {v} {b}",
            "{n} and {first} [found|saw|forgot|carried|liked|needed] {a}[ in {b}| beside {c}|]",
            "{a} was {j} [but|and] {b} was {k}",
            "[there was|here is|nobody saw] {a} [under|behind|near|inside|on top of] {b}",
            "[if|when|because|although] {a} is {j}, {n} [will|should|may] {v} {b}",
            "{n} [said|thought|asked|wrote] that {a} [belongs to|looks like|costs more than|is older than] {b}",
            "in {city}, {n} [sells|repairs|paints|collects|studies] {b} [every {day}|for {money}|]",
        )
    )
    given = {"a": _phrase(rng), "b": _phrase(rng), "c": _phrase(rng), "n": name, "v": verb}
    given |= {"j": rng.choice(ADJECTIVE_LIST), "k": rng.choice(ADJECTIVE_LIST)}
    text = expand(pattern, rng, given)
    return text[0].upper() + text[1:] + "."


def word_work(rng: random.Random) -> Chat:
    """Copy, reverse, sort, count, pick, join or change case of a few words."""
    words = _words(rng, 2, 6)
    line = " ".join(words)
    spot = rng.randrange(len(words))
    number = ("first", "second", "third", "fourth", "fifth", "sixth")
    tasks = (
        ("Copy", line),
        ("Repeat", line),
        ("Reverse the order", " ".join(reversed(words))),
        ("Write in capitals", line.upper()),
        ("Write in title case", line.title()),
        ("Sort by the alphabet", " ".join(sorted(words))),
        ("Count the words", str(len(words))),
        ("First word", words[0]),
        ("Last word", words[-1]),
        (f"The {number[spot]} word", words[spot]),
        ("Make a JSON list", json.dumps(words)),
        ("Join with underscores", "_".join(words)),
        ("Join with commas", ", ".join(words)),
        ("First letters", "".join(word[0] for word in words)),
        (f"Remove {words[spot]}", " ".join(words[:spot] + words[spot + 1 :])),
        ("snake_case to words" if rng.random() < 0.5 else "Without underscores", line),
    )
    ask, answer = rng.choice(tasks)
    shown = "_".join(words) if ask in ("snake_case to words", "Without underscores") else line
    if ask == "Write in title case" and rng.random() < 0.5:
        shown = line.upper()
    return [
        ("user", rng.choice((f"{ask}: {shown}", f"{ask}\n{shown}", f"{shown}\n{ask}."))),
        ("assistant", answer),
    ]


def copy_code(rng: random.Random) -> Chat:
    """Copy or spell an identifier, a number, a mail address or a sentence exactly."""
    code = "".join(rng.choice(IDENTIFIER) for _ in range(rng.randint(3, 10)))
    first, last = rng.choice(word_list("first")), rng.choice(word_list("last"))
    value = rng.choice(
        (code, code.upper(), str(rng.randint(10, 10**8)), f"{first.lower()}.{last.lower()}@{rng.choice(NOUNS)}.example",
         f"{rng.choice('ABCDEFGH')}-{rng.randint(100, 9999)}", sentence(rng), f"https://{rng.choice(NOUNS)}.example/{code}")
    )  # fmt: skip
    key = rng.choice(("code", "value", "id", "reference", "text"))
    draw = rng.random()
    if draw < 0.35:
        return [("user", f"Copy exactly: {value}"), ("assistant", value)]
    if draw < 0.7:
        return [("user", f'Put it in JSON under "{key}": {value}'), ("assistant", json.dumps({key: value}))]
    text = f"{sentence(rng)} The {key} is {value}"
    return [("user", f"{text}\nWhat is the {key}?"), ("assistant", value)]


def word_meaning(rng: random.Random) -> Chat:
    """Give a category, an opposite, a synonym, a past form or the odd one out."""
    draw = rng.random()
    if draw < 0.3:
        category = rng.choice(list(WORDS))
        word = rng.choice(WORDS[category])
        ask = rng.choice((f"Category of {word}?", f"What kind of word is {word}?", f"{word} is a kind of"))
        return [("user", ask), ("assistant", category)]
    if draw < 0.5:
        category, other = rng.sample(list(WORDS), 2)
        words = rng.sample(WORDS[category], 3)
        odd = rng.choice([word for word in WORDS[other] if word not in WORDS[category]])
        words.insert(rng.randint(0, 3), odd)
        return [("user", "Odd one out: " + ", ".join(words)), ("assistant", odd)]
    if draw < 0.6:
        category = rng.choice(list(WORDS))
        return [("user", f"Name three: {category}"), ("assistant", ", ".join(rng.sample(WORDS[category], 3)))]
    kind = rng.choice(list(PAIRS))
    pair = rng.choice(PAIRS[kind])
    if kind != "past" and rng.random() < 0.5:
        pair = pair[::-1]
    ask = {
        "opposite": f"Opposite of {pair[0]}",
        "synonym": f"Another word for {pair[0]}",
        "past": f"Past of {pair[0]}",
    }
    return [("user", ask[kind]), ("assistant", pair[1])]


def arithmetic(rng: random.Random) -> Chat:
    """Add, subtract, multiply, compare or round small numbers."""
    a, b = rng.randint(0, 30), rng.randint(0, 30)
    c, d = rng.randint(2, 9), rng.randint(2, 9)
    item = rng.choice(NOUNS)
    ask, answer = rng.choice(
        (
            (f"{a} + {b} =", a + b),
            (f"{a + b} - {b} =", a),
            (f"{c} x {d} =", c * d),
            (f"{c * d} / {c} =", d),
            (f"Which is larger, {a} or {b + 31}?", b + 31),
            (f"I have {a} {item}s and get {b} more. How many now?", a + b),
            (f"Next: {a}, {a + c}, {a + 2 * c}", a + 3 * c),
            (f"Is {a} even?", "yes" if a % 2 == 0 else "no"),
            (f"Write with a comma: {a + 1}{b:03d}", f"{a + 1},{b:03d}"),
        )
    )
    return [("user", ask), ("assistant", str(answer))]


def dates(rng: random.Random) -> Chat:
    """Change the form of a date or move it by some days."""
    day = date(2015, 1, 1) + timedelta(days=rng.randint(0, 5000))
    long = f"{day.day} {day.strftime('%B')} {day.year}"
    slashed = day.strftime("%d/%m/%Y")
    ask, answer = rng.choice(
        (
            (f"ISO date: {long}", day.isoformat()),
            (f"ISO date: {slashed}", day.isoformat()),
            (f"Write out: {day.isoformat()}", long),
            (f"Year of {slashed}?", str(day.year)),
            (f"Month of {day.isoformat()}?", day.strftime("%B")),
            (f"The day after {day.isoformat()}", (day + timedelta(days=1)).isoformat()),
        )
    )
    return [("user", ask), ("assistant", answer)]


def passage(rng: random.Random) -> Chat:
    """Ask about a short passage of invented facts."""
    people = rng.sample(word_list("first"), 3)
    facts = {}
    for name in people:
        facts[name] = {
            "job": rng.choice(WORDS["job"]),
            "city": rng.choice(word_list("city")),
            "pet": rng.choice(WORDS["animal"]),
            "instrument": rng.choice(WORDS["music"][:9]),
            "age": str(rng.randint(8, 90)),
        }
    chosen = {name: rng.sample(list(fact), 2) for name, fact in facts.items()}
    say = {
        "job": "[works as a|is a|earns money as a] {x}",
        "city": "[lives in|comes from|moved to] {x}",
        "pet": "[has a|keeps a|owns a] {x}",
        "instrument": "[plays the|loves the|is learning the] {x}",
        "age": "is {x} years old",
    }
    lines = []
    for name in people:
        both = [expand(say[key], rng, {"x": facts[name][key]}) for key in chosen[name]]
        lines.append(f"{name} {both[0]} and {both[1]}.")
    rng.shuffle(lines)
    name, text = rng.choice(people), " ".join(lines)
    key = rng.choice(chosen[name])
    value = facts[name][key]
    draw = rng.random()
    if draw < 0.4:
        return [("user", f"{text}\n{name}'s {key}?"), ("assistant", value)]
    if draw < 0.6:
        asked = value if rng.random() < 0.5 else rng.choice([facts[other][key] for other in people])
        return [
            ("user", f"{text}\nIs {name}'s {key} {asked}?"),
            ("assistant", "yes" if asked == value else "no"),
        ]
    if draw < 0.75:
        return [("user", f"{text}\nWhose {key} is {value}?"), ("assistant", name)]
    answer = json.dumps({"name": name} | {item: facts[name][item] for item in chosen[name]})
    return [("user", f"{text}\nJSON for {name}:"), ("assistant", answer)]


def order_fields(rng: random.Random) -> Chat:
    """Take names, dates, sums and numbers out of a note."""
    first, last, city = (rng.choice(word_list(name)) for name in ("first", "last", "city"))
    day = (date(2015, 1, 1) + timedelta(days=rng.randint(0, 5000))).isoformat()
    item, count, price = (
        rng.choice(NOUNS),
        rng.randint(1, 20),
        f"{rng.randint(1, 400)}.{rng.randint(0, 99):02d}",
    )
    number = f"{rng.choice('ABCDEFGH')}{rng.randint(1000, 99999)}"
    values = {"name": f"{first} {last}", "city": city, "date": day, "item": item, "quantity": count,
              "price": float(price), "order": number}  # fmt: skip
    clauses = [
        (f"order {number}", ("order",)),
        (f"{first} {last} from {city}", ("name", "city")),
        (f"{count} {item}{'s' if count > 1 else ''}", ("quantity", "item")),
        (f"on {day}", ("date",)),
        (f"for {price} euros", ("price",)),
    ]
    rng.shuffle(clauses)
    clauses = clauses[: rng.randint(2, 5)]
    text = ", ".join(clause for clause, _ in clauses) + "."
    keys = [key for _, found in clauses for key in found]
    rng.shuffle(keys)
    keys = keys[: rng.randint(1, 4)]
    answer = json.dumps({key: values[key] for key in keys})
    return [("user", f"{text}\nExtract {', '.join(keys)} as JSON."), ("assistant", answer)]


def rewrite(rng: random.Random) -> Chat:
    """Fix or change the form of a sentence."""
    text = sentence(rng)
    ask, shown, answer = rng.choice(
        (
            ("Correct the capitals", text.lower(), text),
            ("Lower case", text, text.lower()),
            ("Capitals", text, text.upper()),
            ("Add the full stop", text[:-1], text),
            ("Count the words", text, str(len(text.split()))),
            ("Make it a quote", text, f'"{text}"'),
            ("First word", text, text.split()[0]),
            ("Last word", text, text.split()[-1].rstrip(".")),
        )
    )
    return [("user", f"{ask}: {shown}"), ("assistant", answer)]


def story(rng: random.Random) -> str:
    """Write a small story or a note as plain text."""
    lines = [sentence(rng) for _ in range(rng.randint(3, 8))]
    title = f"{rng.choice(ADJECTIVE_LIST)} {rng.choice(NOUNS)}".title()
    return rng.choice((f"{title}\n\n", "", f"Note: {title.lower()}. ")) + " ".join(lines)
