"""Signed notes against the published example of the format, and checkpoints."""

from __future__ import annotations

import base64

import pytest

from tunewright.core.errors import IntegrityError
from tunewright.store.notes import Checkpoint, Signer, Verifier

# golang.org/x/mod/sumdb/note, the package's documented example.
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR"
    "Zb6KE6RyyBwJnAM=\n"
)


def test_the_published_note_verifies_and_signs_to_the_same_bytes() -> None:
    assert Verifier.parse(PUBLIC).verify(NOTE) == TEXT
    signer = Signer.parse(PRIVATE)
    assert signer.verifier.text == PUBLIC
    assert signer.text == PRIVATE
    assert signer.sign(TEXT) == NOTE


def test_a_witness_may_add_its_line() -> None:
    witness = Signer.generate("witness.example")
    line = witness.sign(TEXT).rpartition("\n\n")[2]
    assert Verifier.parse(PUBLIC).verify(NOTE + line) == TEXT
    assert witness.verifier.verify(NOTE + line) == TEXT


@pytest.mark.parametrize("position", range(0, len(NOTE), 7))
def test_a_changed_character_anywhere_fails(position: int) -> None:
    changed = NOTE[:position] + ("x" if NOTE[position] != "x" else "y") + NOTE[position + 1 :]
    with pytest.raises(IntegrityError):
        Verifier.parse(PUBLIC).verify(changed)


@pytest.mark.parametrize("note", ["", "text\n", "text\n\n", "text\n\n— x y", "\n\n\n", NOTE[:-1]])
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(IntegrityError):
        Verifier.parse(PUBLIC).verify(note)


def test_another_keys_signature_is_not_ours() -> None:
    stranger = Signer.generate("PeterNeumann")
    with pytest.raises(IntegrityError, match="not signed by this log's key"):
        Verifier.parse(PUBLIC).verify(stranger.sign(TEXT))


@pytest.mark.parametrize("text", ["", "x", PUBLIC.replace("c74f20a3", "c74f20a4"), PUBLIC[:-4]])
def test_a_damaged_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(IntegrityError):
        Verifier.parse(text)


def test_a_damaged_private_key_is_refused_without_repeating_it() -> None:
    for text in ("", PUBLIC, PRIVATE.replace("c74f20a3", "c74f20a4"), PRIVATE[:-4]):
        with pytest.raises(IntegrityError) as caught:
            Signer.parse(text)
        assert "YEKFALVFG" not in str(caught.value.as_json())
    assert "YEKFALVFG" not in repr(Signer.parse(PRIVATE))


def test_a_checkpoint_reads_back() -> None:
    checkpoint = Checkpoint("tunewright/abc", 42, bytes(range(32)))
    assert checkpoint.text == f"tunewright/abc\n42\n{base64.b64encode(bytes(range(32))).decode()}\n"
    assert Checkpoint.parse(checkpoint.text) == checkpoint


@pytest.mark.parametrize(
    "text", ["", "a\n1\n", "a\n01\n" + "A" * 43 + "=\n", "a\n-1\n" + "A" * 43 + "=\n", "a\n1\nAA==\n"]
)
def test_a_damaged_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(IntegrityError):
        Checkpoint.parse(text)
