"""Answer every item of a golden set, keeping what is already answered: stopping loses at most the batch at work.

Answers under way lie in a JSON Lines file, one line an item, appended and synced a batch at a time. A line cut off by a
crash is dropped when the file is opened again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tunewright.core.canonical import digest
from tunewright.core.errors import UsageError
from tunewright.core.ports import Generation, Generator, Progress
from tunewright.core.types import Example
from tunewright.store.files import make_folder, writing


def item_digest(item: Example) -> str:
    """Identity of what is asked: SHA-256 of the messages. The reference is no part of it."""
    return digest([[message.role, message.content] for message in item.messages])


class AnswerFile:
    """Answers kept on disk while a run is under way."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, Generation]:
        """Item digest -> answer. Cuts a torn last line off the file."""
        if not self._path.is_file():
            return {}
        data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != len(data):
            os.truncate(self._path, len(whole))
        found = {}
        for line in whole.splitlines():
            row = json.loads(line)
            item = row.pop("item")
            found[item] = Generation(**row)
        return found

    def append(self, answers: Mapping[str, Generation]) -> None:
        """Add answers; on return they are on disk. Raises EngineError for a full disk."""
        make_folder(self._path.parent)
        lines = "".join(
            json.dumps({"item": item, **asdict(answer)}, ensure_ascii=False) + "\n"
            for item, answer in answers.items()
        )
        with writing("keeping answers"), self._path.open("a", encoding="utf-8") as stream:
            stream.write(lines)
            stream.flush()
            os.fsync(stream.fileno())

    def remove(self) -> None:
        """Forget them: they are recorded now."""
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            # Another run may still keep its answers there.
            self._path.parent.rmdir()


@dataclass(frozen=True, slots=True)
class Answered:
    """All answers of one model, in the items' order."""

    answers: tuple[Generation, ...]
    generated: int
    """how many were generated now; the others were known"""


def answer_items(
    make_generator: Callable[[], Generator],
    items: Sequence[Example],
    *,
    known: Mapping[str, Generation],
    file: AnswerFile,
    max_new_tokens: int,
    batch_size: int,
    progress: Progress,
    name: str,
) -> Answered:
    """Answer the items greedily, in batches of similar length. The model is loaded only when something is missing.

    known: answers from recorded runs, by item digest; those in ``file`` are taken too, new ones are added to it.
    Raises UsageError naming the item that is too long for the model.
    """
    digests = [item_digest(item) for item in items]
    have = {**file.load(), **known}
    missing = {key: item for key, item in zip(digests, items, strict=True) if key not in have}
    order = sorted(missing, key=lambda key: (-sum(len(m.content) for m in missing[key].messages), key))
    if order:
        generator = make_generator()
        with progress.task(f"answers of {name}", len(order)) as advance:
            for start in range(0, len(order), batch_size):
                keys = order[start : start + batch_size]
                new = dict(
                    zip(
                        keys,
                        _generate(generator, [missing[key] for key in keys], max_new_tokens),
                        strict=True,
                    )
                )
                file.append(new)
                have.update(new)
                advance(len(keys))
    return Answered(tuple(have[key] for key in digests), sum(1 for key in digests if key in missing))


def _generate(generator: Generator, batch: Sequence[Example], max_new_tokens: int) -> list[Generation]:
    try:
        return generator.generate([item.messages for item in batch], max_new_tokens=max_new_tokens)
    except UsageError as error:
        index = error.facts.get("index")
        if not isinstance(index, int):
            raise
        origin = batch[index].origin
        raise UsageError(
            f"golden item {origin.locator} of {origin.source}: {error.what}",
            hint="shorten the item, or use a base model with a longer context",
            item=origin.locator,
            golden=origin.source,
        ) from error
