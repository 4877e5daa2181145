"""The gateway: a bare ASGI application. The route table below is the whole surface; each line says which scope it needs."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from sqlalchemy.exc import SQLAlchemyError

from tunewright.core.errors import TunewrightError
from tunewright.serve.asgi import ClientGoneError, Message, Receive, Reply, Request, Send
from tunewright.serve.chat import ChatContext, chat
from tunewright.serve.exchange_log import ExchangeLog
from tunewright.serve.feedback import parse_feedback, record_feedback
from tunewright.serve.keys import KeyInfo, KeyRing
from tunewright.serve.metrics_page import CONTENT_TYPE, Labels, Meters, render
from tunewright.serve.openai_api import ApiError
from tunewright.serve.options import ServeOptions
from tunewright.serve.routing import names
from tunewright.serve.versions import PRODUCTION, Fleet, Loader, Serving
from tunewright.store.project import Project

_LOG = logging.getLogger("tunewright.serve")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A line of the route table: the method of ``Gateway`` that answers, and the scope a key needs (None: no key)."""

    name: str
    scope: str | None


ROUTES: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "/v1/chat/completions"): Endpoint("chat", "chat"),
    ("GET", "/v1/models"): Endpoint("models", "chat"),
    ("GET", "/v1/models/{id}"): Endpoint("model", "chat"),
    ("POST", "/v1/feedback"): Endpoint("feedback", "feedback"),
    ("GET", "/health"): Endpoint("health", None),
    ("GET", "/ready"): Endpoint("ready", None),
    ("GET", "/metrics"): Endpoint("metrics", None),
}
_MODEL_PATH = "/v1/models/"
_MAX_FEEDBACK_BYTES = 65_536


