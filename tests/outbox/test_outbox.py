"""The outbox without threads: in memory, with a manual clock; fast and deterministic."""

import logging
import os
import pickle
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from outbox._helpers import Scripted, StillClock, entry, manual
from pyttributionio import AsyncClient, Client, OutboxCorruptError, OutboxError, OutboxFullError
from pyttributionio.outbox import Delivery, MemoryStore, Outbox, StateChange, StoredEntry
from pyttributionio.outbox.process.engine import Engine

S = httpx.Response


def fill(outbox: Outbox) -> None:
    """Accept events until there is no room."""
    for _ in range(1000):
        outbox.event("ev", visitor_id="v")


def test_an_event_is_delivered_with_its_identity_after_it() -> None:
    """The very requests that client.tracking would have made."""
    sent, direct = Scripted(), Scripted()
    given: dict[str, Any] = {
        "visitor_id": "visitor-7",
        "client_id": "customer-42",
        "url": "https://shop.example/",
        "user_agent": "Mozilla/5.0",
        "transaction_id": "order-1",
        "created_at": datetime(2026, 1, 2, tzinfo=UTC),
        "is_informational": True,
        "meta": {"plan": "pro"},
    }
    outbox = manual(sent)
    accepted = outbox.event("ev_purchase", **given)
    assert (accepted.transaction_id, accepted.client_id, accepted.duplicate) == ("order-1", "customer-42", False)
    assert sent.posted == []
    assert outbox.pump() == 2
    direct.client().tracking.event("ev_purchase", **given)
    assert sent.posted == direct.posted
    assert outbox.stats().pending == 0


def test_an_identity_is_delivered() -> None:
    """Its receipt names the entry, though the wire does not."""
    sent, direct = Scripted(), Scripted()
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    outbox = manual(sent)
    accepted = outbox.identity("customer-42", visitor_id=7, created_at=moment)
    assert accepted.transaction_id
    outbox.pump()
    direct.client().tracking.identity("customer-42", visitor_id=7, created_at=moment)
    assert sent.posted == direct.posted


def test_omitted_values_are_generated_once() -> None:
    """A UUID of version 7, a random person for both requests, the present."""
    script = Scripted([S(503), S(200)])
    time = StillClock()
    outbox = manual(script, time)
    accepted = outbox.event("ev", visitor_id="v")
    outbox.pump()
    time.seconds += 60
    outbox.pump()
    (_, first), (_, again), (_, identity) = script.posted
    assert first == again
    assert first["event"]["transaction_id"] == accepted.transaction_id
    assert first["event"]["client_id"] == identity["identity"]["client_id"] == accepted.client_id
    assert first["event"]["created_at"] == identity["identity"]["created_at"]


def test_identify_false_delivers_the_event_alone() -> None:
    """As with client.tracking."""
    script = Scripted()
    outbox = manual(script)
    outbox.event("ev", visitor_id="v", identify=False)
    assert outbox.pump() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"visitor_id": ""},
        {"visitor_id": 1.5},
        {"created_at": datetime(2026, 1, 2)},
        {"meta": {"x": float("nan")}},
        {"identify": "no"},
        {"transaction_id": " "},
    ],
)
def test_a_wrong_argument_raises_and_stores_nothing(wrong: dict[str, Any]) -> None:
    """The errors of client.tracking, at once."""
    outbox = manual(Scripted())
    with pytest.raises((ValueError, TypeError), match=next(iter(wrong))):
        outbox.event("ev", **{"visitor_id": "v", **wrong})
    assert outbox.stats().pending == 0


def test_a_transaction_that_waits_is_stored_once() -> None:
    """The second call's receipt says so."""
    script = Scripted()
    outbox = manual(script)
    assert not outbox.event("ev", visitor_id="v", transaction_id="order-1").duplicate
    assert outbox.event("ev", visitor_id="v", transaction_id="order-1").duplicate
    assert outbox.pump() == 2
    assert not outbox.event("ev", visitor_id="v", transaction_id="order-1").duplicate


