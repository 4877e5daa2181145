"""Arithmetic of check digits that several numbers share. Values are strings of ASCII digits."""

from __future__ import annotations

from collections.abc import Sequence

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_VERHOEFF_D = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
"""multiplication in the dihedral group of order 10"""
_VERHOEFF_P = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip
"""permutation of the digit by its place"""


def weighted(value: str, weights: Sequence[int]) -> int:
    """Sum of digits times weights, as far as there are weights."""
    return sum(int(char) * weight for char, weight in zip(value, weights, strict=False))


def mod11_10(value: str) -> bool:
    """ISO/IEC 7064 MOD 11,10: the last digit checks those before."""
    check = 10
    for char in value[:-1]:
        check = (check + int(char)) % 10 or 10
        check = check * 2 % 11
    return (check + int(value[-1])) % 10 == 1


def verhoeff(value: str) -> bool:
    """Verhoeff's dihedral check (1969), over the whole number."""
    check = 0
    for place, char in enumerate(reversed(value)):
        check = int(_VERHOEFF_D[check][int(_VERHOEFF_P[place % 8][int(char)])])
    return check == 0


def ean(value: str) -> bool:
    """The GS1 check digit, weights 1 and 3 from the right."""
    return sum(int(char) * (3 if place % 2 else 1) for place, char in enumerate(reversed(value))) % 10 == 0


def day_and_month(day: str, month: str) -> bool:
    """Whether there is such a day in some year."""
    m = int(month)
    return 1 <= m <= 12 and 1 <= int(day) <= _DAYS[m - 1]
