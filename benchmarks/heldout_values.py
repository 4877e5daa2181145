"""Made-up personal data and secrets of the held-out export, each with the check digits of its kind.

Every value comes from the generator handed in; none belongs to anybody on purpose.
"""

from __future__ import annotations

import base64
import random
import string
import unicodedata
from collections.abc import Callable

import heldout_phrases as ph

UPPER, DIGITS = string.ascii_uppercase, string.digits
ALNUM = string.ascii_letters + DIGITS
VERHOEFF_STEP = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def dihedral(i: int, j: int) -> int:
    """The product of two elements of the dihedral group of order ten."""
    turn = (i + j) % 5 if i < 5 else (i - j) % 5
    return turn + (5 if (i < 5) != (j < 5) else 0)


def pattern(rng: random.Random, text: str) -> str:
    """Fill ``# ~ @ *`` with a digit, a digit from 1, a capital, a capital or digit."""
    pools = {"#": DIGITS, "~": "123456789", "@": "ABCDEFGHJKLMNPRSTVWXYZ", "*": "ACDEFHKNPRTVWXY0123456789"}
    return "".join(rng.choice(pools[c]) if c in pools else c for c in text)


def chars(rng: random.Random, pool: str, n: int) -> str:
    """``n`` characters drawn from a pool."""
    return "".join(rng.choice(pool) for _ in range(n))


def digits(rng: random.Random, n: int) -> str:
    """``n`` digits, the first of them not zero."""
    return rng.choice("123456789") + chars(rng, DIGITS, n - 1)


def weighted(number: str, weights: list[int]) -> int:
    """The sum of digits times weights."""
    return sum(int(d) * w for d, w in zip(number, weights, strict=False))


def luhn_digit(body: str) -> str:
    """The Luhn check digit that follows a body of digits."""
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return str(-total % 10)


def verhoeff_digit(body: str) -> str:
    """The Verhoeff check digit that follows a body of digits."""
    perms = [list(range(10))]
    for _ in range(7):
        perms.append([VERHOEFF_STEP[v] for v in perms[-1]])
    c = 0
    for i, d in enumerate(reversed(body), start=1):
        c = dihedral(c, perms[i % 8][int(d)])
    return str(next(k for k in range(10) if dihedral(c, k) == 0))


def birth(rng: random.Random) -> tuple[int, int, int]:
    """A year, month and day of birth of a grown-up."""
    return rng.randint(1936, 2004), rng.randint(1, 12), rng.randint(1, 28)


def uk_nino(rng: random.Random) -> str:
    """UK National Insurance number (no check digit exists)."""
    while True:
        prefix = rng.choice("ABCEGHJKLMNOPRSTWXYZ") + rng.choice("ABCEGHJKLMNPRSTWXYZ")
        if prefix not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}:
            break
    parts = [prefix, *(chars(rng, DIGITS, 2) for _ in range(3)), rng.choice("ABCD")]
    return rng.choice(["", " ", " "]).join(parts)


def ie_pps(rng: random.Random) -> str:
    """Irish PPS number, a third of them with the second letter."""
    body, extra = digits(rng, 7), rng.choice(["", "", "A", "B", "H"])
    total = weighted(body, [8, 7, 6, 5, 4, 3, 2]) + (9 * (ord(extra) - 64) if extra else 0)
    return body + "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] + extra


def in_aadhaar(rng: random.Random) -> str:
    """Indian Aadhaar number with its Verhoeff digit."""
    body = rng.choice("23456789") + chars(rng, DIGITS, 10)
    body += verhoeff_digit(body)
    return rng.choice([f"{body[:4]} {body[4:8]} {body[8:]}", body, f"{body[:4]}-{body[4:8]}-{body[8:]}"])


def in_pan(rng: random.Random) -> str:
    """Indian PAN of a person (its last letter's rule is not public)."""
    return chars(rng, UPPER, 3) + "P" + chars(rng, UPPER, 1) + chars(rng, DIGITS, 4) + chars(rng, UPPER, 1)


def de_steuer_id(rng: random.Random) -> str:
    """German tax id: ten digits of which exactly one comes twice, and an ISO 7064 digit."""
    pool = rng.sample(DIGITS, 9)
    body = [*pool, rng.choice(pool)]
    rng.shuffle(body)
    while body[0] == "0":
        rng.shuffle(body)
    product = 10
    for d in body:
        total = (int(d) + product) % 10 or 10
        product = total * 2 % 11
    text = "".join(body) + str((11 - product) % 10)
    return rng.choice([text, f"{text[:2]} {text[2:5]} {text[5:8]} {text[8:]}"])


