"""Losses of the assistant's tokens: against a direct computation, independent of padding, and placed in the answer."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.fixtures.tiny_base import MARKED_TEMPLATE, UNMARKED_TEMPLATE, write_tiny_base
from tunewright.core.errors import UsageError
from tunewright.core.types import Message
from tunewright.engines.perplexity.transformers_scorer import TransformersLossScorer

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

CONVERSATIONS = [
    (Message("user", "what is the late transfer"), Message("assistant", "transfer_late")),
    (Message("user", "card"), Message("assistant", "ok")),
    (Message("user", "my card " * 20), Message("assistant", "the code is 123 456, please")),
    (
        Message("system", "be kind"),
        Message("user", "help"),
        Message("assistant", "where"),
        Message("user", "at home é"),
        Message("assistant", "thanks, 漢"),
    ),
]


@pytest.fixture(scope="module", params=["marked", "unmarked"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    template = MARKED_TEMPLATE if request.param == "marked" else UNMARKED_TEMPLATE
    return write_tiny_base(tmp_path_factory.mktemp("scorer") / request.param, template=template)


def test_equals_the_log_probability_of_each_token(base: Path) -> None:
    """One conversation at a time, straight from the logits."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    found = TransformersLossScorer(base, threads=1).token_losses(CONVERSATIONS[:3])
    for conversation, losses in zip(CONVERSATIONS[:3], found, strict=True):
        turns = [{"role": message.role, "content": message.content} for message in conversation]
        text = tokenizer.apply_chat_template(turns, tokenize=False)
        prompt = tokenizer.apply_chat_template(turns[:-1], tokenize=False, add_generation_prompt=True)
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        begin = len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
        with torch.inference_mode():
            logs = torch.log_softmax(model(input_ids=ids).logits[0], dim=-1)
        expected = [-float(logs[i - 1, ids[0, i]]) for i in range(begin, ids.shape[1])]
        assert list(losses.losses) == pytest.approx(expected, abs=1e-4)
        assert losses.mean == pytest.approx(sum(expected) / len(expected), abs=1e-4)


def test_padding_and_order_change_nothing(base: Path) -> None:
    scorer = TransformersLossScorer(base, threads=1, batch_size=3)
    together = scorer.token_losses(CONVERSATIONS)
    backwards = scorer.token_losses(CONVERSATIONS[::-1])[::-1]
    for conversation, a, b in zip(CONVERSATIONS, together, backwards, strict=True):
        alone = scorer.token_losses([conversation])[0]
        assert a.spans == b.spans == alone.spans
        assert list(a.losses) == pytest.approx(list(alone.losses), abs=1e-4)
        assert list(b.losses) == pytest.approx(list(alone.losses), abs=1e-4)


def test_tokens_are_placed_in_the_last_answer(base: Path) -> None:
    found = TransformersLossScorer(base, threads=1).token_losses(CONVERSATIONS)
    for conversation, losses in zip(CONVERSATIONS, found, strict=True):
        answer = conversation[-1].content
        inside = [span for span in losses.spans if span != (-1, -1)]
        assert len(losses.spans) == len(losses.losses)
        covered = {i for low, high in inside for i in range(low, high)}
        assert covered == set(range(len(answer)))
    # Two assistant turns: the first one's tokens are scored, but lie outside the last answer.
    assert (-1, -1) in found[3].spans[:-1]


def test_both_templates_score_the_same_tokens(tmp_path: Path) -> None:
    marked = write_tiny_base(tmp_path / "marked", template=MARKED_TEMPLATE)
    unmarked = write_tiny_base(tmp_path / "unmarked", template=UNMARKED_TEMPLATE)
    a = TransformersLossScorer(marked, threads=1).token_losses(CONVERSATIONS)
    b = TransformersLossScorer(unmarked, threads=1).token_losses(CONVERSATIONS)
    assert [x.spans for x in a] == [x.spans for x in b]
    assert all(math.isclose(x.mean, y.mean, abs_tol=1e-5) for x, y in zip(a, b, strict=True))


def test_what_does_not_fit_is_refused_with_its_index(base: Path) -> None:
    long = (Message("user", "card " * 600), Message("assistant", "no"))
    with pytest.raises(UsageError, match="at most 512") as error:
        TransformersLossScorer(base, threads=1).token_losses([CONVERSATIONS[0], long])
    assert error.value.facts["index"] == 1
