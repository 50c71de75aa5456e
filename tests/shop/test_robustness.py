"""Tracking that fails, hostile visitors and pages of other sites must not break the shop."""

import socket
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import pytest

from pyttributionio import Client, NotFoundError
from pyttributionio.sandbox import Sandbox

from ._browser import Browser

HOSTILE = [
    '"><script>alert(1)</script>@example.com',
    "'onfocus=alert(1)@example.com",
    "{{7*7}}$name${x}%s@example.com",
    "zoë☃@example.com",
]


def paths(sandbox: Sandbox) -> list[str]:
    """Return the paths of the requests to the API."""
    return [request.path for request in sandbox.requests]


@pytest.mark.parametrize("what", [{"status": 503}, {"reset": True}, {"status": 200, "body": "html"}])
def test_purchase_succeeds_while_tracking_fails(
    sandbox: Sandbox, browser: Browser, caplog: pytest.LogCaptureFixture, what: Any
) -> None:
    """The event waits, which is logged, and the customer does not see it."""
    browser.set_snippet_cookie()
    sandbox.faults.always(**what)
    thanks = browser.buy("ada@example.com")
    assert "Thank you" in thanks.text
    assert "/events" in paths(sandbox)
    logged = [record.getMessage() for record in caplog.records if record.name == "pyttributionio.shop._tracking"]
    failed = what != {"status": 200, "body": "html"}
    assert logged == ["ev_purchase is not delivered yet: it waits in the outbox"] * failed


def test_purchase_succeeds_without_the_snippet(sandbox: Sandbox, browser: Browser) -> None:
    """A blocker can stop the snippet; then nothing is counted, and the page says so."""
    thanks = browser.buy("ada@example.com")
    assert "Thank you" in thanks.text
    assert "Nothing was counted" in thanks.text
    assert paths(sandbox) == []


@pytest.mark.parametrize("value", [" ", "v" * 513], ids=["blank", "too long"])
def test_purchase_succeeds_with_a_cookie_that_is_no_visitor_id(
    sandbox: Sandbox, browser: Browser, caplog: pytest.LogCaptureFixture, value: str
) -> None:
    """The visitor's program can send any cookie."""
    caplog.set_level("INFO")
    form = browser.open("checkout-moor").fields | {"email": "ada@example.com"}
    thanks = browser.send("checkout-moor", form, Cookie=f'AttrioP_SANDBOX_KEY="{value}"')
    assert thanks.answer.status_code == 200
    assert paths(sandbox) == []
    assert "ev_purchase was not counted: the request has no cookie of the snippet" in caplog.text


@pytest.mark.parametrize("email", HOSTILE)
def test_hostile_address_is_shown_as_text(client: Client, browser: Browser, email: str) -> None:
    """On each page with the email address, and the sandbox stores it without changes."""
    browser.set_snippet_cookie()
    for page in (browser.sign_up(email), browser.buy(email), browser.open("sign-up"), browser.open("checkout-moor")):
        assert page.answer.status_code == 200
        assert email in page.text
        assert [tag.get("src") for tag in page.all("script")] == ["/snippet.js"]
        assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert browser.open("sign-up").fields["email"] == email
    assert client.customers.get(email).client_id == email


@pytest.mark.parametrize(
    "email", ["", "ada", "<img src=x onerror=alert(1)>@example.com", "a@b@c", "a\x00@b", "a" * 250 + "@b.io"]
)
@pytest.mark.parametrize("path", ["sign-up", "checkout-moor"])
def test_wrong_email_address_is_asked_for_again(sandbox: Sandbox, browser: Browser, path: str, email: str) -> None:
    """The form still has the typed text and the order number."""
    browser.set_snippet_cookie()
    form = browser.open(path).fields
    page = browser.send(path, form | {"email": email})
    assert page.answer.status_code == 400
    assert "Please enter an email address" in page.text
    assert page.fields == form | {"email": email}
    assert not page.all("img") or path == "checkout-moor"
    assert paths(sandbox) == []


