"""Checks of identity, insurance and tax numbers of persons outside Europe. Values are upper case, without separators.

Rules as the issuing authorities publish them; every check is compared with python-stdnum in the tests, where it has it.
"""

from __future__ import annotations

from tunewright.core.luhn import luhn
from tunewright.engines.pii.checks import day_and_month, verhoeff, weighted

_CURP = "0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ"
_RFC = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ \u00d1"
_TW = dict(
    zip(
        "ABCDEFGHJKLMNPQRSTUVXYWZIO",
        range(10, 36),
        strict=True,
    )
)
_NO_STATE = ("00", "17", "18", "19", "20", "69", "70", "73", "80", "81", "94", "95", "96", "97")


def ae_id(value: str) -> bool:
    """United Arab Emirates: 784, year of birth, Luhn."""
    return value.startswith("784") and value[3:5] in ("19", "20") and luhn(value)


def ar_cuit(value: str) -> bool:
    """Argentina, number of a person: begins with 20, 23, 24, 25, 26 or 27."""
    check = "012345678990"[11 - weighted(value, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11]
    return value[:2] in ("20", "23", "24", "25", "26", "27") and value[10] == check


def au_medicare(value: str) -> bool:
    """Australia, health: eight weighted digits, check digit, issue, person."""
    return value[0] in "23456" and weighted(value, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(value[8])


def au_tfn(value: str) -> bool:
    """Australia, tax."""
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10) if len(value) == 9 else (10, 7, 8, 4, 6, 3, 5, 1)
    return weighted(value, weights) % 11 == 0 and len(set(value)) > 1


def br_cpf(value: str) -> bool:
    """Brazil, person: two check digits modulo 11."""
    for size in (9, 10):
        if weighted(value[:size], range(size + 1, 1, -1)) * 10 % 11 % 10 != int(value[size]):
            return False
    return len(set(value)) > 1


def br_cnpj(value: str) -> bool:
    """Brazil, company (sole traders have one too)."""
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    for size in (12, 13):
        rest = 11 - weighted(value[:size], weights[13 - size :]) % 11
        if (0 if rest > 9 else rest) != int(value[size]):
            return False
    return len(set(value)) > 1


def ca_sin(value: str) -> bool:
    """Canada: Luhn; none begins with 8."""
    return value[0] != "8" and luhn(value) and len(set(value)) > 1


def cl_rut(value: str) -> bool:
    """Chile: weights 2 to 7 from the right, modulo 11; 10 is K."""
    total = sum(int(char) * (2 + place % 6) for place, char in enumerate(reversed(value[:-1])))
    return value[-1] == "0123456789K"[(11 - total % 11) % 11]


def cn_rid(value: str) -> bool:
    """China: area, birthday, serial, ISO 7064 MOD 11-2."""
    if not value[:17].isdigit() or value[0] not in "123456789" or value[6:8] not in ("18", "19", "20"):
        return False
    total = weighted(value[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    return day_and_month(value[12:14], value[10:12]) and value[17] == "10X98765432"[total % 11]


def ec_ci(value: str) -> bool:
    """Ecuador: province, third digit below 6, Luhn's doubling."""
    province = int(value[:2])
    return (1 <= province <= 24 or province in (30, 50)) and value[2] < "6" and luhn(value)


def eg_nid(value: str) -> bool:
    """Egypt: century and birthday; the rule of the last digit is not public."""
    return value[0] in "23" and day_and_month(value[5:7], value[3:5])


def hk_hkid(value: str) -> bool:
    """Hong Kong: one or two letters, six digits, remainder of 11 (10 is A)."""
    if value[-1] not in "0123456789A":
        return False
    body = value[:-1].rjust(8)
    total = sum(
        (36 if char == " " else int(char, 36)) * weight
        for char, weight in zip(body, range(9, 1, -1), strict=True)
    )
    return (total + int(value[-1], 36)) % 11 == 0


def id_nik(value: str) -> bool:
    """Indonesia: district, birthday (day + 40: woman), serial; no check digit."""
    return value[0] != "0" and day_and_month(str(int(value[6:8]) % 40), value[8:10]) and value[12:] != "0000"


def il_id(value: str) -> bool:
    """Israel: Luhn over nine digits."""
    return luhn(value) and len(set(value)) > 1


def in_aadhaar(value: str) -> bool:
    """India: Verhoeff; never begins with 0 or 1, never a palindrome."""
    return value[0] not in "01" and value != value[::-1] and verhoeff(value)


def in_pan(value: str) -> bool:
    """India, tax number of a person: fourth letter P. Its last letter's rule is not public."""
    return value[3] == "P" and value[5:9] != "0000"


def jp_mn(value: str) -> bool:
    """Japan: weights 6 to 2, 7 to 2, modulo 11."""
    rest = weighted(value, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest <= 1 else 11 - rest) == int(value[11])


def kr_rrn(value: str) -> bool:
    """Korea: birthday, century and sex, modulo 11 (numbers given since October 2020 have no check digit)."""
    if value[6] not in "0123456789" or not day_and_month(value[4:6], value[2:4]):
        return False
    rest = 11 - weighted(value, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11
    foreign = value[6] in "5678"
    return int(value[12]) in {rest % 10, (rest + 2) % 10 if foreign else rest % 10}


def mx_curp(value: str) -> bool:
    """Mexico: letters of the names, birthday, sex, state, check digit modulo 10."""
    if value[10] not in "HMX" or not value[17].isdigit() or not day_and_month(value[8:10], value[6:8]):
        return False
    total = sum(_CURP.index(char) * (18 - place) for place, char in enumerate(value[:17]))
    return int(value[17]) == (10 - total % 10) % 10


def mx_rfc(value: str) -> bool:
    """Mexico, tax number of a person: letters, birthday, modulo 11."""
    if not day_and_month(value[8:10], value[6:8]):
        return False
    total = sum(_RFC.index(char) * (13 - place) for place, char in enumerate(value[:12]))
    return value[12] == "0123456789A"[(11 - total % 11) % 11]


def mx_nss(value: str) -> bool:
    """Mexico, insurance: Luhn."""
    return luhn(value) and len(set(value)) > 1


def my_nric(value: str) -> bool:
    """Malaysia: birthday and place of birth; no check digit."""
    return day_and_month(value[4:6], value[2:4]) and value[6:8] not in _NO_STATE


def nz_ird(value: str) -> bool:
    """New Zealand, tax: two rounds of weights modulo 11."""
    value = value.zfill(9)
    if not 10_000_000 <= int(value) <= 150_000_000:
        return False
    for weights in ((3, 2, 7, 6, 5, 4, 3, 2), (7, 4, 3, 2, 5, 2, 7, 6)):
        check = (11 - weighted(value[:8], weights) % 11) % 11
        if check != 10:
            return check == int(value[8])
    return False


def pk_cnic(value: str) -> bool:
    """Pakistan: province 1 to 7 first, a sex last that is not 0; no check digit."""
    return value[0] in "1234567" and value[-1] != "0"


def sg_nric(value: str) -> bool:
    """Singapore: weights 2, 7, 6, 5, 4, 3, 2 modulo 11, letters by series."""
    total = weighted(value[1:8], (2, 7, 6, 5, 4, 3, 2))
    if value[0] in "ST":
        return value[8] == "JZIHGFEDCBA"[(total + (4 if value[0] == "T" else 0)) % 11]
    if value[0] in "FG":
        return value[8] == "XWUTRQPNMLK"[(total + (4 if value[0] == "G" else 0)) % 11]
    return value[0] == "M" and value[8] == "KLJNPQRTUWX"[10 - (total + 3) % 11]


def th_pin(value: str) -> bool:
    """Thailand: weights 13 to 2 modulo 11."""
    return value[0] not in "09" and (11 - weighted(value, range(13, 1, -1)) % 11) % 10 == int(value[12])


def tr_tckn(value: str) -> bool:
    """Turkey: the tenth digit checks the odd and even places, the eleventh all."""
    digits = [int(char) for char in value]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[0] != 0 and digits[9] == tenth and sum(digits[:10]) % 10 == digits[10]


def tw_nid(value: str) -> bool:
    """Taiwan: letter of the place, sex (8 and 9: residents), modulo 10."""
    code = _TW[value[0]]
    total = code // 10 + code % 10 * 9 + weighted(value[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))
    return value[1] in "1289" and total % 10 == 0


def us_dea(value: str) -> bool:
    """United States, prescribers: odd places plus twice the even places."""
    digits = [int(char) for char in value[2:]]
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6] and len(set(digits)) > 1


def us_npi(value: str) -> bool:
    """United States, health care providers: Luhn with 80840 in front."""
    return value[0] in "12" and luhn("80840" + value)


def za_id(value: str) -> bool:
    """South Africa: birthday, serial, citizenship 0 or 1, Luhn."""
    return day_and_month(value[4:6], value[2:4]) and value[10] in "012" and luhn(value)
