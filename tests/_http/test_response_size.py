"""The bound on an answer's size: what each kind of call makes of an answer beyond it."""

import asyncio
import copy
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import trio

from pyttributionio import AsyncClient, Client, Drift, DriftReport, InternalServerError, ResponseValidationError
from support.faults import CUSTOMER, KINDS, Answer, Caller, FaultServer, answer, connect

LONG = answer(b'{"customer": {"client_id": "' + b"x" * 200_000 + b'"}}')
BOMB = answer(gzip.compress(bytes(3_000_000)), headers=[("Content-Encoding", "gzip")])
LIMIT: dict[str, Any] = {"max_response_bytes": 100_000}


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


@pytest.mark.parametrize("data", [LONG, BOMB], ids=["long", "bomb"])
def test_read_with_too_long_an_answer_says_so(kind: Any, data: bytes) -> None:
    """The error names the bound; the connection is thrown away, and the client works on."""
    with FaultServer(data, CUSTOMER) as server, connect(kind, server.url, **LIMIT) as caller:
        with pytest.raises(ResponseValidationError, match=r"at most 100000 bytes \(max_response_bytes\)") as caught:
            caller.get()
        assert (caught.value.status_code, caught.value.body, caught.value.attempts) == (200, "", 1)
        assert caller.get().client_id == "c-1"
        assert (server.connections, len(server.requests)) == (2, 2)


def test_an_endless_answer_is_left_off(kind: Any) -> None:
    """A server that never stops is not listened to until the deadline."""
    endless = Answer(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 200_000)
    with FaultServer(endless) as server, connect(kind, server.url, **LIMIT) as caller:
        with pytest.raises(ResponseValidationError, match="max_response_bytes"):
            caller.get()
        server.wait_for(ended=1)


def test_post_with_too_long_an_answer_was_accepted(kind: Any) -> None:
    """Its status says so; the echo is not read."""
    with FaultServer(LONG) as server, connect(kind, server.url, **LIMIT) as caller:
        assert caller.identity("c-1").client_id == "c-1"
        raw = caller.run(caller.client.tracking.with_raw_response.identity("c-1", visitor_id="v-1"))
        assert (raw.status_code, raw.content, len(server.requests)) == (200, b"", 2)


BROTLI = b'\x8b\x0a\x80{"customer": {"client_id": "c-1"}}\x03'  # Brotli keeps short texts as they are


def test_body_in_a_coding_that_was_not_asked_for_is_called_that(kind: Any) -> None:
    """A read fails with the name of the coding, an error shows no bytes of it, and a post was accepted."""
    seen: list[Drift] = []
    header = [("Content-Encoding", "br")]
    acts = [answer(BROTLI, headers=header), answer(BROTLI, 500, header), answer(BROTLI, headers=header)]
    with (
        FaultServer(*acts) as server,
        connect(kind, server.url, max_retries=0, on_drift=seen.append) as caller,
    ):
        with pytest.raises(ResponseValidationError, match='is in the coding "br", which the request did not ask for'):
            caller.get()
        with pytest.raises(InternalServerError, match='it is in the coding "br", which the request did not') as caught:
            caller.get()
        assert caught.value.body == ""
        assert caller.identity("c-1").client_id == "c-1"
    assert [drift.kind for drift in seen] == ["unreadable_answer", "unreadable_echo"]
    assert {drift.example for drift in seen} == {'in the coding "br", which the request did not ask for'}


@pytest.mark.parametrize("compressed", [False, True])
def test_of_an_error_no_more_than_64_kb_are_read(kind: Any, compressed: bool) -> None:
    """The status says what went wrong. The rest of a longer page is neither read nor decoded, redacted or quoted."""
    page = b"<p>" + b"x" * 200_000
    headers = [("Content-Encoding", "gzip")] if compressed else []
    acts = [answer(gzip.compress(page) if compressed else page, 500, headers), CUSTOMER]
    with FaultServer(*acts) as server, connect(kind, server.url, max_retries=0) as caller:
        with pytest.raises(InternalServerError) as caught:
            caller.get()
        assert caught.value.body == page[:65536].decode()
        assert caller.get().client_id == "c-1"


