"""Drift is reported, not guessed: each way in which answers differ from the schemas, once, without whole values."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pyttributionio import Client, Customer, Drift, DriftKind, Event, Identity, ResponseValidationError
from pyttributionio._core.drift import DriftReporter
from support.reading import ALL, connect, connect_async, read, read_text, read_text_async

READERS: dict[str, Callable[..., Customer]] = {"Client": read_text, "AsyncClient": read_text_async}
DRIFTING = {
    "id": 1.5,
    "plan": "professional",
    "pageviews": [{"title": [], "meta": {"screen": 1}}, {"url": "https://shop.example/"}],
    "touchpoints": [{"utm_id": "summer"}],
    "events": [{"revenue": "much"}],
}
REPORTED = [
    Drift("Customer", "customer.plan", "unknown_field", 'a string of 12 characters, "prof…"'),
    Drift("Customer", "customer.id", "unreadable_value", "a number"),
    Drift("Pageview", "customer.pageviews[].title", "unreadable_value", "an array of 0"),
    Drift("Touchpoint", "customer.touchpoints[].utm_id", "unknown_field", 'a string of 6 characters, "su…"'),
    Drift("Event", "customer.events[].revenue", "unreadable_value", 'a string of 4 characters, "m…"'),
    Drift("Customer", "customer.identities", "missing_collection", ""),
]


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_each_kind_is_reported_with_its_place(reader: Callable[..., Customer]) -> None:
    """Model, path, kind and a cut example, on every level, whatever subclass was read."""
    seen: list[Drift] = []
    reader(json.dumps({"customer": DRIFTING}), ALL, on_drift=seen.append)
    assert seen == REPORTED


def test_answer_that_fits_reports_nothing() -> None:
    """Null is no drift, and neither is an empty collection, or one that was not asked for."""
    seen: list[Drift] = []
    read({"id": None, "events": [], "pageviews": None}, ["events", "pageviews"], on_drift=seen.append)
    read({"id": 7, "events": [{"url": None, "meta": {"agent": "x"}}]}, ["events"], on_drift=seen.append)
    read({}, on_drift=seen.append)
    assert seen == []


def test_collection_sent_unasked_is_drift() -> None:
    """It is an unknown field of the class that was asked for."""
    seen: list[Drift] = []
    read({"events": [{}, {}]}, on_drift=seen.append)
    assert seen == [Drift("Customer", "customer.events", "unknown_field", "an array of 2")]


def test_reported_once_per_kind_and_path() -> None:
    """Over list positions, over calls, and for all clients made of one by with_options."""
    seen: list[Drift] = []
    first, second = {"plan": "a", "events": [{"x": 1}, {"x": 2}]}, {"plan": 5, "id": 1.5, "events": [{"x": "c"}]}
    bodies = iter(json.dumps({"customer": customer}) for customer in (first, second, second))
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=next(bodies))))
    client = Client("key", "hush", http_client=http, on_drift=seen.append)
    client.customers.get("id", include=["events"])
    assert [drift.path for drift in seen] == ["customer.plan", "customer.events[].x"]
    client.with_options(timeout=1).customers.get("id", include=["events"])
    client.customers.get("id", include=["events"])
    assert [drift.path for drift in seen] == ["customer.plan", "customer.events[].x", "customer.id"]


def test_one_path_is_reported_for_each_kind() -> None:
    """A field that is missing today and unreadable tomorrow is two facts."""
    seen: list[Drift] = []
    bodies = iter(['{"customer": {}}', '{"customer": {"events": []}}', '{"customer": {"events": []}}'])
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=next(bodies))))
    client = Client("key", "hush", http_client=http, on_drift=seen.append)
    client.customers.get("id", include=["events"])
    client.customers.get("id")
    client.customers.get("id")
    assert [(drift.path, drift.kind) for drift in seen] == [
        ("customer.events", "missing_collection"),
        ("customer.events", "unknown_field"),
    ]


PREVIEWS: dict[str, tuple[object, str]] = {
    "null": (None, "null"),
    "true": (True, "a boolean"),
    "number": (1520000000, "a number"),
    "float": (12.5, "a number"),
    "empty text": ("", "an empty string"),
    "one character": ("x", 'a string of 1 characters, "…"'),
    "two characters": ("no", 'a string of 2 characters, "…"'),
    "a name": ("Jane", 'a string of 4 characters, "J…"'),
    "an email": ("jane@mail.example", 'a string of 17 characters, "jane@…"'),
    "long text": ("jane.private@mail.example" * 99, 'a string of 2475 characters, "jane.pri…"'),
    "array": (["jane@mail.example"], "an array of 1"),
    "object": ({"jane@mail.example": "Jane"}, "an object of 1 members"),
}


@pytest.mark.parametrize(("value", "expected"), PREVIEWS.values(), ids=PREVIEWS)
def test_example_never_shows_a_value_whole(value: object, expected: str) -> None:
    """Its type and at most a third of a text, numbers not at all."""
    seen: list[Drift] = []
    read({"unknown": value}, on_drift=seen.append)
    assert [drift.example for drift in seen] == [expected]


def test_callback_that_raises_does_not_break_the_call(caplog: pytest.LogCaptureFixture) -> None:
    """The error is logged with its traceback; the next drift is still reported."""
    seen: list[Drift] = []

    def report(drift: Drift) -> None:
        seen.append(drift)
        raise RuntimeError("the dashboard is down")

    with caplog.at_level(logging.ERROR, logger="pyttributionio"):
        customer: Any = read({"one": 1, "two": 2}, on_drift=report)
    assert (customer.one, customer.two) == (1, 2)
    assert [drift.path for drift in seen] == ["customer.one", "customer.two"]
    assert [record.message for record in caplog.records] == [
        "on_drift failed; the call that found the drift goes on",
        "on_drift failed; the call that found the drift goes on",
    ]
    assert "the dashboard is down" in caplog.text


def test_interruption_in_the_callback_passes_through() -> None:
    """Ctrl-C is the user's, wherever it strikes."""

    def interrupt(_: Drift) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read({"one": 1}, on_drift=interrupt)


