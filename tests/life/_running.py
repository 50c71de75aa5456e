"""A server that tells connections apart, and programs that call it from an interpreter of their own.

The server runs in the test's process and the program in another, so that a program's forks, warnings
and memory are the client's alone.
"""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from urllib.parse import unquote

from support.faults import Act, Answer, FaultServer, Received, answer
from support.surfaces import SECRET

TESTS = Path(__file__).parent.parent
PRELUDE = """
import asyncio, copy, functools, gc, logging, multiprocessing, os, signal, sys, threading, warnings
from pyttributionio import AsyncClient, Client

URL = os.environ["SERVER"]


def new(kind=Client, **options):
    return kind(**{"api_key": "KEY", "base_url": URL + "/api/v1", "tracking_url": URL, **options})


def name(client, client_id):
    return client.customers.get(client_id).client_id


async def name_async(client, client_id):
    return (await client.customers.get(client_id)).client_id


def forked(work):
    child = os.fork()
    if child:
        return child
    signal.alarm(40)  # a child that hangs must not outlive the test
    ended = 1
    try:
        work()
        ended = 0
    finally:
        sys.stdout.flush()
        os._exit(ended)


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# Under -X dev asyncio complains of callbacks that take long, which is the machine's fault.
logging.getLogger("asyncio").addFilter(lambda record: not record.getMessage().startswith("Executing "))
"""


@dataclass(frozen=True)
class Seen:
    """A request: whom it asked for ("" for a post), and the port of the connection it came on."""

    client_id: str
    port: int


def asked_for(request: Received) -> str:
    """Return the id that a read asks for; "" for a post."""
    path = request.target.partition("?")[0]
    return unquote(path.rpartition("/customers/")[2]) if "/customers/" in path else ""


def echo(request: Received) -> bytes:
    """Answer a read with a customer of the id that it asked for; there is nobody called "nobody"."""
    if asked_for(request) == "nobody":
        return answer("no such id", 404)
    return answer(f'{{"customer": {{"client_id": "{asked_for(request)}"}}}}')


class EchoServer(FaultServer):
    """Answer each read with the id it asks for, unless told otherwise, and note the connection it came on."""

    def __init__(self, *acts: Act) -> None:
        super().__init__(*acts or [Answer(echo)])
        self.seen: list[Seen] = []

    def _read(self, connection: socket) -> Received:
        port = connection.getpeername()[1]
        request = super()._read(connection)
        self.seen.append(Seen(asked_for(request), port))
        return request

    def ports(self, *prefixes: str) -> list[int]:
        """Return the ports of the requests for ids that start so, in their order."""
        return [seen.port for seen in self.seen if seen.client_id.startswith(prefixes)]


@dataclass(frozen=True)
class Ran:
    """What came of a program."""

    code: int
    lines: list[str]
    noise: str


def run(folder: Path, text: str, url: str, options: Iterable[str] = ("-X", "dev", "-W", "error")) -> Ran:
    """Run a program, in development mode and with each warning an error unless told otherwise."""
    program = folder / "program.py"
    path = f"import sys\nsys.path.insert(0, {str(TESTS)!r})\n"
    program.write_text(path + PRELUDE + textwrap.dedent(text), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *options, str(program)],
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, "SERVER": url, "PYTTRIBUTIONIO_API_SECRET": SECRET, "SSL_CERT_DIR": "none"},
        check=False,
    )
    return Ran(done.returncode, done.stdout.splitlines(), done.stderr)


def run_silently(folder: Path, text: str, url: str) -> list[str]:
    """Run a program that succeeds and complains of nothing; return the lines it printed."""
    ran = run(folder, text, url)
    assert (ran.code, ran.noise) == (0, ""), f"{ran.code}: {ran.noise}"
    return ran.lines
