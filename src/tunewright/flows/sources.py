"""Record the source files and golden sets of a workspace, and read rows from the recorded bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import digest, plain
from tunewright.core.errors import ConfigError
from tunewright.core.types import Example, FileEntry, Record, Ref
from tunewright.data.golden import load_golden
from tunewright.data.options import SourceOptions
from tunewright.data.sources import Malformed, Member, read_source
from tunewright.flows.source_fetch import fetch, keep_file

if TYPE_CHECKING:
    from tunewright.flows.erased_rows import ErasedRows
    from tunewright.flows.workspace import Workspace
    from tunewright.store.project import Project


@dataclass(frozen=True, slots=True)
class RecordedSource:
    """One source whose bytes lie in the blobs."""

    name: str
    options: SourceOptions
    ref: Ref
    files: tuple[FileEntry, ...]

    @property
    def recipe(self) -> dict[str, Any]:
        """How it is read, as its record has it."""
        return source_recipe(self.name, self.options)

    @property
    def form(self) -> str:
        """For a person: the form, and which columns are prompt and reply, or by which rule."""
        columns = self.options.columns
        if self.options.documents is not None:
            return f"{self.options.form}: {self.options.documents.rule}"
        return f"{self.options.form}: {columns.prompt} → {columns.reply}" if columns else self.options.form

    def account(self) -> dict[str, str | int]:
        """What is known about it: form, licence, purpose, legal basis, owner, days, subject."""
        return {"form": self.form, **self.options.account()}


@dataclass(frozen=True, slots=True)
class RecordedGolden:
    """One golden set whose bytes lie in the blobs."""

    name: str
    ref: Ref
    file: FileEntry


def record_sources(ws: Workspace) -> list[RecordedSource]:
    """Keep every source's bytes and record it. Raises ConfigError without sources or with two of one name, DataError for
    one that is missing, unreadable, hostile or changing."""
    options = ws.configuration.data.sources
    if not options:
        raise ConfigError(
            "data.sources is empty", hint="add a source, or run `tunewright init DIR --from FILE...`"
        )
    names = source_names(options)
    erased = _erased(ws.project)
    return [
        _record_source(ws.project, ws.root, name, source, erased)
        for name, source in zip(names, options, strict=True)
    ]


def _erased(project: Project) -> ErasedRows | None:
    """What was erased and is not to come back."""
    from tunewright.flows.erased_rows import screen_of

    return screen_of(project)


def source_names(sources: Sequence[SourceOptions]) -> list[str]:
    """A source's ``name``, else its file's name where that is the only one, else its path in one word.

    Raises ConfigError when two sources name one place or would have one name.
    """
    paths = [source.path for source in sources if source.path]
    if len(set(paths)) != len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise ConfigError(f"data.sources names {twice} twice", hint="remove one of them")
    shared = Counter(source.file_name for source in sources if source.path and not source.name)
    names = [
        source.name
        or ("exchanges" if not source.path else "")
        or (_one_word(source.path) if shared[source.file_name] > 1 else source.file_name)
        for source in sources
    ]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(
            f"two of data.sources would be called {twice}",
            hint="give one of them another `name`, or rename the file",
        )
    return names


def _one_word(path: str) -> str:
    """A path or address as a record's name."""
    return "-".join(part.rstrip(":") for part in Path(path).parts if part not in ("/", ".", ".."))


def _record_source(
    project: Project, root: Path, name: str, options: SourceOptions, erased: ErasedRows | None
) -> RecordedSource:
    before = project.records.latest("source", name)
    if erased is None:
        files = fetch(project, root, name, options, before)
    else:
        files = fetch(project, root, name, options, before, partial(erased.screened, name, options))
    whole = len(files) == 1 and files[0].path == options.file_name
    content = files[0].digest if whole else digest([[file.path, file.digest] for file in files])
    record = _commit(project, "source", name, content, source_recipe(name, options), files)
    return RecordedSource(name, options, record.ref, files)


