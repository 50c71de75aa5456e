"""The recorder: what it sees, what it answers, and what a failed assertion says."""

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from pyttributionio import (
    APIConnectionError,
    APITimeoutError,
    AsyncClient,
    AuthenticationError,
    Client,
    InternalServerError,
    NotFoundError,
    PyttributionIo,
)
from pyttributionio._core.types import APIRequest
from pyttributionio.outbox import Outbox
from pyttributionio.sandbox import Sandbox
from pyttributionio.testing import Recorder, make_customer, make_event, make_touchpoint

CLIENT = Client()
ASYNC_CLIENT = AsyncClient()
OUTBOX = Outbox(CLIENT)
"""As an application makes them when it is imported, without a key and without a directory of its own."""
WHEN = datetime(2026, 3, 2, 12, 0, 5, 999, tzinfo=UTC)


@pytest.fixture
def recorder() -> Any:
    """Record."""
    with Recorder() as found:
        yield found


def test_records_events_and_identities_as_models(recorder: Recorder) -> None:
    """Of a client that was made at import, without a key."""
    CLIENT.tracking.event(
        "ev_purchase", visitor_id="v-7", client_id=42, transaction_id=1001, created_at=WHEN, meta={"a": [1]}
    )
    event = recorder.assert_event("ev_purchase")
    assert event == recorder.events[0]
    assert (event.client_id, event.transaction_id, event.aliases) == ("42", "1001", ["v-7"])
    assert event.created_at == WHEN.replace(microsecond=0)
    assert [each.client_id for each in recorder.identities] == ["42"]
    recorder.assert_event(
        "ev_purchase",
        visitor_id="v-7",
        aliases=["v-7"],
        client_id=42,
        transaction_id=1001,
        url="URL unknown",
        user_agent="User-Agent unknown",
        created_at=WHEN,
        is_informational=False,
        meta={"a": [1]},
    )
    recorder.assert_identity(42, visitor_id="v-7", meta={"agent": "User-Agent unknown"})


@pytest.mark.parametrize(
    "fields",
    [
        {"visitor_id": "v"},
        {"aliases": []},
        {"client_id": 4},
        {"transaction_id": 100},
        {"url": "https://shop.example"},
        {"user_agent": ""},
        {"created_at": datetime(2026, 3, 2, tzinfo=UTC)},
        {"is_informational": True},
        {"meta": {"a": 2}},
        {"meta": {"b": None}},
    ],
)
def test_each_field_is_compared(recorder: Recorder, fields: Any) -> None:
    """Also an empty value."""
    CLIENT.tracking.event("ev", visitor_id="v-7", client_id=42, transaction_id=1001, created_at=WHEN, meta={"a": 1})
    with pytest.raises(AssertionError, match=r"One 'ev' differs: " + next(iter(fields))):
        recorder.assert_event("ev", **fields)


def test_failed_assertion_lists_what_was_sent(recorder: Recorder) -> None:
    """Posts, reads and refused ones."""
    recorder.fail_next(status=400)
    with pytest.raises(Exception, match="400"):
        CLIENT.tracking.event("ev_refused", visitor_id="v-1")
    CLIENT.tracking.event("ev_purchase", visitor_id="v-7", transaction_id="1002", identify=False)
    with pytest.raises(NotFoundError):
        CLIENT.customers.get("c-9", include=["events"])
    CLIENT.post("funnels", body={"name": "f"}, cast_to=None)
    with pytest.raises(AssertionError) as caught:
        recorder.assert_event("ev_purchase", transaction_id="1001")
    lines = str(caught.value).splitlines()
    assert lines[:3] == [
        "No event 'ev_purchase', transaction_id='1001' was accepted.",
        "One 'ev_purchase' differs: transaction_id is '1002'.",
        "4 requests were sent:",
    ]
    assert lines[3].startswith("  1. event 'ev_refused' aliases=['v-1']")
    assert lines[3].endswith("-> 400")
    assert lines[4].startswith("  2. event 'ev_purchase' aliases=['v-7']")
    assert lines[5:] == [
        "  3. read of 'c-9', include=['events'] -> 404",
        """  4. POST /funnels {"name":"f"} -> 200""",
    ]
    for check in (recorder.assert_nothing_sent, lambda: recorder.assert_identity("c-1", visitor_id="v")):
        with pytest.raises(AssertionError, match="4 requests were sent:"):
            check()
    recorder.clear()
    recorder.assert_nothing_sent()
    with pytest.raises(AssertionError, match=r"No identity, client_id='c-1' was accepted\.\nNothing was sent\."):
        recorder.assert_identity("c-1")
    for _ in range(25):
        CLIENT.tracking.identity("c", visitor_id="v")
    with pytest.raises(AssertionError, match=r"25 requests were sent:(.|\n)*\.\.\. and 5 more, see \.requests"):
        recorder.assert_nothing_sent()


