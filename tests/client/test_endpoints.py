"""`client.get`, `client.post` and further parameters and headers: what they send, return and refuse."""

import base64
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import BaseModel, ConfigDict

from pyttributionio import (
    Client,
    Customer,
    CustomerWithAll,
    InternalServerError,
    NotFoundError,
    ResponseValidationError,
    Touchpoint,
)
from pyttributionio.outbox import Outbox
from support.timing import retry_at_once
from wire._both import KINDS, SECRET, Kind, call_server, call_through
from wire._server import RawServer, answer, target

kinds = pytest.mark.parametrize("kind", KINDS)
CUSTOMER = b'{"customer": {"client_id": "c", "touchpoints": [{"channel": "email", "cost": "free"}]}, "page": 2}'


class Journey(BaseModel):
    """A model of the user's own, with a model of the SDK inside."""

    model_config = ConfigDict(frozen=True)
    client_id: str
    touchpoints: list[Touchpoint] = []


def got(kind: Kind, body: bytes, do: Any, status: int = 200, **settings: Any) -> Any:
    """Return what a call returns if the server answers with this body."""
    with RawServer(answer(status, body)) as server:
        return call_server(kind, server.url, do, **settings)


# Results


@kinds
def test_reads_into_a_model_of_the_sdk(kind: Kind) -> None:
    """As leniently as the SDK's own calls: an assumed field of another type is None, and kept."""
    customer = got(kind, CUSTOMER, lambda c: c.get("customers/c", cast_to=CustomerWithAll, envelope="customer"))
    assert type(customer) is CustomerWithAll
    assert customer.touchpoints[0].channel == "email"
    assert customer.touchpoints[0].cost is None
    assert customer.touchpoints[0].model_extra == {"cost": "free"}


@kinds
def test_reads_into_a_model_of_the_user(kind: Kind) -> None:
    """With the SDK's models inside it as lenient as elsewhere."""
    journey = got(kind, CUSTOMER, lambda c: c.get("customers/c", cast_to=Journey, envelope="customer"))
    assert type(journey) is Journey
    assert journey.touchpoints[0].model_extra == {"cost": "free"}
    with pytest.raises(ResponseValidationError) as caught:
        got(kind, b'{"client_id": 5}', lambda c: c.get("customers/c", cast_to=Journey))
    assert (caught.value.path, caught.value.expected) == ("client_id", "text")


@kinds
def test_reads_into_a_list_of_models(kind: Kind) -> None:
    """In an envelope, or as the whole answer."""
    body = b'[{"channel": "email"}, {"channel": 5}]'
    for document, envelope in ((body, None), (b'{"touchpoints": ' + body + b"}", "touchpoints")):
        found = got(kind, document, lambda c, key=envelope: c.get("t", cast_to=list[Touchpoint], envelope=key))
        assert [each.channel for each in found] == ["email", None]
        assert found[1].model_extra == {"channel": 5}
    with pytest.raises(ResponseValidationError) as caught:
        got(kind, b'[{"channel": "email"}, 5]', lambda c: c.get("t", cast_to=list[Touchpoint]))
    assert caught.value.path == "[1]"


@kinds
def test_reads_into_a_dict(kind: Kind) -> None:
    """The whole object, or a member; anything else is an error."""
    assert got(kind, CUSTOMER, lambda c: c.get("customers/c", cast_to=dict))["page"] == 2
    assert got(kind, CUSTOMER, lambda c: c.get("customers/c", cast_to=dict, envelope="customer"))["client_id"] == "c"
    for body, path in ((b"[]", ""), (b'{"customer": 1}', "customer"), (b"{}", "customer"), (b"<html>", ""), (b"", "")):
        with pytest.raises(ResponseValidationError) as caught:
            got(kind, body, lambda c, key=path or None: c.get("customers/c", cast_to=dict, envelope=key))
        assert caught.value.path == path


@kinds
def test_reads_nothing_for_none(kind: Kind) -> None:
    """Whatever the body is; the raw twin has its bytes."""
    assert got(kind, b"<html>", lambda c: c.get("customers/c", cast_to=None)) is None
    raw = got(kind, b"\xff", lambda c: c.with_raw_response.get("customers/c", cast_to=dict))
    assert (raw.status_code, raw.content, raw.attempts) == (200, b"\xff", 1)


@kinds
def test_strict_and_drift_hold_here_too(kind: Kind) -> None:
    """An unknown member of the answer, and an unreadable value in a list."""
    drifts: list[Any] = []
    got(kind, CUSTOMER, lambda c: c.get("c", cast_to=CustomerWithAll, envelope="customer"), on_drift=drifts.append)
    assert {(each.model, each.path, each.kind) for each in drifts} >= {
        ("Touchpoint", "customer.touchpoints[].cost", "unreadable_value"),
        ("Answer", "page", "unknown_field"),
    }
    with pytest.raises(ResponseValidationError):
        got(kind, CUSTOMER, lambda c: c.get("c", cast_to=Customer, envelope="customer"), strict=True)


