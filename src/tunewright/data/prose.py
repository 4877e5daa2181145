"""What of a text is somebody's language: not code, not JSON keys, not addresses, identifiers, codes or placeholders."""

from __future__ import annotations

import json
import re

_JSON_LIMIT = 200_000
"""characters; a longer text that begins like JSON is taken to be data"""
_SENTENCE_WORDS = 4
"""a JSON value of fewer words is a label, not a sentence"""
_PLAUSIBLE_TOKEN = 400
"""characters; a longer run without white space is data, whatever it is"""

_FENCE = re.compile(r"```|~~~")
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]{1,30}\]|\{\{[^{}]{1,60}\}\}|<[^<>\n]{1,200}>|`[^`\n]{1,200}`")
_OTHER = re.compile(r"\d|_|://|@|\\|/.+/|[a-z][A-Z]|^www\.|^[#$]\w|\w[.:;=(→]{1,2}\w")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
"""one word: letters, with apostrophes inside"""


def prose(text: str) -> str:
    """The sentences of ``text``, tokens that are no language left out. Empty for data, code and plain labels."""
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        values = _values(stripped)
        if values is not None:
            return "\n".join(values)
    if "```" in stripped or "~~~" in stripped:
        stripped = "\n".join(_FENCE.split(stripped)[::2])
    if any(mark in stripped for mark in "[{<`"):
        stripped = _PLACEHOLDER.sub(" ", stripped)
    kept = [
        token
        for token in stripped.split()
        if len(token) <= _PLAUSIBLE_TOKEN and not (not token.isalpha() and _OTHER.search(token))
    ]
    return " ".join(kept)


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    return WORD.findall(text)


def _values(text: str) -> list[str] | None:
    """Sentences among the string values of a JSON text; None when it is not JSON. Broken JSON has none."""
    if len(text) > _JSON_LIMIT:
        return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [] if re.match(r'[\[{]\s*["\[{}\]\d]', text) else None
    found: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += reversed(list(item.values()))
        elif isinstance(item, list):
            waiting += reversed(item)
        elif isinstance(item, str) and len(item.split()) >= _SENTENCE_WORDS:
            found.append(prose(item) if item.strip()[:1] not in ("{", "[") else "")
    return [item for item in found if item]
