# ruff: noqa: E501
"""Draws the values that fill the PII templates. Two disjoint halves of every list: one for training, one for the held-out texts."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from functools import lru_cache

import pii_corpus_dates as dates
import pii_corpus_names as names
import pii_corpus_places as places
from pii_corpus_organisations import organisation

KIND_OF = {
    "person": "person",
    "first": "person",
    "last": "person",
    "title": "title",
    "address": "address",
    "street": "address",
    "zip": "address",
    "city": "place",
    "state": "place",
    "country": "place",
    "place": "place",
    "organisation": "organisation",
    "nationality": "nationality",
    "nationality_plural": "nationality",
    "age": "age",
    "age_phrase": "age",
    "date": "date",
    "time": "date",
}
"""placeholder -> kind it is labelled as"""
FILLERS = (
    "phone",
    "email",
    "card",
    "iban",
    "ssn",
    "ip",
    "url",
    "domain",
    "amount",
    "number",
    "ref",
    "product",
    "job",
)
"""placeholders that are not labelled"""

_ENGLISH = ("en_US", "en_GB", "en_AU", "en_CA", "en_IE", "en_NZ")
_EUROPEAN = (
    "de_DE",
    "de_AT",
    "fr_FR",
    "fr_CA",
    "es_ES",
    "es_MX",
    "es_AR",
    "es_CO",
    "it_IT",
    "nl_NL",
    "nl_BE",
    "pt_BR",
    "pt_PT",
    "sv_SE",
    "da_DK",
    "no_NO",
    "fi_FI",
    "pl_PL",
    "cs_CZ",
    "sk_SK",
    "hu_HU",
    "hr_HR",
    "sl_SI",
    "ro_RO",
    "tr_TR",
    "et_EE",
    "lv_LV",
    "lt_LT",
    "is_IS",
    "ga_IE",
)
_WORLD = (
    "en_IN",
    "en_NG",
    "en_KE",
    "en_PK",
    "en_TH",
    "ig_NG",
    "yo_NG",
    "ha_NG",
    "tw_GH",
    "zu_ZA",
    "vi_VN",
    "id_ID",
    "fil_PH",
    "az_AZ",
    "uz_UZ",
    "sw",
)
_SCRIPTS = (
    "ru_RU",
    "uk_UA",
    "bg_BG",
    "el_GR",
    "zh_CN",
    "zh_TW",
    "ja_JP",
    "ko_KR",
    "ar_SA",
    "he_IL",
    "hi_IN",
    "hy_AM",
    "ka_GE",
)


def held_out(word: str) -> bool:
    """Whether a value is kept for the held-out texts: one in eight, by its digest."""
    return hashlib.sha256(word.lower().encode()).digest()[0] < 32


@lru_cache
def _faker_pool(locale: str, what: str) -> tuple[str, ...]:
    from faker import Faker

    fake = Faker(locale)
    fake.seed_instance(11)
    return tuple(sorted({getattr(fake, what)() for _ in range(500)}))


@lru_cache
def _pairs() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...], bool]]]:
    def faker(
        locales: tuple[str, ...], family_first: bool = False
    ) -> list[tuple[tuple[str, ...], tuple[str, ...], bool]]:
        return [(_faker_pool(x, "first_name"), _faker_pool(x, "last_name"), family_first) for x in locales]

    own = [
        (names.EAST_ASIAN_FIRST, names.EAST_ASIAN_LAST, True),
        (names.ARABIC_FIRST, names.ARABIC_LAST, False),
        (names.SLAVIC_FIRST, names.SLAVIC_LAST, False),
        (names.SOUTH_FIRST, names.SOUTH_LAST, False),
    ]
    return {
        "english": faker(_ENGLISH),
        "european": faker(_EUROPEAN),
        "world": faker(_WORLD),
        "scripts": faker(_SCRIPTS),
        "own": [(tuple(dict.fromkeys(f)), tuple(dict.fromkeys(n)), order) for f, n, order in own],
    }


class Values:
    """Draws values. The same (seed, part) gives the same values in the same order."""

    def __init__(self, rng: random.Random, *, held_out_part: bool) -> None:
        self._rng = rng
        self._held_out = held_out_part
        self._cache: dict[int, tuple[str, ...]] = {}
        self._makers: dict[str, Callable[[], str]] = {
            "person": self.person,
            "first": lambda: names.cased(rng, self._name()[0]),
            "last": lambda: names.cased(rng, self._last()),
            "title": self._title,
            "address": self.address,
            "street": self._street,
            "city": self.city,
            "state": self._state,
            "country": self._country,
            "zip": self._zip,
            "place": self._place,
            "organisation": self._organisation,
            "nationality": lambda: self._spaced(dates.NATIONALITIES),
            "nationality_plural": lambda: self._spaced(dates.PLURALS),
            "age": lambda: dates.age(rng),
            "age_phrase": lambda: dates.age_phrase(rng),
            "date": lambda: dates.when(rng),
            "time": lambda: dates.clock(rng),
        }

    def draw(self, placeholder: str) -> str:
        """A value for the placeholder."""
        if placeholder in self._makers:
            return self._makers[placeholder]()
        return dates.filler(self._rng, placeholder, self._name()[0])

    def person(self) -> str:
        first, last, family_first = self._name()
        second, other, _ = self._name()
        return names.cased(self._rng, names.full_name(self._rng, first, last, second, other, family_first))

    def address(self) -> str:
        """A postal address on one or several lines."""
        rng = self._rng
        if rng.random() < 0.03:
            return f"{rng.choice(['PO Box', 'P.O. Box', 'Postfach', 'Apartado', 'BP'])} {rng.randint(1, 9999)}, {self.city()} {self._zip()}"
        country = rng.choice(places.COUNTRIES_OF_ADDRESSES[: rng.choice((1, 1, 2, 9, 47, 47))])
        town = self._town(country.code)
        region = self._region(country.names[0])
        line = rng.choice(country.layout.split("|")).format(
            city=town, CITY=town.upper(), region=region, zip=places.postcode(rng, country.postcode)
        )
        while "@" in line:
            line = line.replace("@", rng.choice("ABCMNRTV"), 1)
        lines = [self._street_of(country.language)]
        roll = rng.random()
        if roll < 0.15:
            lines.insert(rng.choice((0, 1)), places.unit(rng))
        elif roll < 0.3:
            lines[0] += rng.choice([" ", ", "]) + places.unit(rng)
        lines += line.split("\n")
        if rng.random() < 0.5:
            lines.append(rng.choice(country.names))
        if rng.random() < 0.06:
            lines[-1] = f"{lines[-1]} {places.postcode(rng, country.postcode)}"
        join = rng.choices(
            [", ", "\n", " ", ",\n", "\n ", "\n, ", "; ", " - ", " | ", "<br>"],
            [40, 26, 10, 8, 5, 2, 2, 1, 1, 1],
        )[0]
        if join == "\n" and rng.random() < 0.2:
            lines[-2:] = [", ".join(lines[-2:])]
        return self._varied(join.join(lines).replace("@", "B"))

    def city(self) -> str:
        """A town."""
        roll = self._rng.random()
        if roll < 0.25:
            return self._spaced(places.WORLD_CITIES)
        if roll < 0.35:
            return self._pick(_faker_pool(self._rng.choice(_ENGLISH), "city"))
        country = self._rng.choice(places.COUNTRIES_OF_ADDRESSES[: self._rng.choice((1, 4, 20, 47))])
        return self._varied(self._town(country.code))

    def _organisation(self) -> str:
        return organisation(self._rng, self._last, lambda: self._name()[0], self.city, self._held_out)

    def _pick(self, pool: tuple[str, ...] | list[str]) -> str:
        key = id(pool)
        if key not in self._cache:
            kept = tuple(word for word in pool if held_out(word) == self._held_out)
            self._cache[key] = kept or tuple(pool)
            self._pools = [*getattr(self, "_pools", []), pool]
        return self._rng.choice(self._cache[key])

    def _spaced(self, pool: list[str]) -> str:
        return self._varied(self._pick(pool).replace("_", " "))

    def _varied(self, text: str) -> str:
        roll = self._rng.random()
        return text.lower() if roll < 0.04 else text.upper() if roll < 0.08 else text

    def _name(self) -> tuple[str, str, bool]:
        group = self._rng.choices(("english", "european", "world", "own", "scripts"), (32, 33, 10, 23, 2))[0]
        firsts, lasts, family_first = self._rng.choice(_pairs()[group])
        if group == "own":
            return self._pick(firsts), self._pick(lasts), family_first
        return self._pick(firsts), self._pick(lasts), family_first

    def _last(self) -> str:
        return self._name()[1]

    def _title(self) -> str:
        pool = names.COMMON_TITLES if self._rng.random() < 0.6 else names.TITLES
        return self._varied(self._rng.choice(pool).replace("_", " "))

    def _street_of(self, language: str) -> str:
        noun = self._last() if self._rng.random() < 0.7 else self._rng.choice([self._name()[0], self.city()])
        return places.street(self._rng, language, noun)

    def _street(self) -> str:
        country = self._rng.choice(places.COUNTRIES_OF_ADDRESSES[: self._rng.choice((1, 1, 9, 47))])
        line = self._street_of(country.language)
        if self._rng.random() < 0.15:
            line += self._rng.choice([" ", ", "]) + places.unit(self._rng)
        return self._varied(line)

    def _town(self, code: str) -> str:
        pool = _towns(code)
        return self._pick(pool) if len(pool) >= 12 else self._pick(places.WORLD_CITIES).replace("_", " ")

    def _region(self, country: str) -> str:
        if country in ("United States", "Canada"):
            return (
                self._rng.choice(list(places.US_STATES))
                if self._rng.random() < 0.8
                else self._rng.choice(list(places.US_STATES.values())).replace("_", " ")
            )
        return self._rng.choice(places.REGIONS).replace("_", " ")

    def _state(self) -> str:
        roll = self._rng.random()
        if roll < 0.3:
            return self._rng.choice(list(places.US_STATES))
        return self._varied(
            self._rng.choice(list(places.US_STATES.values()) if roll < 0.7 else places.REGIONS).replace(
                "_", " "
            )
        )

    def _country(self) -> str:
        return self._spaced(places.COUNTRIES)

    def _zip(self) -> str:
        country = self._rng.choice(places.COUNTRIES_OF_ADDRESSES[: self._rng.choice((1, 3, 47))])
        form = "#####-####" if country.code == "1" and self._rng.random() < 0.15 else country.postcode
        return places.postcode(self._rng, form)

    def _place(self) -> str:
        roll = self._rng.random()
        if roll < 0.3:
            return self.city()
        if roll < 0.5:
            return self._country()
        return self._spaced(places.LANDMARKS) if roll < 0.85 else self._state()


@lru_cache
def _towns(code: str) -> tuple[str, ...]:
    return tuple(places.towns(code)) if code else ()
