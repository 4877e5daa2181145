"""Self-contained HTML pages from escaped parts: no script, no outside file, a content security policy that says so.

Every function answers markup; every text that comes in is escaped here, so callers never do it (and cannot forget it).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources


class Markup(str):
    """Text that is already safe HTML."""

    __slots__ = ()


def safe(value: object) -> Markup:
    """Escape, unless it is markup already."""
    return value if isinstance(value, Markup) else Markup(escape(str(value), quote=True))


def join(parts: Iterable[object]) -> Markup:
    """Concatenate, escaping what is not markup."""
    return Markup("".join(safe(part) for part in parts))


def element(tag: str, *parts: object, **attributes: str) -> Markup:
    """``<tag attr="...">parts</tag>``; a trailing underscore in an attribute's name is dropped (``class_``)."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items()
    )
    return Markup(f"<{tag}{given}>{join(parts)}</{tag}>")


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[int] = ()) -> Markup:
    """A table; columns in ``numbers`` are right-aligned."""

    def cells(tag: str, values: Sequence[object]) -> Markup:
        return join(
            element(tag, value, class_="n") if i in numbers else element(tag, value)
            for i, value in enumerate(values)
        )

    body = join(element("tr", cells("td", row)) for row in rows)
    whole = element("table", element("thead", element("tr", cells("th", head))), element("tbody", body))
    return element("div", whole, class_="scroll")


def tiles(items: Iterable[tuple[str, str, str]]) -> Markup:
    """Large figures: (figure, what it is, class)."""
    return element(
        "div",
        *(
            element("div", element("b", value), element("span", name), class_=f"tile {kind}")
            for value, name, kind in items
        ),
        class_="tiles",
    )


def svg(width: int, height: int, *parts: object, label: str, class_: str = "chart") -> Markup:
    """A drawing that scales with the page."""
    return Markup(
        f'<svg class="{escape(class_)}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
        f"{join(parts)}</svg>"
    )


def page(title: str, *body: object) -> str:
    """The whole document."""
    style = resources.files("tunewright.core").joinpath("page.css").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    head = join(
        [
            Markup('<meta charset="utf-8">'),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            element("title", title),
            Markup(f"<style>{style}</style>"),
        ]
    )
    content = join([element("h1", title), *body])
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body><main>{content}</main></body></html>\n'
