"""The outbox under gevent and eventlet, which replace threads, queues and sockets: before or after the import."""

import os
import sys
from pathlib import Path

import pytest

from outbox._helpers import OK, received, run
from support.faults import Drip, FaultServer

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="gevent and eventlet are used on such systems"),
]

GEVENT = """
import warnings
warnings.simplefilter("ignore")  # gevent's own, about modules that were imported before
from gevent import monkey
monkey.patch_all()
"""
EVENTLET = """
import contextlib, io, sys, warnings
warnings.simplefilter("ignore")  # eventlet's own, about its future
sys.modules["trio"] = None  # httpcore imports it, and trio can't be imported under eventlet
import eventlet
with contextlib.redirect_stderr(io.StringIO()):  # it may log that it could not replace a lock of Python's own
    eventlet.monkey_patch()
"""
LIBRARIES = [
    pytest.param(GEVENT, id="gevent"),
    pytest.param(
        EVENTLET,
        id="eventlet",
        marks=pytest.mark.skipif(sys.version_info >= (3, 14), reason="eventlet does not support this Python"),
    ),
]
USE = """
accept(outbox, "a", "b")
assert outbox.flush(20) == 0
assert outbox.stats().delivered == 2
outbox.close()
"""


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_outbox_works_if_its_threads_are_green(tmp_path: Path, library: str) -> None:
    """Patched before the import: several visitors at the same time, flush and close."""
    use = """
    outbox = Outbox(client, directory)
    for n in range(20):
        accept(outbox, f"t-{n}", visitor=f"v-{n}")
    assert outbox.flush(20) == 0
    outbox.close()
    """
    with FaultServer(OK) as server:
        assert sorted(run(tmp_path, server.url, use, before=library)) == sorted(received(server))
        assert len(received(server)) == 20


def test_gevent_may_be_patched_after_the_import(tmp_path: Path) -> None:
    """And after the outbox was made: its queues and locks are made at the first call."""
    with FaultServer(OK) as server:
        run(tmp_path, server.url, f"outbox = Outbox(client, directory)\noutbox.stats()\n{GEVENT}\n{USE}")
        assert received(server) == ["a", "b"]


@pytest.mark.parametrize("used", [False, True], ids=["unused in the master", "used in the master"])
def test_gevent_may_be_patched_after_a_fork(tmp_path: Path, used: bool) -> None:
    """As `gunicorn -k gevent --preload` does: the application is imported, then workers are forked and patched."""
    program = f"""
outbox = Outbox(client, directory)
if {used}:
    accept(outbox, "master")
    assert outbox.flush(20) == 0
pid = os.fork()
if not pid:
    {GEVENT.strip().replace(chr(10), chr(10) + "    ")}
    {USE.strip().replace(chr(10), chr(10) + "    ")}
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""
    with FaultServer(OK) as server:
        run(tmp_path, server.url, program)
        assert received(server) == [*["master"] * used, "a", "b"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_dripping_answer_ends_on_green_sockets(tmp_path: Path, library: str) -> None:
    """With the client's deadline. Afterwards `close()` ends the threads, and releases the shard."""
    program = """
    from pyttributionio.outbox.operator import commands
    client = Client("KEY", tracking_url=url, timeout=20, deadline=0.2)
    outbox = Outbox(client, directory, drain_on_exit=0)
    accept(outbox, "a")
    while outbox.stats().last_error is None:
        time.sleep(0.01)
    print(outbox.stats().last_error)
    outbox.close()
    from pathlib import Path
    assert [shard.holder for shard in commands.status(Path(directory)).shards] == [None]
    """
    with FaultServer(Drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a")) as server:
        shown = run(tmp_path, server.url, program, before=library)
        assert shown[0] == "a"
        assert shown[1].startswith("ReadTimeout: ")
