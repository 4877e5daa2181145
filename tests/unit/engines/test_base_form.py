"""What a base folder says of its form: against transformers' own rendering and tokenizer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.tiny_base import MARKED_TEMPLATE, SPECIAL, write_tiny_base
from tunewright.core.errors import DataError
from tunewright.core.types import Message
from tunewright.engines.language.base_form import BaseForm
from tunewright.engines.language.model_folder import resolve_base

CHATS = [
    (Message("user", "what is the late transfer?"), Message("assistant", "transfer_late")),
    (Message("system", "be kind"), Message("user", "a <|end|> b"), Message("assistant", "ok <|user|>")),
    (Message("user", "é 漢字"), Message("assistant", "x"), Message("user", "y"), Message("assistant", "z\n")),
]
NO_SYSTEM = """\
{%- for message in messages -%}
{%- if message['role'] == 'system' -%}{{- raise_exception('no system') -}}{%- endif -%}
{{- bos_token if loop.first else '' -}}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>
{%- endfor -%}
"""
DROPS_SYSTEM = """\
{%- for message in messages -%}{%- if message['role'] == 'system' -%}{%- continue -%}{%- endif -%}
{{- message['role'] + ': ' + message['content'] -}}{%- endfor -%}
"""


def folder(path: Path, template: str, **settings: object) -> Path:
    """Enough of a base folder to read its form from; no weights."""
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"model_type": "llama", "max_position_embeddings": 128}))
    (path / "tokenizer_config.json").write_text(json.dumps(settings))
    (path / "chat_template.jinja").write_text(template)
    return path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    return write_tiny_base(tmp_path_factory.mktemp("form") / "base", template=MARKED_TEMPLATE)


def test_renders_and_counts_as_transformers_does(tiny: Path) -> None:
    from transformers import AutoTokenizer

    for base in (tiny, resolve_base("builtin")):
        tokenizer = AutoTokenizer.from_pretrained(base)
        form = BaseForm(base)
        for chat in CHATS:
            turns = [{"role": turn.role, "content": turn.content} for turn in chat]
            text = tokenizer.apply_chat_template(turns, tokenize=False)
            assert form.render(chat) == text
            assert form.count_tokens(text) == len(tokenizer(text, add_special_tokens=False)["input_ids"])
        assert set(form.special_tokens) >= set(tokenizer.all_special_tokens)


def test_the_built_in_base() -> None:
    form = BaseForm(resolve_base("builtin"))
    assert form.context == 1024
    assert set(form.special_tokens) == set(SPECIAL)
    assert form.expresses(["system", "user", "assistant"])
    assert not form.expresses(["tool", "user", "assistant"])
    assert form.version.startswith("base_form@1+")


def test_templates_that_refuse_or_leave_out_the_system(tmp_path: Path) -> None:
    for name, template in (("refuses", NO_SYSTEM), ("drops", DROPS_SYSTEM)):
        form = BaseForm(folder(tmp_path / name, template, bos_token={"content": "<s>"}))
        assert form.expresses(["user", "assistant"])
        assert not form.expresses(["system", "user", "assistant"])
        assert "<s>" in form.special_tokens
        assert form.context == 128
    assert form.count_tokens("x" * 31) == 11  # no tokenizer.json: estimated at 3 characters a token


def test_a_broken_template_is_refused_with_the_remedy(tmp_path: Path) -> None:
    for name, template in (("syntax", "{% for x in %}"), ("names", "{{ messages.nothing.at_all }}")):
        form = BaseForm(folder(tmp_path / name, template))
        with pytest.raises(DataError, match="chat template") as caught:
            form.render(CHATS[0])
        assert "wrong_form" in caught.value.hint


def test_a_template_runs_in_a_sandbox(tmp_path: Path) -> None:
    form = BaseForm(folder(tmp_path / "evil", "{{ ''.__class__.__mro__[1].__subclasses__() }}"))
    with pytest.raises(DataError):
        form.render(CHATS[0])


def test_the_version_changes_with_the_template(tmp_path: Path) -> None:
    one, other = (
        BaseForm(folder(tmp_path / str(at), text)) for at, text in enumerate((NO_SYSTEM, DROPS_SYSTEM))
    )
    assert one.version != other.version


def test_the_version_says_how_tokens_are_counted_before_a_tokenizer_is_loaded() -> None:
    pytest.importorskip("tokenizers")
    form = BaseForm(resolve_base("builtin"))
    assert form.version.endswith("+tokenizer")
    assert "_tokenizer" not in vars(form)
    assert form.count_tokens("Hello there") > 0
    assert "_tokenizer" in vars(form)
