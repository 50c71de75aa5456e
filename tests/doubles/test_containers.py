"""Containers, frameworks and run-time checkers take a client, a fake of it and parts of answers as they are."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Annotated, Any, Protocol

import httpx
import pytest
from pydantic import BaseModel

from pyttributionio import (
    AsyncClient,
    Client,
    Customer,
    CustomerWithEvents,
    CustomerWithTouchpoints,
    Drift,
    Event,
    HTTPClient,
    IncludeName,
    Touchpoint,
)
from support.reading import connect, connect_async

beartype = pytest.importorskip("beartype", reason="it comes with the tools for development")
fastapi = pytest.importorskip("fastapi", reason="it comes with the tools for development")
containers = pytest.importorskip("dependency_injector.containers", reason="it comes with the tools for development")
injector = pytest.importorskip("injector", reason="it comes with the tools for development")
punq = pytest.importorskip("punq", reason="it comes with the tools for development")
typeguard = pytest.importorskip("typeguard", reason="it comes with the tools for development")

ANSWER = '{"customer": {"client_id": "ada", "touchpoints": [{"channel": "email", "cost": "free"}], "events": [{}]}}'


# A user's Protocols, fakes and services


class Tracks(Protocol):
    """The part of `client.tracking` that a service needs."""

    def event(self, event_key: str, *, visitor_id: str | int) -> object:
        """Count an event."""
        ...


class HasTracking(Protocol):
    """The part of a client that a service needs."""

    @property
    def tracking(self) -> Tracks:
        """Its calls."""
        ...


class FakeTracking:
    """Notes the calls."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | int]] = []

    def event(self, event_key: str, *, visitor_id: str | int) -> None:
        """Note one."""
        self.seen.append((event_key, visitor_id))


class FakeClient:
    """A user's fake of a client."""

    def __init__(self) -> None:
        self.tracking = FakeTracking()


class Journeys:
    """A user's service, which a container makes."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def channels(self) -> list[str | None]:
        """Read a customer's channels."""
        customer = self.client.customers.get("ada", include=["touchpoints"])
        return [touchpoint.channel for touchpoint in customer.touchpoints]


def sign_up(client: HasTracking) -> None:
    """Do what a user's function does."""
    client.tracking.event("ev_signup", visitor_id="v")


def test_fake_and_client_fit_a_users_protocol() -> None:
    """The type checker says so (mypy reads this file), and both work."""
    fake = FakeClient()
    sign_up(fake)
    assert fake.tracking.seen == [("ev_signup", "v")]
    sign_up(connect(""))


# Containers


def made_by_punq() -> Journeys:
    container = punq.Container()
    container.register(Client, factory=lambda: connect(ANSWER))
    container.register(Journeys)
    return container.resolve(Journeys)  # type: ignore[no-any-return]  # punq is untyped here


def made_by_injector() -> Journeys:
    class Settings(injector.Module):  # type: ignore[misc]  # injector is Any here
        @injector.provider  # type: ignore[untyped-decorator]
        def client(self) -> Client:
            return connect(ANSWER)

    injector.inject(Journeys)
    return injector.Injector([Settings]).get(Journeys)  # type: ignore[no-any-return]


def made_by_dependency_injector() -> Journeys:
    from dependency_injector import providers

    class Container(containers.DeclarativeContainer):  # type: ignore[misc]
        client = providers.Singleton(connect, ANSWER)
        journeys = providers.Factory(Journeys, client=client)

    return Container().journeys()


