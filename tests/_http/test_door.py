"""The door, by which a test double answers every request of a process, and the guard of the network."""

import os
import pickle
import socket
import subprocess
import sys
import threading
from typing import Any

import httpx
import pytest
import respx

from pyttributionio import Client, NetworkBlockedError, PyttributionioError
from pyttributionio._core.types import APIRequest, Failure, Reply
from pyttributionio._http import door
from pyttributionio.outbox import Outbox
from support.faults import CUSTOMER, KINDS, FaultServer, answer, connect
from support.proxy import Proxy

FAR = "https://attribution.example"


class Answers:
    """A door that keeps what it is asked, and gives the answers in their order, the last one for ever."""

    def __init__(self, *answers: Reply | Failure) -> None:
        self.answers = [*answers] or [Reply(200, [], b'{"customer": {"client_id": "c-1"}}')]
        self.asked: list[APIRequest] = []

    def answer(self, request: APIRequest) -> Reply | Failure:
        self.asked.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


@pytest.fixture
def no_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a host is looked up or a route is."""

    def fail(*_: object, **__: object) -> Any:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setattr("pyttributionio._http.connections.route_to", fail)


@pytest.fixture
def forbidden(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Forbid the network, and forget what was refused before and during the test."""
    monkeypatch.setenv(door.VARIABLE, "loopback")
    door.blocked.clear()
    yield
    door.blocked.clear()


def test_door_answers_before_anything_is_looked_up(kind: Any, no_lookup: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads and posts, and the driver gives no secret away."""
    answers = Answers()
    monkeypatch.setattr(door, "active", answers)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    with connect(kind, FAR, api_secret="S3cret-1") as caller:
        assert caller.get().client_id == "c-1"
        caller.identity()
    assert [(each.method, each.private) for each in answers.asked] == [("GET", True), ("POST", False)]
    assert "S3cret-1" not in repr(answers.asked) + "".join(each.url for each in answers.asked)


def test_door_answers_for_a_callers_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client and a transport of the caller's own are not asked."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(201)

    answers, transport = Answers(), httpx.MockTransport(handler)
    monkeypatch.setattr(door, "active", answers)
    for own in (transport, httpx.Client(transport=transport)):
        Client("KEY", http_client=own).tracking.identity("c-1", visitor_id="v-1")
    assert (len(answers.asked), asked) == (2, [])


def test_door_answers_for_the_threads_of_an_outbox(no_lookup: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """They were started before the door was set, too."""
    answers = Answers()
    with Outbox(Client("KEY", tracking_url=FAR), durability="memory") as outbox:
        monkeypatch.setattr(door, "active", answers)
        outbox.event("ev_purchase", visitor_id="v-1")
        assert outbox.flush(20) == 0
        monkeypatch.undo()
    assert [each.path for each in answers.asked] == ["/events", "/identities"]


def test_no_call_waits_behind_a_door(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses of a call with failures would make each test of a failure slow."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("anyio.sleep", sleep)
    later = Reply(503, [("retry-after", "7")], b"")
    answers = Answers(later, Failure("ConnectError"), Reply(201, [], b""))
    monkeypatch.setattr(door, "active", answers)
    with connect(kind, FAR) as caller:
        caller.identity()
    assert (len(answers.asked), slept) == (3, [0.0, 0.0])


def test_guard_refuses_other_hosts_and_says_what_to_do(kind: Any, forbidden: None) -> None:
    """Before a name is looked up. It is no error of a failed call, which programs catch."""
    with (
        connect(kind, FAR) as caller,
        pytest.raises(NetworkBlockedError, match=r"connection to attribution\.example was refused.*Recorder") as caught,
    ):
        caller.identity()
    assert not isinstance(caught.value, PyttributionioError)
    assert [each.host for each in door.blocked] == ["attribution.example"]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_guard_lets_loopback_through(kind: Any, forbidden: None) -> None:
    """By address and by name."""
    with FaultServer(CUSTOMER) as server:
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            with connect(kind, url, api_secret="S3cret-1") as caller:
                assert caller.get().client_id == "c-1"
    assert not door.blocked


def test_guard_refuses_what_a_local_proxy_would_pass_on(
    kind: Any, forbidden: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host that counts is the server's."""
    with FaultServer(CUSTOMER) as server, Proxy(int(server.url.rpartition(":")[2])) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with (
            connect(kind, "http://shop.example", allow_insecure_http=True) as caller,
            pytest.raises(NetworkBlockedError),
        ):
            caller.identity()
        assert proxy.requests == []


def test_guard_refuses_a_kept_connection(forbidden: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was opened by a test that may use the network."""
    with FaultServer(answer(status=201), answer(status=201)) as server:
        port = int(server.url.rpartition(":")[2])
        with Proxy(port) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv(door.VARIABLE, "allow")
            with Client("KEY", tracking_url="http://shop.example", allow_insecure_http=True) as client:
                client.tracking.identity("c-1", visitor_id="v-1")
                monkeypatch.setenv(door.VARIABLE, "loopback")
                with pytest.raises(NetworkBlockedError):
                    client.tracking.identity("c-1", visitor_id="v-1")
        assert len(server.requests) == 1


def test_guard_leaves_doubles_alone(forbidden: None) -> None:
    """A caller's own client, and what replaces httpx: neither opens a connection."""
    own = httpx.MockTransport(lambda request: httpx.Response(201))
    Client("KEY", http_client=own).tracking.identity("c-1", visitor_id="v-1")
    with respx.mock(base_url="https://api.attribution.io") as router, Client("KEY") as client:
        post = router.post("/identities").respond(201)
        client.tracking.identity("c-1", visitor_id="v-1")
        client.tracking.identity("c-1", visitor_id="v-1")
        assert post.call_count == 2
    assert not door.blocked


def test_guard_holds_in_the_threads_of_an_outbox(forbidden: None) -> None:
    """The entry waits, and the refusal names the thread."""
    with Outbox(Client("KEY", tracking_url=FAR), durability="memory", drain_on_exit=0) as outbox:
        outbox.identity("c-1", visitor_id="v-1")
        seen = threading.Event()
        while not door.blocked:
            assert not seen.wait(0.01)
        assert outbox.stats().pending == 1
    assert door.blocked[0].thread.startswith("pyttributionio-outbox")


def test_unknown_rule_is_named(forbidden: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt one must not open the network."""
    monkeypatch.setenv(door.VARIABLE, "lopback")
    with (
        Client("KEY", tracking_url=FAR) as client,
        pytest.raises(NetworkBlockedError, match=r"PYTTRIBUTIONIO_NETWORK is 'lopback'.*\"loopback\" or to \"allow\""),
    ):
        client.tracking.identity("c-1", visitor_id="v-1")


def test_guard_holds_though_a_test_clears_the_environment(tmp_path: Any) -> None:
    """It was set when the SDK was imported."""
    program = (
        "import os; from pyttributionio import Client, NetworkBlockedError; Client; client = Client('KEY')\n"
        f"del os.environ[{door.VARIABLE!r}]\n"
        "try: client.tracking.identity('c-1', visitor_id='v-1')\n"
        "except NetworkBlockedError: print('refused')\n"
    )
    environment = {**os.environ, door.VARIABLE: "loopback"}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=40, check=True
    )
    assert found.stdout == "refused\n"
