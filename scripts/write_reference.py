"""Write docs/reference: every command with its help, every option of tunewright.yaml. ``--check`` fails when stale."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tunewright.cli.main import COMMANDS, GROUP_HELP, LazyGroup, root
from tunewright.core import errors
from tunewright.flows.config import explain_options

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def command_page() -> str:
    """Every command's help, in the order of the table."""
    parts = ["# Commands\n\nMade by `make docs` from the program itself.\n"]
    seen: set[str] = set()
    for path in COMMANDS:
        noun = path.split(" ")[0]
        if noun in GROUP_HELP and noun not in seen:
            seen.add(noun)
            parts.append(f"## {noun}\n\n{GROUP_HELP[noun]}\n")
        level = "###" if " " in path else "##"
        parts.append(f"{level} tunewright {path}\n\n```text\n{help_text(path)}\n```\n")
    parts.append(exit_codes())
    return "\n".join(parts)


def help_text(path: str) -> str:
    """What ``tunewright PATH --help`` prints, 100 columns wide."""
    node: click.Command = root
    context = click.Context(root, info_name="tunewright", max_content_width=100, terminal_width=100)
    for part in path.split(" "):
        if not isinstance(node, LazyGroup):
            raise TypeError(f"{path} is not in a group")
        found = node.get_command(context, part)
        if found is None:
            raise LookupError(path)
        node = found
        context = click.Context(
            node, parent=context, info_name=part, max_content_width=100, terminal_width=100
        )
    return node.get_help(context)


def exit_codes() -> str:
    """The table of errors."""
    rows = [
        "## Exit status\n",
        "| status | HTTP | error | meaning |",
        "|---|---|---|---|",
        "| 0 | 200 | | done |",
    ]
    for name in errors.__dict__:
        kind = getattr(errors, name)
        if (
            isinstance(kind, type)
            and issubclass(kind, errors.TunewrightError)
            and kind is not errors.TunewrightError
        ):
            meaning = (kind.__doc__ or "").strip().splitlines()[0]
            rows.append(f"| {kind.exit_code} | {kind.http_status} | {name} | {meaning} |")
    rows.append("| 130 | | | stopped by Ctrl-C; the same command continues |")
    return "\n".join(rows) + "\n"


def option_page() -> str:
    """Every option of tunewright.yaml."""
    rows = [
        "# tunewright.yaml\n\nMade by `make docs` from the program itself. Unknown keys are refused; everything but "
        "`runtime` is recipe and enters a digest. A secret is written `{env: NAME}`.\n",
        "| option | type | default | meaning |",
        "|---|---|---|---|",
    ]
    for row in explain_options():
        kind, default, meaning = (text.replace("|", "\\|") for text in (row.type, row.default, row.meaning))
        rows.append(f"| `{row.path}` | {kind} | `{default}` | {meaning} |")
    return "\n".join(rows) + "\n"


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them with ``--check``."""
    pages = {REFERENCE / "cli.md": command_page(), REFERENCE / "configuration.md": option_page()}
    stale = [
        path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is stale: run `make docs`")
        return 1 if stale else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(pages[path], encoding="utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
