"""Around every request: whose address it was sent to, where it comes from, and the headers every answer carries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tunewright.web.desk import Surroundings

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), clipboard-read=()",
}
_ONE_YEAR_S = 31536000


class Guard:
    """ASGI middleware: refuses foreign hosts and foreign origins before anything is looked at."""

    def __init__(self, app: ASGIApp, around: Surroundings) -> None:
        self._app = app
        self._around = around

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only HTTP; anything else was switched off in the server."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message))
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal is not None:
            await PlainTextResponse(refusal[1], status_code=refusal[0])(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _add(self, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        headers.setdefault("cache-control", "no-store")
        if self._around.https:
            headers["strict-transport-security"] = f"max-age={_ONE_YEAR_S}"

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._around.hosts:
            return (
                421,
                "This console does not answer to that host name; see `tunewright console --allow-host`.\n",
            )
        if method not in {"GET", "HEAD", "POST"}:
            return 405, "Only GET and POST.\n"
        if method != "POST":
            return None
        # A form of another site: the cookie is not sent (SameSite), the token is missing, and it says itself whose it is.
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site not in {None, "same-origin", "none"}:
            return 403, "The form was sent by another site.\n"
        # Under our own referrer policy browsers write "null"; then their other word has to say it.
        told = site == "same-origin" if origin == "null" else origin is None or self._own(origin)
        if not told:
            return 403, "The form was sent by another site.\n"
        return None

    def _own(self, origin: str) -> bool:
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        scheme = "https" if self._around.https else "http"
        return parts.scheme == scheme and parts.netloc.lower() in self._around.hosts
