"""Mail: threads become pairs, places are byte ranges, quotes and signatures are nobody's words."""

from __future__ import annotations

import mailbox
import zipfile
from pathlib import Path

import pytest

from tests.fixtures.documents import letter, mbox_bytes
from tunewright.core.errors import DataError
from tunewright.core.types import Example
from tunewright.data.source_options import SourceOptions
from tunewright.data.sources import Malformed, detect_form, read_source
from tunewright.data.sources.mail import own_words

LETTERS = [
    letter(
        1, "Ann <ann@example.org>", "My card is gone.\nFrom today on.\n>From then too\n\n-- \nAnn, London"
    ),
    letter(2, "ann@example.org", "Still waiting", reply_to=1),
    letter(
        3,
        "Desk <desk@bank.example>",
        "It is blocked.\n\nOn Monday Ann wrote:\n> My card\n> is gone",
        reply_to=1,
    ),
    letter(4, "bob@example.org", "<p>Is it <b>free</b>?</p><script>no()</script>", html=True),
    letter(5, "desk@bank.example", "Yes.", reply_to=4),
    letter(6, "eve@example.org", "Nobody answers"),
    letter(7, "desk@bank.example", "To one who is not here", reply_to=99),
]


def read(path: Path, name: str = "") -> list[Example | Malformed]:
    return list(read_source(path, SourceOptions(path=name or path.name, form="mail")))


def bodies(path: Path, locator: str) -> list[bytes]:
    """The bytes behind each range of a locator."""
    data = path.read_bytes()
    ranges = [part.split("-") for part in locator.partition("#bytes=")[2].split(",")]
    return [data[int(start) : int(end)] for start, end in ranges]


def test_an_mbox_gives_pairs_with_places(tmp_path: Path) -> None:
    path = tmp_path / "inbox.mbox"
    path.write_bytes(mbox_bytes(LETTERS))
    rows = read(path)
    assert [getattr(row, "reason", "") for row in rows] == [
        "", "thread_reply", "thread_reply", "", "thread_reply", "no_reply", "no_reply",
    ]  # fmt: skip
    first = rows[0]
    assert [m.content for m in first.messages] == ["My card is gone.\nFrom today on.", "It is blocked."]
    assert [m.content for m in rows[3].messages] == ["Is it free?", "Yes."]
    assert (first.origin.subject, first.origin.received_at) == ("ann@example.org", "2026-01-05T09:01:00Z")
    assert first.origin.thread == rows[1].origin.thread == "<m1@example.org>"
    assert [row.of for row in rows[1:3] if isinstance(row, Malformed)] == [first.origin.locator] * 2
    question, answer = bodies(path, first.origin.locator)
    assert b"Message-ID: <m1@" in question
    assert b"Message-ID: <m3@" in answer


def test_the_places_are_those_of_the_standard_librarys_mailbox(tmp_path: Path) -> None:
    path = tmp_path / "inbox.mbox"
    path.write_bytes(mbox_bytes(LETTERS))
    box = mailbox.mbox(path)
    theirs = [box.get_bytes(key, from_=True) for key in box.keys()]  # noqa: SIM118
    box.close()
    ours = [bodies(path, row.origin.locator)[0] for row in read(path)]
    assert [body.rstrip(b"\n") for body in ours] == [body.rstrip(b"\n") for body in theirs]


