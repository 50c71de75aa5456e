"""The HTTP application: the contract's three calls, and the two that take pageviews."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pyttributionio.sandbox.api.account import Account, Accounts
from pyttributionio.sandbox.api.refusals import HANDLERS, error_answer
from pyttributionio.sandbox.store.answers import customer_answer
from pyttributionio.sandbox.store.store import COLLECTIONS, Collection, Store
from pyttributionio.sandbox.values.bodies import JSONObject, read_json
from pyttributionio.sandbox.values.shapes import (
    ShapeError,
    member_object,
    read_event,
    read_identity,
    read_pageview,
    read_pageviews,
    read_public_key,
)
from pyttributionio.sandbox.values.times import Clock

_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

# What browsers post to from pages of any site. That the vendor's own servers allow as much is
# assumed: its snippet could not work otherwise.
FROM_BROWSERS = frozenset({b"/identities", b"/events", b"/_sandbox/collect"})


def create_app(accounts: Accounts, store: Store, clock: Clock) -> ASGIApp:
    """Build the application that answers the contract's calls, and takes pageviews."""
    endpoints = _Endpoints(accounts, store, clock)
    app = Starlette(
        routes=[
            _RawRoute("/api/v1/{public_key}/customers/{client_id}", endpoints.read_customer, "GET"),
            _RawRoute("/identities", endpoints.post_identity, "POST"),
            _RawRoute("/events", endpoints.post_event, "POST"),
            _RawRoute("/_sandbox/pageviews", endpoints.add_pageviews, "POST"),
            _RawRoute("/_sandbox/collect", endpoints.collect_pageview, "POST"),
        ],
        exception_handlers={**HANDLERS, ShapeError: _answer_shape},
    )
    open_to_sites = CORSMiddleware(
        app, allow_origins=["*"], allow_methods=["POST"], allow_headers=["Content-Type"], max_age=600
    )

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await (open_to_sites if scope["raw_path"] in FROM_BROWSERS else app)(scope, receive, send)

    return dispatch


class _RawRoute(Route):
    """A route that looks at the path as it arrived, so that `%2F` stays inside its segment.

    It also keeps Starlette from redirecting where a slash is too many, which would send the client
    the secret once more.
    """

    def __init__(self, path: str, endpoint: _Endpoint, method: str) -> None:
        super().__init__(path, endpoint, methods=[method])
        # Starlette lets HEAD in beside GET; the contract has no such call.
        self.methods = {method}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches({**scope, "path": scope["raw_path"].decode("ascii")})


class _Endpoints:
    def __init__(self, accounts: Accounts, store: Store, clock: Clock) -> None:
        self._accounts = accounts
        self._store = store
        self._clock = clock

    async def read_customer(self, request: Request) -> Response:
        """`GET /api/v1/{public key}/customers/{client_id}`, of the contract's private API."""
        public_key, client_id = _segment(request, "public_key"), _segment(request, "client_id")
        query = request.query_params
        account = self._accounts.find_for_reading(public_key, query.get("secret", ""))
        if account is None:
            raise HTTPException(401, "unauthorized: check secret and public key")
        _refuse_disabled(account)
        included: list[Collection] = [name for name in COLLECTIONS if _is_set(query, "all") or _is_set(query, name)]
        answer = customer_answer(self._store, account.api_key, client_id, included)
        if answer is None:
            raise HTTPException(404, "no identity call has named this customer")
        return _json(answer)

    async def post_identity(self, request: Request) -> Response:
        """`POST /identities`, of the contract's public API."""
        account, members = await self._admitted(request, "identity")
        stored = self._store.add_identity(account.api_key, read_identity(members))
        return _echo(request, "identity", stored)

    async def post_event(self, request: Request) -> Response:
        """`POST /events`, of the contract's public API."""
        account, members = await self._admitted(request, "event")
        stored = self._store.add_event(account.api_key, read_event(members))
        return _echo(request, "event", stored)

    async def collect_pageview(self, request: Request) -> Response:
        """`POST /_sandbox/collect`, the sandbox's own: what its snippet posts from a browser."""
        account, members = await self._admitted(request, "pageview")
        # The sandbox's clock counts, so that browser and tests agree on what time it is.
        pageview = read_pageview({**members, "created_at": None}, now=self._now())
        self._store.add_all(account.api_key, pageviews=[pageview])
        return JSONResponse({"added": 1})

    async def add_pageviews(self, request: Request) -> Response:
        """`POST /_sandbox/pageviews`, the sandbox's own: load pageviews, all or none."""
        body = read_json(await request.body())
        pageviews = read_pageviews(body, now=self._now())
        account = self._accounts.first
        if isinstance(body, dict) and "public_key" in body:
            account = self._known(read_public_key(body))
        self._store.add_all(account.api_key, pageviews=pageviews)
        return JSONResponse({"added": len(pageviews)})

    async def _admitted(self, request: Request, name: str) -> tuple[Account, JSONObject]:
        """Read the posted object and let it in by its public key; the rest is not yet checked."""
        members = member_object(read_json(await request.body()), name)
        account = self._known(read_public_key(members))
        _refuse_disabled(account)
        return account, members

    def _known(self, public_key: str) -> Account:
        account = self._accounts.find(public_key)
        if account is None:
            raise HTTPException(401, "unauthorized: check the public key")
        return account

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _refuse_disabled(account: Account) -> None:
    if account.disabled:
        raise HTTPException(403, "account disabled: check payment status or contact the vendor")


def _echo(request: Request, name: str, stored: str) -> Response:
    # What is stored may have come from another site: a page that posts gets nothing to read.
    return _json("{}" if "origin" in request.headers else f'{{"{name}":{stored}}}')


def _json(content: str | bytes) -> Response:
    return Response(content, media_type="application/json")


def _is_set(query: Mapping[str, str], name: str) -> bool:
    return query.get(f"show_{name}") == "true"


def _segment(request: Request, name: str) -> str:
    """Decode one segment of the path, strictly: a client that encodes wrongly shall notice."""
    raw: str = request.path_params[name]
    if re.search("%(?![0-9A-Fa-f]{2})", raw):
        raise HTTPException(400, f"{name}: a % in the path is not followed by two hex digits")
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise HTTPException(400, f"{name}: the path does not decode to UTF-8") from None


async def _answer_shape(_: Request, error: Exception) -> Response:
    return error_answer(422, str(error))
