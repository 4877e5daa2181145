"""``tunewright key create|list|revoke``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command(
    click.argument("name"),
    click.option(
        "--scope",
        "scopes",
        multiple=True,
        type=click.Choice(["chat", "feedback", "admin"]),
        help="What the key may do; give it several times. Default: chat and feedback.",
    ),
)
def create(session: Session, name: str, scopes: tuple[str, ...]) -> None:
    """Create a gateway key. It is shown once; only a salted hash is stored."""
    from tunewright.flows.keys import DEFAULT_SCOPES, create_key

    made = create_key(session.workspace(), name, scopes or DEFAULT_SCOPES)

    def human(out: Console) -> None:
        out.print(made.key, markup=False, soft_wrap=True)
        out.print(
            f"key {made.info.id} for {made.info.name} ({', '.join(made.info.scopes)}); "
            "shown once, keep it now",
            markup=False,
        )

    session.emit({"key": made.key, **_row(made.info)}, human)


@command()
def list_keys(session: Session) -> None:
    """List gateway keys."""
    from tunewright.flows.keys import list_keys as flow

    found = flow(session.workspace())

    def human(out: Console) -> None:
        from rich.table import Table

        if not found:
            out.print("no keys; create one with `tunewright key create NAME`", markup=False)
            return
        table = Table("id", "name", "scopes", "created", "revoked")
        for info in found:
            table.add_row(
                info.id,
                info.name,
                ", ".join(info.scopes),
                info.created_at[:19],
                (info.revoked_at or "-")[:19],
            )
        out.print(table)

    session.emit([_row(info) for info in found], human)


@command(click.argument("key"))
def revoke(session: Session, key: str) -> None:
    """Revoke a key by its id or name. Running gateways refuse it at once."""
    from tunewright.flows.keys import revoke_key

    info = revoke_key(session.workspace(), key)
    session.emit(_row(info), lambda out: out.print(f"key {info.id} ({info.name}) is revoked", markup=False))


def _row(info: object) -> dict[str, object]:
    from tunewright.core.canonical import plain

    row: dict[str, object] = plain(info)
    return row
