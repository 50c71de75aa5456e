"""A configured project, and ways to ask its pages: through WSGI's handler and through ASGI's."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from outbox._helpers import Scripted, manual
from pyttributionio.outbox import Outbox
from support.django_project import set_up

set_up()

from django.core.handlers.asgi import ASGIHandler  # noqa: E402 - the settings come first
from django.test import Client, override_settings  # noqa: E402

HEADERS = {"cookie": "AttrioP_KEY=visitor-7; other=1", "user-agent": "Browser", "host": "shop.example"}
FORM = "application/x-www-form-urlencoded"
Ask = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Return a function that asks for a page: blocking views by WSGI, async views by ASGI."""
    is_async = request.param == "async"

    def asked(name: str, /, data: Any = None, **headers: Any) -> Any:
        given = {**HEADERS, **{key.replace("_", "-"): value for key, value in headers.items()}}
        sent = {key: value for key, value in given.items() if value is not None}
        if is_async:
            return asyncio.run(ask_by_asgi(f"/async/{name}", data or {}, sent))
        browser = Client(raise_request_exception=False, headers=sent)
        response: Any = browser.post(f"/{name}", urlencode(data or {}), content_type=FORM)
        response.told = (b"".join(response.streaming_content) if response.streaming else response.content).decode()
        response.close()
        return response

    return asked


@dataclass
class Answered:
    """A response by ASGI."""

    status_code: int
    headers: dict[str, str]
    told: str

    @property
    def cookies(self) -> list[str]:
        """The cookies that it sets."""
        return [value for name, value in self.headers.items() if name == "set-cookie"]

    def has_header(self, name: str) -> bool:
        """Return whether it has a header."""
        return name.lower() in self.headers

    def json(self) -> Any:
        """Return its body, read."""
        return json.loads(self.told)


async def ask_by_asgi(path: str, data: Any, headers: dict[str, str]) -> Answered:
    """Ask for a page as a server does: each header is some bytes."""
    body = urlencode(data).encode()
    named = {**headers, "content-type": FORM, "content-length": str(len(body))}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items()],
    }
    requests = iter([{"type": "http.request", "body": body}])
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        found = next(requests, None)
        return await asyncio.Event().wait() if found is None else found

    async def send(message: Any) -> None:
        sent.append(message)

    await ASGIHandler()(scope, receive, send)
    first, *parts = sent
    names = {name.decode().lower(): value.decode("latin-1") for name, value in first["headers"]}
    return Answered(first["status"], names, b"".join(part.get("body", b"") for part in parts).decode())


@pytest.fixture
def sent() -> Scripted:
    """What the outbox of the project posts."""
    return Scripted()


@pytest.fixture
def outbox(sent: Scripted) -> Iterator[Outbox]:
    """Give the project an outbox in memory, which sends in `pump()`."""
    with manual(sent) as made, override_settings(ATTRIBUTIONIO={"OUTBOX": made, "CONSENT": lambda request: True}):
        yield made
