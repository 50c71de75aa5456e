"""One request to a server, step by step, over the client's own connections: name, connection, TLS, answer."""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import httpcore

from pyttributionio._http.door import check_network
from pyttributionio._http.proxies import Route, connection_on
from pyttributionio._http.streams import DeadlineBackend, SocketOption, Traffic
from pyttributionio._shared.version import __version__

Step: TypeAlias = Literal["name", "connection", "proxy_tls", "tunnel", "tls", "answer"]
FAILURES: Final = (OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, UnicodeError)
"""The errors of a request that the network, the proxy or the server causes."""


@dataclass
class Probe:
    """The course of one request.

    Attributes:
        times: The seconds of each step that was completed, in their order.
        addresses: The addresses of the server's name; those of the proxy's, if there is one.
        step: The step that was under way last.
        error: The error that ended it, or None.
        certificate: The server's certificate, as `ssl` describes it.
        status: The status of the answer, or None.
        headers: The headers of the answer, with names in lower case.
        answered_at: The system's time (Unix seconds) when the answer came.
    """

    times: dict[Step, float] = field(default_factory=dict[Step, float])
    addresses: tuple[str, ...] = ()
    step: Step = "name"
    error: Exception | None = None
    certificate: Mapping[str, object] | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    answered_at: float = 0.0


def probe(route: Route, origin: str, timeout: float) -> Probe:
    """Ask a server for the head of its first page, with neither key nor secret.

    Args:
        route: The proxy and the certificates.
        origin: Scheme, host and port.
        timeout: The seconds for all steps together. Only the look-up of a name may take longer.

    Raises:
        NetworkBlockedError: PYTTRIBUTIONIO_NETWORK refuses this server.
    """
    result = Probe()
    url = httpcore.URL(f"{origin}/")
    check_network(host := url.host.decode("ascii"))  # before the look-up of the name
    traffic = Traffic(host)
    traffic.monotonic = time.monotonic
    traffic.deadline = time.monotonic() + timeout
    backend = _Backend(traffic, result)
    connection = connection_on(route, url.origin, backend)
    request = httpcore.Request(
        "HEAD",
        url,
        headers=[("Host", origin.partition("://")[2]), ("User-Agent", f"pyttributionio-doctor/{__version__}")],
        extensions={
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout),
            "trace": _Trace(result, is_proxied=route.proxy is not None),
        },
    )
    try:
        with_answer = connection.handle_request(request)
        result.answered_at = time.time()
        result.status = with_answer.status
        result.headers = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in with_answer.headers}
        with_answer.close()
    except (*FAILURES, httpcore.ProxyError) as error:
        result.error = error
    finally:
        connection.close()
        # httpcore leaves the stream open if a SOCKS proxy refuses, or if a handshake fails.
        if isinstance(traffic.stream, httpcore.NetworkStream):
            traffic.stream.close()
    return result


class _Backend(DeadlineBackend):
    """Measure the look-up of the name apart from the connection."""

    def __init__(self, traffic: Traffic, result: Probe) -> None:
        super().__init__(traffic)
        self._result = result

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        begin = time.monotonic()
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = self._result.addresses = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
        now = time.monotonic()
        self._result.times["name"] = now - begin
        self._result.step = "connection"
        deadline = now + (timeout or 0.0)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for number, address in enumerate(addresses):
            seconds = (deadline - time.monotonic()) / (len(addresses) - number)
            try:
                stream = super().connect_tcp(address, port, max(seconds, 0.001), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                self._result.times["connection"] = time.monotonic() - now
                return stream
        raise failure


class _Trace:
    """Note the steps that httpcore reports: https://www.encode.io/httpcore/extensions/#trace."""

    def __init__(self, result: Probe, *, is_proxied: bool) -> None:
        self._result = result
        self._is_proxied = is_proxied
        self._began = 0.0

    def __call__(self, name: str, info: Mapping[str, object]) -> None:
        layer, event, phase = name.rsplit(".", 2)
        result = self._result
        if phase == "started" and event == "start_tls":
            self._began = time.monotonic()
            # With a proxy, the connection's own TLS is the proxy's.
            result.step = "proxy_tls" if self._is_proxied and layer.endswith("connection") else "tls"
        elif phase == "started" and (event == "setup_socks5_connection" or event == "send_request_headers"):
            self._begin_exchange(info, is_socks=event == "setup_socks5_connection")
        elif phase == "complete" and event == "start_tls":
            result.times[result.step] = time.monotonic() - self._began
            if result.step == "tls":
                result.certificate = _certificate(info.get("return_value"))
        elif phase == "complete" and event in {"receive_response_headers", "setup_socks5_connection"}:
            result.times[result.step] = time.monotonic() - self._began

    def _begin_exchange(self, info: Mapping[str, object], *, is_socks: bool) -> None:
        self._began = time.monotonic()
        request = info.get("request")
        is_tunnel = is_socks or (isinstance(request, httpcore.Request) and request.method == b"CONNECT")
        self._result.step = "tunnel" if is_tunnel else "answer"


def _certificate(stream: object) -> Mapping[str, object] | None:
    """Return the certificate of a stream with TLS."""
    if not isinstance(stream, httpcore.NetworkStream):
        return None
    # The first is a private object of `ssl`, except for TLS inside of a proxy's TLS, where the socket is the proxy's.
    for name in ("ssl_object", "socket"):
        secured: object = stream.get_extra_info(name)
        if isinstance(secured, ssl.SSLSocket | ssl.SSLObject):
            return secured.getpeercert()
    return None
