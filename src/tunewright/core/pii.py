"""The kinds of personal data and secrets, one vocabulary for detectors, steps and reports."""

from __future__ import annotations

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