class Gateway:
    """The application. Its threads start with the lifespan and end with it."""

    def __init__(self, project: Project, loader: Loader, options: ServeOptions) -> None:
        self._project = project
        self._loader = loader
        self._options = options
        self._keys = KeyRing(project)
        self._meters = Meters()
        self._context: ChatContext | None = None
        self._poll: asyncio.Task[None] | None = None
        self.settled = asyncio.Event()
        """set when everything promoted at the start has been loaded or refused"""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    # -- life ------------------------------------------------------------------------------------------------------

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except (SQLAlchemyError, TunewrightError, OSError) as error:
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def start(self) -> None:
        """Read keys and aliases, begin loading, begin to follow changes. Raises what the database raises."""
        fleet = Fleet(self._project, self._loader, self._options)
        await asyncio.to_thread(self._keys.refresh)
        await fleet.refresh()
        self._context = ChatContext(
            self._project, fleet, ExchangeLog(self._project), self._meters, self._options
        )
        self._poll = asyncio.create_task(self._follow(fleet))

    async def stop(self) -> None:
        """End running work, commit what waits."""
        if self._poll is None or self._context is None:
            return
        self._poll.cancel()
        await asyncio.gather(self._poll, return_exceptions=True)
        await self._context.fleet.close()
        # Outcomes of answers cut off by the shutdown are handed to the log in callbacks that still have to run.
        await asyncio.sleep(0)
        await asyncio.to_thread(self._context.log.close)

    async def _follow(self, fleet: Fleet) -> None:
        waiting = asyncio.create_task(self._settle(fleet))
        try:
            while True:
                await asyncio.sleep(self._options.poll_s)
                await fleet.refresh()
                try:
                    await asyncio.to_thread(self._keys.refresh)
                except (SQLAlchemyError, TunewrightError, OSError) as error:
                    # The keys stay as they were; an unreadable database shows in /ready through the fleet.
                    _LOG.warning("the keys cannot be read: %s", type(error).__name__)
        finally:
            waiting.cancel()

    async def _settle(self, fleet: Fleet) -> None:
        await fleet.settle()
        self.settled.set()

    # -- requests --------------------------------------------------------------------------------------------------

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        reply = Reply(send, request_id=_request_id(request), timeout_s=self._options.send_timeout_s)
        route = "other"
        try:
            path = "/v1/models/{id}" if request.path.startswith(_MODEL_PATH) else request.path
            endpoint = ROUTES.get((request.method, path))
            if endpoint is None:
                raise _no_route(path)
            route = path
            key = await self._admit(request, endpoint)
            await getattr(self, f"_{endpoint.name}")(request, reply, key)
        except ClientGoneError:
            self._meters.request(route, 499)
            return
        except ApiError as error:
            await self._refuse(reply, error)
        except TunewrightError as error:
            await self._refuse(reply, ApiError.of(error))
        except Exception as error:  # noqa: BLE001 - request boundary: one request's fault must not end the gateway
            # Class and places only: the text of an unknown exception may quote a prompt.
            places = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("request %s failed with %s\n%s", reply.request_id, type(error).__name__, places)
            await self._refuse(reply, ApiError(500, f"internal error; quote request {reply.request_id}"))
        self._meters.request(route, reply.status)

    async def _refuse(self, reply: Reply, error: ApiError) -> None:
        if reply.status:
            # The head is out; all that can be done is to break off, which uvicorn does when nothing more comes.
            return
        headers = []
        if error.retry_after_s is not None:
            headers.append((b"retry-after", str(error.retry_after_s).encode("ascii")))
        if error.status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if error.status in (408, 413):
            # The rest of the body has not been read and never will be.
            headers.append((b"connection", b"close"))
        try:
            await reply.json(error.status, error.body(), headers)
        except ClientGoneError:
            return

    async def _admit(self, request: Request, endpoint: Endpoint) -> KeyInfo | None:
        """The caller's key. Raises ApiError 401 without a valid one, 403 when it lacks the scope."""
        if endpoint.scope is None:
            return None
        authorization = request.header(b"authorization")
        if not self._keys.knows(authorization):
            # It may have been created a moment ago.
            await asyncio.to_thread(self._keys.refresh)
        key = self._keys.check(authorization)
        if key is None:
            raise ApiError(
                401, "a valid key is needed: `Authorization: Bearer sk-tw-...`", code="invalid_api_key"
            )
        if endpoint.scope not in key.scopes and "admin" not in key.scopes:
            raise ApiError(403, f"this key lacks the scope {endpoint.scope}", code="insufficient_scope")
        return key

    # -- endpoints -------------------------------------------------------------------------------------------------

    @property
    def _running(self) -> ChatContext:
        if self._context is None:
            raise ApiError(503, "the gateway is starting", code="starting", retry_after_s=1)
        return self._context

    async def _chat(self, request: Request, reply: Reply, key: KeyInfo) -> None:
        await chat(self._running, request, reply, key)

    async def _models(self, request: Request, reply: Reply, key: KeyInfo) -> None:
        found = names(self._running.fleet.serving, self._options.shares)
        await reply.json(
            200, {"object": "list", "data": [_model_entry(name, entry) for name, entry in found.items()]}
        )

    async def _model(self, request: Request, reply: Reply, key: KeyInfo) -> None:
        wanted = unquote(request.path[len(_MODEL_PATH) :])
        found = names(self._running.fleet.serving, self._options.shares)
        if wanted not in found:
            raise ApiError(
                404, "no such model; GET /v1/models lists them", param="model", code="model_not_found"
            )
        await reply.json(200, _model_entry(wanted, found[wanted]))

    async def _feedback(self, request: Request, reply: Reply, key: KeyInfo) -> None:
        body = await request.body(max_bytes=_MAX_FEEDBACK_BYTES, timeout_s=self._options.body_timeout_s)
        entry = parse_feedback(body)
        identity = await asyncio.to_thread(record_feedback, self._project, key, entry)
        self._meters.feedback += 1
        await reply.json(200, {"id": f"fb-{identity}", "object": "feedback", "exchange": entry.exchange})

    async def _health(self, request: Request, reply: Reply, key: None) -> None:
        await reply.json(200, {"status": "ok"})

    async def _ready(self, request: Request, reply: Reply, key: None) -> None:
        reasons = self.problems()
        serving = self._running.fleet.serving
        body = {
            "ready": not reasons,
            "reasons": reasons,
            "serving": {
                f"{model}:{environment}": {
                    "version": entry.placement.version,
                    "generation": entry.placement.generation,
                    "adapter": entry.version.loaded.subject_digest if entry.version else None,
                    "refused": entry.reason or None,
                }
                for (model, environment), entry in sorted(serving.items(), key=lambda item: item[0])
            },
        }
        await reply.json(200 if not reasons else 503, body)

    async def _metrics(self, request: Request, reply: Reply, key: None) -> None:
        await reply.whole(200, render(self._meters, gauges=self._gauges()), CONTENT_TYPE)

    @property
    def recorded(self) -> int:
        """Exchanges committed so far."""
        return self._context.log.committed if self._context is not None else 0

    @property
    def unrecorded(self) -> int:
        """Exchanges that could not be committed, and were therefore not answered."""
        return self._context.log.failed if self._context is not None else 0

    def problems(self) -> list[str]:
        """Why the gateway is not ready; empty when it is."""
        if self._context is None:
            return ["starting"]
        fleet, log = self._context.fleet, self._context.log
        found: list[str] = []
        if log.last_error:
            found.append(f"the last exchange could not be recorded: {log.last_error}")
        if fleet.stale:
            found.append(f"the registry cannot be read: {fleet.read_error or 'not read yet'}")
        if not self.settled.is_set():
            found.append("versions are being loaded")
        elif not fleet.serving:
            found.append("nothing is promoted: run `tunewright model promote`")
        needed = {share.model for shares in self._options.shares.values() for share in shares}
        for name, entry in names(fleet.serving, {}).items():
            production = entry is not None and entry.placement.environment == PRODUCTION
            if (
                entry is not None
                and entry.version is None
                and (name in needed or (production and ":" in name))
            ):
                found.append(f"{name} is refused: {entry.reason}")
        return found

    def _gauges(self) -> Mapping[str, tuple[str, Mapping[Labels, float]]]:
        fleet, log = self._running.fleet, self._running.log
        placed = sorted(fleet.serving.items(), key=lambda item: item[0])
        where: dict[Labels, Serving] = {
            (("model", model), ("environment", environment)): entry for (model, environment), entry in placed
        }
        loaded: dict[Labels, float] = {
            (("model", v.model), ("version", v.version)): v.worker.waiting for v in fleet.loaded
        }
        return {
            "tunewright_ready": ("1 when ready.", {(): 0 if self.problems() else 1}),
            "tunewright_requests_running": ("Chat requests under way.", {(): self._meters.running}),
            "tunewright_requests_waiting": ("Requests waiting for a generator.", loaded),
            "tunewright_alias_generation": (
                "Generation of the alias that is followed.",
                {labels: entry.placement.generation for labels, entry in where.items()},
            ),
            "tunewright_alias_served": (
                "1 when the version an alias names verified and is loaded.",
                {labels: int(entry.version is not None) for labels, entry in where.items()},
            ),
            "tunewright_exchange_commits": ("Database commits of the exchange log.", {(): log.commits}),
            "tunewright_exchanges_failed": ("Exchanges that could not be recorded.", {(): log.failed}),
            "tunewright_keys_active": ("Active keys.", {(): self._keys.count}),
        }


def _request_id(request: Request) -> str:
    """The client's ``x-request-id`` where it is a plain token, else a new one."""
    try:
        given = request.header(b"x-request-id")
    except ApiError:
        given = None
    text = given.decode("latin-1") if given is not None else ""
    return text if _REQUEST_ID.fullmatch(text) else "req-" + secrets.token_hex(8)


def _no_route(path: str) -> ApiError:
    methods = sorted(method for method, known in ROUTES if known == path)
    if methods:
        return ApiError(405, f"this path takes {', '.join(methods)}", code="method_not_allowed")
    return ApiError(404, "no such path", code="not_found")


def _model_entry(name: str, entry: Serving | None) -> dict[str, object]:
    found: dict[str, object] = {"id": name, "object": "model", "created": 0, "owned_by": "tunewright"}
    if entry is not None:
        found["tunewright"] = {
            "version": entry.placement.version,
            "environment": entry.placement.environment,
            "adapter": entry.version.loaded.subject_digest if entry.version else None,
            "refused": entry.reason or None,
        }
    return found
