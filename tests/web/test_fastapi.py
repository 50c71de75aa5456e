"""The middleware for ASGI, around FastAPI."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from outbox._helpers import Scripted, manual
from pyttributionio.asgi import AttributionMiddleware
from pyttributionio.web import Visit, current_visit

from . import _sites
from .test_asgi import AsgiNevers


class TestFastapi(AsgiNevers):
    """The contract, with FastAPI."""

    def make(self, options: _sites.Options) -> _sites.Site:
        """Return the site in FastAPI."""
        return _sites.fastapi(options)


def test_visit_is_a_dependency() -> None:
    """Of async and of ordinary endpoints."""
    app = FastAPI()
    app.add_middleware(AttributionMiddleware, outbox=manual(Scripted()))

    @app.get("/async")
    async def in_loop(visit: Annotated[Visit, Depends(current_visit)]) -> Any:
        return visit.visitor_id

    @app.get("/thread")
    def in_thread(visit: Annotated[Visit, Depends(current_visit)]) -> Any:
        return visit.visitor_id

    with TestClient(app, cookies={"AttrioP_KEY": "visitor-7"}) as client:
        assert [client.get(path).json() for path in ("/async", "/thread")] == ["visitor-7"] * 2
        assert app.openapi()["paths"]["/async"]["get"].get("parameters") is None
