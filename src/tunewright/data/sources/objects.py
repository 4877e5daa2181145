"""Object stores and other remote files through fsspec: ``s3://``, ``gs://``, ``abfs://``, ``file://``, ``memory://``.

Needs fsspec (extra ``objects``) and the store's own package (s3fs, gcsfs, adlfs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from tunewright.core.errors import ConfigError, DataError, EngineError, EngineMissingError
from tunewright.core.options import EnvName
from tunewright.data.source_options import SourceOptions
from tunewright.data.sources.tree import MAX_MEMBERS

_PIECE = 1 << 20
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}
_FIXED = (
    "ETag",
    "etag",
    "md5Hash",
    "content_md5",
    "generation",
    "LastModified",
    "mtime",
    "ino",
    "created",
    "size",
    "version_id",
)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of an object store."""

    name: str
    """relative to the address; the file's own name when the address is one file"""
    size_bytes: int
    mark: str
    """changes when the file does: ETag, generation, time and size, as far as the store tells them"""
    open: Callable[[], IO[bytes]]

    def pieces(self) -> Iterator[bytes]:
        """Its bytes. Raises EngineError (retryable) when the store stops answering."""
        try:
            with self.open() as stream:
                while piece := stream.read(_PIECE):
                    yield piece
        except (OSError, ValueError) as error:
            raise EngineError(
                f"the store stopped answering while {self.name} was read; nothing of it was recorded",
                hint="check that it is reachable, then run the same command again",
                retryable=True,
                file=self.name,
            ) from error


def remote_files(options: SourceOptions) -> tuple[RemoteFile, ...]:
    """The file at an address, or all files below it, sorted by name.

    Raises ConfigError for an address of no known kind, DataError when nothing is there, EngineMissingError without the
    store's package, EngineError when it does not answer.
    """
    address = options.path
    fs, path = _filesystem(address, options.storage)
    try:
        if not fs.exists(path):
            raise DataError(
                f"there is nothing at {address}",
                hint="check `path` of this source and your rights",
                path=address,
            )
        if fs.isfile(path):
            return (_file(fs, path, PurePosixPath(path).name),)
        found = sorted(fs.find(path))
        if len(found) > MAX_MEMBERS:
            raise DataError(
                f"there are more than {MAX_MEMBERS} files at {address}",
                hint="name a folder in it",
                path=address,
            )
        base = path.rstrip("/") + "/"
        inside = [(item, str(item).removeprefix(base)) for item in found]
        return tuple(_file(fs, item, name) for item, name in inside if not _is_hidden(name))
    except (OSError, ValueError) as error:
        raise EngineError(
            f"the store of {address} does not answer ({type(error).__name__})",
            hint="check the address, your rights and the network",
            retryable=True,
            path=address,
        ) from error


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _filesystem(address: str, storage: Any) -> tuple[Any, str]:
    protocol = address.partition("://")[0]
    if "::" in address:
        raise ConfigError(f"{address} is a chain of addresses", hint="give one address", path=address)
    try:
        import fsspec
    except ImportError as error:
        raise EngineMissingError(
            "reading object stores needs fsspec", hint="pip install 'tunewright[objects]'", package="fsspec"
        ) from error
    given = {key: item.value() if isinstance(item, EnvName) else item for key, item in storage.items()}
    try:
        fs, path = fsspec.core.url_to_fs(address, **given)
    except ImportError as error:
        package = _PACKAGES.get(protocol, f"the fsspec package for {protocol}")
        raise EngineMissingError(
            f"reading {protocol}:// needs {package}", hint=f"pip install {package}", package=package
        ) from error
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"{protocol}:// is no store we know, or its `storage` options are wrong",
            hint="known are s3, gs, abfs, file, memory and what fsspec lists",
            path=address,
        ) from error
    return fs, path


def _file(fs: Any, path: str, name: str) -> RemoteFile:
    fs.invalidate_cache()
    info = fs.info(path)
    mark = "|".join(f"{key}={info[key]}" for key in _FIXED if info.get(key) is not None)
    return RemoteFile(name, int(info.get("size") or 0), mark, lambda: fs.open(path, "rb"))
