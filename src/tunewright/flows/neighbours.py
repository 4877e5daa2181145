"""The training examples nearest to a prompt: character 5-gram Jaccard over the training split of a snapshot.

What is compared is the last user message of each, in the normal form near-duplicates are found by. An inverted
index (gram -> rows) is derived once a snapshot, from its Parquet file, into ``.tunewright/cache``; deleting it loses
nothing. It is built in passes over ranges of the hash, so its memory is bounded, and read through memory maps, so a
question touches only the lists of its own grams.

Exactness: the lists give each candidate's Jaccard over 32-bit grams; the best are compared again by their 64-bit sets.
Where a prompt's lists together are longer than ``_MOST_POSTINGS`` only its rarest grams choose the candidates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tunewright.core.types import Record
from tunewright.data.shingles import character_shingles, jaccard, normal_form
from tunewright.registry.lineage import examples_path, rows_at

if TYPE_CHECKING:
    from tunewright.store.project import Project

HOW = "character 5-gram Jaccard of the last user message, over the training split"
FORMAT = 1
_PASS_KEYS = 40_000_000
"""postings sorted at once: 320 MB"""
_MOST_POSTINGS = 1_000_000
_CANDIDATES = 24
_BATCH_ROWS = 20_000
U32 = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class NearExample:
    """One training example and how near it is."""

    similarity: float
    """exact Jaccard of the two sets of grams, 0..1"""
    id: str
    row: str
    """``tickets.csv#T000123``"""
    licence: str
    subject: str
    prompt: str
    answer: str


def nearest_examples(
    project: Project, snapshot: Record, prompt: str, *, limit: int = 5
) -> tuple[NearExample, ...]:
    """The ``limit`` nearest training examples, nearest first; none for a prompt without text."""
    text = normal_form(prompt)
    if not text:
        return ()
    index = _index(project, snapshot)
    wanted = character_shingles([text]).set_of(0)
    rows = _candidates(index, np.unique(_short(np.fromiter(wanted, dtype=np.uint64))))
    found = []
    columns = ("id", "messages", "source", "locator", "licence", "subject")
    for row in rows_at(examples_path(project, snapshot), sorted(rows), columns):
        said = prompt_of(row["messages"])
        similarity = jaccard(wanted, character_shingles([normal_form(said)]).set_of(0))
        answers = [m["content"] for m in row["messages"] if m["role"] == "assistant"]
        found.append(
            NearExample(
                similarity=round(similarity, 4),
                id=row["id"],
                row=f"{row['source']}#{row['locator']}",
                licence=row["licence"],
                subject=row["subject"],
                prompt=said,
                answer=answers[-1] if answers else "",
            )
        )
    return tuple(sorted(found, key=lambda near: (-near.similarity, near.id))[:limit])


def prompt_of(messages: Any) -> str:
    """The last user message of a conversation in plain rows."""
    return next((str(m["content"]) for m in reversed(messages) if m["role"] == "user"), "")


def _short(values: npt.NDArray[np.uint64]) -> U32:
    return (values >> np.uint64(32)).astype(np.uint32)


def _candidates(index: Path, grams: U32) -> list[int]:
    """Rows with the highest Jaccard as far as the lists tell, best first."""
    known = np.load(index / "grams.npy", mmap_mode="r")
    starts = np.load(index / "starts.npy", mmap_mode="r")
    rows = np.memmap(index / "rows.u32", dtype=np.uint32, mode="r")
    sizes = np.load(index / "sizes.npy", mmap_mode="r")
    places = np.searchsorted(known, grams)
    places = places[places < len(known)]
    places = places[np.isin(known[places], grams)]
    lengths = starts[places + 1] - starts[places]
    order = np.argsort(lengths, kind="stable")
    within = np.cumsum(lengths[order]) <= _MOST_POSTINGS
    # The rarest gram is read however long its list.
    within[:1] = True
    chosen = places[order][within]
    if not len(chosen):
        return []
    hits = np.concatenate([rows[starts[place] : starts[place + 1]] for place in chosen])
    # Counted, not sorted: a million hits take a tenth of the time.
    every = np.bincount(hits)
    found = np.flatnonzero(every)
    counts = every[found]
    union = sizes[found].astype(np.int64) + len(grams) - counts
    estimate = counts / np.maximum(union, 1)
    best = np.lexsort((found, -estimate))[:_CANDIDATES]
    return [int(row) for row in found[best]]


