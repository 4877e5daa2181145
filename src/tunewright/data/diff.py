"""What differs between two snapshots, and why: every differing example and source row with exactly one cause.

Compared by joins over the Parquet files (``diff_tables``), explained by what was changed in between (``diff_inputs``,
``diff_causes``). Not compared: what a step measured where its answer is the same.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewright.core.errors import IntegrityError
from tunewright.data.diff_causes import attribute
from tunewright.data.diff_inputs import Cause, Inputs, compare_inputs
from tunewright.data.diff_tables import Tables, connect
from tunewright.data.snapshot import EXAMPLES, OUTCOMES, load_manifest

LISTED = 5
"""rows named of every cause, unless all are asked for"""
_IN = "('kept', 'changed', 'added')"
_WHAT = (
    f"case when c.ao in {_IN} and c.bo in {_IN} then case when c.was <> '' then 'rehomed' when c.other or c.text then "
    f"'changed' when d.pa <> d.pb then 'moved' else 'account' end when c.bo in {_IN} then 'added' "
    f"when c.ao in {_IN} then 'removed' else 'account' end"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One row or added example that is not the same in both."""

    example: str
    source: str
    record: str
    what: str
    """added, removed, changed (text), moved (to another split), rehomed (the row stands elsewhere in its source), or
    account: in or out of both, for other reasons"""
    because: str
    """outcome and reasons on the side that does not have it, or the two splits"""
    before: str
    """outcome before; ``absent``: no such row; ``added``: made by a step"""
    after: str
    cause: Cause
    through: str
    """the row whose difference this one follows from, or the set as a whole; empty for a direct cause"""
    step: str
    """the first step that did something else; empty where none did"""


@dataclass(frozen=True, slots=True)
class CauseCount:
    """One cause and what it made different."""

    cause: Cause
    rows: int
    direct: int
    """rows it touched itself; the others follow from those"""
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """Two snapshots compared, from ``before`` to ``after``."""

    before: str
    after: str
    same: bool
    """whether the examples are the same, byte for byte"""
    added: int
    removed: int
    changed: int
    moved: int
    rehomed: int
    account: int
    """rows that are in both or in neither, told otherwise"""
    reasons: Mapping[str, int]
    """reason -> rows dropped or held for it in ``after`` minus in ``before``; zero differences left out"""
    steps: tuple[str, ...]
    """steps that were added, removed, or have another version or other options"""
    causes: tuple[CauseCount, ...]
    """most rows first; their rows are all differing rows"""
    matrix: tuple[tuple[str, str, int], ...]
    """(outcome before, outcome after, rows) over all rows, also those that do not differ"""
    listed: tuple[Difference, ...]
    """some of each cause, or all"""
    inputs: Inputs

    @property
    def rows(self) -> int:
        """Rows and added examples that differ."""
        return sum(count.rows for count in self.causes)


def compare_snapshots(
    before: Path,
    after: Path,
    names: tuple[str, str],
    inputs: Inputs | None = None,
    *,
    everything: bool = False,
    only: str = "",
    scratch: Path | None = None,
) -> SnapshotDiff:
    """Compare two snapshot folders. ``inputs``: how their recipes differ (default: as far as the manifests tell);
    ``everything``: list all differing rows; ``only``: list those of this kind of cause;
    ``scratch``: where DuckDB may put what its memory does not hold.

    Raises NotFoundError, IntegrityError for an unreadable one.
    """
    old, new = load_manifest(before), load_manifest(after)
    if inputs is None:
        inputs = compare_inputs({}, {}, (old.steps, new.steps))
    for folder in (before, after):
        for name in (EXAMPLES, OUTCOMES):
            if not (folder / name).is_file():
                raise IntegrityError(
                    f"{folder / name} is not there", hint="restore it from the backup", path=str(folder)
                )
    with tempfile.TemporaryDirectory(dir=scratch) as spill:
        connection = connect(Path(spill))
        try:
            tables = Tables(connection, before, after, inputs)
            tables.build(_reason_steps(before) | _reason_steps(after))
            attribute(tables)
            return _told(tables, names, old.merkle_root == new.merkle_root, (everything, only))
        finally:
            connection.close()