_FIRST_FIELDS = ("path", "form", "columns", "licence", "purpose")


def source_recipe(name: str, options: SourceOptions) -> dict[str, Any]:
    """How a source is read and what is known about it, without where it lies. What is not set is left out, so that a new
    option makes no new version of an old source."""
    told: dict[str, Any] = plain(
        options.model_copy(update={"path": _shown_path(name, options), "storage": {}})
    )
    if told["sql"] is not None:
        told["sql"]["url"] = ""
    return {
        key: value
        for key, value in told.items()
        if key in _FIRST_FIELDS
        or value != SourceOptions.model_fields[key].get_default(call_default_factory=True)
    }


def _shown_path(name: str, options: SourceOptions) -> str:
    """The record's name, whose ending tells the container; the file's name where the source has a name of its own."""
    return options.path and (options.file_name if options.name else name)


def _commit(
    project: Project, kind: str, name: str, content: str, recipe: Any, files: tuple[FileEntry, ...]
) -> Record:
    """Record it once; the same bytes read in another way are another version."""
    for version in (content[:12], f"{content[:12]}-{digest(recipe)[:6]}"):
        known = [record for record in project.records.find(kind, name) if record.ref.version == version]
        if known and known[0].recipe != recipe:
            continue
        if known:
            return known[0]
        return project.records.commit(
            kind=kind,
            name=name,
            version=version,
            inputs=(),
            recipe=recipe,
            files_dir=None,
            external_files=files,
            action=f"{kind}.add",
        )
    raise ConfigError(
        f"{kind} {name} is recorded with another recipe", hint="give the file another name", source=name
    )


def record_goldens(ws: Workspace) -> list[RecordedGolden]:
    """Copy every golden set into the blobs and record it. Raises DataError."""
    found = []
    stems = Counter(Path(path).stem for path in ws.configuration.data.golden)
    erased = _erased(ws.project)
    for path in ws.configuration.data.golden:
        if erased is None:
            file = keep_file(ws.project, ws.root / path, Path(path).name)
        else:
            with erased.screened_golden(ws.root / path, Path(path).name) as kept:
                file = keep_file(ws.project, kept, Path(path).name)
        name = Path(path).stem if stems[Path(path).stem] == 1 else _one_word(path)
        record = _commit(ws.project, "golden", name, file.digest, {"name": Path(path).name}, (file,))
        found.append(RecordedGolden(name, record.ref, file))
    return found


def golden_examples(project: Project, goldens: Sequence[RecordedGolden]) -> list[Example]:
    """Items of all golden sets, from the recorded bytes."""
    items: list[Example] = []
    for golden in goldens:
        items += load_golden(project.blobs.path(golden.file.digest), name=golden.file.path)
    return items


def rows_of(project: Project, sources: Sequence[RecordedSource]) -> Iterator[Example | Malformed]:
    """Every row of every source, from the recorded bytes. Raises IntegrityError when these are not what was recorded."""
    for source in sources:
        for file in source.files:
            project.blobs.open(file.digest).close()
        if len(source.files) == 1 and source.files[0].path.lower().endswith(".zip"):
            yield from read_source(
                project.blobs.path(source.files[0].digest), source.options, name=source.name
            )
        else:
            members = [_member(project, file) for file in source.files]
            yield from read_source(members, source.options, name=source.name)


def _member(project: Project, file: FileEntry) -> Member:
    path = project.blobs.path(file.digest)
    return Member(file.path, lambda: path.open("rb"), file.size_bytes)


def sources_of(project: Project, snapshot: Record) -> list[RecordedSource]:
    """The sources a snapshot was made from, as they were recorded."""
    found = []
    for ref in snapshot.inputs:
        if ref.kind == "source":
            record = project.records.by_digest(ref.digest)
            options = SourceOptions.model_validate(record.recipe)
            files = project.records.present_files(record)
            found.append(RecordedSource(ref.name, options, ref, files))
    return found
