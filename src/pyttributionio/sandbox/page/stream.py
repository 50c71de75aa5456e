"""The stream of requests: server-sent events (HTML standard, section 9.2)."""

import asyncio
import json
from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pyttributionio.sandbox.api.recorder import ReceivedRequest, RequestLog
from pyttributionio.sandbox.faults.layer import wait_for_disconnect
from pyttributionio.sandbox.values.bodies import JSONObject

_RETRY: Final = "retry: 1000\n\n"  # milliseconds; short, because a local server starts again fast
_HEAD: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
]


class RequestStream(Response):
    """Send an event for each logged request, until the browser disconnects or the server stops.

    The id of an event is the log's run and the request's number, such as `5f3a9c01d2e4-7`. If the page has requests of
    another run, because a new sandbox uses the same port, it gets an event `restart` and then all requests.

    Args:
        log: The log of requests.
        summarize: Returns a request as JSON for the page's list, without secrets.
        after: The number of the last request that the page has; None if it was of another run.
        limit: How many requests are sent at once; a page that is further behind gets the latest ones only.
        heartbeat: Seconds without a request after which a comment is sent, so that the browser and proxies keep the
            connection open.
    """

    def __init__(
        self,
        log: RequestLog,
        summarize: Callable[[ReceivedRequest], JSONObject],
        *,
        after: int | None,
        limit: int = 500,
        heartbeat: float = 15.0,
    ) -> None:
        super().__init__()
        self._log = log
        self._summarize = summarize
        self._restarted = after is None
        self._after = after or 0
        self._limit = limit
        self._heartbeat = heartbeat

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Answer by ASGI."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
        # Not Starlette's StreamingResponse, which notices a disconnect only when it sends something.
        gone = asyncio.ensure_future(wait_for_disconnect(receive))
        restart = f"event: restart\nid: {self._log.run}-0\ndata: {{}}\n\n" if self._restarted else ""
        try:
            await self._send(send, _RETRY + restart)
            while not gone.done():
                if text := self._events():
                    await self._send(send, text)
                elif not await self._waited(gone):
                    await self._send(send, ": here\n\n")
        finally:
            gone.cancel()

    async def _send(self, send: Send, text: str) -> None:
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _waited(self, gone: asyncio.Future[None]) -> bool:
        """Wait for a request or a disconnect; return whether one of them came before the heartbeat."""
        arrived = asyncio.ensure_future(self._log.wait_after(self._after))
        try:
            done, _ = await asyncio.wait({arrived, gone}, timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrived.cancel()
        return bool(done)

    def _events(self) -> str:
        requests = self._log.since(self._after)[-self._limit :]
        if requests:
            self._after = requests[-1].number
        return "".join(
            f"event: request\nid: {self._log.run}-{request.number}\ndata: {json.dumps(self._summarize(request))}\n\n"
            for request in requests
        )
