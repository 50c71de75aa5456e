"""The code samples: run without changes, they send the request again."""

import json
import shlex
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyttributionio.sandbox import ReceivedRequest, Sandbox
from pyttributionio.sandbox.page.code_samples import samples_of_customer, samples_of_request
from pyttributionio.sandbox.page.curl_sample import curl_command
from pyttributionio.sandbox.page.python_sample import literal

from .._posting import Caller, event, exchange, get, identity, segment, without
from ._samples import needs_curl, run_python, run_shell

HOSTILE = [
    "customer-42",
    'it\'s "quoted" \\ back\\slashed',
    "$(touch pwned)`touch pwned`${HOME} !! %s \\n",
    "two\nlines\r\nand\ttabs",
    "'''\"\"\"; import os; {x} #",
    "a/b?c=d&secret=e#f@x.io",
    "..",
    "@file",
    "-X DELETE",
    "🧦 ünïcode \u202e\u2028\x85",
    "[1-3]{a,b}",
    "\x00\x1b[31m",
]


def samples(sandbox: Sandbox, request: ReceivedRequest) -> tuple[str, str]:
    """Return the curl sample and the Python sample of a request."""
    shown = samples_of_request(request, sandbox.tracking_url)
    return shown.curl, shown.python


def sent(request: ReceivedRequest) -> tuple[Any, ...]:
    """Return what has to be the same when the request is sent again."""
    return (request.method, request.path, sorted(request.query.split("&")), request.body, request.status)


def sent_by_the_sdk(request: ReceivedRequest) -> tuple[Any, ...]:
    """Return what has to be the same when the SDK sends the request: the JSON value instead of its bytes."""
    body = json.loads(request.body) if request.body else None
    return (request.method, request.path, sorted(request.query.split("&")), body, request.status)


@needs_curl
@pytest.mark.parametrize("text", HOSTILE)
def test_curl_of_an_event_sends_the_same_bytes(caller: Caller, text: str) -> None:
    """The shell does not run texts that visitors wrote."""
    caller.post_event(client_id=text, aliases=[text], url=text, meta={"agent": text, text: [text]})
    run_shell(samples(caller.sandbox, caller.sandbox.requests[0])[0])
    first, second = caller.sandbox.requests
    assert sent(second) == sent(first)


@needs_curl
@pytest.mark.parametrize("text", HOSTILE)
def test_curl_of_a_read_reads_the_same_customer(caller: Caller, text: str) -> None:
    """With the secret from the environment."""
    caller.post_identity(client_id=text)
    caller.read(text, "show_events", "show_pageviews")
    run_shell(samples(caller.sandbox, caller.sandbox.requests[1])[0])
    _, read, again = caller.sandbox.requests
    assert read.status == 200
    assert sent(again) == sent(read)


