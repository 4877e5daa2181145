"""What a licence text is read as: SPDX ids and expressions, addresses, the words people use, and texts meant to deceive."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.licence_table import ALIASES, FAMILIES
from tunewright.core.licences import DeclaredTerms, Terms, known_id, read_licence


def only(text: str) -> Terms:
    """The terms of a text that names one licence."""
    read = read_licence(text)
    assert read.state == "read"
    ((terms,),) = read.choices
    return terms


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MIT", "mit"), (" mit ", "mit"), ("MIT License", "mit"), ("The MIT Licence", "mit"), ("ＭＩＴ", "mit"),
        ("Apache 2.0", "apache-2.0"), ("Apache License, Version 2.0", "apache-2.0"), ("apache-2.0", "apache-2.0"),
        ("CC BY-NC 4.0", "cc-by-nc-4.0"), ("cc_by_nc_4.0", "cc-by-nc-4.0"), ("CC-BY-NC-4.0", "cc-by-nc-4.0"),
        ("CC–BY–NC–4.0", "cc-by-nc-4.0"), ("CC‑BY‑NC 4․0", "cc-by-nc-4.0"), ("CC-BY-3.0-DE", "cc-by-3.0"),
        ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International", "cc-by-nc-sa-4.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "cc-by-nc-4.0"),
        ("HTTP://WWW.CreativeCommons.org/licenses/by-nc-nd/3.0/de/legalcode", "cc-by-nc-nd-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"), ("CC0", "cc0-1.0"),
        ("https://spdx.org/licenses/MIT.html", "mit"), ("https://opensource.org/license/bsd-3-clause", "bsd-3-clause"),
        ("http://www.apache.org/licenses/LICENSE-2.0.txt", "apache-2.0"),
        ("https://www.gnu.org/licenses/gpl-3.0.en.html", "gpl-3.0"),
        ("https://opendatacommons.org/licenses/odbl/1-0/", "odbl-1.0"), ("GPL-2.0+", "gpl-2.0"),
        ("GPL-2.0 or later", "gpl-2.0-or-later"), ("GPL-2.0-only WITH Classpath-exception-2.0", "gpl-2.0-only"),
        ("Proprietary", "proprietary"), ("internal", "internal"), ("NONE", "none"), ("research only", "research-only"),
    ],
)  # fmt: skip
def test_other_ways_to_write_a_known_licence(text: str, name: str) -> None:
    terms = only(text)
    assert (terms.id, terms.known) == (name, True)


@pytest.mark.parametrize("text", ["", "  ", "unknown", "NOASSERTION", "n/a", "TBD", "?"])
def test_nobody_knows_is_missing(text: str) -> None:
    assert read_licence(text).state == "missing"


@pytest.mark.parametrize(
    ("text", "commercial", "derivatives", "distribute", "attribution", "share_alike"),
    [
        ("MIT", True, True, True, True, False),
        ("CC0-1.0", True, True, True, False, False),
        ("CC-BY-4.0", True, True, True, True, False),
        ("CC-BY-SA-4.0", True, True, True, True, True),
        ("CC-BY-ND-4.0", True, False, True, True, False),
        ("CC-BY-NC-4.0", False, True, True, True, False),
        ("CC-BY-NC-SA-4.0", False, True, True, True, True),
        ("CC-BY-NC-ND-4.0", False, False, True, True, False),
        ("ODbL-1.0", True, True, True, True, True),
        ("GPL-3.0-only", True, True, True, True, True),
        ("proprietary", True, True, False, False, False),
        ("PolyForm-Noncommercial-1.0.0", False, True, True, True, False),
        ("C-UDA-1.0", False, True, False, True, False),
        ("withdrawn", False, False, False, False, False),
    ],
)  # fmt: skip
def test_what_licences_allow(
    text: str, commercial: bool, derivatives: bool, distribute: bool, attribution: bool, share_alike: bool
) -> None:
    terms = only(text)
    told = (terms.commercial, terms.derivatives, terms.distribute, terms.attribution, terms.share_alike)
    assert told == (commercial, derivatives, distribute, attribution, share_alike)


@pytest.mark.parametrize(
    "forged",
    [
        "СС-BY-4.0",  # Cyrillic Es, twice
        "CC-BY\u200b-NC-4.0",
        "CC-BY-4.0\u202e-CN",
        "MΙT",  # Greek iota
        "MIT\x00",
        "MIT\u2063",
    ],
)
def test_look_alikes_and_invisible_characters_are_suspect(forged: str) -> None:
    read = read_licence(forged)
    assert (read.state, read.choices) == ("suspect", ())


@pytest.mark.parametrize(
    "honest", ["Vertrag mit Müller GmbH", "Договор 17", "利用許諾契約書", "contrat n° 5, équipe é"]
)
def test_other_languages_are_not_suspect(honest: str) -> None:
    assert read_licence(honest).state == "read"


@pytest.mark.parametrize(
    "text",
    [
        "MIT (non-commercial)", "CC-BY-NC-4.O", "MIT/CC-BY-NC-4.0", "not for commercial use", "free for Non Commercial use",
        "CC-BY-NC-5.0", "academic use licence", "https://creativecommons.org.evil.example/licenses/by-nc/4.0/",
        "https://creativecommons.org@evil.example/licenses/by-nc/4.0", "((MIT OR CC-BY-NC-4.0)",
    ],
)  # fmt: skip
def test_an_unknown_name_that_forbids_commerce_is_taken_at_its_word(text: str) -> None:
    terms = only(text)
    assert (terms.known, terms.commercial) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        "https://creativecommons.org.evil.example/licenses/by/4.0/",
        "https://evil.example/?https://creativecommons.org/licenses/by/4.0/",
        "ftp://creativecommons.org/licenses/by/4.0/",
        "https://[broken/licenses/by/4.0",
        "MIT OR",
        "AND MIT",
        "MITT",
        "not MIT",
        "LicenseRef-vendor",
        "MIT" * 200,
        "(" * 5000 + "MIT" + ")" * 5000,
        " OR ".join(["MIT"] * 100),
        " AND ".join(["(MIT OR ISC)"] * 12),
    ],
)
def test_what_cannot_be_read_is_never_a_known_licence(text: str) -> None:
    assert not any(terms.known for choice in read_licence(text).choices for terms in choice)


def test_a_declared_licence_never_replaces_a_known_one() -> None:
    declared = {"LicenseRef-Vendor 7": DeclaredTerms(commercial=True), "MIT": DeclaredTerms()}
    ((vendor,),) = read_licence("licenseref-vendor-7", declared).choices
    assert (vendor.known, vendor.commercial, vendor.derivatives) == (True, True, False)
    assert read_licence("MIT", declared) == read_licence("MIT")


def test_every_name_in_the_table_is_in_its_folded_form() -> None:
    assert len(FAMILIES) > 100
    assert [name for name in FAMILIES if only(name).id != name or not known_id(name)] == []
    assert [name for name in ALIASES if not known_id(name)] == []
    assert set(ALIASES.values()) <= set(FAMILIES)


_NAMES = ("MIT", "Apache-2.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "GPL-3.0-only", "proprietary", "LicenseRef-x")
_trees = st.recursive(
    st.sampled_from(_NAMES),
    lambda inner: st.tuples(st.sampled_from(("AND", "OR")), inner, inner),
    max_leaves=6,
)


def _written(tree: object, parent: str = "") -> str:
    """With as few brackets as the precedence of AND over OR needs."""
    if isinstance(tree, str):
        return tree
    operator, left, right = tree  # type: ignore[misc]
    text = f"{_written(left, operator)} {operator} {_written(right, operator)}"
    return f"({text})" if operator == "OR" and parent == "AND" else text


def _holds(tree: object, true: frozenset[str]) -> bool:
    if isinstance(tree, str):
        return tree in true
    operator, left, right = tree  # type: ignore[misc]
    return (all if operator == "AND" else any)((_holds(left, true), _holds(right, true)))


@given(_trees, st.booleans())
def test_choices_are_the_expression_by_truth_table(tree: object, lower: bool) -> None:
    """Oracle: the boolean value of the tree itself, under every assignment."""
    text = _written(tree)
    choices = [
        {terms.id for terms in choice} for choice in read_licence(text.lower() if lower else text).choices
    ]
    for count in range(len(_NAMES) + 1):
        for true in itertools.combinations(_NAMES, count):
            ids = {name.lower() for name in true}
            assert any(choice <= ids for choice in choices) == _holds(tree, frozenset(true))


@given(st.text(max_size=60))
def test_no_text_is_ever_an_error(text: str) -> None:
    read = read_licence(text)
    assert (read.state == "read") == bool(read.choices)
