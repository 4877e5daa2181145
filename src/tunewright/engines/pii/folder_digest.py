"""A short digest of a model's files, so that another model under the same name is another version."""

from __future__ import annotations

import hashlib
from pathlib import Path

_SHOWN = 12


def folder_digest(folder: Path | str) -> str:
    """The first 12 hex digits of the SHA-256 over names and contents of all files in the folder, in order of name."""
    root = Path(folder)
    digest = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if "__pycache__" in path.parts:
            continue
        name = path.relative_to(root).as_posix().encode()
        digest.update(len(name).to_bytes(8, "big") + name + path.stat().st_size.to_bytes(8, "big"))
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:_SHOWN]
