"""Many answers' drift in one report: counted, printable, readable by machines, and without anyone's data in it."""

import asyncio
import copy
import json
import logging
import pickle
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock

import httpx
import pytest

from pyttributionio import (
    AsyncClient,
    Client,
    CountedDrift,
    Customer,
    CustomerWithEvents,
    Drift,
    DriftReport,
    Event,
    ResponseValidationError,
    log_drift,
)
from support.reading import answering, connect, connect_async, read

PRIVATE = "jane.private@mail.example"
SECRET = "Hush-Hush-Hush-Hush-Hush-Hush"
FIRST = {"plan": PRIVATE, "id": 1.5, "events": [{"x": 1}, {"x": PRIVATE}, {}]}
SECOND = {"plan": "gold", "events": []}
THIRD: dict[str, Any] = {"id": 7}
COUNTED = [
    ("customer.events", "missing_collection", 1, 1, ""),
    ("customer.events[].x", "unknown_field", 1, 2, "a number"),
    ("customer.id", "unreadable_value", 1, 1, "a number"),
    ("customer.plan", "unknown_field", 2, 2, 'a string of 25 characters, "jane.pri…"'),
]


def counted(report: DriftReport) -> list[tuple[str, str, int, int, str]]:
    """Return what a report holds, without the models."""
    return [(drift.path, drift.kind, drift.answers, drift.times, drift.example) for drift in report]


def fed_by_a_client(*customers: object) -> DriftReport:
    """Read customers with their events by a client that reports."""
    report = DriftReport()
    bodies = iter([{"customer": customer} for customer in customers])
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=next(bodies)))
    with httpx.Client(transport=transport, trust_env=False) as own:
        client = Client("KEY", SECRET, http_client=own, on_drift=report)
        for _ in customers:
            client.customers.get("id", include=["events"])
    return report


def fed_by_an_async_client(*customers: object) -> DriftReport:
    """Do the same with the async client."""
    report = DriftReport()
    bodies = iter([{"customer": customer} for customer in customers])
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=next(bodies)))

    async def get_all() -> None:
        async with httpx.AsyncClient(transport=transport, trust_env=False) as own:
            client = AsyncClient("KEY", SECRET, http_client=own, on_drift=report)
            for _ in customers:
                await client.customers.get("id", include=["events"])

    asyncio.run(get_all())
    return report


def fed_by_hand(*customers: object) -> DriftReport:
    """Read customers with no callback, and add them later."""
    report = DriftReport()
    for customer in customers:
        report.add(read(customer, ["events"]))
    return report


FEEDERS = {"on_drift": fed_by_a_client, "on_drift, async": fed_by_an_async_client, "add": fed_by_hand}


@pytest.mark.parametrize("feed", FEEDERS.values(), ids=FEEDERS)
def test_each_kind_and_path_stands_in_it_once_with_its_counts(feed: Any) -> None:
    """In how many answers, how often in all, one example: in the order of the paths."""
    report = feed(FIRST, SECOND, THIRD)
    assert (report.answers, len(report), report.left_out) == (3, 4, 0)
    assert counted(report) == COUNTED
    assert report.drifts == tuple(report)
    assert report.drifts[1] == CountedDrift("Event", "customer.events[].x", "unknown_field", "a number", 1, 2)


@pytest.mark.parametrize("feed", FEEDERS.values(), ids=FEEDERS)
def test_report_is_false_when_nothing_drifted(feed: Any) -> None:
    """Answers were looked at all the same, and it says so."""
    report = feed({"id": 1, "events": [{"url": None}]}, {"id": None, "events": None})
    assert (bool(report), report.answers, report.drifts, len(report)) == (False, 2, (), 0)
    assert str(report) == "2 answers looked at, 0 drifts"
    assert bool(feed({"plan": 1, "events": []})) is True


def test_a_new_report_is_empty() -> None:
    """And says that it has looked at nothing."""
    report = DriftReport()
    assert (bool(report), str(report), repr(report)) == (
        False,
        "0 answers looked at, 0 drifts",
        "DriftReport(0 answers, 0 drifts)",
    )


