"""A server on loopback that keeps every request's bytes and answers as it was told to."""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

HANG: Final = b""
"""Instead of an answer: read the request, and stay silent until the server closes."""
CUT: Final = None
"""Instead of an answer: read the request, and close the connection."""


def answer(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Return an HTTP/1.1 answer's bytes."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class RawServer:
    """Answer requests in the order of the answers given, the last one for ever; keep their bytes.

    It shares no code with any HTTP library, so that nothing decodes, normalises or repairs what arrives.
    """

    def __init__(self, *answers: bytes | None) -> None:
        self.requests: list[bytes] = []
        self._answers = answers or (answer(),)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            for each in (self._listener, *self._open):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits on it
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("rb") as stream:
                while True:
                    request = b""
                    while not request.endswith(b"\r\n\r\n"):
                        line = stream.readline()
                        if not line:
                            return
                        request += line
                    for line in request.lower().split(b"\r\n"):
                        if line.startswith(b"content-length:"):
                            request += stream.read(int(line.partition(b":")[2]))
                    with self._lock:
                        told = self._answers[min(len(self.requests), len(self._answers) - 1)]
                        self.requests.append(request)
                    if told is CUT:
                        return
                    if told:
                        connection.sendall(told)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
                connection.close()


def target(request: bytes) -> str:
    """Return a request's target, as it stands on its first line."""
    return request.partition(b"\r\n")[0].split(b" ")[1].decode("ascii")


def body(request: bytes) -> bytes:
    """Return a request's body."""
    return request.partition(b"\r\n\r\n")[2]
