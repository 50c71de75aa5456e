"""The shops count what they should, in three lines a test; and no visitor can break a purchase."""

import ast
import asyncio
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import httpx
import pytest

from pyttributionio.testing import Recorder
from support.django_project import set_up

SHOP_FILES = Path(__file__).parents[2] / "docs" / "examples"
SHOPS = {
    "flask": ["flask_shop.py"],
    "django": ["django_shop/settings.py", "django_shop/views.py"],
    "fastapi": ["fastapi_shop.py"],
}
COOKIE = "AttrioP_PUBLIC_KEY=visitor-7; consent=yes"
JUNK = [
    'bad[="x; AttrioP_KEY=\x01\x02; consent=yes',
    "AttrioP_KEY=" + "x" * 5000 + "; consent=yes",
    "=; ;;=AttrioP_KEY; consent=yes",
    "AttrioP_KEY=\xff\xfe; consent=yes",
]
CUSTOMER = {"customer": "ada@example.com"}
Buy = Callable[..., int]


def by_wsgi(app: Any) -> Buy:
    """Return a function that buys in a shop by WSGI."""

    def buy(order: str, cookie: str = COOKIE) -> int:
        body, statuses = urlencode(CUSTOMER).encode(), list[int]()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"/buy/{order}",
            "HTTP_HOST": "shop.example",
            "HTTP_COOKIE": cookie,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        setup_testing_defaults(environ)
        answer = app(environ, lambda status, *_: statuses.append(int(status[:3])))
        b"".join(answer)
        getattr(answer, "close", lambda: None)()
        return statuses[0]

    return buy


def by_asgi(app: Any) -> Buy:
    """Return a function that buys in a shop by ASGI."""

    def buy(order: str, cookie: str = COOKIE) -> int:
        return asyncio.run(bought(order, cookie))

    async def bought(order: str, cookie: str) -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop.example") as browser:
            sent = {"Cookie": cookie.encode("latin-1")}
            return (await browser.post(f"/buy/{order}", headers=sent, params=CUSTOMER)).status_code

    return buy


@contextmanager
def flask_shop() -> Iterator[Buy]:
    """Open the shop in Flask."""
    from examples.flask_shop import app

    yield by_wsgi(app)


@contextmanager
def fastapi_shop() -> Iterator[Buy]:
    """Open the shop in FastAPI."""
    from examples.fastapi_shop import app

    yield by_asgi(app)


@contextmanager
def django_shop() -> Iterator[Buy]:
    """Open the shop in Django, with its settings in place of those of the other tests."""
    set_up()
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connection
    from django.test import override_settings

    from examples.django_shop import settings

    own = {name: value for name, value in vars(settings).items() if name.isupper() and name != "DATABASES"}
    with override_settings(**own):
        from examples.django_shop.models import Order

        with connection.schema_editor() as editor:
            editor.create_model(Order)
        try:
            yield by_wsgi(WSGIHandler())
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(Order)


@pytest.fixture(params=[flask_shop, django_shop, fastapi_shop])
def buy(request: pytest.FixtureRequest) -> Iterator[Buy]:
    """Return a function that buys in each of the shops."""
    with request.param() as opened:
        yield opened


def test_a_purchase_is_counted(buy: Buy, attributionio: Recorder) -> None:
    """With the visitor of the cookie."""
    assert buy("1001") == 200
    event = attributionio.assert_event("ev_purchase", transaction_id="1001", client_id="ada@example.com")
    assert attributionio.identities[0].aliases == event.aliases == ["visitor-7"]


def test_a_purchase_without_consent_is_not_counted(buy: Buy, attributionio: Recorder) -> None:
    """The shop sells all the same."""
    assert buy("1001", "AttrioP_PUBLIC_KEY=visitor-7") == 200
    attributionio.assert_nothing_sent()


def test_an_outage_delays_and_loses_nothing(buy: Buy, attributionio: Recorder) -> None:
    """The vendor answers 503, three times."""
    attributionio.fail_next(3, status=503)
    assert buy("1001") == 200
    attributionio.assert_event("ev_purchase", transaction_id="1001")


@pytest.mark.parametrize("cookie", JUNK)
def test_a_junk_cookie_is_no_error_of_the_purchase(buy: Buy, attributionio: Recorder, cookie: str) -> None:
    """A visitor's program can send any text."""
    assert buy("1001", cookie) == 200


def glue(name: str) -> list[str]:
    """Return the lines of a shop that are there for attribution: marked each, or between two marks."""
    found: list[str] = []
    for file in SHOPS[name]:
        text = (SHOP_FILES / file).read_text(encoding="utf-8")
        regions = re.findall(r"^# attribution\n(.*?)^# end$", text, flags=re.DOTALL | re.MULTILINE)
        found += [line for region in regions for line in region.splitlines() if line.strip()]
        found += [line for line in text.splitlines() if line.endswith("  # attribution")]
        outside = re.sub(r"^# attribution\n(.*?)^# end$", "", text, flags=re.DOTALL | re.MULTILINE)
        assert not re.search(r"attributionio|track\.", re.sub(r"^.*  # attribution$", "", outside, flags=re.MULTILINE))
    return found


@pytest.mark.parametrize("name", SHOPS)
def test_a_shop_needs_at_most_eight_lines(name: str) -> None:
    """All that attribution needs is marked, imports included."""
    assert 4 <= len(glue(name)) <= 8


def test_no_shop_tells_a_type_checker_to_ignore_a_line() -> None:
    """`scripts/check` reads them strictly."""
    files = [*SHOP_FILES.rglob("*.py")]
    assert len(files) >= 8
    assert [file.name for file in files if "ignore" in file.read_text(encoding="utf-8")] == []


def test_a_test_of_a_shop_has_at_most_three_lines() -> None:
    """Those above, with the fixture of the test kit."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and {"buy", "attributionio"} <= {each.arg for each in node.args.args}:
            body = node.body[1:]
            assert (body[-1].end_lineno or 0) - body[0].lineno < 3, node.name
