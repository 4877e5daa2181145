"""Every PII engine keeps the port's promises: pure, in order, within the text, without overlap, and says what it finds.

The models are made here: a blank spaCy pipeline with rules, a tiny spaCy recogniser trained on a few sentences, and a
BERT of two layers with random weights, so its answers are noise; the promises hold for noise too.
"""

from __future__ import annotations

import importlib.util
import json
import string
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.errors import EngineError, EngineMissingError, UsageError
from tunewright.core.pii import PII_KINDS
from tunewright.core.ports import PiiDetector
from tunewright.engines import CATALOG, load, missing
from tunewright.engines.pii.arbitrated import ArbitratedDetectors
from tunewright.engines.pii.patterns import PatternDetector

TEXTS = [
    "",
    "   \n",
    "Jane Miller of Acme Ltd lives in Berlin, mail jane@example.com, card 4111 1111 1111 1111.",
    "call +49 30 901820 about SSN 219-09-9999",
    "no personal data here",
    "half a surrogate \ud800 and \u200b nothing, 😀 Jane Miller 😀",
    "Jane " * 700,
    "x" * 3000,
]
SPACY = importlib.util.find_spec("spacy") is not None
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-CREDITCARDNUMBER", "I-CREDITCARDNUMBER", "B-MISC"]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> str:
    spacy = pytest.importorskip("spacy", reason="the extra [presidio] is not installed")
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Jane Miller"},
            {"label": "GPE", "pattern": "Berlin"},
            {"label": "ORG", "pattern": [{"TEXT": "Acme"}, {"TEXT": "Ltd"}]},
            {"label": "PRODUCT", "pattern": "card"},
        ]
    )
    folder = tmp_path_factory.mktemp("spacy") / "rules"
    nlp.to_disk(folder)
    return str(folder)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> str:
    spacy = pytest.importorskip("spacy", reason="the extra [presidio] is not installed")
    from spacy.training import Example

    spacy.util.fix_random_seed(3)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("PER")
    names = ["Jane Miller", "Omar Khan", "Li Wei", "Ada Novak"]
    examples = [
        Example.from_dict(nlp.make_doc(f"{name} lives here"), {"entities": [(0, len(name), "PER")]})
        for name in names
    ]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(30):
        nlp.update(examples, sgd=optimizer)
    folder = tmp_path_factory.mktemp("spacy") / "trained"
    nlp.to_disk(folder)
    return str(folder)


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    torch = pytest.importorskip("torch")
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("hf") / "tiny"
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *string.printable[:94],
        *("##" + c for c in string.printable[:94]),
    ]
    tokenizer = Tokenizer(models.WordPiece({piece: at for at, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]"
    ).save_pretrained(folder)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64, id2label=dict(enumerate(LABELS)), label2id={label: at for at, label in enumerate(LABELS)},
    )  # fmt: skip
    model = BertForTokenClassification(config)
    torch.nn.init.normal_(model.classifier.weight, std=2.0)
    model.save_pretrained(folder)
    return str(folder)


Maker = Callable[[], PiiDetector]


@pytest.fixture(scope="module")
def makers(request: pytest.FixtureRequest) -> dict[str, Maker]:
    """A maker of every engine in the catalog that is installed here."""
    found: dict[str, Maker] = {}
    for role, name in CATALOG:
        if role != "pii" or missing(role, name):
            continue
        if name == "spacy":
            for which in ("rules", "trained"):
                found[f"spacy:{which}"] = _maker(name, model=request.getfixturevalue(which))
        elif name == "hf":
            found["hf"] = _maker(name, model=request.getfixturevalue("bert"))
        elif name == "presidio":
            found["presidio"] = _maker(name)
            found["presidio:rules"] = _maker(name, model=request.getfixturevalue("rules"), least=0.3)
        else:
            found[name] = _maker(name)
    return found


def _maker(name: str, **options: Any) -> Maker:
    return lambda: load("pii", name, **options)


@pytest.fixture(scope="module")
def detectors(makers: dict[str, Maker]) -> dict[str, PiiDetector]:
    made = {name: make() for name, make in makers.items()}
    made["all"] = ArbitratedDetectors([d for name, d in made.items() if name != "presidio"])
    return made


def test_every_installed_engine_is_under_test(makers):
    installed = {name for role, name in CATALOG if role == "pii" and not missing(role, name)}
    assert {name.partition(":")[0] for name in makers} == installed
    assert len(installed) >= (4 if SPACY else 1)


def test_places_are_in_the_text_in_order_without_overlap(detectors):
    for name, detector in detectors.items():
        answers = detector.detect(TEXTS)
        assert len(answers) == len(TEXTS), name
        for text, findings in zip(TEXTS, answers, strict=True):
            assert all(0 <= f.start < f.end <= len(text) for f in findings), name
            assert all(one.end <= two.start for one, two in pairwise(findings)), name
            assert all(0 <= f.confidence <= 1 and f.turn == 0 and f.state == "open" for f in findings), name


