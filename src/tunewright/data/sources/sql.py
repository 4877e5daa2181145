"""Rows of a query, one JSON object each, streamed; with a key only those after the last one that was read.

The query runs as a subselect, so a statement that changes data is refused by the database. Nothing of an address or a row
goes into an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from tunewright.core.errors import ConfigError, DataError, EngineError, EngineMissingError, TunewrightError
from tunewright.core.options import EnvName
from tunewright.data.source_options import SourceOptions, SqlOptions
from tunewright.data.sources.columns import check_names

_FETCH = 1000
_DRIVERS = {
    "postgresql": "'tunewright[postgres]'",
    "mysql": "pymysql",
    "mariadb": "pymysql",
    "mssql": "pyodbc",
}

Key = int | str


def sql_lines(name: str, options: SourceOptions, after: Key | None) -> Iterator[bytes]:
    """JSON lines of the rows whose key is greater than ``after`` (None: of all rows), in the order of the key.

    Raises ConfigError for a wrong address, DataError for a wrong query, column or value, EngineMissingError without the
    database's driver, and EngineError (retryable) when the connection drops.
    """
    sql = options.sql
    if sql is None:
        raise ConfigError(f"{name} has no `sql`", hint="add it", source=name)
    count = 0
    engine = _engine(name, sql)
    try:
        with engine.connect().execution_options(stream_results=True, yield_per=_FETCH) as connection:
            result = connection.execute(_statement(sql, after))
            columns = list(result.keys())
            mapped = options.columns.model_dump().values() if options.columns else ()
            check_names([*mapped, options.subject, sql.key], columns, name)
            last = after
            for row in result:
                count += 1
                value = dict(zip(columns, row, strict=True))
                if sql.key:
                    last = _next_key(name, sql.key, value[sql.key], last, count)
                yield _line(name, value, count)
    except sa.exc.SQLAlchemyError as error:
        raise _typed(name, error, count) from None  # its text holds the statement and maybe the address
    finally:
        engine.dispose()


def _engine(name: str, sql: SqlOptions) -> sa.Engine:
    text = sql.url.value() if isinstance(sql.url, EnvName) else sql.url
    try:
        url = sa.engine.make_url(text)
    except sa.exc.ArgumentError:
        raise ConfigError(
            f"the address of {name} is none that SQLAlchemy knows",
            hint="write it as dialect+driver://user:password@host/database",
            source=name,
        ) from None
    backend = url.get_backend_name()
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        return sa.create_engine(url, hide_parameters=True, poolclass=sa.pool.NullPool)
    except (ImportError, sa.exc.NoSuchModuleError):
        package = _DRIVERS.get(backend, f"the SQLAlchemy driver for {backend}")
        raise EngineMissingError(
            f"reading {name} needs a driver for {backend}", hint=f"pip install {package}", package=package
        ) from None


def _statement(sql: SqlOptions, after: Key | None) -> Any:
    if sql.table:
        schema, _, table = sql.table.rpartition(".")
        of: Any = sa.table(table, schema=schema or None)
    else:
        # Colons are escaped: in a query of the user's they are casts and text, never parameters of ours.
        of = sa.text(f"({sql.query.strip().rstrip(';')}) AS tunewright_source".replace(":", r"\:"))
    statement = sa.select(sa.text("*")).select_from(of)
    if sql.key:
        statement = statement.order_by(sa.column(sql.key))
        if after is not None:
            statement = statement.where(sa.column(sql.key) > after)
    return statement


def _next_key(name: str, column: str, value: Any, last: Key | None, row: int) -> Key:
    """Raises DataError for a key that does not grow: rows would be read twice, or never."""
    wrong = ""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        wrong = f"holds {'nothing' if value is None else type(value).__name__}"
    elif last is not None and type(last) is not type(value):
        wrong = f"changed from {type(last).__name__} to {type(value).__name__}"
    elif last is not None and value == last:
        wrong = "holds a value twice"
    if wrong:
        raise DataError(
            f"{name}: the key column {column!r} {wrong} at row {row}",
            hint="name a column of whole numbers or text without gaps or repeats as `sql.key`, such as the primary key",
            source=name,
            field=column,
            row=row,
        )
    found: Key = value
    return found


def _line(name: str, value: dict[str, Any], row: int) -> bytes:
    told = {column: _plain(name, column, item, row) for column, item in value.items()}
    try:
        return json.dumps(told, allow_nan=False).encode("ascii") + b"\n"
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{name}: row {row} has no JSON form",
            hint="select only text, numbers and dates",
            source=name,
            row=row,
        ) from error


def _plain(name: str, column: str, value: Any, row: int) -> Any:
    if value is None or isinstance(value, (str, bool, int, float, dict, list)):
        return value
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    raise DataError(
        f"{name}: the column {column!r} holds {type(value).__name__} at row {row}, not text",
        hint="leave that column out of the query, or convert it to text",
        source=name,
        field=column,
        row=row,
    )


def _typed(name: str, error: sa.exc.SQLAlchemyError, count: int) -> TunewrightError:
    text = str(getattr(error, "orig", "")).lower()
    wrong_query = isinstance(error, (sa.exc.ProgrammingError, sa.exc.NotSupportedError, sa.exc.DataError))
    if count == 0 and (wrong_query or "no such" in text or "syntax error" in text):
        return DataError(
            f"the database refused the query of {name} ({type(error).__name__})",
            hint="run the query by hand; it must be one SELECT without ORDER BY or LIMIT that depends on it",
            source=name,
        )
    return EngineError(
        f"the database of {name} stopped answering after {count} rows; nothing of them was recorded",
        hint="check that it is reachable, then run the same command again",
        retryable=True,
        source=name,
        rows=count,
    )
