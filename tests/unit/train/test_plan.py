"""Plan, schedule, early stopping: arithmetic with an oracle or a worked example."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.canonical import canonical_json
from tunewright.core.errors import DataError, UsageError
from tunewright.train.early_stopping import judge_stop
from tunewright.train.options import TrainOptions
from tunewright.train.plan import make_plan, work_name
from tunewright.train.schedule import cosine_share


def test_plan_counts_steps_as_batches_of_whole_epochs() -> None:
    options = TrainOptions(num_train_epochs=3, per_device_train_batch_size=32, gradient_accumulation_steps=2)
    plan = make_plan(options, examples=1000, base_name="x")
    # 1000 / 32 = 31.25 -> 32 batches -> 16 steps of two -> 48 steps in three epochs
    assert (plan.steps_per_epoch, plan.max_steps) == (16, 48)
    assert plan.warmup_steps == math.ceil(0.05 * 48)


def test_plan_validates_at_least_four_times() -> None:
    plan = make_plan(TrainOptions(num_train_epochs=1, eval_steps=100), examples=640, base_name="x")
    assert plan.max_steps == 20
    assert plan.eval_steps == 5


def test_plan_takes_part_of_an_epoch() -> None:
    plan = make_plan(TrainOptions(num_train_epochs=0.1), examples=3200, base_name="x")
    assert plan.max_steps == 10


def test_rate_and_epochs_are_those_of_the_method_unless_set() -> None:
    recipes = [
        make_plan(options, examples=10, base_name="x").recipe
        for options in (
            TrainOptions(),
            TrainOptions(method="full"),
            TrainOptions(method="full", learning_rate=0.5),
        )
    ]
    assert [recipe["learning_rate"] for recipe in recipes] == [3e-3, 1e-3, 0.5]
    assert [recipe["num_train_epochs"] for recipe in recipes] == [4.0, 3.0, 3.0]


def test_plan_refuses_no_examples() -> None:
    with pytest.raises(DataError, match="no training examples"):
        make_plan(TrainOptions(), examples=0, base_name="x")


def test_recipe_is_canonical_and_names_everything() -> None:
    plan = make_plan(TrainOptions(), examples=10, base_name="tunewright/builtin")
    assert canonical_json(plan.recipe)
    assert set(TrainOptions.model_fields) <= set(plan.recipe)
    assert plan.recipe["base_name"] == "tunewright/builtin"


def test_work_folder_depends_on_all_that_weights_depend_on() -> None:
    plan = make_plan(TrainOptions(), examples=10, base_name="x")
    other = make_plan(TrainOptions(seed=43), examples=10, base_name="x")
    names = {
        work_name(plan.recipe, snapshot_digest="a", base_digest="b", threads=1),
        work_name(other.recipe, snapshot_digest="a", base_digest="b", threads=1),
        work_name(plan.recipe, snapshot_digest="c", base_digest="b", threads=1),
        work_name(plan.recipe, snapshot_digest="a", base_digest="c", threads=1),
        work_name(plan.recipe, snapshot_digest="a", base_digest="b", threads=2),
    }
    assert len(names) == 5


@pytest.mark.parametrize(("warmup", "total"), [(0, 10), (5, 100), (7, 8), (100, 101), (3, 3)])
def test_schedule_is_that_of_transformers(warmup: int, total: int) -> None:
    torch = pytest.importorskip("torch")
    from transformers import get_cosine_schedule_with_warmup

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    oracle = get_cosine_schedule_with_warmup(optimizer, warmup, total).lr_lambdas[0]
    for step in range(total + 3):
        assert cosine_share(step, warmup_steps=warmup, total_steps=total) == pytest.approx(
            oracle(step), abs=1e-15
        )


@given(st.integers(0, 50), st.integers(1, 500))
def test_schedule_stays_between_nothing_and_the_peak(warmup: int, rest: int) -> None:
    total = warmup + rest
    shares = [cosine_share(step, warmup_steps=warmup, total_steps=total) for step in range(total + 1)]
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert shares[warmup] == 1.0
    assert shares[-1] == pytest.approx(0.0, abs=1e-12)
    assert shares[warmup:] == sorted(shares[warmup:], reverse=True)


def test_stops_after_patience_without_improvement() -> None:
    losses = [1.0, 0.8, 0.9, 0.85]
    assert judge_stop(losses, patience=3) == (1, False)
    assert judge_stop([*losses, 0.81], patience=3) == (1, True)
    assert judge_stop([*losses, 0.79], patience=3) == (4, False)


def test_equal_loss_is_no_improvement_and_the_earlier_is_kept() -> None:
    assert judge_stop([0.5, 0.5, 0.5], patience=2) == (0, True)


def test_a_loss_that_is_not_a_number_stops_and_is_never_best() -> None:
    assert judge_stop([0.5, math.nan], patience=9) == (0, True)
    assert judge_stop([math.nan], patience=9) == (0, True)


def test_no_losses_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        judge_stop([], patience=1)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.integers(1, 5))
def test_best_is_the_least_loss(losses: list[float], patience: int) -> None:
    best, stop = judge_stop(losses, patience=patience)
    assert losses[best] == min(losses)
    assert stop == (len(losses) - 1 - best >= patience)
