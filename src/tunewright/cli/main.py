"""``tunewright`` (alias ``tw``): the table of commands. A command's module loads only when it runs."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Mapping

import click

from tunewright import __version__
from tunewright.cli.render import report_error

# command path -> (module:attribute, one line of help). `tunewright --help` reads this table and imports nothing else.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("init:init", "Make a workspace from raw exports."),
    "demo": ("demo:demo", "Run the whole job on a generated company's data."),
    "run": ("run:run", "Run the whole job on this workspace: data to served model."),
    "data build": ("data:build", "Run the pipeline and write a snapshot."),
    "data report": ("data:report", "What was found in the data and what was done with it."),
    "data show": ("data:show", "Show examples of a snapshot."),
    "data why-not": ("data:why_not", "Why a source row is not in a snapshot, with the evidence."),
    "data coverage": ("coverage:coverage", "Gaps and surpluses against the golden set and production."),
    "data diff": ("data:diff", "Compare two snapshots."),
    "data outcomes": (
        "data:outcomes",
        "One line for every source row: kept, changed, dropped or held, and why.",
    ),
    "data export": ("data:export", "Write a snapshot's split as chat JSONL."),
    "review list": ("review:list_findings", "List findings that wait for a person."),
    "review show": ("review:show", "One finding in its context, with its near-copies and history."),
    "review decide": ("review:decide", "Decide a finding, or its cluster; remembered by the next build."),
    "review undo": ("review:undo", "Take back your last decision on a finding."),
    "review progress": ("review_examples:progress", "How far review is, and how long the rest takes."),
    "review sample": ("review_examples:sample", "Draw examples nobody was asked about, and show the next."),
    "review answer": ("review_examples:answer", "Say what is left in an example of the sample."),
    "review residual": ("review_examples:residual", "Record what is left per 1,000 examples, for the gate."),
    "review examples": ("review_examples:examples", "Examples for an expert to approve, correct or reject."),
    "review export": (
        "review_exchange:export",
        "Write findings for Label Studio, Argilla, or detector training.",
    ),
    "review import": ("review_exchange:import_", "Take decisions from Label Studio or Argilla."),
    "review measure": ("review_exchange:measure", "How right the detectors are, on what people decided."),
    "review judge": ("review_examples:judge", "Approve, correct or reject an example."),
    "review due": ("review_due:due", "Examples nobody has looked at lately."),
    "train": ("train:train", "Fine-tune on the latest snapshot (--resume continues)."),
    "evaluate": ("evaluate:evaluate", "Score a model version against its base on the golden sets."),
    "redteam": ("redteam:redteam", "Attack a model version: membership inference and canaries."),
    "model list": ("model:list_models", "List model versions and where they stand."),
    "model show": ("model:show", "Everything recorded about one version."),
    "model diff": ("model:diff", "What differs between two versions."),
    "model approve": ("model:approve", "Record a person's approval of one version for one environment."),
    "model promote": ("model:promote", "Judge the gate and move an environment to a version."),
    "model rollback": ("model:rollback", "Point an environment back to its last good version."),
    "model verify": ("model:verify", "Recompute a version's digests and replay its decisions."),
    "audit verify": ("audit:verify", "Verify the audit log, offline."),
    "audit trace": ("audit:trace", "From an answer, a model or an example back to the source rows."),
    "audit impact": ("audit:impact", "From an example, a source row or a person to every model and answer."),
    "audit erase": ("erase:erase", "Erase a person, a row or an example from everything, with a proof."),
    "audit tickets": ("erase:tickets", "Versions to retrain, since what they learned from was erased."),
    "serve": ("serve:serve", "Run the OpenAI-compatible gateway."),
    "monitor": ("monitor:monitor", "Usage, feedback and drift of what is served."),
    "key create": ("key:create", "Create a gateway key (shown once)."),
    "key list": ("key:list_keys", "List gateway keys."),
    "key revoke": ("key:revoke", "Revoke a gateway key."),
    "console": ("console:serve", "Review, snapshots, lineage and the audit log in the browser."),
    "console user add": ("console:user_add", "Add somebody who may sign in."),
    "console user list": ("console:user_list", "List who may sign in."),
    "console user password": ("console:user_password", "Give somebody a new password."),
    "console user role": ("console:user_role", "Change somebody's roles."),
    "console user disable": ("console:user_disable", "Shut somebody out at once."),
    "console user enable": ("console:user_enable", "Let somebody in again."),
    "config check": ("config:check", "Check tunewright.yaml; all problems at once."),
    "config explain": ("config:explain", "Every option with its type, default and meaning."),
    "status": ("status:status", "Where this workspace stands and what to do next."),
    "doctor": ("doctor:doctor", "What is installed, what is missing, and the command for it."),
}

GROUP_HELP: Mapping[str, str] = {
    "data": "Build and look at snapshots.",
    "review": "Decide what the pipeline held back.",
    "model": "Versions, approvals, promotion, rollback.",
    "audit": "The audit log and lineage both ways.",
    "key": "Gateway keys.",
    "console": "The console in the browser, and who may sign in.",
    "console user": "Who may sign in to the console.",
    "config": "The workspace's configuration.",
}


class LazyGroup(click.Group):
    """A group that reads its commands from COMMANDS and imports a module only to run it."""

    def __init__(self, prefix: str = "", own: click.Command | None = None, **attributes: object) -> None:
        """own: the command this name runs when no command of the group follows."""
        super().__init__(invoke_without_command=own is not None, **attributes)  # type: ignore[arg-type]
        self.prefix = prefix
        if own is not None:
            self.params = [*own.params]
            self.callback = click.pass_context(functools.partial(_run_own, own))
            self.help = own.help

    def list_commands(self, ctx: click.Context) -> list[str]:
        names: dict[str, None] = {}
        for path in COMMANDS:
            if path.startswith(self.prefix):
                names.setdefault(path[len(self.prefix) :].split(" ")[0])
        return list(names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        path = self.prefix + cmd_name
        if path in GROUP_HELP:
            own = self._load(path, cmd_name) if path in COMMANDS else None
            return LazyGroup(
                prefix=path + " ", own=own, name=cmd_name, help=GROUP_HELP[path], no_args_is_help=own is None
            )
        return self._load(path, cmd_name) if path in COMMANDS else None

    @staticmethod
    def _load(path: str, cmd_name: str) -> click.Command:
        module, attribute = COMMANDS[path][0].split(":")
        command = getattr(importlib.import_module(f"tunewright.cli.{module}"), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"tunewright.cli.{module}.{attribute} is not a command")
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            path = self.prefix + name
            rows.append((name, GROUP_HELP[path] if path in GROUP_HELP else COMMANDS[path][1]))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _run_own(own: click.Command, context: click.Context, **given: object) -> object:
    """Run a group's own command; refuse options that stand before another command of the group and would be lost."""
    if context.invoked_subcommand is None:
        return own.callback(**given) if own.callback is not None else None
    lost = [
        name for name in given if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    if lost:
        raise click.UsageError(f"write the options after `{context.invoked_subcommand} ...`", context)
    return None


@click.command(
    cls=LazyGroup,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `tunewright demo`, or `tunewright init DIR --from FILE...` on your own export.",
)
@click.version_option(__version__, prog_name="tunewright")
def root() -> None:
    """From raw private data to a fine-tuned model in production, with proof of every step."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; answers the exit status of DESIGN's table of errors."""
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments
    try:
        result = root.main(args=arguments, prog_name="tunewright", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        return 130
    except click.ClickException as error:
        return report_error(error, as_json)
    except KeyboardInterrupt:
        click.echo("stopped; nothing is lost: run the same command again to continue", err=True)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone: not an error of ours.
        sys.stderr.close()
        return 0
    except Exception as error:
        from tunewright.core.errors import TunewrightError

        if isinstance(error, TunewrightError):
            return report_error(error, as_json)
        raise


def entry() -> None:
    """Console-script entry point."""
    sys.exit(main())
