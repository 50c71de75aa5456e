"""The page shows no secret, from any request; and a short secret does not change requests and code samples."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import pytest

from pyttributionio.sandbox import Sandbox

from .._posting import Caller, event, identity, new_client
from ._samples import needs_curl, run_python, run_shell

# All its spellings differ: percent-encoded, escaped in JSON, and as bytes.
SECRET = 'h"ush\\e/&%41+='
ENCODED = quote(SECRET, safe="")


@pytest.fixture
def careless() -> Iterator[Caller]:
    """A caller of a sandbox whose secret has many spellings."""
    with Sandbox(api_secret=SECRET) as sandbox, new_client() as http:
        yield Caller(sandbox, http)


def everything_shown(caller: Caller) -> list[str]:
    """Read everything that the page reads: lists, details, the stream, and each customer."""
    base = f"{caller.sandbox.tracking_url}/_sandbox/api"
    count = len(caller.sandbox.requests)
    paths = ["state", "customers", "requests", *(f"requests/{number + 1}" for number in range(count))]
    paths += [f"customer?client_id={client_id}" for client_id in ("customer-42", ENCODED)]
    shown = [caller.http.get(f"{base}/{path}").text for path in paths]
    with caller.http.stream("GET", f"{base}/stream") as answer:
        lines = (line for line in answer.iter_lines() if line.startswith("data: "))
        shown += [next(lines).removeprefix("data: ") for _ in range(count)]
    return shown


def strings(value: Any) -> Iterator[str]:
    """Yield all texts in a JSON value, and in JSON inside its texts."""
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        for member in value:
            yield from strings(member)
    elif isinstance(value, str):
        yield value
        try:
            inner = json.loads(value)
        except ValueError:
            return
        yield from strings(inner) if inner != value else ()


def assert_hidden(caller: Caller) -> None:
    """Check that the secret is in nothing that is shown, in no encoding."""
    for text in everything_shown(caller):
        for string in strings(json.loads(text)):
            assert SECRET not in string
            assert SECRET not in unquote(string)
            assert SECRET not in unquote(unquote(string))
            assert SECRET not in re.sub(r"\\(.)", r"\1", string)


POSTED = {
    "client id": {"client_id": SECRET},
    "client id with more": {"client_id": f"x{SECRET}y"},
    "public key": {"public_key": SECRET},
    "alias": {"aliases": ["visitor-1", SECRET]},
    "alias that is none": {"aliases": [{"x": SECRET}]},
    "agent": {"meta": {"agent": f"Bearer {SECRET}"}},
    "name of a member": {"meta": {"agent": "x", SECRET: 1}, SECRET: SECRET},
    "key of the event": {"event_public_key": SECRET},
    "address": {"url": f"http://127.0.0.1:1/api/v1/SANDBOX_KEY/customers/ada?secret={ENCODED}"},
    "address encoded again": {"url": f"https://shop.example/?u={quote(ENCODED)}"},
}


@pytest.mark.parametrize("changes", POSTED.values(), ids=POSTED.keys())
@pytest.mark.parametrize("ascii_only", [True, False])
def test_posted_secret_is_not_shown(careless: Caller, changes: dict[str, Any], ascii_only: bool) -> None:
    """Neither in the requests, nor in anything that is made of them: lists, samples and customers."""
    for path, name, members in (("/identities", "identity", identity()), ("/events", "event", event())):
        known = {key: value for key, value in changes.items() if key in members or key == SECRET}
        careless.post_bytes(path, json.dumps({name: members | known}, ensure_ascii=ascii_only).encode())
    pageview = {"public_key": "SANDBOX_KEY", "visitor_id": "visitor-1", "title": SECRET, "url": "http://x/"}
    careless.post("/_sandbox/collect", {"pageview": pageview | {k: v for k, v in changes.items() if k in pageview}})
    assert_hidden(careless)
    # `requests` has the bodies as they arrived.
    assert SECRET in str([json.loads(request.body) for request in careless.sandbox.requests]).replace("\\\\", "\\")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"/api/v1/SANDBOX_KEY/customers/{ENCODED}", "secret=wrong"),
        (f"/api/v1/{ENCODED}/customers/ada", ""),
        ("/api/v1/SANDBOX_KEY/customers/customer-42", f"secret={ENCODED}&show_all=true"),
        ("/api/v1/SANDBOX_KEY/customers/customer-42", f"show_all=true;x={quote(ENCODED)}"),
        (f"/{ENCODED}", ENCODED),
    ],
)
def test_secret_in_an_address_or_a_header_is_not_shown(careless: Caller, path: str, query: str) -> None:
    """It is not in `requests` either."""
    careless.post_identity()
    address = f"{careless.sandbox.tracking_url}{path}?{query}"
    plain = SECRET.encode()
    careless.http.get(address, headers={b"Referer": address.encode(), b"Authorization": plain, b"X-It": b"a=" + plain})
    careless.http.get(address, auth=("SANDBOX_KEY", SECRET))
    assert_hidden(careless)
    for request in careless.sandbox.requests:
        head = [request.path, request.query, *request.headers.values()]
        assert not [text for text in head if SECRET in unquote(unquote(text.encode("latin-1").decode()))]
    assert careless.sandbox.requests[-1].headers["authorization"] == "Basic REDACTED"


def test_secret_of_an_account_that_was_added_later_is_hidden_too(caller: Caller) -> None:
    """Also in requests that arrived before."""
    caller.http.get(f"{caller.sandbox.tracking_url}/x-late-hush?late-hush", headers={"X-late-hush": "late-hush"})
    caller.post_identity(client_id="late-hush")
    caller.sandbox.add_account("LATE", "late-hush")
    assert "late-hush" not in "".join(everything_shown(caller))
    assert "x-redacted" in caller.http.get(f"{caller.sandbox.tracking_url}/_sandbox/api/requests/1").text


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/reset?secret=abc",
        "https://shop.example/reset?secret=abc&x='\"\\",
        "https://shop.example/;secret=#secret=",
    ],
)
def test_secret_parameter_of_a_visitors_address_is_shown(caller: Caller, url: str) -> None:
    """It is not the sandbox's, such as in a link that resets a password: the JSON is not changed."""
    caller.post_event(url=url)
    shown = caller.http.get(f"{caller.sandbox.tracking_url}/_sandbox/api/requests/1").json()
    (request,) = caller.sandbox.requests
    assert shown["body"]["text"] == request.body.decode()
    assert shown["answer"]["text"] == request.answer.decode()
    assert shown["body"]["bytes"] == len(request.body)


