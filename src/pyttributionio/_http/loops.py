"""Event loops: which one runs, whether one has ended, and what happens when one ends."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable


async def until_the_end(close: Callable[[], Awaitable[object]]) -> AsyncGenerator[None, None]:
    """Call `close` when the running event loop ends, or when this generator is closed.

    An event loop that shuts down closes the async generators that still run in it: asyncio.run and trio do. That
    is the one moment when its sockets can be closed although the program did not close the client.
    """
    process = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == process:  # a forked child that ends the loop leaves the parent's connections alone
            await close()


def running_loop() -> object:
    """Return an object that stands for the running event loop."""
    import asyncio  # an async program has imported it; for others it is a tenth of this package's import time

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        import trio  # the only other event loop that httpx runs on, so it is installed

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
