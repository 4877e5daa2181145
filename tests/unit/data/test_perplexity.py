"""Strange replies and replies that no prompt explains, with a scorer made up and with the built-in base."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from tests.fixtures.examples import example
from tunewright.core.errors import UsageError
from tunewright.core.ports import TokenLosses
from tunewright.core.types import Drop, Example, Hold, Keep, Message
from tunewright.data.steps.perplexity import PerplexityOptions, perplexity


class Scorer:
    """Losses as the texts say: ``3.5`` in a reply is its loss alone, ``given 0.5`` in the prompt that with the prompt."""

    version = "scorer@1"

    def __init__(self, context: int = 10_000) -> None:
        self.asked: list[tuple[str, str]] = []
        self.context = context

    def token_losses(self, conversations: Sequence[Sequence[Message]]) -> list[TokenLosses]:
        for index, turns in enumerate(conversations):
            if sum(len(turn.content) for turn in turns) > self.context:
                raise UsageError("too long", hint="shorter", index=index)
        self.asked += [(turns[0].content, turns[-1].content) for turns in conversations]
        return [TokenLosses((self._loss(turns),) * 6) for turns in conversations]

    def _loss(self, turns: Sequence[Message]) -> float:
        prompt, reply = turns[0].content, turns[-1].content
        return float(prompt.split("given ")[1].split()[0]) if "given " in prompt else float(reply.split()[0])


def bulk(rows: int = 60) -> list[Example]:
    draw = random.Random(3)
    return [
        example(
            f"question {n} given {draw.uniform(1.0, 1.4):.3f}",
            f"{draw.uniform(1.9, 2.1):.3f} reply",
            record=f"B{n}",
        )
        for n in range(rows)
    ]


def judge(rows: list[Example], scorer: Scorer | None = None, **options) -> list:
    return perplexity(PerplexityOptions(**options), scorer or Scorer())(rows)


def test_a_strange_reply_is_held_and_the_rest_stays() -> None:
    outcomes = judge([*bulk(), example("given 4.0", "4.1 ka9 zzq", record="S")])
    assert isinstance(outcomes[-1], Hold)
    assert outcomes[-1].reason == "strange_reply"
    assert outcomes[-1].findings[0].note == "loss 4.00 given the prompt, 4.10 alone, ratio 0.98"
    assert all(isinstance(outcome, Keep) and not outcome.reasons for outcome in outcomes[:-1])


def test_a_reply_the_prompt_makes_less_likely_is_marked() -> None:
    outcomes = judge(
        [*bulk(), example("given 1.45", "1.0 short", record="U"), example("given 1.3", "1.5 x", record="V")]
    )
    assert outcomes[-2].example.label("doubt") == "unexplained_reply"
    assert isinstance(outcomes[-1], Keep)
    assert not outcomes[-1].reasons


def test_absolute_cap() -> None:
    rows = [example(f"given {loss}", "5.0 reply", record=str(loss)) for loss in (1.0, 2.0, 3.0)]
    outcomes = judge(rows, most_perplexity=math.exp(2.5), strange="drop")
    assert [type(outcome) for outcome in outcomes] == [Keep, Keep, Drop]


def test_each_source_is_its_own_measure() -> None:
    other = [
        example(f"odd {n} given {4 + n / 100:.2f}", "4.5 words", record=f"O{n}", source="other.csv")
        for n in range(40)
    ]
    outcomes = judge([*bulk(), *other])
    assert all(isinstance(outcome, Keep) and not outcome.reasons for outcome in outcomes)


def test_equal_texts_are_read_once() -> None:
    scorer = Scorer()
    rows = [example("given 1.2", "2.0 label", record=str(n)) for n in range(50)]
    judge(rows, scorer)
    assert sorted(scorer.asked) == [("", "2.0 label"), ("given 1.2", "2.0 label")]


def test_long_texts_are_cut_until_they_fit() -> None:
    scorer = Scorer(context=300)
    outcomes = judge([example("x" * 1000 + " given 1.2", "2.0 reply", record="L")], scorer)
    assert isinstance(outcomes[0], Keep)
    assert all(len(prompt) + len(reply) <= 300 for prompt, reply in scorer.asked)
    with pytest.raises(UsageError):
        judge([example("given 1.2", "2.0 reply", record="L")], Scorer(context=3))


def test_nothing_to_score() -> None:
    assert judge([]) == []
    assert isinstance(judge([example("a", "   ")])[0], Keep)


def test_order_changes_nothing_with_the_built_in_base() -> None:
    """The real scorer, whose batches depend on what else is there: decisions do not."""
    pytest.importorskip("torch")
    from tunewright.engines import load
    from tunewright.engines.language.model_folder import resolve_base

    draw = random.Random(1)
    words = [
        "card",
        "refund",
        "transfer",
        "please",
        "my",
        "the",
        "bank",
        "is",
        "late",
        "lost",
        "money",
        "account",
    ]
    rows = [
        example(
            " ".join(draw.choices(words, k=6)),
            f'{{"intent": "{draw.choice(words)}", "team": "{draw.choice(words)}"}}',
            record=f"R{n}",
        )
        for n in range(60)
    ]
    rows.append(example("my card is late", "qzx vvk jjq wqp zxxk 88 //// qqj", record="X"))
    scorer = load("perplexity", "transformers", base_dir=resolve_base("builtin"), threads=1)
    step = perplexity(PerplexityOptions(), scorer)
    first = dict(zip([row.id for row in rows], step(rows), strict=True))
    assert isinstance(first[rows[-1].id], Hold)
    assert first[rows[-1].id].reason == "strange_reply"
    mixed = draw.sample(rows, len(rows))
    assert dict(zip([row.id for row in mixed], step(mixed), strict=True)) == first
    assert [scorer.version] == sorted(
        {outcome.findings[0].found_by.partition("+")[2] for outcome in first.values() if outcome.findings}
    )