@needs_curl
@pytest.mark.parametrize("text", HOSTILE)
def test_samples_of_a_customer_read_all_collections(caller: Caller, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """In both languages, with the documented flag for all."""
    caller.post_identity(client_id=text)
    shown = samples_of_customer("SANDBOX_KEY", text, caller.sandbox.tracking_url)
    run_shell(shown.curl)
    run_python(shown.python, monkeypatch)
    _, by_curl, by_python = caller.sandbox.requests
    assert by_curl.status == 200
    assert sent(by_python) == sent(by_curl)
    assert "show_all=true" in by_curl.query


@pytest.mark.parametrize("text", HOSTILE)
def test_python_of_an_event_sends_the_same_event(caller: Caller, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """And no identity, which is another request."""
    changes = {"client_id": text, "aliases": [text], "event_public_key": text, "transaction_id": text}
    caller.post_event(**changes, url=text, meta={"agent": text, text: [text, None, True, 1.5]}, is_informational=True)
    run_python(samples(caller.sandbox, caller.sandbox.requests[0])[1], monkeypatch)
    first, second = caller.sandbox.requests
    assert sent_by_the_sdk(second) == sent_by_the_sdk(first)


@pytest.mark.parametrize("agent", ["", *HOSTILE[1:4]])
def test_python_of_an_identity_sends_the_same_identity(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    """An empty user agent stays empty, though the SDK would replace it."""
    caller.post_identity(client_id=f"id {agent}", aliases=[f"visitor {agent}"], meta={"agent": agent, "more": {}})
    run_python(samples(caller.sandbox, caller.sandbox.requests[0])[1], monkeypatch)
    first, second = caller.sandbox.requests
    assert sent_by_the_sdk(second) == sent_by_the_sdk(first)


@pytest.mark.parametrize(
    "flags", [(), ("show_events",), ("show_identities", "show_pageviews"), ("show_all",), ("show_all", "show_events")]
)
def test_python_of_a_read_includes_the_same(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    """Flag by flag; all of them are "all"."""
    caller.post_identity()
    wanted = caller.read("customer-42", *flags).json()
    run_python(samples(caller.sandbox, caller.sandbox.requests[1])[1], monkeypatch)
    again = caller.sandbox.requests[2]
    assert json.loads(again.answer) == wanted


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "its body is not that of the API"),
        (b"\xff\x00", "its body is not that of the API"),
        (json.dumps({"event": without(event(), "url")}).encode(), "url: expected text"),
        (json.dumps({"event": without(event(), "public_key")}).encode(), "public_key: expected text"),
        (json.dumps({"event": event(public_key=5)}).encode(), "public_key: expected text"),
        (json.dumps({"event": event(), "more": 1}).encode(), 'not an object with "event" alone'),
        (json.dumps({"event": event(extra=1)}).encode(), 'other members: "extra"'),
        (json.dumps({"event": event(aliases=["a", "b"])}).encode(), "has 2 visitor ids"),
        (json.dumps({"event": event(url="")}).encode(), "its url is empty"),
        (json.dumps({"event": event(client_id=" ")}).encode(), "its client_id is blank"),
        (json.dumps({"event": event(public_key="a b")}).encode(), "refuses its public key"),
    ],
)
def test_request_that_the_sdk_does_not_send_is_a_comment(caller: Caller, body: bytes, reason: str) -> None:
    """It has the reason."""
    caller.post_bytes("/events", body)
    _, python = samples(caller.sandbox, caller.sandbox.requests[0])
    assert python.startswith("# The SDK has no call that sends this: ")
    assert reason in python
    assert python.count("\n") == 1


def test_comment_has_one_line_with_any_member_names(caller: Caller) -> None:
    """A second line would be run as code."""
    caller.post_bytes("/events", json.dumps({"event": event(**{"x\nimport os\r\x85": 1})}).encode())
    _, python = samples(caller.sandbox, caller.sandbox.requests[0])
    assert len(python.splitlines()) == 1
    assert "import os" in python


@pytest.mark.parametrize(
    "path", ["/_sandbox/pageviews", "/nowhere", "/api/v1/k/customers/%FF", "/api/v1/k/customers/%2"]
)
def test_other_routes_have_no_call_of_the_sdk(caller: Caller, path: str) -> None:
    """Neither have the sandbox's own routes."""
    caller.http.get(caller.sandbox.tracking_url + path)
    _, python = samples(caller.sandbox, caller.sandbox.requests[0])
    assert python.startswith("# The SDK has no call that sends this: ")


@needs_curl
@pytest.mark.parametrize("body", [b"\xff\x00\r\n%s%%\\0'", b"@/etc/passwd", b"x" * 150_000, b"'" * 40_000, b"\x00"])
def test_curl_sends_any_bytes(caller: Caller, body: bytes) -> None:
    """Also bytes that an argument cannot have, and those that curl interprets."""
    caller.http.post(caller.sandbox.tracking_url + "/nowhere", content=body, headers={"Content-Type": "x/y"})
    run_shell(samples(caller.sandbox, caller.sandbox.requests[0])[0])
    first, second = caller.sandbox.requests
    assert sent(second) == sent(first)
    assert second.headers["content-type"] == "x/y"


@needs_curl
def test_curl_sends_no_content_type_if_there_was_none(caller: Caller) -> None:
    """By default, curl sends the content type of a form."""
    caller.post_bytes("/events", b"{}")
    run_shell(samples(caller.sandbox, caller.sandbox.requests[0])[0])
    assert "content-type" not in caller.sandbox.requests[1].headers


@needs_curl
@pytest.mark.parametrize("target", ["/a/./../b/..", "//a//", "/[1-3]{a,b}?c=[d]", "/%2e%2E/a%2Fb?x=%20&&y=+&secret="])
def test_curl_sends_the_exact_target(sandbox: Sandbox, target: str) -> None:
    """Dots, slashes and brackets too, which curl interprets by default."""
    exchange(sandbox, get(target))
    run_shell(samples(sandbox, sandbox.requests[0])[0])
    first, second = sandbox.requests
    assert sent(second) == sent(first)


@needs_curl
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST"])
def test_curl_uses_the_same_method(caller: Caller, method: str) -> None:
    """With and without a body."""
    for body in (b"", b"{}") if method in {"PUT", "POST"} else (b"",):
        caller.http.request(method, caller.sandbox.tracking_url + "/nowhere", content=body)
        run_shell(samples(caller.sandbox, caller.sandbox.requests[-1])[0])
        assert sent(caller.sandbox.requests[-1]) == sent(caller.sandbox.requests[-2])


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Keep the target of the request."""
        self.server.targets.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@needs_curl
def test_curl_encodes_the_secret_and_the_shell_does_not_change_it() -> None:
    """A secret may have characters with a meaning in a shell or in a query."""
    with HTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.targets = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        origin = f"http://127.0.0.1:{server.server_port}"
        run_shell(curl_command("GET", origin, "/x", "secret=REDACTED&a=%20"), secret="$(id)&a b'\"`#%")
        thread.join()
        # Newer versions of curl encode a blank as a plus.
        (target,) = server.targets  # type: ignore[attr-defined]
        assert target.replace("+", "%20") == "/x?a=%20&secret=%24%28id%29%26a%20b%27%22%60%23%25"


def test_secret_is_in_double_quotes() -> None:
    """In single quotes, curl would send the variable's name."""
    text = curl_command("GET", "http://127.0.0.1:1", "/x", "s%65cret=REDACTED")
    assert '"secret=$PYTTRIBUTIONIO_API_SECRET"' in text
    assert "REDACTED" not in text
    # The words of the shell before it inserts the variable's value.
    assert shlex.split(text)[-2:] == ["--data-urlencode", "secret=$PYTTRIBUTIONIO_API_SECRET"]


def test_target_that_is_not_a_path_is_sent_without_changes() -> None:
    """Such as that of OPTIONS for a whole server, and one with a number sign."""
    assert "--request-target '*' \\\n  http://x" in curl_command("OPTIONS", "http://x", "*", "")
    assert "--request-target '/a#b?c' \\\n  http://x" in curl_command("GET", "http://x", "/a#b", "c")


def test_body_that_is_too_long_to_paste_is_not_in_the_sample() -> None:
    """It would make the page slow."""
    text = curl_command("POST", "http://x", "/events", "", body=b"x" * 300_000)
    assert text == "# The body of 300,000 bytes is too long for a command.\n"


def test_program_for_another_machine_allows_insecure_http(caller: Caller) -> None:
    """Without the argument, the SDK sends nothing unencrypted over the network."""
    caller.post("/identities", {"identity": identity()})
    (request,) = caller.sandbox.requests
    for host, allowed in (("192.0.2.7", True), ("127.0.0.1", False), ("localhost", False), ("[::1]", False)):
        python = samples_of_request(request, f"http://{host}:1").python
        assert ("allow_insecure_http=True" in python) is allowed


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@given(json_values)
def test_literal_is_the_value_on_one_line(value: Any) -> None:
    """Evaluating the text gives the value."""
    text = literal(value)
    assert len(text.splitlines()) <= 1
    assert eval(text, {"__builtins__": {}}) == value


def test_ids_of_dots_stay_in_the_path() -> None:
    """Their dots are percent-encoded."""
    curl = samples_of_customer("k", "..", "http://x").curl
    assert f"/customers/{segment('..')}" in curl


@pytest.mark.parametrize("path", ["/api/v1/K/customers/..", "/a/../x", "/./x"])
def test_dots_with_a_secret_have_no_command(path: str) -> None:
    """When curl adds to the query, it always resolves the dots, and would send the secret to another path."""
    assert curl_command("GET", "http://127.0.0.1:1", path, "secret=REDACTED").startswith("# curl resolves the dots")
    assert curl_command("GET", "http://127.0.0.1:1", path, "show_all=true").startswith("curl ")
