"""The built-in detector: patterns with checksums, context words and one arbitration over all of them.

Every pattern is linear in the text: repetitions are bounded, and none is nested in another over the same characters.
Names, places and other things that take a language model are not found here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tunewright.core.types import Finding
from tunewright.engines.pii.addresses import emails, ips, macs, url_credentials
from tunewright.engines.pii.folding import View
from tunewright.engines.pii.numbers import birth_dates, cards, ibans, national_ids, ssns
from tunewright.engines.pii.phones import phones
from tunewright.engines.pii.secrets import secrets
from tunewright.engines.pii.spans import STRONG, Span, arbitrate

KINDS = ("card", "iban", "email", "ssn", "ip", "phone", "mac", "secret", "date_of_birth", "national_id")
"""what it can find"""

_REPORTED = 0.3
_DIGIT_DETECTORS: tuple[Callable[[str], Iterator[Span]], ...] = (
    ibans,
    cards,
    ssns,
    ips,
    birth_dates,
    national_ids,
)


class PatternDetector:
    """Personal data and secrets that have a form (port ``PiiDetector``). Pure function of the text, no network."""

    @property
    def version(self) -> str:
        """Name and version; raised whenever an answer can change."""
        return "patterns@1"

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Findings of each text, in order, without overlap, in code points of the text as given."""
        return [self._detect(text) for text in texts]

    def _detect(self, text: str) -> list[Finding]:
        view = View(text)
        found = []
        for span in arbitrate(_proposals(view.text)):
            if span.confidence >= _REPORTED:
                start, end = view.span(span.start, span.end)
                found.append(Finding(span.kind, 0, start, end, span.confidence, self.version, note=span.note))
        return found


def _proposals(text: str) -> list[Span]:
    """Every detector that can have something to say about the text."""
    spans: list[Span] = list(secrets(text))
    if "@" in text or "at" in text:
        spans += emails(text)
    if ":" in text or "-" in text or "." in text:
        spans += macs(text)
    if "://" in text:
        spans += url_credentials(text)
    if sum(map(text.count, "0123456789")) >= 4:
        for detector in _DIGIT_DETECTORS:
            spans += detector(text)
        spans += phones(_blanked(text, spans))
    elif text.count(":") >= 2:
        spans += ips(text)
    return spans


def _blanked(text: str, spans: Iterable[Span]) -> str:
    """The text without what is already certain, so that a phone number is not read across it."""
    for span in spans:
        if span.confidence >= STRONG:
            text = text[: span.start] + "\n" * (span.end - span.start) + text[span.end :]
    return text
