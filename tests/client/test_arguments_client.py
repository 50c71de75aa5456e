"""What a client is made with: credentials, servers, options, from arguments and environment."""

import math
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pyttributionio import AsyncClient, Client
from wire._both import KINDS, Kind, call_through

CLASSES: dict[str, Callable[..., Any]] = {"sync": Client, "async": AsyncClient}
HALF = "a\ud800"

KEY_HINT = (
    "is not a public key: it is one segment of a URL's path, so it has no white space, slashes or similar characters"
)
SECRET_HINT = "api_secret has white space, control or non-ASCII characters in it (its value is not shown here)"
PLAIN = "must be plain ASCII, without query, fragment or white space"
ABSOLUTE = "is not an absolute https:// URL"
FAR = "would send its data unencrypted. Use https://, or pass allow_insecure_http=True"
LOGIN = "must not carry a user name or password (its value is not shown here)"

CREDENTIALS: dict[str, tuple[type[Exception], str, dict[str, Any]]] = {
    "empty key": (ValueError, "api_key is empty: pass the account's public key", {"api_key": ""}),
    "blank key": (ValueError, f"api_key ' ' {KEY_HINT}", {"api_key": " "}),
    "slash in key": (ValueError, f"api_key 'a/b' {KEY_HINT}", {"api_key": "a/b"}),
    "backslash in key": (ValueError, KEY_HINT, {"api_key": "a\\b"}),
    "space in key": (ValueError, f"api_key 'a b' {KEY_HINT}", {"api_key": "a b"}),
    "new line after key": (ValueError, rf"api_key 'a\n' {KEY_HINT}", {"api_key": "a\n"}),
    "query in key": (ValueError, KEY_HINT, {"api_key": "a?b"}),
    "fragment in key": (ValueError, KEY_HINT, {"api_key": "a#b"}),
    "percent in key": (ValueError, KEY_HINT, {"api_key": "%2e%2e"}),
    "key that stays": (ValueError, f"api_key '.' {KEY_HINT}", {"api_key": "."}),
    "key that climbs": (ValueError, f"api_key '..' {KEY_HINT}", {"api_key": ".."}),
    "non-ASCII key": (ValueError, f"api_key 'schlüssel' {KEY_HINT}", {"api_key": "schlüssel"}),
    "half key": (ValueError, rf"api_key 'a\ud800' {KEY_HINT}", {"api_key": HALF}),
    "number as key": (TypeError, "api_key is the account's public key as a str, not int", {"api_key": 42}),
    "bytes as key": (TypeError, "api_key is the account's public key as a str, not bytes", {"api_key": b"KEY"}),
    "empty secret": (ValueError, "api_secret is empty: pass the account's secret, or leave it out", {"api_secret": ""}),
    "blank secret": (ValueError, SECRET_HINT, {"api_secret": " "}),
    "space in secret": (ValueError, SECRET_HINT, {"api_secret": "hush hush"}),
    "new line after secret": (ValueError, SECRET_HINT, {"api_secret": "hush\n"}),
    "non-ASCII secret": (ValueError, SECRET_HINT, {"api_secret": "hüsh"}),
    "half secret": (ValueError, SECRET_HINT, {"api_secret": "hush\ud800"}),
    "bytes as secret": (TypeError, "api_secret is the account's secret as a str, not bytes", {"api_secret": b"hush"}),
}

