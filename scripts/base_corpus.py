"""Write the text the base model is pretrained on: generated chats and prose, and Python's own documentation.

The generated part is a function of the seed and the number of documents alone (never of `PYTHONHASHSEED`). The
documentation part is taken from the running interpreter: `pydoc_data.topics` and the docstrings of the standard library
(PSF licence). One JSON object a line: {"chat": [[role, text], ...]} or {"text": "..."}.

    python scripts/base_corpus.py --out corpus/ --documents 520000
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

from base_corpus_skills import (
    arithmetic,
    copy_code,
    dates,
    order_fields,
    passage,
    rewrite,
    story,
    word_meaning,
    word_work,
)
from base_corpus_support import (
    Chat,
    choose_label,
    fields,
    house_triage,
    layout_triage,
    mail,
    mood_of,
    nearest_message,
    paraphrase,
    reply,
    same_wish,
    summarise,
    tenant_triage,
    write_message,
)

Builder = Callable[[random.Random], Chat | str]
MIX: tuple[tuple[Builder, int], ...] = (
    (house_triage, 24),
    (tenant_triage, 16),
    (layout_triage, 6),
    (choose_label, 8),
    (same_wish, 5),
    (nearest_message, 3),
    (paraphrase, 5),
    (summarise, 6),
    (mood_of, 6),
    (fields, 5),
    (reply, 5),
    (write_message, 4),
    (mail, 3),
    (word_work, 4),
    (copy_code, 3),
    (word_meaning, 3),
    (arithmetic, 2),
    (dates, 2),
    (passage, 4),
    (order_fields, 3),
    (rewrite, 2),
    (story, 4),
)
HELD_OUT_EVERY = 40
PIECE_CHARS = 900


def generated(seed: int, count: int) -> Iterator[dict[str, object]]:
    """Yield generated documents; document `i` depends on the seed and `i` only."""
    builders = [builder for builder, _ in MIX]
    weights = [weight for _, weight in MIX]
    for index in range(count):
        rng = random.Random(f"{seed}/{index}")
        built = rng.choices(builders, weights)[0](rng)
        yield {"text": built} if isinstance(built, str) else {"chat": [list(turn) for turn in built]}


def documentation() -> Iterator[str]:
    """Yield pieces of the interpreter's documentation, sorted by where they come from."""
    from pydoc_data.topics import topics

    for name in sorted(topics):
        yield from pieces(topics[name])
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*.py")):
        parts = path.relative_to(library).parts
        if {"site-packages", "test", "tests", "idle_test", "lib2to3"} & set(parts):
            continue
        yield from module_docs(path, ".".join(parts).removesuffix(".py"))


def module_docs(path: Path, name: str) -> Iterator[str]:
    """Yield the docstrings of one module, each after the name of what it documents."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text and len(text) > 40:
                label = name if isinstance(node, ast.Module) else f"{name}.{node.name}"
                yield from pieces(f"{label}\n\n{text}")


def pieces(text: str) -> Iterator[str]:
    """Cut a long text at paragraphs into pieces of about PIECE_CHARS."""
    piece = ""
    for paragraph in text.strip().split("\n\n"):
        if piece and len(piece) + len(paragraph) > PIECE_CHARS:
            yield piece
            piece = ""
        piece = f"{piece}\n\n{paragraph}" if piece else paragraph
    if piece:
        yield piece


def write_corpus(out: Path, seed: int, documents: int, held_out: int) -> None:
    """Write generated.jsonl, generated_held_out.jsonl (another seed), docs.jsonl and docs_held_out.jsonl."""
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "generated_held_out.jsonl", generated(seed + 1_000_003, held_out))
    _write(out / "generated.jsonl", generated(seed, documents))
    texts = list(documentation())
    _write(out / "docs_held_out.jsonl", ({"text": text} for text in texts[::HELD_OUT_EVERY]))
    _write(out / "docs.jsonl", ({"text": text} for i, text in enumerate(texts) if i % HELD_OUT_EVERY))


def _write(path: Path, rows: Iterator[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    """Parse the command line and write the corpus."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument(
        "--documents", type=int, default=520_000, help="generated documents (default %(default)s)"
    )
    parser.add_argument("--held-out", type=int, default=2_000, help="generated held-out documents")
    parser.add_argument("--seed", type=int, default=17, help="seed of the generated part")
    args = parser.parse_args()
    write_corpus(args.out, args.seed, args.documents, args.held_out)


if __name__ == "__main__":
    main()
