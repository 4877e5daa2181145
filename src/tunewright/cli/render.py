"""How commands take their common options and speak to people and programs.

Every command is declared with ``@command``; it receives a ``Session`` first. Standard output holds the answer (human
text, or one JSON object with ``--json``), standard error holds progress and notes.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from tunewright.core.ports import Progress
    from tunewright.flows.workspace import Workspace


@dataclass
class Session:
    """One invocation: where, as whom, and how to answer."""

    directory: Path
    as_json: bool
    quiet: bool
    overrides: tuple[str, ...]
    actor: str | None
    _workspace: Workspace | None = field(default=None, repr=False)

    def workspace(self) -> Workspace:
        """The opened workspace (once). Raises NotFoundError, ConfigError."""
        if self._workspace is None:
            from tunewright.flows.workspace import Workspace

            self._workspace = Workspace.open(self.directory, overrides=self.overrides, actor=self.actor)
        return self._workspace

    @functools.cached_property
    def progress(self) -> Progress:
        """Bars on standard error; silent with --quiet or --json."""
        from tunewright.core.ports import SilentProgress

        return SilentProgress() if self.quiet or self.as_json else BarProgress()

    def emit(self, value: Any, human: Callable[[Console], None]) -> None:
        """Answer: ``value`` (anything ``canonical.plain`` takes) as JSON, or what ``human`` prints on a rich console."""
        if self.as_json:
            from tunewright.core.canonical import plain

            click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))
            return
        human(console())


def console(stderr: bool = False) -> Console:
    """A console that wraps at the terminal, or at 120 columns when piped."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 120, highlight=False)


def command(
    *parameters: Callable[[Any], Any], without_actor: bool = False, **attributes: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command: ``@command(click.argument(...), click.option(...))`` on ``def f(session, ...)``.

    ``without_actor``: the command records nothing and uses ``--as`` for something else (``data outcomes --as parquet``).
    """
    common = tuple(option for option in _COMMON if not (without_actor and option is _AS))

    def declare(function: Callable[..., Any]) -> click.Command:
        def run(
            directory: str,
            as_json: bool,
            quiet: bool,
            overrides: tuple[str, ...],
            actor: str | None = None,
            **arguments: Any,
        ) -> Any:
            session = Session(Path(directory), as_json, quiet, overrides, actor)
            try:
                return function(session, **arguments)
            finally:
                if session._workspace is not None:
                    session._workspace.close()

        run.__doc__ = function.__doc__
        run.__name__ = function.__name__
        decorated: Callable[..., Any] = run
        for parameter in reversed((*parameters, *common)):
            decorated = parameter(decorated)
        settings = {"help_option_names": ["-h", "--help"]}
        make: Callable[[Callable[..., Any]], click.Command]
        make = click.command(context_settings=settings, **attributes)
        return make(decorated)

    return declare


_AS = click.option(
    "--as",
    "actor",
    default=None,
    metavar="NAME",
    help="Who acts (else TUNEWRIGHT_ACTOR, else the OS user).",
)
_COMMON = (
    click.option("-C", "--workspace", "directory", default=".", metavar="DIR", help="The workspace folder."),
    click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object."),
    click.option("--quiet", is_flag=True, help="No progress bars."),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        help="Override one option of tunewright.yaml.",
    ),
    _AS,
)


def report_error(error: Exception, as_json: bool) -> int:
    """Print one error in one shape; answers the exit status."""
    from tunewright.core.errors import TunewrightError

    if isinstance(error, TunewrightError):
        body, exit_code = error.as_json(), error.exit_code
        what, hint = error.what, error.hint
    else:
        what = error.format_message() if isinstance(error, click.ClickException) else str(error)
        usage = getattr(error, "ctx", None)
        hint = f"see `{usage.command_path} --help`" if usage is not None else "see `tunewright --help`"
        body, exit_code = {"error": "UsageError", "what": what, "hint": hint, "facts": {}}, 2
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))
    else:
        click.echo(f"error: {what}", err=True)
        click.echo(f"next:  {hint}", err=True)
    return exit_code


class BarProgress:
    """Bars and notes on standard error through rich; one line a task when standard error is not a terminal."""

    def __init__(self) -> None:
        self._console = console(stderr=True)

    def task(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        return self._bar(name, total) if self._console.is_terminal else self._line(name, total)

    @contextmanager
    def _bar(self, name: str, total: int | None) -> Iterator[Callable[[int], None]]:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console) as bars:
            number = bars.add_task(name, total=total)
            yield lambda count: bars.advance(number, count)

    @contextmanager
    def _line(self, name: str, total: int | None) -> Iterator[Callable[[int], None]]:
        import time

        started = time.perf_counter()
        last = started
        done = 0

        def advance(count: int) -> None:
            nonlocal done, last
            done += count
            if time.perf_counter() - last >= 10:
                last = time.perf_counter()
                self.note(f"{name}: {done}{f' of {total}' if total else ''}, {last - started:.0f} s")

        yield advance
        self.note(f"{name}: {done} done in {time.perf_counter() - started:.1f} s")

    def note(self, text: str) -> None:
        self._console.print(text, markup=False)
