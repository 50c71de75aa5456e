"""What arrives, as server-sent events (HTML standard, section 9.2) while it arrives."""

import asyncio
import json
from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pyttributionio.sandbox.api.recorder import ReceivedRequest, RequestLog
from pyttributionio.sandbox.faults.layer import wait_for_disconnect
from pyttributionio.sandbox.values.bodies import JSONObject

_RETRY: Final = "retry: 1000\n\n"  # milliseconds; a local server that was started again is there at once

_HEAD: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
]


class RequestStream(Response):
    """Send an event for each request beyond a number, until the browser goes or the server stops.

    Each event's id is the log's run and the request's number, such as `5f3a9c01d2e4-7`. Where the page has
    requests of another run, because there is a new sandbox on the same port, it is told so by an event
    `restart`, and sent all there is.

    Args:
        log: Where requests are remembered.
        describe: Makes a list's line of a request, without a secret in it.
        after: The number of the last request that the page has; None where that was of another run.
        limit: How many requests are sent at once; a page that is further behind gets the latest ones only.
        heartbeat: Seconds without a request after which a comment is sent, so that the browser and
            proxies keep the connection open.
    """

    def __init__(
        self,
        log: RequestLog,
        describe: Callable[[ReceivedRequest], JSONObject],
        *,
        after: int | None,
        limit: int = 500,
        heartbeat: float = 15.0,
    ) -> None:
        super().__init__()
        self._log = log
        self._describe = describe
        self._restarted = after is None
        self._after = after or 0
        self._limit = limit
        self._heartbeat = heartbeat

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
        # Not Starlette's streaming: while nothing arrives it does not notice that the client is gone.
        gone = asyncio.ensure_future(wait_for_disconnect(receive))
        try:
            await self._send(send, _RETRY + self._restart())
            while not gone.done():
                if text := self._events():
                    await self._send(send, text)
                elif not await self._something_new(gone):
                    await self._send(send, ": here\n\n")
        finally:
            gone.cancel()

    async def _send(self, send: Send, text: str) -> None:
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _something_new(self, gone: asyncio.Future[None]) -> bool:
        """Wait for a request or the client's end; tell whether there was either before the heartbeat."""
        arrived = asyncio.ensure_future(self._log.wait_beyond(self._after))
        try:
            done, _ = await asyncio.wait({arrived, gone}, timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrived.cancel()
        return bool(done)

    def _restart(self) -> str:
        return f"event: restart\nid: {self._log.run}-0\ndata: {{}}\n\n" if self._restarted else ""

    def _events(self) -> str:
        requests = self._log.since(self._after)[-self._limit :]
        if requests:
            self._after = requests[-1].number
        run, line = self._log.run, self._describe
        return "".join(f"event: request\nid: {run}-{r.number}\ndata: {json.dumps(line(r))}\n\n" for r in requests)
