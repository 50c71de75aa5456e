"""The ASGI layer that injects faults into requests on their way to the application.

The application inside does not know about faults: the layer changes or replaces its answer, or does not call it.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, TypeAlias, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyttributionio.sandbox.faults.faults import WITHOUT_BODY, Fault, Faults
from pyttributionio.sandbox.values.bodies import JSONValue

_Headers: TypeAlias = list[tuple[bytes, bytes]]
_Delay: TypeAlias = Callable[[Receive, float], Awaitable[bool]]

# On, with a time of 0: closing the socket then resets the connection. Winsock's struct has shorts.
_LINGER: Final = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: _Headers
    body: bytes


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def stays_connected(receive: Receive, seconds: float) -> bool:
    """Wait for some seconds or until the client disconnects; return whether it is still connected.

    A server that stops closes its connections, which ends the waiting too.
    """
    try:
        await asyncio.wait_for(wait_for_disconnect(receive), seconds)
    except TimeoutError:
        return True
    return False


class FaultLayer:
    """Inject the faults that apply to requests.

    The layer shares `scope["state"]` with the layers around it. They provide `connection`, whose transport is
    reset or closed, and `unanswered`, which is called before a reset, so that it is logged before the
    client knows of it. The layer provides `fault` before it sends anything: the fault as text.

    Args:
        app: The application.
        faults: The faults in force.
        delay: Waits for the seconds of a fault's delay; false if the client disconnected.
        shown: Returns the text of a fault for the log and for answers.
    """

    def __init__(
        self,
        app: ASGIApp,
        faults: Faults,
        *,
        delay: _Delay = stays_connected,
        shown: Callable[[Fault], str] = str,
    ) -> None:
        self._app = app
        self._faults = faults
        self._delay = delay
        self._shown = shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request by ASGI; `receive` returns the whole body at once."""
        fault = self._faults.match(scope["method"], scope["raw_path"].decode("ascii"))
        if fault is None:
            await self._app(scope, receive, send)
            return
        scope["state"]["fault"] = self._shown(fault)
        request = await receive()
        answer = await self._call_app(scope, request) if fault.recorded else None
        if fault.delay and not await self._delay(receive, fault.delay):
            return
        if fault.reset:
            await _reset(scope, receive)
            return
        answer = _replacement(fault, self._shown(fault)) or answer or await self._call_app(scope, request)
        await _send_answer(_changed(answer, fault), scope, receive, send, cut=fault.body == "cut")

    async def _call_app(self, scope: Scope, request: Message) -> _Answer:
        """Return the application's answer to a request, without sending it."""
        status, headers, body = 0, _Headers(), bytearray()

        async def receive() -> Message:
            return request

        async def keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers.extend(message["headers"])
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        return _Answer(status, headers, bytes(body))


def _replacement(fault: Fault, text: str) -> _Answer | None:
    """Return the answer that a fault sends instead of the application's, or None if it sends none."""
    if fault.body != "html" and fault.status is None:
        return None
    status = fault.status or HTTPStatus.BAD_GATEWAY.value
    content_type = b"application/json"
    body = b""
    if fault.body == "html":
        content_type, body = b"text/html; charset=utf-8", _page(status)
    elif status not in WITHOUT_BODY:
        body = _json({"error": {"message": f"the sandbox injected a fault: {text}"}})
    # Allowed for all origins, so that the script of a page sees the status instead of a network error.
    headers = [(b"content-type", content_type), (b"access-control-allow-origin", b"*")]
    if fault.retry_after_text is not None:
        headers.append((b"retry-after", fault.retry_after_text.encode("ascii")))
    return _Answer(status, headers, body)


def _page(status: int) -> bytes:
    title = str(status)
    with contextlib.suppress(ValueError):  # a code without a name
        title += f" {HTTPStatus(status).phrase}"
    return (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>"
        f"<body><h1>{title}</h1><p>The sandbox injected this page.</p></body></html>\n"
    ).encode()


def _changed(answer: _Answer, fault: Fault) -> _Answer:
    if fault.drift:
        answer = replace(answer, body=_drifted(answer.body, fault.drift))
    if fault.body == "invalid_json":
        # An object without its last bracket is not JSON, and one bracket alone is not JSON either.
        answer = replace(answer, body=answer.body[:-1] or b"{")
    elif fault.body == "empty":
        answer = replace(answer, body=b"")
    return answer


def _drifted(body: bytes, drift: Mapping[str, JSONValue]) -> bytes:
    try:
        value = cast("JSONValue", json.loads(body))
    except ValueError:
        return body
    return _json(_with_drift(value, drift))


def _with_drift(value: JSONValue, drift: Mapping[str, JSONValue]) -> JSONValue:
    if isinstance(value, dict):
        return {name: drift[name] if name in drift else _with_drift(each, drift) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_drift(each, drift) for each in value]
    return value


def _json(value: JSONValue) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


async def _send_answer(answer: _Answer, scope: Scope, receive: Receive, send: Send, *, cut: bool) -> None:
    headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
    if answer.status not in WITHOUT_BODY:
        headers.append((b"content-length", str(len(answer.body)).encode("ascii")))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if not cut:
        await send({"type": "http.response.body", "body": answer.body})
        return
    half = answer.body[: len(answer.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    _transport(scope).close()  # after the written bytes are sent
    # uvicorn logs an error for an incomplete answer, unless the connection has ended before.
    await wait_for_disconnect(receive)


async def _reset(scope: Scope, receive: Receive) -> None:
    scope["state"]["unanswered"]()
    transport = _transport(scope)
    if not transport.is_closing():
        connection = cast("socket.socket", transport.get_extra_info("socket"))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        transport.abort()
    await wait_for_disconnect(receive)


def _transport(scope: Scope) -> asyncio.Transport:
    return cast("asyncio.Transport", scope["state"]["connection"].transport)