# Errors, retries


@kinds
def test_has_the_errors_of_other_calls(kind: Kind) -> None:
    """With the path, and without the secret."""
    with pytest.raises(NotFoundError) as caught:
        got(kind, b"", lambda c: c.get("reports/7", cast_to=dict), status=404)
    assert "/api/v1/KEY/reports/7 was answered 404 Not Found: nothing is at this path" in str(caught.value)
    assert SECRET not in str(caught.value)


@kinds
def test_has_the_retries_of_other_calls(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same bytes each time."""
    retry_at_once(monkeypatch)
    with RawServer(answer(503), answer(503), answer(200, b"{}")) as server:
        assert call_server(kind, server.url, lambda c: c.post("reports", body={"a": 1}, cast_to=dict)) == {}
    assert len(set(server.requests)) == 1
    with RawServer(answer(503)) as server, pytest.raises(InternalServerError):
        call_server(kind, server.url, lambda c: c.get("reports", cast_to=dict), max_retries=0)
    assert len(server.requests) == 1


@kinds
def test_a_caller_s_client_sends_the_same(kind: Kind) -> None:
    """Parameters and headers included, for reads and posts."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    def do(client: Any) -> list[Any]:
        other = client.with_options(extra_query={"a": "", "b": "x y"}, extra_headers={"X-Team": "growth"})
        return [other.get("r", cast_to=dict, params={"c": 1.5}), other.post("p", body={}, cast_to=None)]

    call_through(kind, handler, do)
    assert [dict(request.url.params) for request in seen] == [
        {"secret": SECRET, "c": "1.5", "a": "", "b": "x y"},
        {"a": "", "b": "x y"},
    ]
    assert [request.headers["x-team"] for request in seen] == ["growth", "growth"]


def test_an_outbox_sends_the_parameters_and_headers_of_its_client() -> None:
    """As the client's own posts do."""
    with RawServer() as server:
        client = Client("KEY", tracking_url=server.url).with_options(
            extra_query={"a": 1}, extra_headers={"X-Team": "b"}
        )
        with Outbox(client, directory=None, manual=True) as outbox:
            outbox.identity("c", visitor_id="v")
            assert outbox.pump() == 1
    assert target(server.requests[0]) == "/identities?a=1"
    assert b"\r\nX-Team: b\r\n" in server.requests[0]


# Refusals

PATHS = [
    *("", "/customers", "//other.example/x", "https://other.example", "customers//c", "..", "a/../b", "./a"),
    *(
        "%2e%2e/a",
        "a/%2E./b",
        "a%2f..%2fb",
        "a/%252e%252e/b",
        "a%5c..%5cb",
        "a\\..\\b",
        "a?b=c",
        "a#b",
        "a b",
        "ä",
        "a\n",
    ),
    *("a%2", "%zz", "a\x00", SECRET, quote(SECRET, safe=""), f"a/{quote(SECRET, safe='')}/b"),
]


@pytest.mark.parametrize("path", PATHS)
def test_refuses_a_path(path: str) -> None:
    """One that leaves its base, has a query, or contains the secret: nothing is sent, and the secret is not shown."""
    client = Client("KEY", SECRET, base_url="http://127.0.0.1:9", tracking_url="http://127.0.0.1:9", max_retries=0)
    for send in (
        lambda: client.get(path, cast_to=dict),
        lambda: client.post(path, body={}, cast_to=None),
        lambda: client.with_raw_response.get(path, cast_to=None),
    ):
        with pytest.raises(ValueError, match="path") as caught:
            send()
        assert SECRET not in str(caught.value)
        assert quote(SECRET, safe="") not in str(caught.value)


BASIC = base64.b64encode(f"user:{SECRET}".encode()).decode()
PARAMETERS: list[dict[Any, Any]] = [
    *({"secret": "x"}, {"SECRET": "x"}, {"secret[]": "x"}, {"secret[a]": "x"}, {" secret": "x"}, {"secret\0": "x"}),
    *({"secret.a": 1}, {"%73ecret": "x"}, {"%2573ecret": "x"}, {"": "x"}, {"a": SECRET}, {SECRET: "a"}),
    *({"a": quote(SECRET, safe="")}, {"a": f"x{SECRET}y"}, {"a": float("nan")}, {"a": "\ud800"}),
]
HEADERS: list[dict[Any, Any]] = [
    *({"X-A": SECRET}, {"X-A": f"key={SECRET}"}, {"X-A": quote(SECRET, safe="")}, {"Authorization": f"Basic {BASIC}"}),
    *(
        {"Authorization": f"Bearer {SECRET}"},
        {"Host": "other.example"},
        {"content-length": "0"},
        {"Connection": "close"},
    ),
    *({"Transfer-Encoding": "chunked"}, {"Accept-Encoding": "br"}, {"Content-Type": "text/plain"}),
    *({"Proxy-X": "a"}, {"TE": "trailers"}),
    *({"X\r\nY": "a"}, {"X-A": "a\r\nHost: b"}, {"": "a"}, {"X A": "a"}, {"X-A": ""}, {"X-A": " a"}, {"X-A": "ä"}),
]


@pytest.mark.parametrize("given", PARAMETERS, ids=repr)
def test_refuses_a_parameter(given: dict[Any, Any]) -> None:
    """One that has the name of the secret in any spelling that servers accept, or its value."""
    client = Client("KEY", SECRET)
    for send in (
        lambda: client.get("customers/c", cast_to=dict, params=given),
        lambda: client.with_options(extra_query=given),
    ):
        with pytest.raises(ValueError, match=r"params|extra_query") as caught:
            send()
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("given", HEADERS, ids=repr)
def test_refuses_a_header(given: dict[Any, Any]) -> None:
    """One that contains the secret, also in base64, that the SDK sets, or that would be two."""
    with pytest.raises(ValueError, match="extra_headers") as caught:
        Client("KEY", SECRET).with_options(extra_headers=given)
    assert SECRET not in str(caught.value)
    assert BASIC not in str(caught.value)


WRONG_TYPES: dict[str, Any] = {
    "path": lambda c: c.get(5, cast_to=dict),
    "cast_to": lambda c: c.get("a", cast_to=int),
    "cast_to of BaseModel": lambda c: c.get("a", cast_to=BaseModel),
    "cast_to of a list of dicts": lambda c: c.get("a", cast_to=list[dict]),
    "cast_to of a dict of models": lambda c: c.get("a", cast_to=dict[str, Customer]),
    "params": lambda c: c.get("a", cast_to=dict, params=[("a", 1)]),
    "a parameter": lambda c: c.get("a", cast_to=dict, params={"a": None}),
    "envelope": lambda c: c.get("a", cast_to=dict, envelope=1),
    "body": lambda c: c.post("a", body=b"{}", cast_to=None),
    "a member of body": lambda c: c.post("a", body={"a": object()}, cast_to=None),
    "extra_query": lambda c: c.with_options(extra_query="a=b"),
    "extra_headers": lambda c: c.with_options(extra_headers=["a"]),
}


@pytest.mark.parametrize("do", WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_refuses_a_wrong_type(do: Any) -> None:
    """With an error that names the argument."""
    with pytest.raises(TypeError, match=r"path|cast_to|params|envelope|body|extra_"):
        do(Client("KEY", SECRET))


def test_refuses_the_secret_in_a_body() -> None:
    """The public API never gets it."""
    with pytest.raises(ValueError, match="body contains the account's secret") as caught:
        Client("KEY", SECRET).post("events", body={"a": [f"x {SECRET}"]}, cast_to=None)
    assert SECRET not in str(caught.value)


def test_posts_a_visitors_address_with_a_parameter_of_that_name() -> None:
    """Such as a link that resets a password: its value is another."""
    with RawServer() as server:
        client = Client("KEY", SECRET, tracking_url=server.url)
        client.post("events", body={"url": "https://shop.example/reset?secret=of-a-visitor"}, cast_to=None)


@kinds
@pytest.mark.parametrize("cast_to", [dict, Customer, Journey])
def test_an_answer_that_repeats_the_address_has_no_secret(kind: Kind, cast_to: Any) -> None:
    """As in the other calls: in a dict, in a model, and in the raw answer."""
    body = f'{{"client_id":"c","self":"/api/v1/KEY/x?secret={quote(SECRET, safe="")}","x":"{SECRET}"}}'.encode()
    found = got(kind, body, lambda client: client.get("x", cast_to=cast_to))
    assert SECRET not in repr(found)
    if cast_to is dict:
        assert found == {"client_id": "c", "self": "/api/v1/KEY/x?secret=[secret]", "x": "[secret]"}


def test_needs_the_secret_to_read_and_not_to_post() -> None:
    """As the other calls."""
    with pytest.raises(ValueError, match="need the account's secret"):
        Client("KEY").get("customers/c", cast_to=dict)
    with RawServer() as server:
        Client("KEY", tracking_url=server.url).post("events", body={}, cast_to=None)


def test_options_replace_each_other_and_stay() -> None:
    """`with_options` keeps what it is not told, and {} removes."""
    client = Client("KEY").with_options(extra_query={"a": 1}, extra_headers={"X-A": "b"})
    assert client.with_options(timeout=1)._settings.extra_query == (("a", "1"),)
    assert client.with_options(extra_query={"b": 2})._settings.extra_query == (("b", "2"),)
    assert client.with_options(extra_query={}, extra_headers={})._settings.extra_headers == ()
