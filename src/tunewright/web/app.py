"""The console as an ASGI application: every request goes through the same gate, every page has its twin in JSON."""

from __future__ import annotations

import json
import logging
import secrets
import traceback
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tunewright.core.canonical import plain
from tunewright.core.errors import DeniedError, TunewrightError, UsageError
from tunewright.web.ask import Answer, Ask, Download, Moved, Page
from tunewright.web.body import read_form
from tunewright.web.guard import Guard
from tunewright.web.render import Renderer
from tunewright.web.routes import ROUTES, Entry, allowed
from tunewright.web.sessions import Session, csrf_fits, find_session
from tunewright.web.text import address, local_path

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from tunewright.web.desk import Desk

API = "/api"
WORKERS = 8
"""requests answered at once; the rest wait"""

_LOG = logging.getLogger("tunewright.console")


class NotSignedInError(DeniedError):
    """The page needs a sign-in."""

    http_status = 401


def make_app(desk: Desk) -> ASGIApp:
    """The console over one workspace."""
    return Guard(_Console(desk).starlette(), desk.around)


class _Console:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._renderer = Renderer()
        self._limiter: anyio.CapacityLimiter | None = None

    def starlette(self) -> Starlette:
        routes = [
            Route(prefix + entry.path, self._endpoint(entry), methods=[entry.method])
            for entry in ROUTES
            for prefix in ("", API)
        ]
        routes.append(Route("/static/{name}", self._static, methods=["GET"]))
        app = Starlette(routes=routes, exception_handlers={HTTPException: self._no_such_page})
        app.router.redirect_slashes = False
        return app

    def _endpoint(self, entry: Entry) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            if self._limiter is None:
                self._limiter = anyio.CapacityLimiter(WORKERS)
            form: dict[str, str] = {}
            if entry.method == "POST":
                try:
                    form = await read_form(request, self._desk.around.body_timeout_s)
                except TunewrightError as error:
                    # The rest of the body is not read: the connection has no further use.
                    return self._closing(self._refused(request, None, error))
            return await anyio.to_thread.run_sync(self._answer, entry, request, form, limiter=self._limiter)

        return endpoint

    def _answer(self, entry: Entry, request: Request, form: Mapping[str, str]) -> Response:
        """In a worker thread. Every error becomes a page; none shows what it must not."""
        session: Session | None = None
        try:
            cookie = request.cookies.get(self._desk.cookie_name, "")
            session = find_session(self._desk.project, cookie, self._desk.around.lifetimes)
            self._admit(entry, session)
            if entry.method == "POST":
                # The sign-in form has a cookie of its own: showing it must not take a session away.
                own = request.cookies.get(self._desk.form_cookie_name, "") if entry.roles is None else cookie
                given = form.get("csrf", "") or request.headers.get("x-csrf-token", "")
                if not csrf_fits(own, given):
                    raise DeniedError(
                        "the form is out of date", hint="load the page again and repeat the step"
                    )
            ask = Ask(
                desk=self._desk,
                path=self._path(request),
                parts=request.path_params,
                query=self._query(request),
                form=form,
                session=session,
                address=self._client(request),
                cookie=cookie,
            )
            return self._respond(request, ask, entry.page(ask))
        except NotSignedInError as error:
            if self._wants_json(request):
                return self._refused(request, None, error)
            back = self._path(request) if request.method == "GET" else ""
            query = f"?{request.url.query}" if back and request.url.query else ""
            if request.headers.get("sec-fetch-site") == "cross-site":
                # A link in a mail: the browser keeps the strict cookie back until our own page asks.
                return self._page(
                    Page("onward.html", "One moment", {"to": local_path(back + query)}), request
                )
            return RedirectResponse(address("sign-in", next=back + query), status_code=303)
        except TunewrightError as error:
            return self._refused(request, session, error)
        except Exception as error:  # noqa: BLE001 - the last resort: a page with a number, never the text
            return self._refused(request, session, _unexpected(error))

    @staticmethod
    def _admit(entry: Entry, session: Session | None) -> None:
        if entry.roles is None:
            return
        if session is None:
            raise NotSignedInError("nobody is signed in", hint="sign in, then open the page again")
        if not allowed(entry, session.person.roles):
            raise DeniedError(
                "your roles do not open this page", hint=f"it is for: {', '.join(entry.roles)}; ask an admin"
            )

    def _respond(self, request: Request, ask: Ask, answer: Answer) -> Response:
        if isinstance(answer, Download):
            headers = {"content-disposition": f'attachment; filename="{answer.name}"'}
            return StreamingResponse(answer.pieces, media_type=answer.media, headers=headers)
        as_json = self._wants_json(request)
        if isinstance(answer, Moved):
            response: Response = (
                _json(answer.data) if as_json else RedirectResponse(answer.to, status_code=303)
            )
            if answer.cookie is not None:
                self._set_cookie(response, answer.cookie)
            return response
        if as_json:
            response = _json(answer.data, answer.status)
        else:
            response = self._page(answer, request, ask.session)
        if answer.cookie:
            self._set_cookie(response, answer.cookie, self._desk.form_cookie_name)
        return response

    def _page(self, page: Page, request: Request, session: Session | None = None) -> Response:
        text = self._renderer.page(page, self._path(request), session)
        return Response(text, status_code=page.status, media_type="text/html; charset=utf-8")

    def _refused(self, request: Request, session: Session | None, error: TunewrightError) -> Response:
        status = error.http_status
        if status >= 500 and error.facts:
            _LOG.error("%s: %s %s", type(error).__name__, error.what, error.facts)
        if self._wants_json(request):
            return _json(error.as_json(), status)
        title = "Not found" if status == 404 else "Refused" if status < 500 else "Something is wrong"
        page = Page("error.html", title, {"error": error.as_json(), "status": status}, status)
        return self._page(page, request, session)

    async def _no_such_page(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        refusal = UsageError("there is no such page", hint="start from the menu")
        response = self._refused(request, None, refusal)
        response.status_code = status
        return response

    async def _static(self, request: Request) -> Response:
        found = self._renderer.assets.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(found.data, media_type=found.media, headers=headers)

    def _set_cookie(self, response: Response, token: str, name: str = "") -> None:
        name, https = name or self._desk.cookie_name, self._desk.around.https
        if token:
            response.set_cookie(name, token, path="/", secure=https, httponly=True, samesite="strict")
        else:
            response.delete_cookie(name, path="/", secure=https, httponly=True, samesite="strict")

    @staticmethod
    def _closing(response: Response) -> Response:
        response.headers["connection"] = "close"
        return response

    @staticmethod
    def _wants_json(request: Request) -> bool:
        accept = request.headers.get("accept", "")
        path = request.url.path
        return (
            path == API
            or path.startswith(f"{API}/")
            or ("application/json" in accept and "text/html" not in accept)
        )

    @staticmethod
    def _path(request: Request) -> str:
        raw = request.scope.get("raw_path") or request.url.path.encode()
        path: str = raw.decode("ascii", "replace").partition("?")[0]
        return path.removeprefix(API) or "/" if path.startswith(f"{API}/") or path == API else path

    @staticmethod
    def _query(request: Request) -> dict[str, str]:
        """The last value of every field counts."""
        return {name: value.replace("\x00", "\ufffd") for name, value in request.query_params.items()}

    def _client(self, request: Request) -> str:
        told = request.headers.get("x-forwarded-for", "") if self._desk.around.proxied else ""
        return told.rpartition(",")[2].strip()[:60] or (request.client.host if request.client else "")


def _json(data: object, status: int = 200) -> Response:
    body = json.dumps(plain(data), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Response(body, status_code=status, media_type="application/json")


def _unexpected(error: Exception) -> TunewrightError:
    """What the page says; the log has type and place under the same number, not the message, which may hold a text."""
    number = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
    _LOG.error("%s: %s at %s", number, type(error).__name__, where)
    return TunewrightError(
        f"the console could not make this page (number {number})",
        hint="look for the number in the console's log",
    )