TABLE = """\
3 answers looked at, 4 drifts

path                 kind                model     answers  times  example
customer.events      missing_collection  Customer        1      1
customer.events[].x  unknown_field       Event           1      2  a number
customer.id          unreadable_value    Customer        1      1  a number
customer.plan        unknown_field       Customer        2      2  a string of 25 characters, "jane.pri…"
"""


def test_it_prints_as_an_aligned_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Plain text, numbers aligned on the right, no blanks at the ends of lines."""
    print(fed_by_a_client(FIRST, SECOND, THIRD))
    assert capsys.readouterr().out == TABLE


def test_its_repr_fits_a_terminal() -> None:
    """One short line, however much is in it."""
    report = fed_by_a_client({f"x{number}": 1 for number in range(2000)}, {"y": 1})
    assert repr(report) == "DriftReport(2 answers, 2,002 drifts)"


def test_its_json_is_the_same_whatever_came_first() -> None:
    """Sorted by path, with all that the table has, in ASCII."""
    report = fed_by_a_client(FIRST, SECOND, THIRD)
    assert report.to_json() == fed_by_a_client(FIRST, THIRD, SECOND).to_json()
    assert report.to_json().isascii()
    found = json.loads(report.to_json())
    assert (found["answers"], found["left_out"], list(found)) == (3, 0, ["answers", "left_out", "drifts"])
    assert found["drifts"][1] == {
        "model": "Event",
        "path": "customer.events[].x",
        "kind": "unknown_field",
        "answers": 1,
        "times": 2,
        "example": "a number",
    }
    assert [entry["path"] for entry in found["drifts"]] == [path for path, *_ in COUNTED]


@pytest.mark.parametrize("feed", FEEDERS.values(), ids=FEEDERS)
def test_no_value_stands_in_it_whole(feed: Any) -> None:
    """Neither in the table nor in JSON nor in the repr; names that look like data neither."""
    report = feed({PRIVATE: 1, "plan": PRIVATE, "phone": 1520001234, "id": [PRIVATE], "events": [{"card": PRIVATE}]})
    for text in (str(report), report.to_json(), repr(report), repr(report.drifts)):
        assert PRIVATE[:12] not in text
        assert "1520001234" not in text
    assert len(report) == 5


def test_the_secret_is_not_in_it() -> None:
    """A client knows its secret and masks it; where none is known, a value is cut all the same."""
    told = fed_by_a_client({"echo": SECRET, "events": []})
    added = fed_by_hand({"echo": SECRET, "events": []})
    for report, part in ((told, 4), (added, 9)):
        assert SECRET[:part] not in str(report) + report.to_json()
    assert '"[secret]' in str(told)


def test_an_answer_that_failed_stands_in_it() -> None:
    """A collection that is no list raises, and is counted once."""
    report = DriftReport()
    client = connect('{"customer": {"events": 5}}', on_drift=report)
    with pytest.raises(ResponseValidationError, match=r"customer\.events should be an array, and is a number"):
        client.customers.get("id", include=["events"])
    with pytest.raises(ResponseValidationError):
        connect("<html></html>", on_drift=report).customers.get("id")
    assert report.answers == 2
    assert [(path, kind, answers, times) for path, kind, answers, times, _ in counted(report)] == [
        ("", "unreadable_answer", 1, 1),
        ("customer.events", "unreadable_answer", 1, 1),
    ]
    assert report.drifts[1].example == "a number"


def test_strict_counts_an_answer_once() -> None:
    """Its drift is what it is; that it also raised is no second drift."""
    report = DriftReport()
    with pytest.raises(ResponseValidationError):
        connect('{"customer": {"one": 1, "two": 2}}', on_drift=report, strict=True).customers.get("id")
    assert [drift.path for drift in report] == ["customer.one", "customer.two"]
    assert report.answers == 1


@pytest.mark.parametrize("body", ['{"event": {"x": 1}}', "accepted"], ids=["an echo", "text"])
def test_what_posts_are_answered_is_counted(body: str) -> None:
    """By the blocking client and the async one."""
    report = DriftReport()
    connect(body, on_drift=report).tracking.event("k", client_id="c", visitor_id="v", identify=False)

    async def post() -> None:
        await connect_async(body, on_drift=report).tracking.event("k", client_id="c", visitor_id="v", identify=False)

    asyncio.run(post())
    assert report.answers == 2
    assert [(drift.model, drift.answers, drift.times) for drift in report] == [("Event", 2, 2)]


def test_a_listener_of_ones_own_is_told_of_every_answer() -> None:
    """It need not be a function as well."""

    class Tally:
        """Count answers."""

        def __init__(self) -> None:
            self.drifts: list[int] = []

        def answered(self, drifts: Sequence[Drift], /) -> None:
            """Note how many drifts there were."""
            self.drifts.append(len(drifts))

    tally = Tally()
    connect('{"customer": {"one": 1, "two": 2}}', on_drift=tally).customers.get("id")
    connect('{"customer": {}}', on_drift=tally).customers.get("id")
    assert tally.drifts == [2, 0]


def test_what_an_events_identity_is_answered_is_looked_at_too() -> None:
    """The call makes two requests, and reads two answers."""
    report = DriftReport()
    connect('{"identity": {"x": 1}, "event": {"y": 1}}', on_drift=report).tracking.event("k", visitor_id="v")
    assert [(drift.model, drift.path) for drift in report] == [("Event", "event.y"), ("Identity", "identity.x")]
    assert report.answers == 2


def test_an_empty_answer_to_a_post_is_nothing_to_look_at() -> None:
    """The vendor may send none."""
    report = DriftReport()
    connect("", on_drift=report).tracking.identity("c", visitor_id="v")
    assert report.answers == 0


def test_other_models_can_be_added() -> None:
    """By the name of their own; models made by hand, too."""
    report = DriftReport()
    event: Any = Event.model_validate({"url": "u", "x": 1})
    report.add(event)
    report.add(CustomerWithEvents(events=[event]))
    report.add(Customer())
    assert [drift.path for drift in report] == ["customer.events[].x", "event.x"]
    assert report.answers == 3


def test_what_is_no_model_is_refused() -> None:
    """With a message that says what is taken."""
    wrong: Any = {"customer": {}}
    with pytest.raises(TypeError, match="a report adds a customer, or another model of an answer, not dict"):
        DriftReport().add(wrong)


def test_a_function_can_pass_drifts_on_to_it() -> None:
    """Each is counted; of the answers it then knows nothing."""
    report = DriftReport()
    body = json.dumps({"customer": FIRST})
    connect(body, on_drift=lambda drift: report(drift)).customers.get("id", include=["events"])
    assert (report.answers, len(report)) == (0, 3)
    assert [(drift.answers, drift.times) for drift in report] == [(0, 1)] * 3


def test_any_class_with_that_method_is_told_of_every_answer() -> None:
    """A user's own counters need no base class."""

    class Counter:
        def __init__(self) -> None:
            self.told: list[int] = []

        def __call__(self, drift: Drift) -> None:
            raise AssertionError(drift)

        def answered(self, drifts: Any) -> None:
            self.told.append(len(drifts))

    counter = Counter()
    client = connect(json.dumps({"customer": FIRST}), on_drift=counter)
    for _ in range(2):
        client.customers.get("id", include=["events"])
    assert counter.told == [4, 4]


