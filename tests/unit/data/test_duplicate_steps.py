"""exact_duplicates and near_duplicates on hand-made cases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from tests.fixtures.examples import conversation, dropped, example, fate, kept
from tunewright.core.types import Keep
from tunewright.data.steps.exact_duplicates import ExactDuplicatesOptions, exact_duplicates
from tunewright.data.steps.near_duplicates import NearDuplicatesOptions, near_duplicates

exact = exact_duplicates(ExactDuplicatesOptions())
near = near_duplicates(NearDuplicatesOptions(conflicts="mark"), {}, 42)


def test_the_lowest_record_number_is_kept():
    late, early = example("lost card", record="T10"), example("lost card", record="C9")
    outcomes = exact([late, early])
    assert [fate(outcome) for outcome in outcomes] == ["exact_duplicate", "kept"]
    assert dropped(outcomes)[0].of == early.id


def test_without_numbers_the_earliest_date_is_kept_and_undated_comes_last():
    rows = [
        example("lost card", record="row-b", received_at=""),
        example("lost card", record="row-a", received_at="2026-02-01"),
        example("lost card", record="row-c", received_at="2026-01-01"),
    ]
    assert [fate(outcome) for outcome in exact(rows)] == ["exact_duplicate", "exact_duplicate", "kept"]


def test_the_instruction_does_not_make_a_conversation_another_one():
    plain = conversation([("user", "lost card"), ("assistant", "block it")], record="1")
    instructed = conversation(
        [("system", "Triage."), ("user", "lost card"), ("assistant", "block it ")], record="2"
    )
    assert [fate(outcome) for outcome in exact([plain, instructed])] == ["kept", "exact_duplicate"]


@pytest.mark.parametrize(
    "other",
    [
        [("user", "lost card"), ("assistant", "ask again")],
        [("user", "Lost card"), ("assistant", "block it")],
        [("user", "lost card"), ("assistant", "block it"), ("user", "thanks"), ("assistant", "welcome")],
    ],
)
def test_what_differs_is_no_exact_duplicate(other):
    first = conversation([("user", "lost card"), ("assistant", "block it")])
    assert [fate(outcome) for outcome in exact([first, conversation(other)])] == ["kept", "kept"]


LONG = "I made a mistake and did a transaction to a wrong account, can I cancel it now?"


def test_a_near_prompt_with_the_same_reply_goes():
    rows = [example(LONG, "yes", record="1"), example(LONG.replace("wrong", "wrogn"), "yes", record="2")]
    outcomes = near(rows)
    assert [fate(outcome) for outcome in outcomes] == ["kept", "near_duplicate"]
    assert dropped(outcomes)[1].of == rows[0].id


def test_json_replies_are_compared_by_value():
    rows = [
        example(LONG, '{"intent": "cancel", "team": "pay"}', record="1"),
        example(LONG + "!", '{"team":"pay","intent":"cancel"}', record="2"),
    ]
    assert [fate(outcome) for outcome in near(rows)] == ["kept", "near_duplicate"]


def test_a_near_prompt_with_another_reply_stays_and_is_marked():
    rows = [
        example(LONG, "yes", record="1"),
        example(LONG + "!", "no", record="2"),
        example("unrelated words here"),
    ]
    passed = kept(near(rows))
    assert len(passed) == 3
    assert passed[0].label("conflict") == rows[1].id
    assert passed[1].label("conflict") == rows[0].id
    assert passed[2].labels == ()
    assert [e.messages for e in passed] == [e.messages for e in rows]


def test_different_personal_data_does_not_hide_a_repetition():
    rows = [
        example(f"{LONG} My mail is [EMAIL].", record="1"),
        example(f"{LONG} My mail is [EMAIL_ADDRESS_LONG_NAME].", record="2"),
    ]
    assert [fate(outcome) for outcome in near(rows)] == ["kept", "near_duplicate"]


def test_redactions_alone_do_not_make_duplicates():
    rows = [
        example("[DATE_OF_BIRTH] [NATIONAL_ID] [IBAN] up", record="1"),
        example("[DATE_OF_BIRTH] [NATIONAL_ID] [IBAN] no", record="2"),
        example("[CARD]", record="3"),
        example("[CARD]", record="4"),
    ]
    assert [fate(outcome) for outcome in near(rows)] == ["kept"] * 4


def test_what_is_dropped_is_near_something_kept():
    """a~b and b~c but not a~c: c must not vanish because of a b that is gone itself."""
    a, b, c = (
        " ".join(["w"] * 0 + [f"tok{n}" for n in span]) for span in (range(0, 40), range(4, 44), range(8, 48))
    )
    rows = [example(text, record=str(at)) for at, text in enumerate((a, b, c), 1)]
    assert [fate(outcome) for outcome in near(rows)] == ["kept", "near_duplicate", "kept"]


def test_a_second_run_changes_nothing():
    rows = [
        example(LONG, "yes", record="1"),
        example(LONG + "!", "no", record="2"),
        example(LONG + " !", "no", record="3"),
    ]
    once = kept(near(rows))
    assert all(isinstance(outcome, Keep) for outcome in near(once))
    assert kept(near(once)) == once


def test_labels_of_others_are_left_alone():
    rows = [
        replace(example(LONG, "yes", record="1"), labels=("tag:a",)),
        example(LONG + "!", "no", record="2"),
    ]
    assert kept(near(rows))[0].labels[0] == "tag:a"


def test_options_refuse_what_cannot_be():
    with pytest.raises(ValidationError):
        NearDuplicatesOptions(threshold=0)
    with pytest.raises(ValidationError):
        NearDuplicatesOptions.model_validate({"treshold": 0.8})
