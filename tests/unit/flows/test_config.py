"""The configuration: every problem at once, each with its line and the nearest known key."""

from __future__ import annotations

import pytest

from tunewright.core.errors import ConfigError
from tunewright.flows.config import explain_options, parse_configuration

GOOD = """\
model:
  name: bank
data:
  sources:
  - path: raw/tickets.csv
    form: columns
    columns: {prompt: message, reply: answer}
"""


def test_defaults_fill_the_rest() -> None:
    configuration = parse_configuration(GOOD)
    assert configuration.model.base == "builtin"
    assert [step.use for step in configuration.data.steps][:2] == ["normalise", "malformed"]


def test_all_problems_are_reported_at_once_with_line_and_nearest_key() -> None:
    text = GOOD.replace("name: bank", "name: Bank\n  bse: x") + "trian: {}\ntrain:\n  lora: {rank: 3}\n"
    with pytest.raises(ConfigError) as caught:
        parse_configuration(text)
    message = caught.value.what
    assert "5 problems" not in message
    assert "tunewright.yaml:3: model.bse: unknown key; nearest known key is `base`" in message
    assert "tunewright.yaml:9: trian: unknown key; nearest known key is `train`" in message
    assert "tunewright.yaml:11: train.lora.rank: unknown key" in message
    assert "tunewright.yaml:2: model.name" in message
    assert len(caught.value.facts["problems"]) == 4  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "- a list", "a: [", "\t", "model: 3"])
def test_what_is_not_a_configuration_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_configuration(text)


def test_an_override_wins_and_a_bad_one_is_named() -> None:
    assert parse_configuration(GOOD, overrides=("train.lora.r=4",)).train.lora.r == 4
    with pytest.raises(ConfigError, match="path=value"):
        parse_configuration(GOOD, overrides=("train",))
    with pytest.raises(ConfigError, match="unknown key"):
        parse_configuration(GOOD, overrides=("train.lora.rank=4",))


def test_secrets_come_from_env_vars_only_when_set(monkeypatch: pytest.MonkeyPatch) -> None:
    text = GOOD.replace("name: bank", "name: {env: TW_TEST_NAME}")
    monkeypatch.delenv("TW_TEST_NAME", raising=False)
    with pytest.raises(ConfigError, match="TW_TEST_NAME is not set"):
        parse_configuration(text)
    monkeypatch.setenv("TW_TEST_NAME", "clinic")
    assert parse_configuration(text).model.name == "clinic"


def test_the_runtime_section_is_not_part_of_any_recipe() -> None:
    one = parse_configuration(GOOD)
    two = parse_configuration(GOOD, overrides=("runtime.threads=1",))
    assert one.recipe_digest("train") == two.recipe_digest("train")
    assert one.recipe_digest("train") != parse_configuration(GOOD, overrides=("train.seed=1",)).recipe_digest(
        "train"
    )


def test_every_option_is_explained() -> None:
    rows = {row.path: row for row in explain_options()}
    assert len(rows) > 50
    assert rows["train.lora.r"].default == "32" or rows["train.lora.r"].default.isdigit()
    assert rows["data.sources[].form"].default == "required"
