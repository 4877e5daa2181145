"""Read what a source says of its licence: an SPDX expression, an address, or the words people use.

SPDX 2.3, annex D: ``A OR B`` lets one choose, ``A AND B`` binds to both, ``A WITH exception`` is read as ``A`` (an exception
only allows more), ``A+`` as ``A``. ``AND`` binds stronger than ``OR``. Commas and ``;`` mean AND. What cannot be read is one
unknown licence, never a permissive one; an unknown name that says "non-commercial", "research", "no derivatives" is taken
at its word; letters of two alphabets in one word, or invisible characters, make the text ``suspect``.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from tunewright.core.licence_table import (
    ALIASES,
    ANYTHING,
    COPYLEFT,
    FAMILIES,
    HOSTS,
    NONCOMMERCIAL,
    NOTHING,
    ODC,
    OWN,
    RESEARCH,
    UNSTATED,
)
from tunewright.core.options import Options
from tunewright.core.types import Frozen

_LONGEST = 400
_MOST_CHOICES = 64
_TOKEN = re.compile(r"\s*(\(|\)|,|;|&|\b(?:and|or|with)\b(?=[\s(])|[^\s(),;&]+)", re.IGNORECASE)
_CC = re.compile(
    r"(?:cc|creative-commons)-(?P<by>by|attribution)(?P<nc>-nc|-noncommercial|-non-commercial)?"
    r"(?P<rest>-nd|-sa|-noderivs|-noderivatives|-no-derivatives|-sharealike|-share-alike)?"
    r"(?:-(?P<version>[1-4]\.[05])(?:-(?:[a-z]{2,4}|international|unported|generic))*)?"
)
_NC = re.compile(r"(?<![a-z])(?:nc|non-?commercial\w*|not-for-commercial\w*|no-commercial\w*)(?![a-z])")
_ND = re.compile(r"(?<![a-z])(?:nd|no-?deriv\w*|no-modification\w*)(?![a-z])")
_RESEARCH = re.compile(
    r"(?<![a-z])(?:research|academic|scientific|educational|evaluation|non-?production)(?![a-z])"
)
_LOOK_ALIKE = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"}
"""alphabets with letters that look the same"""


class Terms(Frozen):
    """What one licence allows and asks for."""

    id: str
    """SPDX id in lower case, or the name in the same form"""
    known: bool = True
    """False: not in the table and not declared; what its name forbids is forbidden, the rest is open"""
    usable: bool = True
    """False: nobody may use it for anything"""
    commercial: bool = True
    derivatives: bool = True
    """changed copies may be made; a model trained on it counts as one"""
    distribute: bool = True
    """may be given to others"""
    research_only: bool = False
    attribution: bool = False
    share_alike: bool = False


class DeclaredTerms(Options):
    """A licence of the organisation's own, such as a contract with a supplier: what it allows. Default: nothing."""

    commercial: bool = False
    derivatives: bool = False
    distribute: bool = False
    attribution: bool = False
    share_alike: bool = False


class Licence(Frozen):
    """A licence text, read."""

    text: str
    state: Literal["read", "missing", "suspect"] = "read"
    choices: tuple[tuple[Terms, ...], ...] = ()
    """one of these, and all terms in it; empty when missing or suspect"""


def read_licence(text: str, declared: Mapping[str, DeclaredTerms] | None = None) -> Licence:
    """The licence this text names. Never raises: what cannot be read is unknown or suspect."""
    return _read(text, tuple(sorted((declared or {}).items(), key=lambda item: item[0])))


@functools.lru_cache(maxsize=1024)
def _read(text: str, declared: tuple[tuple[str, DeclaredTerms], ...]) -> Licence:
    shown = text.strip()[:_LONGEST]
    if _suspect(text):
        return Licence(text=shown, state="suspect")
    told = " ".join(unicodedata.normalize("NFKC", text).split())
    if not told or folded(told) in UNSTATED:
        return Licence(text=shown, state="missing")
    own = {folded(name): terms for name, terms in declared}
    choices = _Expression(told, own).choices() if len(told) <= _LONGEST else None
    if choices is None:
        choices = ((_unknown(folded(told)),),)
    return Licence(text=shown, choices=choices)


def known_id(name: str) -> bool:
    """Whether the table itself says what this name allows."""
    return _terms(name, {}).known


