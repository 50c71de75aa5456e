"""Who may use the sandbox's own routes: programs and its own page, not other sites in the same browser."""

from datetime import UTC, datetime

import httpx
import pytest
from starlette.responses import PlainTextResponse

from pyttributionio.sandbox import Sandbox
from pyttributionio.sandbox.api.guard import refusal

from .._posting import MOMENT, Caller, event, exchange, identity

OURS = "This route is the sandbox's own; Attribution.io has none like it."
PAGEVIEWS = {"pageviews": [{"visitor_id": "visitor-1", "url": "/"}]}


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, True),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "http://127.0.0.1:1"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "http://["}, True),
        ({"Host": "evil.example"}, True),
        ({"Host": "127.0.0.1.evil.example"}, True),
        ({"Host": "["}, True),
        ({"Host": "sandbox.localhost:80"}, False),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_sandbox/pageviews"),
        ("GET", "/_sandbox/api/customers"),
        ("DELETE", "/_sandbox/faults"),
        ("GET", "/_sandbox/nowhere"),
    ],
)
def test_admin_routes_refuse_other_sites(
    caller: Caller, method: str, path: str, headers: dict[str, str], refused: bool
) -> None:
    """By where the browser says the request comes from, and by the name it was sent to."""
    answer = caller.http.request(method, caller.sandbox.tracking_url + path, json=PAGEVIEWS, headers=headers)
    assert (answer.status_code == 403) is refused
    if refused:
        assert answer.json()["error"]["message"]


def test_refused_pageviews_are_not_stored(caller: Caller) -> None:
    """Refused before anything is read."""
    url = caller.sandbox.tracking_url + "/_sandbox/pageviews"
    caller.http.post(url, json=PAGEVIEWS, headers={"Origin": "https://evil.example"})
    caller.post_identity()
    assert caller.customer("customer-42", "show_pageviews")["pageviews"] == []
    assert [r.path for r in caller.sandbox.requests if "pageviews" in r.path] == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_sandbox/", 200),
        ("GET", "/_sandbox/static/main.js", 200),
        ("GET", "/_sandbox/api/state", 200),
        ("GET", "/_sandbox/api/requests/9", 404),
        ("GET", "/_sandbox/nothing", 404),
        ("GET", "/_sandbox", 307),
        ("POST", "/_sandbox/faults", 400),
        ("POST", "/_sandbox/pageviews", 400),
        ("POST", "/_sandbox/collect", 400),
        ("GET", "/_sandbox/collect", 405),
        ("GET", "/_sandbox/site/", 200),
    ],
)
def test_own_routes_say_that_they_are(caller: Caller, method: str, path: str, status: int) -> None:
    """Failures, files and mounted applications too, so that nobody takes them for the vendor's."""
    caller.sandbox.mount("/_sandbox/site", PlainTextResponse("hello"))
    answer = caller.http.request(method, caller.sandbox.tracking_url + path)
    assert answer.status_code == status
    assert answer.headers.get_list("x-sandbox") == [OURS]


def test_refusals_and_preflights_of_own_routes_say_so_too(caller: Caller) -> None:
    """And the stream, whose answer has no end."""
    url = caller.sandbox.tracking_url + "/_sandbox/"
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    assert caller.http.options(url + "collect", headers=asked).headers["x-sandbox"] == OURS
    refused = caller.http.get(url, headers={"Host": "evil.example"})
    assert (refused.status_code, refused.headers["x-sandbox"]) == (403, OURS)
    with caller.http.stream("GET", url + "api/stream") as stream:
        assert stream.headers["x-sandbox"] == OURS


@pytest.mark.parametrize("path", ["/events", "/api/v1/SANDBOX_KEY/customers/x", "/nothing", "/snippet.js"])
def test_vendors_paths_do_not_say_that_they_are_ours(caller: Caller, path: str) -> None:
    """They are as the contract has them."""
    assert "x-sandbox" not in caller.http.get(caller.sandbox.tracking_url + path).headers


def test_own_origin_is_taken(caller: Caller) -> None:
    """The page posts to where it came from."""
    url = caller.sandbox.tracking_url
    answer = caller.http.post(url + "/_sandbox/pageviews", json=PAGEVIEWS, headers={"Origin": url})
    assert answer.status_code == 200


def test_percent_encoding_is_no_way_around(sandbox: Sandbox) -> None:
    """Another spelling of a guarded path is another path."""
    for target in ("/%5Fsandbox/faults", "//_sandbox/faults", "/./_sandbox/faults", "/_sandbox%2Ffaults"):
        sent = f"DELETE {target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        assert exchange(sandbox, sent.encode()).startswith(b"HTTP/1.1 421 "), target
        here = sent.replace("evil.example", "127.0.0.1")
        assert exchange(sandbox, here.encode()).startswith(b"HTTP/1.1 404 "), target


def test_link_on_another_site_opens_the_page_and_nothing_else() -> None:
    """A developer's own documentation may link to it."""
    navigation = {"host": "127.0.0.1:80", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert refusal("GET", b"/_sandbox/", navigation, "127.0.0.1") is None
    assert refusal("POST", b"/_sandbox/", navigation, "127.0.0.1")
    assert refusal("GET", b"/_sandbox/api/requests", navigation, "127.0.0.1")
    assert refusal("GET", b"/_sandbox/", {**navigation, "sec-fetch-mode": "no-cors"}, "127.0.0.1")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.5:8080", "[::1]:80", "localhost", "LOCALHOST:1"),
        *("localhost.", "localhost.:8000", "shop.localhost.", "shop.test.:80"),
    ],
)
def test_addresses_are_no_other_sites_names(host: str) -> None:
    """Nobody else can point an address at this machine, nor a reserved name, which may end with the root's dot."""
    assert refusal("GET", b"/_sandbox/faults", {"host": host}, "0.0.0.0") is None


