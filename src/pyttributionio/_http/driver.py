"""The two drivers. They run a flow's steps over the SDK's own transport, or over a caller's client or transport.

The driver calls the transport directly, without `httpx.Client`: a call costs a third less, no log line has the URL,
and redirects are not followed. If a tool has patched `httpx.Client.send`, the driver goes through a client of its own,
so that the tool sees the call.
"""

import sys
import time
from typing import Final, TypeVar

import anyio
import anyio.lowlevel
import httpx

from pyttributionio._core.call_log import start_log
from pyttributionio._core.log_guard import guard_logs
from pyttributionio._core.settings import Settings
from pyttributionio._core.types import Failure, Flow, Outcome, RawHeaders, Reply, Send, Wait
from pyttributionio._errors import ClientClosedError
from pyttributionio._http import door, messages
from pyttributionio._http.bodies import Body
from pyttributionio._http.callers import AsyncCallersClient, AsyncHTTPResponse, CallersClient, HTTPResponse
from pyttributionio._http.exchange import Acquired, AsyncAcquired, Exchange
from pyttributionio._http.pool import AsyncPooledTransport, PooledTransport
from pyttributionio._http.watch import ASYNC_SEND, SEND

T = TypeVar("T")

CLOSED: Final = "This client is closed. Make a new one. A client serves many calls; close it after the last."
ERROR_BYTES: Final = 64 * 1024
"""The bytes that are read and kept of an answer whose status is not a 2xx."""

ABORTED: Final = Failure("the request was aborted from outside", timeout=True)
_CLOSED_DURING_CALL: Final = Failure(
    "the client was closed during the call, so nothing more was sent", retryable=False, unsent=True
)


def _pause(step: Wait) -> float:
    """Return the seconds to wait before the next attempt. A test double has no need of the pause."""
    return step.seconds if door.active is None else 0.0


class _Driver:
    """The state that both drivers share."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.api_secret
        self._max_response_bytes = settings.max_response_bytes
        self._clock = settings.clock
        self.closed = False
        start_log()
        if settings.api_secret is not None:
            guard_logs(settings.api_secret)

    def _check_open(self) -> None:
        if self.closed:
            raise ClientClosedError(CLOSED)

    def _attempt_when_closed(self, *, is_first: bool) -> Failure:
        """Fail an attempt of a closed client: another thread may close it at any time."""
        if is_first:
            self._check_open()
        return _CLOSED_DURING_CALL

    def _body(self, status: int, headers: RawHeaders | None) -> Body:
        if 200 <= status <= 299:
            return Body(headers, self._max_response_bytes, is_excerpt=False)
        return Body(headers, min(ERROR_BYTES, self._max_response_bytes), is_excerpt=True)

    def _check_deadline(self, deadline: float) -> None:
        """Raise if the deadline passed. The network streams of a caller's client don't know it."""
        if self._clock.monotonic() >= deadline:
            raise TimeoutError("the deadline passed")


class Driver(_Driver):
    """Run flows, blocking. Threads may share it; its connections open on first use, and again in a forked child."""

    def __init__(self, settings: Settings, http_client: CallersClient | None) -> None:
        super().__init__(settings)
        self.http_client = http_client
        self._transport = PooledTransport(settings.clock.monotonic)
        self._client: httpx.Client | None = None

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
                time.sleep(_pause(step))
                outcome = None
            elif self.closed:
                outcome = self._attempt_when_closed(is_first=is_first)
            else:
                outcome = self.attempt(step, Exchange(step.deadline, self._clock.monotonic))
                is_first = False

    def attempt(self, step: Send, exchange: Exchange[Acquired]) -> Reply | Failure:
        """Make one attempt. `exchange` lets another thread abort it.

        It raises only exceptions that are meant for the caller: an interruption, or an exception of a test double.
        """
        active = door.active
        if active is not None:
            return active.answer(step.request)
        outer = sys.exception()
        exchange.is_repeatable = step.request.is_repeatable
        try:
            if self.http_client is None:
                return self._read(self._sent(step, exchange), exchange)
            self._check_deadline(exchange.deadline)
            return self._through(self.http_client, step, exchange)
        except BaseException as error:
            if messages.is_of_the_network(error, self.http_client):
                return ABORTED if exchange.is_aborted else messages.failure(error, self._secret)
            raise messages.strip_tracebacks(error, outer)  # noqa: B904 (a cause would bring the frames back)
        finally:
            if exchange.acquired is not None:
                exchange.acquired.discard()  # no effect after a close; a tool may have dropped the response unclosed

    def _sent(self, step: Send, exchange: Exchange[Acquired]) -> httpx.Response:
        request = messages.own_request(step, self._secret, exchange)
        send = httpx.Client.send
        known = send is SEND.function and send.__code__ is SEND.code
        if not (SEND.is_patched if known else SEND.examine()):
            return self._transport.handle_request(request)
        if self._client is None:
            self._client = httpx.Client(transport=self._transport, trust_env=False)
        return self._client.send(request, stream=True)

    def _through(self, client: CallersClient, step: Send, exchange: Exchange[Acquired]) -> Reply:
        remaining = step.deadline - self._clock.monotonic()
        if isinstance(client, httpx.BaseTransport):
            request = messages.whole_request(step, self._secret, remaining)
            return self._read(client.handle_request(request), exchange)
        built = client.build_request(**messages.request_arguments(step, self._secret, remaining))
        response = client.send(built, stream=True, follow_redirects=False)
        return self._read_of_client(response, exchange)

    def _read(self, response: httpx.Response, exchange: Exchange[Acquired]) -> Reply:
        assert isinstance(response.stream, httpx.SyncByteStream)
        headers = response.headers.raw
        body = self._body(response.status_code, headers)
        try:
            for piece in response.stream:
                if not body.add(piece):
                    break
                if self.http_client is not None:
                    self._check_deadline(exchange.deadline)
            return Reply(response.status_code, headers, body.content())
        finally:
            response.close()

    def _read_of_client(self, response: HTTPResponse, exchange: Exchange[Acquired]) -> Reply:
        headers = [*response.headers.items()]
        is_read = response.is_stream_consumed  # a hook of the caller's may have read and decoded the body
        body = self._body(response.status_code, None if is_read else headers)
        try:
            for piece in (response.content,) if is_read else response.iter_raw():
                if not body.add(piece):
                    break
                self._check_deadline(exchange.deadline)
        finally:
            response.close()
        return Reply(response.status_code, headers, body.content())

    def close(self) -> None:
        """Close the connections of this process; a caller's client stays open."""
        self.closed = True
        self._transport.close()


