"""Programs that end with clients still there, in whatever state: they end well, and say nothing."""

from pathlib import Path

import pytest

from ._running import EchoServer, run_silently

LISTENER = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
URL = f"http://127.0.0.1:{listener.getsockname()[1]}"


def end_in_the_middle_of(call):
    threading.Thread(target=call, daemon=True).start()
    connection, _ = listener.accept()
    connection.recv(1)
    connection.detach()  # stays open, and is nobody's
    listener.detach()
"""
ENDS = {
    "never used": ("kept = new(), new(AsyncClient)", []),
    "used and left open": (
        """
        from pyttributionio import NotFoundError, PyttributionIo

        client, cyclic = new(), new()
        cyclic.myself = cyclic
        print(name(client, "a"), name(cyclic, "b"))
        old = PyttributionIo("KEY", os.environ["PYTTRIBUTIONIO_API_SECRET"])
        old.PRIVATE_API_URL = URL + "/api/v1"
        warnings.simplefilter("ignore", DeprecationWarning)
        print(old.fetch_customer_info_base("c"))
        try:
            client.customers.get("nobody")
        except NotFoundError as error:
            kept = error
        """,
        ["a b", "{'client_id': 'c'}"],
    ),
    "left in a cycle that is garbage": (
        """
        def work():
            client = new()
            client.myself = client
            print(name(client, "a"))

        gc.disable()  # so that it is there to the end
        work()
        """,
        ["a"],
    ),
    "async, its loop run by asyncio": (
        """
        client = new(AsyncClient)
        print(asyncio.run(name_async(client, "a")))
        """,
        ["a"],
    ),
    "async, its loop never closed": (
        """
        client, loop = new(AsyncClient), asyncio.new_event_loop()
        print(loop.run_until_complete(name_async(client, "a")))
        """,
        ["a"],
    ),
    "in a daemon thread's call": (f"{LISTENER}\nend_in_the_middle_of(lambda: name(new(), 'a'))", []),
    "in the call of a daemon thread's loop": (
        f"{LISTENER}\nend_in_the_middle_of(lambda: asyncio.run(name_async(new(AsyncClient), 'a')))",
        [],
    ),
    "in the calls of a thread that is waited for": (
        """
        client = new()
        print(name(client, "a"), flush=True)
        threading.Thread(target=lambda: print([name(client, f"late-{number}") for number in range(5)])).start()
        """,
        ["a", "['late-0', 'late-1', 'late-2', 'late-3', 'late-4']"],
    ),
    "used by exit handlers": (
        """
        import atexit

        client, other = new(), new(AsyncClient)
        atexit.register(lambda: print("last:", name(client, "d"), asyncio.run(name_async(other, "e"))))
        print(name(client, "a"), asyncio.run(name_async(other, "b")))
        atexit.register(lambda: print("first:", name(client, "c")))
        """,
        ["a b", "first: c", "last: d e"],
    ),
    "closed by a finalizer of the program's": (
        """
        class Job:
            def __init__(self):
                self.client = new()

            def __del__(self):
                self.client.close()

        job = Job()
        print(name(job.client, "a"))
        """,
        ["a"],
    ),
}


@pytest.mark.parametrize(("program", "printed"), ENDS.values(), ids=ENDS)
def test_a_program_with_clients_ends_well(tmp_path: Path, program: str, printed: list[str]) -> None:
    """Exit code 0 and nothing on stderr, in development mode with every warning an error."""
    with EchoServer() as server:
        assert run_silently(tmp_path, program, server.url) == printed
        server.wait_for(ended=server.connections)
