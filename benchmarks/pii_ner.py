"""The PII model together with the patterns: recall and precision of each kind, token-level F, texts a CPU second;
Presidio beside it.

    python benchmarks/pii_ner.py [FOLDER] [--more FILE] [--held-out 4000] [--spacy-model en_core_web_sm] [--out
    benchmarks/results]

Texts: (1) held-out templates of ``scripts/pii_corpus.py`` with held-out values (needs ``faker``); (2)
``pii/presidio-research-generated- large.json`` in FOLDER (default: env var TUNEWRIGHT_TEST_DATA, else
../shared/data); (3) every ``--more`` file in that form, such as presidio-research's ``data/synth_dataset_v2.json``.
Nothing of (2) and (3) was looked at or trained on.

A span counts as found by kind when a finding of its kind overlaps it by half of their union, as found at all when
findings of any kind cover half of it. Token level: tokens of spaCy's English tokenizer, PII or not, counted as
presidio-research's ``TokenEvaluator`` does (beta 2, errors on its skip words forgiven, kinds that the set does not
label left out) and plainly (every token, F1; with and without unlabelled kinds). Presidio runs in the same process
when ``presidio_analyzer`` and the spaCy model can be imported, else patterns only. Exit status 1 when the token-level
F on (2) is below 0.845.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import string
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tunewright.engines.pii.ner import NerDetector
from tunewright.engines.pii.ner_text import KINDS
from tunewright.engines.pii.patterns import PatternDetector
from tunewright.metrics.intervals import wilson

Span = tuple[int, int, str]
Row = tuple[str, list[Span]]
PRESIDIO_BEST = 0.845
NAMES = {
    "PERSON": "person", "ADDRESS": "address", "STREET_ADDRESS": "address", "ZIP_CODE": "address", "LOCATION": "place",
    "GPE": "place", "ORGANIZATION": "organisation", "DATE_TIME": "date", "TITLE": "title", "PREFIX": "title", "AGE": "age",
    "NRP": "nationality", "CREDIT_CARD": "card", "IBAN_CODE": "iban", "EMAIL_ADDRESS": "email", "US_SSN": "ssn",
    "IP_ADDRESS": "ip", "PHONE_NUMBER": "phone", "DOMAIN_NAME": "domain", "URL": "domain",
    "US_DRIVER_LICENSE": "driver_licence", "MAC_ADDRESS": "mac",
}  # fmt: skip
SKIPPED = {
    *string.punctuation, ">>", ">>>", ">>>>", ">>>>>", ">>>>>>", "'s", "street", "st.", "st", "de", "rue", "via",
    "and", "a", "the", "or", "do", "as", "of", "day", "address", "country", "state", "city", "zip", "po", "apt",
    "unit", "corner", "p.o.", "box", "suite", "mr.", "mrs.", "miss", "year", "years", "y/o", "month", "months", "old",
    "morning", "noon", "afternoon", "night", "evening", "this", "first", "last", "week", "weeks", "weekend", "days",
    "age", "ago", "inc", "inc.", "ltd",
}  # fmt: skip
"""presidio_evaluator/evaluation/skipwords.py; white space and spaCy's stop words are added below"""


def presidio_rows(path: Path) -> list[Row]:
    """Texts and spans of a presidio-research data file; exact repeats once."""
    rows = {
        item["full_text"]: [
            (s["start_position"], s["end_position"], NAMES.get(s["entity_type"], s["entity_type"].lower()))
            for s in item["spans"]
        ]
        for item in json.loads(path.read_text(encoding="utf-8"))
    }
    return list(rows.items())


def held_out_rows(count: int) -> list[Row]:
    """Templates and values the model was not trained on."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
    from pii_corpus import generate, read_templates  # type: ignore[import-not-found]

    return [
        (str(row["text"]), [tuple(span) for span in row["spans"]])
        for row in generate(read_templates(), "test", count, 5)
    ]


def ours(texts: Sequence[str], patterns: PatternDetector, model: NerDetector) -> list[list[Span]]:
    """Findings of both; where they overlap the patterns' stands and of the model's stays what lies outside."""
    answers = []
    for certain, learnt in zip(patterns.detect(texts), model.detect(texts), strict=True):
        spans = [(f.start, f.end, f.kind) for f in certain if f.confidence >= 0.4]
        for f in learnt:
            if not any(f.start < end and start < f.end for start, end, _ in spans[: len(certain)]):
                spans.append((f.start, f.end, f.kind))
        answers.append(sorted(spans))
    return answers


def presidio(spacy_model: str) -> tuple[str, Callable[[Sequence[str]], list[list[Span]]]] | None:
    """Presidio's analyzer at its default threshold 0, overlaps kept (any-type figures do not mind)."""
    if importlib.util.find_spec("presidio_analyzer") is None:
        return None
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider, SpacyNlpEngine

    if importlib.util.find_spec(spacy_model) is not None:
        name = f"presidio with {spacy_model}"
        settings = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": spacy_model}]}
        nlp = NlpEngineProvider(nlp_configuration=settings).create_engine()
    else:
        name = "presidio, patterns only"
        nlp = SpacyNlpEngine()
        nlp.nlp = {"en": spacy.blank("en")}
    analyzer = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])

    def answer(texts: Sequence[str]) -> list[list[Span]]:
        return [
            [
                (r.start, r.end, NAMES.get(r.entity_type, r.entity_type.lower()))
                for r in analyzer.analyze(text, language="en", score_threshold=0.35)
            ]
            for text in texts
        ]

    return name, answer


