"""Keys, tokens and passwords. A family is tried only where its literal beginning occurs, so most texts cost nothing.

Forms follow the vendors' documentation of their token formats (checked against the public rules of secret scanners).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from tunewright.engines.pii.spans import Span

_B, _E = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"

FAMILIES: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (name, literals, re.compile(pattern))
    for name, literals, pattern in (
        (
            "aws_access_key",
            ("AKIA", "ASIA", "AROA", "AIDA", "AGPA", "ANPA", "ANVA", "AIPA", "ABIA", "ACCA"),
            _B + r"(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ANVA|AIPA|ABIA|ACCA)[A-Z0-9]{16}" + _E,
        ),
        (
            "github_token",
            ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
            _B + r"gh[pousr]_[A-Za-z0-9]{36,255}" + _E,
        ),
        ("github_token", ("github_pat_",), _B + r"github_pat_[A-Za-z0-9_]{22,255}" + _E),
        ("gitlab_token", ("glpat-", "gldt-", "glrt-"), _B + r"gl(?:pat|dt|rt)-[A-Za-z0-9_.-]{20,64}"),
        ("slack_token", ("xox",), _B + r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
        ("slack_token", ("xapp-",), _B + r"xapp-[0-9]-[A-Za-z0-9-]{20,250}"),
        (
            "slack_webhook",
            ("hooks.slack.com",),
            r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/+-]{20,120}",
        ),
        ("stripe_key", ("k_live_", "k_test_"), _B + r"[psr]k_(?:live|test)_[A-Za-z0-9]{16,247}" + _E),
        ("stripe_key", ("whsec_",), _B + r"whsec_[A-Za-z0-9+/=]{24,120}"),
        ("google_api_key", ("AIza",), _B + r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
        (
            "google_oauth",
            ("ya29.", "GOCSPX-"),
            _B + r"(?:ya29\.[A-Za-z0-9_-]{20,400}|GOCSPX-[A-Za-z0-9_-]{20,40})",
        ),
        (
            "jwt",
            ("eyJ",),
            r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,2000}",
        ),
        (
            "private_key",
            ("PRIVATE KEY",),
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:"
            r"(?:[^-]|-(?!----)){16,8000}-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
            r"|(?:(?:\s|\\[nr]){0,4}[A-Za-z0-9+/=]{32,100}){1,200})",
        ),
        (
            "openai_key",
            ("sk-",),
            _B + r"sk-(?:(?:proj|svcacct|admin|ant-api[0-9]{2}|ant|or-v1)-)?[A-Za-z0-9_-]{20,250}",
        ),
        ("hugging_face_token", ("hf_", "api_org_"), _B + r"(?:hf|api_org)_[A-Za-z0-9]{30,60}" + _E),
        ("npm_token", ("npm_",), _B + r"npm_[A-Za-z0-9]{36}" + _E),
        ("pypi_token", ("pypi-",), _B + r"pypi-[A-Za-z0-9_-]{50,400}"),
        ("sendgrid_key", ("SG.",), _B + r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"),
        ("twilio_key", ("AC", "SK"), _B + r"(?:AC|SK)[0-9a-f]{32}" + _E),
        ("digitalocean_token", ("do",), _B + r"do[oprt]_v1_[0-9a-f]{64}" + _E),
        ("shopify_token", ("shp",), _B + r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}" + _E),
        ("telegram_token", (":AA",), r"(?<![0-9A-Za-z])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
        ("azure_storage_key", ("AccountKey=",), r"AccountKey=[A-Za-z0-9+/]{40,100}={0,2}"),
        ("databricks_token", ("dapi",), _B + r"dapi[0-9a-f]{32}(?:-[0-9])?" + _E),
        ("mailgun_key", ("key-",), _B + r"key-[0-9a-z]{32}" + _E),
    )
)

_NAMED = re.compile(
    r"(?<![A-Za-z])(?P<name>api[_ -]?key|access[_ -]?key(?:[_ -]?id)?|secret[_ -]?(?:access[_ -]?)?key"
    r"|client[_ -]?secret|auth[_ -]?token|access[_ -]?token|bearer|secret|token|passwor[dt]|passwd|pwd"
    r"|passphrase|credential|kennwort|mot de passe|contrase\u00f1a)[\"']?"
    r"(?P<says> ?(?:=>?|:=?) ?| is:? | )[\"']?(?P<value>[^\s\"'<>,;]{6,300})",
    re.IGNORECASE,
)
_NAMES = ("key", "secret", "token", "pass", "pwd", "bearer", "credential", "kennwort", "contrase")
_PASSWORDS = ("pass", "pwd", "kenn", "mot", "contra")


def secrets(text: str) -> Iterator[Span]:
    """Secrets of known families, and values that their name calls a key, token or password."""
    for name, literals, pattern in FAMILIES:
        if any(literal in text for literal in literals):
            for match in pattern.finditer(text):
                value = match.group() if name == "private_key" else match.group().rstrip(".-")
                yield Span(
                    match.start(), match.start() + len(value), "secret", _known(name, match.group()), name
                )
    lower = text.lower()
    if any(name in lower for name in _NAMES):
        for match in _NAMED.finditer(text):
            value = match.group("value").rstrip(".!?)]}")
            confidence = _named(match.group("name").lower(), match.group("says").strip().lower(), value)
            if confidence:
                start = match.start("value")
                yield Span(start, start + len(value), "secret", confidence, "named")


def entropy(text: str) -> float:
    """Shannon entropy of the characters of a text, in bits a character."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())


def _known(family: str, value: str) -> float:
    # A documentation example such as sk-xxxxxxxxxxxxxxxxxxxxxxxx is no secret; a key whose form is loose needs digits.
    if family != "private_key" and entropy(value[-20:]) < 2.0:
        return 0.3
    if family == "openai_key" and not any(char.isdigit() for char in value):
        return 0.3
    return 0.97


def _named(name: str, says: str, value: str) -> float:
    digit = any(char.isdigit() for char in value)
    letter = any(char.isalpha() for char in value)
    if value.startswith(("[", "{", "$", "<", "%", "*")) or "://" in value:
        return 0.0
    if name.startswith(_PASSWORDS):
        mixed = (digit and letter) or (any(not char.isalnum() for char in value[:-1]) and digit)
        if not mixed:
            return 0.0
        return 0.9 if says in ("=", ":", "=>", ":=") else 0.86 if says.startswith("is") else 0.45
    if len(value) < 12 or not digit or not letter:
        return 0.0
    if len(value) >= 16 and entropy(value) >= 3.0:
        return 0.9 if says else 0.7
    return 0.6 if says else 0.0
