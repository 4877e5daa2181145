"""Keyed surrogates: the same value the same one, the form kept, and nobody's."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.luhn import luhn
from tunewright.data.pseudonyms import Pseudonyms
from tunewright.engines.pii.patterns import PatternDetector

KEY = bytes(range(32))
NAMES = Pseudonyms(KEY)
KINDS = (
    "person", "place", "organisation", "address", "email", "phone", "card", "iban", "ssn", "ip", "mac", "date", "date_of_birth",
    "national_id", "plate", "passport",
)  # fmt: skip


def test_the_same_person_stays_the_same_person() -> None:
    first, last = NAMES.surrogate("person", "Maria Lopez").split()
    assert NAMES.surrogate("person", "Ms Lopez") == f"Ms {last}"
    assert NAMES.surrogate("person", "maria") == first.lower()
    assert NAMES.surrogate("person", "LOPEZ, Maria") == f"{last.upper()}, {first}"
    assert {first, last}.isdisjoint({"Maria", "Lopez"})


def test_another_key_gives_another_surrogate_and_another_version() -> None:
    other = Pseudonyms(b"x" * 32)
    assert other.surrogate("person", "Maria Lopez") != NAMES.surrogate("person", "Maria Lopez")
    assert other.version != NAMES.version
    assert KEY.hex() not in NAMES.version


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Pseudonyms(b"short")


def test_kinds_without_surrogates_say_so() -> None:
    assert not NAMES.has("secret")
    with pytest.raises(KeyError):
        NAMES.surrogate("secret", "sk-123")
    assert all(NAMES.has(kind) for kind in KINDS)


@pytest.mark.parametrize("card", ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"])
def test_a_card_keeps_its_layout_and_fails_luhn(card: str) -> None:
    made = NAMES.surrogate("card", card)
    assert [c if not c.isdigit() else "9" for c in made] == [c if not c.isdigit() else "9" for c in card]
    assert not luhn("".join(filter(str.isdigit, made)))
    assert luhn("".join(filter(str.isdigit, card)))


@given(st.from_regex(r"[3-6][0-9]{14,15}", fullmatch=True))
def test_no_card_surrogate_passes_luhn(card: str) -> None:
    made = NAMES.surrogate("card", card)
    assert len(made) == len(card)
    assert not luhn(made)


def test_network_and_mail_addresses_lie_in_documentation_ranges() -> None:
    documentation = [
        ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    ]
    for number in range(40):
        made = ipaddress.ip_address(NAMES.surrogate("ip", f"81.2.69.{number}"))
        assert any(made in net for net in documentation)
    assert ipaddress.ip_address(NAMES.surrogate("ip", "2a00:1450::8")) in ipaddress.ip_network(
        "2001:db8::/32"
    )
    local, domain = NAMES.surrogate("email", "maria.lopez+bank@telco.ie").split("@")
    assert domain.endswith(".example")
    assert local.split(".")[0] == NAMES.surrogate("person", "maria")
    assert NAMES.surrogate("email", "joe@telco.ie").split("@")[1] == domain
    assert NAMES.surrogate("mac", "3C:22:FB:9A:10:0F").startswith("00:00:5E:00:53:")


def test_ssn_and_iban_are_never_valid() -> None:
    assert NAMES.surrogate("ssn", "536-90-4399").startswith("000-")
    made = NAMES.surrogate("iban", "DE89 3704 0044 0532 0130 00")
    assert made[:4] == "DE00"
    assert len(made) == 27
    assert not [
        f for f in PatternDetector().detect([f"IBAN {made}"])[0] if f.kind == "iban" and f.confidence > 0.85
    ]


@given(st.sampled_from(KINDS), st.text(max_size=60))
def test_any_text_has_a_surrogate_that_never_changes(kind: str, text: str) -> None:
    made = NAMES.surrogate(kind, text)
    assert made == NAMES.surrogate(kind, text)
    assert made == Pseudonyms(KEY).surrogate(kind, text)


@given(st.from_regex(r"[A-Z][a-z]{2,10} [A-Z][a-z]{2,10}", fullmatch=True))
def test_a_name_keeps_its_shape(name: str) -> None:
    made = NAMES.surrogate("person", name)
    assert len(made.split(" ")) == 2
    assert made.istitle() or name.casefold().split()[0] in made.casefold()


def test_many_names_get_different_surrogates() -> None:
    names = [
        f"Ann{chr(97 + i)}{chr(97 + j)}{chr(97 + k)}" for i in range(12) for j in range(12) for k in range(12)
    ]
    made = {NAMES.surrogate("person", name) for name in names}
    assert len(made) > 0.98 * len(names)