def test_a_mock_is_a_function_and_told_once() -> None:
    """Though it seems to have every method."""
    told = Mock()
    client = connect('{"customer": {"x": 1}}', on_drift=told)
    for _ in range(2):
        client.customers.get("id")
    told.assert_called_once_with(Drift("Customer", "customer.x", "unknown_field", "a number"))
    told.answered.assert_not_called()


def test_a_listener_that_raises_does_not_break_the_call(caplog: pytest.LogCaptureFixture) -> None:
    """As with a function: the error is logged."""

    class Broken(DriftReport):
        def answered(self, drifts: Any) -> None:
            raise RuntimeError("the dashboard is down")

    with caplog.at_level(logging.ERROR, logger="pyttributionio"):
        assert read({"id": 1}, on_drift=Broken()).id == "1"
    assert "the dashboard is down" in caplog.text


def test_one_report_serves_clients_and_threads() -> None:
    """Not one occurrence is lost."""
    report = DriftReport()
    start = threading.Barrier(8, timeout=20)
    client = connect(json.dumps({"customer": FIRST}), on_drift=report)

    def get(_: int) -> None:
        start.wait()
        for _ in range(25):
            client.customers.get("id", include=["events"])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(get, range(8)))
    assert report.answers == 200
    assert [(drift.answers, drift.times) for drift in report] == [(200, 400), (200, 200), (200, 200)]