def _reason_steps(folder: Path) -> dict[str, str]:
    """reason -> the first step that gave it, from the snapshot's report; empty where it has none."""
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        return {reason: step["step"] for step in reversed(report["steps"]) for reason in step["reasons"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _told(tables: Tables, names: tuple[str, str], same: bool, wanted: tuple[bool, str]) -> SnapshotDiff:
    what = dict(tables.fetch(f"select {_WHAT}, count(*) from c join d using (k) group by 1"))  # noqa: S608
    causes = tables.fetch(
        f"""select kind, name, detail, count(*), count(*) filter (through = ''),
              count(*) filter (ao not in {_IN} and bo in {_IN}), count(*) filter (ao in {_IN} and bo not in {_IN})
            from c group by kind, name, detail order by 4 desc, 1, 2, 3"""  # noqa: S608
    )
    return SnapshotDiff(
        before=names[0],
        after=names[1],
        same=same,
        added=what.get("added", 0),
        removed=what.get("removed", 0),
        changed=what.get("changed", 0),
        moved=what.get("moved", 0),
        rehomed=what.get("rehomed", 0),
        account=what.get("account", 0),
        reasons=_reasons(tables),
        steps=tuple(f"{cause.name}: {cause.detail}" for cause in tables.inputs.steps.values()),
        causes=tuple(CauseCount(Cause(*row[:3]), *row[3:]) for row in causes),
        matrix=tuple(tables.fetch("select ao, bo, count(*) from pair group by 1, 2 order by 1, 2")),
        listed=_listed(tables, *wanted),
        inputs=tables.inputs,
    )


def _reasons(tables: Tables) -> dict[str, int]:
    """How often a row was dropped or held for a reason, after minus before; rows that are alike cancel out."""
    rows = tables.fetch(
        """select reason, sum(n)::bigint from (
             select rb[-1] as reason, 1 as n from d where bo in ('dropped', 'held') and len(rb) > 0
             union all select ra[-1], -1 from d where ao in ('dropped', 'held') and len(ra) > 0)
           group by reason having sum(n) <> 0 order by reason"""
    )
    return {str(reason): int(count) for reason, count in rows}


def _listed(tables: Tables, everything: bool, only: str) -> tuple[Difference, ...]:
    some = "where (kind = $only or $only = '')" + ("" if everything else f" and nth <= {LISTED}")
    rows = tables.fetch(
        f"""select example, source, record, what, because, ao, bo, kind, name, detail, through, f from (
              select d.example, c.source, c.record, {_WHAT} as what, c.ao, c.bo, c.kind, c.name, c.detail, c.through,
                c.f, {_BECAUSE} as because,
                row_number() over (partition by c.kind, c.name, c.detail order by c.through <> '', {_WHAT}, c.row) as nth,
                count(*) over (partition by c.kind, c.name, c.detail) as whole
              from c join d using (k)) {some}
            order by whole desc, kind, name, detail, nth""",  # noqa: S608
        {"only": only},
    )
    found = []
    for example, source, record, what, because, ao, bo, kind, name, detail, through, step in rows:
        cause = Cause(kind, name, detail)
        found.append(Difference(example, source, record, what, because, ao, bo, cause, through, step))
    return tuple(found)


_BECAUSE = (
    f"case when c.was <> '' then c.was || ' -> ' || c.record when c.ao in {_IN} and c.bo in {_IN} and d.pa <> d.pb "
    "then d.pa || ' -> ' || d.pb "
    f"when c.ao in {_IN} and c.bo not in {_IN} then c.bo || coalesce(': ' || nullif(array_to_string(d.rb, ', '), ''), '') "
    f"when c.bo in {_IN} and c.ao not in {_IN} then c.ao || coalesce(': ' || nullif(array_to_string(d.ra, ', '), ''), '') "
    "else array_to_string(d.rb, ', ') end"
)


def as_json(found: SnapshotDiff) -> dict[str, Any]:
    """The public form: counts, causes, matrix and rows, without what the recipes say."""
    from dataclasses import asdict

    told = asdict(found)
    told.pop("inputs")
    return {**told, "rows": found.rows}
