"""One cause for every differing row: what was changed directly, then what follows from it, each to its root.

A row's difference begins at the first step that did something else to it. When that step itself was changed, or a person
decided, or the row is another one, the cause is direct. A step that compares rows answers otherwise because of another
row: its twin's cause is then the cause (``through`` names the twin), for the split that of its group, and at the borders
of the parts that of the set: the direct cause which took most examples in or out before that step.
"""

from __future__ import annotations

from collections.abc import Iterable

from tunewright.core.erased import ERASED
from tunewright.data.diff_inputs import (
    ENGINE_NEEDS,
    ERASURE,
    GOLDEN,
    JUDGED,
    REVIEW,
    RULE,
    SEED,
    SOURCE,
    UNEXPLAINED,
    Cause,
    Inputs,
    adding_steps,
    needs_of,
)
from tunewright.data.diff_tables import Tables

SET = "the set as a whole"
_MOST_HOPS = 100
_SEEDED = ("split", "canaries", "mix", "resample", "counterfactuals")
"""steps whose answer follows the seed; others draw from it only to measure themselves"""


def attribute(tables: Tables) -> None:
    """Give every line of ``d`` its cause: table ``c`` (k, row, f, pos, kind, name, detail, through)."""
    _start(tables)
    _direct(tables)
    _follow_twins(tables)
    _by_needs(tables)
    _follow_twins(tables)
    _by_earlier_steps(tables)
    _follow_twins(tables)
    _by_group(tables)
    _by_set(tables)
    _rest(tables)


def _start(tables: Tables) -> None:
    """What adds examples, labels without a trace and splits begin at the step that does such things."""
    adding = adding_steps(tables.inputs.order)
    others = [name for name in adding if name != "canaries"] or [""]
    tables.sql.execute(
        """create temp table c as select d.k, d.row, d.example, d.labels, d.ofa, d.ofb, d.sa, d.sb, d.keys, d.steps,
          d.atfinding, d.pa, d.pb, '' as kind, '' as name, '' as detail, '' as through,
          case when 'added' in (d.ao, d.bo) then case when d.source = 'canaries' then 'canaries' else $other end
            when d.f is not null then d.f
            when d.text and d.aen is not null and d.ben is not null then ''
            when d.find then coalesce(list_filter(list_transform(d.by, lambda b: split_part(b, '@', 1)),
              lambda b: list_contains($known, b))[1], 'pii')
            when d.moved then 'split' else '' end as f,
          'erased' in (d.ao, d.bo) or list_contains(d.ra, 'erased') or list_contains(d.rb, 'erased') as erased,
          d.ao, d.bo, d.source, d.record, d.other, d.was,
          d.text and d.aen is not null and d.ben is not null as text,
          d.about and d.aen is not null and d.ben is not null as about
        from d""",
        {"other": others[0], "known": list(tables.inputs.order)},
    )
    tables.sql.execute("alter table c add column pos integer")
    tables.sql.execute(
        "update c set pos = coalesce((select p.pos from pos p where p.step = c.f), "
        "case when c.f = '' then 1000000 else 999999 end)"
    )


def _set(
    tables: Tables, cause: Cause, where: str, values: Iterable[object] = (), through: str = "''"
) -> None:
    """Give this cause to all lines without one that meet the condition (our own text)."""
    tables.sql.execute(
        f"update c set kind = ?, name = ?, detail = ?, through = {through} where kind = '' and ({where})",  # noqa: S608
        [cause.kind, cause.name, cause.detail, *values],
    )


def _direct(tables: Tables) -> None:
    inputs = tables.inputs
    _set(tables, Cause(ERASURE, "", ERASED), "erased")
    _sources(tables)
    _reviews(tables)
    _set(tables, Cause(REVIEW, "", "an expert's judgement"), "f = ?", [JUDGED])
    described = [name for name, how in inputs.sources.items() if how == "described"]
    tables.sql.execute(
        """update c set kind = 'source', name = source, detail = 'described otherwise'
        where kind = '' and f = 'rights' and list_contains($described, source)""",
        {"described": described},
    )
    for name, cause in inputs.steps.items():
        _set(tables, cause, "f = ?", [name])


