"""The site of someone else, on a port of its own: the developer's, or one that means no good."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from pyttributionio.sandbox import Sandbox

_PATH = "/_sandbox/site"


@dataclass(frozen=True)
class Site:
    """Where it is, by a name of the sandbox's own site and by one of another."""

    same_site: str
    other_site: str


@contextmanager
def serve(head: str) -> Iterator[Site]:
    """Serve pages, each titled as its path ends, all with the same elements in their heads."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(
            f"<!doctype html><title>{request.path_params['name']}</title>{head}<a href=second>Second</a>"
        )

    # Another sandbox does as the server; what it is does not matter.
    with Sandbox() as server:
        server.mount(_PATH, Starlette(routes=[Route("/{name}", page)]))
        address = f"{server.tracking_url}{_PATH}/"
        # To browsers a port makes an origin, and only a name makes a site.
        yield Site(address, address.replace("127.0.0.1", "localhost"))