def test_unknown_fields_are_refused(recorder: Recorder) -> None:
    """They would match nothing, or everything."""
    anything: Any = recorder
    with pytest.raises(TypeError, match=r"assert_event\(\) has no field 'visitor'; it has aliases, client_id, .*url"):
        anything.assert_event("ev", visitor="v")
    with pytest.raises(TypeError, match=r"assert_identity\(\) has no field 'url'"):
        anything.assert_identity(url="v")


def test_reads_are_answered_from_models_and_dicts(recorder: Recorder) -> None:
    """With the collections that were asked for alone, and no secret is needed."""
    recorder.customers["c-1"] = make_customer(touchpoints=[make_touchpoint(channel="email")], events=[make_event()])
    recorder.customers[2] = {"revenue": 5, "plan": "pro", "pageviews": [{"url": "https://shop.example"}]}
    found = CLIENT.customers.get("c-1", include=["touchpoints", "pageviews"])
    assert (found.client_id, [each.channel for each in found.touchpoints], found.pageviews) == ("c-1", ["email"], [])
    assert CLIENT.customers.with_raw_response.get("c-1").content.count(b"events") == 0
    second = CLIENT.customers.get("2", include="all")
    assert (second.client_id, second.revenue, second.model_extra) == ("2", 5, {"plan": "pro"})
    assert [each.url for each in second.pageviews] == ["https://shop.example"]
    with pytest.raises(NotFoundError, match="recorder has no such customer"):
        CLIENT.customers.get("c-3")
    assert [(each.client_id, each.include, each.status) for each in recorder.reads] == [
        ("c-1", ("pageviews", "touchpoints"), 200),
        ("c-1", (), 200),
        ("2", ("pageviews", "touchpoints", "events", "identities"), 200),
        ("c-3", (), 404),
    ]
    with pytest.raises(NotFoundError, match="answers reads of customers only"):
        CLIENT.get("funnels", cast_to=dict)
    assert CLIENT.post("funnels", body={}, cast_to=dict) == {}


def test_ids_of_reads_are_those_of_the_caller(recorder: Recorder) -> None:
    """Whatever is in them."""
    for client_id in ("a/b?c#d@x.io", "..", "日本 🎌", "%2F"):
        recorder.customers[client_id] = {}
        assert CLIENT.customers.get(client_id).client_id == client_id
        assert recorder.reads[-1].client_id == client_id
    assert len(recorder.customers) == 4
    del recorder.customers[".."]
    assert ".." not in recorder.customers
    assert [*recorder.customers] == ["a/b?c#d@x.io", "日本 🎌", "%2F"]
    anything: Any = recorder.customers
    with pytest.raises(TypeError, match=r"is a Customer, .* or a dict of the members .*, not list"):
        anything["c"] = []
    with pytest.raises(ValueError, match="client_id is empty"):
        anything[""] = {}


def test_next_attempts_fail(recorder: Recorder) -> None:
    """A call tries again at once. Refused requests are kept, and are no events."""
    recorder.fail_next(2, status=503, retry_after=1.5)
    CLIENT.tracking.event("ev", visitor_id="v", identify=False)
    assert [each.status for each in recorder.requests] == [503, 503, 200]
    assert len({each.body for each in recorder.requests}) == 1
    assert len(recorder.events) == 1
    recorder.fail_next(3, status=503, retry_after=1.5)
    with pytest.raises(InternalServerError, match="simulated by the recorder") as caught:
        CLIENT.customers.get("c")
    assert caught.value.retry_after == 1.5
    recorder.fail_next(status=401)
    with pytest.raises(AuthenticationError):
        CLIENT.customers.get("c")


@pytest.mark.parametrize("error", [APIConnectionError, APITimeoutError])
def test_no_answer_is_simulated(recorder: Recorder, error: type[APIConnectionError]) -> None:
    """As a connection that is refused, or as a timeout, after which a post may have arrived."""
    recorder.fail_next(3, error=error)
    with pytest.raises(error, match="simulated by the recorder") as caught:
        CLIENT.tracking.identity("c", visitor_id="v")
    assert type(caught.value) is error
    assert [(each.status, each.error) for each in recorder.requests] == [(None, error.__name__)] * 3
    recorder.clear()
    recorder.fail_next(error=error)
    careful = Client(retry_posts="unsent")
    if error is APITimeoutError:
        with pytest.raises(error, match="It may have arrived"):
            careful.tracking.identity("c", visitor_id="v")
    else:
        careful.tracking.identity("c", visitor_id="v")


