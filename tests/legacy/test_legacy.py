"""`PyttributionIo`, held against what 0.5 took, sent and returned."""

import importlib
import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from pyttributionio import Client, PyttributionIo, PyttributionioError
from pyttributionio.sandbox import Sandbox
from wire._both import KEY, SECRET
from wire._server import RawServer, answer, body, target

pytestmark = pytest.mark.filterwarnings("ignore:Use Client:DeprecationWarning")

FETCHES = {
    "base": ("", ()),
    "full": ("&show_all=true", ("pageviews", "touchpoints", "events", "identities")),
    "pageviews": ("&show_pageviews=true", ("pageviews",)),
    "touchpoints": ("&show_touchpoints=true", ("touchpoints",)),
    "events": ("&show_events=true", ("events",)),
    "identities": ("&show_identities=true", ("identities",)),
}
REPLACEMENTS = {
    "fetch_customer_info_base": "customers.get(client_id)",
    "fetch_customer_info_full": 'customers.get(client_id, include="all")',
    "fetch_customer_info_pageviews": 'customers.get(client_id, include=["pageviews"]).pageviews',
    "fetch_customer_info_touchpoints": 'customers.get(client_id, include=["touchpoints"]).touchpoints',
    "fetch_customer_info_events": 'customers.get(client_id, include=["events"]).events',
    "fetch_customer_info_identities": 'customers.get(client_id, include=["identities"]).identities',
    "trigger_identity": "tracking.identity(client_id, visitor_id=...)",
    "trigger_event": "tracking.event(event_key, visitor_id=..., client_id=...)",
}
COLLECTIONS = {"pageviews", "touchpoints", "events", "identities"}


def connected(url: str) -> PyttributionIo:
    """Return the old wrapper with both servers at one address, set as 0.5's users had to."""
    moved = type("Moved", (PyttributionIo,), {"PRIVATE_API_URL": f"{url}/api/v1", "PUBLIC_API_URL": f"{url}/"})
    made = moved(KEY, SECRET)
    assert isinstance(made, PyttributionIo)
    return made


