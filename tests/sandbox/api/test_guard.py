"""The sandbox's own routes: programs and its own page may use them, pages of other sites may not."""

from datetime import UTC, datetime

import httpx
import pytest
from starlette.responses import PlainTextResponse

from pyttributionio.sandbox import Sandbox
from pyttributionio.sandbox.api.guard import refusal

from .._posting import MOMENT, Caller, event, exchange, identity

OURS = "This route is the sandbox's own; Attribution.io has no such route."
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
    """By the origin that the browser sends, and by the name in the Host header."""
    answer = caller.http.request(method, caller.sandbox.tracking_url + path, json=PAGEVIEWS, headers=headers)
    assert (answer.status_code == 403) is refused
    if refused:
        assert answer.json()["error"]["message"]


def test_refused_pageviews_are_not_stored(caller: Caller) -> None:
    """The request is refused before its body is read."""
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
def test_own_routes_have_a_header_that_says_so(caller: Caller, method: str, path: str, status: int) -> None:
    """Errors, files and mounted applications too, so that they are not taken for the vendor's."""
    caller.sandbox.mount("/_sandbox/site", PlainTextResponse("hello"))
    answer = caller.http.request(method, caller.sandbox.tracking_url + path)
    assert answer.status_code == status
    assert answer.headers.get_list("x-sandbox") == [OURS]


def test_refusals_and_preflights_of_own_routes_have_the_header_too(caller: Caller) -> None:
    """And the stream."""
    url = caller.sandbox.tracking_url + "/_sandbox/"
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    assert caller.http.options(url + "collect", headers=asked).headers["x-sandbox"] == OURS
    refused = caller.http.get(url, headers={"Host": "evil.example"})
    assert (refused.status_code, refused.headers["x-sandbox"]) == (403, OURS)
    with caller.http.stream("GET", url + "api/stream") as stream:
        assert stream.headers["x-sandbox"] == OURS


@pytest.mark.parametrize("path", ["/events", "/api/v1/SANDBOX_KEY/customers/x", "/nothing", "/snippet.js"])
def test_paths_of_the_api_do_not_have_the_header(caller: Caller, path: str) -> None:
    """Their answers are those of the contract."""
    assert "x-sandbox" not in caller.http.get(caller.sandbox.tracking_url + path).headers


def test_own_origin_is_allowed(caller: Caller) -> None:
    """The page posts to its own origin."""
    url = caller.sandbox.tracking_url
    answer = caller.http.post(url + "/_sandbox/pageviews", json=PAGEVIEWS, headers={"Origin": url})
    assert answer.status_code == 200


def test_percent_encoded_path_is_not_a_guarded_one(sandbox: Sandbox) -> None:
    """It is another path, which does not exist."""
    for target in ("/%5Fsandbox/faults", "//_sandbox/faults", "/./_sandbox/faults", "/_sandbox%2Ffaults"):
        sent = f"DELETE {target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        assert exchange(sandbox, sent.encode()).startswith(b"HTTP/1.1 421 "), target
        here = sent.replace("evil.example", "127.0.0.1")
        assert exchange(sandbox, here.encode()).startswith(b"HTTP/1.1 404 "), target


def test_link_on_another_site_can_only_open_the_page() -> None:
    """A developer's documentation may have such a link."""
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
def test_addresses_and_private_names_are_allowed(host: str) -> None:
    """No other site can point them to this machine; a reserved name may end with a dot."""
    assert refusal("GET", b"/_sandbox/faults", {"host": host}, "0.0.0.0") is None


@pytest.mark.parametrize("host", ["example.com", "example.com.", "com.", "localhost..", ".", "evil.localhost.com."])
def test_public_names_are_refused_with_a_dot_and_without(host: str) -> None:
    """A dot at the end does not make a name private."""
    assert refusal("GET", b"/_sandbox/faults", {"host": host}, "0.0.0.0") is not None


