"""``tunewright init``: look at raw exports, say what they are, and write a workspace that refers to them by path.

Nothing is copied and nothing is guessed silently: every file is named with what it was taken for and why, or why not.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from itertools import islice
from pathlib import Path

import yaml

from tunewright.core.errors import ConflictError, DataError, EngineMissingError, UsageError
from tunewright.core.types import Example
from tunewright.data.golden import load_golden, looks_golden
from tunewright.data.options import ColumnMap, EngineNames, SourceOptions
from tunewright.data.sources import container_of, detect_form
from tunewright.data.sources.detect_tree import holds_documents
from tunewright.data.sources.documents import kind_of
from tunewright.data.sources.slack import is_export
from tunewright.flows.config import CONFIG_NAME, parse_configuration

POLICY_NAME = "policy.yaml"
_WHOLE = (".mbox", ".eml", ".zip")
"""files in a folder that are looked at as a whole: mailboxes and exports"""
_LOOKED_AT = 1000
"""rows of a source from which its language is read"""


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A file that became a source."""

    path: str
    form: str
    columns: Mapping[str, str]
    because: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that did not, and why."""

    path: str
    because: str


@dataclass(frozen=True, slots=True)
class InitReport:
    """What ``init`` made."""

    root: Path
    config: Path
    name: str
    sources: tuple[FoundSource, ...]
    goldens: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    metrics: tuple[str, ...]
    primary: str
    notes: tuple[str, ...] = field(default=())


def init(
    root: Path,
    *,
    sources: Sequence[Path],
    golden: Sequence[Path] = (),
    maps: Sequence[str] = (),
    name: str = "",
    approver: str = "",
) -> InitReport:
    """Write ``tunewright.yaml`` and ``policy.yaml`` into ``root`` and create its recorded state.

    ``maps`` are ``file.csv:prompt=COLUMN,reply=COLUMN,...``. Raises ConflictError when there is a workspace already,
    DataError for a named file that holds no conversation, UsageError for a wrong map.
    """
    config = root / CONFIG_NAME
    if config.exists():
        raise ConflictError(
            f"{config} is already there", hint="choose another folder, or edit that file", path=str(config)
        )
    if not sources:
        raise UsageError(
            "no source is given", hint="name files or folders: tunewright init DIR --from exports/"
        )
    mapped = dict(_parse_map(text) for text in maps)
    golden_sets = {path: load_golden(path) for path in golden}
    found, skipped = _find(sources, golden, mapped)
    unused = sorted(set(mapped) - {options_path.name for options_path, _, _ in found})
    if unused:
        raise UsageError(
            f"--map names {unused[0]}, which is not among the sources", hint="check the file name in --map"
        )
    if not found:
        reasons = "; ".join(f"{item.path}: {item.because}" for item in skipped) or "the folders are empty"
        raise DataError(
            f"nothing here can be learned from ({reasons})",
            hint="name the columns with --map FILE:prompt=...,reply=...",
        )
    metrics, primary = propose_metrics([item.reference for items in golden_sets.values() for item in items])
    model = name or _model_name(root)
    text = _yaml(root, model, found, list(golden_sets), metrics, primary, approver)
    parse_configuration(text)
    _write(root, text)
    return InitReport(
        root=root,
        config=config,
        name=model,
        sources=tuple(_told(path, options, because) for path, options, because in found),
        goldens=tuple(str(path) for path in golden_sets),
        skipped=tuple(skipped),
        metrics=tuple(metrics),
        primary=primary,
        notes=_notes(golden_sets),
    )


def _notes(golden_sets: Mapping[Path, list[Example]]) -> tuple[str, ...]:
    if golden_sets:
        return ()
    return ("without a golden set nothing can be evaluated: add one under `data.golden`",)


def _told(path: Path, options: SourceOptions, because: str) -> FoundSource:
    columns = options.columns.model_dump(exclude_none=True) if options.columns else {}
    return FoundSource(str(path), options.form, columns, because)


def _parse_map(text: str) -> tuple[str, ColumnMap]:
    """``tickets.csv:prompt=a,reply=b`` -> (file name, columns). Raises UsageError."""
    file, separator, pairs = text.partition(":")
    known = ", ".join(ColumnMap.model_fields)
    hint = "for example --map tickets.csv:prompt=customer_message,reply=triage"
    if not separator or not file:
        raise UsageError(f"--map {text!r} is not FILE:prompt=COLUMN,reply=COLUMN", hint=hint)
    columns: dict[str, str] = {}
    for pair in pairs.split(","):
        meaning, equals, column = pair.partition("=")
        if not equals or meaning.strip() not in ColumnMap.model_fields or not column.strip():
            raise UsageError(
                f"--map {file}: {pair!r} is not MEANING=COLUMN", hint=f"meanings are {known}; {hint}"
            )
        columns[meaning.strip()] = column.strip()
    missing = [key for key in ("prompt", "reply") if key not in columns]
    if missing:
        raise UsageError(f"--map {file} says no {missing[0]}", hint=hint)
    return Path(file).name, ColumnMap(**columns)


_Found = list[tuple[Path, SourceOptions, str]]


def _find(
    sources: Sequence[Path], golden: Sequence[Path], mapped: Mapping[str, ColumnMap]
) -> tuple[_Found, list[Skipped]]:
    """Sources among the given files and folders; a file named by itself must be one, a file in a folder may be skipped."""
    goldens = {path.resolve() for path in golden}
    found: _Found = []
    skipped: list[Skipped] = []
    for path in sources:
        if not path.exists():
            raise DataError(f"{path} does not exist", hint="check the path after --from", file=str(path))
        if path.is_dir() and not is_export(path) and not holds_documents(path):
            for file in sorted(item for item in path.iterdir() if not item.name.startswith(".")):
                if file.resolve() not in goldens:
                    _take(file, mapped, found, skipped)
        elif path.resolve() not in goldens:
            found.append(_look(path, mapped))
    return found, skipped


def _take(file: Path, mapped: Mapping[str, ColumnMap], found: _Found, skipped: list[Skipped]) -> None:
    """A file found in a folder: a source, or skipped with the reason."""
    if file.is_dir() and not is_export(file):
        skipped.append(Skipped(str(file), "a folder; name it with --from to look inside"))
        return
    if file.is_file() and container_of(file.name) is None and not file.name.lower().endswith(_WHOLE):
        why = (
            "a document; name it with --from"
            if kind_of(file.name)
            else "not JSON, JSON Lines, CSV, TSV or Parquet"
        )
        skipped.append(Skipped(str(file), why))
        return
    if file.is_file() and file.name not in mapped and looks_golden(file):
        skipped.append(
            Skipped(str(file), "looks like a golden set (`input` and `reference`): give it with --golden")
        )
        return
    try:
        found.append(_look(file, mapped))
    except DataError as error:
        skipped.append(Skipped(str(file), error.what.removeprefix(f"{file.name} ")))


def _look(path: Path, mapped: Mapping[str, ColumnMap]) -> tuple[Path, SourceOptions, str]:
    if path.name in mapped:
        options = SourceOptions(path=str(path), form="columns", columns=mapped[path.name])
        return path, options, "columns as given with --map"
    detected = detect_form(path)
    options = SourceOptions(
        path=str(path), form=detected.form, columns=detected.columns, documents=detected.documents
    )
    return path, options, detected.because


def propose_metrics(references: Sequence[str]) -> tuple[list[str], str]:
    """Metrics that fit the references: objects are compared field by field, led by their first field."""
    parsed = [_object(text) for text in references]
    if not parsed or any(item is None for item in parsed):
        return ["exact_match"], "exact_match"
    fields = list(dict.fromkeys(key for item in parsed if item is not None for key in item))
    common = [key for key in fields if all(item is not None and key in item for item in parsed)]
    if not common:
        return ["json_valid", "json_match"], "json_match"
    named = [f"json_field:{key}" for key in common]
    return ["json_valid", "json_match", *named], named[0]


def _object(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _model_name(root: Path) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", root.resolve().name.lower()).strip("-")
    return plain[:63] or "model"


def _relative(path: Path, root: Path) -> str:
    """As the YAML names it: relative when the file lies in or beside the workspace, else absolute."""
    absolute, base = path.resolve(), root.resolve()
    relative = os.path.relpath(absolute, base)
    return Path(relative if not relative.startswith("../../..") else str(absolute)).as_posix()


def _yaml(
    root: Path,
    model: str,
    found: _Found,
    golden: Sequence[Path],
    metrics: Sequence[str],
    primary: str,
    approver: str,
) -> str:
    """The file, with a comment for everything a person may want to change."""
    lines = [
        "# Tunewright workspace. Every option with its meaning: `tunewright config explain`.",
        "# After a change: `tunewright config check`, then `tunewright run`.",
        "",
        "model:",
        f"  name: {_scalar(model)}          # its name in the registry and at the gateway",
        "  base: builtin          # or a folder, or a Hugging Face id; never with remote code",
        "",
        "data:",
        "  sources:               # read where they lie; the bytes used are recorded with every snapshot",
        "    # for each: licence, purpose, legal_basis, owner, received, retention_days, subject, on_bad_row",
    ]
    lines += _sources(root, found)
    lines += [
        "  use:                   # what the model is for; a source that may not be used so stops the build",
        "    commercial: true     # also: purpose, compatible, distribute, unknown (refuse what has no licence), blocked",
    ]
    lines += [
        "  golden:                # curated questions with their right answers; never trained on"
        if golden
        else "  golden: []"
    ]
    lines += [f"    - {_scalar(_relative(path, root))}" for path in golden]
    lines += _steps(_languages(found))
    lines += _engines()
    lines += [
        "",
        "train:",
        "  method: lora           # or `full`: all weights, slower, usually better on small models",
        "  seed: 42",
        "",
        "evaluate:",
        f"  metrics: [{', '.join(_scalar(metric) for metric in metrics)}]",
        f"  primary: {_scalar(primary)}",
        "",
        "gates:",
        f"  policy: {POLICY_NAME}    # what must hold before a model reaches an environment",
        _roles(approver),
        "",
        "runtime:",
        f"  threads: {min(2, os.cpu_count() or 1)}",
        "",
    ]
    return "\n".join(lines)


def _sources(root: Path, found: _Found) -> list[str]:
    """Where each source lies and how it is read, with why."""
    lines = []
    for path, options, because in found:
        lines += [
            f"    # {because}",
            f"    - path: {_scalar(_relative(path, root))}",
            f"      form: {options.form}",
        ]
        if options.columns is not None:
            columns = options.columns.model_dump(exclude_none=True)
            told = ", ".join(f"{meaning}: {_scalar(column)}" for meaning, column in columns.items())
            lines.append(f"      columns: {{{told}}}")
        if options.documents is not None:
            lines.append(f"      documents: {{rule: {options.documents.rule}}}")
    return lines


def _roles(approver: str) -> str:
    """Who may approve; nobody until somebody is named."""
    named = f"{{approver: [{_scalar(approver)}]}}" if approver else "{}"
    return f"  roles: {named:<16}# role: [names], as the policy's approvals ask for them"


def _steps(languages: Sequence[str]) -> list[str]:
    """The default pipeline, one line a step; the languages of the bulk, where they could be told."""
    told = {
        "normalise": "one Unicode form, repaired mojibake, no invisible characters",
        "malformed": "empty and cut-off replies, turns out of order, encoding damage",
        "exact_duplicates": "the same conversation again",
        "unfinished": "replies cut off, by how the others of their source end",
        "length": "too short, too long (limits as options)",
        "gibberish": "keys struck at random",
        "language": "texts in another language than the bulk (or than `allowed`)",
        "repetition": "replies that loop",
        "boilerplate": "passages many texts share: counted (`action: strip` takes them out)",
        "toxicity": "insults, slurs, threats, sexual content",
        "prompt_injection": "orders to the model in what customers write",
        "pii": "personal data and secrets: redacted when sure, held for review when not",
        "near_duplicates": "almost the same conversation, verified by exact Jaccard",
        "decontaminate": "what the golden sets ask",
        "stale": "what no longer holds: old rows, passed dates, replaced labels, retired products",
        "off_topic": "what is far from the golden sets and from the bulk",
        "wrong_form": "what the base model's chat template cannot carry",
        "wrong_labels": "labels that a classifier trained on the other rows finds wrong",
        "split": "train, validation and test without leaks between them",
        "canaries": "planted secrets that measure memorisation",
    }
    width = max(len(name) for name in told)
    lines = ["  steps:"]
    for name, what in told.items():
        lines.append(f"    - use: {name:<{width}}  # {what}")
        if name == "language" and languages:
            lines.append(f"      options: {{allowed: [{', '.join(languages)}]}}")
    return lines


def _languages(found: _Found) -> tuple[str, ...]:
    """Languages the bulk of the prompts is written in; empty where no identifier is installed or too little can be read."""
    from tunewright.data.prose import prose
    from tunewright.data.sources import read_source
    from tunewright.data.steps.language import LanguageOptions, bulk_languages
    from tunewright.engines import load

    prompts: list[str] = []
    for path, options, _ in found:
        rows = read_source(path, options, name=path.name)
        examples = (row for row in islice(rows, _LOOKED_AT) if isinstance(row, Example))
        prompts += [prose(turn.content) for row in examples for turn in row.messages if turn.role == "user"]
    try:
        identifier = load("language_id", EngineNames().language)
    except EngineMissingError:
        return ()
    return bulk_languages(prompts, identifier, LanguageOptions().bulk_share)


def detectors() -> tuple[str, ...]:
    """Detectors of personal data a new workspace begins with: the patterns, and the model where its extra is installed."""
    from tunewright.engines import missing

    return ("patterns",) if missing("pii", "ner") else ("patterns", "ner")


def _engines() -> list[str]:
    names = detectors()
    told = (
        "names and addresses too"
        if "ner" in names
        else "for names and addresses: pip install 'tunewright[pii]'"
    )
    return ["  engines:", f"    pii: [{', '.join(names)}]    # who looks for personal data; {told}"]


_PLAIN = re.compile(r"[A-Za-z_./~][\w ./-]*")


def _scalar(text: str) -> str:
    """Text as a YAML scalar on one line, quoted where it could be read as anything else."""
    if _PLAIN.fullmatch(text) and not text.endswith(" ") and yaml.safe_load(text) == text:
        return text
    return json.dumps(text, ensure_ascii=False)


def _write(root: Path, text: str) -> None:
    """State first, the configuration last: a folder is a workspace from that moment on."""
    from tunewright.store.project import Project

    root.mkdir(parents=True, exist_ok=True)
    try:
        Project.create(root).close()
    except ConflictError:
        Project.open(root).close()  # left over from an init that was stopped before its last line
    if not (root / POLICY_NAME).exists():
        policy = (
            resources.files("tunewright.registry").joinpath("default_policy.yaml").read_text(encoding="utf-8")
        )
        _replace(root / POLICY_NAME, policy)
    _replace(root / CONFIG_NAME, text)


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    staged = path.with_name(f".{path.name}.new")
    with staged.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    staged.replace(path)
