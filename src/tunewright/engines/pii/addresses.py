"""Addresses of machines and mailboxes: e-mail, IPv4, IPv6, MAC, and URLs that carry a password."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from tunewright.engines.pii.labels import labels_near
from tunewright.engines.pii.spans import Span

_LOCAL = re.compile(r"[\w.+%'-]")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w])")
_SPELT = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?(?:[\[({<] ?(?:at|@) ?[\])}>]) ?[\w-]{1,63}"
    r"(?: ?(?:[\[({<] ?(?:dot|\.) ?[\])}>]|\.| dot ) ?[a-z][\w-]{1,40}){1,4}(?!\w)"
    r"|(?<![\w.+-])[\w.+-]{2,64} at [\w-]{2,63}(?: dot [a-z][\w-]{1,40}){1,3}(?!\w)"
    r"|(?<![\w.+-])[\w.+-]{1,64} ?@ ?[\w-]{1,63}(?: ?(?:[\[({] ?(?:dot|\.) ?[\])}]| dot ) ?[a-z][\w-]{1,40}){1,3}(?!\w)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[\[({<] ?(?:at|dot|@|\.) ?[\])}>]", re.IGNORECASE)
_FILES = frozenset(
    ("png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "py", "md", "txt", "pdf", "html", "htm", "json", "yaml",
     "yml", "zip", "gz", "exe", "dll")
)  # fmt: skip
_IPV4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?![\w:])")
_MAC = re.compile(
    r"(?<![\w:.-])(?:(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})"
    r"(?![\w:-])"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}$")
_CREDENTIALS = re.compile(r"[^\s/@:\"'<>]{0,100}:[^\s/@\"'<>]{1,200}@[^\s\"'<>`]{1,300}")
_LONGEST_LOCAL = 64
_SMALL = 64


def emails(text: str) -> Iterator[Span]:
    """Mail addresses, found from their ``@`` outwards."""
    at = text.find("@")
    while at >= 0:
        start = at
        while start > 0 and at - start < _LONGEST_LOCAL and _LOCAL.match(text[start - 1]):
            start -= 1
        local = text[start:at]
        start += len(local) - len(local.lstrip(".%'-"))
        domain = _DOMAIN.match(text, at + 1)
        if start < at and domain and text[at - 1] != ".":
            yield Span(start, domain.end(), "email", _certainty(text, start, at, domain.end()))
        at = text.find("@", at + 1)


def spelt_emails(text: str) -> Iterator[Span]:
    """Mail addresses with ``@`` or dots spelt out; without brackets around them they are doubtful."""
    for match in _SPELT.finditer(text):
        bracketed = _BRACKETED.search(match.group()) is not None
        yield Span(match.start(), match.end(), "email", 0.88 if bracketed else 0.6, "spelt")


def _certainty(text: str, start: int, at: int, end: int) -> float:
    """``git@host:path`` is a repository's address, ``icon@2x.png`` a file's name; neither is a person's."""
    if text[end : end + 1] == ":" and text[start:at] in ("git", "hg", "svn"):
        return 0.2
    return 0.2 if text[at + 1 : end].rpartition(".")[2].lower() in _FILES else 0.97


def ips(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses. What the words call a version number is left alone; local-only ones are nobody's."""
    for match in _IPV4.finditer(text):
        parts = match.group().split(".")
        if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in parts):
            continue
        address = ipaddress.IPv4Address(match.group())
        nobody = address.is_loopback or address.is_unspecified or parts[0] in ("0", "255")
        confidence = 0.3 if nobody else _ipv4_certainty(text, match.start(), [int(part) for part in parts])
        yield Span(match.start(), match.end(), "ip", confidence)
    if text.count(":") >= 2:
        yield from _ipv6(text)


def _ipv4_certainty(text: str, start: int, parts: list[int]) -> float:
    """Four numbers may be a version. The nearest word of either says which; without one, four small numbers may be both:
    of 250 addresses drawn at random one has all its numbers below 64."""
    for names in labels_near(text, start, start).before:
        if "ip" in names:
            return 0.95
        if "versioned" in names:
            return 0.3
    return 0.95 if max(parts) >= _SMALL or "://" in text[max(0, start - 12) : start] else 0.5


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
        confidence = 0.95 if groups >= 4 or labels_near(text, match.start(), end).has("ip") else 0.5
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