URLS: dict[str, tuple[type[Exception], str, Any]] = {
    "far http": (ValueError, f"'http://attribution.io/api/v1' {FAR}", "http://attribution.io/api/v1"),
    "http to a name that starts like loopback": (ValueError, FAR, "http://localhost.evil.example"),
    "http to a name that ends like loopback": (ValueError, FAR, "http://evil-localhost"),
    "http to a name like a loopback address": (ValueError, FAR, "http://127.0.0.1.evil.example"),
    "http to all addresses": (ValueError, FAR, "http://0.0.0.0"),
    "http to a far address": (ValueError, FAR, "http://[2001:db8::1]"),
    "user": (ValueError, LOGIN, "https://user@attribution.io"),
    "user and password": (ValueError, LOGIN, "https://user:pw@attribution.io"),
    "password that looks like a port": (ValueError, LOGIN, "https://user:pw:99999@attribution.io"),
    "login without scheme": (ValueError, LOGIN, "user:hunter2@attribution.io/api/v1"),
    "password with a slash": (ValueError, LOGIN, "https://user:pa/ss@attribution.io"),
    "login in a relative URL": (ValueError, LOGIN, "//user:hunter2@attribution.io"),
    "empty user": (ValueError, LOGIN, "https://@attribution.io"),
    "loopback as user": (ValueError, LOGIN, "http://localhost@evil.example"),
    "query": (ValueError, PLAIN, "https://attribution.io/api/v1?a=1"),
    "empty query": (ValueError, PLAIN, "https://attribution.io/api/v1?"),
    "fragment": (ValueError, PLAIN, "https://attribution.io/api/v1#a"),
    "space": (ValueError, PLAIN, "https://attribution.io/api /v1"),
    "new line at its end": (ValueError, PLAIN, "https://attribution.io/api/v1\n"),
    "non-ASCII": (ValueError, PLAIN, "https://attributiön.io"),
    "backslash": (ValueError, PLAIN, "https://attribution.io\\api"),
    "dot segment": (ValueError, "has a dot segment in it", "https://attribution.io/api/../v1"),
    "brace": (ValueError, PLAIN, "https://attribution.io/{account}"),
    "relative": (ValueError, ABSOLUTE, "/api/v1"),
    "without scheme": (ValueError, ABSOLUTE, "attribution.io/api/v1"),
    "without scheme, with slashes": (ValueError, ABSOLUTE, "//attribution.io/api/v1"),
    "without host": (ValueError, ABSOLUTE, "https:///api/v1"),
    "ftp": (ValueError, ABSOLUTE, "ftp://attribution.io"),
    "file": (ValueError, ABSOLUTE, "file:///etc/passwd"),
    "empty": (ValueError, ABSOLUTE, ""),
    "blank": (ValueError, ABSOLUTE, " "),
    "port beyond the last": (ValueError, "is not a URL: Port out of range", "https://attribution.io:65536"),
    "port of letters": (ValueError, "is not a URL: Port could not be cast", "https://attribution.io:https"),
    "half an address": (ValueError, "is not a URL: Invalid IPv6 URL", "https://[::1"),
    "httpx.URL": (TypeError, "is a URL as a str, not URL", httpx.URL("https://attribution.io")),
    "bytes": (TypeError, "is a URL as a str, not bytes", b"https://attribution.io"),
}

