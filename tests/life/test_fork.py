"""`os.fork` after use: connections are the parent's own, and the child makes its own."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ._running import EchoServer, run_silently

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

WORKERS = 4


def test_a_child_opens_its_own_connection_and_the_parents_serves_on(tmp_path: Path) -> None:
    """Neither reads the other's answers, and the child's closing is no end of the parent's connection."""
    with EchoServer() as server:
        lines = run_silently(
            tmp_path,
            """
            client = new()
            print(name(client, "parent-1"), flush=True)

            def work():
                print(name(client, "child-1"), name(client, "child-2"))
                client.close()

            print(ended(forked(work)))
            print(name(client, "parent-2"))
            client.close()
            """,
            server.url,
        )
        assert lines == ["parent-1", "child-1 child-2", "0", "parent-2"]
        parents, childs = server.ports("parent"), server.ports("child")
        assert (len(parents), len(childs)) == (2, 2)
        assert len({*parents}) == len({*childs}) == 1
        assert {*parents} != {*childs}


def test_an_async_client_in_a_child_opens_its_own_connection(tmp_path: Path) -> None:
    """The child runs a loop of its own; the parent's loop goes on with the connection that it had."""
    with EchoServer() as server:
        lines = run_silently(
            tmp_path,
            """
            client = new(AsyncClient)

            async def twice():
                return [await name_async(client, f"child-{number}") for number in range(2)]

            with asyncio.Runner() as runner:
                print(runner.run(name_async(client, "parent-1")), flush=True)
                print(ended(forked(lambda: print(*asyncio.run(twice())))))
                print(runner.run(name_async(client, "parent-2")))
                runner.run(client.close())
            """,
            server.url,
        )
        assert lines == ["parent-1", "child-0 child-1", "0", "parent-2"]
        parents, childs = server.ports("parent"), server.ports("child")
        assert (len(parents), len(childs)) == (2, 2)
        assert len({*parents}) == len({*childs}) == 1
        assert {*parents} != {*childs}


def test_a_child_that_goes_on_with_its_parents_loop_opens_its_own_connection(tmp_path: Path) -> None:
    """The loop is the same object in both, and its connections are the parent's."""
    with EchoServer() as server:
        lines = run_silently(
            tmp_path,
            """
            client = new(AsyncClient)
            with asyncio.Runner() as runner:
                print(runner.run(name_async(client, "parent-1")), flush=True)
                print(ended(forked(lambda: print(runner.run(name_async(client, "child-1"))))))
                print(runner.run(name_async(client, "parent-2")))
                runner.run(client.close())
            """,
            server.url,
        )
        assert lines == ["parent-1", "child-1", "0", "parent-2"]
        parents, childs = server.ports("parent"), server.ports("child")
        assert len({*parents}) == 1
        assert {*parents}.isdisjoint(childs)


def test_a_loop_that_ends_in_a_child_leaves_the_parents_connections_open(tmp_path: Path) -> None:
    """An asyncio loop ends what still runs in it: there that would be closing what the parent uses."""
    with EchoServer() as server:
        lines = run_silently(
            tmp_path,
            """
            client = new(AsyncClient)
            runner = asyncio.Runner()
            print(runner.run(name_async(client, "parent-1")), flush=True)
            from support.pools import stacks
            [connections] = stacks(client)
            close = connections.close

            async def told():
                print("closed", flush=True)
                await close()

            connections.close = told
            print(ended(forked(lambda: runner.run(runner.get_loop().shutdown_asyncgens()))), flush=True)
            runner.close()
            """,
            server.url,
        )
        assert lines == ["parent-1", "0", "closed"]


@pytest.mark.parametrize("calls", ["sync", "async"])
def test_workers_that_are_forked_from_a_warm_client_read_their_own_answers(tmp_path: Path, calls: str) -> None:
    """As in a server that loads the program first and forks then: all workers call at once, over and over."""
    with EchoServer() as server:
        lines = run_silently(
            tmp_path,
            f"""
            CALLS, kind = 12, {"Client" if calls == "sync" else "AsyncClient"}
            client = new(kind)
            runner = asyncio.Runner()
            warm = name if kind is Client else lambda *arguments: runner.run(name_async(*arguments))
            print(warm(client, "parent-1"), flush=True)
            start, go = os.pipe()

            async def read_async(wanted):
                return await asyncio.gather(*[name_async(client, each) for each in wanted])

            def work(number):
                os.close(go)
                os.read(start, 1)  # until the parent closes its end
                wanted = [f"worker-{{number}}-{{turn}}" for turn in range(CALLS)]
                found = [name(client, each) for each in wanted] if kind is Client else asyncio.run(read_async(wanted))
                assert found == wanted, (found, wanted)

            children = [forked(functools.partial(work, number)) for number in range({WORKERS})]
            os.close(start)
            os.close(go)
            print([ended(child) for child in children])
            print(warm(client, "parent-2"))
            client.close() if kind is Client else runner.run(client.close())
            runner.close()
            """,
            server.url,
        )
        assert lines == ["parent-1", str([0] * WORKERS), "parent-2"]
        used = [set(server.ports("parent")), *(set(server.ports(f"worker-{number}-")) for number in range(WORKERS))]
        assert len(used[0]) == 1
        assert sum(map(len, used)) == len(set().union(*used))  # no connection is anybody else's too