def test_eml_files_in_folder_and_archive_are_one_mailbox(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    for at, body in enumerate(LETTERS):
        (folder / f"{at}.eml").write_bytes(body)
    with zipfile.ZipFile(tmp_path / "mail.zip", "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    rows = read(folder)
    assert [m.content for m in rows[0].messages] == ["My card is gone.\nFrom today on.", "It is blocked."]
    assert rows[0].origin.locator == f"0.eml#bytes=0-{len(LETTERS[0])}+2.eml#bytes=0-{len(LETTERS[2])}"
    packed = read(tmp_path / "mail.zip")
    assert [(r.origin.locator, r.messages) for r in packed] == [(r.origin.locator, r.messages) for r in rows]
    assert detect_form(folder).form == detect_form(tmp_path / "mail.zip").form == "mail"
    assert "2 of the first 7 messages" in detect_form(folder).because


@pytest.mark.parametrize(
    "text, kept",
    [
        ("a\n\nOn 5 Jan 2026, Bob <b@x> wrote:\n> q\n> r\n\nb", "a\n\nb"),
        ("a\nAm 5. Januar schrieb Bob:\n>q", "a"),
        ("a\n-----Original Message-----\nFrom: x", "a"),
        ("a\r\n-- \r\nsig", "a"),
        ("> only\n> quotes", ""),
        ("2 > 1\n--\nnot a signature", "2 > 1\n--\nnot a signature"),
    ],
)
def test_own_words(text: str, kept: str) -> None:
    assert own_words(text) == kept


def test_a_file_that_is_no_mailbox_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_text("Subject: no from line\n\nhello\n")
    with pytest.raises(DataError, match=r"x\.mbox:1 does not begin a message"):
        read(path)
    path.write_bytes(mbox_bytes(LETTERS[5:6]))
    with pytest.raises(DataError, match="none of 1 messages has an answer"):
        detect_form(path)


def test_damaged_mail_is_told_and_costs_only_itself(tmp_path: Path) -> None:
    bad = b"From: \xff\xfe\nContent-Type: multipart/mixed; boundary=\nMessage-ID: <m9@x>\n\n\x00\xff\n"
    path = tmp_path / "inbox.mbox"
    path.write_bytes(mbox_bytes([bad, *LETTERS]))
    rows = read(path)
    assert len(rows) == 1 + len(LETTERS)
    assert isinstance(rows[0], Malformed)
    assert isinstance(rows[1], Example)


def test_parts_charsets_and_attachments_are_those_of_the_modern_email_package(tmp_path: Path) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = "ann@example.org", "<p1@example.org>"
    mail.set_content("Grüße, naïve €\nsecond", charset="iso-8859-15", cte="quoted-printable")
    mail.add_alternative("<p>html</p>", subtype="html")
    mail.add_attachment("attached text", filename="a.txt")
    inner = EmailMessage()
    inner.set_content("forwarded words")
    mail.add_attachment(inner)
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    (row,) = read(tmp_path / "a.eml")
    body = mail.get_body(("plain",))
    assert body is not None
    assert row.messages[0].content == body.get_content().strip()
    only = EmailMessage()
    only["From"] = "ann@example.org"
    only.add_attachment("attached text", filename="a.txt")
    (tmp_path / "b.eml").write_bytes(bytes(only))
    (row,) = read(tmp_path / "b.eml")
    assert isinstance(row, Malformed)
    assert row.reason == "no_text"


def whole(path: Path) -> list[Example | Malformed]:
    return list(read_source(path, SourceOptions(path=path.name, form="mail", turns="all")))


def test_a_whole_thread_is_one_conversation_with_the_places_of_its_turns(tmp_path: Path) -> None:
    path = tmp_path / "inbox.mbox"
    more = [
        letter(8, "ann@example.org", "And the fee?", reply_to=3),
        letter(9, "other@bank.example", "There is none.", reply_to=8),
        letter(10, "ann@example.org", "Thank you", reply_to=9),
    ]
    path.write_bytes(mbox_bytes([*LETTERS, *more]))
    rows = whole(path)
    assert [m.content for m in rows[0].messages] == [
        "My card is gone.\nFrom today on.\n\nStill waiting",
        "It is blocked.",
        "And the fee?",
        "There is none.",
    ]
    assert [m.role for m in rows[0].messages] == ["user", "assistant"] * 2
    places = bodies(path, rows[0].origin.locator)
    assert [
        f"Message-ID: <m{n}@".encode() in place for n, place in zip((1, 2, 3, 8, 9), places, strict=True)
    ] == [True] * 5
    assert [row.of for row in rows if isinstance(row, Malformed)].count(rows[0].origin.locator) == 5
    pairs = read(path)
    assert len(pairs) == len(rows)
    assert [len(row.messages) for row in pairs if isinstance(row, Example)] == [2, 2]


def test_a_ring_of_replies_ends(tmp_path: Path) -> None:
    path = tmp_path / "inbox.mbox"
    path.write_bytes(
        mbox_bytes([letter(1, "a@x.example", "one", reply_to=2), letter(2, "b@x.example", "two", reply_to=1)])
    )
    assert [row.reason for row in whole(path) if isinstance(row, Malformed)] == ["thread_reply"] * 2
