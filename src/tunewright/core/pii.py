"""The kinds of personal data and secrets, one vocabulary for detectors, steps and reports."""

from __future__ import annotations

from dataclasses import dataclass

FORM_KINDS = (
    "card", "iban", "bank_account", "ssn", "national_id", "passport", "driving_licence", "plate", "medical_record", "email",
    "phone", "ip", "mac", "date_of_birth", "secret",
)  # fmt: skip
"""kinds with a form of their own: patterns find them"""

MODEL_KINDS = ("person", "place", "address", "organisation", "title", "age", "nationality", "date")
"""kinds that take a language model; ``date`` is one that is not a birthday"""

PII_KINDS = FORM_KINDS + MODEL_KINDS

INDIRECT_KINDS = ("place", "organisation", "title", "age", "nationality", "date")
"""kinds that point to a person only together with others: "last week" and "Paris" are in half of all messages"""


@dataclass(frozen=True, slots=True)
class PiiFigure:
    """How well a detector finds one kind, on text whose wording and values it never saw. Intervals are Wilson's, 95 %."""

    kind: str
    detector: str
    text: str
    """what it was measured on"""
    spans: int
    recall: tuple[float, ...]
    """value, lower and upper end: spans that were found, as whatever kind"""
    precision: tuple[float, ...]
    """value, lower and upper end: findings that lie on personal data of any kind; empty where nothing was found"""
