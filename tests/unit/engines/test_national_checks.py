"""Check digits of national numbers against python-stdnum, and against published examples where it has none."""

from __future__ import annotations

import importlib
import random

import pytest

from tunewright.core.luhn import luhn
from tunewright.engines.pii.checks import ean, mod11_10, verhoeff
from tunewright.engines.pii.national import NATIONALS
from tunewright.engines.pii.patterns import PatternDetector

BY_NAME = {national.name: national for national in NATIONALS}
detector = PatternDetector()

# name -> module of python-stdnum
SAME = {
    "au_tfn": "au.tfn", "br_cpf": "br.cpf", "br_cnpj": "br.cnpj", "ch_ahv": "ch.ssn", "cl_rut": "cl.rut", "de_idnr": "de.idnr",
    "ee_ik": "ee.ik", "es_dni": "es.dni", "gb_nhs": "gb.nhs", "gb_utr": "gb.utr", "gr_amka": "gr.amka", "hr_oib": "hr.oib",
    "ie_pps": "ie.pps", "il_id": "il.idnr", "in_aadhaar": "in_.aadhaar", "jp_mn": "jp.in_", "nl_bsn": "nl.bsn",
    "nz_ird": "nz.ird", "th_pin": "th.pin", "tr_tckn": "tr.tckimlik", "ua_rntrc": "ua.rntrc",
}  # fmt: skip
# Ours does not know leap years, lists of counties or dates in the future: it may take more, never less.
WIDER = {
    "bg_egn": "bg.egn", "ca_sin": "ca.sin", "cn_rid": "cn.ric", "cz_rc": "cz.rc", "dk_cpr": "dk.cpr", "fi_hetu": "fi.hetu",
    "it_cf": "it.codicefiscale", "kr_rrn": "kr.rrn", "mx_curp": "mx.curp", "my_nric": "my.nric", "no_fnr": "no.fodselsnummer",
    "pk_cnic": "pk.cnic", "pl_pesel": "pl.pesel", "ro_cnp": "ro.cnp", "se_pnr": "se.personnummer", "za_id": "za.idnr",
}  # fmt: skip
# Ours takes numbers of persons only, of which a birthday is one: it may take less, never more.
NARROWER = {
    "ar_cuit": "ar.cuit", "at_svnr": "at.vnr", "ec_ci": "ec.ci", "fr_nir": "fr.nir", "in_pan": "in_.pan", "lt_ak": "lt.asmens",
    "pt_nif": "pt.nif", "rs_jmbg": "si.emso", "ru_inn": "ru.inn",
}  # fmt: skip
PUBLISHED = [
    ("ae_id", "784-1968-6570305-0"), ("au_medicare", "2123 45670 1"), ("be_nn", "85.07.30-033.28"),
    ("de_rvnr", "65170839J003"), ("gb_nino", "AB123456C"), ("hk_hkid", "A123456(3)"), ("hk_hkid", "G123456(A)"),
    ("hk_hkid", "AB987654(3)"), ("hu_anum", "8071592153"), ("is_kt", "120174-3399"), ("lv_pk", "161175-19997"),
    ("ru_snils", "112-233-445 95"), ("sg_nric", "S1234567D"), ("sg_nric", "T1234567J"), ("sg_nric", "F1234567N"),
    ("sg_nric", "G1234567X"), ("tw_nid", "A123456789"), ("us_dea", "BB1388568"), ("us_npi", "1234567893"),
    ("mx_nss", "12345678903"), ("mx_rfc", "GODE561231GR8"), ("id_nik", "3171011708450001"), ("eg_nid", "29001011234567"),
]  # fmt: skip


def fill(form: str, rng: random.Random) -> str:
    pools = {"9": "0123456789", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "*": "0123456789ABCDEFGHIJ"}
    return "".join(rng.choice(pools[char]) if char in pools else char for char in form)


def plain(name: str, value: str) -> str:
    return value if name == "fi_hetu" else value.translate({ord(char): None for char in " .-/+()"})


def oracle(module: str):
    return importlib.import_module("stdnum." + module).is_valid


def numbers(name: str, module: str) -> list[tuple[bool, bool]]:
    """Ours and the oracle's answers on random numbers of the kind's form, until enough are valid for one of the two."""
    pytest.importorskip("stdnum", reason="python-stdnum, of the dev group, is not installed")
    rng = random.Random(name)
    national, theirs = BY_NAME[name], oracle(module)
    answers: list[tuple[bool, bool]] = []
    hits = 0
    for _ in range(60_000):
        value = fill(national.forms.split(",")[0].split("=")[0], rng)
        if name in ("kr_rrn", "mx_curp", "it_cf", "cn_rid", "cz_rc") and rng.random() < 0.95:
            value = with_birthday(name, value, rng)
        ours = national.check(plain(name, value))
        if hits >= 60 and len(answers) > 2000:
            break
        try:
            answers.append((ours, bool(theirs(value))))
            hits += any(answers[-1])
        except (KeyError, ValueError):
            continue  # the oracle itself stumbles over a province it does not know
    return answers


def with_birthday(name: str, value: str, rng: random.Random) -> str:
    year, month, day = rng.randint(40, 99), rng.randint(1, 12), rng.randint(1, 28)
    if name == "mx_rfc":
        return value[:4] + f"{year:02}{month:02}{day:02}" + value[10:]
    if name == "mx_curp":
        return value[:4] + f"{year:02}{month:02}{day:02}" + rng.choice("HM") + "DF" + value[13:]
    if name == "cn_rid":
        return rng.choice(("110101", "310101", "440301")) + f"19{year:02}{month:02}{day:02}" + value[14:]
    if name == "it_cf":
        return value
    return f"{year:02}{month:02}{day:02}" + value[6:]


@pytest.mark.parametrize("name", sorted(SAME))
def test_the_same_numbers_as_the_oracle(name):
    answers = numbers(name, SAME[name])
    assert all(ours == theirs for ours, theirs in answers)
    assert sum(ours for ours, _ in answers) >= 3


@pytest.mark.parametrize("name", sorted(WIDER))
def test_every_number_of_the_oracle(name):
    answers = numbers(name, WIDER[name])
    assert all(ours for ours, theirs in answers if theirs)
    assert sum(theirs for _, theirs in answers) >= 3
    assert sum(ours and not theirs for ours, theirs in answers) <= 0.1 * len(answers)


@pytest.mark.parametrize("name", sorted(NARROWER))
def test_no_number_that_the_oracle_refuses(name):
    answers = numbers(name, NARROWER[name])
    if name == "ar_cuit":  # it lists fewer of the prefixes
        answers = [answer for answer in answers if answer != (True, False)]
    assert all(theirs for ours, theirs in answers if ours)
    assert sum(ours for ours, _ in answers) >= 3


@pytest.mark.parametrize(("name", "value"), PUBLISHED)
def test_published_examples(name, value):
    assert BY_NAME[name].check(plain(name, value))


def test_every_kind_has_an_oracle_or_an_example():
    assert set(BY_NAME) == {*SAME, *WIDER, *NARROWER, *(name for name, _ in PUBLISHED)}
    assert len({name[:2] for name in BY_NAME}) >= 40


@pytest.mark.parametrize(
    ("check", "value"),
    [(luhn, "79927398713"), (verhoeff, "2363"), (ean, "4006381333931"), (mod11_10, "86095742719")],
)
def test_check_digits_catch_every_single_error(check, value):
    assert check(value)
    for at, char in enumerate(value):
        for other in "0123456789":
            assert check(value[:at] + other + value[at + 1 :]) == (other == char)
