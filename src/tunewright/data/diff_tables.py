"""The differing rows of two snapshots as a DuckDB table: joins over their Parquet files, never the rows as objects.

``pair`` has one line for every source row (and every added example) of either snapshot with its outcome on both sides;
``d`` has the differing ones, with what each step did to them (``ta``, ``tb``: lists of step, sig, finding) and the first
step that did something else (``f``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunewright.core.erased import ERASED, ERASED_ROW, TOMBSTONE
from tunewright.data.diff_inputs import Inputs, is_corpus
from tunewright.data.snapshot import EXAMPLES, OUTCOMES

MEMORY_LIMIT = "1500MB"
ADDED = "added"
"""outcome of an example that no source row gave: a canary or a child"""
ABSENT = "absent"
IN_SNAPSHOT = ("kept", "changed", ADDED)
_FINDING = (
    "list_transform(findings, lambda f: struct_pack(kind := f.kind, turn := f.turn, s := f.start, "
    "e := f.end, state := f.state, found_by := f.found_by))"
)


def connect(scratch: Path) -> Any:
    """A DuckDB of its own that goes to ``scratch`` beyond its memory."""
    import duckdb

    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(scratch),
            "preserve_insertion_order": "false",
        }
    )


class Tables:
    """The tables of one comparison. Text of SQL is this module's own; names and values come as parameters or tables."""

    def __init__(self, connection: Any, before: Path, after: Path, inputs: Inputs) -> None:
        self.sql = connection
        self._folders = {"a": before, "b": after}
        columns = [self._columns(folder / OUTCOMES) for folder in self._folders.values()]
        self._told = all("evidence" in names for names in columns)
        self.inputs = inputs

    def build(self, reasons: Mapping[str, str]) -> None:
        """Make ``pair`` and ``d``. ``reasons``: reason -> the step that gives it, for snapshots without evidence."""
        for side in "ab":
            self._side(side)
        self._pairs()
        self._same_rows_elsewhere()
        self._steps()
        self.sql.execute("create temp table reason_step (reason varchar, step varchar)")
        if reasons:
            self.sql.executemany("insert into reason_step values (?, ?)", list(reasons.items()))
        self.sql.execute(
            "create temp table reason_map as select "
            "coalesce(map(list(reason), list(step)), map([]::varchar[], []::varchar[])) as m from reason_step"
        )
        self._details()

    def _columns(self, path: Path) -> list[str]:
        return [
            str(row[0])
            for row in self.sql.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()
        ]

    def _outcomes(self, side: str) -> str:
        """The outcomes of a side as a sub-query with every column of today."""
        path = self._folders[side] / OUTCOMES
        names = self._columns(path)
        outcome = f"if({ERASED_ROW}, '{ERASED}', outcome) as outcome"
        columns = ["source", "record", outcome, "reasons", "coalesce(example, '') as example", "split"]
        columns += ["coalesce(of, '') as of"]
        columns.append("coalesce(step, '') as step" if "step" in names else "'' as step")
        columns.append(f"{_FINDING} as found" if "findings" in names else "[] as found")
        columns.append(
            "list_transform(findings, lambda f: f.key) as keys"
            if "findings" in names
            else "[]::varchar[] as keys"
        )
        columns.append("evidence" if self._told else "[] as evidence")
        return f"(select {', '.join(columns)}, file_row_number as n from {_read(path)})"  # noqa: S608

    def _side(self, side: str) -> None:
        """``rows_a``, ``rows_b``: narrow rows, what is compared as hashes."""
        done = (
            "list_transform(o.evidence, lambda x: struct_pack(s := x.step, a := x.action, r := x.reason, o := x.of))"
            if self._told
            else "0"
        )
        self.sql.execute(
            f"create temp view ex_{side} as select ('0x' || id[1:16])::ubigint as k, id, "  # noqa: S608
            "coalesce(split, '') as split, hash(messages) as mh, "
            "hash(list_filter(labels, lambda l: not starts_with(l, 'split:'))) as lh, "
            "hash(licence, purpose, received_at, subject, thread) as oh, labels, source, locator, origin_digest, "
            f"subject, thread, {TOMBSTONE} as gone, file_row_number as n from {_read(self._folders[side] / EXAMPLES)}"
        )
        self.sql.execute(
            f"create temp view out_{side} as select *, "  # noqa: S608
            "case when example = '' then null else ('0x' || example[1:16])::ubigint end as k "
            f"from {self._outcomes(side)}"
        )
        self.sql.execute(
            f"create temp table rows_{side} as "  # noqa: S608
            "select o.source, o.record, o.outcome, coalesce(o.k, 0) as k, o.n, "
            f"hash(o.reasons, o.step, o.of, {done}) as th, hash(o.found) as fh, "
            "coalesce(e.mh, 0) as mh, coalesce(e.lh, 0) as lh, coalesce(e.oh, 0) as oh, coalesce(e.split, '') as split, "
            f"e.n as en from out_{side} o left join ex_{side} e on o.k = e.k "
            f"union all select e.source, e.locator, if(e.gone, '{ERASED}', '{ADDED}'), e.k, -1, 0, 0, e.mh, e.lh, e.oh, "
            "e.split, e.n "
            f"from ex_{side} e anti join out_{side} o on o.k = e.k"
        )

    def _pairs(self) -> None:
        self.sql.execute(
            f"""create temp table pair as select
              coalesce(a.source, b.source) as source, coalesce(a.record, b.record) as record, '' as was,
              coalesce(a.outcome, '{ABSENT}') as ao, coalesce(b.outcome, '{ABSENT}') as bo,
              a.n as an, b.n as bn, a.en as aen, b.en as ben,
              a.k is distinct from b.k as other, a.mh is distinct from b.mh as text,
              a.split is distinct from b.split as moved, a.oh is distinct from b.oh as about,
              a.lh is distinct from b.lh as label, a.fh is distinct from b.fh as find,
              a.th is distinct from b.th as trace
            from rows_a a full outer join rows_b b on a.source = b.source and a.record = b.record"""  # noqa: S608
        )

    def _same_rows_elsewhere(self) -> None:
        """A row that is gone (or holds something else now) and one with the same content that came (or took its place),
        in one source, are one row that moved. Content is known of rows that are in the snapshot."""
        self.sql.execute(
            """create temp table rehomed as
            with gone as (select p.source, p.record, e.origin_digest as digest, p.ao, p.an, p.aen,
                row_number() over (partition by p.source, e.origin_digest order by p.an) as nth
                from pair p join ex_a e on e.n = p.aen where (p.bo = 'absent' or p.other) and p.ao <> 'added'
                  and not e.gone),
              come as (select p.source, p.record, e.origin_digest as digest, p.bo, p.bn, p.ben,
                row_number() over (partition by p.source, e.origin_digest order by p.bn) as nth
                from pair p join ex_b e on e.n = p.ben where (p.ao = 'absent' or p.other) and p.bo <> 'added'
                  and not e.gone)
            select come.source, gone.record as old, come.record as new, gone.ao, come.bo, gone.an, come.bn, gone.aen,
              come.ben from gone join come using (source, digest, nth)"""
        )
        if self.fetch("select count(*) from rehomed")[0][0] == 0:
            return
        self.sql.execute(
            """create temp table rest as select p.*,
                 p.ao <> 'absent' and a.old is null as lefta, p.bo <> 'absent' and b.new is null as leftb
               from pair p left join rehomed a on a.source = p.source and a.old = p.record
                 left join rehomed b on b.source = p.source and b.new = p.record
               where (p.ao = 'absent' or p.bo = 'absent' or p.other) and (a.old is not null or b.new is not null)"""
        )
        self.sql.execute(
            "delete from pair using rest r where pair.source = r.source and pair.record = r.record and pair.was = ''"
        )
        self.sql.execute(
            """insert into pair select source, record, '', case when lefta then ao else 'absent' end,
                 case when leftb then bo else 'absent' end, case when lefta then an end, case when leftb then bn end,
                 case when lefta then aen end, case when leftb then ben end, true, false, false, false, false, false, false
               from rest where lefta or leftb"""
        )
        self.sql.execute(
            """insert into pair select source, new, old, ao, bo, an, bn, aen, ben, true, false, false, false, false, false,
               false from rehomed"""
        )

    def _steps(self) -> None:
        self.sql.execute("create temp table pos (step varchar, pos integer, corpus boolean)")
        rows = [("source", -1, False)] + [
            (name, at, is_corpus(name)) for at, name in enumerate(self.inputs.order)
        ]
        self.sql.executemany("insert into pos values (?, ?, ?)", rows)

    def _details(self) -> None:
        self.sql.execute(
            """create temp table diff as select row_number() over () as k, * from pair
            where ao = 'absent' or bo = 'absent' or ao <> bo or other or text or moved or about or label or find or trace"""
        )
        for side in "ab":
            self.sql.execute(
                f"create temp table t_{side} as select d.k, o.example, o.reasons, o.of, o.step, o.keys, "  # noqa: S608
                f"{self._trace()} as t, list_transform(o.found, lambda x: x.found_by) as by "
                f"from diff d join out_{side} o on o.n = d.{side}n cross join reason_map m where d.{side}n >= 0"
            )
            self.sql.execute(
                f"create temp table e_{side} as select d.k, e.id, e.subject, e.thread, e.labels, e.split, "  # noqa: S608
                f"e.source || '#' || e.locator as place from diff d join ex_{side} e on e.n = d.{side}en"
            )
        nothing = "[]::struct(step varchar, sig varchar, finding varchar)[]"
        self.sql.execute(
            f"""create temp table d as
            with sides as (select d.*, coalesce(a.t, {nothing}) as ta, coalesce(b.t, {nothing}) as tb,
                list_distinct(list_concat(coalesce(a.keys, []), coalesce(b.keys, []))) as keys,
                list_distinct(list_concat(coalesce(a.by, []), coalesce(b.by, []))) as by,
                coalesce(a.of, '') as ofa, coalesce(b.of, '') as ofb, coalesce(a.step, '') as sa,
                coalesce(b.step, '') as sb, coalesce(xb.id, xa.id, b.example, a.example, '') as example,
                coalesce(a.reasons, []) as ra, coalesce(b.reasons, []) as rb,
                coalesce(xa.split, '') as pa, coalesce(xb.split, '') as pb,
                coalesce(xb.labels, xa.labels, []) as labels
              from diff d left join t_a a using (k) left join t_b b using (k)
                left join e_a xa using (k) left join e_b xb using (k)),
            firsts as (select *, list_position(list_transform(range(1, greatest(len(ta), len(tb)) + 1),
                lambda i: coalesce(ta[i].step || chr(31) || ta[i].sig, '')
                  <> coalesce(tb[i].step || chr(31) || tb[i].sig, '')), true) as i from sides)
            select f.* exclude (i), f.source || '#' || f.record as row,
              list_distinct(list_transform(list_concat(ta, tb), lambda x: x.step)) as steps,
              [coalesce(ta[i].finding, ''), coalesce(tb[i].finding, '')] as atfinding,
              case when coalesce(xp.pos, 1000000) <= coalesce(yp.pos, 1000000) then ta[i].step else tb[i].step end as f
            from firsts f left join pos xp on xp.step = ta[i].step left join pos yp on yp.step = tb[i].step"""  # noqa: S608
        )

    def _trace(self) -> str:
        """What each step did, in order."""
        if self._told:
            return (
                "list_transform(o.evidence, lambda x: struct_pack(step := x.step, "
                "sig := concat(x.action, chr(31), x.reason, chr(31), x.of), finding := coalesce(x.finding, '')))"
            )
        return (
            "list_transform(o.reasons, lambda r, i: struct_pack("
            "step := case when i = len(o.reasons) and o.step <> '' then o.step else coalesce(m.m[r], '') end, "
            "sig := case when i = len(o.reasons) and o.step <> '' then concat(r, chr(31), o.of) else r end, finding := ''))"
        )

    def fetch(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query of ours."""
        found: list[tuple[Any, ...]] = self.sql.execute(query, dict(values or {})).fetchall()
        return found


def _read(path: Path) -> str:
    """A path inside SQL, since a view takes no parameters; the folders are named by digests."""
    quoted = str(path).replace("'", "''")
    return f"read_parquet('{quoted}', file_row_number = true)"