def test_requests_that_a_function_chooses_fail(recorder: Recorder) -> None:
    """Until the recorder is cleared; the exception of the function reaches the caller."""
    recorder.fail_when(lambda request: request.path == "/identities", status=422)
    with pytest.raises(Exception, match="422") as caught:
        CLIENT.tracking.event("ev", visitor_id="v", transaction_id="t")
    assert getattr(caught.value, "accepted_transaction_id", None) == "t"
    assert (len(recorder.events), len(recorder.identities)) == (1, 0)
    recorder.clear()
    CLIENT.tracking.identity("c", visitor_id="v")

    def broken(_: object) -> bool:
        raise LookupError("of the predicate")

    recorder.fail_when(broken, error=APITimeoutError)
    with pytest.raises(LookupError, match="of the predicate"):
        CLIENT.tracking.identity("c", visitor_id="v")
    assert recorder.requests[-1].error == "LookupError"


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, ValueError, "give one of status and error"),
        ({"status": 503, "error": APITimeoutError}, ValueError, "give one of status and error"),
        ({"status": 204}, ValueError, "status is 204: pass that of a failure"),
        ({"status": 600}, ValueError, "status is 600"),
        ({"status": True}, TypeError, "status is an int, not bool"),
        ({"error": InternalServerError}, ValueError, "pass the class APIConnectionError or APITimeoutError"),
        ({"error": APITimeoutError, "retry_after": 1}, ValueError, "retry_after is a header of an answer"),
        ({"status": 503, "retry_after": -1}, ValueError, "retry_after"),
        ({"count": 0, "status": 503}, ValueError, "count"),
    ],
)
def test_wrong_failures_are_refused(arguments: Any, error: type[Exception], text: str) -> None:
    """Before they could make a test pass by mistake."""
    with pytest.raises(error, match=text):
        Recorder().fail_next(**arguments)


def test_outbox_keeps_its_entries_in_memory(recorder: Recorder, tmp_path: Path) -> None:
    """The assertions wait for its threads, and no real folder is touched."""
    with Outbox(CLIENT, tmp_path / "outbox") as outbox:
        outbox.event("ev", visitor_id="v", transaction_id="t")
        OUTBOX.event("ev_of_a_module", visitor_id="v")
        assert {each.event_public_key for each in recorder.events} == {"ev", "ev_of_a_module"}
        assert len(recorder.identities) == 2
    assert [*tmp_path.iterdir()] == []


def test_outbox_sends_again_without_pauses(recorder: Recorder) -> None:
    """Also those that the server asks for, of an hour here."""
    recorder.fail_next(3, status=503, retry_after=3600)
    OUTBOX.event("ev", visitor_id="v", identify=False)
    recorder.assert_event("ev")
    assert [each.status for each in recorder.requests] == [503, 503, 503, 200]
    recorder.fail_when(lambda _: True, status=500)
    OUTBOX.identity("c", visitor_id="v")
    assert recorder.identities == []


def test_tests_do_not_see_each_others_events() -> None:
    """An entry that could not be sent ends with its recorder, and an outbox that was closed there is open again."""
    for number in range(20):
        with Recorder() as recorder:
            if number % 3 == 0:
                recorder.fail_when(lambda _: True, status=500)
            OUTBOX.event(f"ev_{number}", visitor_id="v", identify=False)
            CLIENT.tracking.identity(number, visitor_id="v") if number % 3 else None
            assert {each.path for each in recorder.requests} <= {"/events", "/identities"}
            assert [each.event_public_key for each in recorder.events] == ([f"ev_{number}"] if number % 3 else [])
            OUTBOX.close()
    assert len(OUTBOX._engines) <= 2


def test_manual_outbox_sends_when_it_is_told(recorder: Recorder) -> None:
    """A look at the recorder does not send for it."""
    outbox = Outbox(CLIENT, durability="memory", manual=True)
    outbox.event("ev", visitor_id="v")
    recorder.assert_nothing_sent()
    assert outbox.pump() == 2
    recorder.assert_event("ev")


