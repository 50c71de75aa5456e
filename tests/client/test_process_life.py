"""A client's life beyond one call: forks, event loops, pickles, copies, other processes, and its end."""

import asyncio
import copy
import gc
import os
import pickle
import subprocess
import sys
import textwrap
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from pyttributionio import APIConnectionError, AsyncClient, Client, Drift, PyttributionIo
from support.faults import CUSTOMER, KINDS, FaultServer, answer, connect
from support.pools import loops, stacks

PRELUDE = """
import asyncio, gc, multiprocessing, os, sys, warnings
sys.path.insert(0, {tests!r})
from support.faults import CUSTOMER, FaultServer, connect
from pyttributionio import AsyncClient, Client
"""


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


def run_script(tmp_path: Path, text: str, *options: str, **environment: str) -> str:
    """Run a program in an interpreter of its own, every warning shown; return what it printed."""
    script = tmp_path / "script.py"
    prelude = PRELUDE.format(tests=str(Path(__file__).parents[1]))
    script.write_text(prelude + textwrap.dedent(text), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", *options, str(script)],
        capture_output=True,
        text=True,
        timeout=40,
        env={**os.environ, **environment},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_makes_its_own_connection(tmp_path: Path) -> None:
    """The child's calls go over its own; the parent's connection is not touched, and serves on."""
    shown = run_script(
        tmp_path,
        """
        with FaultServer(CUSTOMER) as server, connect(Client, server.url) as caller:
            caller.get("before")
            warnings.simplefilter("ignore", DeprecationWarning)  # the server's threads are not the child's
            child = os.fork()
            if not child:
                ended = 1
                try:
                    caller.get("child")
                    caller.get("child")
                    caller.client.close()
                    ended = 0
                finally:
                    os._exit(ended)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            caller.get("after")
            print(server.connections, [request.target.partition("?")[0][-6:] for request in server.requests])
        """,
    )
    assert shown.splitlines() == ["0", "2 ['before', '/child', '/child', '/after']"]


def test_one_client_serves_several_event_loops(tmp_path: Path) -> None:
    """Each `asyncio.run` has its own connections; those of a loop that ended are let go."""
    shown = run_script(
        tmp_path,
        """
        async def twice(client):
            return [(await client.customers.get("c-1")).client_id for _ in range(2)]

        with FaultServer(CUSTOMER) as server:
            client = AsyncClient("KEY", "s", base_url=server.url)
            for _ in range(3):
                print(asyncio.run(twice(client)))
            print(server.connections, len(server.requests))
            asyncio.run(client.close())
            gc.collect()
            server.wait_for(ended=3)
        """,
        *("-W", "ignore::ResourceWarning"),  # asyncio's own, for what asyncio.run left open
    )
    assert shown.splitlines() == ["['c-1', 'c-1']"] * 3 + ["3 6"]


def test_a_spawned_process_gets_a_working_client(tmp_path: Path) -> None:
    """It arrives by pickle, without sockets and secret, and finds the secret in its environment."""
    shown = run_script(
        tmp_path,
        """
        def read(client):
            with client:
                return os.getpid(), client.customers.get("c-1").client_id, repr(client)

        if __name__ == "__main__":
            with FaultServer(CUSTOMER) as server, Client("KEY", base_url=server.url) as client:
                client.customers.get("c-1")
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    pid, found, shown = pool.apply(read, (client,))
                    pool.close()
                    pool.join()
                print(pid != os.getpid(), found, shown == repr(client), server.connections)
                print(sum("secret=s%2Fcret" in request.target for request in server.requests))
        """,
        PYTTRIBUTIONIO_API_SECRET="s/cret",
    )
    assert shown == "True c-1 True 2\n2\n"


def same_options(client: Any, other: Any) -> bool:
    """Tell whether two clients have equal settings, apart from what a pickle leaves behind."""
    names = ("api_key", "base", "tracking", "timeouts", "max_retries", "deadline", "strict")
    return all(getattr(client._settings, name) == getattr(other._settings, name) for name in names)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_client_pickles_with_its_options(kind: Any, protocol: int) -> None:
    """Every option arrives; the copy has resources of its own."""
    client = kind("KEY", timeout=httpx.Timeout(1, read=2), max_retries=7, deadline=9, strict=True, on_drift=print)
    other = pickle.loads(pickle.dumps(client, protocol))
    assert type(other) is kind
    assert same_options(client, other)
    assert other._settings.on_drift is not None
    assert other.customers is not client.customers


class OwnClient(Client):
    """A user's own client."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tags = ["a"]
        self.twin = self


class OwnAsyncClient(AsyncClient):
    """A user's own async client."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tags = ["a"]
        self.twin = self


def test_what_a_subclass_has_is_pickled_and_copied_as_ever(kind: Any) -> None:
    """A deep copy and a pickle have their own, a copy and other options share it."""
    client = (OwnClient if kind is Client else OwnAsyncClient)("KEY", deadline=9)
    for other in (pickle.loads(pickle.dumps(client)), copy.deepcopy(client)):
        assert (other.tags, other.tags is client.tags, other.twin is other) == (["a"], False, True)
        assert same_options(client, other)
        assert other._driver is not client._driver
    for other in (copy.copy(client), client.with_options(deadline=8)):
        assert other.tags is client.tags
        assert other.tracking is not client.tracking


def test_a_copied_reporter_of_drift_knows_what_it_told(kind: Any) -> None:
    """A worker that a client is sent to tells nothing twice."""
    client = kind("KEY", on_drift=print)
    client._settings.on_drift._seen["unknown_field", "customer.x"] = Drift(
        "Customer", "customer.x", "unknown_field", ""
    )
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        other = pickle.loads(pickle.dumps(client, protocol))
        assert other._settings.on_drift._seen == client._settings.on_drift._seen


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_a_copied_client_has_its_own_connections(kind: Any, duplicate: Any) -> None:
    """It reads with the same secret; closing the one leaves the other open."""
    with FaultServer(CUSTOMER) as server, connect(kind, server.url, deadline=9, on_drift=[].append) as caller:
        other = duplicate(caller.client)
        assert same_options(caller.client, other)
        for client in (caller.client, other):
            caller.run(client.customers.get("c-1"))
        assert server.connections == 2
        caller.close()
        assert caller.run(other.customers.get("c-1")).client_id == "c-1"
        caller.run(other.close())


def test_a_client_with_an_http_client_does_not_pickle_and_says_why(kind: Any) -> None:
    """Httpx's clients don't; the message says what to do instead."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    own: Any = httpx.Client(transport=transport) if kind is Client else httpx.AsyncClient(transport=transport)
    with pytest.raises(TypeError, match=r"http_client of your own can't be pickled.*Make both again"):
        pickle.dumps(kind("KEY", http_client=own))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_a_copied_client_shares_its_http_client(kind: Any, duplicate: Any) -> None:
    """That one is the caller's, so it is not copied."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    own: Any = httpx.Client(transport=transport) if kind is Client else httpx.AsyncClient(transport=transport)
    assert duplicate(kind("KEY", http_client=own))._driver.http_client is own


def test_an_unpickled_client_does_not_take_the_secret_of_another_account(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the environment names another public key, its secret is that one's."""
    data = pickle.dumps(kind("KEY", "s3cr3t"))
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", "other")
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "OTHER")
    assert pickle.loads(data)._settings.api_secret.lost
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "KEY")
    assert not pickle.loads(data)._settings.api_secret.lost