class Path(str):
    """A path on which two threads meet, each time one of them looks it up."""

    __slots__ = ()
    meeting = threading.Barrier(2, timeout=20)

    def __hash__(self) -> int:
        self.meeting.wait()
        return super().__hash__()


def test_two_threads_report_a_drift_once() -> None:
    """Also where both look for it in the same moment."""
    seen: list[Drift] = []
    reporter = DriftReporter(seen.append)
    drifts = [Drift("Event", Path("event.x"), "unknown_field", "a number") for _ in range(2)]
    threads = [threading.Thread(target=reporter.answered, args=[[drift]]) for drift in drifts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1


# strict=True


STRICT: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "unknown field": (
        {"plan": "x", "events": []},
        "customer.plan",
        "absent, because no schema names it",
        "1 characters",
    ),
    "unreadable value": ({"id": 1.5, "events": []}, "customer.id", "of the type in its schema", "a number"),
    "missing collection": ({"id": "1"}, "customer.events", "an array, because it was requested", "missing"),
    "deep inside": (
        {"events": [{}, {"screen": 1}]},
        "customer.events[].screen",
        "absent, because no schema names it",
        "a number",
    ),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize(("document", "path", "expected", "found"), STRICT.values(), ids=STRICT)
def test_strict_makes_drift_an_error(
    reader: Callable[..., Customer], document: dict[str, Any], path: str, expected: str, found: str
) -> None:
    """A ResponseValidationError that says it is strict=True that makes it one."""
    with pytest.raises(ResponseValidationError) as caught:
        reader(json.dumps({"customer": document}), ["events"], strict=True)
    assert (caught.value.path, caught.value.expected) == (path, f"{expected} (strict=True)")
    assert found in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_strict_takes_an_answer_that_fits() -> None:
    """Known fields of the right types, null among them."""
    assert read({"id": 1, "revenue": None, "events": None}, ["events"], strict=True).id == "1"


def test_strict_reports_all_before_it_raises() -> None:
    """The callback hears of every drift, the error names the first; and each call raises anew."""
    seen: list[Drift] = []
    client = connect('{"customer": {"one": 1, "two": 2}}', on_drift=seen.append, strict=True)
    for _ in range(2):
        with pytest.raises(ResponseValidationError, match=r"customer\.one"):
            client.with_options(max_retries=0).customers.get("id")
    assert [drift.path for drift in seen] == ["customer.one", "customer.two"]


# Posts

ECHOES: dict[str, tuple[str, list[tuple[str, str, DriftKind]]]] = {
    "empty": ("", []),
    "blank": (" \r\n", []),
    "an echo": ('{"identity": {"client_id": "c"}, "event": {"client_id": "c"}}', []),
    "text": ("ok", [("", "not JSON", "unreadable_echo")]),
    "HTML": ("<html></html>", [("", "not JSON", "unreadable_echo")]),
    "null": ("null", [("", "null", "unreadable_echo")]),
    "foreign JSON": ('{"status": "accepted"}', [("", "missing", "unreadable_echo")]),
    "wrong shape": ('{"identity": [], "event": []}', [("", "an array of 0", "unreadable_echo")]),
    "wrong type": (
        '{"identity": {"aliases": 5}, "event": {"aliases": 5}}',
        [(".aliases", "a number", "unreadable_value")],
    ),
    "unknown field": ('{"identity": {"x": 1}, "event": {"x": 1}}', [(".x", "a number", "unknown_field")]),
    "unreadable": ('{"identity": {"id": 1.5}, "event": {"id": 1.5}}', [(".id", "a number", "unreadable_value")]),
}


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize(("body", "expected"), ECHOES.values(), ids=ECHOES)
def test_post_never_fails_for_its_answer(
    body: str, expected: list[tuple[str, str, DriftKind]], *, strict: bool
) -> None:
    """Once the status is 2xx: what can't be read is drift, and the result is what was sent; strict=True or not."""
    seen: list[Drift] = []
    client = connect(body, on_drift=seen.append, strict=strict)
    results = [
        client.tracking.identity("c", visitor_id="v"),
        client.tracking.event("k", client_id="c", visitor_id="v", identify=False),
    ]
    assert [(type(result), result.client_id) for result in results] == [(Identity, "c"), (Event, "c")]
    assert [result.aliases for result in results] == [["v"], ["v"]]
    for name, model in (("identity", "Identity"), ("event", "Event")):
        found = [drift for drift in seen if drift.model == model]
        assert [(drift.path, drift.kind) for drift in found] == [(name + path, kind) for path, _, kind in expected]
        assert all(drift.example.startswith(start) for drift, (_, start, _) in zip(found, expected, strict=True))


def test_async_post_never_fails_for_its_answer() -> None:
    """As the blocking one."""
    seen: list[Drift] = []

    async def post() -> Event:
        client = connect_async("accepted", on_drift=seen.append, strict=True)
        return await client.tracking.event("k", client_id="c", visitor_id="v", identify=False)

    assert asyncio.run(post()).client_id == "c"
    assert [(drift.path, drift.kind) for drift in seen] == [("event", "unreadable_echo")]


HUSH = "Hush-Hush-Hush-Hush-Hush-Hush"


@pytest.mark.parametrize("customer", [{"x": HUSH}, {"events": HUSH}], ids=["unknown field", "unreadable field"])
def test_no_part_of_the_secret_stands_in_an_example(customer: dict[str, str]) -> None:
    """A server may repeat it; it is masked before the value is cut, for half a secret would pass unseen."""
    told: list[Drift] = []

    def repeat(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"customer": customer})

    with httpx.Client(transport=httpx.MockTransport(repeat)) as own:
        client = Client("KEY", HUSH, http_client=own, on_drift=told.append)
        shown = ""
        try:
            client.customers.get("c-1", include=["events"])
        except ResponseValidationError as error:
            shown = str(error)
    assert HUSH[:4] not in shown + "".join(drift.example for drift in told)
    assert "[secret]"[:4] in shown + "".join(drift.example for drift in told)