def test_a_worker_that_ends_as_programs_do_says_nothing(tmp_path: Path) -> None:
    """It runs its exit handlers, and throws away what it inherited without ending the parent's connection."""
    with EchoServer() as server:
        lines = run_silently(
            tmp_path,
            """
            client = new()
            print(name(client, "parent-1"), flush=True)
            child = os.fork()
            if not child:
                print(name(client, "child-1"), flush=True)
                sys.exit()
            print(ended(child))
            print(name(client, "parent-2"))
            """,
            server.url,
        )
        assert lines == ["parent-1", "child-1", "0", "parent-2"]
        assert len({*server.ports("parent")}) == 1


@pytest.mark.parametrize("end", ["client.close()", "del client; gc.collect()"], ids=["closes", "drops"])
def test_a_child_that_has_not_used_the_client_leaves_the_parents_connection_alone(tmp_path: Path, end: str) -> None:
    """Closing or dropping it there, and ending, is silent, no leak, and no end of what it inherited."""
    with EchoServer() as server:
        lines = run_silently(
            tmp_path,
            f"""
            client = new()
            print(name(client, "parent-1"), flush=True)
            child = os.fork()
            if not child:
                {end}
                sys.exit()
            print(ended(child))
            print(name(client, "parent-2"))
            """,
            server.url,
        )
        assert lines == ["parent-1", "0", "parent-2"]
        assert len({*server.ports("parent")}) == 1


def test_a_child_forked_in_the_middle_of_a_threads_call_is_not_held_up(tmp_path: Path) -> None:
    """Whatever that thread holds at the moment, it does not exist in the child."""
    with EchoServer() as server:
        lines = run_silently(
            tmp_path,
            """
            warnings.simplefilter("ignore", DeprecationWarning)  # Python's own word on threads and fork
            client, stop, wrong = new(), threading.Event(), []

            def call_on(number):
                while not stop.is_set():
                    if name(client, f"thread-{number}") != f"thread-{number}":
                        wrong.append(number)

            threads = [threading.Thread(target=call_on, args=(number,)) for number in range(3)]
            for thread in threads:
                thread.start()
            print([ended(forked(functools.partial(name, client, f"child-{number}"))) for number in range(8)])
            stop.set()
            for thread in threads:
                thread.join()
            print(wrong)
            client.close()
            """,
            server.url,
        )
        assert lines == [f"{[0] * 8}", "[]"]
        assert len({*server.ports("child")}) == 8


def test_a_lock_that_a_thread_held_at_the_fork_holds_nothing_up_in_the_child(tmp_path: Path) -> None:
    """Calling, closing and dropping the client: the thread that would let go of the lock is not there."""
    with EchoServer() as server:
        lines = run_silently(
            tmp_path,
            """
            client = new()
            print(name(client, "parent-1"), flush=True)
            from support.pools import stacks
            [inherited] = stacks(client)

            def work():
                global client
                print(name(client, "child-1"), flush=True)
                client.close()
                del client
                gc.collect()

            with inherited.lock:  # as a thread of the parent's has it for a moment in each call
                child = forked(work)
            print(ended(child))
            print(name(client, "parent-2"))
            """,
            server.url,
        )
        assert lines == ["parent-1", "child-1", "0", "parent-2"]
        assert len({*server.ports("parent")}) == 1


def test_a_fork_waits_for_a_tls_context_that_another_thread_makes() -> None:
    """The child would have OpenSSL's locks as they were, held by a thread that it has not."""
    program = """
        import faulthandler, os, threading

        made = threading.Event()
        # What is registered first before a fork runs last: this, after all that the package has a fork wait for.
        os.register_at_fork(before=lambda: print("made" if made.is_set() else "not made yet", flush=True))
        import httpx
        from pyttributionio._http import proxies

        begun, may_end = threading.Event(), threading.Event()
        os.register_at_fork(before=may_end.set)  # and this first
        make = httpx.create_ssl_context

        def slowly():
            begun.set()
            may_end.wait()
            context = make()
            made.set()
            return context

        def use():
            proxies.tls_context()
            forked.wait()  # OpenSSL locks something at the end of a thread that used it: no fork can wait for that

        httpx.create_ssl_context = slowly
        forked = threading.Event()
        maker = threading.Thread(target=use)
        maker.start()
        begun.wait()
        child = os.fork()
        if not child:
            assert proxies.tls_context() is proxies.tls_context()
            httpx.create_ssl_context = make
            os.environ["SSL_CERT_DIR"] = "/"  # another one, so the child makes it itself
            own = threading.Thread(target=proxies.tls_context, daemon=True)
            own.start()
            own.join(40)  # a busy machine may take its time
            if own.is_alive():
                faulthandler.dump_traceback()  # shows where
            print("child hangs" if own.is_alive() else "child made its own", flush=True)
            os._exit(0)
        forked.set()
        maker.join()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        again = os.fork()  # the parent's lock is free again
        os._exit(0) if not again else os.waitpid(again, 0)
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["made", "child made its own", "made"]