def test_a_pause_holds_everything_and_one_probe_ends_it() -> None:
    """Of many visitors' events one goes out into the outage."""
    script = Scripted([S(503), S(503), S(200)])
    time = StillClock()
    outbox = manual(script, time)
    for n in range(5):
        outbox.event("ev", visitor_id=f"v-{n}", transaction_id=f"t-{n}", identify=False)
    assert outbox.pump() == 1
    assert outbox.pump() == 0
    time.seconds += 1
    assert outbox.pump() == 1
    assert outbox.stats().state == "paused"
    time.seconds += 30
    assert outbox.pump() == 5
    assert (outbox.stats().state, outbox.stats().pending) == ("open", 0)


def test_into_a_retry_after_window_goes_one_request() -> None:
    """The answer with the header is the last until it is over."""
    script = Scripted([S(429, headers={"Retry-After": "8"}), S(200)])
    time = StillClock(chance=0.0)
    outbox = manual(script, time)
    for n in range(5):
        outbox.event("ev", visitor_id=f"v-{n}", identify=False)
    outbox.pump()
    for _ in range(79):
        time.seconds += 0.1
        outbox.pump()
    assert len(script.posted) == 1
    time.seconds += 0.2
    outbox.pump()
    assert len(script.posted) == 6


def test_order_per_visitor_holds_with_any_failures() -> None:
    """A failing entry stops its own queue; the others are sent."""
    script = Scripted([S(200), S(500), S(200)])
    time = StillClock()
    outbox = manual(script, time)
    for n in range(3):
        outbox.event("ev", visitor_id="a", transaction_id=f"a-{n}", identify=False)
        outbox.event("ev", visitor_id="b", transaction_id=f"b-{n}", identify=False)
    while outbox.stats().pending:
        outbox.pump()
        time.seconds += 1
    assert [name for name in script.ids if name[0] == "a"] == ["a-0", "a-1", "a-2"]
    assert [name for name in script.ids if name[0] == "b"] in (["b-0", "b-0", "b-1", "b-2"], ["b-0", "b-1", "b-2"])
    assert len(script.ids) == 7


def test_a_poisonous_entry_does_not_stop_the_others() -> None:
    """An event that makes the server fail each time waits longer and longer; the rest gets through."""
    script = Scripted()
    poisoned = lambda body: body.get("event", {}).get("transaction_id") == "poison"  # noqa: E731

    def answer(request: httpx.Request) -> httpx.Response:
        import json

        body = json.loads(request.content)
        script.posted.append((request.url.path, body))
        return S(500 if poisoned(body) else 200)

    script._answer = answer  # type: ignore[method-assign]
    time = StillClock()
    outbox = manual(script, time)
    outbox.event("ev", visitor_id="bad", transaction_id="poison", identify=False)
    for n in range(20):
        outbox.event("ev", visitor_id=f"v-{n}", transaction_id=f"t-{n}", identify=False)
    for n in range(100):
        outbox.event("ev", visitor_id=f"w-{n}", identify=False)
        outbox.pump()
        time.seconds += 0.1
    assert outbox.stats().pending == 1
    assert script.ids.count("poison") < 12


