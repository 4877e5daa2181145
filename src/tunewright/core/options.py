"""The base of every configuration class: frozen, unknown keys refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Options of one step, engine or section. Field names are the YAML's names."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    def unused(self) -> frozenset[str]:
        """Names of engines and keys a data step could ask for but, set like this, does not use."""
        return frozenset()
