"""A recorder in a test that uses pytest-httpx too. The lowest dependencies leave this file out: it wants httpx 0.28."""

import httpx
import pytest
from pytest_httpx import HTTPXMock

from pyttributionio import AsyncClient, Client
from pyttributionio.outbox import Outbox
from pyttributionio.testing import Recorder


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_each_sees_its_own_requests(httpx_mock: HTTPXMock, anyio_backend: str) -> None:
    """The recorder those of the SDK, blocking and async and of an outbox; pytest-httpx those of the application."""
    httpx_mock.add_response(url="https://shop.example/stock", json={"socks": 7})
    with Recorder() as recorder, httpx.Client() as shop:
        assert shop.get("https://shop.example/stock").json() == {"socks": 7}
        Client().tracking.identity("sync", visitor_id="v")
        await AsyncClient().tracking.identity("async", visitor_id="v")
        with Outbox(Client(), durability="memory") as outbox:
            outbox.identity("stored", visitor_id="v")
            assert outbox.flush(20) == 0
    assert [each.client_id for each in recorder.identities] == ["sync", "async", "stored"]
    assert [str(request.url) for request in httpx_mock.get_requests()] == ["https://shop.example/stock"]


def test_pytest_httpx_answers_after_the_recorder(httpx_mock: HTTPXMock) -> None:
    """The clients go back to the wire, where the double is."""
    httpx_mock.add_response(url="https://attribution.test/identities", status_code=201)
    client = Client("KEY", tracking_url="https://attribution.test")
    with Recorder() as recorder:
        client.tracking.identity("recorded", visitor_id="v")
    client.tracking.identity("doubled", visitor_id="v")
    assert [each.client_id for each in recorder.identities] == ["recorded"]
    assert len(httpx_mock.get_requests()) == 1