def folded(name: str) -> str:
    """One way to write a name: lower case, words joined by ``-``, without "the", "license" and "version"."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub(r"[\s_\u2010-\u2015\u2212]+", "-", text.strip())
    if "://" in text:
        return text
    text = re.sub(r"-?(?<![a-z])(?:the|licen[cs]e[ds]?|version)(?![a-z])-?", "-", text)
    text = re.sub(r"(?<![a-z])v\.?-?(?=\d)", "", text)
    return re.sub(r"-{2,}", "-", text).strip("-.") or text.strip()


class _Expression:
    """Recursive descent over an SPDX expression, to a disjunction of conjunctions."""

    def __init__(self, text: str, own: Mapping[str, DeclaredTerms]) -> None:
        text = re.sub(r"[\s-]or[\s-]later\b", "-or-later", text, flags=re.IGNORECASE)
        text = re.sub(r",(?=\s*v(?:ersion\b|\.?\s?\d))", " ", text, flags=re.IGNORECASE)
        self._tokens = _TOKEN.findall(text)
        self._own = own
        self._at = 0

    def choices(self) -> tuple[tuple[Terms, ...], ...] | None:
        """None when it is no expression, or one with too many choices."""
        found = self._either(0)
        return None if found is None or self._at != len(self._tokens) else found

    def _either(self, depth: int) -> tuple[tuple[Terms, ...], ...] | None:
        found = self._both(depth)
        while found is not None and self._next("or"):
            other = self._both(depth)
            found = None if other is None else _few(found + other)
        return found

    def _both(self, depth: int) -> tuple[tuple[Terms, ...], ...] | None:
        found = self._one(depth)
        while found is not None and self._next("and", ",", ";", "&"):
            other = self._one(depth)
            if other is None or len(found) * len(other) > _MOST_CHOICES:
                return None
            found = tuple((*left, *right) for left in found for right in other)
        return found

    def _one(self, depth: int) -> tuple[tuple[Terms, ...], ...] | None:
        if self._next("("):
            inner = self._either(depth + 1) if depth < _MOST_CHOICES else None
            return inner if inner is not None and self._next(")") else None
        words = self._words()
        if not words:
            return None
        if self._next("with") and not self._words():
            return None
        return ((_terms(" ".join(words), self._own),),)

    def _words(self) -> list[str]:
        words = []
        while self._at < len(self._tokens) and not re.fullmatch(
            r"[(),;&]|and|or|with", self._tokens[self._at], re.IGNORECASE
        ):
            words.append(self._tokens[self._at])
            self._at += 1
        return words

    def _next(self, *wanted: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].lower() in wanted:
            self._at += 1
            return True
        return False


def _few(choices: tuple[tuple[Terms, ...], ...]) -> tuple[tuple[Terms, ...], ...] | None:
    return choices if len(choices) <= _MOST_CHOICES else None


def _terms(name: str, own: Mapping[str, DeclaredTerms]) -> Terms:
    """The terms of one name: the table first, so that nobody declares a known licence to be another."""
    text = folded(name)
    if "://" in text:
        text = _from_address(text)
    plain = text.removesuffix("+")
    plain = ALIASES.get(plain, plain)
    if plain in FAMILIES:
        return _family(plain, FAMILIES[plain])
    if (match := _CC.fullmatch(plain)) is not None:
        return _creative_commons(match)
    if text in own:
        return Terms(id=text[:80], **own[text].model_dump())
    return _unknown(text)


def _family(name: str, family: str) -> Terms:
    noncommercial = family in (RESEARCH, NONCOMMERCIAL, NOTHING)
    return Terms(
        id=name,
        usable=family != NOTHING,
        commercial=not noncommercial,
        derivatives=family != NOTHING,
        distribute=family not in (OWN, NOTHING, RESEARCH),
        research_only=family == RESEARCH,
        attribution=family not in (ANYTHING, OWN, NOTHING),
        share_alike=family == COPYLEFT,
    )


def _creative_commons(match: re.Match[str]) -> Terms:
    nc, rest = bool(match["nc"]), match["rest"] or ""
    no_derivatives, share_alike = rest.startswith(("-nd", "-no")), rest.startswith("-s")
    parts = ("cc-by", "-nc" * nc, "-nd" * no_derivatives, "-sa" * share_alike)
    version = f"-{match['version']}" if match["version"] else ""
    return Terms(
        id="".join(parts) + version,
        commercial=not nc,
        derivatives=not no_derivatives,
        attribution=True,
        share_alike=share_alike,
    )


def _unknown(name: str) -> Terms:
    """Not in the table: what its own words forbid is forbidden."""
    nc, research = bool(_NC.search(name)), bool(_RESEARCH.search(name))
    return Terms(
        id=name[:80],
        known=False,
        commercial=not (nc or research),
        derivatives=not _ND.search(name),
        research_only=research,
    )


def _from_address(address: str) -> str:
    """The id an address stands for; the address itself where its host is none of the licences' own."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return address
    pattern = HOSTS.get(host)
    match = re.fullmatch(pattern, parts.path) if pattern and parts.scheme in ("http", "https") else None
    if match is None:
        return address
    found = {key: value for key, value in match.groupdict().items() if value}
    if "cc" in found:
        return f"cc-{found['cc']}-{found['version']}"
    if "zero" in found or "mark" in found:
        return "cc0-1.0" if "zero" in found else "cc-pddc"
    if "odc" in found:
        return ODC[found["odc"]]
    if "apache" in found:
        return f"apache-{found['apache']}"
    return found.get("gnu", found.get("id", address)).removeprefix("old-licenses/")


def _suspect(text: str) -> bool:
    """Invisible or control characters, or letters of two alphabets in one word: it may not say what it seems to say."""
    if any(
        unicodedata.category(letter) in ("Cf", "Cc", "Co", "Cn") and letter not in "\t\n\r" for letter in text
    ):
        return True
    for word in re.findall(r"[^\W\d_]+(?:[-.\d]*[^\W\d_]+)*", text):
        scripts = {unicodedata.name(letter, "?").split(" ")[0] for letter in word if letter.isalpha()}
        if len(scripts & _LOOK_ALIKE) > 1:
            return True
    return False
