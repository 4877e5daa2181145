"""Semantic versions of models. The first is 1.0.0; after that the highest version decides what a new one is called:

* another base model -> major: everything it answers may differ;
* other data -> minor: it knows something else;
* other hyperparameters, thread count or library versions -> patch: the same task and data, tuned differently.

Registering what is already registered (same base, data, training recipe and served bytes) answers the version it has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tunewright.core.canonical import digest
from tunewright.core.errors import ConflictError, NotFoundError, UsageError
from tunewright.core.types import Record
from tunewright.store.project import Project

SERVED_KEYS = ("base", "chat_template", "quantisation", "tokenizer", "weights")
_SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_ATTEMPTS = 5


def parse_version(text: str) -> tuple[int, int, int]:
    """``1.4.0`` to (1, 4, 0). Raises UsageError for anything else."""
    match = _SEMVER.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a version", hint="write it as 1.4.0")
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch


def next_version(
    highest: str | None, made_from: Mapping[str, str], previous: Mapping[str, str]
) -> tuple[str, str]:
    """The version after ``highest`` and which part was bumped, from what the two were made of.

    ``made_from`` and ``previous`` have the keys base, data and training, each a digest.
    """
    if highest is None:
        return "1.0.0", "first"
    major, minor, patch = parse_version(highest)
    if made_from["base"] != previous["base"]:
        return f"{major + 1}.0.0", "major"
    if made_from["data"] != previous["data"]:
        return f"{major}.{minor + 1}.0", "minor"
    return f"{major}.{minor}.{patch + 1}", "patch"


def register(
    project: Project, *, name: str, snapshot: Record, base: Record, run: Record, served: Mapping[str, str]
) -> Record:
    """Record a model version: what is served, what it was made from, and its number.

    ``served`` holds the digests of base, weights, tokenizer, chat_template and quantisation (``none`` where not).
    Raises UsageError for other keys, ConflictError when others keep registering faster.
    """
    if sorted(served) != list(SERVED_KEYS):
        raise UsageError(f"served names {sorted(served)}", hint=f"it must name {list(SERVED_KEYS)}")
    made_from = {"base": served["base"], "data": data_digest(snapshot), "training": run.recipe_digest}
    for _attempt in range(_ATTEMPTS):
        versions = sorted(
            project.records.find("model", name), key=lambda record: parse_version(record.ref.version)
        )
        for known in versions:
            if known.recipe["made_from"] == made_from and known.recipe["served"] == dict(served):
                return known
        highest = versions[-1] if versions else None
        version, bump = next_version(
            highest.ref.version if highest else None,
            made_from,
            highest.recipe["made_from"] if highest else {},
        )
        try:
            return project.records.commit(
                kind="model",
                name=name,
                version=version,
                inputs=(snapshot.ref, base.ref, run.ref),
                recipe={
                    "served": dict(served),
                    "subject_digest": digest(dict(served)),
                    "made_from": made_from,
                    "method": training_method(run.recipe),
                    "bump": bump,
                },
                files_dir=None,
                seed=run.provenance.seed,
                action="model.register",
                body={"subject_digest": digest(dict(served)), "bump": bump},
            )
        except ConflictError:
            # Another process took the number between the look and the commit: look again.
            continue
    raise ConflictError(
        f"no version number of {name} stayed free in {_ATTEMPTS} attempts", hint="try again", model=name
    )


def data_digest(snapshot: Record) -> str:
    """What the examples are, whatever the build was called: two builds of the same data are the same data."""
    examples = next((entry.digest for entry in snapshot.files if entry.path == "examples.parquet"), None)
    return examples or snapshot.ref.digest


def training_method(recipe: Mapping[str, Any]) -> str:
    """lora or full, from a training run's recipe."""
    section = recipe.get("train")
    inner = section if isinstance(section, Mapping) else recipe
    return str(inner.get("method", ""))


def subject_of(model: Record) -> str:
    """Digest of what is served for this version."""
    return str(model.recipe["subject_digest"])


def find_model(project: Project, text: str, *, default_name: str) -> Record:
    """The version that ``support@1.2.0``, ``1.2.0``, ``support`` or ``latest`` names; without a number the highest.

    Raises NotFoundError naming the versions there are.
    """
    name, _, version = text.partition("@")
    if not version and (_SEMVER.fullmatch(name) or name in ("", "latest")):
        name, version = default_name, "" if name in ("", "latest") else name
    known = sorted(project.records.find("model", name), key=lambda record: parse_version(record.ref.version))
    if not known:
        raise NotFoundError(
            f"no version of a model {name!r} is registered", hint="`tunewright train` registers one"
        )
    if version in ("", "latest"):
        return known[-1]
    for record in known:
        if record.ref.version == version:
            return record
    raise NotFoundError(
        f"{name} has no version {version!r}", hint=f"it has {', '.join(r.ref.version for r in known[-10:])}"
    )
