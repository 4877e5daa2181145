"""``tunewright serve``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tunewright.cli.render import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command(
    click.option("--host", default=None, help="Address to listen on (else serve.host)."),
    click.option("--port", default=None, type=int, help="Port (else serve.port); 0 takes a free one."),
)
def serve(session: Session, host: str | None, port: int | None) -> None:
    """Run the OpenAI-compatible gateway until Ctrl-C or SIGTERM; running answers end first."""
    from tunewright.flows.keys import list_keys
    from tunewright.flows.serve import serve as flow

    workspace = session.workspace()
    active = sum(info.revoked_at is None for info in list_keys(workspace))

    def listening(url: str) -> None:
        if session.as_json:
            # One line, at once: a program that starts the gateway reads the address from it.
            click.echo(json.dumps({"url": url, "keys": active}))
            return
        click.echo(f"gateway on {url}/v1  (GET {url}/ready says what is served; Ctrl-C ends)", err=True)
        if not active:
            click.echo("no key exists yet: run `tunewright key create NAME`", err=True)

    report = flow(workspace, host=host, port=port, on_listening=listening)

    def human(out: Console) -> None:
        withheld = f", {report.unrecorded} withheld unrecorded" if report.unrecorded else ""
        out.print(
            f"stopped after {report.wall_s:.0f} s: {report.exchanges} exchanges recorded{withheld}",
            markup=False,
        )

    session.emit(report, human)
