"""The two drivers: they run a flow's steps, over the SDK's own connections or a caller's client.

The SDK drives httpx's transports directly, without httpx.Client: a third cheaper a call, no log line
with the URL, and no redirect is ever followed.
"""

import asyncio
import os
import sys
import time
from typing import TypeVar

import anyio
import httpx

from pyttributionio import _wire
from pyttributionio._deadline import ENDS, AsyncDeadlineBackend, DeadlineBackend
from pyttributionio._messages import Failure, Flow, Outcome, Reply, Send, Wait
from pyttributionio._secret import Secret, guard_logs
from pyttributionio._wire import AsyncHTTPClient, HTTPClient

T = TypeVar("T")

CLOSED = "This client is closed. Make a new one; a client is made for many calls, so close it after the last."


class _Transport:
    """What both drivers hold: the secret, and whether they are closed."""

    def __init__(self, secret: Secret | None) -> None:
        self.secret = secret
        self.closed = False
        if secret is not None:
            guard_logs(secret)

    def _check_open(self) -> None:
        if self.closed:
            raise RuntimeError(CLOSED)


class Transport(_Transport):
    """Run flows, blocking. Its connections are made on first use, and anew in a forked child."""

    def __init__(self, secret: Secret | None, http_client: HTTPClient | None) -> None:
        super().__init__(secret)
        self.http_client = http_client
        self._pools: dict[int, httpx.HTTPTransport] = {}

    def run(self, flow: Flow[T]) -> T:
        """Take a flow's steps until it returns."""
        outcome: Outcome = None
        while True:
            self._check_open()
            try:
                step = flow.send(outcome)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, Wait):
                time.sleep(step.seconds)
                outcome = None
            else:
                outcome = self._attempt(step)

    def _attempt(self, step: Send) -> Reply | Failure:
        outer = sys.exception()
        token = ENDS.set(step.ends)
        try:
            return self._exchange(step) if self.http_client is None else self._through(self.http_client, step)
        except AssertionError as error:  # a test double's word to its test, not the network's
            raise _wire.without_frames(error, outer)  # noqa: B904 (a cause would bring the frames back)
        except Exception as error:
            return _wire.failure(error, self.secret)
        except BaseException as error:
            raise _wire.without_frames(error, outer)  # noqa: B904 (a cause would bring the frames back)
        finally:
            ENDS.reset(token)

    def _exchange(self, step: Send) -> Reply:
        response = self._pool().handle_request(_wire.own_request(step, self.secret))
        try:
            content: bytes | None = response.read()
        except httpx.DecodingError:
            content = None
        finally:
            response.close()
        return Reply(response.status_code, _wire.headers_of(response), content)

    def _through(self, client: HTTPClient, step: Send) -> Reply:
        _check_time(step)
        request = client.build_request(**_wire.request_arguments(step, self.secret))
        response = client.send(request, stream=True, follow_redirects=False)
        content: bytes | None = b""
        try:
            chunks: list[bytes] = []
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                _check_time(step)
            content = b"".join(chunks)
        except Exception as error:
            if not _wire.undecodable(error):
                raise
            content = None
        finally:
            response.close()
        return Reply(response.status_code, _wire.headers_of(response), content)

    def _pool(self) -> httpx.HTTPTransport:
        # A forked child must not speak on its parent's connections; theirs stay referenced, for closing
        # them here could end the parent's TLS session.
        pid = os.getpid()
        pool = self._pools.get(pid)
        if pool is None:
            pool = self._pools.setdefault(pid, _sync_pool())  # atomic, so threads need no lock
        return pool

    def close(self) -> None:
        """Close the connections of this process; a caller's client stays open."""
        self.closed = True
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.close()


