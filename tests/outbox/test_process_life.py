"""Kills, exits, forks and several processes, with real processes: every accepted entry arrives.

A program prints the name of each event once it is accepted; what it printed has to arrive.
"""

import os
import signal
import subprocess
from collections import Counter, deque
from pathlib import Path

import pytest

from outbox._helpers import OK, drained, received, run, start, wait_until, waiting
from support.faults import Answer, FaultServer, Hang, answer, refusing

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has neither fork nor these signals"),
]

PRODUCE = """
outbox = Outbox(client, directory)
n = 0
while n < 300:  # few enough to be delivered soon; most programs are stopped before
    accept(outbox, f"{os.getpid()}-{n}", visitor=f"v-{n % 7}")
    n += 1
signal.pause()
"""


def stopped(program: "subprocess.Popen[str]", after: int, how: signal.Signals = signal.SIGKILL) -> list[str]:
    """Stop a program once it has accepted so many events; return all that it accepted."""
    assert program.stdout
    lines = [program.stdout.readline().strip() for _ in range(after)]
    program.send_signal(how)
    with program:
        rest, _ = program.communicate(timeout=40)
    # A line that was cut off does not count: its event may not be stored.
    return [*lines, *(line.strip() for line in rest.splitlines(keepends=True) if line.endswith("\n"))]


def in_order(names: list[str]) -> bool:
    """Return whether the first arrivals of each producer's events of each visitor are in order."""
    last: dict[tuple[str, int], int] = {}
    for name in dict.fromkeys(names):
        producer, number = name.split("-")
        visitor = (producer, int(number) % 7)
        if int(number) < last.get(visitor, -1):
            return False
        last[visitor] = int(number)
    return True


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    """SIGKILL in the middle of accepting and delivering, twice; the next process delivers the rest."""
    with FaultServer(OK) as server:
        accepted: list[str] = []
        for _ in range(2):
            accepted += stopped(start(tmp_path, server.url, PRODUCE), 100)
        drained(tmp_path, server.url)
        names = received(server)
    assert {*accepted} <= {*names}
    assert in_order(names)
    twice = [name for name, times in Counter(names).items() if times > 1]
    assert len(twice) <= 2 * (32 + 100)  # in flight, and one group of acknowledgements, a death


def test_a_process_killed_in_an_outage_loses_nothing(tmp_path: Path) -> None:
    """The server answers 503 all the while, and is well only for the next process."""
    with FaultServer(answer(status=503)) as server:
        accepted = stopped(start(tmp_path, server.url, PRODUCE), 200)
        server._acts = deque([Answer(OK)])
        drained(tmp_path, server.url)
        names = received(server)
    assert {*accepted} <= {*names}


def test_a_process_that_ends_without_close_delivers_first(tmp_path: Path) -> None:
    """No flush, no close: the end of the interpreter waits for a moment."""
    with FaultServer(OK) as server:
        accepted = run(
            tmp_path,
            server.url,
            "outbox = Outbox(client, directory, drain_on_exit=20); accept(outbox, *map(str, range(20)))",
        )
        assert received(server) == accepted == [str(n) for n in range(20)]


@pytest.mark.parametrize(
    "ending",
    ["sys.exit(0)", "raise SystemExit", "threading.Thread(target=sys.exit).start()", "os._exit(0)", "del outbox"],
)
def test_every_way_out_loses_nothing(tmp_path: Path, ending: str) -> None:
    """Some deliver, some leave the entries to the next process."""
    program = f"""
    outbox = Outbox(client, directory)
    accept(outbox, "a", "b", "c")
    {ending}
    """
    with FaultServer(OK) as server:
        accepted = run(tmp_path, server.url, program)
        drained(tmp_path, server.url)
        assert list(dict.fromkeys(received(server))) == accepted == ["a", "b", "c"]


def test_sigterm_loses_nothing(tmp_path: Path) -> None:
    """Its default handler runs no Python code at all."""
    with FaultServer(OK) as server:
        accepted = stopped(start(tmp_path, server.url, PRODUCE), 50, signal.SIGTERM)
        drained(tmp_path, server.url)
        assert {*accepted} <= {*received(server)}