POSITIVE = "it takes a positive, finite number of seconds"
SECONDS: dict[str, tuple[type[Exception], str, Any]] = {
    "0": (ValueError, POSITIVE, 0),
    "negative": (ValueError, POSITIVE, -1.5),
    "nan": (ValueError, POSITIVE, math.nan),
    "inf": (ValueError, POSITIVE, math.inf),
    "-inf": (ValueError, POSITIVE, -math.inf),
    "more than a float holds": (ValueError, POSITIVE, 10**400),
    "more than Python writes": (ValueError, f"is <unprintable int>: {POSITIVE}", 10**5000),
    "bool": (TypeError, "is a number of seconds, not bool", True),
    "text": (TypeError, "is a number of seconds, not str", "10"),
}
OPTIONS: dict[str, tuple[type[Exception], str, dict[str, Any]]] = {
    **{f"timeout: {name}": (error, text, {"timeout": value}) for name, (error, text, value) in SECONDS.items()},
    **{f"deadline: {name}": (error, text, {"deadline": value}) for name, (error, text, value) in SECONDS.items()},
    "timeout: one part 0": (ValueError, "timeout is 0.0: it takes a positive", {"timeout": httpx.Timeout(5, read=0.0)}),
    "max_retries: negative": (ValueError, "max_retries is -1: it takes 0 or more", {"max_retries": -1}),
    "max_retries: very negative": (ValueError, "max_retries is <unprintable int>", {"max_retries": -(10**5000)}),
    "max_retries: bool": (TypeError, "max_retries is a whole number, not bool", {"max_retries": True}),
    "max_retries: float": (TypeError, "max_retries is a whole number, not float", {"max_retries": 2.0}),
    "max_retries: inf": (TypeError, "max_retries is a whole number, not float", {"max_retries": math.inf}),
    "max_retries: text": (TypeError, "max_retries is a whole number, not str", {"max_retries": "2"}),
}
ONLY_AT_FIRST: dict[str, tuple[type[Exception], str, dict[str, Any]]] = {
    "timeout: None": (TypeError, "timeout is a number of seconds, not NoneType", {"timeout": None}),
    "deadline: None": (TypeError, "deadline is a number of seconds, not NoneType", {"deadline": None}),
    "strict: text": (TypeError, "strict is a bool, not str", {"strict": "no"}),
    "allow_insecure_http: text": (TypeError, "allow_insecure_http is a bool, not str", {"allow_insecure_http": "no"}),
    "on_drift: bool": (
        TypeError,
        "on_drift is a function that takes a Drift, or has a method `answered`, not bool",
        {"on_drift": True},
    ),
    "http_client: no send": (TypeError, "http_client is object, which has no send and", {"http_client": object()}),
    "http_client: text": (TypeError, "http_client is str, which has no send and build_request", {"http_client": "x"}),
    "http_client: class": (TypeError, "http_client is the class Client: pass an", {"http_client": httpx.Client}),
}
CONSTRUCTOR = CREDENTIALS | OPTIONS | ONLY_AT_FIRST


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CONSTRUCTOR)
def test_constructor_refuses(name: str, kind: Kind) -> None:
    """A malformed setting ends the constructor, with a message that says which and what to do."""
    error, text, arguments = CONSTRUCTOR[name]
    with pytest.raises(error) as caught:
        CLASSES[kind](**{"api_key": "KEY", "api_secret": "hush"} | arguments)
    assert text in str(caught.value)
    assert "hush" not in "".join(traceback.format_exception_only(caught.value))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("parameter", ["base_url", "tracking_url"])
@pytest.mark.parametrize("name", URLS)
def test_servers_refuse(name: str, parameter: str, kind: Kind) -> None:
    """Both servers have the same rules, and the message says which it was."""
    error, text, url = URLS[name]
    with pytest.raises(error) as caught:
        CLASSES[kind]("KEY", **{parameter: url})
    assert text in str(caught.value)
    assert str(caught.value).startswith(f"{parameter} ")
    assert not [password for password in ("pw", "hunter2", "pa/ss") if password in str(caught.value)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OPTIONS)
def test_with_options_refuses(name: str, kind: Kind) -> None:
    """Other options have the same rules as the first ones."""
    error, text, arguments = OPTIONS[name]
    client = CLASSES[kind]("KEY")
    with pytest.raises(error) as caught:
        client.with_options(**arguments)
    assert text in str(caught.value)


@pytest.mark.parametrize(("kind", "other"), [("sync", httpx.AsyncClient), ("async", httpx.Client)])
def test_http_client_of_the_wrong_kind_is_refused(kind: Kind, other: Any) -> None:
    """An AsyncClient in a Client, and the reverse, is found before a call hangs on it."""
    with pytest.raises(TypeError, match=r"http_client is of the wrong kind: this client needs an httpx\."):
        CLASSES[kind]("KEY", http_client=other(transport=httpx.MockTransport(lambda _: httpx.Response(200))))


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "[::1]", "localhost:8000", "[::1]:8000"]
)
def test_plain_http_to_this_machine_is_allowed(host: str) -> None:
    """Nothing leaves the machine, so nothing need be encrypted."""
    client = Client("KEY", base_url=f"http://{host}/api/v1", tracking_url=f"http://{host}")
    assert str(client._settings.base) == f"http://{host}/api/v1"
    assert str(client._settings.tracking) == f"http://{host}"


@pytest.mark.parametrize(
    "url", ["https://gate.example/@shop/v1", "HTTPS://gate.example:8443/a@b", "https://[::1]/@shop"]
)
def test_an_at_sign_in_a_path_is_no_login(url: str) -> None:
    """Gateways have such paths."""
    assert str(Client("KEY", base_url=url)._settings.base).lower() == url.lower()


