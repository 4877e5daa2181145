"""Signed notes and checkpoints of the C2SP specifications ``signed-note`` and ``tlog-checkpoint``, with Ed25519.

A checkpoint's text is origin, tree size and base64 root, one a line. Any tool that reads these formats can verify ours.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tunewright.core.errors import IntegrityError

# cryptography is imported where a signature is made or checked: reading a project needs neither.
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ED25519 = b"\x01"
_SIGNATURE_LINE = re.compile(r"— (?P<name>\S+) (?P<blob>[A-Za-z0-9+/=]+)")
_HINT = "restore the checkpoint from a copy kept outside the workspace, and find out who changed it"


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes that tell keys apart: SHA-256(name, newline, algorithm byte, public key)[:4]."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + _ED25519 + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and its public key. ``text`` is ``<name>+<hash>+<base64>``, as signed-note prescribes."""

    name: str
    public: bytes

    @property
    def text(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.public).decode("ascii")
        return f"{self.name}+{key_hash(self.name, self.public).hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Raises IntegrityError when the text is not a verifier key."""
        name, _, rest = text.strip().partition("+")
        hashed, _, encoded = rest.partition("+")
        key = _decode(encoded)
        if key is None or len(key) != 33 or key[:1] != _ED25519 or key_hash(name, key[1:]).hex() != hashed:
            raise IntegrityError("the log's verifier key cannot be read", hint=_HINT)
        return cls(name, key[1:])

    def verify(self, note: str) -> str:
        """The signed text. Raises IntegrityError unless this key signed exactly this text."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        text, separator, signatures = note.rpartition("\n\n")
        if not separator or not signatures.endswith("\n"):
            raise IntegrityError("a checkpoint is not a signed note", hint=_HINT)
        text += "\n"
        expected = key_hash(self.name, self.public)
        for line in signatures.splitlines():
            match = _SIGNATURE_LINE.fullmatch(line)
            if match is None:
                raise IntegrityError("a checkpoint's signature line cannot be read", hint=_HINT)
            blob = _decode(match["blob"])
            if blob is None or match["name"] != self.name or blob[:4] != expected:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(blob[4:], text.encode("utf-8"))
            except InvalidSignature:
                raise IntegrityError(
                    "a checkpoint's signature does not fit its text: it was forged or edited", hint=_HINT
                ) from None
            return text
        raise IntegrityError("a checkpoint is not signed by this log's key", hint=_HINT, key=self.name)


@dataclass(frozen=True, slots=True)
class Signer:
    """A name and its private key (32-byte seed). ``text`` is Go's ``PRIVATE+KEY+<name>+<hash>+<base64>``."""

    name: str
    seed: bytes

    @classmethod
    def generate(cls, name: str) -> Signer:
        """A new random key."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        raw = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        return cls(name, raw)

    @property
    def verifier(self) -> Verifier:
        from cryptography.hazmat.primitives import serialization

        public = self._key().public_key()
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return Verifier(self.name, raw)

    @property
    def text(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.seed).decode("ascii")
        return f"PRIVATE+KEY+{self.name}+{key_hash(self.name, self.verifier.public).hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Raises IntegrityError when the text is not a private key of ours; the text is never repeated."""
        head, _, rest = text.strip().partition("PRIVATE+KEY+")
        name, _, rest = rest.partition("+")
        hashed, _, encoded = rest.partition("+")
        key = _decode(encoded)
        if head or key is None or len(key) != 33 or key[:1] != _ED25519:
            raise IntegrityError("the log's signing key cannot be read", hint="restore it from the backup")
        signer = cls(name, key[1:])
        if key_hash(name, signer.verifier.public).hex() != hashed:
            raise IntegrityError("the log's signing key is damaged", hint="restore it from the backup")
        return signer

    def sign(self, text: str) -> str:
        """The signed note: the text (which ends with a newline), a blank line and one signature line."""
        blob = key_hash(self.name, self.verifier.public) + self._key().sign(text.encode("utf-8"))
        return f"{text}\n— {self.name} {base64.b64encode(blob).decode('ascii')}\n"

    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def __repr__(self) -> str:
        return f"Signer(name={self.name!r}, seed=***)"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: the log's name, how many events it has and their root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Reads a checkpoint's (already verified) text. Raises IntegrityError."""
        lines = text.split("\n")
        root = _decode(lines[2]) if len(lines) >= 4 else None
        if root is None or len(root) != 32 or not re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1]):
            raise IntegrityError("a checkpoint's text cannot be read", hint=_HINT)
        return cls(lines[0], int(lines[1]), root)


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
