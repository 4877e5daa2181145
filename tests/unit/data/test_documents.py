"""Documents become examples by declared rules, and every locator points at the text."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.documents import docx_bytes, docx_xml, pdf_bytes
from tunewright.core.errors import DataError
from tunewright.core.types import Example
from tunewright.data.source_options import DocumentOptions, SourceOptions
from tunewright.data.sources import Malformed, detect_form, read_source
from tunewright.data.sources.docx import read_docx
from tunewright.data.sources.hypertext import read_html


def read(path: Path, rule: str, **options: Any) -> list[Example | Malformed]:
    documents = DocumentOptions.model_validate({"rule": rule, **options})
    return list(read_source(path, SourceOptions(path=path.name, form="documents", documents=documents)))


def told(rows: list[Example | Malformed]) -> list[tuple[str, ...]]:
    return [
        (getattr(row, "reason", "example"), *(message.content for message in row.messages)) for row in rows
    ]


def place(row: Example | Malformed) -> str:
    return row.origin.locator.partition("#")[2]


def cut(path: Path, row: Example | Malformed) -> str:
    """The bytes a locator names, as text."""
    start, _, end = place(row).removeprefix("bytes=").partition("-")
    return path.read_bytes()[int(start) : int(end)].decode()


GUIDE = textwrap.dedent(
    """\
    Before any heading.

    # Cards

    ## Block a card

    Call **us** at once – it's free.

    ```sh
    # not a heading
    ```

    Limits
    ------
    """
)


def test_markdown_headings(tmp_path: Path) -> None:
    path = tmp_path / "guide.md"
    path.write_text(GUIDE, encoding="utf-8")
    rows = read(path, "headings", prompt="{document}: {path}")
    assert told(rows) == [
        ("no_heading", "Before any heading."),
        ("no_text_under_heading", "guide.md: Cards"),
        (
            "example",
            "guide.md: Cards > Block a card",
            "Call **us** at once – it's free.\n\n```sh\n# not a heading\n```",
        ),
        ("no_text_under_heading", "guide.md: Cards > Limits"),
    ]
    assert rows[2].origin.locator == "guide.md#bytes=30-108"
    assert len(GUIDE.encode().partition(b"## Block")[0]) == 30
    assert cut(path, rows[2]) == "## Block a card\n\n" + rows[2].messages[1].content
    assert cut(path, rows[3]) == "Limits\n------"


def test_questions_and_answers_in_markdown(tmp_path: Path) -> None:
    path = tmp_path / "faq.md"
    path.write_text(
        "# FAQ\n\n## How long?\nA day.\n### Really\nYes.\n\n## Fees\nQ: What is it?\nA: Five.\nA month.\n\n"
        "**Question 2: And abroad?**\n**Answer:** Ten.\n\nQ: Nobody knows\n",
        encoding="utf-8",
    )
    rows = read(path, "qa")
    assert told(rows) == [
        ("no_question", "FAQ"),
        ("example", "How long?", "A day.\nReally\nYes."),
        ("no_question", "Fees"),
        ("example", "What is it?", "Five.\nA month."),
        ("example", "And abroad?", "Ten."),
        ("no_answer", "Nobody knows"),
    ]
    assert cut(path, rows[3]) == "Q: What is it?\nA: Five.\nA month."


def test_other_words_for_question_and_answer(tmp_path: Path) -> None:
    path = tmp_path / "faq.txt"
    path.write_text("Frage 1: Wie lange?\nAntwort: Ein Tag.\n", encoding="utf-8")
    assert told(read(path, "qa", question=["Frage"], answer=["Antwort"])) == [
        ("example", "Wie lange?", "Ein Tag.")
    ]


def test_turns_of_speakers(tmp_path: Path) -> None:
    path = tmp_path / "calls.txt"
    path.write_text(
        "Call 17\nCustomer: hello\nit is me\nAgent: yes?\nCustomer: bye\nAgent (Ann): bye\n----\n"
        "Client: only me\n---\nAgent: so\nClient: what\nAgent: that\n",
        encoding="utf-8",
    )
    rows = read(path, "thread", assistant=["Agent", "Agent (Ann)"])
    assert told(rows) == [
        ("no_turn", "Call 17"),
        ("example", "hello\nit is me", "yes?", "bye", "bye"),
        ("one_sided", "only me"),
        ("example", "so", "what", "that"),
    ]
    assert [m.role for m in rows[3].messages] == ["assistant", "user", "assistant"]


PAGE = """<!doctype html><html><head><title>T</title><script>var x = "<p>no</p>"</script></head><body>
<h1>Über uns</h1><dl><dt>What is <b>this</b>?</dt><dd>A   test
 of &lt;tags&gt;<br>yes</dd></dl>
