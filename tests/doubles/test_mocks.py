"""Doubles of `unittest.mock` have the calls of a client, with their signatures."""

import asyncio
import pickle
from collections.abc import Callable
from typing import Any
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec, seal

import pytest

from pyttributionio import AsyncClient, Client, Customer
from pyttributionio.outbox import Outbox

BLOCKING: dict[str, Callable[[], Any]] = {
    "create_autospec of an instance": lambda: create_autospec(Client, instance=True),
    "create_autospec of the class": lambda: create_autospec(Client)("key", "secret"),
    "create_autospec of a client": lambda: create_autospec(Client("key", "s3cr3t-s3cr3t")),
}


@pytest.mark.parametrize("make", BLOCKING.values(), ids=BLOCKING)
def test_autospec_knows_the_calls_and_their_arguments(make: Callable[[], Any]) -> None:
    """A call that the client would refuse is refused; a name that it lacks is too."""
    client = make()
    client.customers.get.return_value = Customer(client_id="ada")
    assert client.customers.get("ada", include=["events"]).client_id == "ada"
    client.customers.get.assert_called_once_with("ada", include=["events"])
    client.tracking.event("ev", visitor_id="v", identify=False)
    client.tracking.identity("ada", visitor_id="v")
    client.customers.with_raw_response.get("ada")
    for wrong in (
        lambda: client.customers.get(),
        lambda: client.customers.get("ada", inclde=[]),
        lambda: client.tracking.event("ev"),
        lambda: client.customers.with_raw_response.get(),
    ):
        with pytest.raises(TypeError, match="argument"):
            wrong()
    for missing in ("retrieve", "nope"):
        with pytest.raises(AttributeError):
            getattr(client.customers, missing)


def test_autospec_of_the_async_client_is_awaited() -> None:
    """Its calls return coroutines, and check their arguments."""

    async def use() -> None:
        client = create_autospec(AsyncClient, instance=True)
        client.customers.get.return_value = Customer(client_id="ada")
        assert (await client.customers.get("ada")).client_id == "ada"
        client.customers.get.assert_awaited_once_with("ada")
        await client.tracking.event("ev", visitor_id="v")
        await client.close()
        with pytest.raises(TypeError, match="visitor_id"):
            await client.tracking.event("ev")

    asyncio.run(use())


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("double", [Mock, MagicMock, AsyncMock])
def test_mock_with_a_spec_has_the_resources(kind: type, double: type[Mock]) -> None:
    """And no others, and is taken for a client."""
    client = double(spec=kind)
    assert isinstance(client, kind)
    client.customers.get.return_value = 5
    client.tracking.event.return_value = 6
    seal(client)
    for missing in ("customer", "events"):
        with pytest.raises(AttributeError):
            getattr(client, missing)


def test_autospec_of_an_outbox() -> None:
    """Its calls are its own methods."""
    outbox = create_autospec(Outbox, instance=True)
    outbox.event("ev", visitor_id="v")
    with pytest.raises(TypeError, match="visitor_id"):
        outbox.event("ev")


def test_resource_of_the_class_is_for_tools() -> None:
    """A call through the class says that it needs a client. Each client has its own resource, which hides the other."""
    with pytest.raises(AttributeError, match=r"call Client\(\.\.\.\) first"):
        Client.customers.get("ada")
    client = Client("key", "s3cr3t-s3cr3t")
    assert client.customers is client.customers
    assert client.customers is not Client("key", "s3cr3t-s3cr3t").customers
    assert type(pickle.loads(pickle.dumps(client)).tracking) is type(client.tracking)


def test_subclass_without_the_constructor_says_so() -> None:
    """Rather than an error of the missing driver."""

    class Mine(Client):
        """Forgets its base."""

        def __init__(self) -> None: ...

    with pytest.raises(AttributeError, match=r"Mine was not set up: call super\(\)\.__init__\(\)"):
        Mine().customers  # noqa: B018  # reading it raises
