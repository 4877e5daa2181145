"""Laws of the arbitration over several detectors, for any findings whatever."""

from __future__ import annotations

from itertools import pairwise, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.pii import FORM_KINDS, PII_KINDS
from tunewright.core.types import Finding
from tunewright.engines.pii.resolve import resolve
from tunewright.engines.pii.spans import STRONG

TEXT = "Dr Ann Lee, 12 High St, Bonn\n53111 (tel. 0228 12345) ann@lee.example 4111-1111"
findings = st.builds(
    lambda kind, start, size, sure, by: Finding(kind, 0, start, min(len(TEXT), start + size), sure, by),
    st.sampled_from(PII_KINDS),
    st.integers(0, len(TEXT) - 1),
    st.integers(1, 40),
    st.sampled_from([0.3, 0.5, 0.7, 0.85, 0.9, 0.97]),
    st.sampled_from(["patterns@2", "spacy@1", "hf@1"]),
)
answers = st.lists(st.lists(findings, max_size=6), min_size=1, max_size=3)


@given(answers)
@settings(max_examples=300, deadline=None)
def test_no_overlap_in_order_within_the_text(lists):
    found = resolve(TEXT, lists)
    assert all(0 <= f.start < f.end <= len(TEXT) for f in found)
    assert all(one.end <= two.start for one, two in pairwise(found))


@given(answers)
@settings(max_examples=200, deadline=None)
def test_the_order_of_detectors_and_of_their_findings_changes_nothing(lists):
    expected = resolve(TEXT, lists)
    for order in permutations(lists):
        assert resolve(TEXT, order) == expected
    assert resolve(TEXT, [list(reversed(found)) for found in lists]) == expected
    assert resolve(TEXT, [*lists, []]) == expected


@given(answers)
@settings(max_examples=200, deadline=None)
def test_nothing_certain_is_lost(lists):
    """Every letter and digit that a certain finding of one detector covers is covered, by something certain."""
    covered = {at for f in resolve(TEXT, lists) if f.confidence >= STRONG for at in range(f.start, f.end)}
    for given_findings in lists:
        for finding in given_findings:
            if finding.confidence >= STRONG:
                wanted = {at for at in range(finding.start, finding.end) if TEXT[at].isalnum()}
                agreeing = [
                    f
                    for other in lists
                    for f in other
                    if f is not finding and f.kind == finding.kind and _meet(f, finding)
                ]
                if not agreeing:
                    assert wanted <= covered


@given(answers)
@settings(max_examples=200, deadline=None)
def test_no_confidence_falls_and_none_is_beyond_certain(lists):
    given_confidence = {f.confidence for found in lists for f in found}
    for finding in resolve(TEXT, lists):
        assert min(given_confidence) <= finding.confidence <= 0.99


@given(answers)
@settings(max_examples=100, deadline=None)
def test_twice_is_once(lists):
    once = resolve(TEXT, lists)
    assert resolve(TEXT, [once]) == once


def _meet(one: Finding, other: Finding) -> bool:
    return one.start < other.end and other.start < one.end


def test_a_checksum_goes_before_a_model():
    card, person = Finding("card", 0, 4, 23, 0.93, "p@1"), Finding("person", 0, 0, 40, 0.98, "n@1")
    text = "Ann 4111 1111 1111 1111 and more of her.."
    assert [(f.kind, f.start, f.end) for f in resolve(text, [[person], [card]])] == [
        ("person", 0, 3),
        ("card", 4, 23),
        ("person", 24, 39),
    ]


def test_agreement_is_surer_than_each():
    one, other = Finding("person", 0, 0, 7, 0.7, "a@1"), Finding("person", 0, 0, 8, 0.6, "b@1")
    (agreed,) = resolve("Ann Lee's", [[one], [other]])
    assert (agreed.start, agreed.end, agreed.confidence, agreed.found_by) == (0, 7, 0.88, "a@1+b@1")


def test_pieces_of_one_thing_are_joined():
    text = "Ann Lee, 12 High St, Bonn and Ann, Lee"
    pieces = [
        Finding("person", 0, 0, 3, 0.9, "a@1"),
        Finding("person", 0, 4, 7, 0.8, "a@1"),
        Finding("address", 0, 9, 19, 0.9, "a@1"),
        Finding("place", 0, 21, 25, 0.7, "a@1"),
        Finding("person", 0, 30, 33, 0.9, "a@1"),
        Finding("person", 0, 35, 38, 0.9, "a@1"),
    ]
    assert [(f.kind, text[f.start : f.end], f.confidence) for f in resolve(text, [pieces])] == [
        ("person", "Ann Lee", 0.9),
        ("address", "12 High St, Bonn", 0.9),
        ("person", "Ann", 0.9),
        ("person", "Lee", 0.9),
    ]


def test_a_doubtful_form_under_a_certain_one_is_gone():
    text = "4111 1111 1111 1111 12"
    card, phone = Finding("card", 0, 0, 19, 0.93, "p@1"), Finding("phone", 0, 10, 22, 0.5, "q@1")
    assert resolve(text, [[card], [phone]]) == [card]
    assert set(FORM_KINDS) < set(PII_KINDS)
