"""The shop as an ASGI application: which address does what."""

from contextlib import suppress
from http.cookies import CookieError
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyttributionio import Client
from pyttributionio.shop import _pages
from pyttributionio.shop._forms import (
    EMAIL_COOKIE,
    checked_email,
    checked_order,
    email_of,
    email_to_cookie,
    new_order,
    read_form,
)
from pyttributionio.shop._pages import Markup, Places, Visitor
from pyttributionio.shop._tracking import Tracking
from pyttributionio.shop._wares import PRODUCTS, Product

_Headers: TypeAlias = dict[str, str]
_FILES = {
    "shop.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    **{f"{slug}.svg": "image/svg+xml" for slug in PRODUCTS},
}
_HEADERS: _Headers = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: the snippet reads the referrer, and browsers would send forms with `Origin: null`.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cache-Control": "no-store",
}
# Plain: the links of the shop's pages are relative, and all its pages are on one level.
_NOTHING = PlainTextResponse("There is no such page.", 404)
_NO_EMAIL = "Please enter an email address, such as ada@example.com."


def create_shop(client: Client, *, api_key: str, sandbox_page: str = "/_sandbox/") -> ASGIApp:
    """Build the example shop, to be mounted on the sandbox's own address.

    Each page has the tag of the snippet, `/snippet.js`, and all links within the shop are relative, so it works
    wherever it is mounted. A sign-up is counted as `ev_signup`, a purchase as `ev_purchase`.

    Args:
        client: Counts sign-ups and purchases while their visitors wait, so give it a deadline of a few seconds.
            It stays open.
        api_key: The account's public key, for the snippet.
        sandbox_page: Where the sandbox's page is, for links to a customer's journey.
    """
    shop = _Shop(Tracking(client, api_key), Places(api_key, sandbox_page))
    app = Starlette(
        routes=[
            Route("/", shop.home),
            Route("/ads", shop.ads),
            Route("/warm-feet", shop.campaign),
            Route("/socks-{slug}", shop.product),
            Route("/sign-up", shop.sign_up_form),
            Route("/sign-up", shop.sign_up, methods=["POST"]),
            Route("/welcome", shop.welcome),
            Route("/checkout-{slug}", shop.checkout_form),
            Route("/checkout-{slug}", shop.buy, methods=["POST"]),
            Route("/thanks", shop.thanks),
            Route("/forget-me", shop.forget, methods=["POST"]),
            Route("/{name}", _file),
            Route("/{folder}/{rest:path}", _NOTHING),
        ],
        exception_handlers={HTTPException: shop.trouble, ClientDisconnect: _answer_nobody},
    )
    return _with_headers(app)


class _Shop:
    def __init__(self, tracking: Tracking, places: Places) -> None:
        self._tracking = tracking
        self._places = places

    async def home(self, request: Request) -> Response:
        return self._page(request, "Socks, in pairs", _pages.home())

    async def ads(self, request: Request) -> Response:
        return self._page(request, "Ads", _pages.ads())

    async def campaign(self, request: Request) -> Response:
        return self._page(request, "Warm feet", _pages.campaign())

    async def product(self, request: Request) -> Response:
        shown = _wanted(request)
        return self._page(request, shown.name, _pages.product(shown))

    async def sign_up_form(self, request: Request) -> Response:
        return self._page(request, "Letters", _pages.sign_up(email_of(request) or "", None))

    async def sign_up(self, request: Request) -> Response:
        given = (await read_form(request)).get("email", "")
        email = checked_email(given)
        if email is None:
            return self._page(request, "Letters", _pages.sign_up(given, _NO_EMAIL), status=400)
        await run_in_threadpool(self._tracking.signed_up, request, email)
        return _signed_in(request, email, "welcome")

    async def welcome(self, request: Request) -> Response:
        email = email_of(request)
        if email is None:
            return RedirectResponse("sign-up", 303)
        return self._page(request, "Welcome", _pages.welcome(self._places, self._tracking.visitor_id(request), email))

    async def checkout_form(self, request: Request) -> Response:
        main = _pages.checkout(_wanted(request), new_order(), email_of(request) or "", None)
        return self._page(request, "Checkout", main)

    async def buy(self, request: Request) -> Response:
        wanted = _wanted(request)
        form = await read_form(request)
        order, email = checked_order(form.get("order", "")), checked_email(form.get("email", ""))
        if order is None:
            raise HTTPException(400, "This form has no order number of ours: please open the checkout anew.")
        if email is None:
            main = _pages.checkout(wanted, order, form.get("email", ""), _NO_EMAIL)
            return self._page(request, "Checkout", main, status=400)
        # Here a shop of yours stores the order, under this number and once.
        await run_in_threadpool(self._tracking.bought, request, email, order)
        # See other: reloading the page it leads to sends no form again.
        return _signed_in(request, email, f"thanks?{urlencode({'order': order})}")

    async def thanks(self, request: Request) -> Response:
        order, email = checked_order(request.query_params.get("order", "")), email_of(request)
        if order is None or email is None:
            return RedirectResponse(".", 303)
        main = _pages.thanks(self._places, self._tracking.visitor_id(request), order, email)
        return self._page(request, "Thank you", main)

    async def forget(self, request: Request) -> Response:
        await read_form(request)
        answer = RedirectResponse("ads", 303)
        answer.delete_cookie(EMAIL_COOKIE, path=_cookie_path(request))
        for name in request.cookies:
            # A name that no cookie may have is not the snippet's.
            with suppress(CookieError):
                if name.startswith("AttrioP_"):
                    answer.delete_cookie(name)
        return answer

    async def trouble(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        title = "There is no such page" if error.status_code == 404 else "That did not work"
        main = _pages.trouble(title, error.detail)
        return self._page(request, title, main, status=error.status_code, headers=dict(error.headers or {}))

    def _page(
        self, request: Request, title: str, main: Markup, *, status: int = 200, headers: _Headers | None = None
    ) -> Response:
        visitor = Visitor(self._tracking.visitor_id(request), email_of(request))
        return HTMLResponse(_pages.page(self._places, visitor, title, main), status, headers)


def _wanted(request: Request) -> Product:
    found = PRODUCTS.get(request.path_params["slug"])
    if found is None:
        raise HTTPException(404, "Perhaps it is sold out, perhaps it never was.")
    return found


def _signed_in(request: Request, email: str, location: str) -> Response:
    answer = RedirectResponse(location, 303)
    # Lax: a form on another site's page is sent without it.
    answer.set_cookie(EMAIL_COOKIE, email_to_cookie(email), path=_cookie_path(request), httponly=True, samesite="lax")
    return answer


async def _answer_nobody(_: Request, __: Exception) -> Response:
    return PlainTextResponse("", 400)  # a browser that was told to stop: nobody reads it


def _cookie_path(request: Request) -> str:
    return request.scope.get("root_path") or "/"


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        raise HTTPException(404, "The address may have been mistyped.")
    return Response(_pages.read(name), media_type=_FILES[name])


def _with_headers(app: ASGIApp) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await app(scope, receive, send_with_headers)

    return serve
