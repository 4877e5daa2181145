"""A corpus of every family the pattern detector promises, with labels, and of numbers that are nobody's.

Values come from Faker (cards, IBANs, telephone numbers of many countries, addresses) and from random digits that
python-stdnum accepts (national numbers); keys from the vendors' documented forms. The sentences are of this file only.
``part``: ``dev``, ``held`` and ``fresh`` share no sentence and no value. ``dev`` was used in development, ``held`` was looked at
once and what it showed was mended; ``fresh`` was written after that. Its first run is kept as
``results/pii_patterns_first_look.json``: those are the figures on unseen sentences. What it showed was mended, too.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable

Row = tuple[str, list[tuple[str, int, int]]]

SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "dev": {
        "card": ("I tried to pay with {} and it bounced", "Kreditkarte: {} (gültig bis 11/29)", "Charge it to {} please."),
        "iban": ("Refund to {}, thank you!", "mon IBAN est {}", "{} is where the salary goes"),
        "ssn": ("SSN {}.", "For the W-9: social security number {}", "my social is {} fyi"),
        "email": ("Reach out at {}", "cc: <{}>", "I signed up as {}; nothing came"),
        "ip": ("Blocked login from {}", "curl http://{}/status hangs", "the host {} is unreachable"),
        "mac": ("adapter {} gets no lease", "MAC address: {}"),
        "phone": ("You can call me on {}", "Tel: {}", "{} - ring any time after six", "Mobile {} or the office"),
        "secret": ("here is my key {} , does it work?", "export TOKEN={}", "the log says {} was used"),
        "date_of_birth": ("DOB: {}", "I was born on {}", "date of birth {} as on my id"),
        "national_id": ("my {} is {}", "{}: {}", "The form wants the {} and I gave {}."),
    },
    "held": {
        "card": (
            "Why was {} refused at the till yesterday?", "Visa ending soon, full number {}", "pls remove {} from my wallet",
            "Two charges appeared for {}, both wrong.", "card no. {}, name as on the account",
        ),
        "iban": (
            "Bitte überweisen Sie auf {} bis Freitag", "The standing order goes to {} every month",
            "our supplier changed banks: {}", "Numéro de compte {} (titulaire inchangé)", "beneficiary {} rejected, code 12",
        ),
        "ssn": (
            "They asked for my SSN ({}) on the telephone", "Taxpayer {} filed late", "employee social security no: {}",
            "social security {} belongs to my late husband",
        ),
        "email": (
            "No answer from {} since Monday", "Please forward everything to {}, not to the old one",
            "login={} fails", "Liebe Grüße\n{}", "I wrote to {} and to nobody else",
        ),
        "ip": (
            "Somebody at {} tried the admin page", "allowlist {} for the VPN", "traffic between us and {} drops",
            "X-Forwarded-For: {}",
        ),
        "mac": ("the printer {} vanished from the list", "port security tripped on {}"),
        "phone": (
            "Could a colleague phone me back at {}?", "My new number: call {}", "WhatsApp {} works best",
            "Meine Telefonnummer lautet {}", "Rappelez-moi au téléphone {} svp", "Contact: {}", "Fax {} still in use?",
            "I moved; please update the mobile to {}", "mi teléfono es {}",
        ),
        "secret": (
            "oops, I pasted {} into the ticket", "config: {}", "Deployment failed with {} set", "is {} still valid?",
        ),
        "date_of_birth": (
            "The patient, born {}, was admitted", "birth date on file is {} but it is wrong", "Geburtsdatum: {}",
            "name: A. Person, birthday {}",
        ),
        "national_id": (
            "{} {} was rejected by your form", "I already sent my {}, it is {}", "Why do you need the {}? Mine: {}",
            "Wrong {} on the letter, should be {}",
        ),
    },
    "fresh": {
        "card": (
            "Hi, the gym keeps debiting {} although I left in spring", "{} - that is the one I lost on the train",
            "J'ai donné {} au commerçant, et maintenant je regrette", "Number on the front: {}\nName: same as always",
            "please refund the 39.90 to {} and not to my bank", "terminal printed {} on the slip",
        ),
        "iban": (
            "Könnten Sie die Miete künftig von {} abbuchen?", "New payroll details: {}, valid from June",
            "el dinero nunca llegó a {}", "I mistyped it, correct is {} (sorry)", "Creditor: {} / mandate signed",
        ),
        "ssn": (
            "HR needs my SSN, which is {}.", "spouse's social security number is {}", "{} was typed into the wrong field",
            "ssn={} dob missing",
        ),
        "email": (
            "I no longer have access to {}, use my work one", "mailto:{}?subject=hello", "The invite for {} expired",
            "From: {}\nTo: support", "Kontakt: {} oder per Post",
        ),
        "ip": (
            "fail2ban banned {} last night", "My home connection is {} today", "ssh root@{} times out", "ping {} gives nothing",
            "origin={} status=403",
        ),
        "mac": ("lease for {} expired", "wlan0 has {} as its hardware address"),
        "phone": (
            "Please call my wife instead, {}", "Ring me on {} after lunch", "new mobile: {}", "You reach the office under {}.",
            "Tel.-Nr. {} (nur vormittags)", "Mon portable : {}", "numero di cellulare {}", "they keep calling from {}",
            "SMS code never arrives at {}",
        ),
        "secret": (
            "Revoke {} immediately, it was on GitHub", "I set it to {} in the .env file", "401 with {} as well as without",
            "my colleague mailed me {} yesterday",
        ),
        "date_of_birth": (
            "Our daughter was born on {}", "DOB on the passport reads {}", "geboren am {} in Köln", "date of birth = {}",
        ),
        "national_id": (
            "The clerk could not read my {}: {}", "{} = {}", "Attached is the card with {} no. {}", "Is {} {} registered with you?",
            "For the tax office my {} is {}.",
        ),
    },
}  # fmt: skip
NOTHING: dict[str, tuple[str, ...]] = {
    "dev": (
        "order {order} has not shipped", "invoice {invoice} over {amount}", "version {version} crashes", "EAN {ean}",
    ),
    "held": (
        "Where is order {order}?", "Tracking says {tracking} left the depot", "Ticket {order} was closed without a word",
        "We run release {version} on {hosts} hosts", "paid {amount} on {date} for invoice {invoice}",
        "Scan of {ean} returns nothing", "the book {isbn} is out of print", "IMEI {imei} is on the box",
        "at {epoch} the job {uuid} stopped", "sha {sha} is the last good commit", "lat {lat}, lon {lon}",
        "between {date} and {date} we sold {big} units", "{big} rows, {hosts} columns, {amount} total",
        "Part number {order}-{hosts} fits model {version}", "reference {order} in your letter of {date}",
        "it happened at {clock} and again at {clock}", "serial {serial}, batch {order}",
        "temperature {lat}, pressure {hosts}, reading {epoch}", "row {hosts}: {epoch};{big};{order}",
        "the number {order} flashes on the display", "booking code {serial} for {hosts} guests",
    ),
    "fresh": (
        "I ordered on {date}, {order} is the confirmation", "still nothing about case {order}, opened {date}",
        "{amount} was taken instead of {amount}", "upgrade from {version} to {version} failed at {clock}",
        "article {ean} is listed twice", "ISBN {isbn}, two copies", "device with IMEI {imei} is locked",
        "event {uuid} logged at {epoch}", "merge {sha} first", "the sensor at {lat} / {lon} is offline", "stock: {big}, sold: {big}",
        "warranty for serial {serial} ends {date}", "DHL {tracking} is stuck in customs", "my loyalty points: {big}",
        "error {hosts} in line {hosts} of {serial}.log", "we need {hosts} x {order} by {date}", "invoice no {invoice} is unpaid",
        "license key {serial}-{serial}", "meter reading {order}, previous {order}", "lot {order} sold for {amount}",
        "Rechnung {invoice} vom {date} über {amount}", "commande {order} non reçue", "pedido {order} duplicado", "{epoch}",
        "policy {order} renews on {date}", "firmware {version} on model {serial}",
    ),
}  # fmt: skip
LOCALES = (
    "en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "sv_SE", "pt_BR", "en_IN", "en_AU", "ja_JP", "da_DK",
)  # fmt: skip
NATIONAL = {
    "dni": ("es.dni", "99999999A"), "codice fiscale": ("it.codicefiscale", "@cf"), "CPF": ("br.cpf", "999.999.999-99"),
    "numéro de sécurité sociale": ("fr.nir", "@nir"), "NHS number": ("gb.nhs", "999 999 9999"), "BSN": ("nl.bsn", "999999999"),
    "Steuer-ID": ("de.idnr", "99999999999"), "PESEL": ("pl.pesel", "@pesel"), "personnummer": ("se.personnummer", "@se"),
    "AHV-Nummer": ("ch.ssn", "@ahv"), "rodné číslo": ("cz.rc", "@cz"), "CNP": ("ro.cnp", "@cnp"), "EGN": ("bg.egn", "@egn"),
    "AMKA": ("gr.amka", "@amka"), "TC kimlik": ("tr.tckimlik", "99999999999"), "Aadhaar": ("in_.aadhaar", "9999 9999 9999"),
    "resident registration number": ("kr.rrn", "@rrn"), "my number": ("jp.in_", "999999999999"), "TFN": ("au.tfn", "999999999"),
    "SIN": ("ca.sin", "999 999 999"), "CUIT": ("ar.cuit", "20-99999999-9"), "RUT": ("cl.rut", "99.999.999-9"),
    "South African ID": ("za.idnr", "@za"), "PPS number": ("ie.pps", "9999999A"), "OIB": ("hr.oib", "99999999999"),
    "henkilötunnus": ("fi.hetu", "@hetu"), "fødselsnummer": ("no.fodselsnummer", "@no"), "NIF": ("pt.nif", "299999999"),
    "isikukood": ("ee.ik", "@ee"), "Thai national ID": ("th.pin", "9-9999-99999-99-9"),
}  # fmt: skip
_DATED = {
    "@pesel": "{yy}{mm}{dd}99999", "@se": "{yy}{mm}{dd}-9999", "@cz": "{yy}{mm}{dd}/9999", "@cnp": "1{yy}{mm}{dd}129999",
    "@egn": "{yy}{mm}{dd}9999", "@amka": "{dd}{mm}{yy}99999", "@rrn": "{yy}{mm}{dd}-1009999", "@za": "{yy}{mm}{dd}9999089",
    "@hetu": "{dd}{mm}{yy}-999A", "@no": "{dd}{mm}{yy}99999", "@ee": "3{yy}{mm}{dd}9999", "@nir": "1 {yy} {mm} 75 999 999 99",
    "@cf": "AAAAAA{yy}A{dd}F205A", "@ahv": "756.9999.9999.99",
}  # fmt: skip
_KEY_FORMS = (
    ("AKIA", 16, "A"), ("ghp_", 36, "a"), ("glpat-", 20, "a"), ("xoxb-1234567890-", 24, "a"), ("sk_live_", 24, "a"), ("AIza", 35, "a"),
    ("SG.abcdefghijklmnopqrstuv.", 43, "a"), ("npm_", 36, "a"), ("dop_v1_", 64, "h"), ("hf_", 34, "a"), ("sk-proj-", 100, "a"),
    ("sk-ant-api03-", 95, "a"), ("hvs.", 90, "a"), ("dp.pt.", 43, "a"), ("PMAK-0123456789abcdef01234567-", 34, "h"), ("lin_api_", 40, "a"),
    ("ntn_", 46, "a"), ("figd_", 40, "a"), ("shpat_", 32, "h"), ("key-", 32, "h"), ("glsa_", 32, "g"), ("sntryu_", 64, "h"),
    ("NRAK-", 27, "A"), ("dapi", 32, "h"), ("123456789:AA", 33, "a"), ("pypi-", 150, "a"), ("eyJhbGciOiJIUzI1NiJ9.eyJ", 60, "j"),
    ("postgres://app:", 12, "u"), ("AccountKey=", 86, "a"), ("SK", 32, "h"),
)  # fmt: skip


def corpus(part: str, seed: int = 20, each: int = 300) -> list[Row]:
    """``each`` labelled texts of every kind, and as many without personal data as all of them together."""
    from faker import Faker

    rng = random.Random(f"{part}{seed}")
    fakers = {locale: Faker(locale) for locale in LOCALES}
    for at, fake in enumerate(fakers.values()):
        fake.seed_instance(seed * 100 + at + {"dev": 0, "held": 50, "fresh": 77}[part])
    makers = _makers(rng, fakers)
    rows = [
        _row(kind, sentences[at % len(sentences)], makers[kind], rng)
        for kind, sentences in SENTENCES[part].items()
        for at in range(each)
    ]
    values = _nobodys(rng, fakers["en_US"])
    for at in range(len(rows)):
        sentence = NOTHING[part][at % len(NOTHING[part])]
        rows.append((_filled(sentence, values), []))
    return rows


def _row(kind: str, sentence: str, make: Callable[[], tuple[str, str]], rng: random.Random) -> Row:
    name, value = make()
    if kind == "national_id":
        before, middle, after = sentence.split("{}")
        start = len(before) + len(name) + len(middle)
        return before + name + middle + value + after, [(kind, start, start + len(value))]
    start = sentence.index("{}")
    return sentence.replace("{}", value), [(kind, start, start + len(value))]


def _filled(sentence: str, values: dict[str, Callable[[], str]]) -> str:
    parts = sentence.split("{")
    return parts[0] + "".join(
        values[name]() + rest for name, _, rest in (part.partition("}") for part in parts[1:])
    )


def _makers(rng: random.Random, fakers: dict) -> dict[str, Callable[[], tuple[str, str]]]:
    us = fakers["en_US"]
    any_of = lambda: rng.choice(list(fakers.values()))  # noqa: E731

    def card() -> tuple[str, str]:
        number = us.credit_card_number(rng.choice(("visa16", "mastercard", "amex", "discover", "jcb16")))
        groups = (4, 6, 5) if len(number) == 15 else (4, 4, 4, 4)
        if rng.random() < 0.5:
            sign, parts, at = rng.choice(" -"), [], 0
            for size in groups:
                parts.append(number[at : at + size])
                at += size
            number = sign.join(parts)
        return "", number

    def iban() -> tuple[str, str]:
        number = fakers[
            rng.choice(("de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "en_GB", "da_DK"))
        ].iban()
        return "", number if rng.random() < 0.5 else " ".join(
            number[at : at + 4] for at in range(0, len(number), 4)
        )

    def secret() -> tuple[str, str]:
        head, size, pool = rng.choice(_KEY_FORMS)
        chars = {"h": "0123456789abcdef", "A": "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"}.get(
            pool, "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
        )
        body = "".join(rng.choice(chars) for _ in range(size))
        tail = {"g": "_0a1b2c3d", "j": "." + body[:43], "u": "@db.internal:5432/prod"}.get(pool, "")
        return "", head + body + tail

    def national() -> tuple[str, str]:
        name = rng.choice(sorted(NATIONAL))
        return name, valid_number(*NATIONAL[name], rng)

    def birthday() -> tuple[str, str]:
        day = us.date_of_birth(minimum_age=18, maximum_age=90)
        return "", rng.choice(
            (
                f"{day:%Y-%m-%d}",
                f"{day:%d/%m/%Y}",
                f"{day.day} {day:%B %Y}",
                f"{day:%B} {day.day}, {day:%Y}",
                f"{day:%d.%m.%Y}",
            )
        )

    return {
        "card": card, "iban": iban, "secret": secret, "national_id": national, "date_of_birth": birthday,
        "ssn": lambda: ("", us.ssn()), "email": lambda: ("", any_of().email()), "mac": lambda: ("", us.mac_address()),
        "ip": lambda: ("", us.ipv6() if rng.random() < 0.3 else us.ipv4_public()),
        "phone": lambda: ("", any_of().phone_number()),
    }  # fmt: skip


def valid_number(module: str, form: str, rng: random.Random) -> str:
    """A number of the form that python-stdnum takes for valid."""
    valid = importlib.import_module("stdnum." + module).is_valid
    for _ in range(2_000_000):
        dated = _DATED.get(form, form).format(
            yy=f"{rng.randint(40, 99)}", mm=f"{rng.randint(1, 12):02}", dd=f"{rng.randint(1, 28):02}"
        )
        value = "".join(
            rng.choice("0123456789")
            if char == "9"
            else rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            if char == "A"
            else char
            for char in dated
        )
        if valid(value):
            return value
    raise AssertionError(module)


def _nobodys(rng: random.Random, fake: object) -> dict[str, Callable[[], str]]:
    digits = lambda n: "".join(rng.choice("0123456789") for _ in range(n))  # noqa: E731

    def imei() -> str:
        body = "35" + digits(12)
        total = sum(sum(divmod(int(char) * (1 + at % 2), 10)) for at, char in enumerate(body))
        return body + str(-total % 10)

    return {
        "order": lambda: rng.choice((digits(7), digits(9), digits(10), digits(12), f"{digits(3)}-{digits(7)}", f"A{digits(8)}")),
        "invoice": lambda: rng.choice((f"2024-{digits(6)}", f"INV{digits(8)}", digits(11))),
        "tracking": lambda: rng.choice((f"1Z{digits(16)}", digits(20), digits(12), f"RR{digits(9)}DE")),
        "version": lambda: ".".join(str(rng.randint(0, 40)) for _ in range(rng.choice((2, 3, 4)))),
        "amount": lambda: rng.choice((f"{rng.randint(1, 99999):,}.{digits(2)} USD", f"€{rng.randint(1, 9999)},{digits(2)}", f"${digits(5)}")),
        "date": lambda: rng.choice((f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}", f"{rng.randint(1, 28)}/{rng.randint(1, 12)}/2023")),
        "ean": lambda: fake.ean13(), "isbn": lambda: fake.isbn13(), "uuid": lambda: fake.uuid4(), "sha": lambda: fake.sha1(),
        "imei": imei, "epoch": lambda: rng.choice(("17" + digits(8), "17" + digits(11))),
        "lat": lambda: f"{rng.uniform(-90, 90):.6f}", "lon": lambda: f"{rng.uniform(-180, 180):.6f}",
        "big": lambda: f"{rng.randint(10**6, 10**9):,}", "hosts": lambda: str(rng.randint(2, 400)),
        "clock": lambda: f"{rng.randint(0, 23):02}:{digits(2)}:{digits(2)}",
        "serial": lambda: "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(10)),
    }  # fmt: skip
