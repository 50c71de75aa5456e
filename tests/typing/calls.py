"""What a user's program calls: options, tracking, errors, raw answers, models. Read by four checkers, not run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_type

import httpx

from pyttributionio import (
    APIConnectionError,
    APIStatusError,
    Client,
    Customer,
    CustomerWithEvents,
    Drift,
    DriftKind,
    Event,
    Headers,
    Identity,
    JSONValue,
    Meta,
    NotFoundError,
    NotIncludedError,
    PyttributionioError,
    RateLimitError,
    RawResponse,
    RequestInfo,
    ResponseValidationError,
    Touchpoint,
    visitor_id_from_cookies,
)


def constructed(
    http_client: httpx.Client,
    async_client: httpx.AsyncClient,
    transport: httpx.HTTPTransport,
    async_transport: httpx.AsyncHTTPTransport,
) -> None:
    """Every option as the docs show it; an http_client of the wrong kind is an error."""
    Client()
    Client("key", "secret")
    Client(api_key="key", timeout=httpx.Timeout(5.0, connect=2.0), max_retries=0, deadline=30)
    Client("key", http_client=http_client)
    _ = Client("key", http_client=async_client)  # type: ignore
    Client("key", http_client=transport)
    _ = Client("key", http_client=async_transport)  # type: ignore
    _ = Client("key", http_client=object())  # type: ignore
    _ = Client("key", timeout="10")  # type: ignore
    _ = Client("key", timeout=None)  # type: ignore
    _ = Client("key", max_retries=1.5)  # type: ignore
    _ = Client("key", "secret", "https://attribution.io/api/v1")  # type: ignore
    _ = Client(b"key")  # type: ignore
    _ = Client("key", retries=3)  # type: ignore


def drift(model: Drift) -> None:
    """A callback takes a Drift, and may return anything."""
    seen: list[Drift] = []
    Client("key", on_drift=seen.append, strict=True)
    Client("key", on_drift=lambda drift: print(drift.model, drift.path, drift.kind, drift.example))
    Client("key", on_drift=print)
    _ = Client("key", on_drift=len)  # type: ignore
    _ = Client("key", on_drift=lambda: None)  # type: ignore
    assert_type(model.kind, DriftKind)
    Drift("Touchpoint", "customer.touchpoints[].utm_id", "unknown_field", "a number")
    _ = Drift("Touchpoint", "customer.touchpoints[].utm_id", "unknown", "a number")  # type: ignore
    model.path = ""  # type: ignore


def options(client: Client) -> None:
    """The same client, with other options."""
    with client as entered:
        assert_type(entered, Client)
    assert_type(client.with_options(timeout=1, max_retries=0, deadline=5.5), Client)
    assert_type(client.with_options(retry_posts="unsent"), Client)
    Client("key", retry_posts="always")
    _ = Client("key", retry_posts="never")  # type: ignore
    _ = client.with_options(1)  # type: ignore
    _ = client.with_options(api_key="other")  # type: ignore
    assert_type(client.close(), None)


def habits(client: Client) -> None:
    """Names of other SDKs: the exception has the right one, and checkers reject them."""
    _ = client.customers.retrieve("id")  # type: ignore
    _ = client.customers.list()  # type: ignore
    _ = client.customers.get("id", expand=["events"])  # type: ignore
    _ = client.tracking.track("ev_signup", visitor_id="cookie")  # type: ignore
    _ = client.tracking.event("ev_signup", visitor_id="cookie", properties={})  # type: ignore
    _ = client.capture("ev_signup")  # type: ignore
    _ = client.identify("id")  # type: ignore


def events(client: Client, order: Mapping[str, JSONValue]) -> None:
    """An event needs its key and a visitor id; all else is named."""
    event = client.tracking.event("ev_signup", visitor_id="cookie")
    assert_type(event, Event)
    assert_type(event.created_at, datetime | None)
    assert_type(event.meta, Meta | None)
    assert_type(event.aliases, list[str] | None)
    assert_type(event.revenue, int | float | None)
    client.tracking.event(
        "ev_buy",
        visitor_id=7,
        client_id="a/b",
        url="https://shop.example/",
        user_agent="Mozilla/5.0",
        transaction_id=2**53 + 1,
        created_at=datetime.now(UTC),
        is_informational=True,
        meta=order,
        identify=False,
    )
    _ = client.tracking.event("ev_signup")  # type: ignore
    _ = client.tracking.event("ev_signup", "cookie")  # type: ignore
    _ = client.tracking.event(1, visitor_id="cookie")  # type: ignore
    _ = client.tracking.event("ev_signup", visitor_id=None)  # type: ignore
    _ = client.tracking.event("ev_signup", visitor_id=1.5)  # type: ignore
    _ = client.tracking.event("ev_signup", visitor_id="cookie", created_at=1520000000)  # type: ignore
    _ = client.tracking.event("ev_signup", visitor_id="cookie", created_at="2018-03-02")  # type: ignore


def identities(client: Client) -> None:
    """An identity needs a visitor id."""
    assert_type(client.tracking.identity(visitor_id="cookie"), Identity)
    assert_type(client.tracking.identity(42, visitor_id="cookie", meta={"plan": "pro"}), Identity)
    _ = client.tracking.identity("customer-42")  # type: ignore
    _ = client.tracking.identity("customer-42", "cookie")  # type: ignore
    _ = client.customers.get(1.5)  # type: ignore
    _ = client.customers.get(None)  # type: ignore


def metas(client: Client, texts: dict[str, str], numbers: dict[str, list[int]], numbered: dict[int, str]) -> None:
    """A meta is what JSON can carry, narrower dicts of the caller's own included."""
    client.tracking.identity(visitor_id="v", meta=texts)
    client.tracking.identity(visitor_id="v", meta=numbers)
    client.tracking.identity(visitor_id="v", meta={"a": None, "b": [1, 2.5, {"c": True}], "d": ("x", "y")})
    _ = client.tracking.identity(visitor_id="v", meta=numbered)  # type: ignore
    _ = client.tracking.identity(visitor_id="v", meta={"when": datetime.now(UTC)})  # type: ignore
    _ = client.tracking.identity(visitor_id="v", meta={"tags": {"a", "b"}})  # type: ignore
    _ = client.tracking.identity(visitor_id="v", meta={"raw": object()})  # type: ignore
    _ = client.tracking.identity(visitor_id="v", meta=["a"])  # type: ignore


