"""The two drivers: they run a flow's steps, over the SDK's own connections or a caller's client.

The SDK drives httpx's transports directly, without httpx.Client: a third cheaper a call, no log line
with the URL, and no redirect is ever followed.
"""

import os
import sys
import time
import weakref
from typing import Final, TypeVar

import anyio
import httpx

from pyttributionio._core.secret import Secret, guard_logs
from pyttributionio._core.types import Failure, Flow, Outcome, Reply, Send, Wait
from pyttributionio._http import messages
from pyttributionio._http.bodies import UNDECODABLE, Body
from pyttributionio._http.callers import AsyncCallersClient, CallersClient
from pyttributionio._http.loops import LoopConnections, is_over, running_loop
from pyttributionio._http.pool import AsyncConnection, AsyncConnections, Connection, Connections
from pyttributionio._http.proxies import Route, route_to
from pyttributionio._http.streams import ENDS

T = TypeVar("T")

CLOSED = "This client is closed. Make a new one; a client is made for many calls, so close it after the last."

_CLOSED_MEANWHILE: Final = Failure("the client was closed meanwhile, so nothing more was sent", retryable=False)


class _Transport:
    """What both drivers hold: the secret, the bound of an answer's size, and whether they are closed."""

    def __init__(self, secret: Secret | None, most: int) -> None:
        self.secret = secret
        self.most = most
        self.closed = False
        if secret is not None:
            guard_logs(secret)

    def _check_open(self) -> None:
        if self.closed:
            raise RuntimeError(CLOSED)

    def _attempt_when_closed(self, *, is_first: bool) -> Failure:
        """Fail an attempt that a closed client is to make: another thread may close it at any time."""
        if is_first:
            self._check_open()
        return _CLOSED_MEANWHILE


class Transport(_Transport):
    """Run flows, blocking. Its connections are made on first use, and anew in a forked child."""

    def __init__(self, secret: Secret | None, http_client: CallersClient | None, most: int) -> None:
        super().__init__(secret, most)
        self.http_client = http_client
        self._kept: dict[tuple[int, str], Connections] = {}

    def run(self, flow: Flow[T]) -> T:
        """Take a flow's steps until it returns."""
        self._check_open()
        outcome: Outcome = None
        is_first = True
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, Wait):
                time.sleep(step.seconds)
                outcome = None
            else:
                outcome = self._attempt_when_closed(is_first=is_first) if self.closed else self._attempt(step)
                is_first = False

    def _attempt(self, step: Send) -> Reply | Failure:
        outer = sys.exception()
        token = ENDS.set(step.ends)
        try:
            if self.http_client is None:
                return self._exchange(step)
            return self._through(self.http_client, step)
        except BaseException as error:
            if messages.is_the_transports(error, self.http_client):
                return messages.failure(error, self.secret)
            raise messages.without_frames(error, outer)  # noqa: B904 (a cause would bring the frames back)
        finally:
            ENDS.reset(token)

    def _exchange(self, step: Send) -> Reply:
        connections = self._connections(step.request.origin)
        connection = connections.take(messages.seconds_left(step, step.timeouts.pool))
        try:
            seen = connection.traffic.seen()
            try:
                reply = self._speak(connection, step, connections.route)
            except httpx.RemoteProtocolError:
                if not connection.traffic.was_stale(seen):
                    raise
                # The server closed a kept connection just as the call was sent on it. That is no failed attempt.
                reply = self._speak(connection, step, connections.route)
        except BaseException:
            connections.lose(connection)
            raise
        connections.give(connection)
        return reply

    def _speak(self, connection: Connection, step: Send, route: Route) -> Reply:
        connection.traffic.body_follows = step.request.body is not None and route.proxy is None
        request = messages.own_request(step, self.secret, route.kind)
        return self._converse(connection.transport, step, request)

    def _converse(self, transport: httpx.BaseTransport, step: Send, request: httpx.Request) -> Reply:
        response = transport.handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        headers = messages.own_headers(response)
        body = Body(headers.get("content-encoding"), self.most)
        try:
            for piece in response.stream:
                if not body.take(piece):
                    break
                _check_time(step)  # a caller's streams don't
        finally:
            response.close()
        return Reply(response.status_code, headers, body.end())

    def _through(self, client: CallersClient, step: Send) -> Reply:
        _check_time(step)
        if isinstance(client, httpx.BaseTransport):
            return self._converse(client, step, messages.whole_request(step, self.secret))
        request = client.build_request(**messages.request_arguments(step, self.secret))
        response = client.send(request, stream=True, follow_redirects=False)
        body = Body(None, self.most)
        try:
            for piece in response.iter_bytes():
                if not body.take(piece):
                    break
                _check_time(step)
            content = body.end()
        except Exception as error:
            if not messages.undecodable(error):
                raise
            content = UNDECODABLE
        finally:
            response.close()
        return Reply(response.status_code, messages.headers_of(response), content)

    def _connections(self, origin: str) -> Connections:
        # A forked child must not speak on its parent's connections.
        place = os.getpid(), origin
        found = self._kept.get(place)
        if found is None:
            made = Connections(route_to(origin))
            found = self._kept.setdefault(place, made)  # atomic, so threads need no lock
            if found is made:
                # A program that ends, or drops its client, leaves no socket behind; neither does a forked child,
                # which closes its copies of its parent's. That tells the servers nothing.
                weakref.finalize(self, made.drop)
            if self.closed:  # by another thread, which saw nothing to close yet
                made.close()
        return found

    def close(self) -> None:
        """Close the connections of this process; a caller's client stays open."""
        self.closed = True
        for place in tuple(self._kept):
            if place[0] == os.getpid():
                found = self._kept.pop(place, None)  # another thread may close it too
                if found is not None:
                    found.close()


