"""The example company's export: the same seed the same bytes, no message by chance a duplicate, checksums that hold."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import phonenumbers
import pytest

from tunewright.builtin.example import GOLDEN_ITEMS, INTENTS, write_example
from tunewright.builtin.example.messages import Drawer, shingles
from tunewright.builtin.example.values import card, iban, ip, phone, ssn
from tunewright.core.canonical import sha256_file
from tunewright.core.errors import UsageError


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_seeded(tmp_path: Path) -> None:
    files = write_example(tmp_path / "a", seed=3, rows=240)
    write_example(tmp_path / "b", seed=3, rows=240)
    write_example(tmp_path / "c", seed=4, rows=240)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a")["tickets.csv"] != digests(tmp_path / "c")["tickets.csv"]
    assert files.rows == len(files.truth.read_text(encoding="utf-8").splitlines())
    with pytest.raises(UsageError):
        write_example(tmp_path / "d", rows=10)


def test_golden_items(tmp_path: Path) -> None:
    files = write_example(tmp_path, seed=7, rows=240)
    items = [json.loads(line) for line in files.golden.read_text(encoding="utf-8").splitlines()]
    assert len(items) == GOLDEN_ITEMS
    intents = Counter(json.loads(item["reference"])["intent"] for item in items)
    assert len(intents) == len(INTENTS) == 12
    assert set(intents.values()) == {GOLDEN_ITEMS // 12}
    assert max(len(item["input"]) for item in items) <= 220


def test_no_two_messages_are_alike() -> None:
    sets = [shingles(item.prompt) for item in Drawer(Random(1)).draw(600)]
    worst = max(len(a & b) / len(a | b) for at, a in enumerate(sets) for b in sets[:at] if a & b)
    assert worst < 0.8


def test_planted_values_are_valid() -> None:
    random = Random(2)
    for _ in range(200):
        digits = [int(char) for char in card(random) if char.isdigit()]
        doubled = [sum(divmod(2 * d, 10)) if at % 2 else d for at, d in enumerate(reversed(digits))]
        assert len(digits) == 16
        assert sum(doubled) % 10 == 0
        account = iban(random).replace(" ", "")
        assert int("".join(str(int(char, 36)) for char in account[4:] + account[:4])) % 97 == 1
        assert phonenumbers.is_possible_number(phonenumbers.parse(phone(random), None))
        assert ip(random).rsplit(".", 1)[0] in ("192.0.2", "198.51.100", "203.0.113")
        assert not ssn(random).startswith(("000", "666", "9"))
