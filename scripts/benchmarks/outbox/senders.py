"""The sender of a request: each process connects from its own loopback address, which contains its process id.

On Linux, all of 127.0.0.0/8 is this machine. Elsewhere connections are not changed, and senders are unknown.
"""

import os
import socket
import sys
from contextlib import suppress

_FIRST = 64  # the second part of the address starts here; a process id has 22 bits on Linux, so it ends at 127


def address_of(pid: int) -> str:
    """Return the address from which a process connects."""
    return f"127.{_FIRST + (pid >> 16)}.{pid >> 8 & 255}.{pid & 255}"


def pid_of(address: str) -> int:
    """Return the process that connects from an address; 0 if it is no producer."""
    _, first, second, third = map(int, address.split("."))
    return (first - _FIRST) << 16 | second << 8 | third if first >= _FIRST else 0


def connect_by_pid() -> None:
    """Let all further connections of this process, and of its forked children, come from the process's own address.

    An audit hook receives each socket before it connects, in every library.
    """

    def bind(event: str, arguments: tuple[object, ...]) -> None:
        if event != "socket.connect":
            return
        connecting = arguments[0]
        if isinstance(connecting, socket.socket) and connecting.family == socket.AF_INET:
            with suppress(OSError):  # bound already
                connecting.bind((address_of(os.getpid()), 0))

    if sys.platform == "linux":
        sys.addaudithook(bind)
