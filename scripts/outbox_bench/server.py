"""The fault server's process: answers posts of events and identities, well or badly, and records them in memory.

The harness talks to it by lines of JSON on its standard input and output, so that it obeys while its port is
closed, and ends when the harness does. One thread and a parser for what HTTP clients really send: it has to
be faster than any client here.
"""

import asyncio
import json
import os
import random
import re
import socket
import struct
import sys
import time
from typing import Final

from outbox_bench.messages import Arrival, Attempt, Behaviour
from outbox_bench.senders import pid_of

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TARGETS: Final = {b"/events": "event", b"/identities": "identity"}
_HANG_UP: Final = struct.pack("ii", 1, 0)  # linger for no time: the peer gets a reset
_GOOD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class World:
    """What the server knows: how to behave, and what came."""

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.dice = random.Random(1)  # noqa: S311 (no secrets)
        self.arrivals: list[Arrival] = []
        self.attempts: list[Attempt] = []
        self.distinct: set[tuple[str, str]] = set()
        self.connections: set[Connection] = set()

    def record(self, kind: str, body: bytes, pid: int) -> bool:
        """Record a request; return False if its body is not what the SDK sends."""
        try:
            inner = json.loads(body)[kind]
            client_id, transaction_id = inner["client_id"], inner.get("transaction_id", "")
        except (ValueError, KeyError, TypeError):
            return False
        self.arrivals.append(Arrival(kind, client_id, transaction_id, pid, time.monotonic()))
        self.distinct.add((kind, client_id))
        return True

    def fault(self) -> str:
        """Return what strikes the next request."""
        struck = self.behaviour.share >= 1 or self.dice.random() < self.behaviour.share
        return self.behaviour.fault if struck else "none"


class Connection(asyncio.Protocol):
    """One client's connection; its requests come one after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn who calls."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.pid = pid_of(transport.get_extra_info("peername")[0])
        self.loop = asyncio.get_running_loop()
        self.world.connections.add(self)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (the protocol's)
        """Forget the connection."""
        self.world.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take whole requests out of what came."""
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self.received, 0, end + 2)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.received) < whole:
                return
            request, self.received = self.received[:whole], self.received[whole:]
            self.serve(request.split(b" ", 2)[1], request[end + 4 :])

    def serve(self, target: bytes, body: bytes) -> None:
        """Treat one request as the server behaves at this moment."""
        world = self.world
        behaviour, fault = world.behaviour, world.fault()
        outcome = {"none": "200", "status": str(behaviour.status)}.get(fault, fault)
        if fault not in ("status", "reset_before"):
            kind = _TARGETS.get(target, "")
            outcome = outcome if kind and world.record(kind, body, self.pid) else "400"
        world.attempts.append(Attempt(time.monotonic(), outcome))
        if outcome.startswith("reset"):
            self.hang_up()
        elif outcome not in ("200", "late"):
            self.transport.write(refusal(outcome, behaviour.retry_after))
        elif wait := behaviour.late if outcome == "late" else behaviour.latency:
            self.loop.call_later(wait, self.transport.write, _GOOD)
        else:
            self.transport.write(_GOOD)

    def hang_up(self) -> None:
        """Reset the connection."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HANG_UP)
        self.transport.abort()


def refusal(status: str, retry_after: int | None) -> bytes:
    """Return the bytes of an answer with a bad status."""
    later = "" if retry_after is None else f"Retry-After: {retry_after}\r\n"
    return f"HTTP/1.1 {status} Refused\r\n{later}Content-Length: 0\r\n\r\n".encode()


class Control:
    """Obeys the harness: one command a line, one answer a line."""

    def __init__(self, world: World, loop: asyncio.AbstractEventLoop) -> None:
        self.world = world
        self.loop = loop
        self.commands: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.port = 0
        self.server: asyncio.Server | None = None
        self.ended = asyncio.Event()
        self.received = b""

    async def up(self) -> int:
        """Listen, on the same port each time."""
        if self.server is None:
            self.server = await self.loop.create_server(
                lambda: Connection(self.world), "127.0.0.1", self.port, backlog=1024
            )
            self.port = self.server.sockets[0].getsockname()[1]
        return self.port

    async def down(self) -> None:
        """Refuse connections from now on, and reset those there are."""
        if self.server is not None:
            self.server.close()
            self.server = None
        for connection in [*self.world.connections]:
            connection.hang_up()

    def read(self) -> None:
        """Take what the harness wrote, and run whole lines in their order."""
        chunk = os.read(sys.stdin.fileno(), 65_536)
        if not chunk:
            self.ended.set()
        *lines, self.received = (self.received + chunk).split(b"\n")
        for line in lines:
            self.commands.put_nowait(json.loads(line))

    async def run(self) -> None:
        """Serve until the harness closes its end."""
        self.loop.add_reader(sys.stdin.fileno(), self.read)
        obeying = self.loop.create_task(self.obey())
        await self.ended.wait()
        obeying.cancel()
        await self.down()

    async def obey(self) -> None:
        """Answer commands."""
        while True:
            command = await self.commands.get()
            print(json.dumps(await self.answer(command)), flush=True)

    async def answer(self, command: dict[str, object]) -> object:
        """Do what one command says, and return what the harness is told."""
        world = self.world
        match command:
            case {"do": "up"}:
                return await self.up()
            case {"do": "down"}:
                await self.down()
            case {"do": "behave", "how": dict() as how}:
                world.behaviour = Behaviour(**how)
            case {"do": "distinct"}:
                return len(world.distinct)
            case {"do": "arrivals"}:
                return world.arrivals
            case {"do": "attempts"}:
                return world.attempts
            case {"do": "forget"}:
                world.arrivals, world.attempts, world.distinct = [], [], set()
            case _:
                return f"unknown command {command}"
        return None


async def main() -> None:
    """Listen, and serve until the harness ends."""
    await Control(World(), asyncio.get_running_loop()).run()


if __name__ == "__main__":
    asyncio.run(main())