@pytest.mark.parametrize("host", ["example.com", "example.com.", "com.", "localhost..", ".", "evil.localhost.com."])
def test_public_names_are_refused_with_a_dot_and_without(host: str) -> None:
    """The dot makes no name a private one: a whole country's may be an address."""
    assert refusal("GET", b"/_sandbox/faults", {"host": host}, "0.0.0.0") is not None


@pytest.mark.parametrize("path", ["/identities", "/events", "/_sandbox/collect"])
def test_browsers_post_from_any_site(caller: Caller, path: str) -> None:
    """The snippet stands in the developer's own site; what it gets back may be read there, refusals too."""
    headers = {"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
    url = caller.sandbox.tracking_url + path
    answer = caller.http.post(url, content=b"{}", headers=headers)
    assert answer.status_code == 422
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/identities", "/events", "/_sandbox/collect"])
def test_browsers_are_told_beforehand_that_they_may_post_json(caller: Caller, path: str) -> None:
    """A front end of the developer's own asks first."""
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = caller.http.options(caller.sandbox.tracking_url + path, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_reads_are_not_for_browsers(caller: Caller) -> None:
    """They need the secret, which no page may have."""
    caller.post_identity()
    url = f"{caller.sandbox.base_url}/SANDBOX_KEY/customers/customer-42"
    answer = caller.http.get(url, params={"secret": "SANDBOX_SECRET"}, headers={"Origin": "https://shop.example"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/identities", "/events"])
def test_another_sites_page_gets_nothing_to_read(caller: Caller, path: str) -> None:
    """What is stored under a transaction id that it guessed may be somebody else's."""
    caller.post_identity(meta={"agent": "private"})
    caller.post_event(meta={"agent": "private"})
    posted = {"/identities": {"identity": identity()}, "/events": {"event": event()}}[path]
    answer = caller.http.post(
        caller.sandbox.tracking_url + path, json=posted, headers={"Origin": "https://evil.example"}
    )
    assert (answer.status_code, answer.content) == (200, b"{}")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
        ("127.0.0.1:1", 200),
        ("localhost", 200),
        ("sandbox:8080", 200),
        ("sandbox.internal", 200),
        ("sandbox.test", 200),
    ],
)
def test_reads_need_a_name_that_nobody_else_can_point_here(caller: Caller, host: str, status: int) -> None:
    """The default credentials are public, so a page under a name of its own could read; containers' names are fine."""
    caller.post_identity()
    url = f"{caller.sandbox.base_url}/SANDBOX_KEY/customers/customer-42?secret=SANDBOX_SECRET"
    assert caller.http.get(url, headers={"Host": host}).status_code == status


def test_pageview_from_a_browser_is_stored_by_the_sandboxs_clock(caller: Caller) -> None:
    """Whatever time the browser thinks it is."""
    with Sandbox(clock=datetime.fromtimestamp(MOMENT, UTC)) as sandbox:
        here = Caller(sandbox, caller.http)
        members = {"public_key": "SANDBOX_KEY", "visitor_id": "visitor-1", "url": "/", "created_at": 1}
        assert here.post("/_sandbox/collect", {"pageview": members}).json() == {"added": 1}
        here.post_identity()
        (pageview,) = here.customer("customer-42", "show_pageviews")["pageviews"]
    assert pageview["created_at"] == identity(created_at="2018-03-02T14:13:20Z")["created_at"]
    assert "public_key" not in pageview


@pytest.mark.parametrize(("key", "status"), [("wrong", 401), ("SANDBOX_KEY", 403)])
def test_pageview_needs_an_account_that_is_not_disabled(caller: Caller, key: str, status: int) -> None:
    """As the contract's calls do."""
    caller.sandbox.disabled = True
    members = {"public_key": key, "visitor_id": "visitor-1", "url": "/"}
    assert caller.post("/_sandbox/collect", {"pageview": members}).status_code == status


def test_mounted_application_stands_under_its_path(caller: Caller) -> None:
    """It sees its place in root_path, and is not in the list of requests."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    def show(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.scope['root_path']} {request.url.path}")

    caller.sandbox.mount("/_sandbox/site", Starlette(routes=[Route("/page", show)]))
    answer = httpx.get(caller.sandbox.tracking_url + "/_sandbox/site/page", trust_env=False, timeout=30)
    assert answer.text == "/_sandbox/site /_sandbox/site/page"
    assert caller.sandbox.requests == []


@pytest.mark.parametrize(
    "path",
    ["/events", "/_sandbox/", "/_sandbox/a/b", "_sandbox/a", "/_sandbox/a?", "/_sandbox/in-use", "/_sandbox/api"],
)
def test_mounting_elsewhere_is_a_value_error(sandbox: Sandbox, path: str) -> None:
    """What the vendor has stays the vendor's."""

    async def app(scope: object, receive: object, send: object) -> None:
        raise AssertionError

    sandbox.mount("/_sandbox/in-use", app)
    with pytest.raises(ValueError, match=r"one segment under|already"):
        sandbox.mount(path, app)


def test_what_browsers_ask_for_by_themselves_is_not_recorded(caller: Caller) -> None:
    """The list is of what the developer's site and back end did."""
    for path in ("/favicon.ico", "/snippet.js", "/_sandbox/"):
        caller.http.get(caller.sandbox.tracking_url + path)
    assert caller.sandbox.requests == []


def test_page_without_its_slash_is_redirected(caller: Caller) -> None:
    """People type it so."""
    answer = caller.http.get(caller.sandbox.tracking_url + "/_sandbox", follow_redirects=True)
    assert (answer.status_code, str(answer.url)) == (200, caller.sandbox.page_url)
