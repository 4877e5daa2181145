"""What is known about a source, and what the options of one refuse."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tunewright.core.canonical import canonical_json, plain
from tunewright.core.errors import ConfigError
from tunewright.data.source_options import SourceOptions
from tunewright.flows.config import parse_configuration
from tunewright.flows.sources import source_names, source_recipe

YAML = """
model: {name: m}
data:
  sources:
    - name: tickets
      form: columns
      columns: {prompt: question, reply: answer}
      sql: {url: {env: TICKETS_URL}, table: support.tickets, key: id}
      licence: internal
      purpose: support
      legal_basis: contract
      owner: desk@bank.example
      received: 2026-01-05
      retention_days: 365
      subject: customer_id
      storage: {}
"""


def test_the_account_of_a_source_and_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS_URL", "postgresql://me:hunter2@db/x")
    source = parse_configuration(YAML).data.sources[0]
    assert source.account() == {
        "licence": "internal",
        "purpose": "support",
        "legal_basis": "contract",
        "owner": "desk@bank.example",
        "received": "2026-01-05",
        "retention_days": 365,
        "expires": "2027-01-05",
        "subject": "customer_id",
    }
    assert source.expires == date(2027, 1, 5)
    assert source.sql is not None
    assert source.sql.url.value() == "postgresql://me:hunter2@db/x"  # type: ignore[union-attr]
    told = repr(parse_configuration(YAML)) + canonical_json(plain(source)).decode()
    assert "hunter2" not in told
    recipe = source_recipe("tickets", source)
    assert "TICKETS_URL" not in str(recipe)
    again = SourceOptions.model_validate(recipe)
    assert again.account() == source.account()
    monkeypatch.delenv("TICKETS_URL")
    with pytest.raises(ConfigError, match="TICKETS_URL is not set"):
        parse_configuration(YAML)


def test_an_old_sources_recipe_stays_what_it_was() -> None:
    source = SourceOptions(path="a/t.csv", form="messages", licence="x")
    assert source_recipe("t.csv", source) == {
        "path": "t.csv",
        "form": "messages",
        "columns": None,
        "licence": "x",
        "purpose": "",
    }


SQL = {"url": "sqlite:///x.db", "table": "t"}


@pytest.mark.parametrize(
    "fields, message",
    [
        ({}, "give one of `path`, `sql` and `form: exchanges`"),
        ({"path": "x", "sql": SQL, "name": "n"}, "give one of"),
        ({"path": "x", "form": "exchanges"}, "give one of"),
        ({"sql": SQL}, "needs a `name`"),
        ({"sql": SQL, "name": "n", "form": "slack"}, "no form `slack`"),
        ({"sql": {**SQL, "query": "select 1"}, "name": "n"}, "either `query` or `table`"),
        ({"sql": {"url": "x://u:p@h/d", "table": "t"}, "name": "n"}, "holds a password"),
        ({"path": "s3://key:secret@bucket/x.jsonl"}, "holds a password"),
        ({"path": "s3://b/x.jsonl", "storage": {"secret": "abc"}}, "storage.secret looks like a secret"),
        ({"path": "x", "form": "documents"}, "belong together"),
        ({"path": "x", "documents": {"rule": "qa"}}, "belong together"),
        ({"path": "x", "form": "documents", "documents": {"rule": "headings", "prompt": "{x}"}}, "no {x}"),
        ({"path": "x", "form": "mail", "subject": "who"}, "`form: mail` has no columns"),
        ({"path": "x", "subject": "a", "columns": {"prompt": "p", "reply": "r", "subject": "b"}}, "keep one"),
        ({"path": "x", "exchanges": {}}, "belongs to `form: exchanges`"),
        ({"path": "x", "retention_days": 3}, "`received`, which is missing"),
        ({"path": "x", "received": "5 Jan"}, "isoformat"),
        ({"path": "x", "retention_days": 0, "received": "2026-01-05"}, "greater than or equal to 1"),
        ({"path": "x", "on_bad_row": "ignore"}, "'quarantine' or 'stop'"),
    ],
)
def test_what_does_not_fit_together_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SourceOptions.model_validate({"form": "messages", **fields})
    assert message in str(caught.value)


def test_names_of_sources() -> None:
    def source(**fields: Any) -> SourceOptions:
        return SourceOptions.model_validate({"form": "messages", **fields})

    assert source_names([source(path="a/t.csv"), source(path="b/u.csv")]) == ["t.csv", "u.csv"]
    assert source_names([source(path="a/t.csv"), source(path="b/t.csv")]) == ["a-t.csv", "b-t.csv"]
    assert source_names([source(path="a/t.csv", name="old"), source(path="b/t.csv")]) == ["old", "t.csv"]
    assert source_names([source(path="s3://b/t.csv"), source(form="exchanges")]) == ["t.csv", "exchanges"]
    with pytest.raises(ConfigError, match="names a twice"):
        source_names([source(path="a"), source(path="a", name="other")])
    with pytest.raises(ConfigError, match=r"two of data\.sources would be called t.csv"):
        source_names([source(path="a/t.csv"), source(path="b/x.csv", name="t.csv")])
    with pytest.raises(ConfigError, match=r"two of data\.sources would be called exchanges"):
        source_names([source(form="exchanges"), source(form="exchanges")])


def test_where_a_file_lies_is_no_part_of_its_recipe(tmp_path: Path) -> None:
    one = SourceOptions(path=str(tmp_path / "t.csv"), form="messages", name="tickets")
    other = SourceOptions(path="s3://bucket/t.csv", form="messages", name="tickets", storage={"anon": True})
    assert source_recipe("tickets", one) == source_recipe("tickets", other)
