"""Coverage: a planted gap is found, an even world raises no alarm, and the page hides what it must."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Sequence
from html.parser import HTMLParser

import numpy as np
import pytest

from tunewright.core.canonical import canonical_json
from tunewright.core.errors import DataError
from tunewright.data.coverage import measure
from tunewright.data.coverage_page import render
from tunewright.data.coverage_types import Coverage, CoverageOptions, Item
from tunewright.data.coverage_words import described
from tunewright.engines import load

TOPICS = {
    "card": [
        "card",
        "arrived",
        "blocked",
        "plastic",
        "chip",
        "contactless",
        "terminal",
        "reader",
        "wallet",
        "issued",
    ],
    "loan": [
        "loan",
        "mortgage",
        "instalment",
        "borrow",
        "repay",
        "collateral",
        "lender",
        "credit",
        "tenure",
        "surety",
    ],
    "fees": [
        "fee",
        "charge",
        "cost",
        "commission",
        "tariff",
        "billed",
        "invoice",
        "surcharge",
        "monthly",
        "waived",
    ],
    "rate": [
        "exchange",
        "rate",
        "currency",
        "convert",
        "foreign",
        "spread",
        "market",
        "quote",
        "yen",
        "forex",
    ],
    "code": [
        "password",
        "pin",
        "login",
        "code",
        "locked",
        "verify",
        "identity",
        "selfie",
        "passport",
        "biometrics",
    ],
}


def texts(topic: str, count: int, seed: str) -> list[str]:
    draw = random.Random(f"{topic} {seed}")
    return [" ".join(draw.choices(TOPICS[topic], k=7)) for _ in range(count)]


def items(counts: dict[str, int], seed: str) -> list[Item]:
    return [
        Item(hashlib.sha256(f"{seed} {topic} {n}".encode()).hexdigest(), text, f"{topic}.csv#{n}")
        for topic, count in counts.items()
        for n, text in enumerate(texts(topic, count, seed))
    ]


EVEN_TRAIN = items(dict.fromkeys(TOPICS, 120), "train")
HASHED = load("embed", "hashed")


def measured(train: Sequence[Item], golden: Sequence[Item], **options: object) -> Coverage:
    return measure(
        train, {"golden": golden, "production": []}, HASHED, CoverageOptions.model_validate(options)
    )


def topics_of(coverage: Coverage, ids: Sequence[str]) -> set[str]:
    where = {item.id: item.where for item in coverage.items["golden"]}
    return {where[key].partition(".")[0] for key in ids}


def test_a_topic_without_training_is_a_gap_and_nothing_else_is() -> None:
    train = items({**dict.fromkeys(TOPICS, 120), "rate": 0}, "train")
    found = measured(train, items(dict.fromkeys(TOPICS, 40), "golden"))
    assert found.gaps
    assert topics_of(found, [key for gap in found.gaps for key in gap.ids]) == {"rate"}
    assert all(gap.verdict == "missing" and gap.neighbours <= 0.1 * gap.expected for gap in found.gaps)
    flagged = [row for row in found.clusters if row.compared["golden"].verdict in ("missing", "under")]
    labels = found.labels["golden"]
    inside = {
        found.items["golden"][at].where[:4]
        for at, label in enumerate(labels)
        if label in {r.number for r in flagged}
    }
    assert inside == {"rate"}
    assert found.outlying[0].low > 0.05
    far = {edge.where[:4] for edge in found.edges if edge.side == "golden"}
    assert "rate" in far


def test_even_sides_raise_no_alarm() -> None:
    found = measured(EVEN_TRAIN, items(dict.fromkeys(TOPICS, 40), "golden"))
    assert found.gaps == ()
    assert {row.compared["golden"].verdict for row in found.clusters} == {"even"}
    told = found.outlying[0]
    assert told.low <= told.expected <= told.high


def test_a_surplus_is_over_and_counts_add_up() -> None:
    train = items({**dict.fromkeys(TOPICS, 60), "fees": 400}, "train")
    golden = items(dict.fromkeys(TOPICS, 60), "golden")
    found = measured(train, golden, clusters=5)
    over = [row for row in found.clusters if row.compared["golden"].verdict == "over"]
    assert len(over) == 1
    labels = found.labels["train"]
    assert {
        found.items["train"][at].where[:4] for at, label in enumerate(labels) if label == over[0].number
    } == {"fees"}
    assert sum(row.shares["train"].count for row in found.clusters) == len(train)
    assert sum(row.shares["golden"].count for row in found.clusters) == len(golden)
    for row in found.clusters:
        share = row.shares["train"]
        assert share.low <= share.share <= share.high
        assert row.compared["golden"].low <= row.compared["golden"].ratio <= row.compared["golden"].high


def test_a_question_asked_a_hundred_times_is_no_gap() -> None:
    golden = items(dict.fromkeys(TOPICS, 40), "golden")
    again = [Item(f"{n:064d}", golden[3].text, f"again#{n}") for n in range(100)]
    assert measured(EVEN_TRAIN, [*golden, *again]).gaps == ()


def test_order_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    golden = items({**dict.fromkeys(TOPICS, 30), "rate": 60}, "golden")
    first = measured(EVEN_TRAIN, golden, fit_on=200, probes=100)
    shuffled = measured(random.Random(2).sample(EVEN_TRAIN, 600), golden[::-1], fit_on=200, probes=100)
    assert canonical_json(shuffled.as_dict()) == canonical_json(first.as_dict())
    monkeypatch.setattr("tunewright.data.coverage._READ", 37)
    assert canonical_json(measured(EVEN_TRAIN, golden, fit_on=200, probes=100).as_dict()) == canonical_json(
        first.as_dict()
    )


def test_the_nearest_training_example_is_the_nearest() -> None:
    golden = items(dict.fromkeys(TOPICS, 10), "golden")
    found = measured(EVEN_TRAIN, golden, quantile=0.999)
    edges = {edge.id: edge.similarity for edge in found.edges if edge.side == "golden"}
    train = HASHED.embed([item.text for item in EVEN_TRAIN]).astype(np.float64)
    for item in golden:
        best = float((train @ HASHED.embed([item.text])[0]).max())
        if item.id in edges:
            assert edges[item.id] == pytest.approx(best, abs=2e-5)
        else:
            assert best >= found.border - 2e-5


def test_too_little_is_refused() -> None:
    with pytest.raises(DataError, match="too few"):
        measured(EVEN_TRAIN[:20], items({"card": 5}, "golden"))
    with pytest.raises(DataError, match="too few"):
        measured(EVEN_TRAIN, [])


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_masks_escapes_and_asks_for_nothing_outside() -> None:
    train = items({**dict.fromkeys(TOPICS, 120), "rate": 0}, "train")
    golden = items(dict.fromkeys(TOPICS, 40), "golden")
    golden = [
        Item(
            i.id,
            f"{i.text} <script>alert(1)</script> write to ada{n}@example.org or 4111 1111 1111 1111",
            i.where,
        )
        for n, i in enumerate(golden)
    ]
    found = described(measured(train, golden), load("pii", "patterns"))
    html = render("Coverage of <snapshot>", found)
    page = _Page()
    page.feed(html)
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe", "form", "a")]
    assert not [
        attrs
        for _, attrs in page.tags
        if "style" in attrs or "src" in attrs or "href" in attrs or any(key.startswith("on") for key in attrs)
    ]
    assert not re.search(
        r"@example\.org|4111 1|https?://(?!www\.w3\.org)", page.text + json.dumps(found.as_dict())
    )
    assert "‹email›" in page.text
    assert "Coverage of <snapshot>" in page.text
    assert sum(tag == "circle" for tag, _ in page.tags) > 200
    assert all(gap.examples for gap in found.gaps)
    assert any(set(gap.words) & set(TOPICS["rate"]) for gap in found.gaps)
    words = {word for row in found.clusters for word in row.words}
    assert not {word for word in words if word.startswith("ada") or any(letter.isdigit() for letter in word)}