def _sources(tables: Tables) -> None:
    """Another row: new, gone, changed, at another place, or described otherwise."""
    how = (
        "case when was <> '' then 'row moved' when ao = 'absent' then 'row new' "
        "when bo = 'absent' then 'row gone' else 'row changed' end"
    )
    scrubbed = [name for name, how in tables.inputs.sources.items() if how == ERASED]
    where = "list_contains(?, source) and ('absent' in (ao, bo) or other or f = 'source')"
    _set(tables, Cause(ERASURE, "", ERASED), where, [scrubbed])
    known = list(tables.inputs.sources)
    # A source nobody recorded as changed gave other rows: the program reads it otherwise.
    program = f"read otherwise by the program {tables.inputs.program}".strip()
    tables.sql.execute(
        f"""update c set kind = case when list_contains($known, source) or $none then '{SOURCE}' else '{RULE}' end,
          name = case when list_contains($known, source) or $none then source else 'reading' end,
          detail = case when list_contains($known, source) or $none then {how} else $program end
        where kind = '' and 'added' not in (ao, bo) and ('absent' in (ao, bo) or other or f = 'source')""",  # noqa: S608
        {"known": known, "none": not tables.inputs.program and not known, "program": program},
    )
    _set(
        tables,
        Cause(SOURCE, "", "described otherwise"),
        "about and 'added' not in (ao, bo) and ao <> 'absent'",
    )
    tables.sql.execute("update c set name = source where kind = 'source' and name = ''")


def _reviews(tables: Tables) -> None:
    """A decision that was taken or taken back in between, on a finding of this row."""
    if not tables.inputs.decisions:
        return
    tables.sql.execute("create temp table decided (key varchar, how varchar)")
    tables.sql.executemany("insert into decided values (?, ?)", list(tables.inputs.decisions.items()))
    changed = list(tables.inputs.steps) or [""]
    tables.sql.execute(
        f"""update c set kind = '{REVIEW}', name = t.key, detail = t.how from (
            select y.k, min(x.key) as key, arg_min(x.how, x.key) as how
            from (select k, f, atfinding, unnest(list_distinct(list_concat(keys, atfinding))) as key from c
                  where kind = '') y join decided x using (key)
            where list_contains(y.atfinding, x.key) or not list_contains($changed, y.f) group by y.k) t
        where c.k = t.k and c.kind = ''""",  # noqa: S608
        {"changed": changed},
    )


def _follow_twins(tables: Tables) -> None:
    """Refused for another row, or no longer: that row's cause, until nothing more follows."""
    for _ in range(_MOST_HOPS):
        done = tables.fetch(
            """update c set kind = t.v.kind, name = t.v.name, detail = t.v.detail, through = t.v.row from (
                select c.k, min(struct_pack(kind := x.kind, name := x.name, detail := x.detail, row := x.row)) as v
                from c join (
                  select k, of from (select k, case when sa = f then ofa else '' end as of from c where kind = ''
                    union select k, case when sb = f then ofb else '' end from c where kind = ''
                    union select y.k, p.row from (select k, unnest(labels) as mark from c where kind = '') y
                      join c p on p.example = substr(y.mark, 10) and starts_with(y.mark, 'child-of:') and p.k <> y.k)
                  where of <> '') w on w.k = c.k
                join c x on x.row = w.of and x.k <> c.k and x.kind <> ''
                where c.kind = '' group by c.k) t
            where c.k = t.k and c.kind = '' returning 1"""
        )
        if not done:
            return