def _index(project: Project, snapshot: Record) -> Path:
    """The snapshot's index, built when it is not there."""
    place = project.state / "cache" / "neighbours" / f"{snapshot.ref.digest}.{FORMAT}"
    if _is_whole(place):
        return place
    with project.staging() as folder:
        made = folder / "index"
        made.mkdir()
        _build(examples_path(project, snapshot), made)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.rename(place)
        except OSError:
            # Somebody else built the same index meanwhile; theirs is as good.
            if not _is_whole(place):
                raise
    return place


def _is_whole(place: Path) -> bool:
    """``meta.json`` is written last, and says how many bytes the longest file has."""
    try:
        told = json.loads((place / "meta.json").read_text(encoding="utf-8"))
        return bool(told["format"] == FORMAT and (place / "rows.u32").stat().st_size == 4 * told["postings"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _build(examples: Path, folder: Path) -> None:
    """Write grams, starts, rows and sizes; ``meta.json`` last."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(examples) as file:
        total = file.metadata.num_rows
    characters = sum(len(text) for _, texts in _train_prompts(examples) for text in texts)
    passes = max(1, -(-characters // _PASS_KEYS))
    edges = [round(part * 2**32 / passes) for part in range(passes + 1)]
    sizes = np.zeros(total, dtype=np.uint32)
    grams: list[U32] = []
    counts: list[npt.NDArray[np.int64]] = []
    with (folder / "rows.u32").open("wb") as out:
        for low, high in pairwise(edges):
            keys = _keys(examples, low, high)
            rows = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
            rows.tofile(out)
            sizes += np.bincount(rows, minlength=total).astype(np.uint32)
            found, lengths = np.unique(_short(keys), return_counts=True)
            grams.append(found)
            counts.append(lengths.astype(np.int64))
    np.save(folder / "grams.npy", np.concatenate(grams))
    np.save(
        folder / "starts.npy",
        np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.concatenate(counts))]),
    )
    np.save(folder / "sizes.npy", sizes)
    (folder / "meta.json").write_text(
        json.dumps(
            {"format": FORMAT, "rows": total, "passes": passes, "postings": int(sizes.sum(dtype=np.int64))}
        )
        + "\n"
    )


def _keys(examples: Path, low: int, high: int) -> npt.NDArray[np.uint64]:
    """Sorted distinct keys (gram << 32 | row) of the grams in [low, high)."""
    pieces = [np.empty(0, dtype=np.uint64)]
    for rows, texts in _train_prompts(examples):
        sets = character_shingles(texts)
        grams = sets.values >> np.uint64(32)
        of = np.repeat(np.asarray(rows, dtype=np.uint64), np.diff(sets.starts))
        inside = (grams >= np.uint64(low)) & (grams < np.uint64(high))
        pieces.append((grams[inside] << np.uint64(32)) | of[inside])
    return np.unique(np.concatenate(pieces))


def _train_prompts(examples: Path) -> Iterator[tuple[list[int], list[str]]]:
    """Row numbers and normalised prompts of the training split, a batch at a time; rows without a prompt are left out."""
    import pyarrow.parquet as pq

    first = 0
    with pq.ParquetFile(examples) as file:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=["split", "messages"]):
            splits, messages = batch.column(0).to_pylist(), batch.column(1).to_pylist()
            rows, texts = [], []
            for at, (split, said) in enumerate(zip(splits, messages, strict=True)):
                text = normal_form(prompt_of(said)) if split == "train" else ""
                if text:
                    rows.append(first + at)
                    texts.append(text)
            first += len(splits)
            if rows:
                yield rows, texts
