"""The Prometheus page."""

from __future__ import annotations

import re

from tunewright.serve.metrics_page import Meters, render

LINE = re.compile(r'[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\.)*"(,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? -?[0-9.e+-]+$')


def page() -> list[str]:
    meters = Meters()
    meters.request("/v1/chat/completions", 200)
    meters.exchange(
        model='a"b\\c\nd', version="1.0.0", finish_reason="stop", prompt_tokens=3, completion_tokens=4
    )
    for seconds in (0.001, 0.02, 3.0, 100.0):
        meters.latency[("model", "m"),].observe(seconds)
    return render(meters, gauges={"tunewright_ready": ("1 when ready.", {(): 1})}).decode().splitlines()


def test_every_line_is_in_the_text_format() -> None:
    lines = page()
    samples = [line for line in lines if not line.startswith("#")]
    assert len(samples) > 15
    assert [line for line in samples if not LINE.match(line)] == []
    named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {"tunewright_requests_total", "tunewright_request_duration_seconds", "tunewright_ready"} <= named


def test_histogram_buckets_are_cumulative_and_end_at_the_count() -> None:
    lines = [line for line in page() if line.startswith("tunewright_request_duration_seconds")]
    counts = [int(line.rsplit(" ", 1)[1]) for line in lines if "_bucket" in line]
    assert counts == sorted(counts)
    assert counts[0] == 1
    assert counts[-1] == 4
    assert lines[-1].endswith(" 4")


def test_label_values_are_escaped() -> None:
    assert any(r'model="a\"b\\c\nd"' in line for line in page())
