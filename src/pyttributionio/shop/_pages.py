"""The shop's pages as HTML: files under `web/`, and values that are escaped unless they are HTML already."""

import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pkgutil import get_data
from string import Template
from urllib.parse import quote

from pyttributionio.shop._wares import ADS, PRODUCTS, Ad, Product


class Markup(str):
    """Text that is HTML, with what came from outside escaped in it."""

    __slots__ = ()


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page, as far as the shop knows."""

    visitor_id: str | None
    email: str | None


@dataclass(frozen=True)
class Places:
    """What pages refer to outside the shop: the account's public key, and the sandbox's page."""

    api_key: str
    sandbox_page: str

    def journey(self, email: str) -> str:
        """Return the address of a customer's journey on the sandbox's page."""
        return f"{self.sandbox_page}#customer={quote(email, safe='')}&account={quote(self.api_key, safe='')}"


def read(name: str) -> str:
    """Return a file of the shop."""
    content = get_data("pyttributionio.shop", f"web/{name}")
    assert content is not None, "its loader is Python's own"
    return content.decode()


@cache
def _template(name: str) -> Template:
    return Template(read(f"{name}.html"))


def fill(file: str, /, **values: str) -> Markup:
    """Fill a file's places with values."""
    escaped = {key: value if isinstance(value, Markup) else escape(value) for key, value in values.items()}
    return Markup(_template(file).substitute(escaped))


def page(places: Places, visitor: Visitor, title: str, main: Markup) -> str:
    """Put what a page shows into what all pages have: the snippet, the way around, the word that it's an example."""
    known = visitor.visitor_id or "none yet (the snippet makes one once a page is there)"
    account = fill("signed_in", email=visitor.email) if visitor.email else fill("signed_out")
    return fill(
        "layout",
        title=title,
        main=main,
        account=account,
        visitor_id=known,
        api_key=places.api_key,
        sandbox_page=places.sandbox_page,
    )


def home() -> Markup:
    """Show all there is."""
    return fill("home", products=_shelf())


def campaign() -> Markup:
    """Show the page that ads lead to."""
    return fill("campaign", products=_shelf("moor", "lantern"))


def product(shown: Product) -> Markup:
    """Show one pair."""
    return fill("product", **_described(shown))


def ads() -> Markup:
    """Show the links that the web would be full of."""
    return fill("ads", ads=Markup("".join(_ad(ad) for ad in ADS)))


def sign_up(email: str, problem: str | None) -> Markup:
    """Show the form for a letter now and then, with what was wrong with it."""
    return fill("sign_up", email=email, problem=_problem(problem))


def welcome(places: Places, visitor_id: str | None, email: str) -> Markup:
    """Show that a sign-up went well."""
    return fill("welcome", email=email, told=_told(places, visitor_id, email))


def checkout(bought: Product, order: str, email: str, problem: str | None) -> Markup:
    """Show the form for a purchase, with what was wrong with it."""
    return fill("checkout", order=order, email=email, problem=_problem(problem), **_described(bought))


def thanks(places: Places, visitor_id: str | None, order: str, email: str) -> Markup:
    """Show that a purchase went well."""
    return fill("thanks", order=order, email=email, told=_told(places, visitor_id, email))


def trouble(title: str, detail: str) -> Markup:
    """Show that something did not go well."""
    return fill("trouble", title=title, detail=detail)


def _described(shown: Product) -> dict[str, str]:
    return {
        "slug": shown.slug,
        "name": shown.name,
        "price": f"€{shown.price}",
        "line": shown.line,
        "story": shown.story,
    }


def _shelf(*slugs: str) -> Markup:
    shown = [PRODUCTS[slug] for slug in slugs or PRODUCTS]
    return Markup("".join(fill("card", **_described(each)) for each in shown))


def _ad(ad: Ad) -> Markup:
    return fill("ad", where=ad.where, says=ad.says, query=f"?{ad.query}" if ad.query else "")


def _problem(text: str | None) -> Markup:
    return fill("problem", text=text) if text else Markup()


def _told(places: Places, visitor_id: str | None, email: str) -> Markup:
    if visitor_id is None:
        return fill("not_told")
    # JSON's text is Python's too.
    call = f'client.customers.get({json.dumps(email, ensure_ascii=False)}, include="all")'
    return fill("told", visitor_id=visitor_id, journey=places.journey(email), call=call)
