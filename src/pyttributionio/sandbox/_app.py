"""The HTTP application: the contract's three calls, and the sandbox's own under `/_sandbox/`."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from ._account import Account
from ._answers import COLLECTIONS, customer_answer, event_answer, row_answer
from ._bodies import JSONObject, MalformedBodyError, read_json
from ._shapes import (
    ShapeError,
    member_object,
    read_event,
    read_identity,
    read_pageviews,
    read_public_key,
)
from ._store import Store

_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_OUR_OWN = {"X-Sandbox": "This route is the sandbox's own; Attribution.io has none like it."}


def create_app(account: Account, store: Store) -> Starlette:
    """Build the application that serves one account out of one store."""
    endpoints = _Endpoints(account, store)
    return Starlette(
        routes=[
            _RawRoute("/api/v1/{public_key}/customers/{client_id}", endpoints.read_customer, "GET"),
            _RawRoute("/identities", endpoints.post_identity, "POST"),
            _RawRoute("/events", endpoints.post_event, "POST"),
            _RawRoute("/_sandbox/pageviews", endpoints.add_pageviews, "POST"),
        ],
        exception_handlers={
            HTTPException: _answer_refusal,
            MalformedBodyError: _answer_malformed,
            ShapeError: _answer_shape,
            Exception: _answer_failure,
        },
    )


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
    def __init__(self, account: Account, store: Store) -> None:
        self._account = account
        self._store = store

    async def read_customer(self, request: Request) -> Response:
        """`GET /api/v1/{public key}/customers/{client_id}`, of the contract's private API."""
        public_key, client_id = _segment(request, "public_key"), _segment(request, "client_id")
        query = request.query_params
        if not self._account.admits_reader(public_key, query.get("secret", "")):
            raise HTTPException(401, "unauthorized: check secret and public key")
        self._refuse_disabled()
        shown = [name for name in COLLECTIONS if _is_set(query, "all") or _is_set(query, name)]
        answer = customer_answer(self._store, self._account.api_key, client_id, shown)
        if answer is None:
            raise HTTPException(404, "no identity call has named this customer")
        return JSONResponse({"customer": answer})

    async def post_identity(self, request: Request) -> Response:
        """`POST /identities`, of the contract's public API."""
        members = await self._admitted(request, "identity")
        stored = self._store.add_identity(self._account.api_key, read_identity(members))
        return JSONResponse({"identity": row_answer(stored)})

    async def post_event(self, request: Request) -> Response:
        """`POST /events`, of the contract's public API."""
        members = await self._admitted(request, "event")
        stored = self._store.add_event(self._account.api_key, read_event(members))
        return JSONResponse({"event": event_answer(stored)})

    async def add_pageviews(self, request: Request) -> Response:
        """`POST /_sandbox/pageviews`, the sandbox's own: load pageviews, all or none."""
        pageviews = read_pageviews(read_json(await request.body()), now=int(time.time()))
        self._store.add_pageviews(self._account.api_key, pageviews)
        return JSONResponse({"added": len(pageviews)}, headers=_OUR_OWN)

    async def _admitted(self, request: Request, name: str) -> JSONObject:
        """Read the posted object and let it in by its public key; the rest is not yet checked."""
        members = member_object(read_json(await request.body()), name)
        if not self._account.admits_tracker(read_public_key(members)):
            raise HTTPException(401, "unauthorized: check the public key")
        self._refuse_disabled()
        return members

    def _refuse_disabled(self) -> None:
        if self._account.disabled:
            raise HTTPException(403, "account disabled: check payment status or contact the vendor")


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


async def _answer_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, error.detail, error.headers)


async def _answer_malformed(_: Request, error: Exception) -> Response:
    return _error(400, str(error))


async def _answer_shape(_: Request, error: Exception) -> Response:
    return _error(422, str(error))


async def _answer_failure(_: Request, error: Exception) -> Response:
    # uvicorn logs the traceback; the class is enough for the client.
    return _error(500, f"the sandbox failed: {type(error).__name__}")


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": message}}, status, headers)