def test_a_text_is_judged_by_itself(detectors):
    for name, detector in detectors.items():
        one_by_one = [detector.detect([text])[0] for text in TEXTS]
        assert detector.detect(TEXTS) == one_by_one, name
        assert detector.detect(TEXTS[::-1]) == one_by_one[::-1], name
        assert detector.detect([]) == [], name


def test_kinds_are_of_the_vocabulary_and_cover_what_is_found(detectors):
    for name, detector in detectors.items():
        assert detector.kinds, name
        assert set(detector.kinds) <= set(PII_KINDS), name
        assert {f.kind for findings in detector.detect(TEXTS) for f in findings} <= set(detector.kinds), name


def test_versions_differ_and_stay(makers, detectors):
    versions = {name: detector.version for name, detector in detectors.items()}
    assert len(set(versions.values())) == len(versions)
    assert all("@" in version for version in versions.values())
    assert {name: make().version for name, make in makers.items()} == {
        n: v for n, v in versions.items() if n != "all"
    }


def found(detector: PiiDetector, text: str) -> set[tuple[str, str]]:
    return {(f.kind, text[f.start : f.end]) for f in detector.detect([text])[0]}


def test_presidio_finds_forms_without_a_network(detectors):
    if "presidio" not in detectors:
        pytest.skip("the extra [presidio] is not installed")
    assert {("email", "jane@example.com"), ("card", "4111 1111 1111 1111")} <= found(
        detectors["presidio"], TEXTS[2]
    )
    assert "person" not in detectors["presidio"].kinds
    assert ("person", "Jane Miller") in found(detectors["presidio:rules"], TEXTS[2])
    assert "person" in detectors["presidio:rules"].kinds


def test_spacy_labels_are_in_our_words(detectors):
    if "spacy:rules" not in detectors:
        pytest.skip("the extra [presidio] is not installed")
    assert found(detectors["spacy:rules"], TEXTS[2]) == {
        ("person", "Jane Miller"), ("organisation", "Acme Ltd"), ("place", "Berlin"),
    }  # fmt: skip
    assert detectors["spacy:rules"].kinds == ("organisation", "person", "place")
    assert found(detectors["spacy:trained"], "Jane Miller lives here") == {("person", "Jane Miller")}
    emoji = "😀 Jane Miller 😀"
    assert found(detectors["spacy:rules"], emoji) == {("person", "Jane Miller")}


def test_one_answer_over_all(detectors):
    if "spacy:rules" not in detectors:
        pytest.skip("the extra [presidio] is not installed")
    everything = detectors["all"]
    answer = {(f.kind, TEXTS[2][f.start : f.end]): f for f in everything.detect([TEXTS[2]])[0]}
    email = answer["email", "jane@example.com"]
    assert email.confidence >= 0.97
    assert "patterns@2" in email.found_by
    assert "presidio" in email.found_by
    assert ("card", "4111 1111 1111 1111") in answer


def test_a_long_text_is_read_to_its_end(detectors):
    if "hf" not in detectors:
        pytest.skip("torch is not installed")
    text = " ".join(f"w{n}" for n in range(400))
    findings = detectors["hf"].detect([text])[0]
    assert findings
    assert findings[-1].end > 0.9 * len(text)


def test_what_cannot_be_loaded_says_what_to_do(tmp_path: Path, bert: str):
    with pytest.raises(UsageError, match="folder of a token classifier"):
        load("pii", "hf")
    with pytest.raises(UsageError, match=r"no config\.json"):
        load("pii", "hf", model=str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EngineError, match="does not load"):
        load("pii", "hf", model=str(tmp_path))
    unknown = tmp_path / "unknown"
    unknown.mkdir()
    for path in Path(bert).iterdir():
        (unknown / path.name).write_bytes(path.read_bytes())
    config = json.loads((unknown / "config.json").read_text())
    config["id2label"] = {str(at): "O" if at == 0 else f"THING{at}" for at in range(len(LABELS))}
    config["label2id"] = {label: int(at) for at, label in config["id2label"].items()}
    (unknown / "config.json").write_text(json.dumps(config))
    with pytest.raises(UsageError, match="no label that we know"):
        load("pii", "hf", model=str(unknown))


def test_a_pipeline_that_is_not_there_is_not_fetched():
    pytest.importorskip("spacy", reason="the extra [presidio] is not installed")
    for name in ("spacy", "presidio"):
        with pytest.raises(EngineMissingError, match="xx_no_such_pipeline"):
            load("pii", name, model="xx_no_such_pipeline")


def test_another_model_is_another_version(bert: str, tmp_path: Path):
    copy = tmp_path / "tiny"
    copy.mkdir()
    for path in Path(bert).iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    one = load("pii", "hf", model=bert).version
    assert load("pii", "hf", model=str(copy)).version == one
    (copy / "README.md").write_text("another")
    assert load("pii", "hf", model=str(copy)).version != one


def test_detectors_that_cannot_be_joined():
    with pytest.raises(UsageError, match="no PII detector"):
        ArbitratedDetectors([])
    with pytest.raises(UsageError, match="named twice"):
        ArbitratedDetectors([PatternDetector(), PatternDetector()])
