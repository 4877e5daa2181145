"""The built-in detector: patterns with checksums, context words and one arbitration over all of them.

Every pattern is linear in the text: repetitions are bounded, or stand over characters that nothing else in the pattern
takes. Names, places and other things that take a language model are not found here: ``kinds`` says what is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from tunewright.core.pii import FORM_KINDS, PiiFigure
from tunewright.core.types import Finding
from tunewright.engines.pii.addresses import emails, ips, macs, spelt_emails, url_credentials
from tunewright.engines.pii.dates import birth_dates
from tunewright.engines.pii.figures import pattern_figures
from tunewright.engines.pii.folding import Cut, View, respelt, unmarked, unwrapped
from tunewright.engines.pii.labelled import labelled_numbers
from tunewright.engines.pii.national import national_ids
from tunewright.engines.pii.numbers import cards, ibans, ssns
from tunewright.engines.pii.phones import phones
from tunewright.engines.pii.secrets import secrets
from tunewright.engines.pii.spans import STRONG, Span, arbitrate

KINDS = FORM_KINDS
"""what it can find"""

_REPORTED = 0.3
_SPELT = re.compile(r"[\[({<] ?(?:at|@|dot|\.) ?[\])}>]")
_IP_LIKE = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]")
_ROWS = re.compile(r"[0-9](?:[^0-9\n@]{0,3}\n?[0-9])*")
_SHORTEST_PHONE, _SHORTEST_SSN, _SHORTEST_CARD, _FEWEST = 7, 9, 12, 4
"""characters of a row of digits with what separates them; ``_FEWEST``: of all rows of a text together"""
_NAMES_NUMBERS = (
    "passp", "pass", "pasap", "paspo", "paszp", "licen", "permis", "patent", "rijbe", "hrers", "plate", "regis", "reg ",
    "reg.", "kennz", "numme", "immat", "matri", "targa", "kente", "vrm", "mrn", "medic", "patien", "healt", "hospi", "chart",
    "membe", "mbi", "acc", "a/c", "cuent", "compt", "konto", "clabe", "reken", "conto", "sort", "blz", "leitz", "bsb",
    "rout", "aba", "rtn", "swift", "bic", "dl", "tag n", "insur", "transit",
)  # fmt: skip
"""in lower case, one of them stands in every text that ``labelled`` has something to say about"""


class PatternDetector:
    """Personal data and secrets that have a form (port ``PiiDetector``). Pure function of the text, no network."""

    @property
    def version(self) -> str:
        """Name and version; raised whenever an answer can change."""
        return "patterns@2"

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it looks for."""
        return KINDS

    @property
    def figures(self) -> tuple[PiiFigure, ...]:
        """Measured on generated sentences of every family, as they were first looked at."""
        return pattern_figures()

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Findings of each text, in order, without overlap, in code points of the text as given."""
        return [self._detect(text) for text in texts]

    def _detect(self, text: str) -> list[Finding]:
        view = View(text)
        spans = _proposals(view.text)
        marked = unmarked(view.text)
        if marked is not None:
            spans = _with_unmarked(spans, marked)
        joined = unwrapped(view.text)
        if joined is not None:
            spans = _with_unwrapped(spans, joined, view.text)
        if not spans:
            return []
        found = []
        for span in arbitrate(spans):
            if span.confidence >= _REPORTED:
                start, end = view.span(span.start, span.end)
                found.append(Finding(span.kind, 0, start, end, span.confidence, "patterns@2", note=span.note))
        return found


def _proposals(text: str) -> list[Span]:
    """Every detector that can have something to say about the text. Cheap looks decide which are asked at all."""
    lower = text.lower()
    spans: list[Span] = list(secrets(text, lower))
    if "@" in text:
        spans += emails(text)
    if " dot " in lower or (("at" in lower or "@" in text) and _SPELT.search(lower)):
        spans += spelt_emails(text)
    if "://" in text:
        spans += url_credentials(text)
    colons, dots = text.count(":"), text.count(".")
    if colons >= 5 or dots >= 2 or text.count("-") >= 5:
        spans += macs(text)
    if colons >= 2 or (dots >= 3 and _IP_LIKE.search(text)):
        spans += ips(text)
    rows = [len(row) for row in _ROWS.findall(text)]
    if sum(rows) >= _FEWEST:
        spans += _numbers(text, lower, rows)
    if rows or "bic" in lower or "swift" in lower:
        for name in _NAMES_NUMBERS:
            if name in lower:
                spans += labelled_numbers(text)
                break
    if rows and max(rows) >= _SHORTEST_PHONE:
        spans += phones(_blanked(text, spans))
    return spans


def _numbers(text: str, lower: str, rows: Sequence[int]) -> list[Span]:
    """What has digits. ``rows``: lengths of the rows of digits in the text."""
    spans = list(national_ids(text, max(rows)))
    spans += birth_dates(text, lower)
    if sum(rows) >= _SHORTEST_CARD:
        spans += ibans(text)
    longest = max(rows)
    if longest >= _SHORTEST_SSN:
        spans += ssns(text)
    if longest >= _SHORTEST_CARD:
        spans += cards(text)
    respelt_text = respelt(text)
    if respelt_text:
        spans += [
            span
            for span in (*cards(respelt_text), *ssns(respelt_text), *ibans(respelt_text))
            if span.confidence >= STRONG
            and text[span.start : span.end] != respelt_text[span.start : span.end]
        ]
    return spans


def _blanked(text: str, spans: Iterable[Span]) -> str:
    """The text without what is already certain, so that a phone number is not read across it."""
    parts: list[str] = []
    at = 0
    for span in sorted((span for span in spans if span.confidence >= STRONG), key=lambda span: span.start):
        if span.end > at:
            start = max(at, span.start)
            parts += [text[at:start], "\n" * (span.end - start)]
            at = span.end
    return "".join([*parts, text[at:]]) if parts else text


def _with_unmarked(spans: list[Span], cut: Cut) -> list[Span]:
    """The proposals, and the certain ones that markup hid; one that holds a shorter one of its kind replaces it."""
    hidden = []
    for span in _proposals(cut.text):
        if span.confidence >= STRONG and cut.crosses(span.start, span.end):
            start, end = cut.span(span.start, span.end)
            hidden.append(Span(start, end, span.kind, span.confidence, span.note))
    return spans + hidden


def _with_unwrapped(spans: list[Span], cut: Cut, text: str) -> list[Span]:
    """The proposals, and certain ones over a line break, where nothing certain stands in the lines themselves."""
    certain = sorted((span.start, span.end) for span in spans if span.confidence >= STRONG)
    reach = list(accumulate((end for _, end in certain), max))
    over = []
    for span in _proposals(cut.text):
        start, end = cut.span(span.start, span.end)
        if span.confidence < STRONG or "\n" not in text[start:end] or span.kind in ("ip", "mac"):
            continue
        before = bisect_left(certain, (end,))
        if before == 0 or reach[before - 1] <= start:
            over.append(Span(start, end, span.kind, span.confidence, span.note))
    return spans + over