def test_plain_http_elsewhere_is_allowed_where_it_is_asked_for() -> None:
    """A network of the caller's own is the caller's to judge."""
    client = Client("KEY", base_url="http://far.example/api/v1", allow_insecure_http=True)
    assert str(client._settings.base) == "http://far.example/api/v1"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_trailing_slashes_change_nothing(slashes: str, kind: Kind) -> None:
    """A server's URL with and without a slash at its end is the same."""
    urls: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        return httpx.Response(200, json={"customer": {}})

    servers = {"base_url": f"https://a.example/x/v1{slashes}", "tracking_url": f"https://b.example{slashes}"}
    call_through(kind, handle, lambda c: [c.customers.get("c"), c.tracking.event("e", visitor_id="v")], **servers)
    assert [url.partition("?")[0] for url in urls] == [
        "https://a.example/x/v1/KEY/customers/c",
        "https://b.example/events",
        "https://b.example/identities",
    ]


ENVIRONMENT = {
    "API_KEY": "ENV_KEY",
    "API_SECRET": "ENV_SECRET",
    "BASE_URL": "https://env.example/v1",
    "TRACKING_URL": "https://track.example/",
}


def seen_of(client: Any) -> tuple[Any, ...]:
    """Return what a client was made with."""
    settings = client._settings
    secret = settings.api_secret and settings.api_secret.reveal()
    return settings.api_key, secret, str(settings.base), str(settings.tracking)


@pytest.mark.parametrize("kind", KINDS)
def test_environment_is_used_where_arguments_are_left_out(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the four variables stands in for its argument."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(f"PYTTRIBUTIONIO_{name}", value)
    assert seen_of(CLASSES[kind]()) == ("ENV_KEY", "ENV_SECRET", "https://env.example/v1", "https://track.example")


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_win_over_the_environment(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a program says outweighs where it runs."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(f"PYTTRIBUTIONIO_{name}", value)
    client = CLASSES[kind]("KEY", "SECRET", base_url="https://a.example", tracking_url="https://b.example")
    assert seen_of(client) == ("KEY", "SECRET", "https://a.example", "https://b.example")


@pytest.mark.parametrize("kind", KINDS)
def test_empty_variable_counts_as_unset(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """As shells and compose files leave them behind."""
    for name in ENVIRONMENT:
        monkeypatch.setenv(f"PYTTRIBUTIONIO_{name}", "")
    assert seen_of(CLASSES[kind]("KEY")) == ("KEY", None, "https://attribution.io/api/v1", "https://api.attribution.io")
    assert seen_of(CLASSES[kind]())[0] == ""


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("API_KEY", "a b", "PYTTRIBUTIONIO_API_KEY 'a b' is not a public key"),
        ("API_SECRET", "hush hush", SECRET_HINT.replace("api_secret", "PYTTRIBUTIONIO_API_SECRET")),
        ("BASE_URL", "http://far.example", "PYTTRIBUTIONIO_BASE_URL 'http://far.example' would send"),
        ("TRACKING_URL", "far.example", "PYTTRIBUTIONIO_TRACKING_URL 'far.example' is not an absolute"),
    ],
)
def test_environment_has_the_same_rules(name: str, value: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A malformed variable is refused like a malformed argument."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "KEY")
    monkeypatch.setenv(f"PYTTRIBUTIONIO_{name}", value)
    with pytest.raises(ValueError) as caught:
        Client()
    assert text in str(caught.value)


def test_timeouts_are_one_number_or_an_httpx_timeout() -> None:
    """One number is not for the wait for a connection; an httpx.Timeout sets each, None meaning up to the deadline."""
    client = Client("KEY", timeout=3)
    assert client._settings.timeouts == (3.0, 3.0, 3.0, None)
    other = client.with_options(timeout=httpx.Timeout(1, read=2.5, pool=None), max_retries=0, deadline=7)
    assert other._settings.timeouts == (1.0, 2.5, 1.0, None)
    assert (other._settings.max_retries, other._settings.deadline) == (0, 7.0)
    assert client.with_options()._settings == client._settings
