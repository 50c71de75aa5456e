"""The door: one attribute by which a test double answers every request of this process. And the network guard.

The driver reads `active` once a request, before it looks up a route, a proxy or a connection. It is an attribute of a
module and no `ContextVar`, because the threads of an outbox would not see a `ContextVar`.

The guard is for tests and for CI: it refuses connections to hosts other than loopback. It works where a connection is
opened, below the places that respx, pytest-httpx and vcrpy replace, so their answers are not refused.
"""

import os
import threading
from collections import deque
from typing import Final, NamedTuple, Protocol

from pyttributionio._core.settings import is_loopback
from pyttributionio._core.types import APIRequest, Failure, Reply
from pyttributionio._errors import NetworkBlockedError

VARIABLE: Final = "PYTTRIBUTIONIO_NETWORK"


class Door(Protocol):
    """An object that answers every request of this process, in the place of the servers. Threads share it."""

    def answer(self, request: APIRequest) -> Reply | Failure:
        """Return the answer to one attempt. An exception of this method reaches the caller of the call."""
        ...


active: Door | None = None
"""The door that answers now; None if requests go to the servers."""


class Blocked(NamedTuple):
    """A connection that was refused: the host, and the name of the thread that wanted it."""

    host: str
    thread: str


blocked: Final[deque[Blocked]] = deque(maxlen=100)
"""The connections that were refused, the newest last. The pytest plugin reads and clears it."""

_at_import: Final = os.environ.get(VARIABLE)
"""A test that clears the environment does not switch the guard off."""


def check_network(host: str) -> None:
    """Raise if the environment forbids connections to a host.

    Raises:
        NetworkBlockedError: The host is not loopback, and the variable PYTTRIBUTIONIO_NETWORK is "loopback", or has an
            unknown value.
    """
    rule = os.environ.get(VARIABLE) or _at_import or "allow"
    if rule == "allow" or is_loopback(host):
        return
    blocked.append(Blocked(host, threading.current_thread().name))
    if rule != "loopback":
        raise NetworkBlockedError(
            f"A connection to {host} was refused, because {VARIABLE} is {rule!r}: "
            'set it to "loopback" or to "allow", or remove it.'
        )
    raise NetworkBlockedError(
        f"A connection to {host} was refused, because {VARIABLE}=loopback allows connections to this machine only. "
        "In a test, record the calls with pyttributionio.testing.Recorder (the fixture attributionio), or use the "
        f"sandbox. If the test must use the network, mark it with attributionio(network=True) or set {VARIABLE}=allow."
    )
