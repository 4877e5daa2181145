"""A policy file: YAML bytes to a checked ``Policy`` with its digest. All problems at once, with line and nearest key."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from tunewright.core.canonical import sha256_bytes
from tunewright.core.errors import ConfigError, UsageError
from tunewright.core.places import line_of
from tunewright.core.policy import (
    ENVIRONMENTS,
    PRIMARY,
    RULE_CLASSES,
    EnvironmentRules,
    Policy,
    WaiverOptions,
)
from tunewright.metrics.catalog import metric as catalog_metric
from tunewright.metrics.catalog import names as catalog_names

DEFAULT_POLICY = "default_policy.yaml"
_REDTEAM_METRICS = (
    "membership_auc",
    "membership_auc_base",
    "membership_tpr_at_fpr_1pct",
    "canary_exposure",
    "canary_exposure:1x",
    "canary_exposure:4x",
    "canary_exposure:16x",
    "canary_extracted:1x",
    "canary_extracted:4x",
    "canary_extracted:16x",
)
_REVIEW_METRICS = ("residual_pii_per_1000", "residual_error_per_1000")
_PREFIXES = ("base.", "production.", "linear.", "difference.", "difference_production.")


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A checked policy and the bytes it was read from."""

    policy: Policy
    raw: bytes
    digest: str
    """SHA-256 of the bytes"""


def default_policy_bytes() -> bytes:
    """The policy that ships with the package, comments and all."""
    return files("tunewright.registry").joinpath(DEFAULT_POLICY).read_bytes()


def load_policy(path: Path) -> PolicyFile:
    """Read and check a policy file. Raises ConfigError naming every problem, or that the file is not there."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(
            f"the policy {path} does not exist",
            hint="`tunewright init` writes one; nothing is promoted without a policy",
            path=str(path),
        ) from error
    except OSError as error:
        raise ConfigError(
            f"the policy {path} cannot be read: {error.strerror}", hint="check the path"
        ) from error
    return parse_policy(raw, name=path.name)


def parse_policy(raw: bytes, *, name: str = "policy.yaml") -> PolicyFile:
    """Check policy bytes. Raises ConfigError with all problems."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{name} is not UTF-8 at byte {error.start}", hint="save the file as UTF-8"
        ) from error
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{name}:{line}: not valid YAML", hint="fix the line", line=line) from error
    if not isinstance(data, dict) or not data:
        raise ConfigError(
            f"{name} holds no policy",
            hint="an empty policy refuses everything; start from the one `init` writes",
        )
    problems = [f"{name}:{line}: {what}" for line, what in _duplicate_keys(tree)]
    problems += [f"{name}:{line}: {what}" for line, what in _unknown_metrics(data, tree)]
    policy = None
    try:
        policy = Policy.model_validate(data)
    except ValidationError as error:
        problems += [f"{name}:{_problem(item, tree)}" for item in _without_echoes(error.errors())]
    if problems or policy is None:
        problems.sort(key=lambda problem: int(problem.split(":")[1]))
        raise ConfigError(
            f"{name} has {len(problems)} problem{'s' if len(problems) > 1 else ''}:\n  "
            + "\n  ".join(problems),
            hint="fix the policy; until then nothing is promoted",
            problems=problems,
        )
    return PolicyFile(policy, raw, sha256_bytes(raw))


def _duplicate_keys(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """YAML lets the last of two equal keys win in silence; a policy must not."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key.start_mark.line + 1, f"{key.value}: written twice"
                seen.add(key.value)
            yield from _duplicate_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _duplicate_keys(value)


def _unknown_metrics(data: dict[str, Any], tree: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """A mistyped metric would never be measured, so the rule would never pass, or with `when: measured` always."""
    environments = data.get("environments")
    for environment, body in environments.items() if isinstance(environments, dict) else ():
        rules = body.get("rules") if isinstance(body, dict) else None
        for i, rule in enumerate(rules if isinstance(rules, list) else ()):
            name = rule.get("metric") if isinstance(rule, dict) else None
            if isinstance(name, str) and not _is_known(name, bare=rule.get("kind") == "difference_at_least"):
                near = difflib.get_close_matches(
                    name, (PRIMARY, *catalog_names(), *_REDTEAM_METRICS, *_REVIEW_METRICS), n=1, cutoff=0.0
                )
                line = line_of(tree, ("environments", environment, "rules", i, "metric"))
                yield (
                    line,
                    f"{environment}.rules.{i}.metric: unknown metric `{name}`; nearest known is `{near[0]}`",
                )


def _is_known(name: str, *, bare: bool) -> bool:
    if name in (*_REDTEAM_METRICS, *_REVIEW_METRICS):
        return not bare
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
    rest = name[len(prefix) :]
    if bare and prefix:
        return False
    if rest == PRIMARY:
        return True
    try:
        catalog_metric(rest)
    except UsageError:
        return False
    return True


def _without_echoes(items: Sequence[Any]) -> list[Any]:
    """A list whose items are wrong is also reported as too short; that is not a second problem."""
    places = [item["loc"] for item in items]
    return [
        item
        for item in items
        if item["type"] != "too_short"
        or not any(len(p) > len(item["loc"]) and p[: len(item["loc"])] == item["loc"] for p in places)
    ]


def _problem(item: Any, tree: yaml.Node | None) -> str:
    location = tuple(part for part in item["loc"] if part not in RULE_CLASSES and part != "[key]")
    kind = next((part for part in item["loc"] if part in RULE_CLASSES), None)
    line = line_of(tree, location)
    path = ".".join(str(part) for part in location)
    if "[key]" in item["loc"]:
        return f"{line}: {path}: unknown environment; nearest known is `{_nearest(str(location[-1]), ENVIRONMENTS)}`"
    if item["type"] == "extra_forbidden":
        known = sorted(_class_at(location[:-1], kind).model_fields)
        return f"{line}: {path}: unknown key; nearest known key is `{_nearest(str(location[-1]), known)}`"
    if item["type"] == "union_tag_invalid":
        tag = str(item["ctx"]["tag"])
        return f"{line}: {path}: unknown kind of rule `{tag}`; nearest known is `{_nearest(tag, sorted(RULE_CLASSES))}`"
    if item["type"] == "union_tag_not_found":
        return f"{line}: {path}: the rule has no `kind`; one of {', '.join(RULE_CLASSES)}"
    if item["type"] == "missing":
        return f"{line}: {path}: required key is missing"
    if item["type"] == "too_short":
        return f"{line}: {path}: is empty, and what is empty never passes"
    return f"{line}: {path + ': ' if path else ''}{item['msg'].removeprefix('Value error, ')}"


def _nearest(word: str, known: Sequence[str]) -> str:
    return difflib.get_close_matches(word, known, n=1, cutoff=0.0)[0]


def _class_at(location: tuple[int | str, ...], kind: str | None) -> type[BaseModel]:
    """The class whose keys are allowed at this place of the file."""
    if kind is not None:
        return RULE_CLASSES[kind]
    if not location:
        return Policy
    return WaiverOptions if location[0] == "waivers" else EnvironmentRules