@pytest.mark.parametrize("order", [None, "", "LR-1", "LR-0123456789AB\n", "<b>"])
def test_order_number_has_to_be_valid(sandbox: Sandbox, browser: Browser, order: str | None) -> None:
    """It becomes the transaction id."""
    browser.set_snippet_cookie()
    form = {"email": "ada@example.com"} | ({} if order is None else {"order": order})
    page = browser.send("checkout-moor", form)
    assert page.answer.status_code == 400
    assert "no valid order number" in page.text
    assert paths(sandbox) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "{own}", "Sec_Fetch_Site": "cross-site"},
    ],
)
def test_form_from_another_site_is_refused(sandbox: Sandbox, browser: Browser, headers: dict[str, str]) -> None:
    """Nothing is counted, and the visitor is not signed in."""
    browser.set_snippet_cookie()
    form = browser.open("checkout-moor").fields | {"email": "ada@example.com"}
    own = {name: value.format(own=sandbox.tracking_url) for name, value in headers.items()}
    for path in ("sign-up", "checkout-moor", "forget-me"):
        page = browser.send(path, form, **own)
        assert page.answer.status_code == 403
        assert "another site" in page.text
        assert "set-cookie" not in page.answer.headers
    assert paths(sandbox) == []


def test_form_of_an_older_browser_is_accepted(sandbox: Sandbox, client: Client, browser: Browser) -> None:
    """It sends only the header `Origin`."""
    browser.set_snippet_cookie()
    page = browser.send("sign-up", {"email": "ada@example.com"}, Origin=sandbox.tracking_url)
    assert page.url == f"{browser.shop}welcome"
    assert client.customers.get("ada@example.com")


def test_cookie_is_protected(browser: Browser) -> None:
    """From scripts, from forms of other sites, and from other paths of the sandbox."""
    answer = browser.http.post("sign-up", data={"email": "ada@example.com"}, follow_redirects=False)
    parts = {part.strip() for part in answer.headers["set-cookie"].split(";")}
    assert parts == {"shop_email=ada%40example.com", "HttpOnly", "Path=/_sandbox/shop", "SameSite=lax"}


@pytest.mark.parametrize("value", ["", "nobody", "%00@b", "%ff%fe@b", "a" * 900 + "@b", "<b>@%0a"])
def test_cookie_without_an_email_address_is_no_sign_in(browser: Browser, value: str) -> None:
    """A visitor can write any value."""
    page = browser.http.get("welcome", headers={"Cookie": f"shop_email={value}"}, follow_redirects=False)
    signed_in = value == "%ff%fe@b"  # two replacement characters: odd, and harmless
    assert page.status_code == (200 if signed_in else 303)


@pytest.mark.parametrize(
    ("content", "status"), [(b"a" * 17_000, 413), (b"a=1&" * 30, 400), (b"\xff\xfe=%ff", 400), (b"", 400)]
)
def test_broken_form_is_answered(browser: Browser, content: bytes, status: int) -> None:
    """With a page; a large form is not read completely."""
    page = browser.http.post("sign-up", content=content)
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")


def test_without_the_extra_the_import_says_how_to_get_it() -> None:
    """The ImportError has one line."""
    code = "import sys; sys.modules['starlette'] = None; import pyttributionio.shop"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    hint = "ImportError: The example shop needs Starlette: pip install 'pyttributionio[sandbox]'"
    assert ended.stderr.splitlines()[-1] == hint


def test_opening_pages_creates_no_customer(client: Client, browser: Browser) -> None:
    """Only forms are counted."""
    browser.set_snippet_cookie()
    for path in ("", "ads", "checkout-moor", f"thanks?order=LR-{'0' * 12}", f"socks-{quote('<b>')}"):
        browser.open(path)
    with pytest.raises(NotFoundError):
        client.customers.get("ada@example.com")


def test_incomplete_form_logs_nothing(sandbox: Sandbox, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """A client that disconnects is no failure of the server."""
    host, port = sandbox.tracking_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(
            b"POST /_sandbox/shop/sign-up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"email=")
    sandbox.close()
    assert [record for record in caplog.records if record.levelname in {"ERROR", "WARNING"}] == []
