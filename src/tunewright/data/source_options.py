"""Options of one source: where it lies, how it is read, and what is known about it (licence, purpose, owner, ...)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from tunewright.core.options import EnvName, Options

SourceForm = Literal[
    "messages",
    "sharegpt",
    "alpaca",
    "prompt_completion",
    "columns",
    "slack",
    "documents",
    "mail",
    "exchanges",
]
_PASSWORD = re.compile(r"^[a-z0-9+.-]+://[^/@]*:[^/@]*@", re.IGNORECASE)
_SECRET_WORDS = ("key", "secret", "token", "password", "credential")


class ColumnMap(Options):
    """Which columns of a table mean what."""

    prompt: str
    reply: str
    system: str | None = None
    id: str | None = None
    at: str | None = None
    subject: str | None = None
    thread: str | None = None


class DocumentOptions(Options):
    """By which rule documents become examples; what fits no rule is dropped by name, never silently."""

    rule: Literal["qa", "headings", "thread"] = Field(
        description="`qa`: question and answer pairs; `headings`: a section a heading; `thread`: turns of speakers"
    )
    prompt: str = Field(
        "{heading}",
        description="`headings`: the user's turn; {heading}, {path} (titles above it) and {document} are filled in",
    )
    question: tuple[str, ...] = Field(
        ("Q", "Question"), description="`qa`: what stands before a question (`Q: ...`)"
    )
    answer: tuple[str, ...] = Field(("A", "Answer"), description="`qa`: what stands before an answer")
    user: tuple[str, ...] = Field(
        ("Customer", "Client", "User"), description="`thread`: speakers whose turns are the user's"
    )
    assistant: tuple[str, ...] = Field(
        ("Agent", "Support", "Assistant"), description="`thread`: speakers whose turns are the assistant's"
    )
    only: tuple[str, ...] = Field(
        (), description="patterns of files to read, such as `*.md` (default: all, and any other file refuses)"
    )

    @model_validator(mode="after")
    def _known_places(self) -> Self:
        wrong = set(re.findall(r"{(.*?)}", self.prompt)) - {"heading", "path", "document"}
        if wrong:
            raise ValueError(f"prompt: there is no {{{min(wrong)}}}; use {{heading}}, {{path}}, {{document}}")
        return self


class SqlOptions(Options):
    """A query whose rows are the source. With ``key``, a later build reads only rows whose key is greater."""

    url: EnvName | str = Field(
        union_mode="left_to_right",
        description="SQLAlchemy address; with a user's password only as `{env: NAME}`",
    )
    query: str = Field("", description="a SELECT without ORDER BY; or give `table`")
    table: str = ""
    key: str = Field(
        "", description="a column of whole numbers or text that only grows, such as the primary key"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.query.strip()) == bool(self.table.strip()):
            raise ValueError("give either `query` or `table`")
        if isinstance(self.url, str) and _PASSWORD.match(self.url):
            raise ValueError("the address holds a password: write it as `url: {env: NAME}`")
        return self


class ExchangeOptions(Options):
    """Which judged answers of the gateway become examples."""

    rating_from: float = Field(
        0.75, ge=0, le=1, description="an answer is learned from when its mean rating is at least this"
    )
    corrections: bool = Field(
        True, description="a corrected answer is learned from in place of what was answered"
    )
    model: str = Field("", description="only answers of this model (default: of every model)")


def _day(value: Any) -> Any:
    """YAML reads ``2026-01-05`` as a date: as text it has one JSON form."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, str) and value:
        date.fromisoformat(value)
    return value


