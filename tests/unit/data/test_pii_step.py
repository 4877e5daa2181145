"""What the pii step does with findings, confidences and people's decisions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from tests.fixtures.examples import conversation, example, held, kept
from tunewright.core.types import Edit, Finding, Hold, Keep
from tunewright.data.findings import finding_key
from tunewright.data.pseudonyms import Pseudonyms
from tunewright.data.steps.pii import PiiOptions, pii
from tunewright.engines.pii.patterns import PatternDetector


class WordDetector:
    """Finds ``sure``, ``maybe`` and ``faint`` with the confidence of the word. A real, tiny detector."""

    version = "words@1"
    kinds = ("sure", "maybe", "faint")

    def detect(self, texts: Sequence[str]) -> list[list[Finding]]:
        scores = {"sure": 0.9, "maybe": 0.6, "faint": 0.2}
        found = []
        for text in texts:
            spans = [(text.find(word), word, score) for word, score in scores.items() if word in text]
            found.append(
                [
                    Finding(word, 0, at, at + len(word), score, self.version)
                    for at, word, score in sorted(spans)
                ]
            )
        return found


def run(examples, decisions=None, **options):
    return pii(PiiOptions(**options), WordDetector(), decisions or {})(examples)


def test_certain_findings_are_replaced_by_their_kind():
    one = conversation([("system", "sure thing"), ("user", "I am sure"), ("assistant", "plain")])
    outcome = run([one])[0]
    assert isinstance(outcome, Keep)
    assert [m.content for m in outcome.example.messages] == ["[SURE] thing", "I am [SURE]", "plain"]
    assert outcome.reasons == ("pii:sure",)
    assert [(f.turn, f.start, f.end, f.state) for f in outcome.findings] == [
        (0, 0, 4, "confirmed"),
        (1, 5, 9, "confirmed"),
    ]
    assert outcome.edits == (Edit(0, 0, 4, 6), Edit(1, 5, 9, 6))
    assert outcome.example.id == one.id


def test_doubtful_findings_wait_for_a_person():
    outcome = run([example("maybe and sure")])[0]
    assert isinstance(outcome, Hold)
    assert outcome.reason == "pii_doubtful"
    assert [(f.kind, f.state) for f in outcome.findings] == [("maybe", "open"), ("sure", "confirmed")]


def test_faint_findings_are_left_alone():
    one = example("a faint trace")
    assert run([one]) == [Keep(one)]


@pytest.mark.parametrize(
    ("decision", "text"), [("dismissed", "maybe and [SURE]"), ("confirmed", "[MAYBE] and [SURE]")]
)
def test_a_decision_lets_the_example_pass(decision, text):
    one = example("maybe and sure")
    open_finding = held(run([one]))[0].findings[0]
    passed = kept(run([one], {finding_key(one.origin, open_finding): decision}))
    assert passed[0].messages[0].content == text


def test_a_certain_finding_can_be_dismissed():
    one = example("I am sure")
    key = finding_key(one.origin, Finding("sure", 0, 5, 9, 0.9, "words@1"))
    outcome = run([one], {key: "dismissed"})[0]
    assert isinstance(outcome, Keep)
    assert outcome.example == one
    assert [f.state for f in outcome.findings] == ["dismissed"]


def test_a_decision_about_one_example_is_not_one_about_another():
    one, other = example("maybe", record="1"), example("maybe", record="2", source="other.csv")
    key = finding_key(one.origin, held(run([one]))[0].findings[0])
    assert [type(outcome) for outcome in run([one, other], {key: "dismissed"})] == [Keep, Hold]


def test_thresholds_and_kinds_are_options():
    assert isinstance(run([example("maybe")], redact_from=0.5)[0], Keep)
    assert isinstance(run([example("faint")], hold_from=0.1)[0], Hold)
    assert kept(run([example("sure")], ignore=("sure",)))[0].messages[0].content == "sure"
    with pytest.raises(ValidationError, match="above redact_from"):
        PiiOptions(redact_from=0.3, hold_from=0.5)


def test_several_findings_in_one_turn_keep_the_text_between():
    outcome = run([example("sure, maybe, sure")], hold_from=0.5, redact_from=0.5)[0]
    assert isinstance(outcome, Keep)
    assert outcome.example.messages[0].content == "[SURE], [MAYBE], sure"


def test_a_pseudonym_takes_the_place_of_the_value_and_the_edit_says_how_long_it_is():
    names = Pseudonyms(b"k" * 32)
    step = pii(PiiOptions(redaction="pseudonym"), PatternDetector(), {}, names)
    outcome = step([example("write to ada@telco.ie, SSN 536-90-4399")])[0]
    assert isinstance(outcome, Keep)
    text = outcome.example.messages[0].content
    assert (
        text
        == f"write to {names.surrogate('email', 'ada@telco.ie')}, SSN {names.surrogate('ssn', '536-90-4399')}"
    )
    assert [edit.length for edit in outcome.edits] == [len(names.surrogate("email", "ada@telco.ie")), 11]


def test_a_secret_never_gets_a_surrogate():
    key = "ghp_" + "a1B2" * 9
    step = pii(PiiOptions(redaction="pseudonym"), PatternDetector(), {}, Pseudonyms(b"k" * 32))
    assert step([example(f"token {key}")])[0].example.messages[0].content == "token [SECRET]"


def test_kinds_may_be_dropped_or_always_asked_about():
    assert run([example("sure")], by_kind={"sure": "drop"})[0].reason == "pii_not_wanted"
    asked = run([example("sure")], by_kind={"sure": "hold"})[0]
    assert isinstance(asked, Hold)
    one = example("sure")
    key = finding_key(one.origin, asked.findings[0])
    assert run([one], {key: "confirmed"}, by_kind={"sure": "hold"})[0].example.messages[0].content == "[SURE]"
    assert run([one], {key: "dismissed"}, by_kind={"sure": "hold"})[0].example.messages[0].content == "sure"


def test_only_pseudonyms_need_a_key():
    assert PiiOptions().unused() == {"pseudonyms"}
    assert PiiOptions(by_kind={"person": "pseudonym"}).unused() == set()


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        ("my card is 4111 1111", "1111 1111 is the rest", ("my card is [CARD]", "[CARD] is the rest")),
        ("DE89 3704 0044 05", "32 0130 00", ("[IBAN]", "[IBAN]")),
    ],
)
def test_a_number_typed_over_two_turns_is_found(first, second, hidden):
    turns = [("user", first), ("assistant", "go on"), ("user", second), ("assistant", "thanks")]
    outcome = pii(PiiOptions(), PatternDetector(), {})([conversation(turns)])[0]
    assert isinstance(outcome, Keep)
    assert (outcome.example.messages[0].content, outcome.example.messages[2].content) == hidden
    assert {f.turn for f in outcome.findings} == {0, 2}


def test_two_numbers_that_follow_each_other_are_not_one():
    turns = [("user", "order 123456"), ("assistant", "yes"), ("user", "and 789 euro"), ("assistant", "ok")]
    outcome = pii(PiiOptions(), PatternDetector(), {})([conversation(turns)])[0]
    assert isinstance(outcome, Keep)
    assert outcome.findings == ()


def test_the_organisations_own_contacts_are_nobodys():
    step = pii(PiiOptions(allow=("care@telco.ie", "+353 1 911 0420")), PatternDetector(), {})
    one, two = (
        example("mail care@telco.ie or ring +353-1-911-0420"),
        example("mail ada@telco.ie, my own address"),
    )
    assert step([one])[0] == Keep(one, ())
    assert step([two])[0].example.messages[0].content == "mail [EMAIL], my own address"
