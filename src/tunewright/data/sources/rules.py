"""The declared rules by which a document's lines become examples: ``headings``, ``qa`` and ``thread``.

Every line with text ends up in exactly one segment, in order: an example, or a piece with the reason why it is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tunewright.core.types import Message
from tunewright.data.source_options import DocumentOptions
from tunewright.data.sources.lines import Document, Line, Segment, joined

_BREAK = re.compile(r"\s*([-*_=])(?:\s*\1){2,}\s*$")
_CLOSING = "*_ \t"


def segments(document: Document, options: DocumentOptions, name: str) -> Iterator[Segment]:
    """Apply the rule that ``options`` declare; ``name`` is the document's name."""
    if options.rule == "headings":
        return _headings(document.lines, options, name)
    if options.rule == "qa":
        return _pairs(document.lines, options)
    return _threads(document.lines, options)


def _segment(lines: Sequence[Line], messages: tuple[Message, ...], reason: str = "") -> Iterator[Segment]:
    """Nothing at all where the lines hold no text."""
    told = [line for line in lines if line.text.strip()]
    if told:
        yield Segment(messages, told[0], told[-1], reason)


def _outside(lines: Sequence[Line], reason: str) -> Iterator[Segment]:
    text = joined(lines)
    return _segment(lines, (Message("user", text),) if text else (), reason)


def _headings(lines: Sequence[Line], options: DocumentOptions, name: str) -> Iterator[Segment]:
    """A heading and the text under it up to the next heading of any level."""
    above: list[tuple[int, str]] = []
    part: list[Line] = []
    for line in [*lines, Line("", 0, 0, level=1)]:
        if not line.level:
            part.append(line)
            continue
        yield from _section(part, above, options, name)
        while above and above[-1][0] >= line.level:
            above.pop()
        above.append((line.level, line.text))
        part = [line]


def _section(
    part: Sequence[Line], above: Sequence[tuple[int, str]], options: DocumentOptions, name: str
) -> Iterator[Segment]:
    if not part or not part[0].level:
        yield from _outside(part, "no_heading")
        return
    reply = joined(part[1:])
    filled = {
        "{heading}": part[0].text,
        "{path}": " > ".join(title for _, title in above),
        "{document}": name,
    }
    prompt = re.sub(r"{(?:heading|path|document)}", lambda found: filled[found[0]], options.prompt)
    if not reply.strip():
        yield from _segment(part, (Message("user", prompt),), "no_text_under_heading")
    else:
        yield from _segment(part, (Message("user", prompt), Message("assistant", reply)))


def _marker(words: Sequence[str], stops: str = ":.)") -> re.Pattern[str]:
    """``Q: ``, ``**Question 3.** ``, ``> A) `` at the beginning of a line; ``stops`` may end it."""
    named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"
    ended = rf"[ \t]{{0,3}}\d{{0,4}}[*_]{{0,3}}[{re.escape(stops)}][*_]{{0,3}}(?:\s+|$)"
    return re.compile(rf"^[\s>*_-]{{0,20}}(?:{named}){ended}", re.IGNORECASE)


def _after(marker: re.Pattern[str], line: Line) -> str | None:
    """The text behind the marker, without the emphasis that began before it; None when there is no marker."""
    found = marker.match(line.text) if not line.literal and not line.level else None
    if found is None:
        return None
    text = line.text[found.end() :]
    opened = found[0].lstrip(" >-")[:1] in ("*", "_") and not found[0].rstrip().endswith(("*", "_"))
    return text.rstrip(_CLOSING) if opened else text


@dataclass(slots=True)
class _Pair:
    """A question that may have got its answer."""

    lines: list[Line]
    question: list[str]
    answer: list[str] = field(default_factory=list)
    answered: bool = False
    """an answer's marker was met, or the question was marked by the document itself"""
    level: int = 0
    """of the heading that asked; 0 for a marked line"""

    def finished(self) -> Iterator[Segment]:
        asked, said = _trimmed(self.question), _trimmed(self.answer)
        if not asked:
            yield from _outside(self.lines, "no_question")
        elif not said:
            yield from _segment(self.lines, (Message("user", asked),), "no_answer")
        else:
            yield from _segment(self.lines, (Message("user", asked), Message("assistant", said)))


def _trimmed(texts: Sequence[str]) -> str:
    return "\n".join(texts).strip("\n").rstrip()


def _pairs(lines: Sequence[Line], options: DocumentOptions) -> Iterator[Segment]:
    """``Q:``/``A:`` lines, headings that end with a question mark, ``<dt>`` and ``<summary>``."""
    asks, answers = _marker(options.question), _marker(options.answer)
    pair: _Pair | None = None
    outside: list[Line] = []
    for line in lines:
        asked, said = _after(asks, line), _after(answers, line)
        begins = _begun(line, asked)
        ends = line.mark == "end" or (
            line.level and (pair is None or not pair.level or line.level <= pair.level)
        )
        if begins is not None or ends:
            yield from _closed(pair, outside)
            pair, outside = begins, []
            if begins is None:
                outside = [line]
        elif pair is None:
            outside.append(line)
        else:
            pair.lines.append(line)
            pair.answered = pair.answered or said is not None
            (pair.answer if pair.answered else pair.question).append(line.text if said is None else said)
    yield from _closed(pair, outside)


def _begun(line: Line, asked: str | None) -> _Pair | None:
    if line.mark == "question" or (line.level and line.text.rstrip().endswith(("?", "\uff1f", "\u061f"))):
        return _Pair([line], [line.text], answered=True, level=line.level)
    return _Pair([line], [asked]) if asked is not None else None


def _closed(pair: _Pair | None, outside: Sequence[Line]) -> Iterator[Segment]:
    if pair is not None:
        yield from pair.finished()
    yield from _outside(outside, "no_question")


def _threads(lines: Sequence[Line], options: DocumentOptions) -> Iterator[Segment]:
    """Turns of named speakers; a heading or a ruler ends a conversation."""
    speakers = (("user", _marker(options.user, ":")), ("assistant", _marker(options.assistant, ":")))
    turns: list[tuple[str, list[str]]] = []
    part: list[Line] = []
    for line in lines:
        ruler = not line.literal and not line.level and _BREAK.match(line.text)
        if line.level or line.mark == "end" or ruler:
            yield from _conversation([*part, line] if ruler else part, turns)
            turns, part = [], [] if ruler else [line]
            continue
        spoken = next(((role, text) for role, m in speakers if (text := _after(m, line)) is not None), None)
        if spoken is not None:
            if part and not turns:
                yield from _outside(part, "no_turn")
                part = []
            if turns and turns[-1][0] == spoken[0]:
                turns[-1][1].append(spoken[1])
            else:
                turns.append((spoken[0], [spoken[1]]))
        elif turns:
            turns[-1][1].append(line.text)
        part.append(line)
    yield from _conversation(part, turns)


def _conversation(part: Sequence[Line], turns: Sequence[tuple[str, list[str]]]) -> Iterator[Segment]:
    messages = tuple(Message(role, _trimmed(texts)) for role, texts in turns)
    if not messages:
        yield from _outside(part, "no_turn")
    elif {message.role for message in messages} != {"user", "assistant"}:
        yield from _segment(part, messages, "one_sided")
    else:
        yield from _segment(part, messages)
