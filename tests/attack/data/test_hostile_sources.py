"""Hostile, changing and broken sources: bombs, climbing names, links, torn reads, dropped connections, broken rows."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import sqlite3
import stat
import subprocess
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.attack.data.conftest import sound_rows
from tests.fixtures.documents import docx_bytes, docx_xml, letter, mbox_bytes, pdf_bytes
from tunewright.core.errors import ConfigError, DataError, EngineError, EngineMissingError, IntegrityError
from tunewright.data.source_options import DocumentOptions, SourceOptions
from tunewright.data.sources import Malformed, detect_form, read_source
from tunewright.data.sources import sql as sql_module
from tunewright.data.sources.tree import FREE_BYTES
from tunewright.flows import source_fetch
from tunewright.flows.prepare import prepare
from tunewright.flows.snapshots import outcomes
from tunewright.flows.workspace import Workspace

Make = Callable[..., Workspace]
HEADINGS = DocumentOptions(rule="headings")


def documents(path: Path, **fields: Any) -> list[Any]:
    return list(
        read_source(path, SourceOptions(path=path.name, form="documents", documents=HEADINGS, **fields))
    )


def zipped(path: Path, members: dict[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return path


def nothing_was_recorded(ws: Workspace) -> None:
    assert ws.project.records.find("source") == []
    assert ws.project.records.find("snapshot") == []
    assert not list((ws.project.state / "staging").glob("*"))


# Archives and folders


@pytest.mark.parametrize(
    "name", ["../evil.md", "a/../../evil.md", "/etc/evil.md", "C:evil.md", "a\\..\\evil.md", "a\nb.md"]
)
def test_names_that_leave_an_archive(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "docs.zip", {"ok.md": b"# T\nt\n", name: b"# E\ne\n"})
    with pytest.raises(DataError, match=r"docs\.zip: .*evil|docs\.zip: a.nb") as caught:
        documents(path)
    assert "leaves the archive" in caught.value.what
    assert caught.value.facts["file"] == "docs.zip"
    assert [entry.name for entry in tmp_path.iterdir()] == ["docs.zip"]


def test_a_link_in_an_archive(tmp_path: Path) -> None:
    path = zipped(tmp_path / "docs.zip", {"passwd.md": b"/etc/passwd"}, stat.S_IFLNK | 0o777)
    with pytest.raises(DataError, match=r"docs\.zip: passwd\.md is a link"):
        documents(path)


def test_a_name_twice_and_an_encrypted_member(tmp_path: Path) -> None:
    path = tmp_path / "docs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.md", "# A\na")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.md", "# B\nb")
    with pytest.raises(DataError, match=r"a\.md is in the archive twice"):
        documents(path)
    data = bytearray(zipped(tmp_path / "e.zip", {"a.md": b"# A\na"}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "e.zip").write_bytes(data)
    with pytest.raises(DataError, match=r"a\.md is encrypted"):
        documents(tmp_path / "e.zip")


@pytest.fixture(scope="module")
def zeros() -> bytes:
    """65 MiB that pack to 64 KB."""
    return b" " * (FREE_BYTES + (1 << 20))


def test_a_zip_bomb(tmp_path: Path, zeros: bytes) -> None:
    path = zipped(tmp_path / "docs.zip", {"bomb.md": zeros})
    with pytest.raises(DataError, match=r"docs\.zip: bomb\.md unpacks to more than 200 times"):
        documents(path)
    many = zipped(tmp_path / "many.zip", {f"{at}.md": zeros[: 7 << 20] for at in range(10)})
    with pytest.raises(DataError, match=r"many\.zip unpacks to more than 200 times"):
        documents(many)


def test_a_zip_that_lies_about_its_size(tmp_path: Path, zeros: bytes) -> None:
    path = zipped(tmp_path / "docs.zip", {"bomb.md": zeros})
    data = bytearray(path.read_bytes())
    size = len(zeros).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"docs\.zip is not a readable zip archive"):
        documents(path)


def test_a_gzip_bomb(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    line = json.dumps({"prompt": "a", "completion": " " * 4000}).encode() + b"\n"
    path.write_bytes(gzip.compress(line * (FREE_BYTES // len(line) + 200)))
    rows = read_source(path, SourceOptions(path=path.name, form="prompt_completion"))
    with pytest.raises(DataError, match=r"rows\.jsonl\.gz unpacks to more than 200 times"):
        deque(rows, maxlen=0)


_ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8)
)


@pytest.mark.parametrize(
    "xml, message",
    [
        (
            docx_xml([("", "&i;")]).replace("<w:document", _ENTITIES + "]><w:document", 1),
            "declares a document type",
        ),
        (
            docx_xml([("", "&x;")]).replace(
                "<w:document", '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document', 1
            ),
            "declares a document type",
        ),
        (
            docx_xml([("", "x")]).replace("</w:body>", "<a>" * 600 + "</a>" * 600 + "</w:body>"),
            "nested more than 500",
        ),
    ],
)
def test_xml_bombs_in_a_word_document(tmp_path: Path, xml: str, message: str) -> None:
    path = tmp_path / "bomb.docx"
    path.write_bytes(docx_bytes(xml))
    for policy in ("quarantine", "stop"):
        with pytest.raises(DataError, match=message) as caught:
            documents(path, on_bad_row=policy)
        assert caught.value.facts["file"] == "bomb.docx"


def test_a_word_document_that_unpacks_to_gigabytes(tmp_path: Path, zeros: bytes) -> None:
    path = tmp_path / "bomb.docx"
    path.write_bytes(docx_bytes(docx_xml([]).replace("<w:body>", "<w:body>" + zeros.decode())))
    with pytest.raises(DataError, match=r"bomb\.docx: word/document\.xml unpacks to more than"):
        documents(path)


def test_links_out_of_a_folder(make_workspace: Make, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# S\nsecret\n")
    override = "data.sources=[{path: docs, form: documents, documents: {rule: headings}}]"
    ws = make_workspace({}, override)
    folder = ws.root / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# A\na\n")
    (folder / "inside.md").symlink_to(folder / "a.md")
    assert [row.origin.locator for row in documents(folder)] == ["a.md#bytes=0-5"]
    for target in (tmp_path / "secret.md", tmp_path):
        link = folder / "out.md"
        link.symlink_to(target)
        with pytest.raises(DataError, match=r"docs: out\.md is a link that leaves the folder"):
            prepare(ws)
        link.unlink()
    os.mkfifo(folder / "pipe.md")
    with pytest.raises(DataError, match=r"docs: pipe\.md is neither a file nor a folder"):
        prepare(ws)
    nothing_was_recorded(ws)


# Documents without text, damaged ones, null bytes


@pytest.mark.parametrize(
    "name, data, locator, reason",
    [
        ("scan.pdf", pdf_bytes([[], []]), "scan.pdf#page=1", "no_text"),
        ("cut.pdf", pdf_bytes([["text"]])[:60], "cut.pdf", "damaged"),
        ("no.pdf", b"not a pdf at all", "no.pdf", "damaged"),
        ("empty.docx", docx_bytes(docx_xml([("", "")])), "empty.docx", "no_text"),
        ("cut.docx", docx_bytes(docx_xml([("", "x")]))[:80], "cut.docx", "damaged"),
        ("bad.docx", docx_bytes("<w:document"), "bad.docx", "damaged"),
        ("latin.md", "# Zürich\nä\n".encode("latin-1"), "latin.md", "invalid_utf8"),
        ("latin.html", "<h1>Zürich</h1>".encode("latin-1"), "latin.html", "invalid_utf8"),
        ("utf16.txt", "# T".encode("utf-16"), "utf16.txt", "invalid_utf8"),
    ],
    # Not the bytes: a zip holds the time it was made at, and test processes must agree on the names of tests.
    ids=lambda value: value if isinstance(value, str) else "data",
)
def test_a_document_without_text_is_told_by_name(
    tmp_path: Path, name: str, data: bytes, locator: str, reason: str
) -> None:
    pytest.importorskip("pypdf")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / name).write_bytes(data)
    (tmp_path / "docs" / "z.md").write_text("# T\nt\n")
    rows = documents(tmp_path / "docs")
    assert isinstance(rows[0], Malformed)
    assert (rows[0].origin.locator, rows[0].reason, len(rows)) == (locator, reason, 2)
    with pytest.raises(DataError) as caught:
        documents(tmp_path / "docs", on_bad_row="stop")
    assert caught.value.what == f"docs: {locator} cannot be read: {reason}"
    assert "on_bad_row: quarantine" in caught.value.hint


def test_a_pdf_that_unpacks_too_far(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    data = pdf_bytes([["text"]])
    start = data.index(b"5 0 obj")
    stream = zlib.compress(b"BT (x) Tj ET " + b" " * 100_000_000, 9)
    head = b"5 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream)
    bomb = data[:start] + head + stream + b"\nendstream\n" + data[data.index(b"endobj", start) :]
    (tmp_path / "bomb.pdf").write_bytes(bomb)
    (row,) = documents(tmp_path / "bomb.pdf")
    assert (row.origin.locator, row.reason) == ("bomb.pdf#page=1", "too_large")


def test_an_encrypted_pdf(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(pdf_bytes([["text"]]))))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    rows = documents(tmp_path / "locked.pdf")
    assert [row.reason for row in rows] == ["encrypted"]


@pytest.mark.parametrize(
    "name, data", [("a.md", b"# T\nx\0y\n"), ("a.html", b"<h1>T</h1>x\0y"), ("a.txt", b"T\0")]
)
def test_null_bytes_in_documents_stay_until_the_normalise_step(
    tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    text = "".join(message.content for row in documents(tmp_path / name) for message in row.messages)
    assert "x" in text or "T" in text


def test_null_bytes_in_names_and_options_are_refused(make_workspace: Make) -> None:
    with pytest.raises(ConfigError, match="holds a control character"):
        make_workspace({}, 'data.sources=[{path: "a\\0.jsonl", form: messages}]')


_SEEDS = {
    "a.pdf": pdf_bytes([["Cards", "Call"], ["x"]], [("Cards", 0)]),
    "a.docx": docx_bytes(docx_xml([("berschrift1", "T"), ("", "x")])),
    "a.mbox": mbox_bytes([letter(1, "a@x", "hello"), letter(2, "b@x", "<p>y</p>", reply_to=1, html=True)]),
    "a.html": b"<html><body><h1>T</h1><pre>x</pre><dl><dt>a<dd>b</dl></body>",
}


@pytest.mark.parametrize("name", [*_SEEDS, "docs.zip"])
def test_mutated_files_are_read_or_refused_with_a_typed_error(tmp_path: Path, name: str) -> None:
    pytest.importorskip("pypdf")
    draw = random.Random(5)
    seed = (
        _SEEDS.get(name)
        or zipped(tmp_path / "seed.zip", {"a.md": b"# T\nt\n", "b/c.html": b"<h1>x</h1>y"}).read_bytes()
    )
    read = refused = 0
    for _ in range(300):
        data = bytearray(seed)
        for _ in range(draw.randint(1, 5)):
            at = draw.randrange(len(data))
            if draw.random() < 0.6:
                data[at] = draw.randrange(256)
            else:
                data[at : at + draw.randint(0, 20)] = data[draw.randrange(len(data)) :][: draw.randint(0, 20)]
        (tmp_path / name).write_bytes(data)
        fields: dict[str, Any] = (
            {"form": "mail"} if name == "a.mbox" else {"form": "documents", "documents": HEADINGS}
        )
        try:
            read += bool(list(read_source(tmp_path / name, SourceOptions(path=name, **fields))))
        except DataError:
            refused += 1
    assert read + refused == 300
    assert read


# A source that changes while it is read


def test_a_file_that_grows_while_it_is_copied(make_workspace: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b"".join(json.dumps(row).encode() + b"\n" for row in sound_rows(40))
    ws = make_workspace({"t.jsonl": rows}, "data.sources=[{path: t.jsonl, form: prompt_completion}]")
    blobs = type(ws.project.blobs)
    kept = blobs.put_file

    def appended(self: Any, path: Path) -> str:
        digest = kept(self, path)
        with path.open("ab") as stream:
            stream.write(rows[:50])
        return digest

    monkeypatch.setattr(blobs, "put_file", appended)
    with pytest.raises(
        DataError, match=r"t\.jsonl changed while it was read; nothing was recorded"
    ) as caught:
        prepare(ws)
    assert "wait until its writer has finished" in caught.value.hint
    nothing_was_recorded(ws)


def test_a_folder_that_gets_a_file_while_it_is_copied(
    make_workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = make_workspace({}, "data.sources=[{path: docs, form: documents, documents: {rule: headings}}]")
    (ws.root / "docs").mkdir()
    (ws.root / "docs" / "a.md").write_text("# A\na\n")
    kept = source_fetch.keep_file

    def more(project: Any, path: Path, name: str) -> Any:
        (ws.root / "docs" / "b.md").write_text("# B\nb\n")
        return kept(project, path, name)

    monkeypatch.setattr(source_fetch, "keep_file", more)
    with pytest.raises(DataError, match="docs changed while it was read"):
        prepare(ws)
    nothing_was_recorded(ws)


def test_a_source_that_changes_later_changes_nothing_of_the_running_build(
    make_workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = sound_rows(41)
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    ws = make_workspace(
        {"t.jsonl": b"".join(lines[:40])}, "data.sources=[{path: t.jsonl, form: prompt_completion}]"
    )
    from tunewright.flows import prepare as flow

    run = flow.run_on_workers

    def overwrite(*args: Any, **fields: Any) -> Any:
        (ws.root / "t.jsonl").write_bytes(b"".join(lines))
        return run(*args, **fields)

    monkeypatch.setattr(flow, "run_on_workers", overwrite)
    assert prepare(ws).counts["kept"] == 40
    monkeypatch.undo()
    again = prepare(ws)
    assert (again.counts["kept"], again.changes[0].added, again.changes[0].unchanged) == (41, 1, 40)


def test_a_kept_copy_that_was_tampered_with_is_met(make_workspace: Make) -> None:
    ws = make_workspace()
    summary = prepare(ws)
    record = next(record for record in ws.project.records.find("source"))
    blob = ws.project.blobs.path(record.files[0].digest)
    data = bytearray(blob.read_bytes())
    data[20] ^= 1
    blob.chmod(0o600)
    blob.write_bytes(data)
    from tunewright.flows.config import load_configuration

    other = Workspace(ws.root, load_configuration(ws.root / "tunewright.yaml", ("data.seed=7",)), ws.project)
    with pytest.raises(IntegrityError, match="not those that were recorded"):
        prepare(other)
    assert len(ws.project.records.find("snapshot")) == 1
    assert summary.created


# Two sources of one name


def test_two_sources_of_one_name(make_workspace: Make) -> None:
    both = "[{path: a.jsonl, form: messages, name: x}, {path: b.jsonl, form: messages, name: x}]"
    ws = make_workspace({"a.jsonl": b"{}\n", "b.jsonl": b"{}\n"}, f"data.sources={both}")
    with pytest.raises(ConfigError, match=r"two of data\.sources would be called x") as caught:
        prepare(ws)
    assert "`name`" in caught.value.hint
    nothing_was_recorded(ws)


# SQL


def database(path: Path, rows: int = 40) -> str:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "create table tickets (id integer primary key, question text, answer text, extra blob)"
        )
        connection.executemany(
            "insert into tickets (id, question, answer) values (?, ?, ?)",
            [(at, row["prompt"], row["completion"]) for at, row in enumerate(sound_rows(rows), start=1)],
        )
    connection.close()
    return f"sqlite:///{path}"


def query(
    url: str, extra: str = "table: tickets, key: id", columns: str = "{prompt: question, reply: answer}"
) -> str:
    return f"data.sources=[{{name: db, form: columns, columns: {columns}, sql: {{url: '{url}', {extra}}}}}]"


class _Dropping(sqlite3.Connection):
    """A connection that is gone after some rows."""

    def cursor(self, *args: Any, **fields: Any) -> Any:
        return super().cursor(_DroppingCursor)


class _DroppingCursor(sqlite3.Cursor):
    def fetchmany(self, size: int = 1) -> Any:
        rows = super().fetchmany(min(size, 7))
        if rows and rows[-1][0] > 20:
            raise sqlite3.OperationalError("server closed the connection; password=hunter2")
        return rows

    def fetchall(self) -> Any:
        return self.fetchmany(10_000)


def test_a_database_that_drops_the_connection(
    make_workspace: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database(tmp_path / "t.db")
    ws = make_workspace({}, query(url))
    with monkeypatch.context() as patch:
        engine = sa.create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(tmp_path / "t.db", factory=_Dropping),
            poolclass=sa.pool.NullPool,
        )
        patch.setattr(sql_module, "_engine", lambda *_: engine)
        with pytest.raises(EngineError, match=r"stopped answering after \d+ rows; nothing") as caught:
            prepare(ws)
    assert caught.value.retryable
    assert "hunter2" not in json.dumps(caught.value.as_json()) + repr(caught.value.__cause__)
    nothing_was_recorded(ws)
    assert prepare(ws).counts["kept"] == 40


@pytest.mark.parametrize(
    "extra, columns, error, message",
    [
        ("table: nowhere", "{prompt: question, reply: answer}", DataError, "refused the query of db"),
        ("query: 'delete from tickets'", "{prompt: question, reply: answer}", DataError, "refused the query"),
        ("table: tickets, key: id", "{prompt: questions, reply: answer}", DataError, "no column 'questions'"),
        ("table: tickets, key: number", "{prompt: question, reply: answer}", DataError, "refused the query of db|no column"),
        ("query: 'select id/10 as k, question, answer from tickets', key: k", "{prompt: question, reply: answer}", DataError,
         "key column 'k' holds a value twice at row 2"),
        ("query: 'select null as k, question, answer from tickets', key: k", "{prompt: question, reply: answer}", DataError,
         "key column 'k' holds nothing at row 1"),
        ("query: 'select id, question, zeroblob(2) as answer from tickets'", "{prompt: question, reply: answer}", DataError,
         "column 'answer' holds bytes at row 1"),
    ],
)  # fmt: skip
def test_wrong_queries(
    make_workspace: Make, tmp_path: Path, extra: str, columns: str, error: type[Exception], message: str
) -> None:
    url = database(tmp_path / "t.db")
    ws = make_workspace({}, query(url, extra.replace("''", "''''") if "x''" in extra else extra, columns))
    with pytest.raises(error, match=message):
        prepare(ws)
    nothing_was_recorded(ws)
    with sqlite3.connect(tmp_path / "t.db") as connection:
        assert connection.execute("select count(*) from tickets").fetchone() == (40,)
    connection.close()


def test_addresses_of_databases(make_workspace: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = make_workspace()
    with pytest.raises(ConfigError, match="holds a password"):
        Workspace.open(ws.root, overrides=(query("postgresql://me:hunter2@db/x"),))
    by_name = query("x").replace("url: 'x'", "url: {env: DB}")
    for address, error in (
        ("no address", ConfigError),
        ("oracle+nodriver://u:hunter2@h/d", EngineMissingError),
    ):
        monkeypatch.setenv("DB", address)
        with Workspace.open(ws.root, overrides=(by_name,)) as other, pytest.raises(error) as caught:
            prepare(other)
        assert "hunter2" not in str(caught.value)
    nothing_was_recorded(ws)


# Size


_READ = """
import resource, sys
from pathlib import Path
from tunewright.data.options import SourceOptions
from tunewright.data.sources import Malformed, read_source

path = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
bad = [(row.origin.locator, row.reason) for row in read_source(path, SourceOptions(path=path.name, form="prompt_completion"))
       if isinstance(row, Malformed)]
print(bad, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_one_broken_row_in_the_middle_of_a_large_file(tmp_path: Path) -> None:
    """200 MB here; 2 GB by TUNEWRIGHT_LARGE_MB=2000. The same rows over and over, as their names cost what they cost."""
    size_mb = int(os.environ.get("TUNEWRIGHT_LARGE_MB", "200"))
    row = json.dumps({"prompt": "p" * 60_000, "completion": "c" * 40_000}).encode() + b"\n"
    half = size_mb * 1_000_000 // len(row) // 2
    path = tmp_path / "large.jsonl"
    with path.open("wb") as stream:
        for _ in range(half):
            stream.write(row)
        stream.write(b'{"prompt": "half a row\n')
        for _ in range(half):
            stream.write(row)
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=True, timeout=600
    )
    told, grown_mb = done.stdout.strip().rsplit(" ", 1)
    assert told == f"[('{half + 1}', 'invalid_json')]"
    assert int(grown_mb) < 64
    options = SourceOptions(path=path.name, form="prompt_completion", on_bad_row="stop")
    with pytest.raises(DataError) as caught:
        deque(read_source(path, options), maxlen=0)
    assert caught.value.what == f"large.jsonl:{half + 1}: row {half + 1} cannot be read: invalid_json"
    assert "half a row" not in json.dumps(caught.value.as_json())


def test_the_broken_row_is_an_outcome_like_any_other(make_workspace: Make) -> None:
    rows = [json.dumps(row).encode() + b"\n" for row in sound_rows(40)]
    rows[20] = b'{"prompt": \n'
    form = "data.sources=[{path: t.jsonl, form: prompt_completion, on_bad_row: %s}]"
    ws = make_workspace({"t.jsonl": b"".join(rows)}, form % "quarantine")
    prepare(ws)
    found = {row["record"]: row["reasons"] for row in outcomes(ws) if row["outcome"] == "dropped"}
    assert found == {"21": ["invalid_json"]}
    with Workspace.open(ws.root, overrides=(form % "stop",)) as strict:
        with pytest.raises(DataError, match=r"t\.jsonl:21: row 21 cannot be read"):
            prepare(strict)
        assert len(strict.project.records.find("snapshot")) == 1


def test_detection_refuses_what_reading_refuses(tmp_path: Path) -> None:
    path = zipped(tmp_path / "docs.zip", {"../evil.md": b"# E\ne\n"})
    with pytest.raises(DataError, match="leaves the archive"):
        detect_form(path)