@needs_curl
@pytest.mark.parametrize(
    "secret", ["secret", "key", "s", "api", "true", "events", "customer", "show_al", "REDACT", "c"]
)
def test_short_secret_does_not_change_the_log_and_the_samples(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """The secret of a test is often a frequent word."""
    with Sandbox(api_key="key", api_secret=secret) as sandbox, new_client() as http:
        caller = Caller(sandbox, http)
        caller.post_identity(public_key="key", client_id="ada")
        caller.post_event(public_key="key", client_id="ada")
        assert caller.read("ada", "show_events", key="key", secret=secret).status_code == 200
        sent = [(r.method, r.path, r.query, r.body) for r in sandbox.requests]
        assert [path for _, path, _, _ in sent] == ["/identities", "/events", "/api/v1/key/customers/ada"]
        assert sent[2][2] == "secret=REDACTED&show_events=true"
        assert json.loads(sent[0][3])["identity"]["client_id"] == "ada"
        for number in (1, 2, 3):
            shown = http.get(f"{sandbox.tracking_url}/_sandbox/api/requests/{number}").json()
            assert (shown["account"], shown["client_id"], shown["path"]) == ("key", "ada", sent[number - 1][1])
            assert shown["body"]["text"].encode() == sent[number - 1][3]
            run_shell(shown["curl"], secret)
            run_python(shown["python"], monkeypatch, secret)
        again = [(r.status, r.path, sorted(r.query.split("&"))) for r in sandbox.requests[3:]]
        assert again == [(200, path, sorted(query.split("&"))) for _, path, query, _ in sent for _ in range(2)]


def test_short_secret_is_hidden_if_it_is_a_whole_value() -> None:
    """In each part of a request."""
    with Sandbox(api_secret="hush!") as sandbox, new_client() as http:
        caller = Caller(sandbox, http)
        caller.post_identity(client_id="hush!")
        caller.http.get(
            f"{sandbox.base_url}/hush%21/customers/hush!?x=hush!", headers={"X-It": "Bearer hush!", "Y": "hush!"}
        )
        read = sandbox.requests[1]
        assert (read.path, read.query) == ("/api/v1/REDACTED/customers/REDACTED", "x=REDACTED")
        assert (read.headers["x-it"], read.headers["y"]) == ("Bearer REDACTED", "REDACTED")
        assert "hush" not in "".join(everything_shown(caller))


@pytest.mark.parametrize(
    ("secret", "method"),
    [
        ("SANDBOX_SECRET", "SANDBOX_SECRET"),
        ("SANDBOX_SECRET", "GET-SANDBOX_SECRET"),
        ("hush-hush", "HUSH-hush"),
        ("hunter2", "hunter2"),
        ("hunter2", "HUNTER2"),
    ],
)
def test_a_secret_in_the_place_of_the_method_is_not_shown(secret: str, method: str) -> None:
    """A shell puts it there if an option is forgotten; it is not in `requests` either."""
    with Sandbox(api_secret=secret) as sandbox, new_client() as http:
        caller = Caller(sandbox, http)
        http.request(method, f"{sandbox.tracking_url}/events", content=b"{}")
        assert [request.method for request in sandbox.requests] == ["REDACTED"]
        for text in (*everything_shown(caller), repr(sandbox.requests)):
            assert secret.lower() not in text.lower()


@pytest.mark.parametrize("secret", ["GET", "POST", "OPTIONS", "s", "E"])
def test_the_methods_of_http_are_shown_even_if_one_is_the_secret(secret: str) -> None:
    """They are words that everyone knows; a request with another method stays readable too."""
    with Sandbox(api_secret=secret) as sandbox, new_client() as http:
        for method in ("GET", "POST", "OPTIONS", "PATCH", "REPORT"):
            http.request(method, f"{sandbox.tracking_url}/events")
        assert [request.method for request in sandbox.requests] == ["GET", "POST", "OPTIONS", "PATCH", "REPORT"]


FAULTS: dict[str, dict[str, Any]] = {
    "path": {"status": 503, "path": "/api/v1/{}/customers/*"},
    "end of a path": {"status": 503, "path": "/api/*/{}"},
    "between wildcards": {"status": 503, "path": "*/{}*"},
    "method": {"status": 503, "path": "*", "method": "{}"},
    "Retry-After": {"status": 503, "path": "*", "retry_after": "{}"},
    "name of a member": {"path": "*", "drift": {"{}": 1}},
    "value of a member": {"path": "*", "drift": {"channel": [{"x": "{}"}]}},
}


@pytest.mark.parametrize("secret", ["Hushhush", "hush"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_secret_in_a_fault_is_not_shown(fault: dict[str, Any], secret: str) -> None:
    """Not on the page, not in the log of requests, not in the text of the faults; the fault works nevertheless."""
    options = json.loads(json.dumps(fault).replace("{}", secret))
    with Sandbox(api_secret=secret) as sandbox, new_client() as http:
        sandbox.faults.always(**options)
        path = options["path"].replace("*", "")
        http.request(options.get("method", "GET").upper(), f"{sandbox.tracking_url}/{path.lstrip('/')}")
        caller = Caller(sandbox, http)
        assert sandbox.requests[0].fault is not None
        listed = http.get(f"{sandbox.tracking_url}/_sandbox/faults")
        added = http.post(f"{sandbox.tracking_url}/_sandbox/faults", json={"always": True, **options})
        assert (listed.status_code, added.status_code) == (200, 201)
        shown = (listed.text, added.text, repr(sandbox.faults), str(sandbox.faults), repr(sandbox.requests[0].fault))
        for text in (*shown, *everything_shown(caller)):
            assert secret.lower() not in text.lower()
        assert "REDACTED" in listed.text
        rule, _ = sandbox.faults.active
        assert secret in str(rule.fault.path) + str(rule.fault.drift) + str(rule.fault.retry_after) or rule.fault.method


def test_a_fault_without_a_secret_is_shown_as_it_is(caller: Caller) -> None:
    """With the JSON that the route reads."""
    document = {"share": 0.5, "status": 503, "retry_after": "Sun, 06 Nov 1994 08:49:37 GMT", "path": "/api/*[ab]?"}
    shown = caller.http.post(f"{caller.sandbox.tracking_url}/_sandbox/faults", json=document).json()["faults"]
    assert [{name: value for name, value in fault.items() if name != "text"} for fault in shown] == [document]
    assert shown[0]["text"] == str(caller.sandbox.faults.active[0])
