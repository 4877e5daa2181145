"""Addresses of machines and mailboxes: e-mail, IPv4, IPv6, MAC, and URLs that carry a password."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from tunewright.engines.pii.spans import Span, context, word_pattern

_LOCAL = re.compile(r"[\w.+%'-]")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w])")
_SPELT = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?(?:\[at\]|\(at\)|\{at\}) ?[\w-]{1,63}"
    r"(?: ?(?:\[dot\]|\(dot\)|\{dot\}|\.) ?[a-z]{2,24}){1,3}(?!\w)",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?![\w:])")
_MAC = re.compile(
    r"(?<![\w:.-])(?:(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})"
    r"(?![\w:-])"
)
_VERSION_WORDS = word_pattern(
    "version*", "v", "ver", "release*", "build", "firmware", "update*", "section", "chapter", "clause"
)  # fmt: skip
_IP_WORDS = word_pattern(
    "ip", "ips", "ipv4", "ipv6", "address*", "host*", "server*", "login", "logged", "ping*", "network", "from"
)  # fmt: skip
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}$")
_CREDENTIALS = re.compile(r"[^\s/@:\"'<>]{0,100}:[^\s/@\"'<>]{1,200}@[^\s\"'<>`]{1,300}")
_LONGEST_LOCAL = 64


def emails(text: str) -> Iterator[Span]:
    """Mail addresses, found from their ``@`` outwards, and ones with the ``@`` spelt out (doubtful)."""
    at = text.find("@")
    while at >= 0:
        start = at
        while start > 0 and at - start < _LONGEST_LOCAL and _LOCAL.match(text[start - 1]):
            start -= 1
        local = text[start:at]
        start += len(local) - len(local.lstrip(".%'-"))
        domain = _DOMAIN.match(text, at + 1)
        if start < at and domain and text[at - 1] != ".":
            yield Span(start, domain.end(), "email", 0.97)
        at = text.find("@", at + 1)
    if "at" in text.lower() and any(mark in text for mark in "([{"):
        for match in _SPELT.finditer(text):
            yield Span(match.start(), match.end(), "email", 0.7, "spelt")


def ips(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses. What the words call a version number is left alone; local-only ones are nobody's."""
    for match in _IPV4.finditer(text):
        parts = match.group().split(".")
        if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in parts):
            continue
        address = ipaddress.IPv4Address(match.group())
        nobody = address.is_loopback or address.is_unspecified or parts[0] in ("0", "255")
        if nobody or _VERSION_WORDS.search(text, max(0, match.start() - 12), match.start()):
            confidence = 0.3
        else:
            confidence = 0.95
        yield Span(match.start(), match.end(), "ip", confidence)
    if text.count(":") >= 2:
        yield from _ipv6(text)


def _ipv6(text: str) -> Iterator[Span]:
    for match in _IPV6.finditer(text):
        value = match.group()
        end = match.end()
        if value.count(":") < 2:
            continue
        if value.endswith(":") and not value.endswith("::"):
            value, end = value[:-1], end - 1
        try:
            address = ipaddress.IPv6Address(value)
        except ValueError:
            continue
        groups = sum(bool(part) for part in value.split(":"))
        if address.is_loopback or address.is_unspecified or groups < 2:
            continue
        confidence = 0.95 if groups >= 4 or context(text, match.start(), end, _IP_WORDS) else 0.5
        yield Span(match.start(), end, "ip", confidence)


def macs(text: str) -> Iterator[Span]:
    """Hardware addresses in the three usual spellings."""
    for match in _MAC.finditer(text):
        digits = re.sub(r"[^0-9A-Fa-f]", "", match.group()).lower()
        if digits not in ("0" * 12, "f" * 12):
            yield Span(match.start(), match.end(), "mac", 0.95)


def url_credentials(text: str) -> Iterator[Span]:
    """URLs with user and password: a secret from the scheme to the end of the path."""
    at = text.find("://")
    while at >= 0:
        scheme = _SCHEME.search(text, max(0, at - 22), at)
        rest = _CREDENTIALS.match(text, at + 3)
        if scheme and rest:
            found = rest.group().rstrip(".,;:!?)]}")
            yield Span(scheme.start(), at + 3 + len(found), "secret", 0.97, "url_credentials")
        at = text.find("://", at + 3)
