"""Mirror where environments point into the experiment tracker, so that its page shows the same. Never in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tunewright.flows.workspace import Workspace


def mirror_alias(ws: Workspace, *, model: str, environment: str, version: str) -> str:
    """Point the tracker's alias; answers the empty string, or why it was not done. Raises nothing."""
    if not (ws.project.state / "mlflow.db").is_file():
        return "this workspace has no MLflow store yet; `tunewright train` makes it"
    try:
        from tunewright import engines

        tracker = engines.load(
            "track", "mlflow", state_dir=ws.project.state, experiment=ws.configuration.model.name
        )
        tracker.set_alias(model=model, alias=environment, version=version)
    except Exception as error:  # noqa: BLE001 -- a plug-in's failure must not stop a promotion or a rollback
        return f"{type(error).__name__}: {error}"
    return ""
