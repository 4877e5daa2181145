"""Invented personal data and secrets, with checksums that hold. Every value is drawn; none belongs to anybody."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from random import Random


def luhn_digit(digits: str) -> str:
    """The check digit of ISO/IEC 7812 for the digits before it."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def card(random: Random) -> str:
    """A 16-digit card number that passes Luhn, in one of three ways of writing."""
    digits = "4" + "".join(random.choices(string.digits, k=14))
    digits += luhn_digit(digits)
    joint = random.choice(("", " ", "-"))
    return joint.join(digits[at : at + 4] for at in range(0, 16, 4))


def iban(random: Random) -> str:
    """A German or British IBAN whose check digits hold (ISO 13616, ISO 7064 mod 97-10)."""
    if random.random() < 0.5:
        country, account = "DE", "".join(random.choices(string.digits, k=18))
    else:
        letters = "".join(random.choices(string.ascii_uppercase, k=4))
        country, account = "GB", letters + "".join(random.choices(string.digits, k=14))
    number = "".join(str(int(char, 36)) for char in account + country + "00")
    whole = f"{country}{98 - int(number) % 97:02d}{account}"
    if random.random() < 0.5:
        return whole
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


def email(random: Random) -> str:
    """An address in a domain reserved for examples (RFC 2606)."""
    name = random.choice(
        ("ada", "bo", "carla", "dev", "edda", "finn", "greta", "hugo", "ida", "jon", "kaya", "lars")
    )
    family = random.choice(
        ("moor", "hale", "berg", "stone", "vale", "thorne", "reed", "marsh", "holt", "finch")
    )
    joint = random.choice((".", "_", "", "-"))
    return f"{name}{joint}{family}{random.randrange(100)}@example.{random.choice(('org', 'net', 'com'))}"


def phone(random: Random) -> str:
    """A number as people of several countries write it, with country code."""
    tail = "".join(random.choices(string.digits, k=6))
    return random.choice(
        (
            f"+44 7911 {tail}",
            f"+1 212-{random.randrange(200, 999)}-{random.randrange(10000):04d}",
            f"+49 171 {tail}{random.randrange(10)}",
            f"+44 20 7946 {random.randrange(10000):04d}",
        )
    )


def ssn(random: Random) -> str:
    """A United States social security number of a valid pattern."""
    return f"{random.randrange(100, 665)}-{random.randrange(10, 99):02d}-{random.randrange(1000, 9999)}"


def ip(random: Random) -> str:
    """An IPv4 address of the blocks reserved for documentation (RFC 5737)."""
    return f"{random.choice(('192.0.2', '198.51.100', '203.0.113'))}.{random.randrange(1, 255)}"


def secret(random: Random) -> str:
    """A key, token or password as it slips into tickets."""
    alphabet = string.ascii_letters + string.digits
    return random.choice(
        (
            "ghp_" + "".join(random.choices(alphabet, k=36)),
            "sk_live_" + "".join(random.choices(string.ascii_lowercase + string.digits, k=24)),
            "AKIA" + "".join(random.choices(string.ascii_uppercase + "234567", k=16)),
            f"postgres://svc:{''.join(random.choices(alphabet, k=12))}@db.internal:5432/billing",
        )
    )


PII: Mapping[str, tuple[Callable[[Random], str], tuple[str, ...]]] = {
    "card": (card, ("My card is {}.", "Charge card {} instead.")),
    "iban": (iban, ("My account is {}.", "Refund to {} please.")),
    "email": (email, ("Write to {}.", "My address is {} now.")),
    "phone": (phone, ("Call me on {}.", "tel. {}")),
    "ssn": (ssn, ("My SSN is {}.",)),
    "ip": (ip, ("I logged in from {}.",)),
}
"""kind -> how to draw one, and the sentences it comes in"""

SECRET_SENTENCES = ("(debug: {})", "Our script uses {} for this.")
DOUBTFUL_SENTENCES = ("It said {} on the form.", "The sticker says {}.")


def doubtful(random: Random) -> str:
    """Digits that may or may not be a telephone number: what a person has to decide."""
    return f"0{random.randrange(20, 99)} {random.randrange(1000, 9999)} {random.randrange(1000, 9999)}"
