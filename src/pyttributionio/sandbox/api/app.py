"""The HTTP application: the API's three calls, and two routes that accept pageviews."""

import re
from collections.abc import Awaitable, Callable, Container, Mapping
from typing import TypeAlias, TypeVar
from urllib.parse import unquote_to_bytes

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pyttributionio.sandbox.api.account import Account, Accounts
from pyttributionio.sandbox.api.responses import HANDLERS, error_answer
from pyttributionio.sandbox.store.store import COLLECTIONS, Collection, Store
from pyttributionio.sandbox.store.waiting import when_unlocked
from pyttributionio.sandbox.values import shapes
from pyttributionio.sandbox.values.bodies import JSONObject, read_json
from pyttributionio.sandbox.values.times import Clock

_T = TypeVar("_T")
_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

FROM_BROWSERS = frozenset({b"/identities", b"/events", b"/_sandbox/collect"})
"""The paths that pages of any site may post to. That the vendor's servers allow this too is an assumption: its
snippet could not work without it."""


def create_app(accounts: Accounts, store: Store, clock: Clock, event_keys: Container[str] | None = None) -> ASGIApp:
    """Build the application that answers the API's calls and accepts pageviews.

    Args:
        accounts: The accounts that it serves.
        store: Where the data is stored.
        clock: Returns the time of pageviews without one.
        event_keys: The recorder gets the keys of events that are not among these; None is every key.
    """
    endpoints = _Endpoints(accounts, store, clock, event_keys)
    app = Starlette(
        routes=[
            _RawRoute("/api/v1/{public_key}/customers/{client_id}", endpoints.read_customer, "GET"),
            _RawRoute("/identities", endpoints.post_identity, "POST"),
            _RawRoute("/events", endpoints.post_event, "POST"),
            _RawRoute("/_sandbox/pageviews", endpoints.add_pageviews, "POST"),
            _RawRoute("/_sandbox/collect", endpoints.collect_pageview, "POST"),
        ],
        exception_handlers={**HANDLERS, shapes.ShapeError: _answer_shape_error},
    )
    with_cors = CORSMiddleware(
        app, allow_origins=["*"], allow_methods=["POST"], allow_headers=["Content-Type"], max_age=600
    )

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await (with_cors if scope["raw_path"] in FROM_BROWSERS else app)(scope, receive, send)

    return dispatch


class _RawRoute(Route):
    """A route that matches the path as it arrived, so that `%2F` stays inside its segment.

    It also prevents Starlette's redirects for an additional slash, which would repeat the secret in a header.
    """

    def __init__(self, path: str, endpoint: _Endpoint, method: str) -> None:
        super().__init__(path, endpoint, methods=[method])
        # Starlette adds HEAD to GET, and the API has no such call.
        self.methods = {method}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches({**scope, "path": scope["raw_path"].decode("ascii")})


class _Endpoints:
    def __init__(self, accounts: Accounts, store: Store, clock: Clock, event_keys: Container[str] | None) -> None:
        self._accounts = accounts
        self._store = store
        self._clock = clock
        self._event_keys = event_keys

    async def read_customer(self, request: Request) -> Response:
        """`GET /api/v1/{public key}/customers/{client_id}`, of the private API."""
        query = request.query_params
        return _json(await self._find_customer(request, [name for name in COLLECTIONS if _is_set(query, name)]))

    async def _find_customer(self, request: Request, included: list[Collection]) -> str | bytes:
        """Return the answer to a read of the customer in the path, with the collections to include."""
        public_key, client_id = _segment(request, "public_key"), _segment(request, "client_id")
        account = self._accounts.find_for_reading(public_key, request.query_params.get("secret", ""))
        if account is None:
            raise HTTPException(401, "unauthorized: check secret and public key")
        _refuse_disabled(account)
        answer = await when_unlocked(lambda: self._store.customer(account.api_key, client_id, included))
        if answer is None:
            raise HTTPException(404, "no identity call has named this customer")
        return answer

    async def post_identity(self, request: Request) -> Response:
        """`POST /identities`, of the public API."""
        account, members = await self._read_posted(request, "identity")
        identity = shapes.read_identity(members)
        stored = await self._written(lambda: self._store.add_identity(account.api_key, identity))
        return _echo(request, "identity", stored)

    async def post_event(self, request: Request) -> Response:
        """`POST /events`, of the public API."""
        account, members = await self._read_posted(request, "event")
        event = shapes.read_event(members)
        if self._event_keys is not None and event.key not in self._event_keys:
            request.scope["state"]["unknown_event_key"] = event.key
        stored = await self._written(lambda: self._store.add_event(account.api_key, event))
        return _echo(request, "event", stored)

    async def collect_pageview(self, request: Request) -> Response:
        """`POST /_sandbox/collect`: the pageview that the sandbox's snippet posts from a browser."""
        account, members = await self._read_posted(request, "pageview")
        # The time is that of the sandbox's clock, so that it does not depend on the browser's clock.
        pageview = shapes.read_pageview({**members, "created_at": None}, now=self._now())
        await self._written(lambda: self._store.add_all(account.api_key, pageviews=[pageview]))
        return JSONResponse({"added": 1})

    async def add_pageviews(self, request: Request) -> Response:
        """`POST /_sandbox/pageviews`: add pageviews, all or none."""
        body = read_json(await request.body())
        pageviews = shapes.read_pageviews(body, now=self._now())
        account = self._accounts.first
        if isinstance(body, dict) and "public_key" in body:
            account = self._find_account(body)
        await self._written(lambda: self._store.add_all(account.api_key, pageviews=pageviews))
        return JSONResponse({"added": len(pageviews)})

    async def _written(self, write: Callable[[], _T]) -> _T:
        """Return what a call of the store returns, once it has written; a copy of the database's file has it too."""
        stored = await when_unlocked(write)
        if self._store.may_checkpoint():
            # In another thread, because it waits for the disk.
            await run_in_threadpool(self._store.checkpoint)
        return stored

    async def _read_posted(self, request: Request, name: str) -> tuple[Account, JSONObject]:
        """Return the posted object and its account; the other members are not checked yet."""
        members = shapes.member_object(read_json(await request.body()), name)
        account = self._find_account(members)
        _refuse_disabled(account)
        return account, members

    def _find_account(self, members: JSONObject) -> Account:
        account = self._accounts.find(shapes.read_public_key(members))
        if account is None:
            raise HTTPException(401, "unauthorized: check the public key")
        return account

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _refuse_disabled(account: Account) -> None:
    if account.disabled:
        raise HTTPException(403, "account disabled: check payment status or contact the vendor")


def _echo(request: Request, name: str, stored: str) -> Response:
    # The stored object may have been posted by another site, so the pages of a site cannot read it.
    return _json("{}" if "origin" in request.headers else f'{{"{name}":{stored}}}')


def _json(content: str | bytes) -> Response:
    return Response(content, media_type="application/json")


def _is_set(query: Mapping[str, str], name: str) -> bool:
    return "true" in {query.get("show_all"), query.get(f"show_{name}")}


def _segment(request: Request, name: str) -> str:
    """Decode a segment of the path strictly, so that a client notices a wrong encoding."""
    raw: str = request.path_params[name]
    if re.search("%(?![0-9A-Fa-f]{2})", raw):
        raise HTTPException(400, f"{name}: a % in the path is not followed by two hex digits")
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise HTTPException(400, f"{name}: the path does not decode to UTF-8") from None


async def _answer_shape_error(_: Request, error: Exception) -> Response:
    return error_answer(422, str(error))