def errors(client: Client) -> None:
    """What each error carries; and a collection that was not asked for is no failure of a call."""
    try:
        client.customers.get("id")
    except NotFoundError as error:
        assert_type(error.status_code, int)
        assert_type(error.headers, Headers)
        assert_type(error.headers["content-type"], str)
        assert_type(error.body, str)
        assert_type(error.request, RequestInfo)
        assert_type(error.attempts, int)
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except APIStatusError as error:
        error.path  # type: ignore
    except ResponseValidationError as error:
        assert_type((error.path, error.expected, error.body), tuple[str, str, str])
        error.headers  # type: ignore
    except APIConnectionError as error:
        assert_type(error.request.url, str)
        error.status_code  # type: ignore
    except PyttributionioError as error:
        error.request  # type: ignore
    problem: PyttributionioError = NotIncludedError()  # type: ignore


def raw(client: Client) -> RawResponse[Customer | None]:
    """Status, headers, bytes, and the model behind parse(); an answer fits where a wider one is asked for."""
    answer = client.customers.with_raw_response.get("id", include=["events"])
    assert_type(answer, RawResponse[CustomerWithEvents])
    assert_type(answer.status_code, int)
    assert_type(answer.headers.get("content-type"), str | None)
    assert_type(answer.content, bytes)
    assert_type(answer.elapsed, float)
    assert_type(answer.attempts, int)
    customer = answer.parse()
    assert_type(customer, CustomerWithEvents)
    assert_type(customer.events, list[Event])
    assert_type(client.tracking.with_raw_response.event("ev", visitor_id="v"), RawResponse[Event])
    assert_type(client.tracking.with_raw_response.identity(visitor_id="v").parse(), Identity)
    _ = client.customers.with_raw_response.get("id", include="events")  # type: ignore
    return answer


def frozen(customer: CustomerWithEvents, touchpoint: Touchpoint) -> None:
    """Models are read, not written; a changed copy has the same type."""
    customer.client_id = "other"  # type: ignore
    customer.events = []  # type: ignore
    touchpoint.cost = 0  # type: ignore
    assert_type(customer.model_copy(update={"client_id": "other"}), CustomerWithEvents)
    assert_type(hash(touchpoint), int)


def made_by_hand() -> CustomerWithEvents:
    """A user's test makes the models it needs."""
    when = datetime(2024, 1, 1, tzinfo=UTC)
    _ = Touchpoint(cost=[])  # type: ignore
    _ = Touchpoint(chanel="email")  # type: ignore
    _ = Event(created_at="2024-01-01")  # type: ignore
    return CustomerWithEvents(client_id="customer-42", events=[Event(name="signed up", created_at=when, revenue=5)])


def cookies(jar: dict[str, str]) -> None:
    """A request's cookies in, a visitor id or None out."""
    found = visitor_id_from_cookies(jar, api_key="key")
    assert_type(found, str | None)
    _ = found.upper()  # type: ignore
    _ = visitor_id_from_cookies("AttrioP_key=1")  # type: ignore