def test_a_client_that_tracks_only_pickles_as_one(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had no secret, so it gets none on the way."""
    data = pickle.dumps(kind("KEY"))
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", "other")
    assert pickle.loads(data)._settings.api_secret is None


def test_a_client_that_is_dropped_unused_opens_nothing(kind: Any) -> None:
    """No pool, no socket, no TLS context: constructors only check, and nothing needs closing."""
    client = kind("KEY", "s3cr3t")
    assert stacks(client) == []
    gone = weakref.ref(client), weakref.ref(client._driver), weakref.ref(client._settings.api_secret)
    del client
    gc.collect()
    assert [reference() for reference in gone] == [None, None, None]


def test_closing_an_unused_client_opens_nothing(kind: Any) -> None:
    """A pool is not made just to be closed."""
    with connect(kind, "http://127.0.0.1:9") as caller:
        caller.close()
        assert stacks(caller.client) == []


def test_no_class_works_in_del() -> None:
    """`__del__` runs at moments nobody chose, in threads nobody knows, so none of ours does anything there."""
    seen: set[type] = set()
    left: list[Any] = [Client("KEY", "s"), AsyncClient("KEY", "s"), Client("KEY", on_drift=print)]
    while left:
        found = left.pop()
        if type(found).__module__.startswith("pyttributionio") and type(found) not in seen:
            seen.add(type(found))
            left += getattr(found, "__dict__", {}).values()
            left += [getattr(found, name) for name in getattr(type(found), "__slots__", ()) if hasattr(found, name)]
    assert len(seen) > 8
    assert [each for each in [*seen, PyttributionIo, Drift] if hasattr(each, "__del__")] == []


def test_an_async_client_runs_on_trio() -> None:
    """Httpx does, so does the SDK; each run has connections of its own, as each asyncio loop has."""
    names: list[str | None] = []

    async def read(url: str) -> None:
        async with AsyncClient("KEY", "hush", base_url=f"{url}/api/v1", tracking_url=url, max_retries=1) as client:
            names.append((await client.customers.get("c-1")).client_id)
            names.append((await client.customers.get("c-1")).client_id)

    with FaultServer(answer(status=503), CUSTOMER) as server:
        trio.run(read, server.url)
        trio.run(read, server.url)
        assert server.connections == 2
    assert names == ["c-1"] * 4


def test_an_old_wrapper_can_be_copied() -> None:
    """Its secret comes along, for the copy stays in this process; a pickle leaves it behind."""
    old = PyttributionIo("KEY", "hush")
    assert copy.deepcopy(old)._api_secret.reveal() == "hush"
    assert copy.copy(old)._api_secret.reveal() == "hush"
    assert pickle.loads(pickle.dumps(old))._api_secret.lost


def test_connections_of_ended_loops_are_dropped() -> None:
    """On asyncio and trio, and in a loop that ends without closing what runs in it, too."""
    client = AsyncClient("KEY", tracking_url="http://127.0.0.1:9", max_retries=0)

    async def connections() -> object:
        with suppress(APIConnectionError):
            await client.tracking.identity("c-1", visitor_id="v-1")

    for _ in range(3):
        asyncio.run(connections())  # type: ignore[arg-type]
        trio.run(connections)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(connections())
        loop.close()
    assert len(loops(client)) == 1
    asyncio.run(client.close())
    assert loops(client) == []


class Tagged(Client):
    """A client with something of its own."""

    def __init__(self, tag: str) -> None:
        super().__init__("KEY", "hush")
        self.tag = tag


def test_what_a_subclass_has_of_its_own_comes_along() -> None:
    """With other options, and in copies."""
    client = Tagged("blue")
    assert [client.with_options(deadline=1).tag, copy.copy(client).tag, copy.deepcopy(client).tag] == ["blue"] * 3
