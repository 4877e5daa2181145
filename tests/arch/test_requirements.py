"""The light installation stays light, and everything installed is pinned by hash."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "requirements"


def pinned(name: str) -> dict[str, str]:
    """package -> the text of its block, hashes included."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (REQUIREMENTS / name).read_text(encoding="utf-8"))
    found = {block.split("==")[0].lower(): block for block in blocks if "==" in block.splitlines()[0]}
    assert found
    return found


def test_the_light_installation_has_no_torch_and_at_most_45_packages() -> None:
    light = pinned("base.txt")
    assert len(light) <= 45
    assert not {"torch", "transformers", "mlflow", "scikit-learn"} & set(light)


def test_the_lock_holds_the_light_installation_in_the_same_versions() -> None:
    light, whole = pinned("base.txt"), pinned("lock.txt")
    assert {name: block.splitlines()[0] for name, block in light.items()} == {
        name: whole[name].splitlines()[0] for name in light
    }


@pytest.mark.parametrize("name", ["base.txt", "lock.txt", "torch.txt"])
def test_every_package_is_pinned_by_hash(name: str) -> None:
    for block in pinned(name).values():
        assert re.match(r"[A-Za-z0-9_.-]+==[^\s;]+", block)
        assert "--hash=sha256:" in block


def test_torch_is_the_version_the_project_pins() -> None:
    assert pinned("torch.txt")["torch"].startswith("torch==2.13.0")
