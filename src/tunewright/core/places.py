"""Where in a YAML text a value stands, so that an error names its line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def line_of(tree: Any, location: Sequence[int | str]) -> int:
    """Line (1-based) of the deepest existing node on the path of keys and indexes.

    ``tree``: the root of a composed YAML document, or None. Nodes are told by their ``id``, so this needs no YAML library.
    """
    node, line = tree, 1
    for part in location:
        kind = getattr(node, "id", None)
        if kind == "mapping":
            match = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if match is None:
                return line
            line, node = int(match[0].start_mark.line) + 1, match[1]
        elif kind == "sequence" and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = int(node.start_mark.line) + 1
        else:
            return line
    return line
