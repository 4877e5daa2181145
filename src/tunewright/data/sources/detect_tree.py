"""What a folder, an archive, a document or a mailbox is: Slack export, mail, or documents and the rule that fits them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from tunewright.core.errors import DataError
from tunewright.data.source_options import DocumentOptions
from tunewright.data.sources.documents import kind_of, read_documents
from tunewright.data.sources.mail import ENDINGS, read_mail
from tunewright.data.sources.model import Detected
from tunewright.data.sources.slack import export_members
from tunewright.data.sources.tree import Member, opened_tree

_SAMPLE_DOCUMENTS = 20
_SAMPLE_PIECES = 2000
_RULES = ("qa", "thread", "headings")


def detect_tree(path: Path) -> Detected | None:
    """None for a file of rows. Raises DataError for a folder or archive that is nothing we know, or hostile."""
    single = not path.is_dir() and not path.name.lower().endswith(".zip")
    if single and kind_of(path.name) is None and not _is_mail(path.name):
        return None
    with opened_tree(path, path.name) as members:
        names = [member.name for member in members]
        if not single and any(name.rsplit("/", 1)[-1] in ("channels.json", "users.json") for name in names):
            count = len(export_members(members, path.name))
            what = "a folder" if path.is_dir() else "an archive"
            return Detected(
                "slack", None, f"{what} with `channels.json` or `users.json` and {count} channel files"
            )
        if names and all(_is_mail(name) for name in names):
            return _mail(members, path.name)
        documents = [member for member in members if kind_of(member.name) is not None]
        if not documents or len(documents) != len(members):
            raise DataError(
                f"{path.name} is no Slack export, and not all of its files are documents or mail",
                hint="name the files in it",
                file=path.name,
            )
        return _documents(documents, path.name)


def holds_documents(folder: Path) -> bool:
    """Whether all visible files of a folder, at any depth, are documents, or all are mail."""
    with opened_tree(folder, folder.name) as members:
        names = [member.name for member in members]
    return bool(names) and (all(map(_is_mail, names)) or all(kind_of(name) is not None for name in names))


def _is_mail(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def _mail(members: Sequence[Member], name: str) -> Detected:
    pieces = list(islice(read_mail(members, name), _SAMPLE_PIECES))
    pairs = sum(1 for piece in pieces if not piece.reason)
    if not pairs:
        raise DataError(
            f"{name} holds no conversation: none of {len(pieces)} messages has an answer",
            hint="export the sent messages too",
            file=name,
        )
    return Detected("mail", None, f"{pairs} of the first {len(pieces)} messages have an answer")


def _documents(documents: Sequence[Member], name: str) -> Detected:
    """The rule that makes most of the first documents; questions and turns come before mere headings."""
    found: dict[str, tuple[int, int]] = {}
    sample = documents[:_SAMPLE_DOCUMENTS]
    for rule in _RULES:
        options = DocumentOptions.model_validate({"rule": rule})
        pieces = list(islice(read_documents(sample, options, name), _SAMPLE_PIECES))
        reasons = Counter(piece.reason for piece in pieces)
        found[rule] = (reasons[""], len(pieces))
    for rule, (made, seen) in found.items():
        if made and (rule == "headings" or made * 3 >= seen):
            told = {"qa": "questions with answers", "thread": "conversations", "headings": "sections"}[rule]
            because = f"the first {len(sample)} of {len(documents)} documents hold {made} {told}"
            return Detected("documents", None, because, DocumentOptions.model_validate({"rule": rule}))
    raise DataError(
        f"{name} holds no questions, turns or headings to make examples of",
        hint="export conversations, or documents with headings",
        file=name,
    )
