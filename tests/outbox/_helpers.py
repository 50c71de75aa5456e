"""Helpers of the outbox's tests: entries, a manual clock, scripted servers, and programs in processes of their own."""

import json
import os
import select
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from pyttributionio import Client
from pyttributionio._core.types import Failure, Reply
from pyttributionio.outbox import Clock, NewEntry, Outbox
from support.faults import PATIENCE, FaultServer, Received, answer

OK = answer(b"{}")
START = datetime(2026, 1, 1, tzinfo=UTC)


def entry(name: str = "t-1", visitor_id: str = "visitor-7", **changes: Any) -> NewEntry:
    """Return an event's entry."""
    given: dict[str, Any] = {
        "transaction_id": name,
        "event_key": "ev",
        "visitor_id": visitor_id,
        "body": b'{"event":"%s"}' % name.encode(),
        "identity": None,
        "accepted_at": 1000.0,
    }
    return NewEntry(**{**given, **changes})


def names(entries: Iterable[Any]) -> list[str]:
    """Return the transaction ids of entries."""
    return [each.new.transaction_id for each in entries]


@dataclass
class StillClock:
    """A clock that moves only when a test changes `seconds`, the monotonic time."""

    seconds: float = 100.0
    chance: float = 1.0

    def clock(self) -> Clock:
        """Return it in the core's form."""
        return Clock(
            monotonic=lambda: self.seconds,
            now=lambda: START + timedelta(seconds=self.seconds),
            random=lambda: self.chance,
        )


@dataclass
class Scripted:
    """An httpx client whose answers are a script; the last is repeated. It records the posts."""

    answers: list[httpx.Response | BaseException] = field(default_factory=lambda: [httpx.Response(200)])
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def client(self, **options: Any) -> Client:
        """Return a client that sends to it."""
        return Client("KEY", http_client=httpx.Client(transport=httpx.MockTransport(self._answer)), **options)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.posted.append((request.url.path, json.loads(request.content)))
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, BaseException):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    @property
    def ids(self) -> list[str]:
        """What was posted: an event's transaction id, an identity's client id."""
        return [
            body["event"]["transaction_id"] if "event" in body else body["identity"]["client_id"]
            for _, body in self.posted
        ]


def manual(script: Scripted, time: StillClock | None = None, **options: Any) -> Outbox:
    """Return an outbox in memory that sends only in `pump()`."""
    clock = (time or StillClock()).clock()
    return Outbox(script.client(), **{"durability": "memory", "manual": True, "clock": clock, **options})


def reply(status: int = 200, content: bytes = b"", **headers: str) -> Reply:
    """Return an answer."""
    return Reply(status, [(name.replace("_", "-"), value) for name, value in headers.items()], content)


FAILURE = Failure("ConnectError: refused")


def received(server: FaultServer) -> list[str]:
    """Return the names of all requests that a server got so far."""
    return [name_of(request) for request in [*server.requests]]


def name_of(request: Received) -> str:
    """Return a request's name: an event's transaction id, an identity's client id."""
    body = json.loads(request.body)
    return str(body["event"]["transaction_id"] if "event" in body else body["identity"]["client_id"])


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when a condition is true; fail after a long time, so that a test that hangs has a message."""
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, "it never came true"
        select.select([], [], [], 0.005)


PRELUDE = """
import gc, multiprocessing, os, signal, sys, threading, time, warnings
sys.path.insert(0, {tests!r})
from pyttributionio import AsyncClient, Client
from pyttributionio.outbox import Outbox
url, directory = sys.argv[1], sys.argv[2]
client = Client("KEY", tracking_url=url)

def accept(outbox, *names, visitor="visitor-7"):
    for name in names:
        accepted = outbox.event("ev", visitor_id=visitor, client_id="c", transaction_id=name, identify=False)
        os.write(1, (accepted.transaction_id + "\\n").encode())
"""


def start(folder: Path, url: str, text: str, *, before: str = "", **options: Any) -> "subprocess.Popen[str]":
    """Start a program in an interpreter of its own, with every warning an error. It gets a URL and a directory.

    `before` runs before the package is imported.
    """
    script = folder / "program.py"
    prelude = before + PRELUDE.format(tests=str(Path(__file__).parent.parent))
    script.write_text(prelude + textwrap.dedent(text), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(script), url, str(folder / "outbox")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **options},
    )


def run(folder: Path, url: str, text: str, *, code: int = 0, before: str = "") -> list[str]:
    """Run a program to its end; return the lines it printed."""
    with start(folder, url, text, before=before) as program:
        try:
            out, errors = program.communicate(timeout=40)
        except BaseException:
            program.kill()
            raise
    assert (program.returncode, errors) == (code, "")
    return out.splitlines()


def drained(folder: Path, url: str) -> None:
    """Deliver the waiting entries of a directory, as the next process would."""
    with Client("KEY", tracking_url=url) as client, Outbox(client, folder / "outbox") as outbox:
        outbox.start()
        wait_until(lambda: outbox.flush(0.05) == 0 and not waiting(folder))


def waiting(folder: Path) -> int:
    """Return how many entries wait in a directory, in the shards of all processes."""
    from pyttributionio.outbox.operator import commands

    return sum(shard.pending for shard in commands.status(folder / "outbox").shards)
