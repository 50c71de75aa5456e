"""Names of habit: what users of other SDKs type first is answered with the right name, in the exception."""

import inspect
import traceback
import typing
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import pyttributionio
from pyttributionio import AsyncClient, Client
from pyttributionio._shared.habit_names import ARGUMENTS, ATTRIBUTES
from pyttributionio.outbox import Outbox
from pyttributionio.resources.customers import Customers
from pyttributionio.resources.tracking import Tracking
from wire._both import KINDS, Kind, call_through

CLASSES = {"Client": Client, "Customers": Customers, "Tracking": Tracking, "Outbox": Outbox}
ATTRIBUTE_CASES = [
    ("customers.retrieve", "customers.get(client_id"),
    ("customers.list", "one customer at a time"),
    ("customers.create", "tracking.identity(client_id"),
    ("customers.with_raw_response.retrieve", "customers.get(client_id"),
    ("tracking.track", 'client.tracking.event("ev_signup"'),
    ("tracking.capture", "tracking.event(event_key"),
    ("tracking.identify", "tracking.identity(client_id, visitor_id=...)"),
    ("tracking.alias", "tracking.identity(client_id"),
    ("tracking.with_raw_response.track", "tracking.event(event_key"),
    ("tracking.page", "snippet counts pageviews"),
    ("track", "tracking.event(event_key"),
    ("capture", "tracking.event(event_key"),
    ("identify", "tracking.identity(client_id"),
    ("events", "tracking.event(event_key"),
    ("retrieve", "customers.get(client_id"),
    ("flush", "pyttributionio.outbox.Outbox"),
    ("aclose", "close()"),
    ("request", "client.get(path, ...)"),
    ("trigger_event", "tracking.event(event_key"),
    ("fetch_customer_info_full", 'include="all"'),
]
ARGUMENT_CASES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda c: c.customers.get("c", expand=["events"]), "'expand'. Use include=[...]"),
    (lambda c: c.customers.get(customer_id="c"), "'customer_id'. The customer's id is the first argument."),
    (lambda c: c.customers.get("c", timeout=2), "'timeout'. Use client.with_options(timeout=..."),
    (lambda c: c.customers.with_raw_response.get("c", expand="events"), "'expand'. Use include=[...]"),
    (lambda c: c.tracking.event("ev", visitor_id="v", properties={}), "'properties'. Use meta={...}"),
    (lambda c: c.tracking.event(event="ev", visitor_id="v"), "'event'. The event key is the first argument."),
    (lambda c: c.tracking.event("ev", user_id="c"), "'user_id'. Use client_id=..."),
    (lambda c: c.tracking.event("ev", anonymous_id="v"), "'anonymous_id'. Use visitor_id=..."),
    (lambda c: c.tracking.event("ev", visitor_id="v", timestamp=0), "'timestamp'. Use created_at=..."),
    (lambda c: c.tracking.event("ev", visitor_id="v", idempotency_key="t"), "'idempotency_key'. Use transaction_id="),
    (lambda c: c.tracking.event("ev", visitor_id="v", revenue=9), "'revenue'. No field for a revenue is known"),
    (lambda c: c.tracking.identity("c", distinct_id="v"), "'distinct_id'. Use client_id=..."),
    (lambda c: c.tracking.identity("c", visitor_id="v", traits={}), "'traits'. Use meta={...}"),
    (lambda c: c.with_options(retries=3), "'retries'. Use max_retries=..."),
]


def found(client: Any, path: str) -> object:
    """Return an attribute of attributes."""
    for name in path.split("."):
        client = getattr(client, name)
    return client


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(("path", "hint"), ATTRIBUTE_CASES, ids=[path for path, _ in ATTRIBUTE_CASES])
def test_attribute_of_habit_is_answered(kind: Any, path: str, hint: str) -> None:
    """In Python's words, then with what to use; `hasattr` is false as before."""
    client = kind("KEY")
    with pytest.raises(AttributeError) as caught:
        found(client, path)
    *_, name = path.split(".")
    assert f"object has no attribute {name!r}. " in str(caught.value)
    assert hint in str(caught.value)
    assert caught.value.name == name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("do", "hint"), ARGUMENT_CASES, ids=[hint for _, hint in ARGUMENT_CASES])
def test_argument_of_habit_is_answered(kind: Kind, do: Callable[[Any], Any], hint: str) -> None:
    """Nothing is sent."""
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"customer": {}})

    with pytest.raises(TypeError, match="got an unexpected keyword argument") as caught:
        call_through(kind, handle, do)
    assert hint in str(caught.value)
    assert sent == []


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_constructor_answers_and_shows_no_secret(kind: Any) -> None:
    """Not in a traceback with locals either, whichever argument is wrong."""
    for name, hint in {
        "secret": "Use api_secret=...",
        "write_key": "Use api_key=...",
        "host": "Use base_url=...",
        "max_network_retries": "Use max_retries=...",
    }.items():
        with pytest.raises(TypeError, match=f"argument '{name}'. {hint}") as caught:
            kind(**{"api_key": "KEY", "api_secret": "hu" + "sh", name: "hu" + "sh"})
        check(caught.value)
    with pytest.raises(TypeError, match=r"argument 'nonsense'$") as caught:
        kind("KEY", "hu" + "sh", nonsense=1)
    check(caught.value)
    with pytest.raises(ValueError, match="max_retries is -1") as refused:
        kind("KEY", "hu" + "sh", max_retries=-1)
    check(refused.value)


