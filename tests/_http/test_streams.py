"""The streams below the transport: each operation ends with the deadline, and a request leaves in one piece."""

import asyncio
import socket
import ssl
import time
from typing import Any

import httpcore
import pytest

from pyttributionio import Client
from pyttributionio._http import streams
from pyttributionio._http.streams import (
    AsyncDeadlineBackend,
    AsyncDeadlineStream,
    DeadlineBackend,
    DeadlineStream,
    Traffic,
    holds_bytes,
)
from support.faults import CUSTOMER, KINDS, FaultServer, answer, connect


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


def traffic(seconds: float, monotonic: Any = time.monotonic) -> Traffic:
    """Return the state of a connection whose exchange has so many seconds left."""
    made = Traffic("127.0.0.1")
    made.monotonic = monotonic
    made.deadline = monotonic() + seconds
    return made


class _Backend(httpcore.MockBackend):
    """Notes the timeouts it is given."""

    def __init__(self) -> None:
        super().__init__([])
        self.timeouts: list[float | None] = []

    def connect_tcp(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        """Connect at once."""
        self.timeouts.append(arguments[2])
        return super().connect_tcp(*arguments, **options)


def connected(monkeypatch: pytest.MonkeyPatch, backend: httpcore.NetworkBackend) -> None:
    """Put a backend below ours, in the place of the network."""
    monkeypatch.setattr(httpcore, "SyncBackend", lambda: backend)


def test_connecting_and_tls_end_with_the_deadline_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step's timeout is cut to the seconds that remain. With none remaining it is not taken."""
    backend = _Backend()
    connected(monkeypatch, backend)
    state = traffic(50)
    stream = DeadlineBackend(state).connect_tcp("127.0.0.1", 443, 5)
    DeadlineBackend(state).connect_tcp("127.0.0.1", 443, 500)
    DeadlineBackend(state).connect_tcp("127.0.0.1", 443, None)
    assert backend.timeouts[0] == pytest.approx(5, abs=1)
    for cut in backend.timeouts[1:]:
        assert cut is not None
        assert 40 < cut <= 50
    assert isinstance(stream.start_tls(httpcore.default_ssl_context(), "shop.example", 5), DeadlineStream)
    state.deadline = time.monotonic()
    with pytest.raises(httpcore.ConnectTimeout, match="deadline"):
        DeadlineBackend(state).connect_tcp("shop.example", 443, 5)
    with pytest.raises(httpcore.ConnectTimeout, match="deadline"):
        stream.start_tls(httpcore.default_ssl_context(), "shop.example", 5)
    with pytest.raises(httpcore.ReadTimeout, match="deadline"):
        stream.read(1, None)
    stream.write(b"x", None)
    with pytest.raises(httpcore.WriteTimeout, match="deadline"):
        stream.write(b"", None)


def test_async_streams_end_with_the_deadline_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The async twins, TLS included."""
    monkeypatch.setattr(httpcore, "AnyIOBackend", lambda: httpcore.AsyncMockBackend([]))

    async def work() -> None:
        state = traffic(50)
        stream = await AsyncDeadlineBackend(state).connect_tcp("shop.example", 443, 5)
        again = await stream.start_tls(httpcore.default_ssl_context(), "shop.example", 5)
        assert isinstance(again, AsyncDeadlineStream)
        state.deadline = time.monotonic()
        with pytest.raises(httpcore.ConnectTimeout, match="deadline"):
            await stream.start_tls(httpcore.default_ssl_context(), "shop.example", 5)
        with pytest.raises(httpcore.ReadTimeout, match="deadline"):
            await again.read(1, None)
        await again.write(b"x", None)
        with pytest.raises(httpcore.WriteTimeout, match="deadline"):
            await again.write(b"", None)

    asyncio.run(work())


class _Reader(httpcore.NetworkStream):
    """Takes what is written, and lets the deadline pass after some pieces."""

    def __init__(self, pieces: int, state: Traffic) -> None:
        self.pieces = pieces
        self.state = state
        self.taken: list[bytes] = []

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.taken.append(buffer)
        if len(self.taken) == self.pieces:
            self.state.deadline = time.monotonic()


def test_a_long_write_looks_at_the_clock_between_its_pieces() -> None:
    """Httpcore waits the whole timeout for each part a slow reader takes, so it must not be given all at once."""
    state = traffic(1000)
    reader = _Reader(pieces=3, state=state)
    stream = DeadlineStream(reader, state)
    stream.write(bytes(range(256)) * 4096, 5)
    assert reader.taken == []
    with pytest.raises(httpcore.WriteTimeout, match="the deadline passed"):
        stream.write(b"", 5)
    assert len(reader.taken) == 3
    assert max(map(len, reader.taken)) <= 65536


class _Secured(httpcore.AsyncMockStream):
    """A stream over TLS whose memory holds what a test says."""

    def __init__(self, secured: object) -> None:
        super().__init__([])
        self.secured = secured

    def get_extra_info(self, info: str) -> object:
        return self.secured if info == "ssl_object" else None


class _Memory(ssl.SSLObject):
    """An SSLObject that answers a read as a test says."""

    def __new__(cls, *_: object) -> Any:
        return object.__new__(cls)

    def __init__(self, found: bytes | Exception) -> None:
        self.found = found

    def read(self, *_: object, **__: object) -> bytes:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def test_bytes_that_tls_holds_in_memory_are_seen() -> None:
    """Also the end of the stream, and a record that can't be read: only "read more" means that nothing is there."""
    assert not holds_bytes(None)
    assert not holds_bytes(_Secured(None))
    assert not holds_bytes(_Secured(_Memory(ssl.SSLWantReadError())))
    for found in (b"H", b"", ssl.SSLZeroReturnError(), ssl.SSLError("bad record")):
        assert holds_bytes(_Secured(_Memory(found)))


def test_a_long_write_arrives_whole_and_in_order(kind: Any) -> None:
    """What is sent in pieces is what was to be sent."""
    text = "".join(f"{number};" for number in range(200_000))
    with FaultServer(answer()) as server, connect(kind, server.url) as caller:
        caller.identity(meta={"text": text})
        assert text.encode() in server.requests[0].body


def test_a_post_is_written_in_one_piece_and_each_call_anew(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Httpcore writes head and body apart, which are two packets and two system calls; a read has a head alone."""
    written: list[bytes] = []
    backend: Any = httpcore.SyncBackend if kind is Client else httpcore.AnyIOBackend
    connect_plainly = backend.connect_tcp

    def note(plain: Any) -> Any:
        write = plain.write

        def noted(buffer: bytes, timeout: float | None = None) -> Any:
            written.append(buffer)
            return write(buffer, timeout)

        plain.write = noted
        return plain

    def connect_noting(self: Any, *arguments: Any, **options: Any) -> Any:
        plain = connect_plainly(self, *arguments, **options)
        if kind is Client:
            return note(plain)

        async def opened() -> Any:
            return note(await plain)

        return opened()

    monkeypatch.setattr(backend, "connect_tcp", connect_noting)
    with FaultServer(answer(), CUSTOMER, answer()) as server, connect(kind, server.url) as caller:
        caller.identity()
        caller.get()
        caller.identity()
        assert server.connections == 1
    whole = [each for each in written if each]
    assert [each.partition(b" ")[0] for each in whole] == [b"POST", b"GET", b"POST"]
    assert [each.endswith(b"}") for each in whole] == [True, False, True]


class _Silent(httpcore.MockBackend):
    """A network in which some addresses never answer; time passes only there, as long as it is given."""

    def __init__(self, clock: list[float], answering: set[str]) -> None:
        super().__init__([])
        self.clock, self.answering = clock, answering
        self.tried: list[tuple[str, float]] = []

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_: Any) -> httpcore.NetworkStream:
        """Connect, or let the time pass."""
        assert timeout is not None
        self.tried.append((host, round(timeout, 3)))
        if host in self.answering:
            return httpcore.MockStream([])
        self.clock[0] += timeout
        raise httpcore.ConnectTimeout("timed out")


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[float]:
    """Give a name these addresses; return the one hand of a clock."""
    found = [(0, 0, 0, "", (address, 443)) for address in (*addresses, *addresses)]
    monkeypatch.setattr(streams.socket, "getaddrinfo", lambda *_, **__: found)
    return [100.0]


def test_all_addresses_of_a_host_share_one_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket library would give each of them all of it: four silent ones outlasted the deadline four times."""
    clock = resolving(monkeypatch, "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4")
    backend = _Silent(clock, set())
    connected(monkeypatch, backend)
    with pytest.raises(httpcore.ConnectTimeout):
        DeadlineBackend(traffic(1000, lambda: clock[0])).connect_tcp("shop.example", 443, 2.0)
    assert backend.tried == [(f"192.0.2.{number}", 0.5) for number in (1, 2, 3, 4)]
    assert clock == [102.0]


def test_next_address_is_tried_where_one_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """And has all the time that is left, if it is the last."""
    clock = resolving(monkeypatch, "192.0.2.1", "192.0.2.2")
    backend = _Silent(clock, {"192.0.2.2"})
    connected(monkeypatch, backend)
    assert isinstance(
        DeadlineBackend(traffic(1000, lambda: clock[0])).connect_tcp("shop.example", 443, 2.0), DeadlineStream
    )
    assert backend.tried == [("192.0.2.1", 1.0), ("192.0.2.2", 1.0)]


def test_host_without_an_address_is_a_connect_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed look-up is told in the operating system's words."""

    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(streams.socket, "getaddrinfo", fail)
    with pytest.raises(httpcore.ConnectError, match="Name or service not known"):
        DeadlineBackend(traffic(50)).connect_tcp("nowhere.example", 443, 5)