class SourceOptions(Options):
    """One source: a file, a folder, an address of an object store, a query, or the gateway's judged exchanges."""

    path: str = Field(
        "", description="relative to the workspace, absolute, or an address such as s3://bucket/tickets.jsonl"
    )
    form: SourceForm
    columns: ColumnMap | None = None
    licence: str = ""
    purpose: str = ""
    name: str = Field("", description="what records call it (default: the file's name)")
    legal_basis: str = Field("", description="such as `contract` or `consent` (GDPR, article 6)")
    owner: str = Field("", description="who answers for it")
    received: Annotated[str, BeforeValidator(_day)] = Field("", description="the day it came, as YYYY-MM-DD")
    retention_days: int | None = Field(
        None, ge=1, description="how long after `received` it may be kept; needs `received`"
    )
    subject: str = Field("", description="the column or key that names the person a row is about")
    role: Literal["task", "general"] = Field(
        "task",
        description="`general`: other subjects, mixed in against forgetting by the step `mix`; never held out",
    )
    on_bad_row: Literal["quarantine", "stop"] = Field(
        "quarantine",
        description="a row that cannot be read: drop it by name and go on, or refuse the source there",
    )
    documents: DocumentOptions | None = None
    turns: Literal["first", "all"] = Field(
        "first",
        description="mail and Slack: a message and the first answer to it, or the whole thread as one conversation",
    )
    sql: SqlOptions | None = None
    exchanges: ExchangeOptions | None = None
    storage: dict[str, Annotated[EnvName | int | bool | str, Field(union_mode="smart")]] = Field(
        default_factory=dict,
        description="options of the object store (fsspec), secrets only as `{env: NAME}`",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """One place to read from, and what its form needs."""
        places = [bool(self.path), self.sql is not None, self.form == "exchanges"]
        if sum(places) != 1:
            raise ValueError("give one of `path`, `sql` and `form: exchanges`")
        if self.sql is not None and not self.name:
            raise ValueError("a source with `sql` needs a `name`")
        if self.sql is not None and self.form in ("slack", "documents", "mail"):
            raise ValueError(f"rows of a query have no form `{self.form}`")
        if (self.form == "documents") != (self.documents is not None):
            raise ValueError("`form: documents` and `documents: {rule: ...}` belong together")
        if self.turns != "first" and self.form not in ("slack", "mail"):
            raise ValueError(f"`form: {self.form}` has no threads of messages, so leave `turns` out")
        if self.subject and self.form in ("slack", "documents", "mail"):
            raise ValueError(f"`form: {self.form}` has no columns, so `subject` names none; leave it out")
        if self.subject and self.columns and self.columns.subject not in (None, self.subject):
            raise ValueError("`subject` and `columns.subject` name two columns; keep one")
        if self.exchanges is not None and self.form != "exchanges":
            raise ValueError("`exchanges` belongs to `form: exchanges`")
        if self.retention_days is not None and not self.received:
            raise ValueError("`retention_days` counts from `received`, which is missing")
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in self.path + self.name):
            raise ValueError("the path or name holds a control character")
        if _PASSWORD.match(self.path):
            raise ValueError("the address holds a password: give it under `storage` as `{env: NAME}`")
        for key, value in self.storage.items():
            if isinstance(value, str) and any(word in key.lower() for word in _SECRET_WORDS):
                raise ValueError(f"storage.{key} looks like a secret: write it as `{{env: NAME}}`")
        return self

    @property
    def file_name(self) -> str:
        """The name whose ending tells the container."""
        return self.path.rstrip("/").rsplit("/", 1)[-1] if self.path else f"{self.name or self.form}.jsonl"

    @property
    def expires(self) -> date | None:
        """The first day on which it may no longer be kept; None without a retention."""
        if self.retention_days is None:
            return None
        return date.fromisoformat(self.received) + timedelta(days=self.retention_days)

    def account(self) -> dict[str, str | int]:
        """What is known about the source, without empty entries: licence, purpose, legal basis, owner, days, subject."""
        told = {
            "licence": self.licence,
            "purpose": self.purpose,
            "legal_basis": self.legal_basis,
            "owner": self.owner,
            "received": self.received,
            "retention_days": self.retention_days,
            "expires": self.expires.isoformat() if self.expires else "",
            "subject": self.subject or (self.columns.subject if self.columns else "") or "",
        }
        return {key: value for key, value in told.items() if value}
