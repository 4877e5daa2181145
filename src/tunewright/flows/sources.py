"""Record the source files and golden sets of a workspace, and read rows from the recorded bytes."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewright.core.canonical import digest, plain
from tunewright.core.errors import ConfigError, DataError
from tunewright.core.types import Example, FileEntry, Record, Ref
from tunewright.data.golden import load_golden
from tunewright.data.options import SourceOptions
from tunewright.data.sources import Malformed, read_source
from tunewright.data.sources.slack import export_files
from tunewright.store.files import writing

if TYPE_CHECKING:
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
    def form(self) -> str:
        """For a person: the form, and which columns are prompt and reply."""
        columns = self.options.columns
        return f"{self.options.form}: {columns.prompt} → {columns.reply}" if columns else self.options.form


@dataclass(frozen=True, slots=True)
class RecordedGolden:
    """One golden set whose bytes lie in the blobs."""

    name: str
    ref: Ref
    file: FileEntry


def record_sources(ws: Workspace) -> list[RecordedSource]:
    """Copy every source into the blobs and record it. Raises ConfigError without sources, DataError for a missing one."""
    options = ws.configuration.data.sources
    if not options:
        raise ConfigError(
            "data.sources is empty", hint="add a source, or run `tunewright init DIR --from FILE...`"
        )
    names = _names([source.path for source in options])
    return [
        _record_source(ws.project, ws.root, name, source) for name, source in zip(names, options, strict=True)
    ]


def _names(paths: Sequence[str]) -> list[str]:
    """The file's name where it is the only one of that name, else its path in one word (``old-tickets.csv``)."""
    if len(set(paths)) != len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise ConfigError(f"data.sources names {twice} twice", hint="remove one of them")
    shared = Counter(Path(path).name for path in paths)
    names = [_one_word(path) if shared[Path(path).name] > 1 else Path(path).name for path in paths]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(f"two of data.sources would be called {twice}", hint="rename one of the files")
    return names


def _one_word(path: str) -> str:
    """A path as a record's name."""
    return "-".join(part for part in Path(path).parts if part not in ("/", ".", ".."))


def _record_source(project: Project, root: Path, name: str, options: SourceOptions) -> RecordedSource:
    path = root / options.path
    if path.is_dir():
        found = export_files(path)
        files = tuple(_store(project, file, f"{channel}/{file.name}") for channel, file in found)
        content = digest([[file.path, file.digest] for file in files])
    else:
        files = (_store(project, path, Path(options.path).name),)
        content = files[0].digest
    recipe = plain(options.model_copy(update={"path": name}))
    record = _commit(project, "source", name, content, recipe, files)
    return RecordedSource(name, options, record.ref, files)


def _store(project: Project, path: Path, name: str) -> FileEntry:
    if not path.is_file():
        raise DataError(
            f"{path} does not exist",
            hint="check the path under `data` in tunewright.yaml",
            file=path.name,
            path=str(path),
        )
    try:
        kept = project.blobs.put_file(path)
    except PermissionError as error:
        raise DataError(
            f"{path} may not be read", hint="give yourself the right to read it", file=path.name
        ) from error
    return FileEntry(path=name, digest=kept, size_bytes=project.blobs.path(kept).stat().st_size)


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
    for path in ws.configuration.data.golden:
        file = _store(ws.project, ws.root / path, Path(path).name)
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


def rows_of(
    project: Project, sources: Sequence[RecordedSource], scratch: Path
) -> Iterator[Example | Malformed]:
    """Every row of every source, from the recorded bytes. ``scratch`` takes the folders of Slack exports."""
    for at, source in enumerate(sources):
        if len(source.files) == 1 and "/" not in source.files[0].path:
            path = project.blobs.path(source.files[0].digest)
        else:
            path = scratch / str(at)
            with writing(f"unfolding {source.name}"):
                for file in source.files:
                    (path / file.path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(project.blobs.path(file.digest), path / file.path)
        yield from read_source(path, source.options, name=source.name)


def sources_of(project: Project, snapshot: Record) -> list[RecordedSource]:
    """The sources a snapshot was made from, as they were recorded."""
    found = []
    for ref in snapshot.inputs:
        if ref.kind == "source":
            record = project.records.by_digest(ref.digest)
            options = SourceOptions.model_validate(record.recipe)
            found.append(RecordedSource(ref.name, options, ref, record.files))
    return found
