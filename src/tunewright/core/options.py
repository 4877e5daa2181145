"""The base of every configuration class: frozen, unknown keys refused."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tunewright.core.errors import ConfigError


class Options(BaseModel):
    """Options of one step, engine or section. Field names are the YAML's names."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    decides: ClassVar[frozenset[str]] = frozenset()
    """of a data step in two halves: the options that only its decision reads (thresholds, actions), not its measurement"""

    def unused(self) -> frozenset[str]:
        """Names of engines and keys a data step could ask for but, set like this, does not use."""
        return frozenset()


class EnvText(str):
    """The value of an env var, as the configuration read it, that still knows the env var's name."""

    __slots__ = ("env",)
    env: str

    def __new__(cls, value: str, env: str) -> EnvText:
        text = super().__new__(cls, value)
        text.env = env
        return text


class EnvName(Options):
    """A secret by the name of its env var (``{env: NAME}``): the value is in no configuration, record or digest."""

    env: str = Field(min_length=1, description="name of an env var")

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        return {"env": value.env} if isinstance(value, EnvText) else value

    def value(self) -> str:
        """The secret. Raises ConfigError when the env var is not set."""
        found = os.environ.get(self.env)
        if not found:
            raise ConfigError(f"the env var {self.env} is not set", hint=f"set {self.env}", env=self.env)
        return found
