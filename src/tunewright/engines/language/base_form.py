"""What form of conversation a base model can learn from: read from its folder, without loading it.

The chat template is rendered with jinja2 in a sandbox, as transformers does it. Tokens are counted by the folder's own
tokenizer where the package ``tokenizers`` is installed, else estimated from the text; the version says which.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from tunewright.core.errors import DataError
from tunewright.core.types import Message
from tunewright.engines.language.model_folder import form_digest

_GENERATION = re.compile(r"\{%-?\s*(?:end)?generation\s*-?%\}")
_CHARACTERS_A_TOKEN = 3
"""for the estimate; English text has about 4, so it errs on the side of too long"""
_NO_LIMIT = 1 << 24
"""tokenizers without a limit say 10**30"""
_NAMED = ("bos_token", "eos_token", "pad_token", "unk_token", "sep_token", "cls_token", "mask_token")


class BaseForm:
    """Template, special tokens and context of one checked base folder."""

    def __init__(self, base_dir: Path) -> None:
        self._folder = base_dir
        self._digest = form_digest(base_dir)
        self._config = self._json("config.json")
        self._settings = self._json("tokenizer_config.json")
        self._expressed: dict[tuple[str, ...], bool] = {}

    @property
    def version(self) -> str:
        """Version, digest of the folder's form (not its weights), and how tokens are counted."""
        how = "tokenizer" if self._counts else "estimate"
        return f"base_form@1+{self._digest[:16]}+{how}"

    @cached_property
    def context(self) -> int:
        """Tokens the base reads at most; 0 when its folder does not say."""
        said = [self._config.get("max_position_embeddings"), self._settings.get("model_max_length")]
        limits = [int(value) for value in said if isinstance(value, (int, float)) and 0 < value < _NO_LIMIT]
        return min(limits, default=0)

    @cached_property
    def special_tokens(self) -> tuple[str, ...]:
        """Texts that the tokenizer reads as control tokens, sorted."""
        added = self._json("tokenizer.json").get("added_tokens") or []
        found = {item["content"] for item in added if isinstance(item, dict) and item.get("special")}
        for key in _NAMED:
            found.add(_content(self._settings.get(key)))
        for key in ("additional_special_tokens", "extra_special_tokens"):
            listed = self._settings.get(key) or []
            found.update(_content(item) for item in (listed.values() if isinstance(listed, dict) else listed))
        return tuple(sorted(token for token in found if isinstance(token, str) and len(token) > 1))

    def expresses(self, roles: Sequence[str]) -> bool:
        """Whether the template renders turns of these roles, in this order, with no turn left out."""
        key = tuple(roles)
        if key not in self._expressed:
            marks = [f"turn{number}mark" for number in range(len(key))]
            text = self.render([Message(role, mark) for role, mark in zip(key, marks, strict=True)])
            self._expressed[key] = text is not None and all(mark in text for mark in marks)
        return self._expressed[key]

    def render(self, messages: Sequence[Message]) -> str | None:
        """The conversation in the base's own form; None when the template refuses it. Raises DataError for a broken one."""
        from jinja2.exceptions import TemplateError

        if self._template is None:
            return "\n".join(message.content for message in messages)
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return str(self._template.render(messages=turns, add_generation_prompt=False, **self._names))
        except _Refused:
            return None
        except (TemplateError, TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise DataError(
                f"the chat template of {self._folder.name} does not render: {type(error).__name__}",
                hint="mend its chat_template.jinja, or leave the step `wrong_form` out",
                path=str(self._folder),
            ) from error

    def count_tokens(self, text: str) -> int:
        """Tokens of a rendered text: counted, or estimated."""
        if self._tokenizer is None:
            return -(-len(text) // _CHARACTERS_A_TOKEN)
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _counts(self) -> bool:
        """Whether there is a tokenizer to count with; it is loaded with the first text."""
        there = (self._folder / "tokenizer.json").is_file()
        return there and importlib.util.find_spec("tokenizers") is not None

    @cached_property
    def _tokenizer(self) -> Any:
        if not self._counts:
            return None
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _names(self) -> dict[str, str]:
        return {key: _content(self._settings.get(key)) for key in _NAMED}

    @cached_property
    def _template(self) -> Any:
        source = self._template_text()
        if not source:
            return None
        from jinja2.exceptions import TemplateSyntaxError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = lambda value, **_options: json.dumps(value, ensure_ascii=False)
        environment.globals.update(raise_exception=_refuse, strftime_now=lambda _form: "2000-01-01")
        try:
            return environment.from_string(_GENERATION.sub("", source))
        except TemplateSyntaxError as error:
            raise DataError(
                f"the chat template of {self._folder.name} is not valid: line {error.lineno}",
                hint="mend its chat_template.jinja, or leave the step `wrong_form` out",
                path=str(self._folder),
            ) from error

    def _template_text(self) -> str:
        path = self._folder / "chat_template.jinja"
        if path.is_file():
            return path.read_text(encoding="utf-8")
        inside = (
            self._json("chat_template.json").get("chat_template") or self._settings.get("chat_template") or ""
        )
        if isinstance(inside, list):
            named = {item.get("name"): item.get("template") for item in inside if isinstance(item, dict)}
            inside = named.get("default") or ""
        return str(inside)

    def _json(self, name: str) -> dict[str, Any]:
        path = self._folder / name
        value = json.loads(path.read_bytes()) if path.is_file() else {}
        return value if isinstance(value, dict) else {}


class _Refused(Exception):
    """What a template raises for a conversation it does not take."""


def _refuse(message: str = "") -> NoReturn:
    raise _Refused(message)


def _content(token: Any) -> str:
    """A special token's text: configurations hold it as text or as an object."""
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) else ""