def test_a_server_that_is_down_does_not_hold_the_exit(tmp_path: Path) -> None:
    """It does not wait for deliveries that can't succeed. All entries are stored."""
    with refusing() as url:
        assert (
            len(
                run(
                    tmp_path,
                    url,
                    "outbox = Outbox(client, directory, drain_on_exit=30); accept(outbox, *map(str, range(9)))",
                )
            )
            == 9
        )
    assert waiting(tmp_path) == 9


def test_a_silent_server_holds_the_exit_no_longer_than_asked(tmp_path: Path) -> None:
    """The request is under way when the time is up; its entry is stored."""
    with FaultServer(Hang()) as server:
        run(tmp_path, server.url, "outbox = Outbox(client, directory, drain_on_exit=0.1); accept(outbox, 'a')")
    assert waiting(tmp_path) == 1


def test_an_event_accepted_at_the_very_end_is_stored(tmp_path: Path) -> None:
    """In an atexit function, where no thread can be started any more: stored, and delivered if there is time."""
    with FaultServer(OK) as server:
        program = """
        import atexit
        outbox = Outbox(client, directory, drain_on_exit=20)
        atexit.register(lambda: accept(outbox, "late"))
        """
        assert run(tmp_path, server.url, program) == ["late"]
        drained(tmp_path, server.url)
        assert received(server) == ["late"]


def test_children_have_stores_of_their_own(tmp_path: Path) -> None:
    """Forked after use, with threads at work: each event once, none of the parent's by a child, no hang in a flush."""
    with FaultServer(OK) as server:
        accepted = run(
            tmp_path,
            server.url,
            """
            outbox = Outbox(client, directory)
            accept(outbox, *(f"parent-{n}" for n in range(10)))
            children = []
            for number in range(4):
                pid = os.fork()
                if not pid:
                    assert outbox.stats().pending == 0, outbox.stats()
                    accept(outbox, *(f"child{number}-{n}" for n in range(10)), visitor=f"c-{number}")
                    assert outbox.flush(20) == 0
                    assert outbox.stats().delivered >= 10
                    os._exit(0)
                children.append(pid)
            assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4
            accept(outbox, "parent-last")
            assert outbox.flush(20) == 0
            """,
        )
        names = received(server)
    assert sorted(names) == sorted(accepted)
    assert len(accepted) == 51


def test_threads_import_nothing(tmp_path: Path) -> None:
    """A child that is forked during an import would wait for its lock for ever."""
    with FaultServer(OK, answer("no", 422), answer(status=503, headers=[("Retry-After", "0")]), OK) as server:
        shown = run(
            tmp_path,
            server.url,
            """
            found = []

            class Finder:
                def find_spec(self, name, path=None, target=None):
                    if "outbox" in threading.current_thread().name:
                        found.append(name)

            sys.meta_path.insert(0, Finder())
            outbox = Outbox(client, directory, max_age_days=1)
            for n in range(9):
                outbox.event("ev", visitor_id=f"v-{n % 3}")
            assert outbox.flush(20) == 0
            outbox.close()
            print(found)
            """,
        )
    assert shown == ["[]"]


def test_a_child_that_ends_normally_does_not_harm_its_parent(tmp_path: Path) -> None:
    """It runs atexit functions and clears its modules, with the parent's connection among them."""
    with FaultServer(OK) as server:
        accepted = run(
            tmp_path,
            server.url,
            """
            outbox = Outbox(client, directory, drain_on_exit=20)
            accept(outbox, "a")
            pid = os.fork()
            if not pid:
                accept(outbox, "child")
                sys.exit(0)
            os.waitpid(pid, 0)
            accept(outbox, "b")
            assert outbox.flush(20) == 0
            """,
        )
        assert sorted(received(server)) == sorted(accepted) == ["a", "b", "child"]


def test_a_child_that_lives_on_does_not_keep_its_parents_shard(tmp_path: Path) -> None:
    """It inherited the lock's descriptor. With it open, no process could take over the parent's shard."""
    alive = tmp_path / "alive"
    alive.write_text("")
    with FaultServer(answer(status=503)) as server:
        program = f"""
        outbox = Outbox(client, directory, drain_on_exit=0)
        accept(outbox, "a")
        if not os.fork():
            os.close(1), os.close(2)
            while os.path.exists({str(alive)!r}):
                time.sleep(0.02)
            os._exit(0)
        os._exit(0)
        """
        try:
            run(tmp_path, server.url, program)
            server._acts = deque([Answer(OK)])
            drained(tmp_path, server.url)
        finally:
            alive.unlink()
        assert received(server)[-1] == "a"


