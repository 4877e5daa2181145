"""Our decoding loop against the library's ``generate()``, and its treatment of adapters and long prompts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.tiny_base import write_tiny_base
from tunewright.core.errors import UsageError
from tunewright.core.types import Message
from tunewright.engines.generate.transformers_generator import TransformersGenerator

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

QUESTIONS = [
    (Message("user", text),)
    for text in (
        "card",
        "what is the late transfer fee",
        "my lost card " * 12,
        "refund missing, please help",
        "é 漢",
    )
]


@pytest.mark.parametrize("rows", [1, 3, 8])
def test_greedy_equals_the_library(tiny_base: Path, rows: int) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    model = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32)
    answers = TransformersGenerator(tiny_base, threads=1, batch_size=rows).generate(
        QUESTIONS, max_new_tokens=24
    )
    for question, answer in zip(QUESTIONS, answers, strict=True):
        turns = [{"role": message.role, "content": message.content} for message in question]
        encoded = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            whole = model.generate(**encoded, max_new_tokens=24, do_sample=False, pad_token_id=0)
        new = whole[0, encoded["input_ids"].shape[1] :].tolist()
        assert answer.completion_tokens == len(new)
        assert answer.text == tokenizer.decode(
            [i for i in new if i != tokenizer.eos_token_id], skip_special_tokens=True
        )
        assert answer.prompt_tokens == encoded["input_ids"].shape[1]


def _adapter(base: Path, folder: Path, targets: list[str]) -> Path:
    """A LoRA adapter with random (not zero) weights."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from tunewright.engines.language.transformers_model import quiet

    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = LoraConfig(
        r=4, lora_alpha=64, target_modules=targets, task_type="CAUSAL_LM", init_lora_weights=False
    )
    with quiet():
        wrapped = get_peft_model(model, config)
    wrapped.save_pretrained(folder, save_embedding_layers=False)
    return folder


@pytest.mark.parametrize("targets", [["q_proj", "v_proj", "down_proj"], ["q_proj", "embed_tokens"]])
@pytest.mark.filterwarnings("ignore:.*tie.*:UserWarning")
def test_folding_an_adapter_in_changes_nothing(tmp_path: Path, targets: list[str]) -> None:
    """Also where the adapter touches an embedding that the head shares: there it must not be folded."""
    from tunewright.engines.language.merge import merged
    from tunewright.engines.language.transformers_model import load_model

    base = write_tiny_base(tmp_path / "base", tied=True)
    adapter = _adapter(base, tmp_path / "adapter", targets)
    ids = torch.tensor([[4, 30, 60, 90, 5]])
    plain = load_model(base, None, threads=1).model
    apart = load_model(base, adapter, threads=1).model
    folded = merged(load_model(base, adapter, threads=1).model)
    with torch.inference_mode():
        expected = apart(input_ids=ids).logits
        assert torch.allclose(folded(input_ids=ids).logits, expected, atol=1e-4)
        assert not torch.allclose(plain(input_ids=ids).logits, expected, atol=1e-2)
    assert hasattr(folded, "merge_and_unload") == ("embed_tokens" in targets)


def test_a_prompt_without_room_is_refused_with_its_index(tiny_base: Path) -> None:
    generator = TransformersGenerator(tiny_base, threads=1)
    long = (Message("user", "card " * 600),)
    with pytest.raises(UsageError, match="at most 512") as error:
        generator.generate([QUESTIONS[0], long], max_new_tokens=3)
    assert error.value.facts["index"] == 1


def test_an_answer_ends_where_the_context_ends(tiny_base: Path) -> None:
    generator = TransformersGenerator(tiny_base, threads=1)
    words = 600
    while True:
        question = (Message("user", "refund " * words),)
        try:
            answer = generator.generate([question, QUESTIONS[0]], max_new_tokens=600)[0]
        except UsageError:
            words -= 5
            continue
        break
    assert answer.prompt_tokens + answer.completion_tokens <= 512


def test_sampling_follows_its_seed(tiny_base: Path) -> None:
    generator = TransformersGenerator(tiny_base, threads=1)
    first = generator.generate(QUESTIONS, max_new_tokens=10, temperature=1.0, seed=1)
    assert first == generator.generate(QUESTIONS, max_new_tokens=10, temperature=1.0, seed=1)
    assert first != generator.generate(QUESTIONS, max_new_tokens=10, temperature=1.0, seed=2)
    with pytest.raises(UsageError):
        generator.generate(QUESTIONS, max_new_tokens=10, temperature=-1.0)