def test_a_refused_event_is_a_dead_letter_with_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Its identity is not delivered, as with client.tracking. The others of its visitor are."""
    records: list[StoredEntry] = []
    script = Scripted([S(422, text="no such event key"), S(200)])
    outbox = manual(script, on_dead=records.append)
    outbox.event("ev", visitor_id="v", transaction_id="bad")
    outbox.event("ev", visitor_id="v", transaction_id="good")
    with caplog.at_level(logging.ERROR, "pyttributionio"):
        assert outbox.pump() == 3
    assert script.ids[:2] == ["bad", "good"]
    assert [(each.transaction_id, each.state, each.status, each.answer) for each in records] == [
        ("bad", "dead", 422, "no such event key")
    ]
    stats = outbox.stats()
    assert (stats.pending, stats.dead, stats.dead_lettered, stats.delivered) == (0, 1, 1, 1)
    assert [record.message for record in caplog.records] == [
        "The outbox's entry bad was refused with status 422 and is a dead letter now: no such event key"
    ]


HOSTILE = "no\n2030-01-01 CRITICAL forged line\r\x1b[2J\x1b]0;title\x07\u202e\u2028\x85\x00"


@pytest.mark.parametrize(
    "failures",
    [
        [S(422, text=HOSTILE)],
        [httpx.ConnectError(HOSTILE)],
        [RuntimeError(HOSTILE)],
    ],
    ids=["dead letter", "connection", "unexpected"],
)
def test_a_log_line_has_no_control_characters_of_a_server(
    failures: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """They could forge lines, or control the terminal of who reads the log. An id of the caller's could, too."""
    time = StillClock()
    outbox = manual(Scripted(failures), time)
    outbox.event("ev", visitor_id="v", transaction_id="t\n\x1b[31m")
    with caplog.at_level(logging.DEBUG, "pyttributionio"):
        for _ in range(4):
            outbox.pump()
            time.seconds += 1000
    lines = [record.getMessage() for record in caplog.records]
    assert any("CRITICAL forged line" in line for line in lines)
    assert [line for line in lines if not line.isprintable()] == []


