"""Event loops: the running one, whether one has ended, and a call at the end of one."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable


async def until_the_end(close: Callable[[], Awaitable[object]]) -> AsyncGenerator[None, None]:
    """Call `close` when the running event loop ends, or when this generator is closed.

    asyncio.run and trio close the async generators that still run when the event loop ends. If the program did not
    close the client, its sockets can be closed only then.
    """
    process = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == process:  # a forked child that ends the loop must not close its parent's connections
            await close()


def running_loop() -> object:
    """Return an object that identifies the running event loop."""
    import asyncio  # async programs import it anyway; for others it takes a tenth of this package's import time

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        import trio  # httpx runs on no other event loop, so it is installed

        return trio.lowlevel.current_trio_token()


def is_over(loop: object) -> bool:
    """Return whether an event loop has ended."""
    import asyncio

    if isinstance(loop, asyncio.AbstractEventLoop):
        return loop.is_closed()
    import trio

    assert isinstance(loop, trio.lowlevel.TrioToken)
    try:
        loop.run_sync_soon(bool)  # no effect; trio has no other check
    except trio.RunFinishedError:
        return True
    return False
