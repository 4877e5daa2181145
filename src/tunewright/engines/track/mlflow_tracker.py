"""Mirror runs and model versions into MLflow: a SQLite store in the workspace, through the client, no server.

To look at it: ``mlflow ui --backend-store-uri sqlite:///<workspace>/.tunewright/mlflow.db``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tunewright.core.errors import EngineError, NotFoundError

_BATCH = 1000  # the server-side limit on metrics of one log_batch
_PARAM_BATCH = 100
_VALUE_LENGTH = 6000


class MlflowTracker:
    """Implements ``Tracker``. One experiment a workspace; the database appears with the first run."""

    def __init__(self, *, state_dir: Path, experiment: str) -> None:
        """``state_dir``: where ``mlflow.db`` and ``mlartifacts`` lie."""
        self._state_dir = state_dir
        self._experiment = experiment
        self._known_client: Any = None

    def log_run(
        self,
        *,
        name: str,
        params: Mapping[str, str],
        history: Sequence[Mapping[str, float]],
        metrics: Mapping[str, float],
        artifacts: Sequence[Path],
        tags: Mapping[str, str],
    ) -> str:
        """Record a finished run: parameters, the curves by step, final metrics, files and folders. Answers MLflow's run id.

        Raises EngineError (retryable) when MLflow fails; nothing of ours depends on it having worked.
        """
        from mlflow.entities import Metric, Param, RunTag

        with self._guard("record a run"):
            client = self._client()
            run = client.create_run(self._experiment_id(client), run_name=name)
            run_id = str(run.info.run_id)
            at = int(run.info.start_time)
            curves = [
                Metric(key, float(value), at, int(row.get("step", 0)))
                for row in history
                for key, value in row.items()
                if key != "step"
            ]
            finals = [Metric(key, float(value), at, 0) for key, value in metrics.items()]
            rows = [*curves, *finals]
            for start in range(0, len(rows), _BATCH):
                client.log_batch(run_id, metrics=rows[start : start + _BATCH])
            pairs = [Param(key, value[:_VALUE_LENGTH]) for key, value in params.items()]
            for start in range(0, len(pairs), _PARAM_BATCH):
                client.log_batch(run_id, params=pairs[start : start + _PARAM_BATCH])
            client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])
            for path in artifacts:
                if path.is_dir():
                    client.log_artifacts(run_id, str(path), artifact_path=path.name)
                else:
                    client.log_artifact(run_id, str(path))
            client.set_terminated(run_id, status="FINISHED")
            return run_id

    def register_version(
        self, *, model: str, version: str, run_id: str, source: Path, tags: Mapping[str, str]
    ) -> None:
        """Mirror a model version. MLflow numbers its own; ours is the tag and alias ``v<version>`` with dashes for dots."""
        from mlflow.exceptions import MlflowException

        with self._guard("register a model version"):
            client = self._client()
            try:
                client.create_registered_model(model)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            if self._number(client, model, version) is not None:
                return
            made = client.create_model_version(
                model,
                source=source.resolve().as_uri(),
                run_id=run_id or None,
                tags={**tags, "version": version},
                description=f"{model}@{version}",
            )
            client.set_registered_model_alias(model, _alias(version), made.version)

    def set_alias(self, *, model: str, alias: str, version: str) -> None:
        """Point an environment at a version. Raises NotFoundError for a version MLflow was never told of."""
        with self._guard("set an alias"):
            client = self._client()
            number = self._number(client, model, version)
            if number is None:
                raise NotFoundError(
                    f"MLflow does not know {model}@{version}",
                    hint="its tracking was off or failed when the version was made",
                    model=model,
                    version=version,
                )
            client.set_registered_model_alias(model, alias, number)

    def _number(self, client: Any, model: str, version: str) -> str | None:
        from mlflow.exceptions import MlflowException

        try:
            return str(client.get_model_version_by_alias(model, _alias(version)).version)
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise

    def _client(self) -> Any:
        if self._known_client is None:
            os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
            os.environ.setdefault("DO_NOT_TRACK", "true")
            from mlflow import MlflowClient

            database = (self._state_dir / "mlflow.db").resolve()
            if not database.is_file():
                _create(database)
            uri = f"sqlite:///{database}"
            self._known_client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        return self._known_client

    def _experiment_id(self, client: Any) -> str:
        known = client.get_experiment_by_name(self._experiment)
        if known is not None:
            return str(known.experiment_id)
        location = (self._state_dir / "mlartifacts").resolve().as_uri()
        return str(client.create_experiment(self._experiment, artifact_location=location))

    @contextmanager
    def _guard(self, doing: str) -> Iterator[None]:
        """MLflow's and its database's failures as our error; its chatter off."""
        import logging
        import warnings

        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        loggers = [logging.getLogger(name) for name in ("mlflow", "alembic")]
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except (MlflowException, SQLAlchemyError, OSError) as error:
            raise EngineError(
                f"MLflow could not {doing}: {type(error).__name__}",
                hint=f"the result itself is recorded; check {self._state_dir / 'mlflow.db'}",
                retryable=True,
            ) from error
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def _create(database: Path) -> None:
    """Make MLflow's schema beside and put it into place whole.

    MLflow builds it by some 70 migrations with a disk flush each; in memory that takes half the time, and a stop in the
    middle leaves nothing half made.
    """
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    memory = Path("/dev/shm")  # noqa: S108 -- a fresh private folder inside it
    where = memory if os.access(memory, os.W_OK) else None
    database.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tunewright-", dir=where) as folder:
        made = Path(folder) / database.name
        store = SqlAlchemyStore(f"sqlite:///{made}", (database.parent / "mlartifacts").as_uri())
        store.engine.dispose()
        partial = database.with_name(f".{database.name}.partial")
        shutil.copyfile(made, partial)
        partial.replace(database)


def _alias(version: str) -> str:
    """An MLflow alias for a semantic version: aliases hold letters, digits, ``_`` and ``-``, and not ``v<number>``."""
    return "release-" + version.replace(".", "-").replace("+", "_")
