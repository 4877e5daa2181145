"""Personal data that is hidden: by invisible characters, look-alikes, markup, escapes, line breaks. Nothing may hide it,
and the finding's place is in the text as it stands."""

from __future__ import annotations

import pytest

from tunewright.engines.pii.folding import Cut, unmarked, unwrapped
from tunewright.engines.pii.patterns import PatternDetector

detector = PatternDetector()

HIDDEN = [
    ("card 4111\ud800 1111 1111 1111 x", "card", "4111\ud800 1111 1111 1111"),
    ("card 4111\u200e 1111\u200f 1111 1111", "card", "4111\u200e 1111\u200f 1111 1111"),
    ("\u202ecard 4111\u2066 1111\u2069 1111 1111\u202c", "card", "4111\u2066 1111\u2069 1111 1111"),
    ("4\u03361\u03361\u03361\u0336 1111 1111 1111", "card", "4\u03361\u03361\u03361\u0336 1111 1111 1111"),
    ("my card is 4lll 1l11 1111 llll ok", "card", "4lll 1l11 1111 llll"),
    ("the SSN 219-O9-9999", "ssn", "219-O9-9999"),
    ("<b>4111</b> 1111 1111 1111", "card", "4111</b> 1111 1111 1111"),
    ("a <span class='x'>4111</span> <i>1111</i> 1111 1111.", "card", "4111</span> <i>1111</i> 1111 1111"),
    ("**4111** **1111** 1111 1111", "card", "4111** **1111** 1111 1111"),
    ("4111*1111*1111*1111", "card", "4111*1111*1111*1111"),
    ("`4111` `1111` `1111` `1111`", "card", "4111` `1111` `1111` `1111"),
    ("\\u0034111 1111 1111 1111", "card", "\\u0034111 1111 1111 1111"),
    ("ssn <b>219</b>-<b>09</b>-<i>9999</i>", "ssn", "219</b>-<b>09</b>-<i>9999"),
    ("write jane&#64;example.com", "email", "jane&#64;example.com"),
    ("write jane&#x40;example&#46;com", "email", "jane&#x40;example&#46;com"),
    ("write jane&commat;example.com", "email", "jane&commat;example.com"),
    ("?email=jane%40example.com&x=1", "email", "jane%40example.com"),
    ("jane\\_doe@example.com", "email", "jane\\_doe@example.com"),
    ("jane\\u0040example.com", "email", "jane\\u0040example.com"),
    ("key AKIA<b>IOSFODNN7</b>EXAMPLZ", "secret", "AKIA<b>IOSFODNN7</b>EXAMPLZ"),
    ("card 4111 1111\n1111 1111 ok", "card", "4111 1111\n1111 1111"),
    ("> card 4111 1111\n> 1111 1111", "card", "4111 1111\n> 1111 1111"),
    ("mail jane.doe@\nexample.com now", "email", "jane.doe@\nexample.com"),
    ("mail jane.doe@exam\r\nple.com now", "email", "jane.doe@exam\r\nple.com"),
    ("IBAN DE89 3704 0044\n0532 0130 00", "iban", "DE89 3704 0044\n0532 0130 00"),
    ("call +49 30\n901820 today", "phone", "+49 30\n901820"),
    ("SSN: 219-09-\n9999", "ssn", "219-09-\n9999"),
    ("SSN: 219-09\n-9999", "ssn", "219-09\n-9999"),
    ("jane (at) example (dot) com", "email", "jane (at) example (dot) com"),
    ("jane[@]example[.]com", "email", "jane[@]example[.]com"),
]


@pytest.mark.parametrize(("text", "kind", "value"), HIDDEN, ids=range(len(HIDDEN)))
def test_what_is_hidden_is_found_where_it_stands(text, kind, value):
    found = [(f.kind, text[f.start : f.end]) for f in detector.detect([text])[0] if f.confidence >= 0.85]
    assert found == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "<td>4111</td><td>1111</td><td>1111</td><td>1111</td>",
        "5% of 40 is 2*3*4 = 24 & 3 < 4",
        "a*b*c and __init__ and `code` and ~~old~~",
        "write to us\nThanks @all",
        "1234\n5678\n9012",
        "git@github.com:org/repo.git and icon@2x.png and pkg@1.2.3",
        "10lbs and 5Oz, lO1 l00l",
        "&nbsp;&amp;&lt;&unknown; %zz %20",
    ],
)
def test_markup_makes_nothing_up(text):
    assert [f for f in detector.detect([text])[0] if f.confidence >= 0.4] == []


def test_a_line_after_an_address_does_not_join_it():
    text = "write jane@example.com\nThanks a lot"
    assert [text[f.start : f.end] for f in detector.detect([text])[0]] == ["jane@example.com"]


def test_a_cut_leads_back():
    cut = Cut("a<b>4</b>1&#49;c", iter([(1, 4, ""), (5, 9, ""), (10, 15, "1")]))
    assert cut.text == "a411c"
    assert cut.span(1, 4) == (4, 15)
    assert cut.span(0, 1) == (0, 1)
    assert cut.crosses(1, 4)
    assert cut.crosses(3, 4)
    assert not cut.crosses(0, 1)
    assert not cut.crosses(4, 5)


def test_plain_text_is_not_cut():
    assert unmarked("plain text, 5 > 4") is None
    assert unwrapped("one line") is None
    assert unwrapped("words\nand words") is None
