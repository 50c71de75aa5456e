"""A minimal browser for the shop: it keeps cookies, follows links and redirects, and sends forms."""

from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin

import httpx

AGENT = "Firefox/145.0"


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer = answer
        self.url = str(answer.url)
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag with its attributes."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all tags with a name."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def links(self) -> list[str]:
        """The addresses of its links."""
        return [urljoin(self.url, link["href"] or "") for link in self.all("a")]

    @property
    def fields(self) -> dict[str, str]:
        """The fields of its form."""
        return {field["name"] or "": field["value"] or "" for field in self.all("input")}


class Browser:
    """A browser without JavaScript; a method sets the snippet's cookie."""

    def __init__(self, shop: str) -> None:
        self.shop = shop
        self.http = httpx.Client(
            base_url=shop,
            headers={"User-Agent": AGENT},
            follow_redirects=True,
            trust_env=False,
            verify=False,
            timeout=30,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def set_snippet_cookie(self, visitor_id: str = "v-1", name: str = "AttrioP_SANDBOX_KEY") -> None:
        """Set the cookie that the snippet would set."""
        self.http.cookies.set(name, visitor_id, domain="127.0.0.1", path="/")

    def open(self, path: str = "") -> Page:
        """Open a page of the shop."""
        return Page(self.http.get(path))

    def send(self, path: str, form: dict[str, str], **headers: str) -> Page:
        """Send a form, from a page of the shop unless headers are given."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return Page(self.http.post(path, data=form, headers=given or {"Sec-Fetch-Site": "same-origin"}))

    def sign_up(self, email: str) -> Page:
        """Fill in the form of the newsletter, and send it."""
        return self.send("sign-up", self.open("sign-up").fields | {"email": email})

    def buy(self, email: str, slug: str = "moor") -> Page:
        """Fill in the form of the checkout, and send it."""
        path = f"checkout-{slug}"
        return self.send(path, self.open(path).fields | {"email": email})
