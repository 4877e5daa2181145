"""``python -m tunewright``."""

from tunewright.cli.main import entry

entry()
