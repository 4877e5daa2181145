"""exact_duplicates and near_duplicates on hand-made cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from tests.fixtures.examples import conversation, dropped, example, fate, held, kept
from tests.fixtures.similarity import plain_similarity
from tunewright.core.types import Keep
from tunewright.data.findings import CONFIRMED, DISMISSED, finding_key
from tunewright.data.options import StepOptions
from tunewright.data.planted import plant
from tunewright.data.runner import run_pipeline
from tunewright.data.set_join import SetPairs
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


def held_pair(**options):
    rows = [
        example(LONG, "yes", record="1"),
        example(LONG + "!", "no", record="2"),
        example(LONG, "yes", record="3"),
    ]
    return rows, near_duplicates(NearDuplicatesOptions(**options), {}, 42)


def test_contradicting_labels_of_one_prompt_wait_for_a_person():
    rows, run = held_pair()
    outcomes = run(rows)
    assert [fate(outcome) for outcome in outcomes] == ["conflict", "conflict", "near_duplicate"]
    finding = held(outcomes)[0].findings[0]
    assert (finding.kind, finding.turn, finding.start, finding.end) == ("conflict", 0, 0, len(LONG))
    assert finding.confidence == 1.0
    assert rows[1].id in finding.note
    assert LONG not in finding.note
    assert outcomes.measured["contradictions"] == 2


def test_below_conflict_from_contradictions_are_only_marked():
    rows = [example(LONG, "yes", record="1"), example(LONG + " please", "no", record="2")]
    outcomes = near_duplicates(NearDuplicatesOptions(conflict_from=0.95), {}, 42)(rows)
    assert [fate(outcome) for outcome in outcomes] == ["kept", "kept"]
    assert kept(outcomes)[0].label("conflict") == rows[1].id


def decided(rows, wrong=None, right=None):
    decisions = {}
    for at, outcome in held(near_duplicates(NearDuplicatesOptions(), {}, 42)(rows)).items():
        key = finding_key(rows[at].origin, outcome.findings[0])
        if at in (wrong, right):
            decisions[key] = CONFIRMED if at == wrong else DISMISSED
    return near_duplicates(NearDuplicatesOptions(), decisions, 42)(rows)


def test_a_label_that_a_person_calls_wrong_goes_and_sets_the_other_one_free():
    rows, _ = held_pair()
    assert [fate(outcome) for outcome in decided(rows, wrong=1)] == ["kept", "conflict", "near_duplicate"]
    assert dropped(decided(rows, wrong=1))[1].of == rows[0].id


def test_a_label_that_a_person_calls_right_stays_and_the_other_one_still_waits():
    rows, _ = held_pair()
    outcomes = decided(rows, right=0)
    assert [fate(outcome) for outcome in outcomes] == ["kept", "conflict", "near_duplicate"]
    assert 1 in held(outcomes)


def test_a_dismissed_duplicate_comes_back():
    rows = [example(LONG, "yes", record="1"), example(LONG + "!", "yes", record="2")]
    finding = dropped(near(rows))[1].findings[0]
    decisions = {finding_key(rows[1].origin, finding): DISMISSED}
    outcomes = near_duplicates(NearDuplicatesOptions(), decisions, 42)(rows)
    assert [fate(outcome) for outcome in outcomes] == ["kept", "kept"]


def test_decisions_reach_a_corpus_step_through_the_runner():
    rows, _ = held_pair()
    needs = {"decisions": {}, "seed": 42}
    steps = [StepOptions(use="near_duplicates")]
    first = run_pipeline(rows, steps, needs=needs)
    assert [row.outcome for row in first.outcomes] == ["held", "held", "dropped"]
    key = first.outcomes[1].findings[0].key
    second = run_pipeline(rows, steps, needs={**needs, "decisions": {key: CONFIRMED}})
    assert [row.outcome for row in second.outcomes] == ["kept", "dropped", "dropped"]
    assert second.step_counts[0].measured["contradictions"] == 1


def test_the_evidence_goes_with_the_drop():
    rows = [example(LONG, "yes", record="1"), example(LONG.replace("wrong", "wrogn"), "yes", record="2")]
    drop = dropped(near(rows))[1]
    assert drop.findings[0].kind == "near_duplicate"
    assert drop.findings[0].confidence == round(
        plain_similarity(*(row.messages[0].content for row in rows)), 4
    )
    assert rows[0].id in drop.findings[0].note


ANSWER = "You can cancel a transfer from the app until it has left our bank: open it and press cancel."


def test_nearly_the_same_free_reply_is_the_same_reply():
    rows = [
        example(LONG, ANSWER, record="1"),
        example(LONG + "!", ANSWER.replace("press", "tap"), record="2"),
    ]
    assert [fate(outcome) for outcome in near(rows)] == ["kept", "near_duplicate"]


def test_another_free_reply_is_a_variant_and_no_contradiction():
    other = (
        "We are sorry to hear that. Please send us the number of the transfer and we will look into it today."
    )
    rows = [example(LONG, ANSWER, record="1"), example(LONG + "!", other, record="2")]
    outcomes = near_duplicates(NearDuplicatesOptions(), {}, 42)(rows)
    assert [fate(outcome) for outcome in outcomes] == ["kept", "kept"]
    assert kept(outcomes)[0].label("variant") == rows[1].id
    assert kept(outcomes)[0].label("conflict") == ""


PROMPTS = [
    f"{verb} my {thing} {when}"
    for verb in ("where is", "please cancel", "I lost")
    for thing in ("card", "transfer of ten pounds")
    for when in ("today", "since the ninth of May")
]


def test_repeated_free_replies_are_counted_and_capped_on_request():
    rows = [example(prompt, ANSWER + "!" * at, record=str(at)) for at, prompt in enumerate(PROMPTS)]
    outcomes = near(rows)
    assert {fate(outcome) for outcome in outcomes} == {"kept"}
    assert outcomes.measured["repeated_replies"] == len(PROMPTS) - 1
    assert outcomes.measured["most_repeated_reply"] == len(PROMPTS)
    capped = near_duplicates(NearDuplicatesOptions(reply_repeats_max=4), {}, 42)(rows)
    assert [fate(outcome) for outcome in capped] == ["kept"] * 4 + ["repeated_reply"] * (len(PROMPTS) - 4)
    assert {drop.of for drop in dropped(capped).values()} == {rows[0].id}


@pytest.mark.parametrize(
    "label", ["cancel", '{"intent": "cancel", "team": "the team for payments and other things like that"}']
)
def test_labels_repeat_by_nature(label):
    rows = [example(prompt, label, record=str(at)) for at, prompt in enumerate(PROMPTS)]
    outcomes = near_duplicates(NearDuplicatesOptions(reply_repeats_max=1), {}, 42)(rows)
    assert {fate(outcome) for outcome in outcomes} == {"kept"}
    assert outcomes.measured["repeated_replies"] == 0


def test_planted_copies_are_found_and_stay_out():
    rows = [example(prompt, "ok", record=str(at)) for at, prompt in enumerate(PROMPTS)]
    outcomes = near(rows)
    assert len(kept(outcomes)) == len(rows)
    assert outcomes.measured["planted"] >= 6
    assert outcomes.measured["planted_found"] == outcomes.measured["planted"]
    none = near_duplicates(NearDuplicatesOptions(planted=0), {}, 42)(rows)
    assert none == outcomes
    assert none.measured["planted"] == 0


def test_a_search_that_misses_copies_is_seen(monkeypatch):
    """The planted copies must be able to fail: here the search compares nothing."""
    nothing = SetPairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    monkeypatch.setattr("tunewright.data.set_join.SetJoin.thin", lambda *_, **__: nothing)
    rows = [example(prompt, "ok", record=str(at)) for at, prompt in enumerate(PROMPTS)]
    measured = near(rows).measured
    assert measured["planted"] >= 6
    assert measured["planted_found"] == 0


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95])
def test_planted_copies_are_at_or_above_the_threshold(threshold):
    ids = [str(at) for at in range(len(PROMPTS))]
    texts = [f"{prompt} and {' '.join(PROMPTS)}" for prompt in PROMPTS]
    copies = plant(ids, texts, threshold, 20, 10, 7)
    assert copies
    for copy in copies:
        assert copy.text != texts[copy.index]
        assert plain_similarity(copy.text, texts[copy.index], 20) >= threshold
    turned = plant(ids[::-1], texts[::-1], threshold, 20, 10, 7)
    assert {(texts[::-1][c.index], c.text) for c in turned} == {(texts[c.index], c.text) for c in copies}


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
