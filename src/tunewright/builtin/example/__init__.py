"""The example workspace: the raw export of a company that does not exist, in six formats, with every defect planted that
the pipeline looks for. The same seed gives the same bytes.

``TRUTH.jsonl`` says for every row what is wrong with it. Only tests read it; ``init`` does not take it for a source.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from tunewright.builtin.example.defects import planted
from tunewright.builtin.example.files import write_files, write_golden
from tunewright.builtin.example.messages import Drawer
from tunewright.builtin.example.phrases import COMPANY, INTENTS
from tunewright.core.errors import UsageError
from tunewright.core.seeds import derive_seed

__all__ = ["COMPANY", "GOLDEN_ITEMS", "INTENTS", "ExampleFiles", "write_example"]

GOLDEN_ITEMS = 204
LEAST_ROWS = 240


@dataclass(frozen=True, slots=True)
class ExampleFiles:
    """What was written."""

    sources: tuple[Path, ...]
    golden: Path
    truth: Path
    rows: int
    """source rows over all files, damaged ones among them"""


def write_example(folder: Path, seed: int = 7, rows: int = 2000) -> ExampleFiles:
    """Write the export into ``folder`` (made if missing).

    ``rows``: how many triaged messages before defects are added. Raises UsageError below 240 rows or when the phrases do
    not give that many different messages.
    """
    if rows < LEAST_ROWS:
        raise UsageError(
            f"{rows} rows are too few for every kind of defect", hint=f"ask for at least {LEAST_ROWS}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(derive_seed(seed, "example"))  # noqa: S311 - invented data, not a secret
    drawn = Drawer(random).draw(rows + GOLDEN_ITEMS)
    golden, items = drawn[:GOLDEN_ITEMS], drawn[GOLDEN_ITEMS:]
    golden_path = write_golden(folder, golden)
    sources, truth, count = write_files(folder, planted(items, golden, random), random)
    return ExampleFiles(tuple(sources), golden_path, truth, count)
