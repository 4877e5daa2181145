"""The attack on known losses: it finds members, its controls fire, it says when it knows too little."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.fixtures.conversations import conversations
from tunewright.core.errors import DataError, UsageError
from tunewright.core.ports import SilentProgress, TokenLosses
from tunewright.core.types import Example, Message
from tunewright.metrics.ranking import auc
from tunewright.redteam.membership import attack, choose, losses_of


def drawn(generator: np.random.Generator, count: int, mean: float) -> list[TokenLosses]:
    return [TokenLosses((float(value),) * 3) for value in generator.normal(mean, 1.0, count)]


def lowered(losses: Sequence[TokenLosses], by: Sequence[float]) -> list[TokenLosses]:
    return [TokenLosses(tuple(x - d for x in one.losses)) for one, d in zip(losses, by, strict=True)]


def run(members: int, others: int, gain: float, control_shift: float = 0.0) -> object:
    """Training lowers members' losses by N(gain, 1) and the others' by N(0, 1)."""
    generator = np.random.default_rng(7)
    inside, outside = conversations(members), conversations(others, start=50_000)
    base = [*drawn(generator, members, 3.0 - control_shift), *drawn(generator, others, 3.0)]
    by = [*generator.normal(gain, 1, members), *generator.normal(0, 1, others)]
    return attack(inside, outside, base, lowered(base, by))


def test_two_normals_one_apart_are_measured_right() -> None:
    """AUC .76025 and TPR .09236 at 1 % are what N(1, 1) against N(0, 1) gives."""
    found = run(4000, 4000, 1.0)
    scores = {score.metric: score for score in found.scores}  # type: ignore[attr-defined]
    assert scores["membership_auc"].low <= 0.76025 <= scores["membership_auc"].high
    assert scores["membership_tpr_at_fpr_1pct"].value == pytest.approx(0.09236, abs=0.03)
    assert scores["membership_auc_base"].low <= 0.5 <= scores["membership_auc_base"].high
    assert found.control_holds  # type: ignore[attr-defined]
    assert found.conclusive  # type: ignore[attr-defined]
    assert found.notes == ()  # type: ignore[attr-defined]


def test_a_model_that_learned_nothing_is_chance() -> None:
    scores = {score.metric: score for score in run(1000, 1000, 0.0).scores}  # type: ignore[attr-defined]
    assert scores["membership_auc"].low <= 0.5 <= scores["membership_auc"].high
    assert scores["membership_tpr_at_fpr_1pct"].low <= 0.01 <= scores["membership_tpr_at_fpr_1pct"].high


def test_few_non_members_are_inconclusive() -> None:
    found = run(2000, 300, 1.0)
    assert not found.conclusive  # type: ignore[attr-defined]
    assert any("INCONCLUSIVE" in note and "300" in note for note in found.notes)  # type: ignore[attr-defined]
    assert {score.n for score in found.scores} == {300}  # type: ignore[attr-defined]


def test_groups_that_differ_by_themselves_are_invalid() -> None:
    found = run(1000, 1000, 0.0, control_shift=0.5)
    assert not found.control_holds  # type: ignore[attr-defined]
    assert any("INVALID" in note for note in found.notes)  # type: ignore[attr-defined]


def test_too_few_of_a_group_are_refused() -> None:
    with pytest.raises(DataError, match="too few"):
        run(100, 19, 1.0)


def test_higher_means_member() -> None:
    """A memorised example (loss 0 under the tuned model) has the highest score: it is called a member, not left out."""
    inside, outside = conversations(30), conversations(30, start=900)
    base = [TokenLosses((2.0, 2.0))] * 60
    tuned = [*[TokenLosses((0.0, 0.0))] * 30, *[TokenLosses((2.0, 2.0))] * 30]
    found = attack(inside, outside, base, tuned)
    assert (
        auc(
            [c.score for c in found.candidates if c.member],
            [c.score for c in found.candidates if not c.member],
        )
        == 1
    )
    by_name = {score.metric: score.value for score in found.scores}
    assert by_name["membership_tpr_at_fpr_1pct"] == 1
    assert by_name["membership_auc_base"] == 0.5


def test_the_choice_depends_on_ids_only_and_leaves_canaries_out() -> None:
    examples = conversations(50)
    planted = [Example("f" * 64, examples[0].messages, examples[0].origin, labels=("canary:c01",))]
    first = choose([*examples, *planted], 20, "member")
    assert first == choose([*planted, *examples[::-1]], 20, "member")
    assert first != choose(examples, 20, "non-member")
    assert len(choose([*examples, *planted], 500, "member")) == 50


class Short:
    """A scorer with room for 30 characters: the loss is the answer's length."""

    def token_losses(self, conversations: Sequence[Sequence[Message]]) -> list[TokenLosses]:
        for index, conversation in enumerate(conversations):
            if sum(len(m.content) for m in conversation) > 30:
                raise UsageError("too long", hint="shorten", index=index)
        return [TokenLosses((float(len(c[-1].content)),)) for c in conversations]


def test_what_does_not_fit_the_context_is_left_out_and_counted() -> None:
    examples = conversations(6)
    long = Example("e" * 64, (Message("user", "x" * 40), Message("assistant", "y")), examples[0].origin)
    silent = Example("d" * 64, (Message("user", "x"),), examples[0].origin)
    given = [
        long,
        silent,
        *(Example(e.id, (Message("user", "q"), e.messages[1]), e.origin) for e in examples),
        long,
    ]
    found = losses_of(Short(), given, SilentProgress(), "losses")
    assert [losses is None for losses in found] == [True, True, *[False] * 6, True]
    assert [losses.losses[0] for losses in found if losses] == [len(e.messages[1].content) for e in examples]


def test_a_broken_model_is_said() -> None:
    class Broken:
        def token_losses(self, conversations: Sequence[Sequence[Message]]) -> list[TokenLosses]:
            return [TokenLosses((float("nan"),)) for _ in conversations]

    with pytest.raises(DataError, match="not numbers"):
        losses_of(Broken(), conversations(2), SilentProgress(), "losses")