def test_async_calls_and_threads_share_a_recorder(recorder: Recorder) -> None:
    """Nothing is lost, and failures are taken by one attempt each."""
    recorder.fail_next(50, status=503)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(50):
                group.create_task(ASYNC_CLIENT.with_options(max_retries=60).tracking.identity(number, visitor_id="v"))

    def work(number: int) -> None:
        CLIENT.with_options(max_retries=60).tracking.event("ev", visitor_id="v", client_id=number, identify=False)

    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(work, range(200))]
    asyncio.run(main())
    assert len(found) == len({each.client_id for each in recorder.events}) == 200
    assert len({each.client_id for each in recorder.identities}) == 50
    assert sum(each.status == 503 for each in recorder.requests) == 50


def test_async_call_lets_other_tasks_run(recorder: Recorder) -> None:
    """As one that waits for a server."""
    order: list[str] = []

    async def post(name: str) -> None:
        order.append(f"{name} begins")
        await ASYNC_CLIENT.tracking.identity(name, visitor_id="v")
        order.append(f"{name} ends")

    async def main() -> None:
        await asyncio.gather(post("a"), post("b"))

    asyncio.run(main())
    assert order == ["a begins", "b begins", "a ends", "b ends"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_child_records_too() -> None:
    """It goes on with a copy: nothing of it reaches the network, or its parent."""
    program = """
import os
from pyttributionio import Client
from pyttributionio.outbox import Outbox
from pyttributionio.testing import Recorder
client = Client(); outbox = Outbox(client)
with Recorder() as recorder:
    client.tracking.identity("parent", visitor_id="v")
    outbox.event("ev_parent", visitor_id="v")
    recorder.assert_event("ev_parent")
    pid = os.fork()
    if pid == 0:
        client.tracking.identity("child", visitor_id="v")
        outbox.event("ev_child", visitor_id="v")
        recorder.assert_event("ev_child")
        os._exit(0 if [each.client_id for each in recorder.identities][-2:][0] == "child" else 1)
    print(os.waitpid(pid, 0)[1], len(recorder.events), len(recorder.identities))
"""
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True)
    assert found.stdout == "0 1 2\n"


def test_newest_recorder_answers_alone() -> None:
    """Until it ends; in whatever order they end."""
    outer, inner = Recorder(), Recorder()
    with outer:
        CLIENT.tracking.identity("a", visitor_id="v")
        with inner:
            CLIENT.tracking.identity("b", visitor_id="v")
            OUTBOX.identity("c", visitor_id="v")
        CLIENT.tracking.identity("d", visitor_id="v")
    assert [each.client_id for each in outer.identities] == ["a", "d"]
    assert [each.client_id for each in inner.identities] == ["b", "c"]
    first, second = Recorder(), Recorder()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    CLIENT.tracking.identity("e", visitor_id="v")
    second.__exit__(None, None, None)
    assert [each.client_id for each in second.identities] == ["e"]
    with pytest.raises(ValueError, match="No public key"):
        CLIENT.tracking.identity("f", visitor_id="v")
    for entered in (first, second):
        with pytest.raises(RuntimeError, match="entered once"):
            entered.__enter__()


def test_ended_recorder_refuses_what_comes_late() -> None:
    """Such as from a thread that had found the recorder before its end."""
    with Recorder() as recorder:
        answer = recorder.answer
        CLIENT.tracking.identity("c", visitor_id="v")
    late: Any = answer(APIRequest("POST", "https://api.attribution.io", "/events", body=b"{}"))
    assert "recorder of a test that has ended" in late.text
    assert len(recorder.requests) == 1


def test_doubles_of_httpx_see_nothing(recorder: Recorder) -> None:
    """And they answer again after the recorder."""
    own = httpx.MockTransport(lambda request: httpx.Response(500))
    with respx.mock(assert_all_called=False) as router:
        route = router.route().respond(500)
        CLIENT.tracking.identity("c", visitor_id="v")
        Client(http_client=own).tracking.identity("d", visitor_id="v")
        assert route.call_count == 0
    assert [each.client_id for each in recorder.identities] == ["c", "d"]