class AsyncDriver(_Driver):
    """Run flows, async. Each event loop has its own connections, which open on first use."""

    def __init__(self, settings: Settings, http_client: AsyncCallersClient | None) -> None:
        super().__init__(settings)
        self.http_client = http_client
        self._transport = AsyncPooledTransport(settings.clock.monotonic)
        self._client: httpx.AsyncClient | None = None

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
                await anyio.sleep(_pause(step))
                outcome = None
            elif self.closed:
                outcome = self._attempt_when_closed(is_first=is_first)
            else:
                outcome = await self.attempt(step, Exchange(step.deadline, self._clock.monotonic))
                is_first = False

    async def attempt(self, step: Send, exchange: Exchange[AsyncAcquired]) -> Reply | Failure:
        """Make one attempt. It raises only exceptions that are meant for the caller, such as a cancellation."""
        active = door.active
        if active is not None:
            await anyio.lowlevel.checkpoint()  # as a real answer, it lets other tasks run
            return active.answer(step.request)
        outer = sys.exception()
        exchange.is_repeatable = step.request.is_repeatable
        try:
            if self.http_client is None:
                return await self._read(await self._sent(step, exchange))
            self._check_deadline(step.deadline)
            with anyio.fail_after(step.deadline - self._clock.monotonic()):
                return await self._through(self.http_client, step)
        except BaseException as error:
            if messages.is_of_the_network(error, self.http_client):
                return messages.failure(error, self._secret)
            raise messages.strip_tracebacks(error, outer)  # noqa: B904 (a cause would bring the frames back)
        finally:
            if exchange.acquired is not None:
                await exchange.acquired.discard()

    async def _sent(self, step: Send, exchange: Exchange[AsyncAcquired]) -> httpx.Response:
        request = messages.own_request(step, self._secret, exchange)
        send = httpx.AsyncClient.send
        known = send is ASYNC_SEND.function and send.__code__ is ASYNC_SEND.code
        if not (ASYNC_SEND.is_patched if known else ASYNC_SEND.examine()):
            return await self._transport.handle_async_request(request)
        if self._client is None:
            self._client = httpx.AsyncClient(transport=self._transport, trust_env=False)
        return await self._client.send(request, stream=True)

    async def _through(self, client: AsyncCallersClient, step: Send) -> Reply:
        remaining = step.deadline - self._clock.monotonic()
        if isinstance(client, httpx.AsyncBaseTransport):
            request = messages.whole_request(step, self._secret, remaining)
            return await self._read(await client.handle_async_request(request))
        made = client.build_request(**messages.request_arguments(step, self._secret, remaining))
        return await self._read_of_client(step, await client.send(made, stream=True, follow_redirects=False))

    async def _read(self, response: httpx.Response) -> Reply:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        headers = response.headers.raw
        body = self._body(response.status_code, headers)
        try:
            async for piece in response.stream:
                if body.is_complete:
                    break  # a stream that goes on after it was closed
                if not body.add(piece):
                    await response.aclose()  # no break: trio warns if the stream's generators do not end
        except httpx.TransportError:
            if not body.is_complete:
                raise
        finally:
            await response.aclose()
        return Reply(response.status_code, headers, body.content())

    async def _read_of_client(self, step: Send, response: AsyncHTTPResponse) -> Reply:
        headers = [*response.headers.items()]
        is_read = response.is_stream_consumed
        body = self._body(response.status_code, None if is_read else headers)
        try:
            if is_read:
                body.add(response.content)
            else:
                await self._add_pieces(step, response, body)
        finally:
            await response.aclose()
        return Reply(response.status_code, headers, body.content())

    async def _add_pieces(self, step: Send, response: AsyncHTTPResponse, body: Body) -> None:
        try:
            async for piece in response.aiter_raw():
                if body.is_complete:
                    break
                if not body.add(piece):
                    await response.aclose()
                self._check_deadline(step.deadline)
        except Exception:
            if not body.is_complete:
                raise

    async def close(self) -> None:
        """Close the connections of this event loop; a caller's client stays open."""
        self.closed = True
        await self._transport.aclose()