MADE: dict[str, Callable[[], Journeys]] = {
    "punq": made_by_punq,
    "injector": made_by_injector,
    "dependency-injector": made_by_dependency_injector,
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_container_gives_a_client_to_a_service(make: Callable[[], Journeys]) -> None:
    """By the annotation of its constructor, or by name."""
    assert make().channels() == ["email"]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_container_can_make_the_client_itself(
    kind: type[Client | AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the environment: each setting has a default."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "KEY")
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", "s3cr3t-s3cr3t")
    container = punq.Container()
    container.register(kind, scope=punq.Scope.singleton)
    client = container.resolve(kind)
    assert isinstance(client, kind)
    assert container.resolve(kind) is client
    assert isinstance(injector.Injector().get(kind), kind)


# FastAPI


def client_of_the_app() -> Iterator[Client]:
    """Yield a client, as a dependency does."""
    with connect(ANSWER) as client:
        yield client


def read_journey(client: Annotated[Client, fastapi.Depends(client_of_the_app)]) -> dict[str, Any]:
    """Return parts of an answer without a model of their own."""
    customer = client.customers.get("ada", include=["touchpoints", "events"])
    return {"touchpoints": customer.touchpoints, "first": customer.events[0], "customer": customer}


async def read_customer(
    client: Annotated[AsyncClient, fastapi.Depends(lambda: connect_async(ANSWER))],
) -> CustomerWithTouchpoints:
    """Return a model of the SDK."""
    return await client.customers.get("ada", include=["touchpoints"])


class Report(BaseModel):
    """A body with parts of an answer."""

    customer: CustomerWithTouchpoints
    events: list[Event] = []


def send_report(report: Report) -> Report:
    """Return the body."""
    return report


@pytest.fixture
def app() -> httpx.Client:
    """Serve the three endpoints."""
    from fastapi.testclient import TestClient

    api = fastapi.FastAPI()
    api.get("/journey")(read_journey)
    api.get("/customer")(read_customer)
    api.post("/report")(send_report)
    return TestClient(api)


def test_fastapi_gives_a_client_and_returns_parts_of_answers(app: httpx.Client) -> None:
    """A client by `Depends`; parts in a dict, a model as the result, an odd value in each."""
    journey = app.get("/journey").json()
    assert journey["touchpoints"][0]["channel"] == "email"
    assert journey["touchpoints"][0]["cost"] == "free"
    assert journey["first"]["url"] is None
    customer = app.get("/customer").json()
    assert customer == journey["customer"] | {"events": [{}]}


def test_fastapi_reads_an_answer_as_a_body(app: httpx.Client) -> None:
    """Also one with odd values; a collection that is none is refused at its place."""
    customer = app.get("/customer").json()
    sent = {"customer": customer, "events": [{"revenue": "much"}]}
    answer = app.post("/report", json=sent)
    assert answer.status_code == 200
    assert answer.json()["customer"] == customer
    assert answer.json()["events"][0]["revenue"] == "much"
    refused = app.post("/report", json={"customer": {"touchpoints": "x"}})
    assert refused.status_code == 422
    assert [error["loc"] for error in refused.json()["detail"]] == [["body", "customer", "touchpoints"]]


def test_fastapi_describes_the_models(app: Any) -> None:
    """In its OpenAPI document."""
    schemas = app.get("/openapi.json").json()["components"]["schemas"]
    assert any(name.startswith("CustomerWithTouchpoints") for name in schemas)
    assert any(name.startswith("Touchpoint") for name in schemas)


# Checkers at run time


def report(
    client: Client,
    http_client: HTTPClient,
    customer: CustomerWithEvents,
    names: Sequence[IncludeName],
    on_drift: Callable[[Drift], object],
    later: Callable[[AsyncClient], Awaitable[Customer]] | None = None,
    touchpoints: list[Touchpoint] | None = None,
) -> list[Event]:
    """Take what a user's function takes."""
    return customer.events


WRONG: dict[str, Any] = {
    "client": FakeClient(),
    "customer": Customer(),
    "names": ["nope"],
    "touchpoints": [Event()],
}
CHECKERS: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "beartype": (beartype.beartype, {**WRONG, "http_client": object()}),
    "typeguard": (typeguard.typechecked, WRONG),  # it does not look at the properties of a Protocol
}


@pytest.mark.parametrize(("check", "wrong"), CHECKERS.values(), ids=CHECKERS)
def test_runtime_checker_accepts_what_the_types_say(check: Callable[[Any], Any], wrong: dict[str, Any]) -> None:
    """And refuses another model, a name that is none, and an object that is no HTTP client."""
    checked = check(report)
    client = connect(ANSWER)
    customer = client.customers.get("ada", include="all")
    right: dict[str, Any] = {
        "client": client,
        "http_client": httpx.Client(),
        "customer": customer,
        "names": ["events", "pageviews"],
        "on_drift": print,
        "touchpoints": customer.touchpoints,
    }
    assert checked(**right) == [Event()]
    for name, value in wrong.items():
        with pytest.raises((beartype.roar.BeartypeCallHintParamViolation, typeguard.TypeCheckError)):
            checked(**{**right, name: value})