class AsyncTransport(_Transport):
    """Run flows, async. Each event loop has connections of its own, made on first use."""

    def __init__(self, secret: Secret | None, http_client: AsyncHTTPClient | None) -> None:
        super().__init__(secret)
        self.http_client = http_client
        self._pools: dict[object, httpx.AsyncHTTPTransport] = {}

    async def run(self, flow: Flow[T]) -> T:
        """Take a flow's steps until it returns."""
        outcome: Outcome = None
        while True:
            self._check_open()
            try:
                step = flow.send(outcome)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, Wait):
                await anyio.sleep(step.seconds)
                outcome = None
            else:
                outcome = await self._attempt(step)

    async def _attempt(self, step: Send) -> Reply | Failure:
        outer = sys.exception()
        token = ENDS.set(step.ends)
        try:
            if self.http_client is None:
                return await self._exchange(step)
            with anyio.fail_after(max(0.0, step.ends - time.monotonic())):
                return await self._through(self.http_client, step)
        except AssertionError as error:  # a test double's word to its test, not the network's
            raise _wire.without_frames(error, outer)  # noqa: B904 (a cause would bring the frames back)
        except Exception as error:
            return _wire.failure(error, self.secret)
        except BaseException as error:
            raise _wire.without_frames(error, outer)  # noqa: B904 (a cause would bring the frames back)
        finally:
            ENDS.reset(token)

    async def _exchange(self, step: Send) -> Reply:
        response = await self._pool().handle_async_request(_wire.own_request(step, self.secret))
        try:
            content: bytes | None = await response.aread()
        except httpx.DecodingError:
            content = None
        finally:
            await response.aclose()
        return Reply(response.status_code, _wire.headers_of(response), content)

    async def _through(self, client: AsyncHTTPClient, step: Send) -> Reply:
        _check_time(step)
        request = client.build_request(**_wire.request_arguments(step, self.secret))
        response = await client.send(request, stream=True, follow_redirects=False)
        content: bytes | None = b""
        try:
            chunks: list[bytes] = []
            async for chunk in response.aiter_bytes():
                chunks.append(chunk)
                _check_time(step)
            content = b"".join(chunks)
        except Exception as error:
            if not _wire.undecodable(error):
                raise
            content = None
        finally:
            await response.aclose()
        return Reply(response.status_code, _wire.headers_of(response), content)

    def _pool(self) -> httpx.AsyncHTTPTransport:
        loop = _loop()
        pool = self._pools.get(loop)
        if pool is None:
            self._drop_closed_loops()
            pool = self._pools.setdefault(loop, _async_pool())
        return pool

    def _drop_closed_loops(self) -> None:
        for loop in tuple(self._pools):
            if _is_over(loop):
                del self._pools[loop]  # its sockets can't be closed without it, only let go

    async def close(self) -> None:
        """Close the connections of this event loop; a caller's client stays open."""
        self.closed = True
        self._drop_closed_loops()
        pool = self._pools.pop(_loop(), None)
        if pool is not None:
            await pool.aclose()


def _loop() -> object:
    """Return what stands for the event loop that runs this."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        import trio  # the only other loop that httpx runs on, so it is there

        return trio.lowlevel.current_trio_token()


def _is_over(loop: object) -> bool:
    """Tell whether an event loop has ended."""
    if isinstance(loop, asyncio.AbstractEventLoop):
        return loop.is_closed()
    import trio

    assert isinstance(loop, trio.lowlevel.TrioToken)
    try:
        loop.run_sync_soon(bool)  # does nothing; trio has no other way to ask
    except trio.RunFinishedError:
        return True
    return False


def _check_time(step: Send) -> None:
    """End an attempt, before it starts or while it drips, through a caller's client: its streams are not ours."""
    if time.monotonic() >= step.ends:
        raise TimeoutError("the deadline passed")


# httpx has no public way to choose the network streams below a transport, and the deadline must
# hold there; a test with a dripping server fails if these two attributes are ever renamed.


def _sync_pool() -> httpx.HTTPTransport:
    transport = httpx.HTTPTransport()
    pool = transport._pool  # pyright: ignore[reportPrivateUsage]
    pool._network_backend = DeadlineBackend(pool._network_backend)  # pyright: ignore[reportPrivateUsage]
    return transport


def _async_pool() -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport()
    pool = transport._pool  # pyright: ignore[reportPrivateUsage]
    pool._network_backend = AsyncDeadlineBackend(pool._network_backend)  # pyright: ignore[reportPrivateUsage]
    return transport
