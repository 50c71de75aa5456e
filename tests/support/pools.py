"""What a client's transport holds, for tests that ask who has which connection."""

from typing import Any


def loops(client: Any) -> list[Any]:
    """Return what an async client keeps for each event loop, in each process."""
    return [*client._driver._transport._pool._loops.values()]


def stacks(client: Any) -> list[Any]:
    """Return a client's stacks of connections, of all servers, loops and processes."""
    pool = client._driver._transport._pool
    if hasattr(pool, "_stacks"):
        return [*pool._stacks.values()]
    return [stack for loop in loops(client) for stack in loop.stacks.values()]


def only_socket(client: Any) -> Any:
    """Return the socket of the one connection that a client keeps."""
    ((connection,),) = (stack._idle for stack in stacks(client))
    return connection.traffic.stream.get_extra_info("socket")
