"""Keys: shown once, stored hashed, compared whole, revoked for good."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select

from tunewright.core.errors import ConflictError, NotFoundError, UsageError
from tunewright.serve.keys import KeyRing, create_key, list_keys, revoke_key
from tunewright.store.db import keys
from tunewright.store.project import Project


def ring(project: Project) -> KeyRing:
    found = KeyRing(project)
    found.refresh()
    return found


def bearer(key: str) -> bytes:
    return f"Bearer {key}".encode()


def test_a_key_opens_and_its_secret_is_nowhere_on_disk(project: Project) -> None:
    info, key = create_key(project, "website", ("feedback", "chat"))
    assert key.startswith("sk-tw-")
    assert info.scopes == ("chat", "feedback")
    found = ring(project).check(bearer(key))
    assert found is not None
    assert (found.id, found.name) == (info.id, "website")
    secret = key[len("sk-tw-") + 13 :]
    assert len(secret) == 43
    files = [path for path in Path(project.root).rglob("*") if path.is_file()]
    assert len(files) > 3
    assert not [path for path in files if secret.encode() in path.read_bytes()]
    with project.reader() as connection:
        row = connection.execute(select(keys)).one()
    assert row.hash == hashlib.sha256(f"{row.salt}:{secret}".encode()).hexdigest()


def test_two_keys_never_share_salt_or_hash(project: Project) -> None:
    texts = {create_key(project, f"k{i}", ("chat",))[1] for i in range(20)}
    with project.reader() as connection:
        rows = connection.execute(select(keys.c.salt, keys.c.hash)).all()
    assert len(texts) == len({row.salt for row in rows}) == len({row.hash for row in rows}) == 20


def test_wrong_keys_do_not_open(project: Project) -> None:
    _, key = create_key(project, "website", ("chat",))
    checked = ring(project)
    flipped = key[:-1] + ("A" if key[-1] != "A" else "B")
    other_id = "sk-tw-" + "0" * 12 + key[18:]
    wrong = [
        flipped,
        other_id,
        key + "x",
        key[:-1],
        key.upper(),
        "",
        "sk-tw-",
        "sk-tw-'; DROP TABLE keys;--",
        "x" * 1000,
    ]
    for text in wrong:
        assert checked.check(bearer(text)) is None, text
    for header in (None, b"", key.encode(), b"Basic " + key.encode(), b"Bearer " + b"\xff" * 60, b"Bearer"):
        assert checked.check(header) is None, header
    assert checked.check(bearer(key)) is not None


def test_a_revoked_key_is_closed_and_stays_in_the_list(project: Project) -> None:
    info, key = create_key(project, "website", ("chat",))
    checked = ring(project)
    revoke_key(project, "website")
    checked.refresh()
    assert checked.check(bearer(key)) is None
    assert [(entry.id, entry.revoked_at is not None) for entry in list_keys(project)] == [(info.id, True)]
    with pytest.raises(ConflictError):
        revoke_key(project, info.id)
    with pytest.raises(NotFoundError):
        revoke_key(project, "website")
    create_key(project, "website", ("chat",))  # the name is free again


def test_bad_names_and_scopes_are_refused(project: Project) -> None:
    for name in ("", " x", "a\nb", "x" * 64, "ü", "../x"):
        with pytest.raises(UsageError):
            create_key(project, name, ("chat",))
    for scopes in ((), ("root",), ("chat", "root")):
        with pytest.raises(UsageError):
            create_key(project, "ok", scopes)
    create_key(project, "ok", ("chat",))
    with pytest.raises(ConflictError):
        create_key(project, "ok", ("chat",))


def test_creating_and_revoking_are_audited_without_the_secret(project: Project) -> None:
    info, key = create_key(project, "website", ("chat",))
    revoke_key(project, info.id)
    events = [event for event in project.audit.events() if event.subject.kind == "key"]
    assert [event.action for event in events] == ["key.create", "key.revoke"]
    assert {event.subject.name for event in events} == {info.id}
    assert key[18:] not in str(events)
    project.audit.verify()
