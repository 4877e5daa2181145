"""Folders (or archives, or single files) of documents: which reader takes which file, and every segment's place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from tunewright.core.errors import DataError
from tunewright.data.source_options import DocumentOptions
from tunewright.data.sources.docx import read_docx
from tunewright.data.sources.hypertext import read_html
from tunewright.data.sources.lines import MAX_DOCUMENT_BYTES, Document, UnreadableDocument, place
from tunewright.data.sources.markdown import read_markdown, read_plain
from tunewright.data.sources.model import Piece
from tunewright.data.sources.pdf import read_pdf
from tunewright.data.sources.rules import segments
from tunewright.data.sources.tree import Member, read_whole, unpacked

READERS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "plain",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
}


def kind_of(name: str) -> str | None:
    """``markdown``, ``plain``, ``html``, ``pdf`` or ``docx`` by the file name's ending; None for any other."""
    return READERS.get(PurePosixPath(name.lower().removesuffix(".gz")).suffix)


def document_members(members: Sequence[Member], options: DocumentOptions, name: str) -> list[Member]:
    """The documents among the files. Raises DataError for a file that is none and that ``only`` does not leave out."""
    wanted = [
        member
        for member in members
        if not options.only
        or any(
            fnmatchcase(member.name, p) or fnmatchcase(member.name.rsplit("/", 1)[-1], p)
            for p in options.only
        )
    ]
    strange = [member.name for member in wanted if kind_of(member.name) is None]
    if strange:
        raise DataError(
            f"{name}: {strange[0]} is no document we can read",
            hint=f"readable are {', '.join(READERS)}; say which files with `documents.only: ['*.md']`",
            file=name,
            member=strange[0],
        )
    if not wanted:
        raise DataError(f"{name} holds no document", hint="check `documents.only`", file=name)
    return wanted


def read_documents(members: Sequence[Member], options: DocumentOptions, name: str) -> Iterator[Piece]:
    """Every segment of every document. One that cannot be read is one bad piece. Raises DataError for a hostile one."""
    for packed in document_members(members, options, name):
        member = unpacked(packed)
        try:
            document = read_document(member, packed.name, name)
        except UnreadableDocument as problem:
            locator = f"{packed.name}#page={problem.page}" if problem.page else packed.name
            yield Piece(locator, (), reason=problem.reason, hint=problem.hint)
            continue
        any_text = False
        for segment in segments(document, options, packed.name):
            any_text = True
            where = place(document.unit, segment.first, segment.last)
            yield Piece(f"{packed.name}#{where}", segment.messages, segment.reason)
        if not any_text:
            yield Piece(packed.name, (), reason="no_text")


def read_document(member: Member, file_name: str, name: str) -> Document:
    """One document as lines. Raises UnreadableDocument, DataError."""
    data = read_whole(member, MAX_DOCUMENT_BYTES, name)
    kind = kind_of(file_name)
    if kind == "pdf":
        return read_pdf(data)
    if kind == "docx":
        return read_docx(data, file_name)
    if kind == "html":
        return read_html(data)
    return read_markdown(data) if kind == "markdown" else read_plain(data)
