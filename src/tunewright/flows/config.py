"""``tunewright.yaml``: one file, every section typed, all errors at once with line and nearest known key."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from tunewright.core.canonical import digest, plain
from tunewright.core.errors import ConfigError
from tunewright.core.options import EnvName, EnvText, Options
from tunewright.core.places import line_of
from tunewright.data.options import DataOptions
from tunewright.evaluate.options import EvaluateOptions
from tunewright.monitor.options import MonitorOptions
from tunewright.redteam.options import RedteamOptions
from tunewright.registry.options import GateOptions
from tunewright.serve.options import ServeOptions
from tunewright.train.options import TrainOptions

CONFIG_NAME = "tunewright.yaml"


class ModelOptions(Options):
    """The model that is made."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="name in the registry and the gateway"
    )
    base: str = Field("builtin", description="`builtin`, a folder, or a hub id; never with remote code")
    licence: str = Field("", description="of the base (SPDX); default: what its README.md says")


class OpenLineageOptions(Options):
    """Where lineage events are sent, beside the file in the workspace."""

    url: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="of a server that takes OpenLineage events"
    )
    api_key: EnvName | None = None


class RayOptions(Options):
    """Where Ray runs. See docs/guide/big.md."""

    address: str = Field(
        "", description="of a running cluster (`host:port`); empty: one of this machine, ended with the build"
    )
    object_store_mb: int = Field(
        200, ge=80, description="memory for what travels between the steps of a cluster of this machine"
    )


class RuntimeOptions(Options):
    """Where and how, never what: not part of the recipe. (The thread count is recorded: it changes the last bits.)"""

    threads: int = Field(2, ge=1)
    executor: str = Field(
        "local", description="where data steps work: `local` (this machine) or `ray`; the result is the same"
    )
    workers: int = Field(
        1, ge=1, description="processes the data steps work in at once; 1 and `local`: this process"
    )
    ray: RayOptions = RayOptions()
    openlineage: OpenLineageOptions = OpenLineageOptions()


class Configuration(Options):
    """The whole file."""

    model: ModelOptions
    data: DataOptions
    train: TrainOptions = TrainOptions()
    evaluate: EvaluateOptions = EvaluateOptions()
    redteam: RedteamOptions = RedteamOptions()
    gates: GateOptions = GateOptions()
    serve: ServeOptions = ServeOptions()
    monitor: MonitorOptions = MonitorOptions()
    runtime: RuntimeOptions = RuntimeOptions()

    def recipe_digest(self, section: str) -> str:
        """Digest of one recipe section."""
        return digest(plain(getattr(self, section)))


def load_configuration(path: Path, overrides: tuple[str, ...] = ()) -> Configuration:
    """Read and check the file; ``overrides`` are ``path=value`` pairs (value is YAML).

    Raises ConfigError naming every wrong key with its line and the nearest known key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path} does not exist", hint="run `tunewright init DIR` first, or `cd` into a workspace"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 at byte {error.start}", hint="save the file as UTF-8"
        ) from error
    return parse_configuration(text, name=path.name, overrides=overrides)


def parse_configuration(
    text: str, *, name: str = CONFIG_NAME, overrides: tuple[str, ...] = ()
) -> Configuration:
    """Check YAML text. Raises ConfigError with all problems."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise ConfigError(
            f"{name}:{line}: not valid YAML: {getattr(error, 'problem', error)}",
            hint="fix the line",
            line=line,
        ) from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{name} holds no sections", hint="it needs at least `model` and `data`")
    for override in overrides:
        _apply_override(raw, override)
    raw, env_problems = _resolve_env(raw)
    problems = list(env_problems)
    try:
        configuration = Configuration.model_validate(raw)
    except ValidationError as error:
        problems += [_problem(item, tree, name) for item in error.errors()]
    if problems:
        raise ConfigError(
            f"{name} has {len(problems)} problem{'s' if len(problems) > 1 else ''}:\n  "
            + "\n  ".join(problems),
            hint="fix these and run `tunewright config check`",
            problems=problems,
        )
    return configuration


def _apply_override(raw: dict[str, Any], override: str) -> None:
    path, separator, value = override.partition("=")
    if not separator or not path:
        raise ConfigError(
            f"--set {override!r} is not path=value", hint="for example --set train.learning_rate=0.001"
        )
    node = raw
    *parents, last = path.split(".")
    for part in parents:
        child = node.setdefault(part, {})
        if not isinstance(child, dict):
            raise ConfigError(
                f"--set {path}: {part} is not a section", hint="see `tunewright config explain`"
            )
        node = child
    node[last] = yaml.safe_load(value)


def _resolve_env(value: Any, where: str = "") -> tuple[Any, list[str]]:
    """Replace ``{env: NAME}`` by the env var's value."""
    if isinstance(value, dict):
        if set(value) == {"env"} and isinstance(value["env"], str):
            if value["env"] not in os.environ:
                return "", [f"{where}: the env var {value['env']} is not set"]
            return EnvText(os.environ[value["env"]], value["env"]), []
        resolved, problems = {}, []
        for key, item in value.items():
            resolved[key], more = _resolve_env(item, f"{where}.{key}" if where else str(key))
            problems += more
        return resolved, problems
    if isinstance(value, list):
        pairs = [_resolve_env(item, f"{where}.{i}") for i, item in enumerate(value)]
        return [item for item, _ in pairs], [p for _, more in pairs for p in more]
    return value, []


def _problem(item: Any, tree: yaml.Node | None, name: str) -> str:
    location = tuple(
        part for part in item["loc"] if not (isinstance(part, str) and part.startswith("function-"))
    )
    line = line_of(tree, location)
    path = ".".join(str(part) for part in location)
    if item["type"] == "extra_forbidden":
        known = _known_keys(location[:-1])
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.0)
        return f"{name}:{line}: {path}: unknown key; nearest known key is `{near[0] if near else '-'}`"
    if item["type"] == "missing":
        return f"{name}:{line}: {path}: required key is missing"
    return f"{name}:{line}: {path}: {item['msg']}"


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Field names of the options class at this place of the tree."""
    current: Any = Configuration
    for part in location:
        if isinstance(part, int):
            continue
        fields = getattr(current, "model_fields", {})
        if part not in fields:
            return []
        current = _options_class(fields[part].annotation)
    return sorted(getattr(current, "model_fields", {}))


def _options_class(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _options_class(argument)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option of the file."""

    path: str
    type: str
    default: str
    meaning: str


def explain_options() -> tuple[OptionRow, ...]:
    """Every option in the order of the file."""
    return tuple(_explain(Configuration, ""))


def _explain(options: type[BaseModel], prefix: str) -> list[OptionRow]:
    rows: list[OptionRow] = []
    for name, field in options.model_fields.items():
        path = f"{prefix}{name}"
        inner = _options_class(field.annotation)
        many = getattr(field.annotation, "__origin__", None) in (tuple, dict)
        if inner is not None:
            rows += _explain(inner, f"{path}[]." if many else f"{path}.")
            continue
        default = "required"
        if not field.is_required():
            value = plain(field.get_default(call_default_factory=True))
            default = yaml.safe_dump(value, default_flow_style=True)
        kind = (
            getattr(field.annotation, "__name__", "")
            if isinstance(field.annotation, type)
            else str(field.annotation)
        )
        rows.append(
            OptionRow(
                path=path,
                type=kind.replace("typing.", ""),
                default=default.replace("\n...", "").strip(),
                meaning=field.description or "",
            )
        )
    return rows
