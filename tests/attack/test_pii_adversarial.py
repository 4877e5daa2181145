"""Texts made to stall the pattern detector: time must grow with the length, not faster."""

from __future__ import annotations

import time

import pytest

from tunewright.engines.pii.patterns import PatternDetector

UNITS = [
    "a", "1", "1 ", "1-", "(1", "1.", "+1", "@", "a@", "a@a.", "a.a@", ":", "1:", "a:", "::", "f:", "://", "a://b:", "a://b:c@",
    "DE12 ", "DE1", "eyJ", "-eyJaaaaaaaaaa.", "sk-", "xoxb-", "-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\nAAAA",
    "password=", "password is ", "key key", "[at]", "a [at] b ", "AKIA", "ghp_", "SG.", "0.0.", "12/12/", "jan 1 ", "x1", "ext 1",
    "-", " ", "\u200b", "１", "é", "4111", "AccountKey=", "pass", "00", "A1B2C3D4E5F6", "born ", "tel ", "\n", "GB29NWBK",
]  # fmt: skip
SIZE = 20_000


@pytest.mark.parametrize("unit", UNITS)
def test_repetitions_take_linear_time(unit):
    detector = PatternDetector()
    text = unit * (SIZE // len(unit))
    detector.detect([text[:2000]])
    started = time.process_time()
    detector.detect([text])
    # 20,000 characters of prose take some 10 ms; a quadratic pattern takes minutes.
    assert time.process_time() - started < 2.0


def test_a_long_text_of_everything():
    text = "".join(UNITS) * (300_000 // len("".join(UNITS)))
    started = time.process_time()
    PatternDetector().detect([text])
    assert time.process_time() - started < 20
