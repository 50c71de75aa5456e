"""Event loops: which one runs, whether one has ended, and the connections that live in one and end with it."""

import os
from collections.abc import AsyncGenerator

from pyttributionio._http.pool import AsyncConnections
from pyttributionio._http.proxies import route_to


class LoopConnections:
    """An async client's connections in one event loop; they are closed when it ends.

    An event loop that shuts down ends the async generators that still run in it (asyncio.run and trio
    do), which is the one moment when its sockets can be closed without anyone's having asked for it.
    """

    def __init__(self) -> None:
        self._stacks: dict[str, AsyncConnections] = {}
        self._until_the_end = _closing(self._stacks)

    async def start(self) -> None:
        """Wait for the loop's end from now on."""
        await anext(self._until_the_end)

    def to(self, origin: str) -> AsyncConnections:
        """Return the connections to one server."""
        found = self._stacks.get(origin)
        if found is None:
            found = self._stacks[origin] = AsyncConnections(route_to(origin))
        return found

    async def close(self) -> None:
        """Close them now."""
        await self._until_the_end.aclose()


async def _closing(stacks: dict[str, AsyncConnections]) -> AsyncGenerator[None, None]:
    process = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == process:  # a forked child that ends the loop leaves its parent's connections alone
            for connections in stacks.values():
                await connections.close()


def running_loop() -> object:
    """Return what stands for the event loop that runs this."""
    import asyncio  # a program that calls from a loop has it; for the others it is a tenth of this package's import

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        import trio  # the only other loop that httpx runs on, so it is there

        return trio.lowlevel.current_trio_token()


def is_over(loop: object) -> bool:
    """Tell whether an event loop has ended."""
    import asyncio

    if isinstance(loop, asyncio.AbstractEventLoop):
        return loop.is_closed()
    import trio

    assert isinstance(loop, trio.lowlevel.TrioToken)
    try:
        loop.run_sync_soon(bool)  # does nothing; trio has no other way to ask
    except trio.RunFinishedError:
        return True
    return False
