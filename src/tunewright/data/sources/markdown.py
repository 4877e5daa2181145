"""Markdown and plain text as lines with byte ranges. The text of an answer stays the Markdown it was."""

from __future__ import annotations

from dataclasses import replace

from tunewright.data.sources.lines import Document, Line, plain_lines


def read_plain(data: bytes) -> Document:
    """Text without any structure but its lines. Raises UnreadableDocument."""
    return Document(tuple(plain_lines(data)), "bytes")


def read_markdown(data: bytes) -> Document:
    """CommonMark: headings (also underlined ones) have their level, code is literal. Raises UnreadableDocument."""
    from markdown_it import MarkdownIt

    lines = plain_lines(data)
    # One line for the parser is one line here: it would also break at characters that no byte range knows.
    text = "\n".join(line.text.replace("\0", "\ufffd").replace("\r", " ") for line in lines)
    # Blocks only: what is bold or a link inside a line means nothing here and costs most of the time.
    tokens = MarkdownIt("commonmark").disable("inline").parse(text)
    headings: dict[int, tuple[int, int, str]] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.map:
            headings[token.map[0]] = (token.map[1], int(token.tag[1]), tokens[at + 1].content)
        elif token.type in ("fence", "code_block", "html_block") and token.map:
            for number in range(token.map[0], min(token.map[1], len(lines))):
                lines[number] = replace(lines[number], literal=True)
    return Document(tuple(_with_headings(lines, headings)), "bytes")


def _with_headings(lines: list[Line], headings: dict[int, tuple[int, int, str]]) -> list[Line]:
    """An underlined heading is one line from its text to its underline."""
    found: list[Line] = []
    number = 0
    while number < len(lines):
        end, level, text = headings.get(number, (number + 1, 0, ""))
        end = min(max(end, number + 1), len(lines))
        if level:
            title = " ".join(text.split())
            found.append(Line(title, lines[number].start, lines[end - 1].end, level))
        else:
            found.append(lines[number])
        number = end
    return found