def shared(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def covered(start: int, end: int, spans: Sequence[Span]) -> bool:
    """Whether spans cover at least half of the stretch."""
    marked = bytearray(end - start)
    for a, b, _ in spans:
        for i in range(max(a, start), min(b, end)):
            marked[i - start] = 1
    return 2 * sum(marked) >= end - start


def by_kind(rows: Sequence[Row], answers: Sequence[Sequence[Span]]) -> dict[str, Any]:
    """Recall and precision of each kind with 95 % Wilson intervals."""
    count: Counter[tuple[str, str]] = Counter()
    for (_, gold), found in zip(rows, answers, strict=True):
        for start, end, kind in gold:
            overlaps = [
                shared((start, end), (a, b)) / (max(end, b) - min(start, a)) for a, b, k in found if k == kind
            ]
            count[kind, "gold"] += 1
            count[kind, "typed"] += any(x >= 0.5 for x in overlaps)
            count[kind, "covered"] += covered(start, end, found)
            if covered(start, end, found):
                most = max(found, key=lambda span: shared((start, end), span[:2]))
                count[kind, f"as {most[2]}"] += 1
        for start, end, kind in found:
            overlaps = [
                shared((start, end), (a, b)) / (max(end, b) - min(start, a)) for a, b, k in gold if k == kind
            ]
            count[kind, "said"] += 1
            count[kind, "right"] += any(x >= 0.5 for x in overlaps)
            count[kind, "pii"] += covered(start, end, gold)
    kinds = sorted({kind for kind, _ in count})
    table = {kind: _rates(count, [kind]) | {"covered_as": _covered_as(count, kind)} for kind in kinds}
    return {"all": _rates(count, kinds), "model kinds": _rates(count, list(KINDS)), **table}


def _rates(count: Counter[tuple[str, str]], kinds: Sequence[str]) -> dict[str, Any]:
    total = {
        key: sum(count[kind, key] for kind in kinds)
        for key in ("gold", "typed", "covered", "said", "right", "pii")
    }

    def share(hits: str, of: str) -> list[float]:
        interval = wilson(total[hits], total[of])
        return [round(interval.value, 4), round(interval.low, 4), round(interval.high, 4)]

    return {
        "spans": total["gold"], "recall": share("typed", "gold"), "recall_any_kind": share("covered", "gold"),
        "findings": total["said"], "precision": share("right", "said"), "precision_any_kind": share("pii", "said"),
    }  # fmt: skip


def _covered_as(count: Counter[tuple[str, str]], kind: str) -> dict[str, int]:
    """How many spans of the kind that were found are covered most by a finding of which kind."""
    named = {key[3:]: n for (k, key), n in count.items() if k == kind and key.startswith("as ")}
    return dict(sorted(named.items(), key=lambda item: (-item[1], item[0])))


def f_beta(precision: float, recall: float, beta: float) -> float:
    square = beta * beta
    return round((1 + square) * precision * recall / max(1e-9, square * precision + recall), 4)


def token_level(
    rows: Sequence[Row], answers: Sequence[Sequence[Span]], labelled: set[str] | None, skip: bool
) -> dict[str, float]:
    """PII or not, a token; labelled: kinds to count, None for all; skip: forgive errors on skip words."""
    import spacy
    from spacy.lang.en.stop_words import STOP_WORDS

    tokenizer = spacy.blank("en").tokenizer
    skipped = SKIPPED | STOP_WORDS
    count: Counter[tuple[bool, bool]] = Counter()
    for (text, gold), found in zip(rows, answers, strict=True):
        kept = [span for span in found if labelled is None or span[2] in labelled]
        for token in tokenizer(text):
            truth, said = (_in(token.idx, token.idx + len(token), spans) for spans in (gold, kept))
            word = token.text.lower().strip()
            if truth != said and skip and (word in skipped or not word):
                continue
            count[truth, said] += 1
    return _f_scores(count)


def _in(start: int, end: int, spans: Sequence[Span]) -> bool:
    """As presidio_evaluator/span_to_tag.py: the token starts in a span, or holds it."""
    return any(a <= start < b or (start <= a and b <= end) for a, b, _ in spans)


def character_level(
    rows: Sequence[Row], answers: Sequence[Sequence[Span]], labelled: set[str] | None
) -> dict[str, float]:
    """PII or not, a character."""
    count: Counter[tuple[bool, bool]] = Counter()
    for (_, gold), found in zip(rows, answers, strict=True):
        truth = {i for a, b, _ in gold for i in range(a, b)}
        said = {i for a, b, k in found if labelled is None or k in labelled for i in range(a, b)}
        count[True, True] += len(truth & said)
        count[True, False] += len(truth - said)
        count[False, True] += len(said - truth)
    return _f_scores(count)


def _f_scores(count: Counter[tuple[bool, bool]]) -> dict[str, float]:
    hit, missed, wrong = count[True, True], count[True, False], count[False, True]
    precision, recall = hit / max(1, hit + wrong), hit / max(1, hit + missed)
    return {
        "precision": round(precision, 4), "recall": round(recall, 4),
        "f1": f_beta(precision, recall, 1), "f2": f_beta(precision, recall, 2),
    }  # fmt: skip


def measured(rows: Sequence[Row], detect: Callable[[Sequence[str]], list[list[Span]]]) -> dict[str, Any]:
    texts = [text for text, _ in rows]
    detect(texts[:64])
    began = time.process_time()
    answers = detect(texts)
    spent = time.process_time() - began
    labelled = {kind for _, gold in rows for _, _, kind in gold}
    return {
        "texts_per_cpu_s": round(len(texts) / spent),
        "token_level": {
            "as_presidio_research": token_level(rows, answers, labelled, skip=True),
            "plain": token_level(rows, answers, labelled, skip=False),
            "plain_unlabelled_kinds_too": token_level(rows, answers, None, skip=False),
        },
        "character_level": character_level(rows, answers, labelled),
        "character_level_unlabelled_kinds_too": character_level(rows, answers, None),
        "spans": by_kind(rows, answers),
    }


def figures(report: dict[str, Any], sets: Sequence[str]) -> dict[str, Any]:
    """What the product shows of the model: the kinds it looks for, [share, low, high] of 95 % Wilson intervals."""
    shown: dict[str, Any] = {"model": report["model"], "together_with": report["patterns"], "sets": {}}
    for name in sets:
        ours_there = report[name]["tunewright"]
        shown["sets"][name] = {
            "texts": report[name]["texts"],
            "token_level": ours_there["token_level"]["plain"],
            "kinds": {
                kind: ours_there["spans"][kind]
                for kind in ("model kinds", *KINDS)
                if kind in ours_there["spans"]
            },
        }
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("TUNEWRIGHT_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("folder", type=Path, nargs="?", default=Path(default))
    parser.add_argument("--more", type=Path, action="append", default=[])
    parser.add_argument("--held-out", type=int, default=4000)
    parser.add_argument("--only-held-out", action="store_true")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--spacy-model", default="en_core_web_sm")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--figures", type=Path, help="also write the figures that ship with the model")
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    patterns, model = PatternDetector(), NerDetector()
    large = arguments.folder / "pii" / "presidio-research-generated-large.json"
    sets: dict[str, list[Row]] = (
        {"held-out templates": held_out_rows(arguments.held_out)} if arguments.held_out else {}
    )
    if not arguments.only_held_out:
        sets |= {path.stem: presidio_rows(path) for path in (large, *arguments.more) if path.is_file()}
    detectors: dict[str, Callable[[Sequence[str]], list[list[Span]]]] = {
        "tunewright": lambda texts: ours(texts, patterns, model)
    }
    peer = None if arguments.no_peer else presidio(arguments.spacy_model)
    if peer is not None:
        detectors[peer[0]] = peer[1]
    report: dict[str, Any] = {
        "machine": platform.processor() or platform.machine(),
        "model": model.version,
        "patterns": patterns.version,
    }
    for name, rows in sets.items():
        characters = sum(len(text) for text, _ in rows) / len(rows)
        report[name] = {"texts": len(rows), "mean_characters": round(characters, 1)}
        report[name] |= {detector: measured(rows, detect) for detector, detect in detectors.items()}
    text = json.dumps(report, indent=1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "pii_ner.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    if arguments.figures is not None:
        arguments.figures.write_text(
            json.dumps(figures(report, list(sets)), indent=1) + "\n", encoding="utf-8"
        )
    if large.stem not in report:
        return 0
    reached = report[large.stem]["tunewright"]["token_level"]["as_presidio_research"]["f2"]
    return int(reached < PRESIDIO_BEST)


if __name__ == "__main__":
    sys.exit(main())
