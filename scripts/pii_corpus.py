"""Write the labelled text the built-in PII model is trained on: templates filled with generated values.

    python scripts/pii_corpus.py --out FOLDER [--train 90000] [--seed 5]

Writes train.jsonl, dev.jsonl and test.jsonl: one object a line, ``text``, ``spans`` ([start, end, kind] in code
points), ``group`` and ``file`` of its (first) template. Whole groups of similar templates go to one part, and names,
towns, countries and known organisations are drawn from other lists in dev and test than in train: they measure unseen
contexts with unseen values. The same seed writes the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pii_corpus_values import FILLERS, KIND_OF, Values

TEMPLATES = Path(__file__).parent / "pii_templates"
SIMILAR = 0.5
"""templates that share this part of their words belong to one group"""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_JOINING = re.compile(r"[,;]?[ \n]{0,2}-?[ \n]{0,2}\Z")
_OPEN, _CLOSE = "\x02", "\x03"
"""stand for ``{{`` and ``}}``, braces that are meant"""
_MAX_CHARACTERS = 420


@dataclass(frozen=True)
class Template:
    """One line of a template file."""

    text: str
    file: str
    group: str

    @property
    def part(self) -> str:
        """train, dev (one group in twelve) or test (one in eight)."""
        roll = hashlib.sha256(f"pii:{self.group}".encode()).digest()[0]
        return "test" if roll < 32 else "dev" if roll < 53 else "train"


@dataclass
class Piece:
    """A stretch of text and the kind it is labelled as."""

    text: str
    kind: str | None
    placeholder: str = ""


def read_templates(folder: Path = TEMPLATES) -> list[Template]:
    """All templates of all files with their groups. Lines with unknown placeholders or odd braces are left out."""
    lines: list[tuple[str, str]] = []
    for path in sorted(folder.glob("*.txt")):
        for line in dict.fromkeys(path.read_text(encoding="utf-8").splitlines()):
            text = (
                line.strip()
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("{{", _OPEN)
                .replace("}}", _CLOSE)
            )
            known = all(name in KIND_OF or name in FILLERS for name in _PLACEHOLDER.findall(text))
            if (
                text
                and not text.startswith("#")
                and known
                and not set("{}") & set(_PLACEHOLDER.sub("", text))
            ):
                lines.append((text, path.stem))
    groups = _groups([text for text, _ in lines])
    return [Template(text, file, lines[group][0]) for (text, file), group in zip(lines, groups, strict=True)]


def _groups(texts: Sequence[str]) -> list[int]:
    """For each text the index of the first text of its group (connected by similarity)."""
    words = [frozenset(re.findall(r"\w+", _PLACEHOLDER.sub(" ", text).lower())) for text in texts]
    parent = list(range(len(texts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, one in enumerate(words):
        for j in range(i):
            shared = len(one & words[j])
            if shared and shared >= SIMILAR * len(one | words[j]):
                parent[max(root(i), root(j))] = min(root(i), root(j))
    return [root(i) for i in range(len(texts))]


def fill(template: str, values: Values) -> list[Piece]:
    """The template as pieces; an address written part by part is one piece, as is "Last, First"."""
    pieces: list[Piece] = []
    at = 0
    for match in _PLACEHOLDER.finditer(template):
        if match.start() > at:
            pieces.append(Piece(template[at : match.start()], None))
        name = match.group(1)
        pieces.append(Piece(values.draw(name), KIND_OF.get(name), name))
        at = match.end()
    if at < len(template):
        pieces.append(Piece(template[at:], None))
    return _joined(pieces)


def _joined(pieces: list[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for piece in pieces:
        if (
            len(out) >= 2
            and out[-1].kind is None
            and not out[-1].placeholder
            and _JOINING.match(out[-1].text)
        ):
            before = out[-2]
            postal = before.placeholder in ("street", "address") and piece.placeholder in (
                "city",
                "state",
                "zip",
                "country",
                "place",
            )
            one_name = before.kind == piece.kind == "person" and out[-1].text == " "
            reversed_name = (
                before.placeholder == "last" and piece.placeholder == "first" and "," in out[-1].text
            )
            if postal or one_name or reversed_name:
                gap = out.pop().text
                before.text += gap + piece.text
                continue
        out.append(piece)
    return out


def augment(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """Case, typing errors, missing punctuation, other white space."""
    roll = rng.random()
    change = str.lower if roll < 0.09 else str.upper if roll < 0.12 else str.title if roll < 0.13 else None
    if change is not None:
        pieces = [Piece(_same_length(piece.text, change(piece.text)), piece.kind) for piece in pieces]
    if rng.random() < 0.10:
        pieces = [piece if piece.kind else Piece(_typo(piece.text, rng), None) for piece in pieces]
    if rng.random() < 0.15 and pieces[-1].kind is None:
        pieces[-1] = Piece(pieces[-1].text.rstrip(".!?"), None)
    if rng.random() < 0.06:
        pieces = [piece if piece.kind else Piece(piece.text.replace(",", ""), None) for piece in pieces]
    if rng.random() < 0.04:
        pieces = [Piece(piece.text.replace("\n", " "), piece.kind) for piece in pieces]
    if rng.random() < 0.04:
        pieces = [
            piece if piece.kind else Piece(piece.text.replace(". ", ".\n").replace(", ", ",\n", 1), None)
            for piece in pieces
        ]
    return pieces


def _same_length(old: str, new: str) -> str:
    return new if len(new) == len(old) else old


def _typo(text: str, rng: random.Random) -> str:
    places = [i for i in range(len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()]
    if not places:
        return text
    i = rng.choice(places)
    return rng.choice(
        (
            text[:i] + text[i + 1] + text[i] + text[i + 2 :],
            text[:i] + text[i + 1 :],
            text[: i + 1] + text[i] + text[i + 1 :],
        )
    )


def generate(templates: Sequence[Template], part: str, count: int, seed: int) -> Iterator[dict[str, object]]:
    """Filled templates of one part: every template in turn, in a new order each time round.

    Half of those with an organisation come twice: organisations take most shapes and are the weakest kind.
    """
    rng = random.Random(f"{seed}:{part}")
    values = Values(rng, held_out_part=part != "train")
    mine = [template for template in templates if template.part == part]
    plain = [template for template in mine if not _PLACEHOLDER.search(template.text)]
    named = [template for template in mine if "{organisation}" in template.text]
    order: list[Template] = []
    for _ in range(count):
        if not order:
            order = rng.sample(mine, len(mine)) + rng.sample(named, len(named) // 2)
            rng.shuffle(order)
        first = order.pop()
        chosen = [first]
        roll = rng.random()
        if roll < 0.16:
            chosen += rng.sample(mine, rng.choice((1, 1, 2)))
        elif roll < 0.24:
            chosen.insert(rng.choice((0, 1)), rng.choice(plain))
        pieces: list[Piece] = []
        for template in chosen:
            if pieces:
                pieces.append(Piece(rng.choice((" ", " ", "\n", "\n\n")), None))
            pieces += fill(template.text, values)
        if sum(len(piece.text) for piece in pieces) > _MAX_CHARACTERS:
            pieces = fill(first.text, values)
        yield _row(augment(pieces, rng) if part == "train" or rng.random() < 0.5 else pieces, first)


def _row(pieces: Sequence[Piece], template: Template) -> dict[str, object]:
    spans = []
    at = 0
    for piece in pieces:
        if piece.kind and piece.text.strip():
            lead = len(piece.text) - len(piece.text.lstrip())
            spans.append([at + lead, at + len(piece.text.rstrip()), piece.kind])
        at += len(piece.text)
    text = "".join(piece.text for piece in pieces)
    return {
        "text": text.replace(_OPEN, "{").replace(_CLOSE, "}"),
        "spans": spans,
        "group": template.group,
        "file": template.file,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train", type=int, default=90_000)
    parser.add_argument("--dev", type=int, default=2_000)
    parser.add_argument("--test", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    templates = read_templates()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for part in ("train", "dev", "test"):
        rows = [
            json.dumps(row, ensure_ascii=False)
            for row in generate(templates, part, getattr(arguments, part), arguments.seed)
        ]
        (arguments.out / f"{part}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
        mine = [template for template in templates if template.part == part]
        print(
            f"{part}: {len(rows)} texts from {len(mine)} templates in {len({t.group for t in mine})} groups"
        )


if __name__ == "__main__":
    main()
