"""After an erasure the metadata of an old snapshot describes the files as they are now."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fixtures.erasable_workspace import MAIL, PERSON, make_workspace
from tunewright.core.canonical import sha256_file
from tunewright.flows.erase import erase
from tunewright.flows.erase_search import Asked
from tunewright.flows.impact import impact
from tunewright.flows.impact_source import SourceImpact
from tunewright.flows.lineage_export import export_croissant, export_openlineage
from tunewright.flows.workspace import Workspace


def test_an_export_of_an_erased_snapshot_is_true_of_its_files(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w")
    with Workspace.open(root, actor="tester") as ws:
        before = ws.project.records.find("snapshot")[0]
        source = next(ref.name for ref in before.inputs if ref.kind == "source")
        told = json.loads((ws.project.records.folder(before) / "croissant.json").read_text())
        touched = impact(ws, source)
        erase(ws, Asked(subject=PERSON, also=(MAIL,)), copies="erase", files="erase")
        written = export_croissant(ws, tmp_path / "out", before.ref.version)
        again = json.loads((tmp_path / "out" / "croissant.json").read_text())
        for file in again["distribution"]:
            assert file["sha256"] == sha256_file(tmp_path / "out" / file["contentUrl"])
        assert again["distribution"] != told["distribution"]
        assert [part for part in again["recordSet"] if part["@id"] != "splits"] == [
            part for part in told["recordSet"] if part["@id"] != "splits"
        ]
        assert written.rows > 0
        raw = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
        assert PERSON.encode() not in raw
        assert MAIL.encode() not in raw
        assert export_openlineage(ws, tmp_path / "e.jsonl", before.ref.version).rows >= 2
        after = impact(ws, source)
        assert isinstance(touched, SourceImpact)
        assert isinstance(after, SourceImpact)
        was, now = (
            next(dict(item.outcomes) for item in told.source if item.snapshot == before.ref)
            for told in (touched, after)
        )
        assert "erased" not in was
        assert now["erased"] > 0
        assert sum(now.values()) == sum(was.values())
