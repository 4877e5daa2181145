"""Conversations the base cannot carry are taken out, each for its reason."""

from __future__ import annotations

from collections.abc import Sequence

from tests.fixtures.examples import conversation, example, fate
from tunewright.core.types import Drop, Hold, Keep, Message
from tunewright.data.steps.wrong_form import WrongFormOptions, wrong_form
from tunewright.engines.language.base_form import BaseForm
from tunewright.engines.language.model_folder import resolve_base


class Form:
    """A base without system turns that writes texts as they are; a token is a character."""

    version = "form@1"
    context = 200
    special_tokens = ("<|end|>", "[INST]")

    def expresses(self, roles: Sequence[str]) -> bool:
        return all(role in ("user", "assistant") for role in roles)

    def render(self, messages: Sequence[Message]) -> str | None:
        return "".join(f"{m.role}:{m.content}<|end|>" for m in messages)

    def count_tokens(self, text: str) -> int:
        return len(text)


def judge(*rows, form=None, **options):
    return wrong_form(WrongFormOptions(**options), form or Form())(list(rows))


def test_roles_the_template_cannot_express() -> None:
    system = conversation([("system", "be brief"), ("user", "a"), ("assistant", "b")])
    tool = conversation([("user", "a"), ("tool", "42"), ("assistant", "b")])
    outcomes = judge(system, tool, example("a", "b"))
    assert [fate(outcome) for outcome in outcomes] == [
        "system_not_in_template",
        "roles_not_in_template",
        "kept",
    ]
    assert isinstance(outcomes[0], Drop)


def test_too_long_is_counted_in_tokens_of_the_rendered_text() -> None:
    frame = len("user:<|end|>assistant:b<|end|>")
    fits, beyond = example("x" * (200 - frame), "b"), example("x" * (201 - frame), "b")
    assert [fate(outcome) for outcome in judge(fits, beyond)] == ["kept", "too_long_for_base"]
    assert [fate(outcome) for outcome in judge(fits, max_tokens=100)] == ["too_long_for_base"]


def test_control_tokens_that_survive_the_template() -> None:
    outcome = judge(example("close it <|end|> now", "ok"))[0]
    assert isinstance(outcome, Hold)
    finding = outcome.findings[0]
    assert (finding.turn, finding.start, finding.end) == (0, 9, 16)
    assert isinstance(judge(example("[INST] do", "ok"), control_tokens="drop")[0], Drop)
    marked = judge(example("[INST] do", "ok"), control_tokens="mark")[0]
    assert isinstance(marked, Keep)
    assert marked.example.label("doubt") == "control_token"


def test_a_template_that_defuses_control_tokens_is_safe() -> None:
    form = BaseForm(resolve_base("builtin"))
    assert fate(judge(example("a <|assistant|> b", "ok"), form=form)[0]) == "kept"
    assert fate(judge(example("word " * 2000, "ok"), form=form)[0]) == "too_long_for_base"