def test_a_delivered_event_is_not_sent_again_for_its_identity() -> None:
    """Only what failed is tried again."""
    script = Scripted([S(200), S(503), S(200)])
    time = StillClock()
    outbox = manual(script, time)
    outbox.event("ev", visitor_id="v", client_id="c", transaction_id="t")
    outbox.pump()
    time.seconds += 30
    outbox.pump()
    assert script.ids == ["t", "c", "c"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_pauses_and_alarms_and_loses_nothing(status: int, caplog: pytest.LogCaptureFixture) -> None:
    """One line in the log however often it is tried, and one when it works again."""
    changes: list[StateChange] = []
    script = Scripted([S(status)])
    time = StillClock()
    outbox = manual(script, time, on_state=changes.append)
    for n in range(3):
        outbox.event("ev", visitor_id=f"v-{n}", identify=False)
    with caplog.at_level(logging.INFO, "pyttributionio"):
        for _ in range(10):
            outbox.pump()
            time.seconds += 30
        assert (outbox.stats().pending, outbox.stats().dead, outbox.stats().state) == (3, 0, "refused")
        assert not outbox.health().ok
        assert "public key" in outbox.health().problems[0]
        script.answers = [S(200)]
        time.seconds += 30
        outbox.pump()
    assert outbox.stats().pending == 0
    assert outbox.health().ok
    assert [record.levelname for record in caplog.records if record.name == "pyttributionio.outbox"] == [
        "ERROR",
        "INFO",
    ]
    assert [(change.old, change.new) for change in changes] == [("unknown", "refused"), ("refused", "open")]
    assert changes[0].reason == f"status {status}"
    assert "every 30 s or sooner, unless the server asks for a longer pause" in caplog.records[0].getMessage()


def test_an_outage_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A single failure is not logged. A longer outage is logged once, and so is its end."""
    script = Scripted([S(503)])
    time = StillClock()
    outbox = manual(script, time)
    outbox.event("ev", visitor_id="v", identify=False)
    with caplog.at_level(logging.INFO, "pyttributionio.outbox"):
        outbox.pump()
        assert caplog.records == []
        for _ in range(10):
            time.seconds += 30
            outbox.pump()
        script.answers = [S(200)]
        time.seconds += 30
        outbox.pump()
    assert [record.message for record in caplog.records] == [
        "The outbox can't deliver (status 503). Entries are kept, and wait.",
        "The outbox delivers again.",
    ]


def test_hooks_never_hurt(caplog: pytest.LogCaptureFixture) -> None:
    """Their exceptions are logged, and deliveries go on."""

    def broken(_: object) -> None:
        raise LookupError("the hook's own")

    script = Scripted([S(422), S(200)])
    outbox = manual(script, on_delivered=broken, on_dead=broken, on_state=broken)
    outbox.event("ev", visitor_id="v", transaction_id="bad", identify=False)
    outbox.event("ev", visitor_id="v", transaction_id="good", identify=False)
    outbox.pump()
    assert outbox.stats().delivered == 1
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [LookupError] * 3


def test_on_delivered_gets_the_details() -> None:
    """Its name, its kind, failed attempts, and the seconds it waited."""
    records: list[Delivery] = []
    outbox = manual(Scripted(), on_delivered=records.append)
    name = outbox.event("ev", visitor_id="v").transaction_id
    outbox.pump()
    assert [(each.transaction_id, each.kind, each.attempts) for each in records] == [(name, "event", 0)]


def test_old_entries_are_dead_letters_when_asked_for() -> None:
    """Counted and kept, and never dropped silently."""
    script = Scripted([httpx.ConnectError("down")])
    time = StillClock()
    store = MemoryStore(100_000)
    outbox = manual(script, time, durability="process", store=lambda: store, max_age_days=1)
    for n in range(2):
        store.append(entry(f"old-{n}", accepted_at=time.clock().now().timestamp() - 86401))
    store.append(entry("young", visitor_id="w", accepted_at=time.clock().now().timestamp() - 86300))
    outbox.pump()
    stats = outbox.stats()
    assert (stats.pending, stats.dead, stats.dead_lettered) == (1, 2, 2)
    assert {letter.reason.cause for letter in store.dead_letters(0, 9)} == {"expired"}


def test_a_full_outbox_raises_and_says_so() -> None:
    """The call did not succeed, and the probe says that something is wrong."""
    outbox = manual(Scripted(), max_bytes=64 * 1024)
    with pytest.raises(OutboxFullError, match="max_bytes"):
        fill(outbox)
    stats = outbox.stats()
    assert stats.refused == 1
    assert stats.pending == stats.accepted
    assert outbox.health().problems == ("The outbox is full: new calls are refused or push out old ones.",)
    outbox.pump()
    outbox.event("ev", visitor_id="v")
    assert outbox.health().ok


def test_drop_oldest_makes_room_and_counts(caplog: pytest.LogCaptureFixture) -> None:
    """The newest are kept. Dropped entries are never sent."""
    script = Scripted()
    outbox = manual(script, max_bytes=64 * 1024, when_full="drop_oldest")
    accepted = [outbox.event("ev", visitor_id="v", identify=False).transaction_id for _ in range(200)]
    stats = outbox.stats()
    assert stats.dropped > 0
    assert stats.pending + stats.dropped == 200
    outbox.pump()
    assert script.ids == accepted[stats.dropped :]
    assert [record.levelname for record in caplog.records if "full" in record.message] == ["ERROR"]


def test_an_event_that_can_never_fit_drops_nothing() -> None:
    """Its call raises, and is counted."""
    script = Scripted()
    outbox = manual(script, max_bytes=64 * 1024, when_full="drop_oldest")
    for n in range(5):
        outbox.event("ev", visitor_id="v", transaction_id=f"t-{n}", identify=False)
    with pytest.raises(OutboxFullError, match="nothing was stored"):
        outbox.event("ev", visitor_id="v", meta={"long": "x" * 70_000}, identify=False)
    stats = outbox.stats()
    assert (stats.pending, stats.dropped, stats.refused, stats.accepted) == (5, 0, 1, 5)
    outbox.pump()
    assert script.ids == [f"t-{n}" for n in range(5)]


def test_dropped_entries_are_not_sent_from_memory() -> None:
    """Also those that are in memory already, during an outage."""
    script = Scripted([S(503)])
    time = StillClock()
    outbox = manual(script, time, max_bytes=64 * 1024, when_full="drop_oldest")
    accepted: list[str] = []
    for _ in range(200):
        accepted.append(outbox.event("ev", visitor_id="v", identify=False).transaction_id)
        outbox.pump()
    script.answers, script.posted[:] = [S(200)], []
    time.seconds += 60
    outbox.pump()
    dropped = outbox.stats().dropped
    assert dropped > 0
    assert script.ids == accepted[dropped:]


def test_an_earlier_process_may_have_sent_what_it_left() -> None:
    """So a conflict says that it did; of an entry that was never tried it says something else."""
    store = MemoryStore(100_000)
    store.append(entry("left"))
    outbox = manual(Scripted([S(409)]), durability="process", store=lambda: store)
    outbox.pump()
    assert (outbox.stats().delivered, outbox.stats().dead) == (1, 0)
    outbox.event("ev", visitor_id="v", identify=False)
    outbox.pump()
    assert (outbox.stats().delivered, outbox.stats().dead) == (1, 1)


def test_block_waits_for_room_then_raises() -> None:
    """Nothing is sent meanwhile, so there is never room."""
    outbox = manual(Scripted(), max_bytes=64 * 1024, when_full="block", block_timeout=0.01)
    with pytest.raises(OutboxFullError):
        fill(outbox)


def test_a_closed_outbox_refuses_calls() -> None:
    """It says so; closing twice is fine, and flushing finds nothing."""
    outbox = manual(Scripted())
    outbox.event("ev", visitor_id="v", identify=False)
    outbox.close()
    outbox.close()
    with pytest.raises(OutboxError, match="closed"):
        outbox.event("ev", visitor_id="v")
    assert outbox.health().problems == ("The outbox is closed.",)


def test_closing_a_manual_outbox_sends_nothing() -> None:
    """Only `pump()` and `flush()` send. Waiting entries stay in their store."""
    script, store = Scripted(), MemoryStore(100_000)
    with manual(script, durability="process", store=lambda: store) as outbox:
        outbox.event("ev", visitor_id="v", identify=False)
    assert script.posted == []
    assert store.count().pending == 1


def test_pump_is_for_manual_outboxes() -> None:
    """The others have threads for that."""
    with pytest.raises(RuntimeError, match="manual=True"):
        Outbox(Client("KEY"), durability="memory").pump()


def test_a_manual_flush_returns_what_is_left() -> None:
    """A manual outbox sends in the caller's thread."""
    script = Scripted([httpx.ConnectError("down")])
    outbox = manual(script)
    outbox.event("ev", visitor_id="v")
    assert outbox.flush(0.1) == 1
    script.answers = [S(200)]
    assert manual(script).flush(0.1) == 0


def test_a_manual_flush_sends_in_its_callers_thread() -> None:
    """Like `pump`. Without any time it sends nothing."""
    script = Scripted()
    outbox = manual(script)
    for n in range(3):
        outbox.event("ev", visitor_id=f"v-{n}", identify=False)
    assert outbox.flush(0) == 3
    assert script.posted == []
    assert outbox.flush(20) == 0
    assert len(script.posted) == 3


def test_a_manual_flush_begins_no_request_after_its_deadline() -> None:
    """And a request gets only the remaining time."""
    time, given = StillClock(), list[float]()

    def answer(request: httpx.Request) -> httpx.Response:
        given.append(request.extensions["timeout"]["read"])
        return S(200)

    def pass_time(_: Delivery) -> None:
        time.seconds += 6.0

    client = Client("KEY", timeout=60, http_client=httpx.MockTransport(answer))
    outbox = Outbox(client, durability="memory", manual=True, clock=time.clock(), on_delivered=pass_time)
    for n in range(3):
        outbox.event("ev", visitor_id=f"v-{n}", identify=False)
    assert outbox.flush(10) == 1
    assert given == [10.0, 4.0]


def test_health_minds_an_old_entry() -> None:
    """A server that is down for some time is no problem. An hour is one."""
    time = StillClock()
    store = MemoryStore(100_000)
    store.append(entry(accepted_at=time.clock().now().timestamp() - 50))
    outbox = manual(Scripted([S(503)]), time, durability="process", store=lambda: store)
    outbox.pump()
    assert outbox.health().ok
    assert outbox.health(max_age=49).problems == ("The oldest entry has waited for 50 s (status 503).",)


def test_an_async_client_makes_an_outbox() -> None:
    """Sending is done in threads all the same, from its settings."""
    outbox = Outbox(AsyncClient("KEY"), durability="memory", manual=True)
    assert outbox.event("ev", visitor_id="v").transaction_id
    assert outbox.stats().pending == 1


def test_an_async_clients_own_http_client_is_refused() -> None:
    """Only its event loop can use it, and without it the requests would miss its proxy and its headers."""
    own = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: S(200)))
    with pytest.raises(TypeError, match=r"http_client.*Make the outbox from a Client"):
        Outbox(AsyncClient("KEY", http_client=own), durability="memory")


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"durability": "ram"}, ValueError, "durability is 'ram': it takes one of 'process', 'power', 'memory'"),
        ({"when_full": "drop"}, ValueError, "when_full is 'drop'"),
        ({"max_bytes": 1000}, ValueError, "max_bytes is 1000"),
        ({"max_bytes": 1e9}, TypeError, "max_bytes is a whole number"),
        ({"in_flight": 0}, ValueError, "in_flight is 0"),
        ({"in_flight": 1000}, ValueError, "in_flight is 1000"),
        ({"in_flight": 10**5000}, ValueError, "in_flight is <unprintable int>: it takes 1 or more, up to 256"),
        ({"when_full": 10**5000}, ValueError, "when_full is <unprintable int>: it takes one of"),
        ({"when_full": "x" * 9999}, ValueError, "when_full is 'x{199}…: it takes one of"),
        ({"max_age_days": -1}, ValueError, "max_age_days"),
        ({"drain_on_exit": -1}, ValueError, "drain_on_exit is -1: it takes a finite number of seconds, zero or more"),
        ({"drain_on_exit": float("nan")}, ValueError, "drain_on_exit is nan: .* zero or more"),
        ({"drain_on_exit": float("inf")}, ValueError, "drain_on_exit is inf: .* zero or more"),
        ({"drain_on_exit": True}, TypeError, "drain_on_exit"),
        ({"block_timeout": "1"}, TypeError, "block_timeout"),
        ({"manual": 1}, TypeError, "manual is a bool"),
        ({"on_dead": "print"}, TypeError, "on_dead is a function"),
        ({"directory": "x"}, ValueError, "directory has no use"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(wrong: dict[str, Any], error: type[Exception], says: str) -> None:
    """Before anything is opened."""
    with pytest.raises(error, match=says):
        Outbox(Client("KEY"), **{"durability": "memory", **wrong})


def test_an_outbox_does_not_pickle_and_says_what_to_do() -> None:
    """Its threads and files are this process's."""
    with pytest.raises(TypeError, match="Make one on the same directory"):
        pickle.dumps(manual(Scripted()))


@pytest.mark.parametrize("kind", [OutboxError, OutboxFullError, OutboxCorruptError])
def test_errors_travel_between_processes(kind: type[Exception]) -> None:
    """With their class and their text."""
    error = pickle.loads(pickle.dumps(kind("no room")))
    assert (type(error), str(error)) == (kind, "no room")
    assert isinstance(error, OutboxError)


def test_threads_may_notice_a_fork_at_the_same_time() -> None:
    """Each engine of the parent is abandoned once, by the thread that is first."""
    outbox = manual(Scripted())
    engine = outbox._engine()
    other = Engine(outbox._config)
    outbox._engines.clear()
    outbox._engines.update({(-1, None): engine, (-2, None): other})
    engine.abandon = lambda: outbox._engines.pop((-2, None)).abandon()  # type: ignore[method-assign]
    assert outbox.pump() == 0
    assert other.closed
    assert [*outbox._engines] == [(os.getpid(), None)]


def test_a_wrong_type_of_client_is_refused() -> None:
    """The message says which types are expected."""
    with pytest.raises(TypeError, match="client is a Client or an AsyncClient, not str"):
        Outbox("KEY")  # type: ignore[arg-type]


def test_the_repr_shows_the_account_and_the_place(tmp_path: object) -> None:
    """And no secret, because an outbox has none."""
    assert repr(Outbox(Client("KEY", "hush"), durability="memory")) == "Outbox(api_key='KEY', 'memory')"
    outbox = Outbox(Client("KEY", "hush"), str(tmp_path))
    assert repr(outbox) == f"Outbox(api_key='KEY', '{tmp_path}/KEY@https+api.attribution.io')"
    assert outbox._config.settings.api_secret is None
