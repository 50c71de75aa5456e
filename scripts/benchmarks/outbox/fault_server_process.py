"""The fault server's process: answers posts of events and identities, or fails, and records them in memory.

The harness controls it by lines of JSON on its standard input and output, so that it takes commands while its port is
closed, and ends with the harness. It has one thread and a small parser, because it has to be faster than the clients.
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

from benchmarks.outbox.messages import Arrival, Attempt, Behaviour
from benchmarks.outbox.senders import pid_of

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TARGETS: Final = {b"/events": "event", b"/identities": "identity"}
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER with a time of 0: the peer gets a reset
_GOOD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class State:
    """How the server treats requests, and the requests that arrived."""

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.random = random.Random(1)  # noqa: S311 (no secrets)
        self.arrivals: list[Arrival] = []
        self.attempts: list[Attempt] = []
        self.distinct: set[tuple[str, str]] = set()
        self.connections: set[Connection] = set()

    def record(self, kind: str, body: bytes, pid: int) -> bool:
        """Record a request; return False if its body is not one that the SDK sends."""
        try:
            inner = json.loads(body)[kind]
            client_id, transaction_id = inner["client_id"], inner.get("transaction_id", "")
        except (ValueError, KeyError, TypeError):
            return False
        self.arrivals.append(Arrival(kind, client_id, transaction_id, pid, time.monotonic()))
        self.distinct.add((kind, client_id))
        return True

    def fault(self) -> str:
        """Return the fault of the next request."""
        is_affected = self.behaviour.share >= 1 or self.random.random() < self.behaviour.share
        return self.behaviour.fault if is_affected else "none"


class Connection(asyncio.Protocol):
    """One client's connection; its requests come one after the other."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note which process connects."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.pid = pid_of(transport.get_extra_info("peername")[0])
        self.loop = asyncio.get_running_loop()
        self.state.connections.add(self)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio calls it with an argument)
        """Forget the connection."""
        self.state.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Serve each request that is complete."""
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self.received, 0, end + 2)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.received) < whole:
                return
            request, self.received = self.received[:whole], self.received[whole:]
            self.serve(request.split(b" ", 2)[1], request[end + 4 :])

    def serve(self, target: bytes, body: bytes) -> None:
        """Treat one request as the server is told."""
        state = self.state
        behaviour, fault = state.behaviour, state.fault()
        outcome = {"none": "200", "status": str(behaviour.status)}.get(fault, fault)
        if fault not in ("status", "reset_before"):
            kind = _TARGETS.get(target, "")
            outcome = outcome if kind and state.record(kind, body, self.pid) else "400"
        state.attempts.append(Attempt(time.monotonic(), outcome))
        if outcome.startswith("reset"):
            self.reset()
        elif outcome not in ("200", "late"):
            self.transport.write(refusal(outcome, behaviour.retry_after))
        elif wait := behaviour.late if outcome == "late" else behaviour.latency:
            self.loop.call_later(wait, self.transport.write, _GOOD)
        else:
            self.transport.write(_GOOD)

    def reset(self) -> None:
        """Reset the connection."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()


def refusal(status: str, retry_after: int | None) -> bytes:
    """Return the bytes of an answer with an error status."""
    later = "" if retry_after is None else f"Retry-After: {retry_after}\r\n"
    return f"HTTP/1.1 {status} Refused\r\n{later}Content-Length: 0\r\n\r\n".encode()


class Control:
    """Carries out the harness's commands: one command and one answer in each line."""

    def __init__(self, state: State, loop: asyncio.AbstractEventLoop) -> None:
        self.state = state
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
                lambda: Connection(self.state), "127.0.0.1", self.port, backlog=1024
            )
            self.port = self.server.sockets[0].getsockname()[1]
        return self.port

    async def down(self) -> None:
        """Refuse new connections, and reset the existing ones."""
        if self.server is not None:
            self.server.close()
            self.server = None
        for connection in [*self.state.connections]:
            connection.reset()

    def read(self) -> None:
        """Read the harness's commands, and queue those that are complete."""
        chunk = os.read(sys.stdin.fileno(), 65_536)
        if not chunk:
            self.ended.set()
        *lines, self.received = (self.received + chunk).split(b"\n")
        for line in lines:
            self.commands.put_nowait(json.loads(line))

    async def run(self) -> None:
        """Serve until the harness closes the standard input."""
        self.loop.add_reader(sys.stdin.fileno(), self.read)
        carrying_out = self.loop.create_task(self.carry_out())
        await self.ended.wait()
        carrying_out.cancel()
        await self.down()

    async def carry_out(self) -> None:
        """Carry out commands, and answer them."""
        while True:
            command = await self.commands.get()
            print(json.dumps(await self.answer(command)), flush=True)

    async def answer(self, command: dict[str, object]) -> object:
        """Carry out one command, and return the answer."""
        state = self.state
        match command:
            case {"do": "up"}:
                return await self.up()
            case {"do": "down"}:
                await self.down()
            case {"do": "behave", "how": dict() as how}:
                state.behaviour = Behaviour(**how)
            case {"do": "distinct"}:
                return len(state.distinct)
            case {"do": "arrivals"}:
                return state.arrivals
            case {"do": "attempts"}:
                return state.attempts
            case {"do": "forget"}:
                state.arrivals, state.attempts, state.distinct = [], [], set()
            case _:
                return f"unknown command {command}"
        return None


async def main() -> None:
    """Listen, and serve until the harness ends."""
    await Control(State(), asyncio.get_running_loop()).run()


if __name__ == "__main__":
    asyncio.run(main())
