"""Proxies of the environment: which one a call takes, and what that one gets to see of it."""

import logging
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from pyttributionio import APIConnectionError, APIStatusError
from pyttributionio._http.proxies import route_to
from support.faults import CUSTOMER, KINDS, FaultServer, answer, connect
from support.proxy import Proxy, SocksProxy
from support.surfaces import SECRET, Logs, assert_clean, check_error
from support.tls import Authority, TLSServer


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


def port_of(server: FaultServer) -> int:
    """Return a server's port."""
    return urlsplit(server.url).port or 0


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Catch what all loggers say at DEBUG, and look at it at the end."""
    root, caught = logging.getLogger(), Logs()
    before = root.level
    root.addHandler(caught)
    root.setLevel(logging.DEBUG)
    yield caught
    root.removeHandler(caught)
    root.setLevel(before)
    caught.check()


def test_plain_calls_tell_the_proxy_their_whole_url(kind: Any, logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads and posts; the server's name is the proxy's to look up. The secret is on the wire alone."""
    options = {"api_secret": SECRET, "allow_insecure_http": True}
    with FaultServer(CUSTOMER) as server, Proxy(port_of(server)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with connect(kind, "http://shop.example", **options) as caller:
            assert caller.get(include=["events"]).client_id == "c-1"
            caller.identity()
        heads = [proxy.requests[0].head, server.requests[1].head]
    assert heads[0].startswith(
        b"GET http://shop.example/api/v1/KEY/customers/c-1?secret=S3cr3t%2F%2B%3D%25%26value%21&"
    )
    assert heads[1].startswith(b"POST http://shop.example:80/identities HTTP/1.1") or heads[1].startswith(
        b"POST http://shop.example/identities HTTP/1.1"
    )
    assert all(b"\r\nHost: shop.example\r\n" in head for head in heads)


def test_https_calls_tell_the_proxy_the_host_alone(
    kind: Any, logs: Logs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret goes through the tunnel; the request that opens it has nothing of it."""
    authority = Authority(tmp_path)
    with TLSServer(authority.context("shop.example")) as server, Proxy(server.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with connect(kind, "https://shop.example", api_secret=SECRET) as caller:
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
            assert caller.get().client_id == caller.get().client_id == "c-1"
            caller.identity()
        assert [request.head.split(b"\r\n")[0] for request in proxy.requests] == [b"CONNECT shop.example:443 HTTP/1.1"]
        assert_clean("what the proxy saw", proxy.requests[0].head)
        assert [b"secret=S3cr3t%2F" in request.head for request in server.requests] == [True, True, False]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_refuses_is_an_error_without_the_secret(
    kind: Any, scheme: str, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the proxy's own password, which stands in the environment's URL."""
    refusal = answer("no", 407)
    with FaultServer(refusal) as server, Proxy(port_of(server), refusal=refusal) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url.replace("//", "//anna:pa55word@"))
        options = {"api_secret": SECRET, "allow_insecure_http": True, "max_retries": 0}
        with connect(kind, f"{scheme}://shop.example", **options) as caller:
            with pytest.raises((APIConnectionError, APIStatusError), match="407") as caught:
                caller.get()
            check_error(caught.value)
            assert "pa55word" not in repr(caller.client._driver.__dict__)
        assert b"Proxy-Authorization: Basic" in proxy.requests[0].head


def test_proxy_of_a_kind_unknown_is_an_error_of_the_call(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not tried again, for it will not get better."""
    monkeypatch.setenv("HTTP_PROXY", "gopher://127.0.0.1:9")
    with connect(kind, "http://127.0.0.1:9") as caller:
        with pytest.raises(APIConnectionError, match="gopher") as caught:
            caller.get()
        assert caught.value.attempts == 1


@pytest.mark.parametrize("rest", ["/x@127.0.0.1:9", "#x@127.0.0.1:9", ""])
def test_proxy_whose_password_is_not_escaped_is_named_without_it(
    kind: Any, rest: str, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable and what to write; libraries would quote the password as a wrong port."""
    monkeypatch.setenv("HTTP_PROXY", f"http://anna:pa55word{rest}")
    with connect(kind, "http://127.0.0.1:9", api_secret=SECRET) as caller:
        with pytest.raises(APIConnectionError, match=r"proxy for http \(HTTP_PROXY or ALL_PROXY\).*%2F") as caught:
            caller.get()
        assert "pa55word" not in repr(caught.value)
        assert caught.value.attempts == 1
        check_error(caught.value)


def test_socks_proxy_tunnels_all_calls(kind: Any, logs: Logs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told the host alone, plain http too, and sees nothing of what TLS hides; one connection serves on."""
    with FaultServer(CUSTOMER, answer(), CUSTOMER) as server:
        port = port_of(server)
        with (
            SocksProxy(port, login=("me", "pass")) as proxy,
            connect(kind, f"http://shop.example:{port}", api_secret=SECRET, allow_insecure_http=True) as caller,
        ):
            monkeypatch.setenv("ALL_PROXY", proxy.url.replace("http://", "socks5://me:pass@"))
            assert caller.get().client_id == "c-1"
            caller.identity(client_id="c-1")
            assert caller.get().client_id == "c-1"
        assert proxy.asked == [(b"shop.example", port)]
        assert [request.method for request in server.requests] == ["GET", "POST", "GET"]
    authority = Authority(tmp_path)
    with TLSServer(authority.context("shop.example")) as tls_server, SocksProxy(tls_server.port) as proxy:
        with connect(kind, "https://shop.example", api_secret=SECRET) as caller:
            monkeypatch.setenv("ALL_PROXY", proxy.url.replace("http://", "socks5://"))
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
            caller.identity(client_id="c-1")
        assert proxy.asked == [(b"shop.example", 443)]
        assert len(tls_server.requests) == 1


def test_socks_proxy_that_refuses_is_an_error_without_the_secret(
    kind: Any, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the call, in the proxy's words."""
    with SocksProxy(9, refuses=True) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url.replace("http://", "socks5://"))
        with connect(kind, "https://shop.example", api_secret=SECRET, max_retries=0) as caller:
            with pytest.raises(APIConnectionError, match="not allowed by ruleset") as caught:
                caller.get()
            check_error(caught.value)


ENVIRONMENTS: list[dict[str, str]] = [
    {},
    {"HTTP_PROXY": "http://one.example:1"},
    {"HTTPS_PROXY": "http://two.example:2"},
    {"ALL_PROXY": "http://all.example:3"},
    {"all_proxy": "all.example:3", "https_proxy": "http://two.example:2"},
    {"HTTP_PROXY": "http://one.example:1", "http_proxy": "http://lower.example:4"},
    *[
        {"ALL_PROXY": "http://all.example:3", "NO_PROXY": none}
        for none in ("*", "shop.example", ".example", "example", "127.0.0.1,other.example", "::1", "localhost")
    ],
]
ORIGINS = [
    "http://shop.example",
    "https://www.shop.example:8443",
    "http://127.0.0.1:80",
    "http://[::1]:9",
    "http://localhost",
]


@pytest.mark.parametrize("variables", ENVIRONMENTS, ids=str)
def test_environment_is_read_as_httpx_reads_it(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same proxy for the same URL as an httpx.Client with trust_env would take."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with httpx.Client(verify=False) as client:
        for origin in ORIGINS:
            pool: Any = client._transport_for_url(httpx.URL(origin))._pool  # type: ignore[attr-defined]
            theirs = getattr(pool, "_proxy_url", None)
            proxy = route_to(origin).proxy
            ours = None if proxy is None else (proxy.url.raw_host, proxy.url.port)
            assert ours == (None if theirs is None else (theirs.host, theirs.port)), origin


def test_http_proxy_does_not_count_where_a_client_can_set_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a CGI script the variable may be a request's Proxy header."""
    monkeypatch.setenv("HTTP_PROXY", "http://one.example:1")
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    assert route_to("http://shop.example").proxy is None


def test_secure_proxy_is_checked_like_any_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its TLS context is the one that all share."""
    monkeypatch.setenv("HTTP_PROXY", "https://one.example:1")
    monkeypatch.setenv("SSL_CERT_DIR", "none")
    route = route_to("http://shop.example")
    assert route.proxy is not None
    assert isinstance(route.proxy.ssl_context, ssl.SSLContext)
