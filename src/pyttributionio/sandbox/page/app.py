"""The web page's application: its files, what it reads, and the snippet for the developer's own site.

Answers go to browsers, and most of what is in them was written by visitors: the headers here see to
it that nothing but the page's own files is ever run. Who may ask at all is `_guard`'s matter.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyttributionio.sandbox.api.account import Accounts
from pyttributionio.sandbox.api.recorder import RequestLog
from pyttributionio.sandbox.api.refusals import HANDLERS
from pyttributionio.sandbox.faults.faults import Faults
from pyttributionio.sandbox.faults.text import fault_document, read_fault
from pyttributionio.sandbox.page.data import PageData
from pyttributionio.sandbox.page.files import FILES, SNIPPET, PageFile
from pyttributionio.sandbox.page.shown_calls import Addresses
from pyttributionio.sandbox.page.stream import RequestStream
from pyttributionio.sandbox.store.store import Store
from pyttributionio.sandbox.values.bodies import read_json

_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_LONGEST_LIST: Final = 500
_LARGEST_FAULT: Final = 64 * 1024  # bytes
_REQUEST_ID: Final = re.compile("(?:([0-9a-f]+)-)?([0-9]{1,16})")
"""The log's run and the request's number; without the run, it is this one's."""
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_PUBLIC: Final[Mapping[str, str]] = {
    # The snippet is for pages of any origin, which may demand of all they load that it says so.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class Shown:
    """What the page shows, shared with the rest of the sandbox."""

    store: Store
    accounts: Accounts
    log: RequestLog
    faults: Faults


def create_page(shown: Shown, *, base_url: str, tracking_url: str) -> ASGIApp:
    """Build the application that answers below `/_sandbox/`, and `/snippet.js`.

    Args:
        shown: What the page reads; only its faults are changed from it.
        base_url: The private API's address, for the calls that are shown.
        tracking_url: The public API's address, where this is served too.
    """
    endpoints = _Endpoints(shown, Addresses(base_url, tracking_url))
    files = [Route(path, _sending(file)) for path, file in FILES.items()]
    app = Starlette(
        routes=[
            *files,
            Route("/snippet.js", _sending(SNIPPET, _PUBLIC)),
            Route("/_sandbox/api/state", endpoints.state),
            Route("/_sandbox/api/customers", endpoints.customers),
            Route("/_sandbox/api/customer", endpoints.customer),
            Route("/_sandbox/api/requests", endpoints.requests),
            Route("/_sandbox/api/requests/{id}", endpoints.request),
            Route("/_sandbox/api/stream", endpoints.stream),
            Route("/_sandbox/faults", endpoints.faults, methods=["GET"]),
            Route("/_sandbox/faults", endpoints.add_fault, methods=["POST"]),
            Route("/_sandbox/faults", endpoints.clear_faults, methods=["DELETE"]),
        ],
        exception_handlers={**HANDLERS, ClientDisconnect: _answer_nobody},
    )
    return _Hardened(app)


def _sending(file: PageFile, headers: Mapping[str, str] | None = None) -> _Endpoint:
    async def send_file(_: Request) -> Response:
        return Response(file.content, media_type=file.media_type, headers=headers)

    return send_file


class _Endpoints:
    def __init__(self, shown: Shown, addresses: Addresses) -> None:
        self._shown = shown
        self._data = PageData(shown.store, shown.accounts, shown.log, addresses)
        self._addresses = addresses

    async def state(self, _: Request) -> Response:
        """Tell what the sandbox serves, and no secret."""
        accounts = [{"api_key": a.api_key, "disabled": a.disabled} for a in self._shown.accounts]
        addresses = {"base_url": self._addresses.base_url, "tracking_url": self._addresses.tracking_url}
        return JSONResponse(
            {
                **addresses,
                "accounts": accounts,
                "faults": self._faults(),
                "requests": len(self._shown.log.since(0)),
            }
        )

    async def customers(self, request: Request) -> Response:
        """List an account's customers, those seen last first."""
        search = request.query_params.get("search", "")
        limit = _whole(request, "limit", 50, most=_LONGEST_LIST)
        offset = _whole(request, "offset", 0)
        return JSONResponse(self._data.customers(self._account(request), search, limit=limit, offset=offset))

    async def customer(self, request: Request) -> Response:
        """Give the API's answer to the read of one customer, and the calls that ask for it."""
        client_id = request.query_params.get("client_id", "")
        found = self._data.customer(self._account(request), client_id)
        if found is None:
            raise HTTPException(404, "no identity call has named this customer")
        return Response(found, media_type="application/json")

    async def requests(self, request: Request) -> Response:
        """List what arrived after a number, oldest first; of very many, the latest."""
        after = _whole(request, "after", 0)
        limit = _whole(request, "limit", _LONGEST_LIST, most=_LONGEST_LIST)
        return JSONResponse({"run": self._shown.log.run, **self._data.requests(after, limit=limit)})

    async def request(self, request: Request) -> Response:
        """Give everything about one request."""
        asked = _REQUEST_ID.fullmatch(request.path_params["id"])
        run = self._shown.log.run
        if asked is not None and asked[1] not in {None, run}:
            raise HTTPException(404, "this request was answered before the sandbox was started anew")
        found = self._data.request(int(asked[2])) if asked is not None else None
        if found is None:
            raise HTTPException(404, "this request is not remembered, or has not arrived yet")
        return JSONResponse({"run": run, **found})

    async def stream(self, request: Request) -> Response:
        """Send each request that arrives as an event, from where the browser has been."""
        texts = (request.headers.get("last-event-id", ""), request.query_params.get("after", "0"))
        seen = next(filter(None, map(_REQUEST_ID.fullmatch, texts)), None)
        if seen is None:
            raise HTTPException(400, "after: expected 0, or the id of an event")
        log = self._shown.log
        return RequestStream(log, self._data.line, after=int(seen[2]) if seen[1] in {None, log.run} else None)

    async def faults(self, _: Request) -> Response:
        """List the faults in force."""
        return JSONResponse({"faults": self._faults()})

    async def add_fault(self, request: Request) -> Response:
        """Put one more in force."""
        document = read_json(await _bounded_body(request))
        try:
            self._shown.faults.add(read_fault(document))
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        return JSONResponse({"faults": self._faults()}, 201)

    async def clear_faults(self, _: Request) -> Response:
        """Take all of them away."""
        self._shown.faults.clear()
        return JSONResponse({"faults": self._faults()})

    def _faults(self) -> list[dict[str, object]]:
        return [{**fault_document(rule), "text": str(rule)} for rule in self._shown.faults.active]

    def _account(self, request: Request) -> str:
        api_key = request.query_params.get("account")
        if api_key is None:
            return self._shown.accounts.first.api_key
        account = self._shown.accounts.find(api_key)
        if account is None:
            raise HTTPException(404, "no account has this public key")
        return account.api_key


def _whole(request: Request, name: str, default: int, *, most: int = 2**53) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (_is_whole(text) and int(text) <= most):
        raise HTTPException(400, f"{name}: expected a whole number from 0 to {most}")
    return int(text)


def _is_whole(text: str) -> bool:
    # Not int() alone, which takes signs, blanks, underscores and any alphabet's digits, and fails at very many.
    return text.isascii() and text.isdigit() and len(text) < 17


async def _bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_FAULT:
            raise HTTPException(413, f"the body is larger than {_LARGEST_FAULT} bytes")
    return bytes(body)


async def _answer_nobody(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # the client went away: nobody reads it


class _Hardened:
    """Put the headers on every answer, failures too, unless it has such a header of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_hardened)
