"""The check of payment card numbers: detectors ask that it holds, surrogates that it does not."""

from __future__ import annotations


def luhn(digits: str) -> bool:
    """The check of ISO/IEC 7812-1 annex B."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
