"""A Client under gevent and eventlet, which replace threads, locks and sockets: before the import, or after it."""

import os
import subprocess
import sys

import pytest

from life._running import EchoServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="gevent and eventlet are used on such systems")

GEVENT = """
from gevent import monkey
monkey.patch_all()
"""
EVENTLET = """
import contextlib, io, sys
sys.modules["trio"] = None  # httpcore imports it, and trio can't be imported under eventlet
import eventlet
with contextlib.redirect_stderr(io.StringIO()):  # it may log that it could not replace a lock of Python's own
    eventlet.monkey_patch()
"""
IMPORT = "from pyttributionio import Client\n"
WARM = """
with Client("KEY", "SECRET", base_url=URL + "/api/v1") as client:
    client.customers.get("before")
"""
CALLS = """
from concurrent.futures import ThreadPoolExecutor

with Client("KEY", "SECRET", base_url=URL + "/api/v1") as client, ThreadPoolExecutor(20) as pool:
    found = list(pool.map(lambda number: client.customers.get(f"green-{number}").client_id, range(20)))
assert found == [f"green-{number}" for number in range(20)], found
"""


@pytest.mark.parametrize(
    "program",
    [GEVENT + IMPORT + CALLS, IMPORT + GEVENT + CALLS, IMPORT + WARM + GEVENT + CALLS, EVENTLET + IMPORT + CALLS],
    ids=["gevent", "gevent after the import", "gevent after a call", "eventlet"],
)
def test_green_threads_call_at_the_same_time(program: str) -> None:
    """Each reads its own answer; a thread that waits for the network leaves the others running."""
    with EchoServer() as server:
        command = [sys.executable, "-W", "ignore", "-c", f"URL = {server.url!r}\n{program}"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert len({*server.ports("green")}) > 1
