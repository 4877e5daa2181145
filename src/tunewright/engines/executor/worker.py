"""The process behind a local worker: ``python -P -m tunewright.engines.executor.worker``.

It reads frames: work (entry, settings) once, then parts; it answers every part. It ends with its input.
"""

from __future__ import annotations

import os
import sys

from tunewright.core.frames import parted, read_frame, write_frame
from tunewright.core.ports import Work
from tunewright.engines.executor.answers import Loaded

WORK, PART = b"W", b"P"


def main() -> None:
    """Work until the input ends."""
    source = sys.stdin.buffer
    # What a library prints must not stand between the frames.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    loaded, work = Loaded(), None
    while (frame := read_frame(source)) is not None:
        if frame[:1] == WORK:
            entry, settings = parted(frame[1:])
            work = Work(entry.decode(), settings)
        elif work is not None:
            write_frame(answers, loaded.answer(work, frame[1:]))


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(1)