def test_an_error_through_a_callers_client_has_the_same_bound(kind: Any) -> None:
    """The SDK decodes there, too."""
    own: Any = httpx.Client(verify=False) if kind is Client else httpx.AsyncClient(verify=False)
    bomb = answer(gzip.compress(b"x" * 50_000_000), 500, [("Content-Encoding", "gzip")])
    with FaultServer(bomb) as server, connect(kind, server.url, max_retries=0, http_client=own) as caller:
        with pytest.raises(InternalServerError) as caught:
            caller.get()
        assert caught.value.body == "x" * 65536
        close(caller, own)


def test_a_body_that_is_encoded_many_times_over_is_not_decoded(kind: Any) -> None:
    """Each layer can multiply the size by a thousand, and each takes memory of its own."""
    data = gzip.compress(b"{}")
    for _ in range(5):
        data = gzip.compress(data)
    act = answer(data, headers=[("Content-Encoding", "gzip, gzip, gzip"), ("Content-Encoding", "gzip, gzip, gzip")])
    refused = pytest.raises(ResponseValidationError, match="at most 4 content codings")
    with FaultServer(act) as server, connect(kind, server.url) as caller, refused:
        caller.get()


def test_drift_is_told_of_an_echo_that_is_too_long(kind: Any) -> None:
    """The post was accepted all the same."""
    report = DriftReport()
    with FaultServer(LONG) as server, connect(kind, server.url, on_drift=report, **LIMIT) as caller:
        caller.identity()
        assert caller.event(client_id="c-1").client_id == "c-1"
    assert [(drift.model, drift.kind, drift.times) for drift in report] == [
        ("Event", "unreadable_echo", 1),
        ("Identity", "unreadable_echo", 2),
    ]
    assert report.answers == 3


def test_an_endless_answer_of_a_stream_that_does_not_end_is_left_off() -> None:
    """A caller's transport may pay no attention to being closed."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 100:
            read += 1
            yield b"x" * 1000

    async def main() -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(200, content=endless()))
        for own in (transport, httpx.AsyncClient(transport=transport)):
            async with AsyncClient("KEY", "hush", http_client=own, max_response_bytes=10_000) as client:
                with pytest.raises(ResponseValidationError, match="max_response_bytes"):
                    await client.customers.get("c-1")

    asyncio.run(main())
    assert read <= 24


def test_drift_is_told_of_too_long_an_answer(kind: Any) -> None:
    """As of any other that can't be read."""
    told: list[Drift] = []
    refused = pytest.raises(ResponseValidationError)
    with FaultServer(LONG) as server, connect(kind, server.url, on_drift=told.append, **LIMIT) as caller, refused:
        caller.get()
    assert [drift.kind for drift in told] == ["unreadable_answer"]


def test_bound_holds_through_a_callers_client(kind: Any) -> None:
    """The SDK takes the bytes as they came, and decodes them itself."""
    own: Any = httpx.Client(verify=False) if kind is Client else httpx.AsyncClient(verify=False)
    acts, options = [BOMB, CUSTOMER], {"http_client": own, **LIMIT}
    with FaultServer(*acts) as server, connect(kind, server.url, **options) as caller:
        with pytest.raises(ResponseValidationError, match="max_response_bytes"):
            caller.get()
        assert caller.get().client_id == "c-1"
        close(caller, own)


def close(caller: Caller, own: Any) -> None:
    """Close a caller's client."""
    caller.run(own.close() if isinstance(own, httpx.Client) else own.aclose())


def test_copies_keep_the_bound(kind: Any) -> None:
    """It is the client's own, like its secret."""
    client = kind("KEY", max_response_bytes=5)
    for other in (client, copy.copy(client), copy.deepcopy(client), client.with_options(deadline=1)):
        assert other._driver._max_response_bytes == other._settings.max_response_bytes == 5


def test_too_long_an_answer_leaves_no_generator_behind_on_trio() -> None:
    """Trio warns of an async generator that is dropped, and the suite makes that an error."""

    async def read(url: str, own: httpx.AsyncClient | None) -> None:
        async with AsyncClient("KEY", "hush", base_url=url, http_client=own, max_response_bytes=100_000) as client:
            with pytest.raises(ResponseValidationError, match="max_response_bytes"):
                await client.customers.get("c-1")

    async def both(url: str) -> None:
        await read(url, None)
        async with httpx.AsyncClient(verify=False) as own:
            await read(url, own)

    with FaultServer(LONG) as server:
        trio.run(both, server.url)
