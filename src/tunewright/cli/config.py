"""``tunewright config check|explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command()
def check(session: Session) -> None:
    """Check tunewright.yaml; all problems at once."""
    from tunewright.flows.config import CONFIG_NAME, load_configuration

    configuration = load_configuration(session.directory / CONFIG_NAME, session.overrides)
    digests = {
        name: configuration.recipe_digest(name) for name in ("data", "train", "evaluate", "redteam", "gates")
    }

    def human(out: Console) -> None:
        out.print(f"{session.directory / CONFIG_NAME} is valid", markup=False)
        for name, value in digests.items():
            out.print(f"  {name:<9} recipe {value[:16]}", markup=False)

    session.emit({"valid": True, "recipes": digests}, human)


@command()
def explain(session: Session) -> None:
    """Every option with its type, default and meaning."""
    from tunewright.flows.config import explain_options

    rows = explain_options()

    def human(out: Console) -> None:
        for row in rows:
            meaning = f"  # {row.meaning}" if row.meaning else ""
            out.print(f"{row.path}: {row.default}  ({row.type}){meaning}", markup=False)

    session.emit(rows, human)
