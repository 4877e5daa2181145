"""National numbers in texts: named they are found, nameless they are nobody's unless their form proves them."""

from __future__ import annotations

import random

import pytest

from tests.unit.engines.test_national_checks import fill, plain, with_birthday
from tunewright.engines.pii.labels import labelled
from tunewright.engines.pii.national import FORMS, NATIONALS, National
from tunewright.engines.pii.patterns import PatternDetector
from tunewright.engines.pii.vocabulary import VOCABULARY

detector = PatternDetector()
DATED = {"kr_rrn", "mx_curp", "cn_rid", "cz_rc", "mx_rfc", "my_nric", "za_id"}


def found(text: str, least: float = 0.85) -> list[tuple[str, str]]:
    return [(f.kind, text[f.start : f.end]) for f in detector.detect([text])[0] if f.confidence >= least]


def valid(national: National, form: str, rng: random.Random, right: bool = True) -> str:
    """A made-up number of the form whose check is right, or wrong."""
    for _ in range(400_000):
        value = fill(form, rng)
        if national.name in DATED and form[:6] in ("999999", "AAAA99"):
            value = with_birthday(national.name, value, rng)
        if national.name == "ae_id":
            value = "784-19" + value[6:] if "-" in form else "78419" + value[5:]
        if len(set(filter(str.isdigit, value))) > 3 and national.check(plain(national.name, value)) == right:
            return value
    raise AssertionError((national.name, form))


def name_of(national: National) -> str:
    return max(VOCABULARY[national.name].split(","), key=len).strip()


CASES = [(n, item.split("=")[0], float(item.split("=")[1])) for n in NATIONALS for item in n.forms.split(",")]
IDS = [f"{n.name}-{form}" for n, form, _ in CASES]


@pytest.mark.parametrize(("national", "form", "bare"), CASES, ids=IDS)
def test_named_it_is_found(national, form, bare):
    rng = random.Random(form + national.name)
    for _ in range(3):
        value = valid(national, form, rng)
        text = f"Hello, my {name_of(national)} is {value}, thanks."
        kinds = found(text)
        assert [at for _, at in kinds] == [value], text
        # A number that is another kind's, too, may be called that: a card, an IBAN.
        assert kinds[0][0] in ("national_id", "medical_record", "ssn", "card"), text


@pytest.mark.parametrize(
    ("national", "form", "bare"),
    [case for case in CASES if case[0].checked],
    ids=[f"{n.name}-{form}" for n, form, _ in CASES if n.checked],
)
def test_named_but_wrong_it_waits_for_a_person(national, form, bare):
    rng = random.Random(form)
    value = valid(national, form, rng, right=False)
    kinds = PatternDetector().detect([f"Hello, my {name_of(national)} is {value}, thanks."])[0]
    sure = [f for f in kinds if f.confidence >= 0.85 and f.kind == "national_id"]
    # Another country's check may take it: then the name was of one that shares its form and its word.
    assert not [f for f in sure if f.note == national.name]


@pytest.mark.parametrize(
    ("national", "form", "bare"),
    [c for c in CASES if c[2] == 0],
    ids=[i for i, c in zip(IDS, CASES, strict=True) if c[2] == 0],
)
def test_bare_digits_are_nobodys(national, form, bare):
    rng = random.Random(form)
    for frame in ("I typed {} and nothing happened", "order number {} is late", "we counted {} of them"):
        for _ in range(5):
            text = frame.replace("{}", valid(national, form, rng))
            assert [f for f in found(text) if f[0] == "national_id"] == [], text


def test_a_form_leads_to_its_kinds():
    assert {national.name for kinds in FORMS.values() for national, _ in kinds} == {n.name for n in NATIONALS}
    assert all(form.strip("9A .-/+()") == "" for form in FORMS)


def test_every_kind_has_words():
    assert {n.name for n in NATIONALS} <= set(VOCABULARY)
    for national in NATIONALS:
        for phrase in VOCABULARY[national.name].split(","):
            words = phrase.replace("*", "").split()
            assert any(national.name in names for _, _, names in labelled(words)), phrase
