"""Another site, on its own port: the developer's site, or a hostile one."""

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
    """The site's addresses: one with the host name of the sandbox, and one with another host name."""

    same_site: str
    other_site: str


@contextmanager
def serve(head: str) -> Iterator[Site]:
    """Serve pages with the same elements in their heads; the title of a page is the end of its path."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(
            f"<!doctype html><title>{request.path_params['name']}</title>{head}<a href=second>Second</a>"
        )

    # Another sandbox is the server; any server would do.
    with Sandbox() as server:
        server.mount(_PATH, Starlette(routes=[Route("/{name}", page)]))
        address = f"{server.tracking_url}{_PATH}/"
        # For browsers, another port is another origin, and only another name is another site.
        yield Site(address, address.replace("127.0.0.1", "localhost"))
