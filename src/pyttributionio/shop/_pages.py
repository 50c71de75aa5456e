"""HTML from the templates in `web/`: values are escaped, unless they are HTML already."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from string import Template
from urllib.parse import quote

from pyttributionio.shop._files import read
from pyttributionio.shop._products import ADS, PRODUCTS, Product


class Markup(str):
    """HTML, in which texts from outside are escaped."""

    __slots__ = ()


@dataclass(frozen=True)
class Places:
    """What pages refer to outside of the shop: the account's public key, and the sandbox's page."""

    api_key: str
    sandbox_page: str


@cache
def _template(name: str) -> Template:
    return Template(read(f"web/{name}.html"))


def fill(file: str, /, **values: str) -> Markup:
    """Insert values into a template."""
    escaped = {key: value if isinstance(value, Markup) else escape(value) for key, value in values.items()}
    return Markup(_template(file).substitute(escaped))


def page(places: Places, visitor_id: str | None, email: str | None, title: str, main: Markup) -> str:
    """Return a whole page: the snippet, the navigation, and a note that the shop is an example."""
    return fill(
        "layout",
        title=title,
        main=main,
        account=fill("signed_in", email=email) if email else fill("signed_out"),
        visitor_id=visitor_id or "none yet (the snippet creates one when a page is loaded)",
        api_key=places.api_key,
        sandbox_page=places.sandbox_page,
    )


def describe(product: Product) -> dict[str, str]:
    """Return the values of a product for a template."""
    return {**asdict(product), "price": f"€{product.price}"}


def shelf(*slugs: str) -> Markup:
    """Return a list of products, by default all of them."""
    return Markup("".join(fill("card", **describe(PRODUCTS[slug])) for slug in slugs or PRODUCTS))


def ads() -> Markup:
    """Return the list of ads."""
    return Markup(
        "".join(fill("ad", where=ad.where, says=ad.says, query=f"?{ad.query}" if ad.query else "") for ad in ADS)
    )


def problem(text: str | None) -> Markup:
    """Return the message about a wrong field of a form, if there is one."""
    return fill("problem", text=text) if text else Markup()


def what_happened(places: Places, visitor_id: str | None, email: str) -> Markup:
    """Return an explanation of what was counted, with a link to the customer's journey."""
    if visitor_id is None:
        return fill("nothing_counted")
    # A JSON string is a Python string too.
    call = f'client.customers.get({json.dumps(email, ensure_ascii=False)}, include="all")'
    journey = f"{places.sandbox_page}#customer={quote(email, safe='')}&account={quote(places.api_key, safe='')}"
    return fill("what_happened", visitor_id=visitor_id, journey=journey, call=call)