class AsyncTransport(_Transport):
    """Run flows, async. Each event loop has connections of its own, made on first use."""

    def __init__(self, secret: Secret | None, http_client: AsyncCallersClient | None, most: int) -> None:
        super().__init__(secret, most)
        self.http_client = http_client
        self._kept: dict[tuple[int, object], LoopConnections] = {}

    async def run(self, flow: Flow[T]) -> T:
        """Take a flow's steps until it returns."""
        self._check_open()
        outcome: Outcome = None
        is_first = True
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, Wait):
                await anyio.sleep(step.seconds)
                outcome = None
            else:
                outcome = self._attempt_when_closed(is_first=is_first) if self.closed else await self._attempt(step)
                is_first = False

    async def _attempt(self, step: Send) -> Reply | Failure:
        outer = sys.exception()
        token = ENDS.set(step.ends)
        try:
            if self.http_client is None:
                return await self._exchange(step)
            with anyio.fail_after(max(0.0, step.ends - time.monotonic())):
                return await self._through(self.http_client, step)
        except BaseException as error:
            if messages.is_the_transports(error, self.http_client):
                return messages.failure(error, self.secret)
            raise messages.without_frames(error, outer)  # noqa: B904 (a cause would bring the frames back)
        finally:
            ENDS.reset(token)

    async def _exchange(self, step: Send) -> Reply:
        connections = await self._connections(step.request.origin)
        connection = await connections.take(messages.seconds_left(step, step.timeouts.pool))
        try:
            seen = connection.traffic.seen()
            try:
                reply = await self._speak(connection, step, connections.route)
            except httpx.RemoteProtocolError:
                if not connection.traffic.was_stale(seen):
                    raise
                # The server closed a kept connection just as the call was sent on it. That is no failed attempt.
                reply = await self._speak(connection, step, connections.route)
        except BaseException:
            await connections.lose(connection)
            raise
        await connections.give(connection)
        return reply

    async def _speak(self, connection: AsyncConnection, step: Send, route: Route) -> Reply:
        connection.traffic.body_follows = step.request.body is not None and route.proxy is None
        request = messages.own_request(step, self.secret, route.kind)
        return await self._converse(connection.transport, request)

    async def _converse(self, transport: httpx.AsyncBaseTransport, request: httpx.Request) -> Reply:
        response = await transport.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        headers = messages.own_headers(response)
        body = Body(headers.get("content-encoding"), self.most)
        try:
            async for piece in response.stream:
                if body.refused:
                    break  # a stream that does not heed its being closed
                if not body.take(piece):
                    await response.aclose()  # and go on: its generators are to end, for trio warns of dropped ones
        except httpx.TransportError:
            if not body.refused:
                raise
        finally:
            await response.aclose()
        return Reply(response.status_code, headers, body.end())

    async def _through(self, client: AsyncCallersClient, step: Send) -> Reply:
        _check_time(step)
        if isinstance(client, httpx.AsyncBaseTransport):
            return await self._converse(client, messages.whole_request(step, self.secret))
        request = client.build_request(**messages.request_arguments(step, self.secret))
        response = await client.send(request, stream=True, follow_redirects=False)
        body = Body(None, self.most)
        try:
            async for piece in response.aiter_bytes():
                if body.refused:
                    break
                if not body.take(piece):
                    await response.aclose()
                _check_time(step)
            content = body.end()
        except Exception as error:
            if not body.refused and not messages.undecodable(error):
                raise
            content = body.end() if body.refused else UNDECODABLE
        finally:
            await response.aclose()
        return Reply(response.status_code, messages.headers_of(response), content)

    async def _connections(self, origin: str) -> AsyncConnections:
        # A forked child may go on with its parent's loop, but not on its connections.
        place = os.getpid(), running_loop()
        found = self._kept.get(place)
        if found is None:
            self._drop_closed_loops()
            found = self._kept[place] = LoopConnections()
            await found.start()
        return found.to(origin)

    def _drop_closed_loops(self) -> None:
        for place in tuple(self._kept):
            if is_over(place[1]):
                self._kept.pop(place, None)  # its sockets can't be closed without it, only let go

    async def close(self) -> None:
        """Close the connections of this event loop; a caller's client stays open."""
        self.closed = True
        self._drop_closed_loops()
        found = self._kept.pop((os.getpid(), running_loop()), None)
        if found is not None:
            await found.close()


def _check_time(step: Send) -> None:
    """End an attempt, before it starts or while it drips, through a caller's client: its streams are not ours."""
    if time.monotonic() >= step.ends:
        raise TimeoutError("the deadline passed")
