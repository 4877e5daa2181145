"""The turns of a thread: who began it asks, everybody else answers."""

from __future__ import annotations

from collections.abc import Iterable

from tunewright.core.types import Message


def conversation(said: Iterable[tuple[str, str]]) -> tuple[tuple[Message, ...], int]:
    """Turns from (speaker, text) pairs in the order of time, and how many of the pairs they are made of.

    What one side says without an answer between is one turn. What is left unanswered at the end is left out, so that an
    example ends with an answer; a thread in which nobody answers gives no turns.
    """
    turns: list[tuple[str, list[str]]] = []
    ends: list[int] = []
    asker = ""
    for number, (speaker, text) in enumerate(said, start=1):
        asker = asker or speaker
        role = "user" if speaker == asker else "assistant"
        if turns and turns[-1][0] == role:
            turns[-1][1].append(text)
            ends[-1] = number
        else:
            turns.append((role, [text]))
            ends.append(number)
    if turns and turns[-1][0] == "user":
        turns.pop()
        ends.pop()
    return tuple(Message(role, "\n\n".join(texts)) for role, texts in turns), ends[-1] if ends else 0
