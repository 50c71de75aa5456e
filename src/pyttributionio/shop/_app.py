"""The shop as an ASGI application."""

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
from starlette.types import Message, Receive, Scope, Send

from pyttributionio.asgi import AttributionMiddleware
from pyttributionio.outbox import Outbox
from pyttributionio.shop import _forms as forms
from pyttributionio.shop import _pages as pages
from pyttributionio.shop._asgi import ASGIApp
from pyttributionio.shop._files import read
from pyttributionio.shop._pages import Markup, Places, fill
from pyttributionio.shop._products import PRODUCTS, Product
from pyttributionio.shop._tracking import Tracking, visitor_id

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
    # Not no-referrer, because the snippet reads the referrer, and browsers would send forms with `Origin: null`.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cache-Control": "no-store",
}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""The hosts of the shop's address. The URL of an event begins with one of them, and never with another Host header."""
# Plain text, because the links of the shop's pages are relative, and its pages have no folders.
_NO_PAGE = PlainTextResponse("There is no such page.", 404)
_NO_EMAIL = "Please enter an email address, such as ada@example.com."


def create_shop(outbox: Outbox, *, api_key: str, sandbox_page: str = "/_sandbox/") -> ASGIApp:
    """Build the example shop, to be mounted on the sandbox's own address.

    Each page loads the snippet from `/snippet.js`. All links within the shop are relative, so the shop works
    under any path. A sign-up is counted as `ev_signup`, a purchase as `ev_purchase`.

    Args:
        outbox: Stores and delivers the sign-ups and purchases. The shop does not close it.
        api_key: The account's public key, for the snippet.
        sandbox_page: The address of the sandbox's page, for links to a customer's journey.
    """
    shop = _Shop(Tracking(outbox), Places(api_key, sandbox_page))
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
            Route("/{folder}/{rest:path}", _NO_PAGE),
        ],
        exception_handlers={HTTPException: shop.error, ClientDisconnect: _answer_disconnected},
    )
    return _with_headers(AttributionMiddleware(app, outbox=outbox, allowed_hosts=_LOOPBACK))


class _Shop:
    def __init__(self, tracking: Tracking, places: Places) -> None:
        self._tracking = tracking
        self._places = places

    async def home(self, request: Request) -> Response:
        return self._page(request, "Socks, in pairs", fill("home", products=pages.shelf()))

    async def ads(self, request: Request) -> Response:
        return self._page(request, "Ads", fill("ads", ads=pages.ads()))

    async def campaign(self, request: Request) -> Response:
        return self._page(request, "Warm feet", fill("campaign", products=pages.shelf("moor", "lantern")))

    async def product(self, request: Request) -> Response:
        product = _product(request)
        return self._page(request, product.name, fill("product", **pages.describe(product)))

    async def sign_up_form(self, request: Request) -> Response:
        return self._sign_up_page(request, forms.email_of(request) or "", None)

    async def sign_up(self, request: Request) -> Response:
        given = (await forms.read_form(request)).get("email", "")
        email = forms.checked_email(given)
        if email is None:
            return self._sign_up_page(request, given, _NO_EMAIL)
        await run_in_threadpool(self._tracking.signed_up, email)
        return _signed_in(request, email, "welcome")

    async def welcome(self, request: Request) -> Response:
        email = forms.email_of(request)
        if email is None:
            return RedirectResponse("sign-up", 303)
        return self._page(request, "Welcome", fill("welcome", email=email, counted=self._what_happened(email)))

    async def checkout_form(self, request: Request) -> Response:
        return self._checkout_page(request, forms.new_order(), forms.email_of(request) or "", None)

    async def buy(self, request: Request) -> Response:
        _product(request)
        form = await forms.read_form(request)
        order, email = forms.checked_order(form.get("order", "")), forms.checked_email(form.get("email", ""))
        if order is None:
            raise HTTPException(400, "This form has no valid order number: please open the checkout again.")
        if email is None:
            return self._checkout_page(request, order, form.get("email", ""), _NO_EMAIL)
        # Your shop stores the order here, once for this number.
        await run_in_threadpool(self._tracking.bought, email, order)
        # A redirect, so that reloading the next page does not send the form again.
        return _signed_in(request, email, f"thanks?{urlencode({'order': order})}")

    async def thanks(self, request: Request) -> Response:
        order, email = forms.checked_order(request.query_params.get("order", "")), forms.email_of(request)
        if order is None or email is None:
            return RedirectResponse(".", 303)
        main = fill("thanks", order=order, email=email, counted=self._what_happened(email))
        return self._page(request, "Thank you", main)

    async def forget(self, request: Request) -> Response:
        await forms.read_form(request)
        answer = RedirectResponse("ads", 303)
        answer.delete_cookie(forms.EMAIL_COOKIE, path=_cookie_path(request))
        for name in request.cookies:
            # The snippet's cookie never has a name that is not allowed.
            with suppress(CookieError):
                if name.startswith("AttrioP_"):
                    answer.delete_cookie(name)
        return answer

    async def error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        title = "There is no such page" if error.status_code == 404 else "That did not work"
        main = fill("error", title=title, detail=error.detail)
        return self._page(request, title, main, status=error.status_code, headers=dict(error.headers or {}))

    def _sign_up_page(self, request: Request, email: str, problem: str | None) -> Response:
        main = fill("sign_up", email=email, problem=pages.problem(problem))
        return self._page(request, "Newsletter", main, status=400 if problem else 200)

    def _checkout_page(self, request: Request, order: str, email: str, problem: str | None) -> Response:
        values = pages.describe(_product(request))
        main = fill("checkout", order=order, email=email, problem=pages.problem(problem), **values)
        return self._page(request, "Checkout", main, status=400 if problem else 200)

    def _what_happened(self, email: str) -> Markup:
        return pages.what_happened(self._places, visitor_id(), email)

    def _page(
        self, request: Request, title: str, main: Markup, *, status: int = 200, headers: _Headers | None = None
    ) -> Response:
        html = pages.page(self._places, visitor_id(), forms.email_of(request), title, main)
        return HTMLResponse(html, status, headers)


def _product(request: Request) -> Product:
    found = PRODUCTS.get(request.path_params["slug"])
    if found is None:
        raise HTTPException(404, "There is no such product.")
    return found


def _signed_in(request: Request, email: str, location: str) -> Response:
    answer = RedirectResponse(location, 303)
    # Lax, so that a form on the page of another site is sent without the cookie.
    value, path = forms.email_to_cookie(email), _cookie_path(request)
    answer.set_cookie(forms.EMAIL_COOKIE, value, path=path, httponly=True, samesite="lax")
    return answer


async def _answer_disconnected(_: Request, __: Exception) -> Response:
    return PlainTextResponse("", 400)  # not sent, because the client has disconnected


def _cookie_path(request: Request) -> str:
    return request.scope.get("root_path") or "/"


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        raise HTTPException(404, "Please check the address.")
    return Response(read(f"web/{name}"), media_type=_FILES[name])


def _with_headers(app: ASGIApp) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await app(scope, receive, send_with_headers)

    return serve
