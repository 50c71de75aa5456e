"""Who sent a request: each process connects from a loopback address of its own, made from its process id.

All of 127.0.0.0/8 is this machine on Linux. Elsewhere connections stay as they are, and senders unknown.
"""

import os
import socket
import sys
from contextlib import suppress

_FIRST = 64  # of the second part; a process id has 22 bits on Linux, so that it ends at 127


def address_of(pid: int) -> str:
    """Return the address a process connects from."""
    return f"127.{_FIRST + (pid >> 16)}.{pid >> 8 & 255}.{pid & 255}"


def pid_of(address: str) -> int:
    """Return the process that connects from an address; 0 if it is not one of ours."""
    _, first, second, third = map(int, address.split("."))
    return (first - _FIRST) << 16 | second << 8 | third if first >= _FIRST else 0


def connect_by_pid() -> None:
    """Let all further connections of this process, and of those forked from it, tell who made them.

    An audit hook sees each socket just before it connects, whatever library made it.
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