def _by_needs(tables: Tables) -> None:
    """The golden set, the seed or an engine that the step asks for is another one."""
    inputs = tables.inputs
    for name in inputs.order:
        needs = needs_of(name)
        if inputs.goldens and "golden" in needs:
            _set(tables, Cause(GOLDEN, ", ".join(inputs.goldens), "changed"), "f = ?", [name])
        if inputs.seed and "seed" in needs and name in _SEEDED:
            _set(tables, Cause(SEED, "", inputs.seed), "f = ?", [name])
        for need in ENGINE_NEEDS:
            if need in needs and need in inputs.engines:
                _set(tables, Cause(RULE, name, f"engine {inputs.engines[need]}"), "f = ?", [name])


def _by_earlier_steps(tables: Tables) -> None:
    """The step got another text: from a changed step that had done something to this row, the first one first."""
    inputs = tables.inputs
    for name in (name for name in inputs.order if name in inputs.steps):
        cause = inputs.steps[name]
        _set(
            tables,
            cause,
            "list_contains(steps, ?) and pos > (select min(pos) from pos where step = ?)",
            [name, name],
        )
    plain = "(f = '' and text) or f in (select step from pos where not corpus)"
    for name in (name for name in inputs.order if name in inputs.steps):
        where = f"({plain}) and pos > (select min(pos) from pos where step = ?)"  # noqa: S608
        _set(tables, inputs.steps[name], where, [name])
    for name in inputs.order:
        for need in ENGINE_NEEDS:
            if need in needs_of(name) and need in inputs.engines:
                cause = Cause(RULE, name, f"engine {inputs.engines[need]}")
                _set(tables, cause, f"({plain}) and list_contains(steps, ?)", [name])


def _by_group(tables: Tables) -> None:
    """In another part with its whole group: the cause of the member (same person or thread) that differs itself."""
    tables.sql.execute(
        """create temp table member as select distinct k, g from (
          select k, 'p' || subject as g from e_a where subject <> '' union all
          select k, 't' || split_part(place, '#', 1) || chr(31) || thread from e_a where thread <> '' union all
          select k, 'p' || subject from e_b where subject <> '' union all
          select k, 't' || split_part(place, '#', 1) || chr(31) || thread from e_b where thread <> '')"""
    )
    tables.sql.execute(
        """update c set kind = t.v.kind, name = t.v.name, detail = t.v.detail, through = t.v.row from (
            select c.k, min(struct_pack(kind := x.kind, name := x.name, detail := x.detail, row := x.row)) as v
            from c join member m on m.k = c.k join member o on o.g = m.g join c x on x.k = o.k and x.kind <> ''
            where c.kind = '' and c.f = 'split' group by c.k) t
        where c.k = t.k and c.kind = ''"""
    )


def _by_set(tables: Tables) -> None:
    """The direct cause, before that step, which took most examples in or out; by number, then by name."""
    tables.sql.execute(
        f"""update c set kind = t.kind, name = t.name, detail = t.detail, through = '{SET}' from (
            select f.f, r.kind, r.name, r.detail from (select distinct f, pos from c where kind = '') f
            join (select kind, name, detail, min(pos) as pos,
                count(*) filter ((ao in ('kept', 'changed')) <> (bo in ('kept', 'changed'))) as moved, count(*) as rows
              from c where kind <> '' and through = '' group by kind, name, detail) r
              on r.pos < f.pos or r.kind in ('{SOURCE}', '{ERASURE}')
            qualify row_number() over (partition by f.f order by r.moved desc, r.rows desc, r.kind, r.name, r.detail) = 1) t
        where c.f = t.f and c.kind = ''"""  # noqa: S608
    )


def _rest(tables: Tables) -> None:
    """Where only one thing was changed, it is that; else the program; else it is said that nothing explains it."""
    inputs: Inputs = tables.inputs
    causes = inputs.all_causes()
    if len(causes) == 1:
        _set(tables, causes[0], "true", through=f"'{SET}'")
    if inputs.program:
        _set(tables, Cause(RULE, "program", inputs.program), "true")
    _set(tables, Cause(UNEXPLAINED, "", "nothing that was recorded explains it"), "true")
