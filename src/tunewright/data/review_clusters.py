"""Which findings one decision may cover: those that are about the same text.

* a whole turn of some length (a question of quality): turns that are near-copies of each other (Jaccard 0.8,
  ``tunewright.data.near``);
* a value, with a digit or an ``@`` in it: the same letters and digits, wherever they stand;
* words (a name that may be a word): the same words in turns that are near-copies.

Always within one kind. Two different values are never decided together, however alike their messages are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from tunewright.data.near import NearTexts

NEAR = 0.8
_LONG = 60
"""code points from which on a finding over a whole turn is about its quality, not a value that stands alone in it"""


class Span(NamedTuple):
    """A finding and the original text of its turn."""

    kind: str
    text: str
    start: int
    end: int


def clusters(spans: Sequence[Span]) -> list[int]:
    """For each finding the place of the first one of its cluster. One whose text is gone is alone."""
    values = [_value(span) for span in spans]
    near = _near_groups(
        [span.text for span, value in zip(spans, values, strict=True) if not _is_value(value)]
    )
    first: dict[tuple[str, str, int], int] = {}
    found = []
    for place, (span, value) in enumerate(zip(spans, values, strict=True)):
        if not span.text or span.end <= span.start:
            found.append(place)
            continue
        group = -1 if _is_value(value) else near[span.text]
        found.append(first.setdefault((span.kind, value, group), place))
    return found


def _value(span: Span) -> str:
    """The found text by letters and digits; empty for a whole turn of some length."""
    if span.start == 0 and span.end >= len(span.text) >= _LONG:
        return ""
    text = unicodedata.normalize("NFKC", span.text[span.start : span.end]).casefold()
    return "".join(char for char in text if char.isalnum() or char == "@") or text


def _is_value(value: str) -> bool:
    return any(char.isdigit() or char == "@" for char in value)


def _near_groups(texts: Sequence[str]) -> dict[str, int]:
    distinct = list(dict.fromkeys(texts))
    return dict(zip(distinct, NearTexts(distinct, NEAR).clusters().tolist(), strict=True)) if distinct else {}
