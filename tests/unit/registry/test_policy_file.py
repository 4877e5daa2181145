"""A policy that says nothing, or something that can never hold, is refused with place and nearest key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tunewright.core.canonical import sha256_bytes
from tunewright.core.errors import ConfigError
from tunewright.core.policy import fewest_for_difference, fewest_for_proportion
from tunewright.metrics.intervals import wilson
from tunewright.metrics.paired import Discordance, tango
from tunewright.registry.policy_file import default_policy_bytes, load_policy, parse_policy

EVIDENCE = "{name: e, kind: evidence, runs: [evaluate], max_age_days: 30}"


def staging(*rules: str) -> bytes:
    lines = "\n".join(f"      - {rule}" for rule in (EVIDENCE, *rules))
    return f"name: p\nversion: 1\nenvironments:\n  staging:\n    rules:\n{lines}\n".encode()


def problems_of(raw: bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_policy(raw, name="policy.yaml")
    facts = caught.value.facts.get("problems")
    return list(facts) if isinstance(facts, list) else [caught.value.what]


def test_the_policy_that_ships_is_valid_and_its_digest_is_that_of_its_bytes() -> None:
    raw = default_policy_bytes()
    loaded = parse_policy(raw)
    assert loaded.digest == sha256_bytes(raw)
    assert set(loaded.policy.environments) == {"dev", "staging", "production"}
    names = [rule.name for rule in loaded.policy.rules_for("production")]
    assert names[: len(loaded.policy.rules_for("staging"))] == [
        r.name for r in loaded.policy.rules_for("staging")
    ]
    assert {"was-in-staging", "second-person"} <= set(names)


def test_every_problem_is_told_at_once_with_its_line() -> None:
    raw = b"""name: x
version: 1
environments:
  prod:
    rules: [{name: a, kind: evidence, runs: [evaluate], max_age_days: 3}]
  staging:
    rules:
      - {name: a, kind: evidence, runs: [evaluate], max_age_day: 3}
      - {name: b, kind: score_atleast, metric: exact_match, at_least: 1}
      - {name: c, kind: score_at_least, metric: exact_mach, at_least: 0.95, min_n: 20}
  production:
    rules: []
waver: {}
"""
    found = problems_of(raw)
    assert [int(problem.split(":")[1]) for problem in found] == [4, 8, 8, 9, 10, 10, 12, 13]
    text = "\n".join(found)
    assert "unknown environment; nearest known is `production`" in text
    assert "unknown key; nearest known key is `max_age_days`" in text
    assert "unknown kind of rule `score_atleast`; nearest known is `score_at_least`" in text
    assert "unknown metric `exact_mach`; nearest known is `exact_match`" in text
    assert "min_n 20 can never pass: even a perfect result needs 73 items" in text
    assert "unknown key; nearest known key is `waivers`" in text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", "holds no policy"),
        (b"# nothing but comments\n", "holds no policy"),
        (b"- a\n", "holds no policy"),
        (b"name: [\n", "not valid YAML"),
        (b"name: \xff\n", "not UTF-8"),
        (b"name: x\nversion: 1\nenvironments: {}\n", "is empty, and what is empty never passes"),
        (b"name: x\nversion: 1\n", "environments: required key is missing"),
        (staging(EVIDENCE), "rule names used twice: e"),
        (staging("{name: r, kind: score_at_least, metric: exact_match, at_least: 1.0}"), "can never pass"),
        (staging("{name: r, kind: score_at_most, metric: membership_auc, at_most: 0}"), "can never pass"),
        (
            staging(
                "{name: r, kind: score_at_most, metric: membership_tpr_at_fpr_1pct, at_most: 0.05, min_n: 10}"
            ),
            "min_n 10 can never pass",
        ),
        (
            staging("{name: r, kind: difference_at_least, over: base, metric: exact_match, at_least: 1}"),
            "can never",
        ),
        (
            staging(
                "{name: r, kind: difference_at_least, over: base, metric: difference.exact_match, at_least: 0}"
            ),
            "unknown metric",
        ),
        (
            staging(
                "{name: r, kind: difference_at_least, over: base, metric: exact_match, at_least: 0.5, min_n: 4}"
            ),
            "needs 12 items",
        ),
        (staging("{name: r, kind: score_at_least, metric: exact_match, at_least: .nan}"), "finite"),
        (staging("{name: r, metric: exact_match, at_least: 0.5}"), "the rule has no `kind`"),
        (staging("{name: r, kind: held, environment: live}"), "environment"),
        (staging("{name: r, kind: approvals, roles: []}"), "is empty"),
        (
            staging("{name: r, kind: score_at_least, metric: exact_match, at_least: 0.9, at_least: 0.1}"),
            "written twice",
        ),
        (
            b"name: x\nversion: 1\nenvironments:\n  production:\n    include: staging\n    rules: ["
            + EVIDENCE.encode()
            + b"]\n",
            "includes staging, which the policy does not have",
        ),
        (
            b"name: x\nversion: 1\nenvironments:\n  dev:\n    include: dev\n    rules: ["
            + EVIDENCE.encode()
            + b"]\n",
            "circle",
        ),
        (
            b"name: x\nversion: 1\nenvironments:\n  dev:\n    rules: [{name: r, kind: held, environment: staging}]\n",
            "no rule of kind `evidence`",
        ),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(raw: bytes, expected: str) -> None:
    assert expected in "\n".join(problems_of(raw))


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist") as caught:
        load_policy(tmp_path / "policy.yaml")
    assert "init" in caught.value.hint
    with pytest.raises(ConfigError, match="cannot be read"):
        load_policy(tmp_path)


@pytest.mark.parametrize("limit", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_the_fewest_items_agree_with_wilsons_interval(limit: float) -> None:
    n = fewest_for_proportion(limit)
    assert wilson(n, n).low >= limit
    assert n == 1 or wilson(n - 1, n - 1).low < limit


@pytest.mark.parametrize("margin", [-0.02, 0.0, 0.1, 0.5, 0.9])
def test_the_fewest_pairs_agree_with_tangos_interval(margin: float) -> None:
    n = fewest_for_difference(margin, strictly=True)
    assert tango(Discordance(n, 0, n)).low > margin
    assert n == 1 or tango(Discordance(n - 1, 0, n - 1)).low <= margin + 1e-9


def test_a_comment_changes_the_digest_but_not_the_rules() -> None:
    raw = default_policy_bytes()
    other = parse_policy(raw + b"# a comment\n")
    assert other.digest != parse_policy(raw).digest
    assert other.policy == parse_policy(raw).policy
    assert yaml.safe_load(raw)["version"] == 2