def test_disabled_clients_and_the_recorder(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The argument has precedence over the recorder, and the recorder over the variable of a developer's shell."""
    off = Client(disabled=True)
    off.tracking.event("ev", visitor_id="v")
    Outbox(off).event("ev", visitor_id="v")
    recorder.assert_nothing_sent()
    monkeypatch.setenv("PYTTRIBUTIONIO_DISABLED", "1")
    client = Client()
    client.tracking.event("ev", visitor_id="v", identify=False)
    outbox = Outbox(client)
    outbox.event("ev", visitor_id="v", identify=False)
    recorder.customers["c"] = {}
    assert client.customers.get("c").client_id == "c"
    assert len(recorder.events) == 2


def test_old_wrapper_is_recorded(recorder: Recorder) -> None:
    """With its own calls."""
    with pytest.warns(DeprecationWarning, match="tracking.event"):
        assert PyttributionIo("KEY", "hush").trigger_event("v", "ev", "c") == (200, 200)
    recorder.assert_event("ev", client_id="c")


def calls(client: Client, outbox: Outbox, key: str) -> None:
    """Make one call of each kind, with fixed ids and times, and odd characters."""
    client.tracking.event(
        "ev_purchase",
        visitor_id="v-1",
        client_id="a/b@x.io",
        transaction_id="日本",
        created_at=WHEN,
        meta={"é": [None]},
    )
    client.with_options(extra_headers={"X-Trace": "7"}, extra_query={"debug": True}).tracking.identity(
        42, visitor_id="v-2", created_at=WHEN, user_agent="Agent/1.0"
    )
    posted = {
        "public_key": key,
        "aliases": ["v"],
        "client_id": "p",
        "created_at": 1_600_000_000,
        "meta": {"agent": "A"},
    }
    client.post("identities", body={"identity": posted}, cast_to=None)
    client.customers.get("a/b@x.io", include=["events", "identities"])
    client.customers.get("a/b@x.io", include="all")
    outbox.event("ev_outbox", visitor_id="v-1", client_id=7, transaction_id="t", created_at=WHEN)
    assert outbox.flush(20) == 0


def test_requests_are_those_on_the_wire() -> None:
    """Compared with what the sandbox received for the same calls: methods, paths, queries, headers and bodies."""
    with Sandbox() as sandbox:
        client = Client(
            sandbox.api_key, sandbox.api_secret, base_url=sandbox.base_url, tracking_url=sandbox.tracking_url
        )
        with client, Outbox(client, durability="memory", manual=True) as outbox:
            calls(client, outbox, sandbox.api_key)
        received = sandbox.requests
        with client, Outbox(client, durability="memory", manual=True) as outbox, Recorder() as recorder:
            recorder.customers["a/b@x.io"] = {}
            client = Client(
                sandbox.api_key, sandbox.api_secret, base_url=sandbox.base_url, tracking_url=sandbox.tracking_url
            )
            calls(client, outbox, sandbox.api_key)
        assert len(sandbox.requests) == len(received)
    sent = recorder.requests
    assert [each.body for each in sent] == [each.body for each in received]
    for mine, theirs in zip(sent, received, strict=True):
        query = theirs.query.replace("secret=REDACTED", "").strip("&")
        assert (mine.method, mine.path, mine.query) == (theirs.method, theirs.path, query)
        assert {name.lower(): value for name, value in mine.headers.items()} == dict(theirs.headers)
    assert sandbox.api_secret not in repr([(each, each.headers) for each in sent])


def test_secret_is_nowhere_in_a_recorder(recorder: Recorder) -> None:
    """Not in a request, a repr, or a message."""
    client = Client("KEY", "S3cret-of-a-test")
    with pytest.raises(NotFoundError) as caught:
        client.customers.get("c")
    with pytest.raises(AssertionError) as failed:
        recorder.assert_nothing_sent()
    found = [recorder, vars(recorder), recorder.requests, recorder.reads, [*recorder.requests[0].headers.items()]]
    assert "S3cret-of-a-test" not in f"{found} {caught.value} {failed.value}"


def test_program_without_an_outbox_imports_none() -> None:
    """The kit is as light as what is tested."""
    program = (
        "import sys; from pyttributionio import Client; from pyttributionio.testing import Recorder\n"
        "with Recorder() as recorder: Client().tracking.identity('c', visitor_id='v')\n"
        "assert recorder.identities\n"
        "print([m for m in ('pyttributionio.outbox', 'hypothesis', 'pytest', 'starlette') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=True)
    assert found.stdout == "[]\n"


def test_hook_of_an_outbox_may_look_at_the_recorder(recorder: Recorder) -> None:
    """It runs in the outbox's thread, which can't wait for itself."""
    seen: list[int] = []
    done = threading.Event()

    def delivered(_: object) -> None:
        seen.append(len(recorder.events))
        done.set()

    with Outbox(CLIENT, durability="memory", on_delivered=delivered) as outbox:
        outbox.event("ev", visitor_id="v", identify=False)
        assert done.wait(20)
    assert seen == [1]