def nl_bsn(rng: random.Random) -> str:
    """Dutch BSN, which passes the eleven test."""
    while True:
        body = digits(rng, 8)
        check = weighted(body, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
        if check < 10:
            text = f"{body}{check}"
            return rng.choice(
                [text, f"{text[:4]}.{text[4:6]}.{text[6:]}", f"{text[:3]} {text[3:6]} {text[6:]}"]
            )


def pl_pesel(rng: random.Random) -> str:
    """Polish PESEL with its birth date and check digit."""
    y, m, d = birth(rng)
    body = f"{y % 100:02}{m + (20 if y >= 2000 else 0):02}{d:02}{chars(rng, DIGITS, 4)}"
    return body + str(-weighted(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)


def se_personnummer(rng: random.Random) -> str:
    """Swedish personal number with its Luhn digit."""
    y, m, d = birth(rng)
    date, serial = f"{y % 100:02}{m:02}{d:02}", chars(rng, DIGITS, 3)
    tail = serial + luhn_digit(date + serial)
    return rng.choice([f"{date}-{tail}", f"{y // 100}{date}-{tail}", f"{y // 100}{date}{tail}"])


def be_national_number(rng: random.Random) -> str:
    """Belgian national number with its remainder of 97."""
    y, m, d = birth(rng)
    date, serial = f"{y % 100:02}{m:02}{d:02}", f"{rng.randint(1, 997):03}"
    check = 97 - int(("2" if y >= 2000 else "") + date + serial) % 97
    dotted = f"{date[:2]}.{date[2:4]}.{date[4:]}-{serial}.{check:02}"
    return rng.choice([dotted, f"{date}{serial}{check:02}", f"{date} {serial} {check:02}"])


def es_dni(rng: random.Random) -> str:
    """Spanish DNI, or NIE for a foreigner."""
    lead = rng.choice(["", "", "X", "Y", "Z"])
    body = digits(rng, 7 if lead else 8)
    letter = "TRWAGMYFPDXBNJZSQVHLCKE"[int(str("XYZ".index(lead) if lead else "") + body) % 23]
    return (
        lead + rng.choice(["", "-"]).join([body, letter])
        if lead
        else rng.choice(["", "-", " "]).join([body, letter])
    )


def fr_nir(rng: random.Random) -> str:
    """French social security number with its key."""
    y, m, _ = birth(rng)
    body = f"{rng.choice('12')}{y % 100:02}{m:02}{rng.randint(21, 95):02}{rng.randint(1, 700):03}{rng.randint(1, 400):03}"
    key = f"{97 - int(body) % 97:02}"
    parts = [body[0], body[1:3], body[3:5], body[5:7], body[7:10], body[10:], key]
    return rng.choice([" ".join(parts), body + key, f"{body} {key}"])


def au_tfn(rng: random.Random) -> str:
    """Australian tax file number whose weighted sum is divisible by eleven."""
    while True:
        text = digits(rng, 9)
        if weighted(text, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0:
            return rng.choice([f"{text[:3]} {text[3:6]} {text[6:]}", text])


def ca_sin(rng: random.Random) -> str:
    """Canadian SIN with its Luhn digit."""
    body = rng.choice("1245679") + chars(rng, DIGITS, 7)
    text = body + luhn_digit(body)
    return rng.choice(["-", " ", ""]).join([text[:3], text[3:6], text[6:]])


def nhs_number(rng: random.Random) -> str:
    """NHS number with its modulus-11 digit."""
    while True:
        body = rng.choice("4679") + chars(rng, DIGITS, 8)
        check = (11 - weighted(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11
        if check < 10:
            return rng.choice([" ", ""]).join([body[:3], body[3:6], body[6:] + str(check)])


def mpan(rng: random.Random) -> str:
    """A British electricity meter point number: not personal data, and it looks like some."""
    while True:
        body = f"{rng.randint(10, 23)}{chars(rng, DIGITS, 10)}"
        check = weighted(body, [3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43]) % 11 % 10
        return rng.choice(["{0} {1} {2} {3}", "{0}{1}{2}{3}"]).format(
            body[:2], body[2:6], body[6:10], body[10:] + str(check)
        )


def iban(rng: random.Random, country: str | None = None) -> str:
    """An IBAN of the country whose remainder of 97 is one."""
    code = country if country in ph.IBANS and rng.random() < 0.5 else rng.choice(list(ph.IBANS))
    bban = pattern(rng, ph.IBANS[code])
    number = "".join(str(int(c, 36)) for c in bban + code.upper() + "00")
    text = f"{code.upper()}{98 - int(number) % 97:02}{bban}"
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4)) if rng.random() < 0.6 else text


def card(rng: random.Random) -> str:
    """A payment card number with its Luhn digit."""
    prefix, size = rng.choice(
        [("4", 16), ("4", 16), ("53", 16), ("2230", 16), ("37", 15), ("6759", 16), ("36", 14)]
    )
    body = prefix + chars(rng, DIGITS, size - 1 - len(prefix))
    text = body + luhn_digit(body)
    cuts = [4, 10] if size < 16 else [4, 8, 12]
    parts = [text[i:j] for i, j in zip([0, *cuts], [*cuts, size], strict=True)]
    return rng.choice([" ", "", "-"]).join(parts)


def names(rng: random.Random, culture: str) -> tuple[str, str]:
    """A given and a family name of a culture."""
    given, family = ph.NAMES[culture]
    return rng.choice(given.split(",")), rng.choice(family.split(","))


def person(rng: random.Random, culture: str, form: str) -> str:
    """A name as it stands in running text: mostly full, at times the given name alone."""
    given, family = names(rng, culture)
    if form == "family":
        return family
    full = f"{family} {given}" if culture in {"cn", "vn"} else f"{given} {family}"
    if form == "lower":
        return full.lower()
    return given if form == "" and rng.random() < 0.12 else full


def ascii_name(text: str) -> str:
    """A name in the letters of an email address."""
    plain = text.lower().translate(str.maketrans("łıøđß", "liods"))
    folded = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in folded if c.isascii() and c.isalnum())


def email(rng: random.Random, culture: str, form: str) -> str:
    """An email address, at times with a tag, or spelt out in words."""
    given, family = (ascii_name(n) for n in names(rng, culture))
    local = rng.choice(
        [f"{given}.{family}", f"{given[0]}{family}{rng.randint(2, 99)}", f"{family}_{given}", given + family]
    )
    host = rng.choice(ph.EMAIL_HOSTS)
    if form == "words":
        at, dot = rng.choice(
            [(" at ", " dot "), (" [at] ", " [dot] "), (" (at) ", "."), (" AT ", " DOT "), ("(at)", "(dot)")]
        )
        return local.replace(".", dot if dot != "." else ".") + at + host.replace(".", dot)
    tag = rng.choice(["+power", "+bills2", "+corrib", "+home"]) if rng.random() < 0.25 else ""
    text = f"{local}{tag}@{host}"
    return text.upper() if rng.random() < 0.06 else text


def address(rng: random.Random, country: str, form: str) -> str:
    """A postal address in its country's order; in several lines if asked."""
    streets, towns, forms = ph.STREETS[country]
    text = pattern(rng, rng.choice(forms))
    text = text.replace("{s}", rng.choice(streets.split(","))).replace("{t}", rng.choice(towns.split(",")))
    return text.replace(", ", "\n") if form == "lines" else text


def date_of_birth(rng: random.Random) -> str:
    """A date of birth in one of the usual notations."""
    y, m, d = birth(rng)
    month = ph.MONTHS[m - 1]
    suffix = "th" if 10 < d < 20 else {1: "st", 2: "nd", 3: "rd"}.get(d % 10, "th")
    forms = [
        f"{d:02}/{m:02}/{y}", f"{d:02}-{m:02}-{y}", f"{d} {month} {y}", f"{month} {d}{suffix}, {y}", f"{y}-{m:02}-{d:02}",
        f"{d}.{m}.{y}", f"{d}{suffix} of {month} {y}", f"{d} {month[:3]} {y}", f"{d:02}/{m:02}/{y % 100:02}",
    ]  # fmt: skip
    return rng.choice(forms)


def ip_address(rng: random.Random) -> tuple[str, str]:
    """Kind and text of an address of version 4 or 6."""
    if rng.random() < 0.55:
        return "V4", f"{rng.choice(ph.V4_NETS)}{rng.randint(1, 254)}.{rng.randint(1, 254)}"
    groups = [f"{rng.randint(1, 65535):x}" for _ in range(rng.choice([2, 3]))]
    net = rng.choice(ph.V6_NETS)
    return "V6", f"{net}{groups[0]}::{':'.join(groups[1:])}"


def mac(rng: random.Random) -> str:
    """A MAC address with colons, dashes or dots."""
    pairs = [f"{rng.randint(0, 255):02x}" for _ in range(6)]
    pairs[0] = rng.choice(["3c", "00", "a4", "f0"])
    dotted = ".".join(a + b for a, b in zip(pairs[::2], pairs[1::2], strict=True))
    return rng.choice([":".join(pairs).upper(), "-".join(pairs).upper(), ":".join(pairs), dotted])


NATIONAL: dict[str, Callable[[random.Random], str]] = {
    "UK_NINO": uk_nino, "IE_PPS": ie_pps, "IN_AADHAAR": in_aadhaar, "IN_PAN": in_pan, "DE_STEUER_ID": de_steuer_id,
    "NL_BSN": nl_bsn, "PL_PESEL": pl_pesel, "SE_PERSONNUMMER": se_personnummer, "BE_NATIONAL_NUMBER": be_national_number,
    "ES_DNI": es_dni, "FR_NIR": fr_nir, "AU_TFN": au_tfn, "CA_SIN": ca_sin,
}  # fmt: skip
OTHERS = ["CARD", "IBAN", "DATE_OF_BIRTH", "PASSPORT", "PLATE", "MEDICAL_RECORD", "IP", "MAC"]
FOCUS = ["PERSON", "ADDRESS", "PHONE", "EMAIL", *NATIONAL, *OTHERS]


def personal(rng: random.Random, key: str, culture: str) -> tuple[str, str, str]:
    """Type, kind and text for a key such as ``PHONE``, ``PERSON_lower`` or ``IBAN_de``."""
    if key in NATIONAL:
        return "NATIONAL_ID", key, NATIONAL[key](rng)
    name, _, form = key.partition("_")
    if form in ph.NAMES:
        culture, form = form, "full"
    if name == "PERSON":
        return name, culture.upper(), person(rng, culture, form)
    if name == "ADDRESS":
        land = culture if culture in ph.STREETS else rng.choice(list(ph.STREETS))
        return name, land.upper(), address(rng, land, form)
    if name == "EMAIL":
        return name, "WORDS" if form == "words" else "PLAIN", email(rng, culture, form)
    if name == "PHONE":
        own = culture in ph.PHONES and (form == "full" or rng.random() < 0.7)
        country = culture if own else rng.choice(list(ph.PHONES))
        return name, country.upper(), pattern(rng, rng.choice(ph.PHONES[country]))
    if name == "IBAN":
        text = iban(rng, culture)
        return name, text[:2], text
    if name == "IP":
        return name, *ip_address(rng)
    simple: dict[str, Callable[[], str]] = {
        "CARD": lambda: card(rng),
        "DATE": lambda: date_of_birth(rng),
        "PASSPORT": lambda: pattern(rng, rng.choice(ph.PASSPORTS)),
        "PLATE": lambda: pattern(rng, rng.choice(ph.PLATES)),
        "MEDICAL": lambda: pattern(rng, rng.choice(ph.MEDICAL_RECORDS)),
        "NHS": lambda: nhs_number(rng),
        "MAC": lambda: mac(rng),
    }
    return ("MEDICAL_RECORD" if key == "NHS" else key), key, simple[name]()


def password(rng: random.Random) -> str:
    """A password of the sort people choose."""
    word = rng.choice(ph.words("Weir,sunflower,Galway,Dragon,rasgulla,kookaburra,Leeds,Zosia,mango,tiger"))
    forms = [
        f"{word}{rng.randint(10, 2024)}!",
        f"{word.replace('a', '@').replace('o', '0')}#{rng.randint(1, 99)}",
        chars(rng, ALNUM + "!$%&*?", rng.randint(10, 16)),
        f"{word}-{rng.choice(['otter', 'lamp', 'boat'])}-{rng.randint(2, 99)}",
    ]
    return rng.choice(forms)


def encoded(text: str) -> str:
    """A text in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def private_key(rng: random.Random) -> str:
    """A block that looks like a private key in PEM."""
    kind = rng.choice(["RSA ", "EC ", "OPENSSH ", ""])
    body = "\n".join(chars(rng, ALNUM + "+/", 64) for _ in range(rng.randint(3, 6)))
    edge = "-----{} " + kind + "PRIVATE KEY-----"
    return f"{edge.format('BEGIN')}\n{body}\n{chars(rng, ALNUM, 22)}==\n{edge.format('END')}"


def url_credentials(rng: random.Random) -> str:
    """An address with a user and a password in it."""
    scheme, rest = rng.choice(ph.FEEDS).split("://")
    secret = rng.choice(["Hn7", "tariff", "pump_", "S3a"]) + chars(rng, ALNUM, rng.randint(5, 14))
    return f"{scheme}://{rng.choice(['reader', 'admin', 'hub_sync', 'svc'])}:{secret}@{rest}"


def token(rng: random.Random, kind: str) -> str:
    """A key in a vendor's public format."""
    hexa, safe = "0123456789abcdef", ALNUM + "-_"
    jwt = ".".join(
        [
            encoded('{"alg":"HS256","typ":"JWT"}'),
            encoded(f'{{"sub":"{rng.randint(1000, 9999)}","scope":"hh"}}'),
        ]
    )
    forms: dict[str, Callable[[], str]] = {
        "AWS_ACCESS_KEY": lambda: rng.choice(["AKIA", "ASIA"]) + chars(rng, UPPER + "234567", 16),
        "AWS_SECRET_KEY": lambda: "aws_secret_access_key=" + chars(rng, ALNUM + "/+", 40),
        "GITHUB_TOKEN": lambda: rng.choice(["ghp_", "gho_", "ghs_"]) + chars(rng, ALNUM, 36),
        "GITHUB_PAT": lambda: f"github_pat_{chars(rng, ALNUM, 22)}_{chars(rng, ALNUM, 59)}",
        "GITLAB_TOKEN": lambda: "glpat-" + chars(rng, safe, 20),
        "SLACK_TOKEN": lambda: f"xoxb-{digits(rng, 12)}-{digits(rng, 12)}-{chars(rng, ALNUM, 24)}",
        "SLACK_WEBHOOK": lambda: (
            "https://hooks.slack.com/services/"
            f"T{chars(rng, UPPER + DIGITS, 8)}/B{chars(rng, UPPER + DIGITS, 8)}/{chars(rng, ALNUM, 24)}"
        ),
        "STRIPE_KEY": lambda: rng.choice(["sk_", "rk_"]) + "live_" + chars(rng, ALNUM, 24),
        "GOOGLE_API_KEY": lambda: "AIza" + chars(rng, safe, 35),
        "OPENAI_KEY": lambda: "sk-proj-" + chars(rng, ALNUM, 48),
        "ANTHROPIC_KEY": lambda: "sk-ant-api03-" + chars(rng, safe, 93) + "AA",
        "SENDGRID_KEY": lambda: f"SG.{chars(rng, safe, 22)}.{chars(rng, safe, 43)}",
        "TWILIO_KEY": lambda: "SK" + chars(rng, hexa, 32),
        "NPM_TOKEN": lambda: "npm_" + chars(rng, ALNUM, 36),
        "PYPI_TOKEN": lambda: "pypi-AgEIcHlwaS5vcmc" + chars(rng, safe, 70),
        "HUGGINGFACE_TOKEN": lambda: "hf_" + chars(rng, string.ascii_letters, 34),
        "DIGITALOCEAN_TOKEN": lambda: "dop_v1_" + chars(rng, hexa, 64),
        "MAILCHIMP_KEY": lambda: f"{chars(rng, hexa, 32)}-us{rng.randint(1, 21)}",
        "TELEGRAM_TOKEN": lambda: f"{digits(rng, 10)}:AA{chars(rng, safe, 33)}",
        "AZURE_STORAGE_KEY": lambda: f"AccountName=meterhub;AccountKey={chars(rng, ALNUM + '+/', 86)}==",
        "JWT": lambda: f"{jwt}.{chars(rng, safe, 43)}",
        "HEX_TOKEN": lambda: chars(rng, hexa, 40),
    }
    return forms[kind]()


TOKENS = ph.words(
    "AWS_ACCESS_KEY,AWS_SECRET_KEY,GITHUB_TOKEN,GITHUB_PAT,GITLAB_TOKEN,SLACK_TOKEN,SLACK_WEBHOOK,STRIPE_KEY,GOOGLE_API_KEY,"
    "OPENAI_KEY,ANTHROPIC_KEY,SENDGRID_KEY,TWILIO_KEY,NPM_TOKEN,PYPI_TOKEN,HUGGINGFACE_TOKEN,DIGITALOCEAN_TOKEN,MAILCHIMP_KEY,"
    "TELEGRAM_TOKEN,AZURE_STORAGE_KEY,JWT,HEX_TOKEN"
)


def secret(rng: random.Random, turn: int) -> tuple[str, str, str]:
    """Carrier group, kind and text of the ``turn``-th secret, so that every kind comes round."""
    kinds = [
        *TOKENS,
        "PASSWORD",
        "PASSWORD",
        "PASSWORD",
        "PASSWORD",
        "URL_CREDENTIALS",
        "URL_CREDENTIALS",
        "PRIVATE_KEY",
        "PRIVATE_KEY",
    ]
    kind = kinds[turn % len(kinds)]
    if kind == "PASSWORD":
        return "phrase", kind, password(rng)
    if kind == "URL_CREDENTIALS":
        return "url", kind, url_credentials(rng)
    if kind == "PRIVATE_KEY":
        return "pem", kind, private_key(rng)
    return "token", kind, token(rng, kind)
