"""Endpoints that the SDK does not know: `cast_to` decides the type. Read by four checkers, not run."""

from typing import assert_type

from pydantic import BaseModel

from pyttributionio import AsyncClient, Client, Customer, CustomerWithAll, JSONValue, RawResponse, Touchpoint


class Journey(BaseModel):
    """A model of the user's own."""

    client_id: str


def read(client: Client) -> None:
    """A model, a list of one, a dict, or nothing."""
    assert_type(client.get("customers/c", cast_to=Customer, envelope="customer"), Customer)
    assert_type(client.get("customers/c", cast_to=CustomerWithAll, params={"show_all": True}), CustomerWithAll)
    assert_type(client.get("customers/c", cast_to=Journey), Journey)
    assert_type(client.get("customers/c/touchpoints", cast_to=list[Touchpoint]), list[Touchpoint])
    assert_type(client.get("customers/c", cast_to=dict), dict[str, JSONValue])
    client.get("customers/c", cast_to=None)
    assert_type(client.with_raw_response.get("customers/c", cast_to=Journey), RawResponse[Journey])
    assert_type(client.with_raw_response.get("customers/c", cast_to=list[Journey]).parse(), list[Journey])
    assert_type(client.with_raw_response.get("customers/c", cast_to=dict).parse(), dict[str, JSONValue])
    assert_type(client.with_raw_response.get("customers/c", cast_to=None), RawResponse[None])
    _ = client.get("customers/c")  # type: ignore
    _ = client.get("customers/c", cast_to=int)  # type: ignore
    _ = client.get("customers/c", cast_to="Customer")  # type: ignore
    _ = client.get("customers/c", cast_to=Customer, params={"a": None})  # type: ignore
    _ = client.get("customers/c", Customer)  # type: ignore


def post(client: Client) -> None:
    """The body is JSON."""
    client.post("events", body={"event": {"revenue": 5}}, cast_to=None)
    assert_type(client.post("events", body={}, cast_to=Journey, envelope="event"), Journey)
    assert_type(client.post("events", body={}, cast_to=dict), dict[str, JSONValue])
    assert_type(client.with_raw_response.post("events", body={}, cast_to=Journey), RawResponse[Journey])
    _ = client.post("events", cast_to=None)  # type: ignore
    _ = client.post("events", body=b"{}", cast_to=None)  # type: ignore
    _ = client.post("events", body={"at": object()}, cast_to=None)  # type: ignore


def extras(client: Client) -> None:
    """Parameters and headers of a client."""
    other = client.with_options(extra_query={"v": 2, "debug": True}, extra_headers={"X-Team": "growth"})
    assert_type(other, Client)
    _ = client.with_options(extra_headers={"X-Team": 1})  # type: ignore
    _ = client.with_options(extra_query="a=b")  # type: ignore


async def read_async(client: AsyncClient) -> None:
    """The same, awaited."""
    assert_type(await client.get("customers/c", cast_to=Customer, envelope="customer"), Customer)
    assert_type(await client.get("customers/c", cast_to=list[Touchpoint]), list[Touchpoint])
    assert_type(await client.get("customers/c", cast_to=dict), dict[str, JSONValue])
    assert_type(await client.with_raw_response.get("customers/c", cast_to=Journey), RawResponse[Journey])
    assert_type(await client.post("events", body={}, cast_to=Journey), Journey)