def check(error: BaseException) -> None:
    """Assert that no frame of the package has the secret in a local variable."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    inside = [frame for frame in shown.stack if "/src/pyttributionio/" in frame.filename]
    assert "hush" not in "".join(str(frame.locals) for frame in inside)


@pytest.mark.parametrize(
    ("do", "error", "hint"),
    [
        (lambda o: o.track, AttributeError, r"outbox\.event\(event_key"),
        (lambda o: o.shutdown, AttributeError, r"Use close\(\)"),
        (lambda o: o.tracking, AttributeError, r"has the calls itself: outbox\.event"),
        (lambda o: o.event("ev", visitor_id="v", properties={}), TypeError, r"Outbox\.event\(\) .*Use meta=\{\.\.\.\}"),
        (lambda o: o.identity("c", anonymous_id="v"), TypeError, r"Outbox\.identity\(\) .*Use visitor_id=\.\.\."),
        (lambda o: Outbox(Client("KEY"), path="x"), TypeError, r"'path'. Use directory=\.\.\."),  # type: ignore[call-arg]
    ],
)
def test_outbox_answers(do: Callable[[Any], Any], error: type[Exception], hint: str) -> None:
    """It has the calls of `client.tracking`, and their habits."""
    with pytest.raises(error, match=hint):
        do(Outbox(Client("KEY"), durability="memory", manual=True))


@pytest.mark.parametrize("name", ATTRIBUTES["package"])
def test_package_answers(name: str) -> None:
    """As stripe and PostHog have settings and calls in the module, and with the import of what is elsewhere."""
    if name in {"outbox", "sandbox"}:  # imported by now
        return
    with pytest.raises(AttributeError, match=f"module 'pyttributionio' has no attribute '{name}'. ") as caught:
        getattr(pyttributionio, name)
    assert ATTRIBUTES["package"][name] in str(caught.value)


def test_unknown_names_are_answered_as_before() -> None:
    """In Python's words alone."""
    client = Client("KEY")
    for thing, kind in ((client, "Client"), (client.customers, "Customers"), (client.tracking, "Tracking")):
        with pytest.raises(AttributeError) as caught:
            _ = thing.nonsense  # type: ignore[attr-defined]
        assert str(caught.value) == f"'{kind}' object has no attribute 'nonsense'"
    with pytest.raises(TypeError, match=r"^Tracking\.event\(\) got an unexpected keyword argument 'nonsense'$"):
        client.tracking.event("ev", visitor_id="v", nonsense=1)  # type: ignore[call-arg]


def test_no_name_of_habit_exists() -> None:
    """A name that is added to a class has to leave the table."""
    for kind, names in ATTRIBUTES.items():
        if kind != "package":
            assert not [name for name in names if name in dir(CLASSES[kind])], kind
    assert not [name for name in ATTRIBUTES["package"] if name in pyttributionio.__all__]
    for kind, calls in ARGUMENTS.items():
        for call, names in calls.items():
            parameters = inspect.signature(getattr(CLASSES[kind], call)).parameters
            assert not {*names} & {*parameters}, (kind, call)


def test_own_names_of_a_subclass_are_its_own() -> None:
    """A user's class may have a method or an argument of such a name."""

    class Own(Tracking):
        def track(self) -> str:
            return "tracked"

        def event(self, event: str, **options: Any) -> Any:  # type: ignore[override]
            return event, options

    class OwnClient(Client):
        def __init__(self, host: str) -> None:
            super().__init__("KEY", base_url=host)

    client = OwnClient(host="https://shop.example")
    own = Own(client._driver, client._settings)
    assert own.track() == "tracked"
    assert own.event(event="ev", properties=1) == ("ev", {"properties": 1})
    assert "shop.example" in repr(client)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_signatures_are_those_of_the_source(kind: Any) -> None:
    """Tools that read them see no difference."""
    client = kind("KEY")
    assert "properties" not in inspect.signature(client.tracking.event).parameters
    assert [*inspect.signature(client.customers.get, eval_str=True).parameters] == ["client_id", "include"]
    assert [*inspect.signature(kind).parameters][:2] == ["api_key", "api_secret"]
    assert inspect.iscoroutinefunction(client.tracking.event) is (kind is AsyncClient)
    assert len(typing.get_overloads(type(client.customers).get)) == 17
    assert type(client.customers).get.__kwdefaults__ == {"include": ()}
    assert "return" in typing.get_type_hints(client.tracking.identity)
    assert type(client.tracking).event.__qualname__.endswith("Tracking.event")
    assert {each for each in dir(client) if not each.startswith("_")} == {
        *("close", "customers", "get", "post", "tracking", "with_options", "with_raw_response")
    }
