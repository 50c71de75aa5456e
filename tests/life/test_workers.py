"""Processes that are handed a client: by pickle, or as they were forked. Copies of one, and what none of them shows."""

import copy
import multiprocessing
import pickle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from support.faults import KINDS, connect
from support.surfaces import SECRET, assert_clean, check_object

from ._running import EchoServer, run_silently

WORKERS = """
def read(client, client_id):
    found = name(client, client_id) if isinstance(client, Client) else asyncio.run(name_async(client, client_id))
    return found, os.getpid(), repr(client), str(vars(client))


def keep(*clients):
    global kept
    kept = clients


def read_kept(number, client_id):
    return read(kept[number], client_id)


def main(context):
    for client in (clients := [new(), new(AsyncClient)]):
        print(read(client, "parent-1")[0], flush=True)
    wanted = [f"worker-{number}" for number in range(8)]
    found = call_workers(context, clients, wanted)
    print([each[0] for each in found] == wanted, os.getpid() in {each[1] for each in found})
    print({each[2] for each in found} == set(map(repr, clients)))
    print(*[read(client, "parent-2")[0] for client in clients])
    print({each[3] for each in found})
"""
POOL = """
def call_workers(context, clients, wanted):
    with multiprocessing.get_context(context).Pool(2) as pool:
        found = pool.starmap(read, [(clients[number % 2], each) for number, each in enumerate(wanted)])
        pool.close()
        pool.join()
    return found
"""
EXECUTOR = """
from concurrent.futures import ProcessPoolExecutor


def call_workers(context, clients, wanted):
    with ProcessPoolExecutor(2, initializer=keep, initargs=clients) as executor:
        found = [*executor.map(read_kept, [0, 1] * 2, wanted[:4]), *executor.map(read, clients * 2, wanted[4:])]
        error = executor.submit(read_kept, 0, "nobody").exception()
    assert (type(error).__module__, type(error).__name__, error.status_code) == ("pyttributionio", "NotFoundError", 404)
    return found
"""


@pytest.fixture(params=KINDS, ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    """Take each of the two clients."""
    return request.param


def check_workers(folder: Path, calling: str, context: str = "") -> None:
    """Run a program whose workers are handed clients that were used: both read right, on connections of their own."""
    program = f'{WORKERS}{calling}\n\nif __name__ == "__main__":\n    main({context!r})\n'
    with EchoServer() as server:
        lines = run_silently(folder, program, server.url)
    assert lines[:5] == ["parent-1", "parent-1", "True False", "True", "parent-2 parent-2"]
    assert_clean("a worker's client", lines[5])
    assert server.ports("parent-1")[0] == server.ports("parent-2")[0]  # asyncio.run has another each time
    assert not {*server.ports("parent")} & {*server.ports("worker")}
    assert all(f"secret={quote(SECRET, safe='')}" in request.target for request in server.requests)


@pytest.mark.parametrize("context", [each for each in multiprocessing.get_all_start_methods() if each != "fork"])
def test_a_pool_of_processes_takes_clients(tmp_path: Path, context: str) -> None:
    """They come with each task, by pickle; the secret is found in the worker's environment."""
    check_workers(tmp_path, POOL, context)


def test_an_executor_of_processes_takes_clients(tmp_path: Path) -> None:
    """Once for each worker, or with a task; an error comes back as what it is."""
    check_workers(tmp_path, EXECUTOR)


def test_no_pickle_of_a_client_in_use_shows_the_secret(kind: Any) -> None:
    """Nor does what comes out of it, nor a copy: in any protocol, and however deep one looks."""
    with EchoServer() as server, connect(kind, server.url, api_secret=SECRET) as caller:
        caller.get()
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            data = pickle.dumps({"client": caller.client}, protocol)
            assert_clean(f"a pickle of protocol {protocol}", data)
            check_object(pickle.loads(data), "what was pickled")
        check_object(copy.deepcopy(caller.client), "a copy")
        check_object(caller.client, "the client")


def test_a_client_deep_inside_what_is_copied_gets_connections_of_its_own(kind: Any) -> None:
    """While the first is in use; both are closed apart from each other."""
    with EchoServer() as server, connect(kind, server.url) as caller:
        caller.get("first-1")
        holding = {"jobs": [(1, caller.client)]}
        other = copy.deepcopy(holding)["jobs"][0][1]
        assert caller.run(other.customers.get("copy-1")).client_id == "copy-1"
        caller.run(other.close())
        assert caller.get("first-2").client_id == "first-2"
        assert len({*server.ports("first")}) == 1
        assert not {*server.ports("first")} & {*server.ports("copy")}
