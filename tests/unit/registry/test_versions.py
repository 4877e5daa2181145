"""Numbers of model versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.registered import make_project, new_version
from tunewright.core.canonical import digest
from tunewright.core.errors import NotFoundError, UsageError
from tunewright.registry.versions import find_model, next_version, parse_version, register, subject_of
from tunewright.store.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with make_project(tmp_path / "p") as made:
        yield made


def test_what_changed_decides_the_number(project: Project) -> None:
    first = new_version(project)
    assert (first.ref.version, first.recipe["bump"]) == ("1.0.0", "first")
    tuned = new_version(project, rate=0.2)
    assert (tuned.ref.version, tuned.recipe["bump"]) == ("1.0.1", "patch")
    data = new_version(project, data="other", rate=0.2)
    assert (data.ref.version, data.recipe["bump"]) == ("1.1.0", "minor")
    base = new_version(project, base="bigger", data="other", rate=0.2)
    assert (base.ref.version, base.recipe["bump"]) == ("2.0.0", "major")
    everything = new_version(project, base="biggest", data="again", rate=0.3)
    assert everything.ref.version == "3.0.0"
    assert [ref.kind for ref in base.inputs] == ["snapshot", "base", "run"]


def test_the_highest_version_decides_not_the_newest_or_the_longest_text() -> None:
    old = {"base": "b", "data": "d", "training": "t"}
    assert next_version("1.10.0", {**old, "training": "u"}, old) == ("1.10.1", "patch")
    assert next_version("9.9.9", {**old, "data": "e"}, old) == ("9.10.0", "minor")
    assert next_version("9.9.9", {**old, "base": "e", "data": "e"}, old) == ("10.0.0", "major")
    assert next_version(None, old, {}) == ("1.0.0", "first")


def test_the_same_again_is_the_same_version_even_when_others_came_between(project: Project) -> None:
    first = new_version(project)
    new_version(project, data="other")
    events = len(project.audit.events(action="model.register"))
    assert new_version(project) == first
    assert len(project.audit.events(action="model.register")) == events


def test_other_weights_from_the_same_recipe_are_another_version(project: Project) -> None:
    first = new_version(project)
    again = new_version(project, weights="not reproduced")
    assert again.ref.version == "1.0.1"
    assert subject_of(again) != subject_of(first)


def test_the_subject_digest_covers_everything_served(project: Project) -> None:
    record = new_version(project)
    assert subject_of(record) == digest(record.recipe["served"])
    inputs = {ref.kind: project.records.get(ref) for ref in record.inputs}
    with pytest.raises(UsageError, match="served names"):
        register(
            project,
            name="support",
            snapshot=inputs["snapshot"],
            base=inputs["base"],
            run=inputs["run"],
            served={"base": "b", "weights": "w"},
        )


def test_versions_are_found_by_what_people_type(project: Project) -> None:
    with pytest.raises(NotFoundError, match="train"):
        find_model(project, "", default_name="support")
    first = new_version(project)
    second = new_version(project, rate=0.2)
    for text, expected in [
        ("", second),
        ("latest", second),
        ("support", second),
        ("1.0.0", first),
        ("support@1.0.0", first),
        ("support@latest", second),
    ]:
        assert find_model(project, text, default_name="support") == expected
    with pytest.raises(NotFoundError, match=r"it has 1\.0\.0, 1\.0\.1"):
        find_model(project, "1.2.0", default_name="support")
    with pytest.raises(NotFoundError, match="nobody"):
        find_model(project, "nobody@1.0.0", default_name="support")


@pytest.mark.parametrize("text", ["1.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "", "1.0.0\n", "１.0.0"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_version(text)
