"""Scores, slices, confusions, label detection, and the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tunewright.core.errors import UsageError
from tunewright.core.types import Example, Message, Origin
from tunewright.evaluate.compare import all_scores, confusions, hits_of, slices
from tunewright.evaluate.report import Evaluation, own_metrics, render, score_of
from tunewright.evaluate.suite import as_labels, limited
from tunewright.metrics.catalog import metric


def item(number: int, intent: str, tag: str, source: str = "golden.jsonl") -> Example:
    reference = f'{{"intent": "{intent}", "team": "cards"}}'
    origin = Origin(source, str(number), "0" * 64)
    return Example(
        f"{number:064x}", (Message("user", f"question {number}"),), origin, reference, labels=(f"tag:{tag}",)
    )


ITEMS = [item(i, "lost" if i % 2 else "stolen", "even" if i % 2 == 0 else "odd") for i in range(40)]
TUNED = [i.reference if n < 34 else '{"intent": "other", "team": "cards"}' for n, i in enumerate(ITEMS)]
BASE = [i.reference if n < 10 else "I do not know" for n, i in enumerate(ITEMS)]
METRICS = [metric(name) for name in ("exact_match", "json_valid", "json_field:intent", "json_field:team")]
PRIMARY = "json_field:intent"
HITS = {"": hits_of(TUNED, ITEMS, METRICS), "base": hits_of(BASE, ITEMS, METRICS)}
SCORES = all_scores(HITS, ITEMS, METRICS, PRIMARY)


def test_every_named_score_is_there() -> None:
    names = [score.metric for score in SCORES if not score.slice]
    assert len(names) == len(set(names)) == 4 * 4
    for name in ("exact_match", "json_valid", PRIMARY, "json_field:team"):
        assert {name, f"base.{name}", f"difference.{name}", f"mcnemar_p.{name}"} <= set(names)
    assert own_metrics(SCORES) == ["exact_match", "json_valid", PRIMARY, "json_field:team"]
    tuned, base = score_of(SCORES, PRIMARY), score_of(SCORES, f"base.{PRIMARY}")
    assert tuned is not None
    assert base is not None
    assert (tuned.value, tuned.n, base.value) == (34 / 40, 40, 10 / 40)
    difference = score_of(SCORES, f"difference.{PRIMARY}")
    assert difference is not None
    assert difference.value == pytest.approx(24 / 40)
    assert 0.4 < difference.low < difference.value < difference.high < 0.8


def test_production_is_compared_under_its_own_names() -> None:
    hits = {**HITS, "production": HITS[""], "linear": HITS["base"]}
    scores = all_scores(hits, ITEMS, METRICS, PRIMARY)
    difference = score_of(scores, f"difference_production.{PRIMARY}")
    p = score_of(scores, f"mcnemar_p_production.{PRIMARY}")
    assert difference is not None
    assert p is not None
    assert (difference.value, p.value) == (0, 1)
    assert score_of(scores, f"linear.{PRIMARY}") is not None
    assert score_of(scores, f"difference_linear.{PRIMARY}") is None
    assert own_metrics(scores) == own_metrics(SCORES)


def test_slices_partition_the_items_of_a_tag() -> None:
    assert {name: len(numbers) for name, numbers in slices(ITEMS).items()} == {"tag=even": 20, "tag=odd": 20}
    both = [*ITEMS[:3], item(99, "lost", "odd", source="other.jsonl")]
    assert slices(both)["golden=other.jsonl"] == [3]
    whole = score_of(SCORES, PRIMARY)
    parts = [s for s in SCORES if s.slice and s.metric == PRIMARY]
    assert whole is not None
    assert sum(s.value * s.n for s in parts) == pytest.approx(whole.value * whole.n)


def test_mistakes_are_grouped() -> None:
    wrong = [i for i, value in enumerate(HITS[""][PRIMARY]) if value < 1]
    found = confusions(TUNED, ITEMS, wrong, PRIMARY)
    assert [(c.expected, c.answered, len(c.items)) for c in found] == [
        ("lost", "other", 3),
        ("stolen", "other", 3),
    ]
    base = confusions(BASE, ITEMS, range(10, 40), PRIMARY)
    assert {c.answered for c in base} == {"(not JSON)"}
    assert sum(len(c.items) for c in base) == 30
    assert confusions(["", "x"], ITEMS[:2], [0, 1], "exact_match")[0].answered in ("(nothing)", "x")


def test_a_metric_that_does_not_suit_is_refused() -> None:
    plain = [Example("0" * 64, (Message("user", "q"),), ITEMS[0].origin, "plain text")]
    with pytest.raises(UsageError, match="not JSON"):
        hits_of(["x"], plain, METRICS)


def _train(pairs: list[tuple[str, str]]) -> list[Example]:
    return [
        Example(f"{n:064x}", (Message("user", q), Message("assistant", a)), Origin("s", str(n), "0" * 64))
        for n, (q, a) in enumerate(pairs)
    ]


def test_labels_are_recognised_and_spelled_as_usual() -> None:
    answers = ['{"intent": "lost", "team": "cards"}'] * 12 + ['{"team":"cards","intent":"lost"}'] * 3
    answers += (
        ['{"intent": "stolen", "team": "cards"}'] * 10
        + ["sorry?"] * 3
        + ['{"intent": "once", "team": "cards"}']
    )
    found = as_labels(_train([(f"q{n}", a) for n, a in enumerate(answers)]), ITEMS)
    assert found is not None
    assert set(found.labels) == {
        '{"intent": "lost", "team": "cards"}',
        '{"intent": "stolen", "team": "cards"}',
    }
    assert len(found.texts) == 25


def test_free_text_answers_are_no_labels() -> None:
    free = [Example(i.id, i.messages, i.origin, reference="some free text") for i in ITEMS]
    assert as_labels(_train([(f"q{n}", f"answer number {n}") for n in range(100)]), free) is None
    assert as_labels(_train([(f"q{n}", "always") for n in range(100)]), free) is None
    short = as_labels(_train([(f"q{n}", "yes" if n % 2 else "no") for n in range(100)]), free)
    assert short is not None
    assert set(short.labels) == {"yes", "no"}


def test_canaries_are_not_learned_by_the_baseline() -> None:
    rows = _train([(f"q{n}", "yes" if n % 2 else "no") for n in range(40)])
    planted = [Example(e.id, e.messages, e.origin, labels=("canary:c01",)) for e in rows[:10]]
    free = [Example(i.id, i.messages, i.origin, reference="yes") for i in ITEMS]
    found = as_labels([*planted, *rows[10:]], free)
    assert found is not None
    assert len(found.texts) == 30


def test_a_limit_draws_the_same_items_whatever_the_order() -> None:
    drawn = limited(ITEMS, 10)
    assert len(drawn) == 10
    assert {i.id for i in limited(ITEMS[::-1], 10)} == {i.id for i in drawn}
    assert drawn == [i for i in ITEMS if i in drawn]
    assert limited(ITEMS, None) == limited(ITEMS, 99) == ITEMS


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs


def page_of(question: str, answer: str, tag: str) -> str:
    one = Example(
        "1" * 64,
        (Message("user", question),),
        Origin("golden.jsonl", "1", "0" * 64),
        "right",
        labels=(f"tag:{tag}",),
    )
    metrics = [metric("exact_match")]
    scores = all_scores({"": hits_of([answer], [one], metrics)}, [one], metrics, "exact_match")
    return render(
        Evaluation(
            "model/m@1.0.0",
            "base/b@1",
            "",
            "ab" * 32,
            ("golden/g@1",),
            "exact_match",
            tuple(scores),
            ("a note",),
            [one],
            {"": [answer]},
            confusions([answer], [one], [0], "exact_match"),
        )
    )


def test_the_page_is_self_contained_and_escapes_everything() -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'</title>"
    text = page_of(attack, attack, attack)
    parsed = _Tags()
    parsed.feed(text)
    assert not {"script", "img", "link", "iframe", "object"} & set(parsed.seen)
    assert not [
        name for name, _ in parsed.attributes if name.startswith("on") or name in ("src", "href", "style")
    ]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "default-src &#x27;none&#x27;" in text
    assert not re.search(r"https?://", text)


def test_the_page_shows_the_figures() -> None:
    scores = tuple(SCORES)
    shown = Evaluation(
        "model/m@1.0.0", "base/b@1", "", "ab" * 32, ("golden/g@1",), PRIMARY, scores, (), ITEMS,
        {"": TUNED, "base": BASE}, confusions(TUNED, ITEMS, list(range(34, 40)), PRIMARY),
    )  # fmt: skip
    text = render(shown)
    for figure in (
        "85.0 %",
        "25.0 %",
        "+60.0",
        "p &lt; 0.0001",
        "tag=even",
        "golden.jsonl#34",
        "I do not know",
    ):
        assert figure in text
