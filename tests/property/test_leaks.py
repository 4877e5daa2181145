"""No leak: neither from training to what is held out, nor to the golden set, whatever the corpus."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.examples import conversation, dropped, example, kept
from tests.fixtures.similarity import plain_form, plain_similarity
from tunewright.core.errors import DataError
from tunewright.data.steps.decontaminate import DecontaminateOptions, decontaminate
from tunewright.data.steps.split import SplitOptions, split

WORD = st.sampled_from(
    [
        "card",
        "lost",
        "my",
        "please",
        "transfer",
        "the",
        "fee",
        "why",
        "pin",
        "account",
        "top-up",
        "é",
        "何",
        "account's",
        "statement",
        "branch",
    ]
)
SENTENCE = st.lists(WORD, min_size=1, max_size=16).map(" ".join)
RUNS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def golden_and_rows(draw):
    """Golden items, and rows that repeat them whole, in part, with words around or changed, or not at all."""
    golden = [
        example(text, record=f"g{n}", source="golden.jsonl")
        for n, text in enumerate(draw(st.lists(SENTENCE, min_size=1, max_size=4)))
    ]
    rows = []
    for number in range(draw(st.integers(0, 14))):
        text = draw(SENTENCE)
        if draw(st.booleans()):
            item = draw(st.sampled_from(golden)).messages[0].content
            text = draw(
                st.sampled_from([item, item.upper() + "!", f"{text} {item}", f"{item} {text}", item[1:]])
            )
        turns = [("user", text), ("assistant", "ok")]
        if draw(st.integers(0, 4)) == 0:
            turns = [("user", draw(SENTENCE)), ("assistant", "and?"), *turns]
        rows.append(conversation(turns, record=str(number)))
    return golden, rows


def shares_a_run(text: str, item: str) -> bool:
    """Thirteen words in a row, or the whole item if it has ten or more."""
    words, of_item = plain_form(text).split(" "), plain_form(item).split(" ")
    size = min(len(of_item), 13)
    if size < 10:
        return False
    runs = {tuple(of_item[at : at + size]) for at in range(len(of_item) - size + 1)}
    return any(tuple(words[at : at + size]) in runs for at in range(len(words) - size + 1))


def texts_of(row):
    turns = [m.content for m in row.messages if m.role == "user"]
    return ["\n".join(turns), *(turns if len(turns) > 1 else [])]


@RUNS
@given(golden_and_rows())
def test_what_stays_is_not_near_a_golden_item_and_holds_no_run_of_one(case):
    golden, rows = case
    outcomes = decontaminate(DecontaminateOptions(common_above=1000), golden)(rows)
    by_id = {item.id: item for item in golden}
    for row in kept(outcomes):
        for item in golden:
            for text in texts_of(row):
                assert plain_similarity(text, item.messages[0].content) < 0.8
                assert not shares_a_run(text, item.messages[0].content)
    for at, drop in dropped(outcomes).items():
        item = by_id[drop.of].messages[0].content
        assert any(
            plain_similarity(text, item) >= 0.8 or shares_a_run(text, item) for text in texts_of(rows[at])
        )


@RUNS
@given(
    st.lists(
        st.tuples(SENTENCE, st.integers(0, 60), st.sampled_from(["", "", "", "t1", "t2"])),
        min_size=30,
        max_size=70,
    ),
    st.booleans(),
)
def test_nothing_held_out_is_near_the_rest_or_of_its_thread(corpus, by_time):
    rows = [
        example(text, record=str(n), thread=thread, received_at=f"2026-01-{1 + day % 28:02d}" if day else "")
        for n, (text, day, thread) in enumerate(corpus)
    ]
    try:
        outcomes = split(SplitOptions(by_time=by_time), 3)(rows)
    except DataError:
        return
    parts = {row.id: row.label("split") for row in kept(outcomes)}
    for at, first in enumerate(rows):
        for second in rows[at + 1 :]:
            if parts[first.id] != parts[second.id]:
                assert plain_similarity(first.messages[0].content, second.messages[0].content) < 0.7
                assert not first.origin.thread or first.origin.thread != second.origin.thread
