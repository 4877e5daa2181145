"""Names from outside: the ones that break paths, rows or logs are refused, the rest of the world's are not."""

from __future__ import annotations

import pytest

from tunewright.core.errors import UsageError
from tunewright.store.names import (
    check_actor,
    check_digest_prefix,
    check_kind,
    check_name,
    check_relative_path,
)

BAD_ANYWHERE = [
    "",
    "..",
    ".",
    "/etc/passwd",
    "a/../b",
    "../a",
    "a\x00b",
    "a\nb",
    "a\rb",
    "a\tb",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
    "a\\b",
    "..\\a",
    "x" * 201,
    "half \ud800",
]


@pytest.mark.parametrize("text", [*BAD_ANYWHERE, "a/b", " a", "a "], ids=ascii)
def test_bad_names_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        check_name(text, "name")


@pytest.mark.parametrize("text", [*BAD_ANYWHERE, "a//b", "a/", "a/./b", "C:/a", "c:a"], ids=ascii)
def test_bad_paths_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        check_relative_path(text)


@pytest.mark.parametrize(
    "text", ["bank", "tickets 2024.csv", "1.0.0", "Überweisung", "支店", "..a", "a..b", "x" * 200]
)
def test_ordinary_names_pass(text: str) -> None:
    assert check_name(text, "name") == text
    assert check_relative_path(f"w/{text}"[:200]) == f"w/{text}"[:200]


@pytest.mark.parametrize("text", ["Snapshot", "snap shot", "", "../x", "a" * 41, "snapshot\n"])
def test_bad_kinds_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        check_kind(text)


@pytest.mark.parametrize("text", ["abc", "ABCD", "abcg", "0" * 65, "%%%%"])
def test_bad_digest_prefixes_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        check_digest_prefix(text)


@pytest.mark.parametrize("text", ["", "  ", "ada\nroot", "x" * 201])
def test_bad_actors_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        check_actor(text)
