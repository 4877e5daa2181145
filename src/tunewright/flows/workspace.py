"""A workspace: a folder with ``tunewright.yaml``, its recorded state, and one method for every verb."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tunewright.core.errors import NotFoundError
from tunewright.flows.config import CONFIG_NAME, Configuration, load_configuration

if TYPE_CHECKING:
    from tunewright.store.project import Project


class Workspace:
    """An opened workspace. Close it, or use it as a context manager."""

    def __init__(self, root: Path, configuration: Configuration, project: Project) -> None:
        self.root = root
        self.configuration = configuration
        self.project = project

    @classmethod
    def open(
        cls, path: str | Path = ".", *, overrides: tuple[str, ...] = (), actor: str | None = None
    ) -> Workspace:
        """Open the workspace in ``path``. Raises NotFoundError without ``tunewright.yaml``, ConfigError when it is wrong."""
        from tunewright.store.project import Project

        root = Path(path).resolve()
        if not (root / CONFIG_NAME).is_file():
            raise NotFoundError(
                f"{root} is not a workspace: it has no {CONFIG_NAME}",
                hint="run `tunewright init DIR --from FILE...`, or `cd` into a workspace",
                path=str(root),
            )
        configuration = load_configuration(root / CONFIG_NAME, overrides)
        return cls(root, configuration, Project.open(root, actor=actor))

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the database."""
        self.project.close()
