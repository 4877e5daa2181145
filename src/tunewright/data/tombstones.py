"""Tombstones: what is left of an erased example in the files of a snapshot.

A tombstone keeps the example's id, split and source, and in a label the digest it had, so that the Merkle root over all
examples is still the recorded one: ``verify_snapshot`` takes the digest of a tombstone from there and computes all others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any

from tunewright.core.erased import ERASED, LABEL, LEAF
from tunewright.data.digests import example_digest
from tunewright.data.report import render_html
from tunewright.data.scrub import replaced_rows
from tunewright.data.snapshot import _example, is_tombstone

Rename = Callable[[str], str]
"""a locator -> itself, or the stand-in of one that is somebody's name"""


def rewrite_parquet(
    source: Path, target: Path, change: Callable[[Any], Mapping[int, Mapping[str, Any]]]
) -> int:
    """Write the file again, row group by row group. ``change``: Arrow table -> {row: its new values}.

    Answers how many rows were changed; the schema, the order and the row groups stay.
    """
    import pyarrow.parquet as pq

    count = 0
    with pq.ParquetFile(source) as file:
        schema = file.schema_arrow
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                changed = change(table)
                count += len(changed)
                writer.write_table(replaced_rows(table, changed), row_group_size=max(1, table.num_rows))
    return count


def bury_examples(source: Path, target: Path, ids: Container[str], tag: str, rename: Rename) -> int:
    """``examples.parquet`` with tombstones for these examples; answers how many. Tombstones stay as they are."""

    def change(table: Any) -> dict[int, dict[str, Any]]:
        found = {}
        for at, key in enumerate(table.column("id").to_pylist()):
            if key in ids:
                (row,) = table.slice(at, 1).to_pylist()
                if not is_tombstone(row):
                    found[at] = _tombstone(row, tag, rename)
        return found

    return rewrite_parquet(source, target, change)


def _tombstone(row: Mapping[str, Any], tag: str, rename: Rename) -> dict[str, Any]:
    leaf = example_digest(_example(row)).hex()
    labels = [f"{LABEL}:{tag[:16]}", f"{LEAF}:{leaf}"]
    empty = {name: [] if isinstance(value, list) else "" for name, value in row.items()}
    kept = {name: row[name] for name in ("id", "split", "source")}
    return {**empty, **kept, "locator": rename(row["locator"]), "labels": labels}


def bury_outcomes(
    source: Path, target: Path, is_gone: Callable[[str, str, str], bool], rename: Callable[[str, str], str]
) -> int:
    """``outcomes.parquet`` without reasons and findings of erased rows; answers how many rows were changed.

    is_gone: (source, record, example id) -> erased. rename: (source, record) -> the record's name now, also where
    another row names it as its twin.
    """

    def change(table: Any) -> dict[int, dict[str, Any]]:
        columns = (table.column(name).to_pylist() for name in ("source", "record", "example", "of"))
        mentions = _mentions(table, rename)
        found = {}
        for at, (name, record, example, of) in enumerate(zip(*columns, strict=True)):
            gone = is_gone(name, record, example or "")
            twin = _renamed(of, rename)
            if not gone and twin == of and at not in mentions:
                continue
            (row,) = table.slice(at, 1).to_pylist()
            new = {**row, "of": twin}
            if row.get("evidence"):
                new["evidence"] = [{**item, "of": _renamed(item["of"], rename)} for item in row["evidence"]]
            if gone:
                new |= {"record": rename(name, record), "reasons": [ERASED], "findings": []}
                new |= {"evidence": []} if "evidence" in row else {}
            if new != row:
                found[at] = new
        return found

    return rewrite_parquet(source, target, change)


def _mentions(table: Any, rename: Callable[[str, str], str]) -> set[int]:
    """Rows whose evidence was compared with a row that is called otherwise now."""
    import pyarrow.compute as pc

    if "evidence" not in table.column_names:
        return set()
    entries = table.column("evidence").combine_chunks()
    names = pc.struct_field(pc.list_flatten(entries), "of").to_pylist()
    rows = pc.list_parent_indices(entries).to_pylist()
    return {row for row, of in zip(rows, names, strict=True) if of and _renamed(of, rename) != of}


def _renamed(of: str | None, rename: Callable[[str, str], str]) -> str | None:
    if not of:
        return of
    source, sign, record = of.partition("#")
    return f"{source}#{rename(source, record)}" if sign else of


def blank_report(
    report: Mapping[str, Any],
    is_gone: Callable[[str, str], bool],
    rename: Callable[[str, str], str],
) -> dict[str, Any]:
    """The data report without the excerpts of erased rows; everything else as it is."""

    def blanked(item: Mapping[str, Any]) -> dict[str, Any]:
        new = dict(item)
        if is_gone(item["source"], item["record"]):
            new |= {"record": rename(item["source"], item["record"]), "before": [], "after": []}
        source, sign, record = str(item.get("of") or "").partition("#")
        if sign and is_gone(source, record):
            new |= {"of": f"{source}#{rename(source, record)}", "twin": []}
        return new

    reasons = [{**line, "examples": list(map(blanked, line["examples"]))} for line in report["reasons"]]
    return {**report, "reasons": reasons, "pairs": list(map(blanked, report["pairs"]))}


def write_report_again(report: Mapping[str, Any], json_path: Path, html_path: Path) -> None:
    """Both forms of the report, as ``data.report.write_report`` writes them."""
    text = json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True)
    json_path.write_text(text + "\n", encoding="utf-8")
    html_path.write_text(render_html(report), encoding="utf-8")
