"""``tunewright console`` and ``console user add|list|password|role|disable|enable``."""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.web.people import Person

_ROLES = ("reviewer", "expert", "approver", "auditor", "admin")
_role = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(_ROLES),
    help="May be given several times.",
)
_generate = click.option(
    "--generate", is_flag=True, help="Make up a password and show it once, instead of asking for one."
)


@command(
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."),
    click.option(
        "--allow-host", "allow_hosts", multiple=True, metavar="NAME", help="Another Host to answer to: NAME or NAME:PORT."
    ),
    click.option("--https", is_flag=True, help="A proxy in front speaks TLS: secure cookies, https origins."),
    click.option("--proxied", is_flag=True, help="Trust the last X-Forwarded-For: only the proxy reaches the port."),
    click.option(
        "--idle-min", default=30, show_default=True, type=click.IntRange(1, 1440), help="Minutes at rest that end a session."
    ),
    click.option("--session-h", default=10, show_default=True, type=click.IntRange(1, 168), help="Hours that end it."),
)  # fmt: skip
def serve(
    session: Session,
    host: str,
    port: int,
    allow_hosts: tuple[str, ...],
    https: bool,
    proxied: bool,
    idle_min: int,
    session_h: int,
) -> None:
    """Run the console: review, snapshots, lineage and the audit log in the browser. Ctrl-C ends it."""
    from tunewright.flows.console import console, hosts_of, listen
    from tunewright.flows.workspace import Workspace
    from tunewright.web.app import make_app
    from tunewright.web.desk import Desk, Surroundings
    from tunewright.web.people import people
    from tunewright.web.sessions import Lifetimes

    workspace = session.workspace()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    sock = listen(host, port)
    around = Surroundings(
        hosts=hosts_of(sock, allow_hosts),
        https=https,
        proxied=proxied,
        lifetimes=Lifetimes(idle_s=idle_min * 60.0, absolute_s=session_h * 3600.0),
    )
    desk = Desk(
        workspace,
        lambda actor: Workspace.open(session.directory, overrides=session.overrides, actor=actor),
        around,
    )
    count = sum(person.disabled_at is None for person in people(workspace.project))

    def listening(url: str) -> None:
        if session.as_json:
            click.echo(json.dumps({"url": url, "people": count}))
            return
        click.echo(f"console on {url}  (Ctrl-C ends)", err=True)
        if not count:
            click.echo(
                "nobody can sign in yet: run `tunewright console user add NAME --role reviewer`", err=True
            )
        if host not in {"127.0.0.1", "::1", "localhost"} and not https:
            click.echo(
                "warning: without TLS others on the network can read along; see docs/guide/console.md",
                err=True,
            )

    threading.Thread(target=desk.warm, name="warm", daemon=True).start()
    try:
        report = console(make_app(desk), sock, on_listening=listening)
    finally:
        desk.close()
    session.emit(report, lambda out: out.print(f"stopped after {report.wall_s:.0f} s", markup=False))


@command(click.argument("name"), _role, _generate)
def user_add(session: Session, name: str, roles: tuple[str, ...], generate: bool) -> None:
    """Add somebody who may sign in. The password is asked for, or made up and shown once."""
    from tunewright.web.people import add_person

    workspace = session.workspace()
    password = _password(generate)
    person = add_person(workspace.project, name, roles, password)
    _emit(session, person, password if generate else "")


@command()
def user_list(session: Session) -> None:
    """List who may sign in."""
    from tunewright.web.people import people

    found = people(session.workspace().project)

    def human(out: Console) -> None:
        from rich.table import Table
        from rich.text import Text

        if not found:
            out.print(
                "nobody; add somebody with `tunewright console user add NAME --role ROLE`", markup=False
            )
            return
        table = Table("name", "roles", "added", "shut out")
        for person in found:
            table.add_row(
                Text(person.name),
                ", ".join(person.roles),
                person.created_at[:19],
                (person.disabled_at or "-")[:19],
            )
        out.print(table)

    session.emit(found, human)


@command(click.argument("name"), _generate)
def user_password(session: Session, name: str, generate: bool) -> None:
    """Give somebody a new password; their sessions end."""
    from tunewright.web.people import set_password

    workspace = session.workspace()
    password = _password(generate)
    _emit(session, set_password(workspace.project, name, password), password if generate else "")


@command(click.argument("name"), _role)
def user_role(session: Session, name: str, roles: tuple[str, ...]) -> None:
    """Give somebody these roles instead of the ones they have; their sessions end."""
    from tunewright.web.people import set_roles

    _emit(session, set_roles(session.workspace().project, name, roles), "")


@command(click.argument("name"))
def user_disable(session: Session, name: str) -> None:
    """Shut somebody out at once. Their name stays taken."""
    from tunewright.web.people import disable

    _emit(session, disable(session.workspace().project, name), "")


@command(click.argument("name"))
def user_enable(session: Session, name: str) -> None:
    """Let somebody in again."""
    from tunewright.web.people import enable

    _emit(session, enable(session.workspace().project, name), "")


def _password(generate: bool) -> str:
    from tunewright.web.passwords import new_password

    if generate:
        return new_password()
    typed: str = click.prompt(
        "Password (12 characters or more)", hide_input=True, confirmation_prompt=True, err=True
    )
    return typed


def _emit(session: Session, person: Person, password: str) -> None:
    from tunewright.core.canonical import plain

    value: dict[str, Any] = plain(person)
    if password:
        value["password"] = password

    def human(out: Console) -> None:
        if password:
            out.print(password, markup=False, soft_wrap=True)
            out.print("shown once: hand it over in person", markup=False)
        state = "shut out" if person.disabled_at else ", ".join(person.roles)
        out.print(f"{person.name}: {state}", markup=False)

    session.emit(value, human)