def test_a_forked_child_is_not_locked_out() -> None:
    """Though a thread was counting in the moment of the fork."""
    report = DriftReport()
    report._lock.acquire()
    report._pid = -1  # what a child finds: another process's lock, held by a thread that is not there
    report.answered([])
    assert report.answers == 1


def test_it_pickles_and_copies_and_counts_on() -> None:
    """Each for itself; so does a client that reports to one."""
    report = fed_by_a_client(FIRST)
    twins = [pickle.loads(pickle.dumps(report)), copy.copy(report), copy.deepcopy(report)]
    for twin in twins:
        assert (str(twin), twin.to_json()) == (str(report), report.to_json())
        twin.add(read({"other": 1}))
        assert (twin.answers, len(twin), report.answers, len(report)) == (2, 4, 1, 3)
    assert pickle.loads(pickle.dumps(report.drifts)) == report.drifts
    client = pickle.loads(pickle.dumps(Client("KEY", SECRET, on_drift=report)))
    assert repr(client._settings.on_drift._callback) == repr(report)


def test_it_does_not_grow_without_end() -> None:
    """A server may use data as names; what is left out is counted."""
    report = DriftReport()
    for number in range(10_050):
        report(Drift("Customer", f"customer.x{number}", "unknown_field", ""))
    report(Drift("Customer", "customer.x1", "unknown_field", ""))
    assert (len(report), report.left_out, report.drifts[1].path) == (10_000, 50, "customer.x1")
    assert json.loads(report.to_json())["left_out"] == 50
    assert str(report).endswith("\n... and 50 occurrences of further kinds and paths")


STEERING = "\x1b[31m\nadmin\r\n\u2028\u202e\ud800 and so on, and so on"


def test_what_would_break_a_line_is_escaped(caplog: pytest.LogCaptureFixture) -> None:
    """In examples, in the table and in the log: a value may hold anything, a terminal's control characters too."""
    report = DriftReport()
    report.add(Event.model_construct(x=STEERING))
    report(Drift("Customer", f"customer.{STEERING}", "unknown_field", STEERING))
    with caplog.at_level(logging.WARNING, logger="pyttributionio"):
        for drift in report:
            log_drift(drift)
    shown = [*str(report).splitlines(), *(record.getMessage() for record in caplog.records)]
    assert len(shown) == 3 + 2 + 2
    assert all(line.isprintable() for line in shown)
    assert r"\x1b[31m\na" in report.drifts[1].example


# log_drift


def test_log_drift_logs_one_line_a_kind_and_path(caplog: pytest.LogCaptureFixture) -> None:
    """At WARNING, on the package's logger, whatever how often it comes."""
    client = connect(json.dumps({"customer": FIRST}), on_drift=log_drift)
    with caplog.at_level(logging.WARNING, logger="pyttributionio"):
        for _ in range(3):
            client.customers.get("id", include=["events", "pageviews"])
    assert [(record.name, record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "pyttributionio",
            "WARNING",
            'unknown_field at customer.plan (Customer): a string of 25 characters, "jane.pri…"',
        ),
        ("pyttributionio", "WARNING", "unreadable_value at customer.id (Customer): a number"),
        ("pyttributionio", "WARNING", "missing_collection at customer.pageviews (Customer)"),
        ("pyttributionio", "WARNING", "unknown_field at customer.events[].x (Event): a number"),
    ]


def test_log_drift_names_the_body_where_there_is_no_path(caplog: pytest.LogCaptureFixture) -> None:
    """An answer that is not JSON has none."""
    http = httpx.Client(transport=answering("<html></html>"), trust_env=False)
    client = Client("KEY", SECRET, http_client=http, on_drift=log_drift)
    with caplog.at_level(logging.WARNING, logger="pyttributionio"), pytest.raises(ResponseValidationError):
        client.customers.get("id")
    assert caplog.messages[0].startswith("unreadable_answer at the body (Customer): not JSON")
