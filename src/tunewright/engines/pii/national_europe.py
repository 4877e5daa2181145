"""Checks of European identity, insurance and tax numbers of persons. Values are upper case, without separators.

Rules as the issuing authorities publish them; every check is compared with python-stdnum in the tests, where it has it.
"""

from __future__ import annotations

from tunewright.core.luhn import luhn
from tunewright.engines.pii.checks import day_and_month, ean, mod11_10, weighted

_ODD_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD_LETTERS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", _ODD_DIGITS + _ODD_LETTERS, strict=True))
_CF_MONTHS = dict(zip("ABCDEHLMPRST", range(1, 13), strict=True))
_CF_DIGITS = str.maketrans("LMNPQRSTUV", "0123456789")
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_PPS = "WABCDEFGHIJKLMNOPQRSTUV"


def at_svnr(value: str) -> bool:
    """Austria: serial, check digit, birthday; months 13 to 15 where a day's serials ran out."""
    month = int(value[6:8])
    dated = 1 <= int(value[4:6]) <= 31 and 1 <= month <= 15
    return value[0] != "0" and dated and weighted(value, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == int(value[3])


def be_nn(value: str) -> bool:
    """Belgium: 97 minus the remainder, with a 2 in front for births since 2000."""
    check = int(value[9:])
    if value[2:4] > "52" or int(value[2:4]) % 20 > 12 or int(value[4:6]) > 31:
        return False
    return check in (97 - int(value[:9]) % 97, 97 - int("2" + value[:9]) % 97)


def bg_egn(value: str) -> bool:
    """Bulgaria: the month tells the century (+20: 1800s, +40: 2000s)."""
    if value[2:4] > "52" or not day_and_month(value[4:6], str(int(value[2:4]) % 20)):
        return False
    return weighted(value, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(value[9])


def ch_ahv(value: str) -> bool:
    """Switzerland: an EAN of country 756."""
    return value.startswith("756") and ean(value)


def cz_rc(value: str) -> bool:
    """Czechia and Slovakia since 1954: the whole divides by 11 (until 1985 also a remainder of 10 written as 0)."""
    month = int(value[2:4]) % 50
    month -= 20 if month > 20 else 0
    if not day_and_month(value[4:6], str(month)):
        return False
    return int(value[:9]) % 11 % 10 == int(value[9])


def de_idnr(value: str) -> bool:
    """Germany, tax: ISO 7064 MOD 11,10; of the first ten digits exactly one stands two or three times."""
    counts = sorted((value[:10].count(digit) for digit in set(value[:10])), reverse=True)
    return value[0] != "0" and counts[0] in (2, 3) and counts[1] == 1 and mod11_10(value)


def de_rvnr(value: str) -> bool:
    """Germany, pension insurance: area, birthday, letter of the name, serial, check digit (VKVV § 2)."""
    digits = value[:8] + str(ord(value[8]) - 64).zfill(2) + value[9:11]
    products = [int(c) * w for c, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)]
    dated = 1 <= int(value[2:4]) % 50 <= 31 and 1 <= int(value[4:6]) <= 12
    return dated and sum(product // 10 + product % 10 for product in products) % 10 == int(value[11])


def dk_cpr(value: str) -> bool:
    """Denmark: only the birthday can be checked, the remainder was given up in 2007."""
    return day_and_month(value[:2], value[2:4])


def ee_ik(value: str) -> bool:
    """Estonia and Lithuania: two rounds of weights modulo 11."""
    if value[0] not in "12345678" or not day_and_month(value[5:7], value[3:5]):
        return False
    check = weighted(value, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(value, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return check == int(value[10])


def es_dni(value: str) -> bool:
    """Spain: the letter is the remainder of 23; X, Y, Z of foreigners count 0, 1, 2."""
    if value[0] not in "0123456789XYZ":
        return False
    return value[-1] == _DNI[int(value[:-1].translate(str.maketrans("XYZ", "012"))) % 23]


def fi_hetu(value: str) -> bool:
    """Finland: birthday, sign of the century, serial, remainder of 31. The value keeps its sign."""
    if value[6] not in "-+ABCDEFYXWVU" or not day_and_month(value[:2], value[2:4]):
        return False
    return value[-1] == _HETU[int(value[:6] + value[7:10]) % 31]


def fr_nir(value: str) -> bool:
    """France: 97 minus the remainder; the two Corsican departments count 19 and 18."""
    corsica = {"2A": "19", "2B": "18"}.get(value[5:7])
    number = value[:5] + corsica + value[7:] if corsica else value
    if not number.isdigit() or not (1 <= int(value[3:5]) <= 12 or int(value[3:5]) >= 20):
        return False
    return value[0] in "1278" and 97 - int(number[:13]) % 97 == int(number[13:])


def gb_nhs(value: str) -> bool:
    """Britain, health: weights 10 to 2, modulo 11."""
    rest = 11 - weighted(value, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return rest % 11 == int(value[9]) and rest != 10 and len(set(value)) > 1


def gb_nino(value: str) -> bool:
    """Britain, insurance: no check digit, but prefixes that are never given (D, F, I, Q, U, V; O second; BG, GB, ...)."""
    first, second = value[0], value[1]
    return value[8] in "ABCD" and not (
        first in "DFIQUV" or second in "DFIOQUV" or value[:2] in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")
    )


def gb_utr(value: str) -> bool:
    """Britain, tax: the first digit checks the nine that follow."""
    return value[0] == "21987654321"[weighted(value[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11]


def gr_amka(value: str) -> bool:
    """Greece: birthday, serial, Luhn."""
    return day_and_month(value[:2], value[2:4]) and luhn(value)


def hu_anum(value: str) -> bool:
    """Hungary, tax: begins with 8, place times digit modulo 11."""
    return value[0] == "8" and weighted(value, range(1, 10)) % 11 == int(value[9])


def ie_pps(value: str) -> bool:
    """Ireland: weights 8 to 2, a second letter counts nine times; the remainder of 23 is a letter."""
    second = ord(value[8]) - 64 if len(value) > 8 and value[8] != "W" else 0
    return value[7] == _PPS[(weighted(value[:7], (8, 7, 6, 5, 4, 3, 2)) + 9 * second) % 23]


def is_kt(value: str) -> bool:
    """Iceland: birthday, serial, check digit, century."""
    rest = weighted(value, (3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return value[9] in "890" and day_and_month(value[:2], value[2:4]) and rest == 0


def it_cf(value: str) -> bool:
    """Italy: letters of the names, birthday, place, check letter; digits may be letters where two persons share one."""
    digits = "".join(value[at].translate(_CF_DIGITS) for at in (6, 7, 9, 10, 12, 13, 14))
    if not digits.isdigit() or value[8] not in _CF_MONTHS:
        return False
    if not 1 <= int(digits[2:4]) % 40 <= 31:
        return False
    total = sum(
        _ODD[char] if place % 2 == 0 else int(char, 36) - (10 if char.isalpha() else 0)
        for place, char in enumerate(value[:-1])
    )
    return value[-1] == chr(ord("A") + total % 26)


def lv_pk(value: str) -> bool:
    """Latvia: birthday and modulo 11, or since 2017 a number without meaning that begins with 32."""
    if value.startswith("32"):
        return True
    rest = (1 + weighted(value, (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10
    return day_and_month(value[:2], value[2:4]) and rest == int(value[10])


def nl_bsn(value: str) -> bool:
    """The Netherlands: the eleven test."""
    return len(set(value)) > 1 and weighted(value, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def no_fnr(value: str) -> bool:
    """Norway: birthday (day + 40: D-number; month + 40: help number), serial, two check digits modulo 11."""
    day, month = int(value[:2]) % 40, int(value[2:4]) % 40
    if not day_and_month(str(day), str(month)):
        return False
    return (
        weighted(value, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
        and weighted(value, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


def pl_pesel(value: str) -> bool:
    """Poland: the month tells the century; weights 1, 3, 7, 9."""
    if not day_and_month(value[4:6], str(int(value[2:4]) % 20)):
        return False
    return (weighted(value, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) + int(value[10])) % 10 == 0


def pt_nif(value: str) -> bool:
    """Portugal, tax number of a person: begins with 1, 2, 3 or 45."""
    if not value.startswith(("1", "2", "3", "45")):
        return False
    return (11 - weighted(value, range(9, 1, -1)) % 11) % 11 % 10 == int(value[8])


def ro_cnp(value: str) -> bool:
    """Romania: century and sex, birthday, county, serial, check digit."""
    if value[0] not in "123456789" or not day_and_month(value[5:7], value[3:5]):
        return False
    if not (1 <= int(value[7:9]) <= 52 or value[7:9] == "70" or value[7:9] in ("80", "81", "82", "83")):
        return False
    rest = weighted(value, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (1 if rest == 10 else rest) == int(value[12])


def rs_jmbg(value: str) -> bool:
    """Serbia, Slovenia (EMSO) and their neighbours: birthday, region, serial, modulo 11."""
    if not day_and_month(value[:2], value[2:4]) or not (value[4] == "9" or value[4:7] < "100"):
        return False
    rest = weighted(value, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (11 - rest) % 11 % 10 == int(value[12]) and rest != 1


def ru_inn(value: str) -> bool:
    """Russia, tax number of a person: two check digits."""
    first = weighted(value, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    second = weighted(value, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    return value[10:] == f"{first}{second}" and value[:2] != "00"


def ru_snils(value: str) -> bool:
    """Russia, insurance: weights 9 to 1 modulo 101 modulo 100."""
    return weighted(value, range(9, 0, -1)) % 101 % 100 == int(value[9:]) and len(set(value[:9])) > 1


def se_pnr(value: str) -> bool:
    """Sweden: birthday (day + 60: coordination number), serial, Luhn over the last ten digits."""
    value = value[-10:]
    return day_and_month(str(int(value[4:6]) % 60), value[2:4]) and luhn(value)


def ua_rntrc(value: str) -> bool:
    """Ukraine, tax number of a person."""
    return weighted(value, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == int(value[9])
