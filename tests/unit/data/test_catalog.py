"""The catalog of steps."""

from __future__ import annotations

import pytest

from tunewright.core.errors import ConfigError
from tunewright.core.options import Options
from tunewright.data.options import DEFAULT_STEPS
from tunewright.data.steps import STEPS, catalog, entry


def test_every_line_leads_to_a_step_of_its_name():
    lines = catalog()
    assert len(lines) == len(STEPS) >= 8
    for name, line in lines.items():
        assert line.name == name
        assert line.version >= 1
        assert issubclass(line.options_class, Options)
        assert line.options_class() is not None
        assert set(line.needs) <= {
            "detector",
            "golden",
            "decisions",
            "judgements",
            "seed",
            "language",
            "embedder",
            "scorer",
            "classifier",
            "pseudonyms",
            "form",
            "executor",
        }


def test_the_default_pipeline_is_in_the_catalog():
    assert {step.use for step in DEFAULT_STEPS} <= set(catalog())


def test_needs_and_kinds():
    assert entry("pii").needs == ("detector", "decisions", "pseudonyms")
    assert entry("decontaminate").needs == ("golden",)
    assert entry("split").needs == ("seed",)
    assert not entry("pii").corpus
    assert entry("near_duplicates").corpus
    assert [name for name, line in catalog().items() if line.adds] == ["counterfactuals", "canaries"]


def test_an_unknown_step_names_the_nearest():
    with pytest.raises(ConfigError) as caught:
        entry("near_duplicate")
    assert "near_duplicates" in caught.value.hint
