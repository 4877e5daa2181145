"""Every YAML block of the page about sources is a valid list of sources, and every reason it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tunewright.data.options import DataOptions
from tunewright.data.sources.mail import MAX_MAIL_BYTES
from tunewright.data.sources.tree import MAX_MEMBERS, MAX_RATIO

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guide" / "data-sources.md").read_text(encoding="utf-8")


def test_the_sources_on_the_page_are_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    sources = [source for block in blocks for source in yaml.safe_load(block)]
    assert len(sources) >= 7
    assert len(DataOptions.model_validate({"sources": sources}).sources) == len(sources)


def test_reasons_and_limits_on_the_page_are_those_of_the_code() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "src/tunewright/data/sources").rglob("*.py")
    )
    reasons = set(re.findall(r"`((?:no|one|rated|not|answer)_[a-z_]+)`", PAGE))
    assert len(reasons) >= 10
    assert [reason for reason in reasons if f'"{reason}"' not in code] == []
    assert f"{MAX_MEMBERS:,} files" in PAGE
    assert f"{MAX_RATIO} times" in PAGE
    assert f"{MAX_MAIL_BYTES >> 20} MiB a mail" in PAGE
