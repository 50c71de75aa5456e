"""Run a shop in a real server, buy in it from several threads, and kill all of its processes at once."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from outbox._helpers import wait_until

ROOT = Path(__file__).parents[2]
HEADERS = {
    "Cookie": "AttrioP_KEY=visitor-7; consent=yes",
    "Content-Type": "application/x-www-form-urlencoded",
    "Connection": "close",
}
BUYERS = 4
_BODY = urlencode({"customer": "ada"})


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Server:
    """A server in processes of its own.

    Args:
        port: Its port.
        process: Its first process, which leads a group.
    """

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.port = port
        self._process = process

    def kill(self) -> None:
        """Kill all of its processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def serving(command: Sequence[str], folder: Path, url: str) -> Iterator[Server]:
    """Run a server until the end of the block, then kill it with all its workers.

    Args:
        command: The server's command; "PORT" in it is replaced.
        folder: The folder of the outbox and of the log.
        url: The tracking URL.
    """
    port = free_port()
    environment = {
        **os.environ,
        "PYTTRIBUTIONIO_API_KEY": "KEY",
        "PYTTRIBUTIONIO_TRACKING_URL": url,
        "PYTTRIBUTIONIO_OUTBOX_DIRECTORY": str(folder / "outbox"),
        "SHOP_DATABASE": str(folder / "shop.db"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "docs")]),
        "SSL_CERT_DIR": "none",
    }
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *(part.replace("PORT", str(port)) for part in command)],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,  # the workers are killed with it
        )
    server = Server(port, process)
    try:
        wait_until(lambda: is_listening(port) or process.poll() is not None)
        yield server
    finally:
        server.kill()


def is_listening(port: int) -> bool:
    """Return whether a server answers at a port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def bought(port: int, order: str) -> bool:
    """Buy; return whether the shop said thank you."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", f"/buy/{order}?{_BODY}", _BODY, HEADERS)
        answer = connection.getresponse()
        return answer.status == 200 and b"Thank you" in answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Buyers:
    """Threads that buy, until the server is gone.

    Args:
        port: The server's port.
        enough: After how many purchases `enough` is set.
    """

    def __init__(self, port: int, enough: int) -> None:
        self.orders: set[str] = set()
        self.enough = threading.Event()
        self._port, self._wanted, self._ending = port, enough, False
        self._threads = [threading.Thread(target=self._buy, args=(number,)) for number in range(BUYERS)]

    def __enter__(self) -> "Buyers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        for thread in self._threads:
            thread.join()

    def _buy(self, number: int) -> None:
        for turn in count():
            if self._ending:
                return
            order = f"{os.getpid()}-{self._port}-{number}-{turn}"
            if bought(self._port, order):
                self.orders.add(order)
            if len(self.orders) >= self._wanted:
                self.enough.set()