def test_a_fork_without_pythons_hooks_is_noticed(tmp_path: Path) -> None:
    """UWSGI forks in C, without Python's hooks: each call checks the process id."""
    with FaultServer(OK) as server:
        accepted = run(
            tmp_path,
            server.url,
            """
            import ctypes
            outbox = Outbox(client, directory, manual=True)  # without threads: one at work would take the GIL along
            accept(outbox, "a")
            assert outbox.flush(20) == 0
            pid = ctypes.PyDLL(None).fork()
            if not pid:
                accept(outbox, "child")
                assert outbox.stats().shards == ("shard-001",)
                assert outbox.flush(20) == 0
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            accept(outbox, "b")
            assert outbox.flush(20) == 0
            """,
        )
        assert received(server) == accepted == ["a", "child", "b"]


def test_workers_of_a_preloaded_server_deliver(tmp_path: Path) -> None:
    """Gunicorn's prefork: made in the master, used in the workers. The entries of killed workers too."""
    with FaultServer(OK) as server:
        accepted = run(
            tmp_path,
            server.url,
            """
            outbox = Outbox(client, directory)
            assert threading.active_count() == 1
            workers = []
            for number in range(3):
                pid = os.fork()
                if not pid:
                    accept(outbox, f"w{number}-a", f"w{number}-b", visitor=f"w-{number}")
                    os.kill(os.getpid(), signal.SIGKILL)
                workers.append(pid)
            for pid in workers:
                os.waitpid(pid, 0)
            """,
        )
        drained(tmp_path, server.url)
        assert {*received(server)} == {*accepted}
        assert len(accepted) == 6


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_children_lose_nothing(tmp_path: Path, method: str) -> None:
    """They end by os._exit, without atexit. Their parent takes over the entries that they did not deliver."""
    with FaultServer(OK) as server:
        accepted = run(
            tmp_path,
            server.url,
            f"""
            def work(name):
                accept(Outbox(client, directory), name)

            if __name__ == "__main__":
                context = multiprocessing.get_context({method!r})
                outbox = Outbox(client, directory)
                accept(outbox, "parent")
                child = context.Process(target=work, args=("child",))
                warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 on: fork, with threads
                child.start()
                child.join()
                assert child.exitcode == 0
                assert outbox.flush(20) == 0
            """,
        )
        drained(tmp_path, server.url)
        assert {*received(server)} == {*accepted} == {"parent", "child"}


def test_a_running_process_delivers_the_entries_of_ended_ones(tmp_path: Path) -> None:
    """Several processes on one directory. Some are killed, and one delivers the entries of all."""
    with FaultServer(answer(status=503)) as server:
        programs = [start(tmp_path, server.url, PRODUCE) for _ in range(2)]
        accepted: list[str] = []
        for program in programs:
            accepted += stopped(program, 30)
        survivor = start(tmp_path, server.url, PRODUCE.replace("n < 300", "n < 5"))
        with survivor:
            try:
                assert survivor.stdout
                accepted += [survivor.stdout.readline().strip() for _ in range(5)]
                server._acts = deque([Answer(OK)])
                wait_until(lambda: {*accepted} <= {*received(server)})
            finally:
                survivor.kill()
                survivor.communicate(timeout=40)
        assert in_order([name for name in received(server) if name])


def test_a_signal_handler_may_call_the_outbox(tmp_path: Path) -> None:
    """It never waits for its own thread: it is accepted, or an error says that it interrupted another call."""
    with FaultServer(OK) as server:
        shown = run(
            tmp_path,
            server.url,
            """
            from pyttributionio import OutboxError
            outbox = Outbox(client, directory)
            interrupted = 0

            def handler(*_):
                global interrupted
                try:
                    accept(outbox, f"signal-{interrupted}")
                except OutboxError:
                    pass
                interrupted += 1

            signal.signal(signal.SIGALRM, handler)
            signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
            n = 0
            while interrupted < 50:
                accept(outbox, f"main-{n}")
                n += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            assert outbox.flush(20) == 0
            """,
        )
        assert {*shown} <= {*received(server)}