<p>Outside<details><summary>Open on Sunday</summary>Until&nbsp;5<p>and later</details><style>p{}</style> end"""


def test_html_questions_and_places(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    rows = read(path, "qa")
    assert told(rows) == [
        ("no_question", "Über uns"),
        ("example", "What is this?", "A test of <tags>\nyes"),
        ("no_question", "Outside"),
        ("example", "Open on Sunday", "Until 5\nand later"),
        ("no_question", "end"),
    ]
    for row in rows:
        again = "\n".join(line.text for line in read_html(cut(path, row).encode()).lines if line.text)
        assert again == "\n".join(message.content for message in row.messages)


def test_html_never_shows_scripts(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "<head><script>a()</script><body><h1>T</h1><svg><text>x</text></svg>ok<noscript>n</noscript>"
    )
    assert told(read(path, "headings")) == [("example", "T", "ok")]


def test_docx_headings_by_style_in_any_language(tmp_path: Path) -> None:
    path = tmp_path / "guide.docx"
    parts = [
        ("", "Vorab"),
        ("berschrift1", "Karten"),
        ("berschrift2", "Sperren"),
        ("", "Ruf &amp; an"),
        ("", "24 h"),
    ]
    path.write_bytes(docx_bytes(docx_xml(parts)))
    rows = read(path, "headings", prompt="{path}")
    assert told(rows) == [
        ("no_heading", "Vorab"),
        ("no_text_under_heading", "Karten"),
        ("example", "Karten > Sperren", "Ruf & an\n24 h"),
    ]
    assert [place(row) for row in rows] == ["paragraphs=1-1", "paragraphs=2-2", "paragraphs=3-5"]


def test_docx_reads_what_python_docx_wrote() -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_heading("Cards", level=1)
    document.add_paragraph("First & second")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    document.add_heading("Block", level=2)
    paragraph = document.add_paragraph("bold")
    paragraph.add_run("\tand\nbroken").bold = True
    stream = io.BytesIO()
    document.save(stream)
    lines = [line for line in read_docx(stream.getvalue(), "x.docx").lines if line.text]
    assert [(line.text, line.level) for line in lines] == [
        ("Cards", 1), ("First & second", 0), ("left", 0), ("right", 0), ("Block", 2), ("bold\tand\nbroken", 0),
    ]  # fmt: skip
    own = [p.text for p in docx.Document(io.BytesIO(stream.getvalue())).paragraphs if p.text]
    assert own == [line.text for line in lines if line.text not in ("left", "right")]


def test_pdf_pages_and_outline(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    path = tmp_path / "guide.pdf"
    pages = [["Cards", "Call us", "at once"], ["still cards", "Limits", "Five a day"]]
    path.write_bytes(pdf_bytes(pages, [("Cards", 0), ("Limits", 1)]))
    rows = read(path, "headings")
    assert told(rows) == [
        ("example", "Cards", "Call us\nat once\nstill cards"),
        ("example", "Limits", "Five a day"),
    ]
    text = "\f".join("\n".join(page) for page in pages)
    first, second = (place(row) for row in rows)
    assert (first, second) == ("pages=1-2&chars=0-33", "page=2&chars=34-51")
    assert text[34:51] == "Limits\nFive a day"


def test_the_reader_of_pdf_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from tunewright.core.errors import EngineMissingError

    monkeypatch.setitem(sys.modules, "pypdf", None)
    (tmp_path / "a.pdf").write_bytes(pdf_bytes([["x"]]))
    with pytest.raises(EngineMissingError) as caught:
        read(tmp_path / "a.pdf", "qa")
    assert caught.value.hint == "pip install 'tunewright[documents]'"


def test_a_folder_is_read_in_the_order_of_names_and_hidden_files_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "x.md").write_text("# no\n")
    (folder / "b.md").write_text("# B\nb\n")
    (folder / "sub" / "a.txt").write_text("no heading")
    (folder / "empty.md").write_text("\n \n")
    rows = read(folder, "headings")
    assert [row.origin.locator for row in rows] == ["b.md#bytes=0-5", "empty.md", "sub/a.txt#bytes=0-10"]
    assert [getattr(row, "reason", "") for row in rows] == ["", "no_text", "no_heading"]
    assert {row.origin.source for row in rows} == {"docs"}


def test_other_files_in_a_folder_refuse_until_patterns_leave_them_out(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\na\n")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    with pytest.raises(DataError, match=r"photo\.png is no document") as caught:
        read(tmp_path, "headings")
    assert "only" in caught.value.hint
    assert told(read(tmp_path, "headings", only=["*.md"])) == [("example", "A", "a")]
    with pytest.raises(DataError, match="holds no document"):
        read(tmp_path, "headings", only=["*.pdf"])


@pytest.mark.parametrize(
    "text, rule",
    [
        ("# T\n## Why?\nSo.\n## How?\nThus.\n", "qa"),
        ("Customer: a\nAgent: b\n---\nCustomer: c\nAgent: d\n", "thread"),
        ("# T\ntext\n## U\nmore\n", "headings"),
    ],
)
def test_the_rule_is_proposed_by_content(tmp_path: Path, text: str, rule: str) -> None:
    (tmp_path / "a.md").write_text(text)
    found = detect_form(tmp_path)
    assert (found.form, found.documents and found.documents.rule) == ("documents", rule)
    assert detect_form(tmp_path / "a.md").form == "documents"


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("only text\n")
    with pytest.raises(DataError, match="holds no questions, turns or headings"):
        detect_form(tmp_path)