@pytest.mark.parametrize("path", ["/identities", "/events", "/_sandbox/collect"])
def test_browsers_post_from_any_site(caller: Caller, path: str) -> None:
    """The snippet is in the developer's own site, which may read the answers, also those of refused posts."""
    headers = {"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
    url = caller.sandbox.tracking_url + path
    answer = caller.http.post(url, content=b"{}", headers=headers)
    assert answer.status_code == 422
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/identities", "/events", "/_sandbox/collect"])
def test_preflight_allows_posting_json(caller: Caller, path: str) -> None:
    """A browser sends one before the developer's own script posts JSON."""
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = caller.http.options(caller.sandbox.tracking_url + path, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_reads_are_not_allowed_for_pages(caller: Caller) -> None:
    """They need the secret, which must not be in a page."""
    caller.post_identity()
    url = f"{caller.sandbox.base_url}/SANDBOX_KEY/customers/customer-42"
    answer = caller.http.get(url, params={"secret": "SANDBOX_SECRET"}, headers={"Origin": "https://shop.example"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/identities", "/events"])
def test_page_of_another_site_cannot_read_stored_data(caller: Caller, path: str) -> None:
    """It could guess the transaction id of an event that it has not posted."""
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
def test_reads_need_a_name_that_no_other_site_can_use(caller: Caller, host: str, status: int) -> None:
    """Such a page could read, because the default credentials are known; names of containers are allowed."""
    caller.post_identity()
    url = f"{caller.sandbox.base_url}/SANDBOX_KEY/customers/customer-42?secret=SANDBOX_SECRET"
    assert caller.http.get(url, headers={"Host": host}).status_code == status


def test_pageview_from_a_browser_has_the_time_of_the_sandboxs_clock(caller: Caller) -> None:
    """The browser's clock does not matter."""
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
    """Like the API's calls."""
    caller.sandbox.disabled = True
    members = {"public_key": key, "visitor_id": "visitor-1", "url": "/"}
    assert caller.post("/_sandbox/collect", {"pageview": members}).status_code == status


def test_mounted_application_is_served_under_its_path(caller: Caller) -> None:
    """The path is in `root_path`, and its requests are not recorded."""
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


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "["])
def test_mounted_application_is_reached_by_names_of_the_sandbox_only(caller: Caller, host: str) -> None:
    """A name of another site can point to this machine, and its pages could then read the application's."""
    caller.sandbox.mount("/_sandbox/site", PlainTextResponse("hello"))
    url = caller.sandbox.tracking_url + "/_sandbox/site/"
    answer = caller.http.get(url, headers={"Host": host})
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == f"{host!r} is not a name of this sandbox: use its address"
    # A link on another site leads to it.
    assert caller.http.get(url, headers={"Sec-Fetch-Site": "cross-site", "Host": "shop.test"}).text == "hello"


@pytest.mark.parametrize(
    "path",
    ["/events", "/_sandbox/", "/_sandbox/a/b", "_sandbox/a", "/_sandbox/a?", "/_sandbox/in-use", "/_sandbox/api"],
)
def test_mounting_elsewhere_is_a_value_error(sandbox: Sandbox, path: str) -> None:
    """The API's paths cannot be replaced."""

    async def app(scope: object, receive: object, send: object) -> None:
        raise AssertionError

    sandbox.mount("/_sandbox/in-use", app)
    with pytest.raises(ValueError, match=r"one segment under|already"):
        sandbox.mount(path, app)


def test_page_snippet_and_icon_are_not_recorded(caller: Caller) -> None:
    """The list has the requests of the developer's site and back end."""
    for path in ("/favicon.ico", "/snippet.js", "/_sandbox/"):
        caller.http.get(caller.sandbox.tracking_url + path)
    assert caller.sandbox.requests == []


def test_page_without_its_slash_is_redirected(caller: Caller) -> None:
    """People type the address without it."""
    answer = caller.http.get(caller.sandbox.tracking_url + "/_sandbox", follow_redirects=True)
    assert (answer.status_code, str(answer.url)) == (200, caller.sandbox.page_url)
