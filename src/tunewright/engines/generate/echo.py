"""A generator without a model: it answers with the user's own words, or with answers it was given. Offline and exact.

Use it to try the gateway, a policy or a pipeline before a model exists; the tests of everything above use it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tunewright.core.errors import UsageError
from tunewright.core.ports import Generation
from tunewright.core.types import Message


class EchoGenerator:
    """Answers the last user message word by word; a token is a word with the space before it."""

    def __init__(self, answers: Mapping[str, str] | None = None) -> None:
        """answers: last user message -> answer; a message that is not in it is echoed."""
        self._answers = dict(answers or {})

    def generate(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Generation]:
        """One answer a conversation; temperature and seed change nothing. Raises UsageError without a user message."""
        return [self._answer(conversation, max_new_tokens)[1] for conversation in conversations]

    def stream(
        self, conversation: Sequence[Message], *, max_new_tokens: int, temperature: float = 0.0, seed: int = 0
    ) -> Iterator[str | Generation]:
        """The words one at a time, then the whole ``Generation``."""
        words, whole = self._answer(conversation, max_new_tokens)
        yield from words
        yield whole

    def _answer(self, conversation: Sequence[Message], limit: int) -> tuple[list[str], Generation]:
        if limit < 1:
            raise UsageError(f"max_new_tokens is {limit}", hint="ask for at least one token")
        asked = next((message.content for message in reversed(conversation) if message.role == "user"), None)
        if asked is None:
            raise UsageError(
                "the conversation has no user message", hint="send at least one message with role user"
            )
        words = _words(self._answers.get(asked, asked))
        kept = words[:limit]
        prompt_tokens = sum(len(_words(message.content)) for message in conversation)
        reason = "stop" if len(kept) == len(words) else "length"
        return kept, Generation("".join(kept), reason, prompt_tokens, len(kept))


def _words(text: str) -> list[str]:
    """Pieces that join to ``text`` again: each word with the white space before it."""
    pieces: list[str] = []
    start = position = 0
    while position < len(text):
        while position < len(text) and text[position].isspace():
            position += 1
        while position < len(text) and not text[position].isspace():
            position += 1
        pieces.append(text[start:position])
        start = position
    return pieces
