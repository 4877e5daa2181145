"""Identity, insurance and tax numbers of persons, some fifty kinds: the form proposes, the check digit and the words decide.

A form is written with 9 for a digit and A for a letter. Behind each form stands how sure the number is when no word
names it and its check digit is right: 0 for a form that any number may have. A word that names it makes it certain;
one that names an order or an amount makes it nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tunewright.engines.pii import national_europe as eu
from tunewright.engines.pii import national_world as world
from tunewright.engines.pii.checks import mod11_10
from tunewright.engines.pii.labels import Labels, labels_near
from tunewright.engines.pii.spans import Span


@dataclass(frozen=True, slots=True)
class National:
    """One kind of number. ``checked`` tells whether a wrong number can be told from a right one by arithmetic."""

    name: str
    check: Callable[[str], bool]
    forms: str
    """``form=confidence`` without a word, separated by commas"""
    checked: bool = True


NATIONALS: tuple[National, ...] = (
    National("ae_id", world.ae_id, "999999999999999=.9,999-9999-9999999-9=.95"),
    National("ar_cuit", world.ar_cuit, "99999999999=0,99-99999999-9=.93"),
    National("at_svnr", eu.at_svnr, "9999999999=0,9999 999999=.5"),
    National(
        "au_medicare", world.au_medicare, "9999999999=0,99999999999=0,9999 99999 9=.5,9999-99999-9=.5,9999 99999 9-9=.6"
    ),
    National("au_tfn", world.au_tfn, "999999999=0,999 999 999=.3,999-999-999=.3,99999999=0"),
    National("be_nn", eu.be_nn, "99999999999=0,99.99.99-999.99=.95,99.99.99-999-99=.93,99 99 99 999 99=.6"),
    National("bg_egn", eu.bg_egn, "9999999999=0"),
    National("br_cpf", world.br_cpf, "99999999999=0,999.999.999-99=.95,999999999-99=.6"),
    National("br_cnpj", world.br_cnpj, "99999999999999=0,99.999.999/9999-99=.95"),
    National("ca_sin", world.ca_sin, "999999999=0,999 999 999=.3,999-999-999=.5"),
    National("ch_ahv", eu.ch_ahv, "9999999999999=.6,999.9999.9999.99=.95"),
    National("cl_rut", world.cl_rut, "99.999.999-9=.93,99.999.999-A=.93,9.999.999-9=.9,9.999.999-A=.9,"
             "99999999-9=.45,99999999-A=.6,9999999-9=.3,9999999-A=.3"),
    National("cn_rid", world.cn_rid, "999999999999999999=.93,99999999999999999A=.95"),
    National("cz_rc", eu.cz_rc, "999999/9999=.93,9999999999=0"),
    National("de_idnr", eu.de_idnr, "99999999999=0,99 999 999 999=.6"),
    National("de_rvnr", eu.de_rvnr, "99999999A999=.9,99 999999 A 999=.93"),
    National("dk_cpr", eu.dk_cpr, "999999-9999=.5,9999999999=0", checked=False),
    National("ec_ci", world.ec_ci, "9999999999=0,999999999-9=.3"),
    National("ee_ik", eu.ee_ik, "99999999999=0"),
    National("lt_ak", eu.ee_ik, "99999999999=0"),
    National("eg_nid", world.eg_nid, "99999999999999=0", checked=False),
    National("es_dni", eu.es_dni, "99999999A=.95,99999999-A=.95,A9999999A=.95,A-9999999-A=.95,A9999999-A=.95"),
    National("fi_hetu", eu.fi_hetu, "999999-9999=.6,999999-999A=.95,999999A9999=.93,999999A999A=.95,999999+9999=.9"),
    National("fr_nir", eu.fr_nir, "999999999999999=.9,9 99 99 99 999 999 99=.95,999999A99999999=.93,"
             "9 99 99 9A 999 999 99=.95,9999999999999 99=.93"),
    National("gb_nhs", eu.gb_nhs, "9999999999=0,999 999 9999=0,999-999-9999=0"),
    National("gb_nino", eu.gb_nino, "AA999999A=.6,AA 99 99 99 A=.87,AA-99-99-99-A=.87", checked=False),
    National("gb_utr", eu.gb_utr, "9999999999=0,99999 99999=0"),
    National("gr_amka", eu.gr_amka, "99999999999=0"),
    National("hk_hkid", world.hk_hkid, "A999999(9)=.93,A999999(A)=.93,AA999999(9)=.93,A9999999=0,AA9999999=0"),
    National("hr_oib", mod11_10, "99999999999=0"),
    National("hu_anum", eu.hu_anum, "9999999999=0"),
    National("id_nik", world.id_nik, "9999999999999999=0", checked=False),
    National("ie_pps", eu.ie_pps, "9999999A=.6,9999999AA=.8"),
    National("il_id", world.il_id, "999999999=0,99999999-9=0"),
    National("in_aadhaar", world.in_aadhaar, "999999999999=0,9999 9999 9999=.87,9999-9999-9999=.6"),
    National("in_pan", world.in_pan, "AAAAA9999A=.5", checked=False),
    National("is_kt", eu.is_kt, "999999-9999=.87,9999999999=0"),
    National("it_cf", eu.it_cf, "AAAAAA99A99A999A=.97"),
    National("jp_mn", world.jp_mn, "999999999999=0,9999 9999 9999=.5,9999-9999-9999=.5"),
    National("kr_rrn", world.kr_rrn, "9999999999999=0,999999-9999999=.93"),
    National("lv_pk", eu.lv_pk, "999999-99999=.9,99999999999=0"),
    National("mx_curp", world.mx_curp, "AAAA999999AAAAAA99=.97,AAAA999999AAAAAAA9=.97"),
    National("mx_nss", world.mx_nss, "99999999999=0,99-99-99-9999-9=.6"),
    National("mx_rfc", world.mx_rfc, "AAAA999999***=.87,AAAA-999999-***=.87"),
    National("my_nric", world.my_nric, "999999-99-9999=.87,999999999999=0", checked=False),
    National("nl_bsn", eu.nl_bsn, "999999999=0,9999.99.999=.5,9999 99 999=.4,999 999 999=0"),
    National("no_fnr", eu.no_fnr, "99999999999=.3,999999 99999=.9,999999-99999=.9"),
    National("nz_ird", world.nz_ird, "999-999-999=.3,99-999-999=.3,999999999=0,99999999=0"),
    National("pk_cnic", world.pk_cnic, "99999-9999999-9=.88,9999999999999=0", checked=False),
    National("pl_pesel", eu.pl_pesel, "99999999999=.3"),
    National("pt_nif", eu.pt_nif, "999999999=0,999 999 999=0"),
    National("ro_cnp", eu.ro_cnp, "9999999999999=.45"),
    National("rs_jmbg", eu.rs_jmbg, "9999999999999=.45"),
    National("ru_inn", eu.ru_inn, "999999999999=0"),
    National("ru_snils", eu.ru_snils, "999-999-999 99=.95,999-999-999-99=.93,99999999999=0"),
    National("se_pnr", eu.se_pnr, "999999-9999=.6,99999999-9999=.93,999999+9999=.93,9999999999=0,999999999999=.3"),
    National("sg_nric", world.sg_nric, "A9999999A=.87"),
    National("th_pin", world.th_pin, "9999999999999=0,9-9999-99999-99-9=.95,9 9999 99999 99 9=.93"),
    National("tr_tckn", world.tr_tckn, "99999999999=.3"),
    National("tw_nid", world.tw_nid, "A999999999=.45"),
    National("ua_rntrc", eu.ua_rntrc, "9999999999=0"),
    National("us_dea", world.us_dea, "AA9999999=.3"),
    National("us_npi", world.us_npi, "9999999999=0"),
    National("za_id", world.za_id, "9999999999999=.5,999999 9999 999=.87,999999 9999 99 9=.87"),
)  # fmt: skip

_VARIANTS = tuple("".join(c) for c in ("999", "99A", "9A9", "9AA", "A99", "A9A", "AA9", "AAA"))


def _forms() -> dict[str, tuple[tuple[National, float], ...]]:
    found: dict[str, list[tuple[National, float]]] = {}
    for national in NATIONALS:
        for item in national.forms.split(","):
            form, _, sure = item.rpartition("=")
            for variant in _VARIANTS if "***" in form else ("",):
                found.setdefault(form.replace("***", variant), []).append((national, float(sure)))
    return {form: tuple(items) for form, items in found.items()}


FORMS = _forms()
_SHAPE = {
    **{ord(char): "9" for char in "0123456789"},
    **{code: "A" for first in "Aa" for code in range(ord(first), ord(first) + 26)},
}
_PLAIN = {ord(char): None for char in " .-/()\n"}
_DIGITS = re.compile(
    r"(?<![A-Za-z0-9_@#])(?<![0-9][.,])[0-9](?:[ ./+-]?[0-9]){6,24}(?:-[Kk])?(?![A-Za-z0-9_@])"
)
_MIXED = re.compile(
    r"(?<![A-Za-z0-9_@#-])(?=[A-Za-z]{0,6}-?[0-9])[A-Za-z0-9](?:[+-]?[A-Za-z0-9]){6,20}(?:\([0-9Aa]\))?(?![A-Za-z0-9_@-])"
)
_SPACED = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]{2} [0-9]{2} [0-9]{2} [0-9]{2} [A-Da-d]|[0-9]{2} [0-9]{6} [A-Za-z] [0-9]{3}"
    r"|[1278] [0-9]{2} [0-9]{2} 2[ABab] [0-9]{3} [0-9]{3} [0-9]{2}|[A-Za-z]{1,2}[0-9]{6} \([0-9Aa]\)"
    r"|[0-9]{7} [A-Za-z]{1,2})(?![A-Za-z0-9])"
)
_TOUCHING = re.compile("[0-9](?:-?[A-Za-z]|(?<=[A-Za-z][0-9])|(?<=[A-Za-z]-[0-9]))")
_NEAR = re.compile(
    r"[0-9](?:[0-9] (?:[0-9]{2} [0-9]{2} [A-Da-d]|[0-9]{6} [A-Za-z])|[ABab] [0-9]{3}|[0-9]{5}(?:[0-9] [A-Za-z]| \())"
)
_SHORTEST_ROW = 8
_KEEPS_SIGN = frozenset(("fi_hetu",))
_ELSEWHERE = frozenset(("other", "money", "phone", "versioned"))


def national_ids(text: str, longest: int) -> Iterator[Span]:
    """National numbers of persons, with the kind's name as note. ``longest``: characters of the longest row of digits."""
    if longest >= _SHORTEST_ROW - 1:
        for match in _DIGITS.finditer(text):
            yield from _in_row(text, match.start(), match.end())
    if _TOUCHING.search(text):
        for match in _MIXED.finditer(text):
            found = _judged(text, match.start(), match.end())
            if found:
                yield found
    if _NEAR.search(text):
        for match in _SPACED.finditer(text):
            value = match.group()
            form = value.translate(_SHAPE)
            if form not in FORMS:
                form = form.replace(" ", "")
            found = _judged(text, match.start(), match.end(), form)
            if found:
                yield found


