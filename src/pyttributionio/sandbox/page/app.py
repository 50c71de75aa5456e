"""The page's application: its files, the JSON that it reads, and the snippet for the developer's own site.

The answers go to browsers and contain texts that visitors wrote. The headers make sure that a browser runs only the
page's own files. The module `api/guard` decides which requests arrive here.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pyttributionio.sandbox.api.fault_redaction import hidden_rule
from pyttributionio.sandbox.api.recorder import read_body
from pyttributionio.sandbox.api.responses import HANDLERS, with_headers
from pyttributionio.sandbox.faults.text import fault_document, read_fault
from pyttributionio.sandbox.page.data import PageData, PageSources
from pyttributionio.sandbox.page.files import FILES, SNIPPET, PageFile
from pyttributionio.sandbox.page.stream import RequestStream
from pyttributionio.sandbox.store.waiting import when_unlocked
from pyttributionio.sandbox.values.bodies import read_json
from pyttributionio.sandbox.values.shapes import ShapeError

_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

SHOP_PATH: Final = "/_sandbox/shop"
"""Where the command line mounts the example shop; the page has a link to it if it is there."""
_MAX_LIST: Final = 500
_MAX_FAULT: Final = 64 * 1024  # bytes
_REQUEST_ID: Final = re.compile("(?:([0-9a-f]+)-)?([0-9]{1,16})")
"""The log's run and the request's number; without a run, the request is of the present one."""
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
_SNIPPET_HEADERS: Final[Mapping[str, str]] = {
    # Pages of any origin load the snippet, and a page can require that all its resources allow this.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-cache",
}


def create_page(sources: PageSources) -> ASGIApp:
    """Build the application of the paths under `/_sandbox/`, and of `/snippet.js`.

    Args:
        sources: What the page shows; it changes only the faults.
    """
    endpoints = _Endpoints(sources)
    app = Starlette(
        routes=[
            *(Route(path, _file_endpoint(file)) for path, file in FILES.items()),
            Route("/snippet.js", _file_endpoint(SNIPPET, _SNIPPET_HEADERS)),
            Route("/_sandbox/api/state", endpoints.state),
            Route("/_sandbox/api/customers", endpoints.customers),
            Route("/_sandbox/api/customer", endpoints.customer),
            Route("/_sandbox/api/requests", endpoints.requests),
            Route("/_sandbox/api/requests/{id}", endpoints.request),
            Route("/_sandbox/api/stream", endpoints.stream),
            Route("/_sandbox/customers", endpoints.client_ids),
            Route("/_sandbox/faults", endpoints.faults, methods=["GET", "POST", "DELETE"]),
        ],
        exception_handlers=HANDLERS,
    )

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, with_headers(send, _HEADERS))

    return serve


def _file_endpoint(file: PageFile, headers: Mapping[str, str] | None = None) -> _Endpoint:
    async def send_file(_: Request) -> Response:
        return Response(file.content, media_type=file.media_type, headers=headers)

    return send_file


class _Endpoints:
    def __init__(self, sources: PageSources) -> None:
        self._sources = sources
        self._data = PageData(sources)

    async def state(self, _: Request) -> Response:
        """Return the addresses, accounts and faults of the sandbox, without secrets."""
        sources = self._sources
        return JSONResponse(
            {
                "base_url": f"{sources.url}/api/v1",
                "tracking_url": sources.url,
                "accounts": [
                    {"api_key": a.api_key, "disabled": a.disabled, "has_default_secret": a.has_default_secret}
                    for a in sources.accounts
                ],
                "faults": self._faults(),
                "requests": len(sources.log.since()),
                "shop": SHOP_PATH in sources.mounts,
            }
        )

    async def customers(self, request: Request) -> Response:
        """List an account's customers, latest seen first."""
        search = request.query_params.get("search", "")
        limit = _whole_number(request, "limit", 50, most=_MAX_LIST)
        offset = _whole_number(request, "offset", 0)
        account = self._account(request)
        found = await when_unlocked(lambda: self._data.customers(account, search, limit=limit, offset=offset))
        return JSONResponse(found)

    async def customer(self, request: Request) -> Response:
        """Return the API's answer for one customer, with code samples that read it."""
        client_id = request.query_params.get("client_id", "")
        account = self._account(request)
        found = await when_unlocked(lambda: self._data.customer(account, client_id))
        if found is None:
            raise HTTPException(404, "no identity call has named this customer")
        return Response(found, media_type="application/json")

    async def client_ids(self, request: Request) -> Response:
        """List the ids of an account's customers, for programs."""
        account, search = self._account(request), request.query_params.get("search", "")
        return JSONResponse({"customers": await when_unlocked(lambda: self._data.client_ids(account, search))})

    async def requests(self, request: Request) -> Response:
        """List the latest requests after a number, oldest first."""
        after = _whole_number(request, "after", 0)
        limit = _whole_number(request, "limit", _MAX_LIST, most=_MAX_LIST)
        return JSONResponse({"run": self._sources.log.run, **self._data.requests(after, limit=limit)})

    async def request(self, request: Request) -> Response:
        """Return everything about one request."""
        asked = _REQUEST_ID.fullmatch(request.path_params["id"])
        run = self._sources.log.run
        if asked is not None and asked[1] not in {None, run}:
            raise HTTPException(404, "this request was answered before the sandbox was started again")
        found = self._data.request(int(asked[2])) if asked is not None else None
        if found is None:
            raise HTTPException(404, "there is no request of this number, or it is not kept any more")
        return JSONResponse({"run": run, **found})

    async def stream(self, request: Request) -> Response:
        """Send each request that arrives as an event, after the last one that the browser has."""
        texts = (request.headers.get("last-event-id", ""), request.query_params.get("after", "0"))
        last = next(filter(None, map(_REQUEST_ID.fullmatch, texts)), None)
        if last is None:
            raise HTTPException(400, "after: expected 0, or the id of an event")
        log = self._sources.log
        return RequestStream(log, self._data.summary, after=int(last[2]) if last[1] in {None, log.run} else None)

    async def faults(self, request: Request) -> Response:
        """List the faults in force, after one was added (POST) or all were removed (DELETE)."""
        if request.method == "DELETE":
            self._sources.faults.clear()
        elif request.method == "POST":
            body = await read_body(request.receive, _MAX_FAULT)
            if body is None:
                return Response(status_code=400)  # not sent, because the client has disconnected
            if len(body) > _MAX_FAULT:
                raise HTTPException(413, f"the body is larger than {_MAX_FAULT} bytes")
            try:
                self._sources.faults.add(read_fault(read_json(body)))
            except ShapeError as error:
                raise HTTPException(422, str(error)) from None
        return JSONResponse({"faults": self._faults()}, 201 if request.method == "POST" else 200)

    def _faults(self) -> list[dict[str, object]]:
        redaction = self._sources.accounts.redaction
        rules = [hidden_rule(rule, redaction) for rule in self._sources.faults.active]
        return [{**fault_document(rule), "text": str(rule)} for rule in rules]

    def _account(self, request: Request) -> str:
        accounts = self._sources.accounts
        api_key = request.query_params.get("account")
        account = accounts.first if api_key is None else accounts.find(api_key)
        if account is None:
            raise HTTPException(404, "no account has this public key")
        return account.api_key


def _whole_number(request: Request, name: str, default: int, *, most: int = 2**53) -> int:
    text = request.query_params.get(name, str(default))
    # Not int() alone, which accepts signs, blanks, underscores and other digits, and refuses very many digits.
    if not re.fullmatch("[0-9]{1,16}", text) or int(text) > most:
        raise HTTPException(400, f"{name}: expected a whole number from 0 to {most}")
    return int(text)