def test_what_callers_put_into_meta_is_no_drift() -> None:
    """The SDK itself sends such members on their behalf; with strict=True a read of their events must go on."""
    body = json.dumps({"customer": {"events": [{"meta": {"agent": "a", "plan": "gold"}}]}})
    seen: list[Drift] = []
    customer = read_text(body, ["events"], strict=True, on_drift=seen.append)
    assert seen == []
    assert customer.model_dump()["events"][0]["meta"]["plan"] == "gold"


def test_names_that_look_like_data_are_not_shown() -> None:
    """A server that uses an address as a name gives a drift without it, and one for all of a length."""
    seen: list[Drift] = []
    read_text(json.dumps({"customer": {"ada@example.com": 1, "bob@example.com": 2}}), [], on_drift=seen.append)
    assert seen == [Drift("Customer", "customer.<a name of 15 characters>", "unknown_field", "a number")]


def test_a_reporter_does_not_grow_without_end() -> None:
    """After ten thousand kinds and paths it tells of no new ones."""
    seen: list[Drift] = []
    reporter = DriftReporter(seen.append)
    for number in range(10_050):
        reporter.answered([Drift("Customer", f"customer.x{number}", "unknown_field", "")])
    assert len(seen) == 10_000


@pytest.mark.parametrize("customer", ["{}", '{"id": 1.5}'], ids=["fast read", "lenient read"])
def test_what_stands_beside_the_customer_is_drift_too(customer: str) -> None:
    """The answer's own members are known as well: there is one."""
    body = f'{{"customer": {customer}, "status": "partial"}}'
    seen: list[Drift] = []
    read_text(body, [], on_drift=seen.append)
    assert seen[-1] == Drift("Answer", "status", "unknown_field", 'a string of 7 characters, "pa…"')
    with pytest.raises(ResponseValidationError):
        read_text('{"customer": {}, "status": "partial"}', [], strict=True)


@pytest.mark.parametrize("body", [{"customer": {"hush1234": 1}}, {"customer": {}, "hush1234": 1}], ids=["in", "beside"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_secret_that_a_server_uses_as_a_name_is_not_shown(body: dict[str, Any], strict: bool) -> None:
    """Not in the drift's path, and not in the path of the error that strict=True makes of it."""
    told: list[Drift] = []
    shown = ""
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=body))) as own:
        client = Client("KEY", "hush1234", http_client=own, on_drift=told.append, strict=strict)
        try:
            client.customers.get("c-1")
        except ResponseValidationError as error:
            shown = f"{error} {error.path} {error.body}"
    assert len(told) == 1
    assert bool(shown) == strict
    assert "hush1234" not in f"{shown} {told}"
