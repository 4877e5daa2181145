"""``/metrics`` in Prometheus text format. Label values: fixed sets and served versions, never anything from a request."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


class Histogram:
    """Cumulative buckets of seconds."""

    def __init__(self) -> None:
        self.counts = [0] * (len(_SECONDS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(_SECONDS, seconds)] += 1
        self.sum += seconds

    def lines(self, name: str, labels: Labels) -> Iterable[str]:
        """The sample lines."""
        total = 0
        for bound, count in zip((*_SECONDS, None), self.counts, strict=True):
            total += count
            le = "+Inf" if bound is None else f"{bound:g}"
            yield f"{name}_bucket{_labels((*labels, ('le', le)))} {total}"
        yield f"{name}_sum{_labels(labels)} {self.sum:.6f}"
        yield f"{name}_count{_labels(labels)} {total}"


class Meters:
    """What the gateway counts. Touched on the event loop only."""

    def __init__(self) -> None:
        self.requests: dict[Labels, int] = defaultdict(int)
        self.exchanges: dict[Labels, int] = defaultdict(int)
        self.tokens: dict[Labels, int] = defaultdict(int)
        self.latency: dict[Labels, Histogram] = defaultdict(Histogram)
        self.first_token: dict[Labels, Histogram] = defaultdict(Histogram)
        self.feedback = 0
        self.running = 0
        self.finished = 0
        """answers a generator finished, failed or had to stop"""
        self.recorded = 0
        """of those, outcomes committed to the database"""

    def request(self, route: str, status: int) -> None:
        """``route`` is a key of the route table or ``other``."""
        self.requests[("route", route), ("status", str(status))] += 1

    def exchange(
        self, *, model: str, version: str, finish_reason: str, prompt_tokens: int, completion_tokens: int
    ) -> None:
        """One recorded exchange."""
        which: Labels = (("model", model), ("version", version))
        self.exchanges[(*which, ("finish_reason", finish_reason))] += 1
        self.tokens[(*which, ("kind", "prompt"))] += prompt_tokens
        self.tokens[(*which, ("kind", "completion"))] += completion_tokens


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    inner = ",".join(f'{name}="{_escape(value)}"' for name, value in labels)
    return "{" + inner + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _counters(name: str, kind: str, text: str, values: Mapping[Labels, float]) -> Iterable[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in sorted(values.items()):
        yield (
            f"{name}{_labels(labels)} {value:g}"
            if isinstance(value, float)
            else f"{name}{_labels(labels)} {value}"
        )


def _histograms(name: str, text: str, values: Mapping[Labels, Histogram]) -> Iterable[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} histogram"
    for labels, histogram in sorted(values.items()):
        yield from histogram.lines(name, labels)


def render(meters: Meters, *, gauges: Mapping[str, tuple[str, Mapping[Labels, float]]]) -> bytes:
    """The page. ``gauges`` are read at the moment of the request: name -> (help, values)."""
    lines: list[str] = []
    lines += _counters(
        "tunewright_requests_total", "counter", "HTTP requests by route and status.", meters.requests
    )
    lines += _counters(
        "tunewright_exchanges_total",
        "counter",
        "Recorded exchanges by version and outcome.",
        meters.exchanges,
    )
    lines += _counters("tunewright_tokens_total", "counter", "Tokens of recorded exchanges.", meters.tokens)
    lines += _counters(
        "tunewright_feedback_total", "counter", "Feedback entries recorded.", {(): meters.feedback}
    )
    lines += _counters(
        "tunewright_answers_finished_total",
        "counter",
        "Answers that were finished, failed or stopped.",
        {(): meters.finished},
    )
    lines += _counters(
        "tunewright_answers_recorded_total",
        "counter",
        "Of those, outcomes committed. The two differ only while a commit is under way or failing.",
        {(): meters.recorded},
    )
    lines += _histograms("tunewright_request_duration_seconds", "From request to last byte.", meters.latency)
    lines += _histograms(
        "tunewright_time_to_first_token_seconds",
        "From request to first piece of a stream.",
        meters.first_token,
    )
    for name, (text, values) in gauges.items():
        lines += _counters(name, "gauge", text, values)
    return ("\n".join(lines) + "\n").encode("utf-8")
