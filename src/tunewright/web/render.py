"""Templates to pages: everything escaped, deceiving signs written out, no inline script or style."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2

from tunewright.web.people import ROLES
from tunewright.web.sessions import csrf_token
from tunewright.web.text import address, field_value, short_time, thousands, visible

if TYPE_CHECKING:
    from tunewright.web.ask import Page
    from tunewright.web.sessions import Session

_MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of ours that pages load."""

    data: bytes
    media: str
    href: str
    """with the digest of its bytes, so that it may be kept for ever"""


class Renderer:
    """The templates and the assets, read once."""

    def __init__(self) -> None:
        self.assets = _assets()
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("tunewright.web", "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            finalize=visible,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(
            time=short_time, thousands=thousands, field_value=field_value, percent=_percent
        )
        self._environment.globals.update(
            address=address, asset={name: asset.href for name, asset in self.assets.items()}, all_roles=ROLES
        )

    def page(self, page: Page, path: str, session: Session | None) -> str:
        """The whole document. ``path`` marks the place in the menu."""
        token = session.csrf if session is not None else csrf_token(page.cookie)
        values: Mapping[str, Any] = {
            **page.data,
            "title": page.title,
            "here": path,
            "me": session.person if session is not None else None,
            "csrf": token,
            "menu": menu(session.person.roles if session is not None else (), path),
        }
        text = self._environment.get_template(page.template).render(values)
        # A lone surrogate is written out by ``visible``; nothing else can fail to encode.
        return text


def menu(roles: tuple[str, ...], path: str) -> list[dict[str, Any]]:
    """The parts of the console that these roles open."""
    from tunewright.web.routes import ROUTES, allowed

    gates = {entry.path: entry for entry in ROUTES if entry.method == "GET"}
    items = [
        ("/", "Overview"),
        ("/review", "Review"),
        ("/examples", "Examples"),
        ("/sampling", "Sampling"),
        ("/snapshots", "Snapshots"),
        ("/lineage", "Lineage"),
        ("/audit", "Audit log"),
        ("/people", "People"),
    ]
    if path.startswith(("/why-not", "/examples/life")):
        path = "/lineage"
    return [
        {"href": href, "name": name, "here": path == href or (href != "/" and path.startswith(href))}
        for href, name in items
        if roles and href in gates and allowed(gates[href], roles)
    ]


def _assets() -> dict[str, Asset]:
    found = {}
    for file in resources.files("tunewright.web").joinpath("static").iterdir():
        ending = file.name.rpartition(".")[2]
        if ending in _MEDIA:
            data = file.read_bytes()
            href = f"/static/{file.name}?v={hashlib.sha256(data).hexdigest()[:16]}"
            found[file.name] = Asset(data, _MEDIA[ending], href)
    return found


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "0 %"