@pytest.fixture
def old(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> PyttributionIo:
    """The old wrapper, its class's own constants set to the sandbox."""
    monkeypatch.setattr(PyttributionIo, "PRIVATE_API_URL", sandbox.base_url)
    monkeypatch.setattr(PyttributionIo, "PUBLIC_API_URL", f"{sandbox.tracking_url}/")
    return PyttributionIo(api_key=sandbox.api_key, api_secret=sandbox.api_secret)


def posted(server: RawServer) -> list[dict[str, Any]]:
    """Return the inner objects that were posted."""
    return [next(iter(json.loads(body(request)).values())) for request in server.requests]


def test_parameters_are_those_of_0_5() -> None:
    """Names, order and defaults, so that every call of 0.5 still fits."""
    expected: dict[str, dict[str, Any]] = {
        "__init__": {"api_key": inspect.Parameter.empty, "api_secret": inspect.Parameter.empty},
        **{f"fetch_customer_info_{name}": {"client_id": inspect.Parameter.empty} for name in FETCHES},
        "trigger_identity": {"attributionio_id": inspect.Parameter.empty, "client_id": "", "user_agent": ""},
        "trigger_event": {
            "attributionio_id": inspect.Parameter.empty,
            "event_key": inspect.Parameter.empty,
            "client_id": "",
            "user_agent": "",
            "last_url": "",
        },
    }
    found: dict[str, dict[str, Any]] = {}
    for name in expected:
        parameters = list(inspect.signature(getattr(PyttributionIo, name)).parameters.values())[1:]
        assert {each.kind for each in parameters} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
        found[name] = {each.name: each.default for each in parameters}
    assert found == expected
    assert [list(found[name]) for name in found] == [list(expected[name]) for name in expected]


def test_constants_are_those_of_0_5() -> None:
    """Programs read them, and catch `RequestException` off an object."""
    constants = {name: getattr(PyttributionIo, name) for name in dir(PyttributionIo) if name.isupper()}
    assert constants == {
        "ALLOW_INSECURE_HTTP": False,  # new: 0.5 allowed it everywhere
        "GET_REQUEST": "GET",
        "PRIVATE_API_URL": "https://attribution.io/api/v1",
        "PUBLIC_API_URL": "https://api.attribution.io/",
        "REQUEST_RETRY_AMOUNT": 10,
        "REQUEST_RETRY_DELAY": 5,
    }
    assert PyttributionIo(KEY, SECRET).RequestException is PyttributionioError


def test_every_method_is_deprecated_and_names_its_replacement() -> None:
    """PEP 702: editors strike it through, and the text is what to write instead."""
    methods = {name: method for name, method in vars(PyttributionIo).items() if not name.startswith("_")}
    methods = {name: method for name, method in methods.items() if inspect.isfunction(method)}
    assert methods.keys() == REPLACEMENTS.keys()
    for name, replacement in REPLACEMENTS.items():
        assert methods[name].__deprecated__.startswith(f"Use Client(...).{replacement} instead")


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_calling_a_method_warns_where_it_is_called(old: PyttributionIo, name: str) -> None:
    """The warning points at the caller's line."""
    arguments = ["v", "ev"] if name == "trigger_event" else ["v"]
    with pytest.warns(DeprecationWarning, match=r"^Use Client\(") as warned:
        getattr(old, name)(*arguments)
    assert [str(each.message) for each in warned] == [getattr(PyttributionIo, name).__deprecated__]
    assert warned[0].filename == __file__


def test_making_the_wrapper_warns_of_nothing() -> None:
    """The methods are deprecated one by one; one warning a call is enough."""
    assert not hasattr(PyttributionIo, "__deprecated__")


@pytest.mark.parametrize("name", FETCHES)
@pytest.mark.parametrize("by_name", [False, True], ids=["by position", "by name"])
def test_fetch_is_the_inner_customer_as_it_came(old: PyttributionIo, client: Client, name: str, by_name: bool) -> None:
    """A plain dict, untouched, with the collections of the method's name and no other."""
    client.tracking.event("ev", visitor_id="v", client_id="a/b")
    fetch = getattr(old, f"fetch_customer_info_{name}")
    found = fetch(client_id="a/b") if by_name else fetch("a/b")
    raw = client.customers.with_raw_response.get("a/b", include=FETCHES[name][1]).content  # type: ignore[arg-type]
    assert type(found) is dict
    assert found == json.loads(raw)["customer"]
    assert found.keys() & COLLECTIONS == set(FETCHES[name][1])


def test_fetches_ask_with_the_flags_of_0_5() -> None:
    """One flag for one collection, and show_all for all."""
    with RawServer(answer(200, b'{"customer":{}}')) as server:
        old = connected(server.url)
        for name in FETCHES:
            assert getattr(old, f"fetch_customer_info_{name}")("c") == {}
    assert [target(request).partition("?")[2].partition("&")[1:] for request in server.requests] == [
        (flags[:1], flags[1:]) for flags, _ in FETCHES.values()
    ]


BY_NAME = {"attributionio_id": "v", "client_id": "c", "user_agent": "UA"}
BOTH = ["/events", "/identities"]
TRIGGERS: dict[str, tuple[Callable[[Any], Any], Any, list[str]]] = {
    "identity by position": (lambda o: o.trigger_identity("v", "c", "UA"), 200, BOTH[1:]),
    "identity by name": (lambda o: o.trigger_identity(**BY_NAME), 200, BOTH[1:]),
    "event by position": (lambda o: o.trigger_event("v", "ev", "c", "UA", "url"), (200, 200), BOTH),
    "event by name": (lambda o: o.trigger_event(event_key="ev", last_url="url", **BY_NAME), (200, 200), BOTH),
}


@pytest.mark.parametrize("name", TRIGGERS)
def test_trigger_sends_what_0_5_sent_and_returns_the_status(name: str) -> None:
    """The very members of 0.5, but for a transaction id that is unique."""
    trigger, expected, paths = TRIGGERS[name]
    with RawServer() as server:
        assert trigger(connected(server.url)) == expected
    assert [target(request) for request in server.requests] == paths
    *events, identity = posted(server)
    assert type(identity.pop("created_at")) is int
    assert identity == {"aliases": ["v"], "client_id": "c", "public_key": KEY, "meta": {"agent": "UA"}}
    for event in events:
        assert type(event.pop("created_at")) is int
        assert len(event.pop("transaction_id")) == 32
        assert event == identity | {"event_public_key": "ev", "url": "url", "is_informational": False}


@pytest.mark.parametrize("falsy", ["", None, 0, False])
def test_falsy_arguments_are_none_given(falsy: Any) -> None:
    """0.5 asked `if client_id`: a random person, and the texts for what is unknown."""
    with RawServer() as server:
        old = connected(server.url)
        assert old.trigger_event("v", "ev", falsy, falsy, falsy) == (200, 200)
        assert old.trigger_identity("v", falsy, falsy) == 200
    event, identity, other = posted(server)
    assert (event["url"], event["meta"]) == ("URL unknown", {"agent": "User-Agent unknown"})
    assert identity["meta"] == other["meta"] == event["meta"]
    assert [len(each["client_id"]) for each in (event, identity, other)] == [24, 24, 24]
    assert event["client_id"] == identity["client_id"] != other["client_id"]


def test_two_events_of_one_second_are_two(old: PyttributionIo, client: Client) -> None:
    """The defect of 0.5 that is mended: none of them is lost."""
    assert [old.trigger_event("v", "ev", "c") for _ in range(3)] == [(200, 200)] * 3
    events = client.customers.get("c", include=["events"]).events
    assert len({event.transaction_id for event in events}) == 3


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("on_subclass", [False, True], ids=["class", "subclass"])
@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
def test_url_constants_move_the_servers(
    monkeypatch: pytest.MonkeyPatch, before: bool, on_subclass: bool, slash: str
) -> None:
    """Set on the class or on a subclass, before or after an object is made, with or without a slash."""
    kind: Any = type("Own", (PyttributionIo,), {}) if on_subclass else PyttributionIo
    with RawServer(answer(200, b'{"customer":{"id":1}}')) as first, RawServer(answer(201)) as second:
        old = None if before else kind(KEY, SECRET)
        monkeypatch.setattr(kind, "PRIVATE_API_URL", f"{first.url}/api/v2{slash}", raising=False)
        monkeypatch.setattr(kind, "PUBLIC_API_URL", f"{second.url}/x{slash}", raising=False)
        old = old or kind(KEY, SECRET)
        assert old.fetch_customer_info_base("c") == {"id": 1}
        assert old.trigger_identity("v") == 201
        monkeypatch.setattr(kind, "PRIVATE_API_URL", f"{second.url}/api/v3")
        with pytest.raises(json.JSONDecodeError):
            old.fetch_customer_info_base("c")
    assert [target(request).partition("?")[0] for request in first.requests] == [f"/api/v2/{KEY}/customers/c"]
    assert [target(request).partition("?")[0] for request in second.requests] == [
        "/x/identities",
        f"/api/v3/{KEY}/customers/c",
    ]


def test_environment_moves_the_servers_where_the_constants_do_not(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who points the environment at a sandbox must not post to the vendor by the old face."""
    monkeypatch.setenv("PYTTRIBUTIONIO_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("PYTTRIBUTIONIO_TRACKING_URL", sandbox.tracking_url)
    old = PyttributionIo(sandbox.api_key, sandbox.api_secret)
    with pytest.warns(DeprecationWarning, match="instead"):
        assert old.trigger_identity("v-1", "c-1") == 200
    with pytest.warns(DeprecationWarning, match="instead"):
        assert old.fetch_customer_info_base("c-1")["client_id"] == "c-1"  # type: ignore[index]
    monkeypatch.setattr(PyttributionIo, "PUBLIC_API_URL", "http://127.0.0.1:1/")
    with pytest.warns(DeprecationWarning, match="instead"):
        assert old.trigger_identity("v-1", "c-1") is None


def test_module_of_0_5_still_has_the_class() -> None:
    """Some programs import it from where it was."""
    assert importlib.import_module("pyttributionio.pyttributionio").PyttributionIo is PyttributionIo


def test_plain_http_elsewhere_has_to_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """0.5 allowed it; the secret would be readable on the way."""
    monkeypatch.setattr(PyttributionIo, "PRIVATE_API_URL", "http://mock:8080/api/v1")
    with pytest.raises(ValueError, match="unencrypted"):
        PyttributionIo("KEY", "hush")
    monkeypatch.setattr(PyttributionIo, "ALLOW_INSECURE_HTTP", True)
    PyttributionIo("KEY", "hush")