def _in_row(text: str, start: int, end: int) -> Iterator[Span]:
    """The whole row of digits, or else the longest parts of it, between blanks, that have a known form."""
    value = text[start:end]
    if value.translate(_SHAPE) in FORMS or " " not in value:
        found = _judged(text, start, end)
        if found:
            yield found
        return
    places = [0, *(at + 1 for at, char in enumerate(value) if char == " "), len(value) + 1]
    first = 0
    while first < len(places) - 1:
        step = 1
        for last in range(len(places) - 1, first, -1):
            part = value[places[first] : places[last] - 1]
            if len(part) >= 8 and part.translate(_SHAPE) in FORMS:
                found = _judged(text, start + places[first], start + places[first] + len(part))
                if found and found.confidence >= 0.4:
                    yield found
                    step = last - first
                    break
        first += step


def _judged(text: str, start: int, end: int, form: str = "") -> Span | None:
    """The likeliest kind of the number between two places, if any."""
    value = text[start:end]
    kinds = FORMS.get(form or value.translate(_SHAPE))
    if not kinds:
        return None
    labels = labels_near(text, start, end)
    plain = value.upper().translate(_PLAIN)
    best = 0.0
    name = ""
    for national, bare in kinds:
        named = national.name in labels.nearest or "nid" in labels.nearest
        if not named and not bare and not labels.has(national.name):
            continue
        right = national.check(_signed(value) if national.name in _KEEPS_SIGN else plain.replace("+", ""))
        sure = _confidence(national, bare, right, named, labels)
        if sure > best:
            best, name = sure, national.name
    return Span(start, end, "national_id", best, name) if best else None


def _signed(value: str) -> str:
    return value.upper().replace(" ", "")


def _confidence(national: National, bare: float, right: bool, named: bool, labels: Labels) -> float:
    own = national.name in labels.nearest
    if not right:
        # Beside its own name a wrong number is a typing error or an example: a person looks.
        return 0.5 if own and national.checked else 0.0
    if named:
        return 0.95 if own or national.checked else 0.87
    if bare < 0.9 and labels.nearest & _ELSEWHERE and not labels.has(national.name):
        return min(bare, 0.3)
    return max(bare, 0.88) if labels.has(national.name) else bare
